//! The same lines to a real daemon's socket and to `send`: the same are taken, and mean the same to the last bit.
//!
//! What the daemon takes is what its network plugin sends on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use collectd_test_daemon::{Daemon, UdpSink, wait_until};

use crate::run::{Arrived, PATIENCE, address, items, send, wait_items};

/// `H` is a host of each line's own. Not among them: comments and empty lines, which the socket does not know, and two
/// quotes that touch, which end the daemon.
const LINES: &[&str] = &[
    "PUTVAL H/p/gauge 1700000000:1.5",
    "putval H/p/gauge 1700000000:1.5",
    " \tPUTVAL\tH/p/gauge  1700000000:1.5 ",
    "PUTVAL H/p-i/gauge-j 1700000000.125:-1e300",
    "PUTVAL H/p-i-j/gauge-j-k 1700000000:0x1p-3",
    "PUTVAL H/p-/gauge- 1700000000:inf",
    "PUTVAL H/p/gauge-a/b/c 1700000000:nan",
    "PUTVAL H/p/gauge 1700000000:U",
    "PUTVAL H/p/derive 1700000000:U",
    "PUTVAL H/p/gauge 1700000000:u",
    "PUTVAL \"H/a b/gauge-\\\"c\\\\d\\\" e\" 1700000000:1",
    "PUTVAL \"H/ä ö/gauge-ü\" 1700000000:1",
    "PUTVAL H/p\\ q/gauge 1700000000:1",
    "PUTVAL H/p/gauge\" 1700000000:1",
    "PUTVAL H/p/gauge \"1700000000:1",
    "PUTVAL H/p/gauge \"1700000000:1\\",
    "PUTVAL H/p/gauge \"1700000000:1\"",
    "PUTVAL H/p/gauge \"1700000000:1 \"",
    "PUTVAL H/p/gauge \"1700000000 :1\"",
    "PUTVAL H/p/gauge \" 1700000000: 1\"",
    "PUTVAL H/p/gauge 170\"0000000:1\"",
    "PUTVAL H/p/gauge \"\"",
    "PUTVAL \"\" 1700000000:1",
    "PUTVAL H/p/gauge interval=10 1700000000:1",
    "PUTVAL H/p/gauge INTERVAL=2.5 1700000000:1",
    "PUTVAL H/p/gauge interval=\"0x10\" 1700000000:1",
    "PUTVAL H/p/gauge interval=10s 1700000000:1",
    "PUTVAL H/p/gauge interval=0 1700000000:1",
    "PUTVAL H/p/gauge interval=-1 1700000000:1",
    "PUTVAL H/p/gauge interval=x 1700000000:1",
    "PUTVAL H/p/gauge interval= 1700000000:1",
    "PUTVAL H/p/gauge interval=10 1700000000:1 interval=20 1700000010:2 1700000030:3 interval=x",
    "PUTVAL H/p/gauge 1700000000:1 interval=10",
    "PUTVAL H/p/gauge interval=10",
    "PUTVAL H/p/gauge meta:k=\"v\" 1700000000:1",
    "PUTVAL H/p/gauge meta:k=\"\\\"v w\\\"\" 1700000000:1",
    "PUTVAL H/p/gauge META:k=7 1700000000:1",
    "PUTVAL H/p/gauge meta:=\"v\" 1700000000:1",
    "PUTVAL H/p/gauge meta=\"v\" 1700000000:1",
    "PUTVAL H/p/gauge unknown=1 1700000000:1",
    "PUTVAL H/p/gauge 1700000000:1 unknown=1",
    "PUTVAL H/p/gauge x-y=1 1700000000:1",
    "PUTVAL H/p/gauge =1 1700000000:1",
    "PUTVAL H/p/if_octets 1700000000:1:2",
    "PUTVAL H/p/if_octets 1700000000:1",
    "PUTVAL H/p/if_octets 1700000000:1:",
    "PUTVAL H/p/if_octets :1700000000::1::2:",
    "PUTVAL H/p/if_octets 1700000000:1:2:3",
    "PUTVAL H/p/if_octets 0:1700000000:1:2",
    "PUTVAL H/p/load 1700000000:1:U:3",
    "PUTVAL H/p/gauge 1700000000",
    "PUTVAL H/p/gauge 1700000000:",
    "PUTVAL H/p/gauge N",
    "PUTVAL H/p/gauge :",
    "PUTVAL H/p/gauge n:1",
    "PUTVAL H/p/gauge 1700000000x:1",
    "PUTVAL H/p/gauge 1.7e9:1",
    "PUTVAL H/p/gauge 0x6553f100:1",
    "PUTVAL H/p/gauge 1e400:1",
    "PUTVAL H/p/gauge 1700000000:1e400",
    "PUTVAL H/p/gauge 1700000000:1,5",
    "PUTVAL H/p/gauge 1700000000:x",
    "PUTVAL H/p/gauge 1700000000:5e-324",
    "PUTVAL H/p/derive 1700000000:-9223372036854775808",
    "PUTVAL H/p/derive 1700000000:-9223372036854775809",
    "PUTVAL H/p/derive 1700000000:9223372036854775808",
    "PUTVAL H/p/derive 1700000000:12.75",
    "PUTVAL H/p/derive 1700000000:010",
    "PUTVAL H/p/derive 1700000000:08",
    "PUTVAL H/p/derive 1700000000:0x1F",
    "PUTVAL H/p/derive 1700000000:0x",
    "PUTVAL H/p/derive 1700000000:+7",
    "PUTVAL H/p/derive 1700000000:--7",
    "PUTVAL H/p/counter 1700000000:18446744073709551615",
    "PUTVAL H/p/counter 1700000000:18446744073709551616",
    "PUTVAL H/p/counter 1700000000:-1",
    "PUTVAL H/p/counter 1700000000:-18446744073709551616",
    "PUTVAL H/p/absolute 1700000000:77abc",
    "PUTVAL H/p/nosuchtype 1700000000:1",
    "PUTVAL H/p/Gauge 1700000000:1",
    "PUTVAL H/p 1700000000:1",
    "PUTVAL H 1700000000:1",
    "PUTVAL H/p/ 1700000000:1",
    "PUTVAL H/p/gauge",
    "PUTVAL",
    "PUTVALUE H/p/gauge 1700000000:1",
    "PUTVAL H/p-L127/gauge-L127 1700000000:1",
    "PUTVAL H/p/gauge-L128 1700000000:1",
    "PUTVAL H/p-L128/gauge 1700000000:1",
    "PUTVAL H/L128/gauge 1700000000:1",
    "PUTNOTIF severity=failure time=1700000000 host=H message=m",
    "putnotif SEVERITY=Warning TIME=1700000000.125 HOST=H PLUGIN=p PLUGIN_INSTANCE=i TYPE=t TYPE_INSTANCE=j MESSAGE=m",
    "PUTNOTIF severity=okay time=1700000000 host=H message=\"a \\\"b\\\" \\\\ \\n c\"",
    "PUTNOTIF severity=okay time=1700000000 host=H message=ä\"b\\",
    "PUTNOTIF severity=okay time=1700000000 host=H message=a message=b",
    "PUTNOTIF severity=okay time=1700000000 host=H type=nosuchtype message=m plugin=\"\"",
    "PUTNOTIF severity=okay time=1700000000 host=H s:key=value message=m s:other=\"a b\"",
    "PUTNOTIF severity=okay time=1700000000 host=H n:key=1 message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H s:=1 message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H S:key=1 message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H message=\"LLL\"",
    "PUTNOTIF severity=okay time=1700000000 host=H plugin=L128 message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H message=the roof is on fire",
    "PUTNOTIF severity=okay time=1700000000 host=H message=\"a\"b",
    "PUTNOTIF severity=okay time=1700000000 host=H message=\"a",
    "PUTNOTIF severity=okay time=1700000000 host=H message=",
    "PUTNOTIF severity=okay time=1700000000 host= message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H message=\"\"",
    "PUTNOTIF severity=okay host=H time=1700000000",
    "PUTNOTIF severity=okay host=H message=m",
    "PUTNOTIF severity=okay time=0 host=H message=m",
    "PUTNOTIF severity=okay time=N host=H message=m",
    "PUTNOTIF severity=okay time=1700000000s host=H message=m",
    "PUTNOTIF severity=okay time=\"1700000000 \" host=H message=m",
    "PUTNOTIF severity=okay time=\" 1700000000\" host=H message=m",
    "PUTNOTIF time=1700000000 host=H message=m",
    "PUTNOTIF severity=warn time=1700000000 host=H message=m",
    "PUTNOTIF severity=4 time=1700000000 host=H message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H unknown=1 message=m",
    "PUTNOTIF severity=okay time=1700000000 host=H message",
    "PUTNOTIF",
    "PUTTHRESHOLD H/p/gauge",
];

