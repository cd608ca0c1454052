//! What was registered, and whether it was freed.

use collectd_test_host::Event;
use collectd_types::Interval;

use crate::happening::lossy;
use crate::{Callback, Registered};

/// Memory of the daemon's that a plugin has to give back, and its own objects: the names of two counts that must be equal.
const PAIRS: [(&str, &str, &str); 6] = [
    ("strings_out", "strings_back", "texts of the daemon"),
    ("tocs_out", "tocs_back", "lists of meta data of the daemon"),
    ("rates_out", "rates_back", "arrays of rates of the daemon"),
    ("names_out", "names_back", "lists of names of the daemon"),
    ("meta_created", "meta_destroyed", "objects for meta data"),
    ("notification_meta_created", "notification_meta_freed", "entries of the meta data of notifications"),
];

/// All registrations of one daemon.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    surplus: Vec<String>,
}

struct Entry {
    registered: Registered,
    /// Where the daemon got data that it has to free.
    data: Option<u64>,
    is_freed: bool,
}

impl Ledger {
    pub(crate) fn note(&mut self, event: &Event) {
        let Some(callback) = event.bytes("kind").and_then(|_| Callback::from_word(&lossy(event, "kind"))) else {
            return;
        };
        match event.kind() {
            "register" => self.registered(event, callback),
            "free" => self.freed(event, callback),
            _ => {}
        }
    }

    fn registered(&mut self, event: &Event, callback: Callback) {
        let interval = event.bytes("interval").map(|_| Interval::from_raw(event.number("interval")));
        let refused = event.number::<i32>("status") != 0;
        let is_owned = event.is("register", &[("user_data", "1"), ("free_func", "1")]);
        let data = is_owned.then(|| event.number("data"));
        let registered = Registered { callback, name: lossy(event, "name"), interval, refused };
        self.entries.push(Entry { registered, data, is_freed: false });
    }

    fn freed(&mut self, event: &Event, callback: Callback) {
        let data = Some(event.number("data"));
        let mut same = self.entries.iter_mut().filter(|entry| entry.data == data);
        match same.find(|entry| entry.registered.callback == callback && !entry.is_freed) {
            Some(entry) => entry.is_freed = true,
            None => self.surplus.push(format!("the {callback} callback \"{}\" was freed twice", lossy(event, "name"))),
        }
    }

    pub(crate) fn all(&self) -> Vec<Registered> {
        self.entries.iter().map(|entry| entry.registered.clone()).collect()
    }

    /// What is wrong after the end of the daemon; `stats` are its counts.
    pub(crate) fn problems(&self, stats: &Event) -> Vec<String> {
        let unfreed = self.entries.iter().filter(|entry| entry.data.is_some() && !entry.is_freed);
        let unfreed = unfreed.map(|entry| {
            format!("the {} callback \"{}\" was never freed", entry.registered.callback, entry.registered.name)
        });
        let pairs = PAIRS.iter().filter_map(|&(out, back, what)| {
            let (out, back) = (stats.number::<i64>(out), stats.number::<i64>(back));
            // valgrind replaces `free`, so that nothing is counted, and finds what is lost itself.
            let is_unequal = out != back && !(back == 0 && is_under_valgrind());
            is_unequal.then(|| format!("{what}: {out} were handed out, {back} came back"))
        });
        unfreed.chain(self.surplus.iter().cloned()).chain(pairs).collect()
    }
}

fn is_under_valgrind() -> bool {
    std::env::var_os("LD_PRELOAD").is_some_and(|value| value.to_string_lossy().contains("vgpreload"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATS: &str = "stats meta_created=2 meta_destroyed=2 notification_meta_created=0 notification_meta_freed=0 \
                         strings_out=3 strings_back=3 tocs_out=0 tocs_back=0 rates_out=2 rates_back=1 names_out=0 names_back=0";

    fn problems(lines: &[&str], stats: &str) -> Vec<String> {
        let mut ledger = Ledger::default();
        lines.iter().for_each(|line| ledger.note(&Event::parse(line)));
        ledger.problems(&Event::parse(stats))
    }

    #[test]
    fn what_is_freed_once_is_well() {
        let register = r#"register kind=write name="a" status=0 user_data=1 free_func=1 data=7 context="a""#;
        let free = r#"free kind=write name="a" data=7 count=1 thread="main""#;
        let stats = STATS.replace("rates_back=1", "rates_back=2");
        assert_eq!(problems(&[register, free, register, free], &stats), [""; 0], "one place, twice");
        assert_eq!(problems(&[register], &stats), ["the write callback \"a\" was never freed"]);
        assert_eq!(problems(&[register, free, free], &stats), ["the write callback \"a\" was freed twice"]);
        let init = r#"register kind=init name="a" status=0 user_data=0 free_func=0 data=0 context="a""#;
        assert_eq!(problems(&[init], &stats), [""; 0], "nothing to free");
    }

    #[test]
    fn memory_that_does_not_come_back_is_told() {
        assert_eq!(problems(&[], STATS), ["arrays of rates of the daemon: 2 were handed out, 1 came back"]);
    }
}
