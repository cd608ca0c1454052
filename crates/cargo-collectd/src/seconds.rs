//! Durations on the command line: `5`, `0.5s`, `2m`, `1h`.

use std::time::Duration;

/// Longer is a mistake.
const LIMIT: f64 = 1e9;

pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => match text.char_indices().next_back() {
            Some((at, 's')) => (&text[..at], 1.0),
            Some((at, 'm')) => (&text[..at], 60.0),
            Some((at, 'h')) => (&text[..at], 3600.0),
            _ => (text, 1.0),
        },
    };
    let seconds = number.parse::<f64>().ok().map(|number| number * unit);
    match seconds {
        Some(seconds) if (0.001..=LIMIT).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a number of seconds above 0 is wanted, as 5, 0.5s, 2m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known() {
        for (text, milliseconds) in [("5", 5000), ("0.5s", 500), ("250ms", 250), ("2m", 120_000), ("1h", 3_600_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "0", "-1", "NaN", "inf", "1d", "5 s", "1e30", "ä"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
