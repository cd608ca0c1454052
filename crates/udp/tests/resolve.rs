//! Names and numbers to addresses. Names are only those that need no network.

use std::net::SocketAddr;

use collectd_udp::{Endpoint, Interface, ResolveError, resolve, resolve_listen};

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn numbers_are_themselves() {
    for (host, expected) in
        [("127.0.0.1", "127.0.0.1:25826"), ("::1", "[::1]:25826"), ("ff18::efc0:4a42", "[ff18::efc0:4a42]:25826")]
    {
        assert_eq!(resolve(host, "25826").unwrap(), [addr(expected)]);
        assert_eq!(resolve_listen(host, "25826").unwrap(), [addr(expected)]);
    }
}

#[test]
fn localhost_is_the_loopback_address() {
    let found = resolve("localhost", "25826").unwrap();
    assert!(!found.is_empty());
    assert!(found.iter().all(|a| a.ip().is_loopback() && a.port() == 25826), "{found:?}");
}

#[test]
fn a_star_is_every_address_of_both_families() {
    let mut found = resolve_listen("*", "25826").unwrap();
    found.sort();
    assert_eq!(found, [addr("0.0.0.0:25826"), addr("[::]:25826")]);
    assert!(matches!(resolve("*", "25826"), Err(ResolveError::NotKnown { host, .. }) if host == "*"));
}

#[cfg(target_os = "linux")]
#[test]
fn link_local_addresses_keep_their_interface() {
    let endpoint: Endpoint = "[fe80::1%lo]:7".parse().unwrap();
    let found = endpoint.resolve().unwrap();
    let [SocketAddr::V6(v6)] = found[..] else { panic!("{found:?}") };
    let lo = Interface::named("lo").expect("the loopback interface is called lo");
    assert_eq!((v6.scope_id(), v6.port(), lo.name()), (lo.index(), 7, "lo"));
    let back: Endpoint = Endpoint::from(SocketAddr::V6(v6)).to_string().parse().unwrap();
    assert_eq!(back.resolve().unwrap(), found);
    resolve("fe80::1%nosuchif0", "7").expect_err("there is no such interface");
}

/// `.invalid` never exists; without a name server the answer is that nobody can tell.
#[test]
fn unknown_hosts_are_errors_with_their_name() {
    let error = resolve("nonexistent.invalid", "25826").unwrap_err();
    match &error {
        ResolveError::NotKnown { .. } => assert!(!error.is_temporary()),
        ResolveError::TryAgain { .. } => assert!(error.is_temporary()),
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("\"nonexistent.invalid\""), "{error}");
}

#[test]
fn what_is_no_name_is_not_known() {
    for host in ["", "with\0nul", "::1::"] {
        let error = resolve(host, "25826").expect_err(host);
        assert!(matches!(error, ResolveError::NotKnown { .. }), "{error}");
        assert!(!error.is_temporary());
    }
}

#[test]
fn unknown_services_are_errors_with_their_name() {
    for service in ["nosuchservice", "", "65536", "+1", "-1", "with\0nul"] {
        for host in ["127.0.0.1", "localhost", "*"] {
            let error = resolve_listen(host, service).expect_err(service);
            assert!(matches!(error, ResolveError::UnknownService { .. }), "{host}: {error}");
            assert!(error.to_string().contains(&format!("\"{service}\"")), "{error}");
        }
    }
}