/// What the daemon takes, and `send` does not: times that its clock cannot express, which the daemon gets by undefined
/// behaviour, and names that no receiver takes.
const DAEMON_ONLY: &[&str] = &[
    "PUTVAL H/p/gauge -1:1",
    "PUTVAL H/p/gauge nan:1",
    "PUTVAL H//gauge 1700000000:1",
    "PUTNOTIF severity=okay time=-1 host=H message=m",
];

fn lines(templates: &[&str]) -> Vec<String> {
    let line = |(index, template): (usize, &&str)| {
        let template = template.replace("LLL", &"é".repeat(200)).replace("L127", &"x".repeat(127));
        let template = template.replace("L128", &"y".repeat(128));
        // Not that of HOST.
        let host = format!("line{index:03}");
        ["/", " ", "\""].iter().fold(template, |line, end| line.replace(&format!("H{end}"), &format!("{host}{end}")))
    };
    templates.iter().enumerate().map(line).collect()
}

/// Whether the daemon takes a line. There may be several answers or none, so that one to something else ends them.
fn daemon_takes(socket: &Path, line: &str) -> bool {
    let mut stream = wait_until("the socket", PATIENCE, || UnixStream::connect(socket).ok());
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{line}\nTHE-END\n").as_bytes()).unwrap();
    let answers = BufReader::new(stream).lines().map(|line| line.unwrap());
    let answers: Vec<_> = answers.take_while(|line| line != "-1 Unknown command: THE-END").collect();
    answers.iter().any(|answer| answer.starts_with("0 "))
}

