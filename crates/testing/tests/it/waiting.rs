//! For what threads of a plugin do on their own.

use std::time::{Duration, Instant};

use collectd::prelude::*;
use collectd_testing::{Happening, host};

const LIMIT: Duration = Duration::from_secs(60);

/// Does everything on a thread of its own, a little later.
struct Busy;

impl Plugin for Busy {
    const NAME: &'static str = "busy";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        let _detached = collectd::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            for number in 0..4 {
                log::warn!("line {number}");
                Values::new("gauge").plugin_instance(number.to_string()).gauge(1.0).dispatch()?;
            }
            Notification::okay("done").dispatch()?;
            Ok::<_, Error>(())
        });
        Ok(Busy)
    }
}

impl Read for Busy {
    fn read(&self) -> Result {
        Ok(())
    }
}

#[test]
fn what_is_waited_for_is_taken_and_nothing_else() {
    let mut host = host!(Busy: Read).start();
    let line = host.wait_for(LIMIT, |it| it.log().filter(|line| line.text.ends_with("line 2")).cloned());
    assert!(!line.by_daemon);
    let values =
        host.wait_for(LIMIT, |it| it.values().filter(|values| values.view().plugin_instance() == "1").cloned());
    assert_eq!(values.view().value(0), Some(collectd::Value::Gauge(1.0)));
    // It came before what was waited for first.
    let first = host.wait_for(LIMIT, |it| it.log().map(|line| line.text.clone()));
    assert!(first.ends_with("line 0"), "{first}");
    let message = host.wait_for(LIMIT, |it| Some(it.notification()?.message.clone()));
    assert_eq!(message, b"done");
    let left: Vec<_> = host.take_log().iter().map(|line| line.text.clone()).collect();
    assert!(matches!(&left[..], [one, three] if one.ends_with("line 1") && three.ends_with("line 3")), "{left:?}");
    assert_eq!(host.take_values().len(), 3);
    host.shutdown();
}

#[test]
fn what_does_not_happen_is_told_with_what_did() {
    let mut host = host!(Busy: Read).start();
    host.wait_for(LIMIT, |it| it.notification().map(drop));
    let start = Instant::now();
    let limit = Duration::from_millis(50);
    let mut seen = 0;
    let failed = host.try_wait_for(limit, |it| {
        seen += usize::from(matches!(it, Happening::Log(_)));
        None::<()>
    });
    let failed = failed.expect_err("nothing is wanted");
    assert!(start.elapsed() >= limit && seen >= 4, "{seen}");
    assert!(failed.log().iter().any(|line| line.text.ends_with("line 3")), "{failed}");
    assert!(failed.to_string().starts_with("waiting for 50ms:\n  of "), "{failed}");
    assert_eq!(host.take_log().len(), 4, "all of it is there still");
    host.shutdown();
}
