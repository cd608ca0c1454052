//! The plugin in a daemon of the test's, beside sockets that the test has.

use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

use collectd::{Value, Values};
use collectd_testing::{Failed, Host};

use crate::module_register;

const PATIENCE: Duration = Duration::from_secs(60);

fn try_start(config: &str) -> Result<Host, Failed> {
    Host::try_start(module_register, &format!("<Plugin tcp_probe>\n{config}\n</Plugin>"))
}

/// The first value list that this is true of.
fn wait(host: &mut Host, what: &str, is_it: impl Fn(&Values) -> bool) -> Values {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(values) = host.take_values().into_iter().find(&is_it) {
            return values;
        }
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(10));
    }
}

/// `plugin-instance/type-instance` of a value list.
fn name(values: &Values) -> String {
    values.identifier().to_string().trim_start_matches("fake.example.org/tcp_probe-").to_owned()
}

#[test]
fn a_target_that_comes_and_goes_is_told_of() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let target = format!("<Target \"web\">\nHost \"127.0.0.1\"\nPort {}\nInterval 0.05\n</Target>", address.port());
    let mut host = try_start(&target).expect("it is right");
    let latency = wait(&mut host, "a latency", |values| name(values) == "web/latency");
    let seconds = latency.view().value(0).map(Value::as_f64).expect("a value");
    assert!(seconds > 0.0 && seconds < 10.0, "{seconds}");
    assert!((latency.times().1.as_secs_f64() - 0.05).abs() < 1e-6, "the interval is the target's");
    wait(&mut host, "a count", |values| {
        name(values) == "web/connections" && values.view().value(0).is_some_and(|value| value.as_f64() >= 2.0)
    });

    drop(listener);
    wait(&mut host, "a failure", |values| {
        name(values) == "web/errors-refused" && values.view().value(0).is_some_and(|value| value.as_f64() >= 2.0)
    });
    let log: Vec<_> = host.take_log().iter().map(ToString::to_string).collect();
    assert_eq!(log, [format!("warning: tcp_probe plugin: target \"web\": {address} refuses connections")]);
    assert!(!host.take_values().iter().any(|values| name(values) == "web/latency"));

    // Nobody else has got the port meanwhile, or the test fails here.
    let _listener = TcpListener::bind(address).expect("the port that was free before");
    wait(&mut host, "a latency", |values| name(values) == "web/latency");
    let log: Vec<_> = host.take_log().iter().map(ToString::to_string).collect();
    assert_eq!(log, ["notice: tcp_probe plugin: target \"web\" accepts connections again"]);
    host.shutdown();
}

#[test]
fn without_targets_there_is_nothing_to_do() {
    try_start("").expect("it is right").shutdown();
}

#[test]
fn mistakes_in_the_configuration_are_told_with_the_target() {
    let target = |name: &str, more: &str| format!("<Target \"{name}\">\nHost \"h\"\nPort 80\n{more}\n</Target>");
    for (config, problem) in [
        (target("a", "") + "\n" + &target("a", ""), "<Target \"a\">: there is another one of this name"),
        (target("", ""), "<Target \"\">: the name is the plugin instance, which has from 1 to 127 bytes"),
        (target(&"a".repeat(128), ""), "the name is the plugin instance, which has from 1 to 127 bytes"),
        (target("a", "").replace("\"h\"", "\"\""), "<Target \"a\">: Host is empty, or has a NUL byte"),
        (target("a", "Timeout 20"), "<Target \"a\">: Timeout, 20s, is longer than Interval, 10s"),
        (target("a", "Interval 2\nTimeout 2.5"), "<Target \"a\">: Timeout, 2.5s, is longer than Interval, 2s"),
        (target("a", "Timeout 0"), "<Target \"a\">: Interval and Timeout are more than 0"),
        (target("a", "Interval 0"), "<Target \"a\">: Interval and Timeout are more than 0"),
        (target("a", "").replace("80", "\"htps\""), "Port: this system knows no service \"htps\""),
        (target("a", "AddressFamily \"ip4\""), "AddressFamily: unknown value \"ip4\""),
    ] {
        let failed = try_start(&config).unwrap_err();
        assert!(failed.log().iter().any(|line| line.text.contains(problem)), "{config}: {failed}");
    }
}