/// The indices of the lines that `send` refuses.
fn refused(said: &str) -> BTreeSet<usize> {
    let places =
        said.lines().filter_map(|line| line.strip_prefix("stdin:")).filter(|line| !line.contains(": warning: "));
    places.map(|line| line.split(':').next().unwrap().parse::<usize>().unwrap() - 1).collect()
}

/// What arrived, in the order of each host.
fn by_host(items: Vec<Arrived>) -> BTreeMap<String, Vec<Arrived>> {
    let mut hosts = BTreeMap::<_, Vec<_>>::new();
    for item in items {
        let host = match &item {
            Arrived::Values(values) => values.view().host().to_string(),
            Arrived::Notification(notification) => notification.identifier.host.to_string(),
        };
        hosts.entry(host).or_default().push(item);
    }
    hosts
}

/// With the bits of numbers, because NaN is not equal to itself.
fn shown(items: &BTreeMap<String, Vec<Arrived>>) -> Vec<String> {
    let shown = |item: &Arrived| match item {
        Arrived::Values(values) => {
            let bits: Vec<_> = values.view().values().map(|value| (value.kind(), value.to_bits())).collect();
            let (time, interval) = values.times();
            // Slashes in a name are for the daemon that stores the values to replace, which here it has done already.
            let instance = values.view().type_instance().to_string().replace('/', "_");
            let list = values.clone().type_instance(instance);
            format!("{:?} {time:?} {interval:?} {bits:?}", list.identifier())
        }
        Arrived::Notification(notification) => format!("{notification:?}"),
    };
    items.values().flatten().map(shown).collect()
}

