//! The daemon in which the sample `survey` has used everything once.

use std::sync::LazyLock;
use std::time::Duration;

use collectd_test_daemon::Daemon;

use super::Run;
use crate::support::{block, so};

/// One write thread, so that value lists arrive in the order in which they were dispatched.
pub(super) static RUN: LazyLock<Run> = LazyLock::new(|| {
    let mut daemon = Daemon::builder()
        .conf("Timeout 3\nWriteQueueLimitHigh 5000")
        .load_so(so("survey"), "survey")
        .conf(&block("survey", CONFIG))
        .load("csv")
        .conf(CHAIN)
        .hostname("here")
        .interval(Duration::from_millis(500))
        .write_threads(1)
        .start();
    let _ = daemon.wait_log("wrote [", Duration::from_secs(60));
    let _ = daemon.wait_log("here/survey/gauge/end", Duration::from_secs(60));
    let _ = daemon.wait_rows("here/survey/gauge-often", 3);
    Run::of(daemon)
});

pub(super) const CONFIG: &str = "Level \"Notice\"\n\
                                 Type \"survey_mixed c:COUNTER:0:U, g:GAUGE:-1.5:1e300, d:DERIVE:U:U, a:ABSOLUTE:0:9\"";

const CHAIN: &str = "<Chain \"PreCache\">\n<Rule>\n<Match \"one_of\">\nTypeInstance \"plain\" \"explicit\"\n</Match>\n\
                     <Target \"labelled\">\nLabel \"rule\" \"first\"\nLabel \"weight\" 2.5\nLabel \"is_set\" true\n\
                     </Target>\n</Rule>\n<Rule>\n<Match \"one_of\">\nTypeInstance \"shorn\"\n</Match>\n\
                     <Target \"labelled\">\nRemove \"GOES\"\nRemove \"none\"\n</Target>\n</Rule>\n</Chain>\nPreCacheChain \"PreCache\"";
