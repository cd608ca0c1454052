//! The guide: how to write a plugin, and what the daemon does with it.
//!
//! Begin with [your first plugin](first_plugin): from nothing to values, in ten minutes. If collectd is new to you, have
//! [its words](words) beside it. The other pages are for looking things up.
//!
//! # One page for each callback
//!
//! On which thread it is called and when, what the daemon makes of success, error and panic, and an example.
//!
//! | page | called |
//! | --- | --- |
//! | [`config`](mod@config) | for each `<Plugin NAME>` block, while the daemon reads its configuration |
//! | [`init`](mod@init) | once, when the configuration is read and the daemon is in the background |
//! | [`read`](mod@read) | every interval, to get metrics |
//! | [`write`](mod@write) | for each value list of every plugin, to store or send it |
//! | [`flush`](mod@flush) | to write out what is held back |
//! | [`missing`](mod@missing) | for each metric that gets no new values |
//! | [`cache_event`](mod@cache_event) | for the first, each further and the last value of chosen metrics |
//! | [`log`](mod@log) | for each line of the daemon's log |
//! | [`notification`](mod@notification) | for each notification of every plugin |
//! | [`shutdown`](mod@shutdown) | once, when the daemon stops |
//! | [`filter_match`](mod@filter_match) | for each value list that comes to a rule of a filter chain |
//! | [`filter_target`](mod@filter_target) | for each value list that a rule applies to |
//!
//! # The rest
//!
//! * [Life cycle and threads](life_cycle): in which order all this happens, and what may be called when.
//! * [How to](tasks) do this and that, in a few lines each.
//! * [Testing a plugin](testing).
//! * [Trouble-shooting by message](trouble): what the daemon and the framework say, and what to do about it.
//! * [For people who know `plugin.h`](plugin_h): where each function, type and macro of collectd's headers went.
//! * [What collectd offers to a plugin](capabilities), what of it is here, and the test that shows it.
//! * [For people who know collectd-python](python): the same for its functions, classes and members. For those who come from
//!   [Perl](perl), [Go](go), or the [crate `collectd-plugin`](collectd_plugin).
//!
//! Whole plugins to read, each tested against collectd's own of that name, are in `tests/plugins/examples` of the repository:
//! `load_rs`, `memory_rs` and `cpu_rs` read, `csv_rs` writes, `threshold_rs` notifies, `match_regex_rs` and
//! `target_replace_rs` filter.

pub mod python;

macro_rules! pages {
    ($($page:ident: $file:literal;)+) => {$(
        #[doc = include_str!($file)]
        #[allow(clippy::test_attr_in_doctest, reason = "a page shows a whole crate, whose tests are run where it is typed")]
        pub mod $page {}
    )+};
}

pages! {
    first_plugin: "first_plugin.md";
    words: "words.md";
    config: "config.md";
    init: "init.md";
    read: "read.md";
    write: "write.md";
    flush: "flush.md";
    missing: "missing.md";
    cache_event: "cache_event.md";
    log: "log.md";
    notification: "notification.md";
    shutdown: "shutdown.md";
    filter_match: "filter_match.md";
    filter_target: "filter_target.md";
    life_cycle: "life_cycle.md";
    testing: "testing.md";
    trouble: "trouble.md";
    tasks: "tasks.md";
    plugin_h: "plugin_h.md";
    perl: "perl.md";
    go: "go.md";
    collectd_plugin: "collectd_plugin.md";
    capabilities: "capabilities.md";
}
