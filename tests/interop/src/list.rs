use std::fmt;

use collectd_net::{Item, Values};
use collectd_types::{Interval, Kind, Time, Value, ValuesRef};

/// A value list as it is on the wire, to the last bit, and as `tests/peers` writes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct List {
    /// Host, plugin, plugin instance, type, type instance.
    pub names: [String; 5],
    /// In 2⁻³⁰ s.
    pub time: u64,
    /// In 2⁻³⁰ s.
    pub interval: u64,
    /// The code of the kind, and the bits.
    pub values: Vec<(u8, u64)>,
}

/// By the codes of the kinds.
const LETTERS: &[u8] = b"cgda";

impl List {
    /// What is in a received item.
    ///
    /// # Panics
    ///
    /// When it is a notification.
    #[must_use]
    pub fn of_item(item: &Item) -> List {
        List::of(item.values().unwrap_or_else(|| panic!("a value list, not {item}")))
    }

    /// What is in a value list.
    #[must_use]
    pub fn of(list: ValuesRef<'_>) -> List {
        List {
            names: list.identifier().names().map(|name| name.to_string_lossy().into_owned()),
            time: list.time().to_raw(),
            interval: list.interval().to_raw(),
            values: list.values().map(|value| (value.kind().code(), value.to_bits())).collect(),
        }
    }

    /// Its time in seconds, as near as a double can be.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        Time::from_raw(self.time).as_secs_f64()
    }

    /// The same to be sent.
    ///
    /// # Panics
    ///
    /// When there is a kind that collectd does not have.
    #[must_use]
    pub fn to_values(&self) -> Values {
        let [host, plugin, plugin_instance, type_, type_instance] = &self.names;
        Values::new(type_)
            .host(host)
            .plugin(plugin)
            .plugin_instance(plugin_instance)
            .type_instance(type_instance)
            .time(Time::from_raw(self.time))
            .interval(Interval::from_raw(self.interval))
            .values(self.values())
    }

    /// The values.
    ///
    /// # Panics
    ///
    /// When there is a kind that collectd does not have.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        let kind = |code| Kind::from_code(code).expect("a known kind");
        self.values.iter().map(move |&(code, bits)| Value::from_bits(kind(code), bits))
    }

    /// Whether one of the values is of this kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.values.iter().any(|&(code, _)| code == kind.code())
    }

    /// As in commands of unixsock: `host/plugin-instance/type-instance`.
    #[must_use]
    pub fn identifier(&self) -> String {
        let [host, plugin, plugin_instance, type_, type_instance] = &self.names;
        let dash = |instance: &String| if instance.is_empty() { String::new() } else { format!("-{instance}") };
        format!("{host}/{plugin}{}/{type_}{}", dash(plugin_instance), dash(type_instance))
    }

    /// The line that peers read and write.
    #[must_use]
    pub fn to_line(&self) -> String {
        let kinds: String = self.values.iter().map(|&(code, _)| char::from(LETTERS[usize::from(code)])).collect();
        let bits: String = self.values.iter().map(|(_, bits)| format!("{bits:016x}")).collect();
        format!("v\t{}\t{}\t{}\t{kinds}\t{bits}", self.time, self.interval, self.names.join("\t"))
    }

    /// Reads such a line, and the user behind it, if there is one. `None` when it is another line.
    ///
    /// # Panics
    ///
    /// When it begins as one but is none.
    #[must_use]
    pub fn from_line(line: &str) -> Option<(List, String)> {
        let rest = line.strip_prefix("v\t")?;
        Some(List::from_fields(rest).unwrap_or_else(|| panic!("no value list: {line:?}")))
    }

    fn from_fields(line: &str) -> Option<(List, String)> {
        let fields: Vec<_> = line.split('\t').collect();
        let [time, interval, host, plugin, plugin_instance, type_, type_instance, kinds, bits, ..] = fields[..] else {
            return None;
        };
        let code = |letter: u8| u8::try_from(LETTERS.iter().position(|&known| known == letter)?).ok();
        let digits = |index: usize| u64::from_str_radix(bits.get(16 * index..16 * index + 16)?, 16).ok();
        let values = kinds.bytes().enumerate().map(|(index, letter)| Some((code(letter)?, digits(index)?)));
        let list = List {
            names: [host, plugin, plugin_instance, type_, type_instance].map(str::to_owned),
            time: time.parse().ok()?,
            interval: interval.parse().ok()?,
            values: values.collect::<Option<_>>()?,
        };
        Some((list, fields.get(9).map(|&user| user.to_owned()).unwrap_or_default()))
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_line().replace('\t', " | "))
    }
}

/// Lists in an order that does not depend on when they came.
#[must_use]
pub fn sorted(mut lists: Vec<List>) -> Vec<List> {
    lists.sort();
    lists
}

/// Compares, and shows where the difference begins instead of everything.
///
/// # Panics
///
/// When they differ.
#[track_caller]
pub fn assert_same(got: &[List], wanted: &[List]) {
    if let Some(at) = (0..got.len().max(wanted.len())).find(|&at| got.get(at) != wanted.get(at)) {
        let (got_count, count) = (got.len(), wanted.len());
        panic!("list {at}: got {:#?}, wanted {:#?} ({got_count} and {count})", got.get(at), wanted.get(at));
    }
}
