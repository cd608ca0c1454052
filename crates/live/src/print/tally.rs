//! How much of what came, and what became of it.

use std::fmt;

use collectd_net::DecodeErrorKind;

use super::printer::Printer;
use super::rates::Rates;
use crate::source::Statistics;

/// Displayed as a line that begins `N value lists, N notifications in N packets, N bytes; N malformed`: scripts read
/// it.
pub(super) struct Tally<'a>(pub(super) &'a Statistics);

impl fmt::Display for Tally<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Statistics { reader, dropped, receive_errors, capture } = self.0;
        let capture = capture.unwrap_or_default();
        let encrypted: u64 =
            reader.errors_by_kind().filter(|(kind, _)| *kind == DecodeErrorKind::EncryptedNoKey).map(|(_, n)| n).sum();
        write!(f, "{} value lists, {} notifications", reader.value_lists, reader.notifications)?;
        write!(f, " in {} packets, {} bytes", reader.packets, reader.bytes)?;
        write!(f, "; {} malformed", reader.malformed())?;
        let rare = [
            (*dropped, "dropped by the kernel"),
            (encrypted, "not decoded (encrypted)"),
            (reader.refused() - encrypted, "refused (signature or password)"),
            (reader.unprotected_parts, "parts below the security level passed over"),
            (reader.unverified_signatures, "signatures not verified"),
            (reader.incomplete, "incomplete items passed over"),
            (reader.unknown_parts, "parts of unknown type passed over"),
            (*receive_errors, "errors of receiving"),
        ];
        let rare = rare.into_iter().filter(|(count, _)| *count > 0).chain(capture.counts());
        rare.into_iter().try_for_each(|(count, what)| write!(f, "; {count} {what}"))
    }
}

/// What of it could not be printed as it should; empty if there is nothing.
pub(super) struct Unprinted<'a>(pub(super) &'a Printer);

impl fmt::Display for Unprinted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without_rate = self.0.rates.as_ref().map_or(0, Rates::left_out);
        let rare = [
            (self.0.unsaid, "notifications that this format cannot say"),
            (without_rate, "value lists without rates: more series than --max-series"),
        ];
        rare.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, what)| write!(f, "; {count} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_mentioned() {
        let mut statistics = Statistics::default();
        (statistics.reader.value_lists, statistics.reader.packets, statistics.reader.bytes) = (120, 4, 4991);
        let usual = Tally(&statistics).to_string();
        assert_eq!(usual, "120 value lists, 0 notifications in 4 packets, 4991 bytes; 0 malformed");
        (statistics.dropped, statistics.reader.incomplete) = (2, 3);
        let text = Tally(&statistics).to_string();
        assert!(text.ends_with("; 0 malformed; 2 dropped by the kernel; 3 incomplete items passed over"), "{text}");
    }
}
