//! Times as text, as RFC 3339 has them.

use core::fmt;

use super::Time;

const SECS_PER_DAY: u64 = 86_400;
/// Four hundred years have the same number of days, whichever they are.
const DAYS_PER_ERA: u64 = 146_097;
/// From the first of March of the year 0 to 1970.
const DAYS_BEFORE_1970: u64 = 719_468;

/// Shows a time in UTC; made by [`Time::rfc3339`].
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339(Time);

impl Rfc3339 {
    pub(super) const fn new(time: Time) -> Self {
        Rfc3339(time)
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_epoch = self.0.since_epoch();
        let (days, secs) = (since_epoch.as_secs() / SECS_PER_DAY, since_epoch.as_secs() % SECS_PER_DAY);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if let Some(digits @ 1..) = f.precision() {
            let digits = digits.min(9);
            let unit = (digits..9).fold(1, |unit, _| unit * 10);
            let fraction = since_epoch.subsec_nanos() / unit;
            write!(f, ".{fraction:0digits$}")?;
        }
        f.write_str("Z")
    }
}

/// Year, month and day, this many days after 1970 began. Years that begin in March have the day that is not always there
/// at their end, so that months begin at the same day of each.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_BEFORE_1970;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    // Without the leap days before it: one in 4 years, not in 100, but in 400.
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Five months from March on have 153 days, and so on.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    /// What `date -u` says.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_136_214_245, "2006-01-02T15:04:05Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            ((1 << 34) - 1, "2514-05-30T01:53:03Z"),
        ] {
            assert_eq!(Time::from_secs(secs).rfc3339().to_string(), text);
        }
    }

    /// Day by day, with the lengths of the months as they are known.
    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..(1u64 << 34) / SECS_PER_DAY {
            assert_eq!(date(days), (year, month, day), "{days}");
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + u64::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (day, month) = if day == last { (1, month + 1) } else { (day + 1, month) };
            (month, year) = if month == 13 { (1, year + 1) } else { (month, year) };
        }
    }

    #[test]
    fn fractions_are_cut_off() {
        let time = Time::from_raw((1 << 30) - 1).rfc3339();
        assert_eq!(
            format!("{time} {time:.0} {time:.3}"),
            "1970-01-01T00:00:00Z 1970-01-01T00:00:00Z 1970-01-01T00:00:00.999Z"
        );
        assert_eq!(format!("{time:.9} {time:.20}"), "1970-01-01T00:00:00.999999999Z 1970-01-01T00:00:00.999999999Z");
    }
}
