//! What real daemons send is shown.

use collectd_test_daemon::{Daemon, cargo_build};

use crate::browser::Browser;
use crate::server::Serve;

/// Runs a daemon that sends with this plugin, until a page shows its load, and its notification.
fn check(plugin: &str, builder: collectd_test_daemon::Builder, user: &str) {
    let mut auth = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut auth, b"alice: secret\n").unwrap();
    let path = auth.path().to_str().unwrap();
    let secure = ["--auth-file", path, "--security-level", "encrypt"];
    let serve = Serve::start(if user.is_empty() { &[] } else { &secure });
    let security = if user.is_empty() {
        String::new()
    } else {
        format!("SecurityLevel Encrypt\nUsername \"{user}\"\nPassword \"secret\"\n")
    };
    let server =
        format!("<Plugin {plugin}>\n<Server \"127.0.0.1\" \"{}\">\n{security}</Server>\n</Plugin>", serve.udp.port());
    let mut daemon = builder.load("load").load("unixsock").conf(&server).start();
    let notification = "PUTNOTIF severity=warning time=1700000000 host=testhost message=\"from a daemon\"";
    daemon.command(notification).unwrap();
    let mut browser = Browser::start();
    let mut page = browser.open(&serve.url("/?c=testhost/load//load/&range=60"), (1000, 700), "dark");
    page.wait("its lines are drawn", "document.querySelectorAll('.drawing path.line').length === 3");
    page.wait("they grow", "document.querySelector('.drawing path.line').getAttribute('d').split('L').length > 2");
    assert_eq!(
        page.text("[...document.querySelectorAll('.legend bdi')].map((e) => e.textContent).join()"),
        "shortterm,midterm,longterm"
    );
    page.wait("its notification is there", "document.querySelector('.notices').textContent.includes('from a daemon')");
    page.check_complaints();
    let told = serve.json("/api/series?host=testhost&q=load");
    assert_eq!(told["series"][0]["sources"].as_array().unwrap().len(), 3);
    assert!(daemon.stop().success());
}

#[test]
fn daemons_with_the_c_plugin_are_shown() {
    check("network", Daemon::builder().load("network"), "");
}

#[test]
fn daemons_with_the_c_plugin_that_encrypt_are_shown() {
    check("network", Daemon::builder().load("network"), "alice");
}

#[test]
fn daemons_with_our_plugin_are_shown() {
    check("rust_network", Daemon::builder().load_so(cargo_build::cdylib("rust_network"), "rust_network"), "alice");
}
