//! The kernel's text: a line each for some tasks and for all.
//!
//! ```text
//! some avg10=25.57 avg60=32.84 avg300=22.10 total=14258947085
//! full avg10=0.00 avg60=0.00 avg300=0.00 total=0
//! ```

use std::fmt;

/// The spans of the averages in seconds, in the order of the line.
pub(crate) const WINDOWS: [u16; 3] = [10, 60, 300];

/// Who had to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// At least one task.
    Some,
    /// All at once, so that nothing got done.
    Full,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Share::Some => "some",
            Share::Full => "full",
        })
    }
}

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stall {
    pub(crate) share: Share,
    /// Percent of the time.
    averages: [f64; WINDOWS.len()],
    /// Microseconds.
    total: u64,
}

impl Stall {
    /// The averages with their spans.
    pub(crate) fn averages(&self) -> impl Iterator<Item = (u16, f64)> {
        WINDOWS.into_iter().zip(self.averages)
    }

    /// The time that was lost since the system or the cgroup began.
    pub(crate) fn total_ms(&self) -> i64 {
        // A thousandth of any u64 fits.
        i64::try_from(self.total / 1000).unwrap_or(i64::MAX)
    }
}

/// Why a text is not the kernel's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("it is empty")]
    Empty,
    #[error("line {0} has no end")]
    NoEnd(usize),
    #[error("line {line}: it begins with {word:?}, not \"some\" or \"full\"")]
    Share { line: usize, word: String },
    #[error("line {line}: {key} is missing")]
    Missing { line: usize, key: String },
    #[error("line {line}: {key}: {value:?} is not a number that can be")]
    Number { line: usize, key: String, value: String },
}

/// All lines. `full` of a processor is not known to every kernel, and of interrupts there is nothing else.
pub(crate) fn parse(text: &str) -> Result<Vec<Stall>, ParseError> {
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    let lines = text.split_inclusive('\n').enumerate();
    lines.map(|(index, line)| parse_line(line, index + 1)).collect()
}

fn parse_line(text: &str, line: usize) -> Result<Stall, ParseError> {
    let text = text.strip_suffix('\n').ok_or(ParseError::NoEnd(line))?;
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let share = match word {
        "some" => Share::Some,
        "full" => Share::Full,
        word => return Err(ParseError::Share { line, word: word.to_owned() }),
    };
    let fields = Fields { line, rest };
    let mut averages = [0.0; WINDOWS.len()];
    for (average, window) in averages.iter_mut().zip(WINDOWS) {
        *average = fields.number(&format!("avg{window}"), |&number: &f64| (0.0..=1000.0).contains(&number))?;
    }
    Ok(Stall { share, averages, total: fields.number("total", |_| true)? })
}

/// What follows the first word. Later kernels may add to it.
struct Fields<'a> {
    line: usize,
    rest: &'a str,
}

impl Fields<'_> {
    fn number<T: std::str::FromStr>(&self, key: &str, is_possible: impl Fn(&T) -> bool) -> Result<T, ParseError> {
        let mut fields = self.rest.split(' ').filter_map(|field| field.split_once('='));
        let missing = || ParseError::Missing { line: self.line, key: key.to_owned() };
        let (_, value) = fields.find(|(name, _)| *name == key).ok_or_else(missing)?;
        let number = value.parse().ok().filter(is_possible);
        let wrong = || ParseError::Number { line: self.line, key: key.to_owned(), value: value.to_owned() };
        number.ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KERNEL: &str = "some avg10=25.57 avg60=32.84 avg300=22.10 total=14258947085\n\
                          full avg10=0.00 avg60=0.01 avg300=0.00 total=999\n";

    #[test]
    fn what_the_kernel_writes() {
        let [some, full] = parse(KERNEL).unwrap()[..] else { panic!("two lines") };
        assert_eq!(some, Stall { share: Share::Some, averages: [25.57, 32.84, 22.1], total: 14_258_947_085 });
        assert_eq!(full, Stall { share: Share::Full, averages: [0.0, 0.01, 0.0], total: 999 });
        assert_eq!((some.total_ms(), full.total_ms()), (14_258_947, 0));
        let windows: Vec<_> = some.averages().collect();
        assert_eq!(windows, [(10, 25.57), (60, 32.84), (300, 22.1)]);
    }

    #[test]
    fn a_line_alone_is_enough_and_more_in_a_line_is_no_harm() {
        let first = KERNEL.split_inclusive('\n').next().unwrap();
        assert_eq!(parse(first).unwrap().len(), 1);
        let later = first.replace(" total", " avg3600=1.00 total");
        assert_eq!(parse(&later), parse(first));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(message(""), "it is empty");
        assert_eq!(message(KERNEL.trim_end()), "line 2 has no end");
        assert_eq!(message("\x1b[31m\n"), r#"line 1: it begins with "\u{1b}[31m", not "some" or "full""#);
        assert_eq!(message("some\n"), "line 1: avg10 is missing");
        assert_eq!(message(&KERNEL.replace(" avg300=0.00", "")), "line 2: avg300 is missing");
        for value in ["", "nan", "inf", "-0.5", "1e9", "12%", "0x10"] {
            let text = KERNEL.replace("32.84", value);
            assert_eq!(message(&text), format!("line 1: avg60: {value:?} is not a number that can be"));
        }
        for value in ["-1", "1.5", "18446744073709551616"] {
            let text = KERNEL.replace("total=999", &format!("total={value}"));
            assert_eq!(message(&text), format!("line 2: total: {value:?} is not a number that can be"));
        }
    }

    #[test]
    fn the_largest_total_is_a_number() {
        let text = KERNEL.replace("total=999", "total=18446744073709551615");
        assert_eq!(parse(&text).unwrap()[1].total_ms(), 18_446_744_073_709_551);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(percent in prop::array::uniform3(0_u32..=10_000), total: u64) {
            let averages = percent.map(|percent| f64::from(percent) / 100.0);
            let [a, b, c] = averages;
            let text = format!("full avg10={a:.2} avg60={b:.2} avg300={c:.2} total={total}\n");
            prop_assert_eq!(parse(&text), Ok(vec![Stall { share: Share::Full, averages, total }]));
        }

        #[test]
        fn a_text_that_is_cut_is_no_text(len in 0..KERNEL.len()) {
            let first = KERNEL.find('\n').unwrap() + 1;
            prop_assert_eq!(parse(&KERNEL[..len]).is_ok(), len == first);
        }

        #[test]
        fn nothing_is_too_much(text: String, cut in 0..KERNEL.len()) {
            let _ = parse(&text);
            let _ = parse(&format!("{}{text}{}", &KERNEL[..cut], &KERNEL[cut..]));
        }
    }
}
