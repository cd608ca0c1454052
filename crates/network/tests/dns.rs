//! Names of hosts, as a resolver in a network of its own has them: dead, wrong, and back.

mod common;
mod flow;
mod receiving;
mod resolver;

use std::net::Ipv4Addr;
use std::thread::sleep;
use std::time::Duration;

use collectd_test_interop::{Namespace, as_root};
use common::{PATIENCE, log_lines, soon};
use flow::{flowing, numbers, of_server};
use receiving::{Statistics, reporting};
use resolver::{Answer, Resolver};

const PORT: u16 = 25826;
const OLD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const NEW: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Neither the start nor what is read meanwhile is lost to a resolver that is dead when the daemon starts.
#[test]
fn what_is_read_while_the_resolver_is_dead_arrives_when_it_is_back() {
    as_root("what_is_read_while_the_resolver_is_dead_arrives_when_it_is_back", || {
        const LISTS: u32 = 2000;
        flow::build();
        let network = Namespace::new();
        let mut receiver = network.run(|| reporting(&format!("Listen \"{OLD}\"")).start());
        // Not even the port is there.
        let block = "Server \"collector.test\"\nLinger 0.1";
        let mut sender = network.run(|| Resolver::asked_by(flowing(block, LISTS, 50)).start());
        sender.wait_log("Server \"collector.test\"", PATIENCE);
        for answer in [Answer::Failure, Answer::Silence, Answer::Unknown] {
            let resolver = Resolver::start(&network, answer);
            soon("a question", || (resolver.asked() > 0).then_some(()));
            assert!(sender.command("LISTVAL").is_ok(), "the daemon waits for nobody");
        }
        sender.wait_log("value lists are dispatched", PATIENCE);
        assert_eq!(numbers(&receiver).len(), 0);
        let _resolver = Resolver::start(&network, Answer::Address(OLD));
        soon("all of them", || (numbers(&receiver).len() == LISTS as usize).then_some(()));
        let statistics = Statistics::next(&sender);
        assert_eq!(of_server(&statistics, "collector.test", PORT, "packets-lost", 0), 0);
        assert!(sender.stop().success() && receiver.stop().success());
        let complaints = log_lines(&sender, "[error]");
        assert!((1..=3).contains(&complaints), "one a minute and kind of trouble:\n{}", sender.log());
    });
}

/// An address that works is used for as long as there is no other.
#[test]
fn a_resolver_that_dies_takes_no_working_address_away() {
    as_root("a_resolver_that_dies_takes_no_working_address_away", || {
        flow::build();
        let network = Namespace::new();
        let resolver = Resolver::start(&network, Answer::Address(OLD));
        let mut old = network.run(|| reporting(&format!("Listen \"{OLD}\"")).start());
        let mut new = network.run(|| reporting(&format!("Listen \"{NEW}\"")).start());
        let block = "<Server \"collector.test\">\nResolveInterval 0.2\n</Server>\nLinger 0.05";
        let mut sender = network.run(|| Resolver::asked_by(flowing(block, 1_000_000, 5)).start());
        soon("the first", || (numbers(&old).len() > 20).then_some(()));
        for answer in [Answer::Silence, Answer::Failure, Answer::Unknown] {
            resolver.say(answer);
            let asked = resolver.asked();
            soon("a question", || (resolver.asked() > asked).then_some(()));
            let before = numbers(&old).len();
            soon(&format!("more in spite of {answer:?}"), || (numbers(&old).len() > before + 200).then_some(()));
        }
        assert_eq!(numbers(&new).len(), 0);
        resolver.say(Answer::Address(NEW));
        soon("values at the new address", || (numbers(&new).len() > 100).then_some(()));
        assert!(sender.stop().success());
        let settled = |daemon| {
            sleep(Duration::from_secs(1));
            numbers(daemon)
        };
        let (at_old, at_new) = (settled(&old), settled(&new));
        assert!(old.stop().success() && new.stop().success());
        // Each arrived, and at one of the two alone.
        assert!(at_old.is_disjoint(&at_new), "{:?}", at_old.intersection(&at_new));
        let last = at_new.last().copied().unwrap_or(0);
        let missing = (1..=last).filter(|number| !at_old.contains(number) && !at_new.contains(number)).count();
        assert_eq!(missing, 0, "of {last}");
    });
}

/// A receiver may have a name, too.
#[test]
fn a_listen_waits_for_the_resolver() {
    as_root("a_listen_waits_for_the_resolver", || {
        flow::build();
        let network = Namespace::new();
        let resolver = Resolver::start(&network, Answer::Silence);
        let mut receiver = network.run(|| Resolver::asked_by(reporting("Listen \"collector.test\"")).start());
        receiver.wait_log("Listen \"collector.test\"", PATIENCE);
        assert!(receiver.command("LISTVAL").is_ok(), "the daemon waits for nobody");
        resolver.say(Answer::Address(OLD));
        receiver.wait_log("receiving on", PATIENCE);
        let mut sender = network.run(|| flowing(&format!("Server \"{OLD}\"\nLinger 0.1"), 200, 50).start());
        soon("all of them", || (numbers(&receiver).len() == 200).then_some(()));
        assert!(sender.stop().success() && receiver.stop().success());
    });
}
