//! How much is remembered of each series.

use std::str::FromStr;

/// The interval that a length of time is counted in: collectd's, if nobody says otherwise.
const USUAL_INTERVAL: f64 = 10.0;
/// More than a page can draw.
const MOST: usize = 1_000_000;

/// How many points of each series are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct History(pub(super) usize);

impl FromStr for History {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, seconds) = match text.char_indices().next_back() {
            Some((at, 's')) => (&text[..at], Some(1.0)),
            Some((at, 'm')) => (&text[..at], Some(60.0)),
            Some((at, 'h')) => (&text[..at], Some(3600.0)),
            Some((at, 'd')) => (&text[..at], Some(86_400.0)),
            _ => (text, None),
        };
        let points = match seconds {
            None => number.parse().ok(),
            Some(seconds) => number.parse().ok().map(|number: f64| points(number * seconds)),
        };
        match points {
            Some(points @ 1..=MOST) => Ok(History(points)),
            Some(_) => Err(format!("it must be from 1 to {MOST} points of {USUAL_INTERVAL} s")),
            None => Err("it must be a number of points, or a time as 90s, 30m, 1.5h or 1d".to_owned()),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what does not fit is refused anyway")]
fn points(seconds: f64) -> usize {
    (seconds / USUAL_INTERVAL).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_points_of_ten_seconds() {
        let read = |text: &str| text.parse::<History>().ok().map(|history| history.0);
        assert_eq!([read("1"), read("360"), read("1h"), read("1.5h")], [1, 360, 360, 540].map(Some));
        assert_eq!([read("95s"), read("1d"), read("0.5m")], [10, 8640, 3].map(Some));
        for wrong in ["", "0", "-1", "0h", "-1h", "nanh", "infd", "1e9d", "1w", "h", "1.5", "1000001", "é"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
