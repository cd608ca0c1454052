//! Free counts: what the daemon was given is freed once, and calls leave no memory behind.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use collectd_reports::Event;

use super::life::{Life, Seen};
use super::report::{Outcome, Problem};
use super::{Subject, plural};

/// So often everything is called before memory is compared, unless it takes too long: what is made once is there then.
const WARM: u32 = 8;
const WARM_TIME: Duration = Duration::from_secs(2);
/// So often more.
const ROUNDS: u32 = 200;
const TIME: Duration = Duration::from_secs(4);
/// Nothing that is leaked is smaller, each time.
const LEAST: i64 = 8;
/// So much may differ from one run to the next, whatever the plugin does.
const NOISE: i64 = 1024;

/// Memory of the daemon's that a plugin has to give back: two counts that must be equal.
const PAIRS: [(&str, &str, &str); 6] = [
    ("strings_out", "strings_back", "texts of the daemon's"),
    ("tocs_out", "tocs_back", "lists of meta data of the daemon's"),
    ("rates_out", "rates_back", "arrays of rates of the daemon's"),
    ("names_out", "names_back", "lists of names of the daemon's"),
    ("meta_created", "meta_destroyed", "objects for meta data"),
    ("notification_meta_created", "notification_meta_freed", "meta data of notifications"),
];

const COUNT_HELP: &str = "the daemon frees what was registered with a free_func, once, at its end; what it hands out is \
                          the plugin's to free. Safe code of the framework does so: look at `unsafe`, and at \
                          `mem::forget`, `Box::leak` and `into_raw`. --valgrind says where";
const HEAP_HELP: &str = "--valgrind says where memory is lost; a collection in a `static` that only grows is one place, \
                         `Box::leak`, `mem::forget`, `into_raw` and circles of `Arc` are others";

pub(super) fn run(subject: &Subject<'_>) -> anyhow::Result<Outcome> {
    let (short, warm) = live(subject, 1..=WARM, WARM_TIME)?;
    let Some(stats) = &short.stats else {
        let text = "the daemon did not come to its end".to_owned();
        return Ok(Outcome::Failed(vec![Problem { text, help: "see what the test host says above".to_owned() }]));
    };
    let mut problems = Problem::each(counts(stats), COUNT_HELP);
    let (long, rounds) = live(subject, warm + 1..=warm + ROUNDS, TIME)?;
    let more = i64::from(rounds.saturating_sub(warm));
    if let Some(stats) = &long.stats {
        for count in counts(stats) {
            problems.extend(Some(Problem { text: count, help: COUNT_HELP.to_owned() }).filter(|_| problems.is_empty()));
        }
    }
    let leave = if more == 1 { "leaves" } else { "leave" };
    let grown = long.heap - short.heap;
    if grown >= NOISE.max(more * LEAST) && long.stats.is_some() {
        let each = grown / more.max(1);
        let rounds = plural(more.unsigned_abs(), "more round");
        let text = format!("{rounds} of its callbacks {leave} {grown} bytes behind, about {each} each");
        problems.push(Problem { text, help: HEAP_HELP.to_owned() });
    }
    if !problems.is_empty() {
        return Ok(Outcome::Failed(problems));
    }
    let owned: i64 = stats.ending("_owned").map(|(_, count)| count).sum();
    let heap = if short.heap == 0 {
        "memory is not counted on this system".to_owned()
    } else {
        format!("{} of its callbacks {leave} nothing behind", plural(more.unsigned_abs(), "round"))
    };
    let freed = if owned == 0 {
        "no registration has data to be freed".to_owned()
    } else {
        format!("{owned} of {owned} registrations freed once")
    };
    Ok(Outcome::Fine(format!("{freed}; {heap}")))
}

/// A whole life with so many rounds, as time allows; and how many there were.
fn live(subject: &Subject<'_>, rounds: RangeInclusive<u32>, time: Duration) -> anyhow::Result<(Seen, u32)> {
    let mut life = Life::begin(subject, true)?;
    let deadline = Instant::now() + time;
    let mut done = 0;
    while done < *rounds.end() && !life.is_over() && (done < *rounds.start() || Instant::now() < deadline) {
        life.round();
        done += 1;
    }
    Ok((life.end(), done))
}

/// What was not freed, or more than once.
fn counts(stats: &Event) -> Vec<String> {
    let mut problems = Vec::new();
    for (kind, owned) in stats.ending("_owned") {
        let freed = stats.count(&format!("{kind}_freed"));
        let kind = kind.replace('_', " ");
        if freed < owned {
            problems.push(format!("of {owned} {kind} callbacks with data, {} were never freed", owned - freed));
        } else if freed > owned {
            problems.push(format!("{owned} {kind} callbacks with data were freed {freed} times"));
        }
    }
    for (out, back, what) in PAIRS {
        let (out, back) = (stats.count(out), stats.count(back));
        if out != back {
            problems.push(format!("{what}: {out} were handed out, {back} came back"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_come_back_is_told() {
        let none = Event::parse("stats read_owned=2 read_freed=2 strings_out=3 strings_back=3");
        assert!(counts(&none).is_empty());
        let bad = Event::parse(
            "stats read_owned=2 read_freed=1 cache_event_owned=1 cache_event_freed=2 rates_out=2 rates_back=1",
        );
        assert_eq!(
            counts(&bad),
            [
                "of 2 read callbacks with data, 1 were never freed",
                "1 cache event callbacks with data were freed 2 times",
                "arrays of rates of the daemon's: 2 were handed out, 1 came back",
            ]
        );
    }
}