fn daemon(sink: &UdpSink) -> Daemon {
    let conf = format!("<Plugin network>\nServer \"127.0.0.1\" \"{}\"\n</Plugin>", sink.port());
    Daemon::builder().write_threads(1).load("unixsock").load("network").conf(&conf).start()
}

#[test]
fn lines_mean_what_they_mean_to_the_daemon() {
    let (theirs, ours) = (UdpSink::bind(), UdpSink::bind());
    let daemon = daemon(&theirs);
    let lines = lines(LINES);
    let taken: BTreeSet<_> =
        (0..lines.len()).filter(|index| daemon_takes(&daemon.unixsock(), &lines[*index])).collect();
    daemon.putval("the-end/p/gauge", "", "1700000000:1");

    // One second is the daemon's own interval.
    let (_, said) = send(
        &["--to", &address(&ours), "--interval", "1"],
        &(lines.join("\n") + "\nPUTVAL the-end/p/gauge 1700000000:1\n"),
    );
    let refused = refused(&said);
    for (index, line) in lines.iter().enumerate() {
        assert_ne!(taken.contains(&index), refused.contains(&index), "{line}\n{said}");
    }
    assert!(taken.len() > 50 && refused.len() > 40, "{} {}", taken.len(), refused.len());

    let theirs = wait_until("what the daemon sends on", PATIENCE, || {
        daemon.command("FLUSH plugin=network").unwrap();
        Some(by_host(items(&theirs.packets()))).filter(|hosts| hosts.contains_key("the-end"))
    });
    let count = theirs.values().map(Vec::len).sum();
    let ours = by_host(wait_items(&ours, count));
    for (theirs, ours) in shown(&theirs).iter().zip(shown(&ours)) {
        assert_eq!(theirs, &ours);
    }
    assert_eq!(shown(&theirs).len(), shown(&ours).len());
}

#[test]
fn what_only_the_daemon_takes() {
    let (theirs, ours) = (UdpSink::bind(), UdpSink::bind());
    let daemon = daemon(&theirs);
    let lines = lines(DAEMON_ONLY);
    for line in &lines {
        assert!(daemon_takes(&daemon.unixsock(), line), "{line}");
    }
    let (status, said) = send(&["--to", &address(&ours)], &lines.join("\n"));
    assert_eq!((status, refused(&said).len()), (Some(1), lines.len()), "{said}");
}

/// Where the daemon would put in its own name, or leave it out.
#[test]
fn what_has_no_host_comes_from_this_one() {
    let sink = UdpSink::bind();
    let input = "PUTVAL /p/gauge 1700000000:1\nPUTNOTIF severity=okay time=1700000000 message=m";
    let (status, said) = send(&["--to", &address(&sink)], input);
    assert_eq!(status, Some(0), "{said}");
    let hosts: Vec<_> = by_host(wait_items(&sink, 2)).into_keys().collect();
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(hosts, [name.trim_end()]);
}

/// `N` is the time of the line, not of the packet.
#[test]
fn n_is_now() {
    let sink = UdpSink::bind();
    let before = collectd_types::Time::now();
    let (status, said) = send(&["--to", &address(&sink)], "PUTVAL h/p/gauge N:1 N:2");
    assert_eq!(status, Some(0), "{said}");
    let times: Vec<_> = wait_items(&sink, 2).into_iter().map(|item| item.values().times().0).collect();
    assert!(times[0] >= before && times[1] >= times[0] && times[1] <= collectd_types::Time::now(), "{times:?}");
}
