//! What `send` sends and `print` prints.

use crate::common::Live;
use crate::run::{send, start};

#[test]
fn what_is_sent_is_printed() {
    let live = Live::loopback(&[]);
    let input = "PUTVAL localhost.localdomain/swap/swap-used interval=10 1237749608:48082944\n\
        PUTVAL h/interface-eth0/if_octets 1237749608:1:-2 1237749618:3:4\n\
        PUTNOTIF severity=failure time=1237749608 host=h plugin=df plugin_instance=root message=\"disk \x1b[31mfull\"";
    let (status, said) = send(&["--to", &live.addrs[0].to_string()], input);
    assert_eq!(status, Some(0), "{said}");
    for line in [
        "[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]",
        "[1237749608] h/interface-eth0/if_octets [(2, 1), (2, -2)]",
        "[1237749618] h/interface-eth0/if_octets [(2, 3), (2, 4)]",
        r"[1237749608] h/df-root FAILURE: disk \x1b[31mfull",
    ] {
        assert_eq!(live.next_line(), line);
    }
    assert!(live.stop().summary().starts_with("3 value lists, 1 notifications in 2 packets, "));
}

#[test]
fn both_agree_on_how_much_it_was() {
    let live = Live::loopback(&[]);
    let to = live.addrs[0].to_string();
    let args = ["--to", &to, "--generate", "--rate", "4000", "--count", "4000", "--notify-every", "500"];
    let (status, said) = crate::run::finish(start(crate::run::command(&args)), "");
    assert_eq!(status, Some(0), "{said}");
    for _ in 0..4008 {
        live.next_line();
    }
    let (sent, printed) = (said.lines().last().unwrap(), live.stop());
    let (packets, bytes) = sent.split_once(": ").unwrap().1.split_once(", ").unwrap();
    let expected = format!("4000 value lists, 8 notifications in {packets}, {bytes}; 0 malformed");
    assert_eq!(printed.summary(), expected);
}
