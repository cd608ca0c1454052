//! What numbers mean: the units of the types that are known, and numbers short enough for a column.

use crate::store::Unit;

/// The number with its unit, in about ten columns: `12.3 MiB/s`.
pub(super) fn show(unit: Unit, value: f64) -> String {
    let per_second = if unit.is_per_second() { "/s" } else { "" };
    if !value.is_finite() {
        return format!("{value}");
    }
    let (number, unit) = match unit.base() {
        "s" if !unit.is_per_second() => return seconds(value),
        "ms" if !unit.is_per_second() => return seconds(value / 1e3),
        "µs" if !unit.is_per_second() => return seconds(value / 1e6),
        "B" => prefixed(value, 1024.0, &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], "B"),
        // 1000 of these are not called by another name.
        base @ ("%" | "°C" | "dBm" | "rpm" | "s" | "ms" | "µs" | "ns") => (digits(value), base.to_owned()),
        // What is counted, the name of the series tells.
        "" | "inodes" | "jiffies" | "packets" if value.abs() < 1e4 => (digits(value), String::new()),
        "" | "inodes" | "jiffies" | "packets" => prefixed(value, 1e3, &LARGE, ""),
        base if value != 0.0 && value.abs() < 1.0 => prefixed(value * 1e9, 1e3, &["n", "µ", "m"], base),
        base => prefixed(value, 1e3, &LARGE, base),
    };
    let space = if unit.is_empty() { "" } else { " " };
    format!("{number}{space}{unit}{per_second}")
}

/// The number alone, where what it measures is not the same everywhere.
pub(super) fn number(value: f64) -> String {
    show(Unit::default(), value)
}

fn prefixed(value: f64, step: f64, prefixes: &[&str], base: &str) -> (String, String) {
    let (number, prefix) = scaled(value, step, prefixes);
    (number, format!("{prefix}{base}"))
}

const LARGE: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

/// The number in the largest of the units of which it is at least one.
fn scaled<'a>(value: f64, step: f64, prefixes: &[&'a str]) -> (String, &'a str) {
    let mut value = value;
    let mut index = 0;
    // 999.6 would be written as 1000.
    while value.abs() >= step - 0.5 && index + 1 < prefixes.len() {
        value /= step;
        index += 1;
    }
    (digits(value), prefixes[index])
}

/// Three or four digits that count.
fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1e5 => format!("{value:.1e}"),
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.9995 => format!("{value:.2}"),
        size if size >= 0.001 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    }
}

/// A span of time in one or two units.
pub(super) fn seconds(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    let two = |first: f64, unit: &str, rest: f64, smaller: &str| format!("{sign}{first:.0}{unit}{rest:02.0}{smaller}");
    if size == 0.0 {
        "0 s".to_owned()
    } else if size < 0.9995 {
        let (number, prefix) = scaled(value * 1e9, 1e3, &["n", "µ", "m"]);
        format!("{number} {prefix}s")
    } else if size < 60.0 {
        format!("{} s", digits(value))
    } else if size < 3600.0 {
        two((size / 60.0).floor(), "m", (size % 60.0).floor(), "s")
    } else if size < 86400.0 {
        two((size / 3600.0).floor(), "h", (size % 3600.0 / 60.0).floor(), "m")
    } else if size < 86400.0 * 1e4 {
        two((size / 86400.0).floor(), "d", (size % 86400.0 / 3600.0).floor(), "h")
    } else {
        format!("{} s", digits(value))
    }
}

/// A count with its thousands apart: `100,000`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use collectd_types::{Kind, NameRef};

    use super::*;
    use crate::store::unit;

    fn show(type_: &str, kind: Kind, value: f64) -> String {
        super::show(unit(NameRef::until_nul(type_.as_bytes()), kind), value)
    }

    #[test]
    fn known_types_have_units() {
        assert_eq!(show("memory", Kind::Gauge, 48_082_944.0), "45.9 MiB");
        assert_eq!(show("if_octets", Kind::Derive, 1.5 * 1024.0), "1.50 KiB/s");
        assert_eq!(show("vf_bytes", Kind::Derive, 3.0), "3 B/s");
        assert_eq!(show("percent", Kind::Gauge, 99.949), "99.9 %");
        assert_eq!(show("temperature", Kind::Gauge, -3.25), "-3.25 °C");
        assert_eq!(show("cpufreq", Kind::Gauge, 2.4e9), "2.40 GHz");
        assert_eq!(show("voltage", Kind::Gauge, 0.012), "12 mV");
        assert_eq!(show("ping", Kind::Gauge, 12.5), "12.5 ms");
        assert_eq!(show("uptime", Kind::Gauge, 93_600.0), "1d02h");
        assert_eq!(show("disk_time", Kind::Derive, 250.0), "250 ms/s");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(show("load", Kind::Gauge, 0.25), "0.250");
        assert_eq!(show("users", Kind::Gauge, 1234.0), "1234");
        assert_eq!(show("if_packets", Kind::Derive, 12_345.0), "12.3 k/s");
        assert_eq!(show("gauge", Kind::Gauge, 999_999.0), "1.00 M");
        for value in [0.0, -0.0, 1e-300, 9.999, 99.99, 999.9, 9999.9, -123_456.7, 1e17, 1e300, f64::MIN, f64::NAN] {
            for type_ in ["gauge", "memory", "percent", "voltage", "uptime", "ping"] {
                let shown = show(type_, Kind::Counter, value);
                assert!(shown.chars().count() <= 14, "{shown}");
                let shown = show(type_, Kind::Gauge, value);
                assert!(shown.chars().count() <= 12, "{shown}");
            }
        }
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let shown = [0.0, 2e-9, 0.0125, 0.9999, 59.0, 61.5, 3600.0, 86_399.0, 86_400.0, -90.0].map(seconds);
        let expected = ["0 s", "2 ns", "12.5 ms", "1.00 s", "59 s", "1m01s", "1h00m", "23h59m", "1d00h", "-1m30s"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!([0, 999, 1000, 100_000, 1_234_567].map(count), ["0", "999", "1,000", "100,000", "1,234,567"]);
    }
}
