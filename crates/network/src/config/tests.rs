use collectd::config::{Block, Scalar, from_block};

use super::*;

fn text(text: &str) -> Scalar {
    Scalar::String(text.to_owned())
}

fn line(key: &str, values: &[Scalar]) -> Block {
    values.iter().fold(Block::new(key), |line, value| line.value(value.clone()))
}

fn read(children: impl IntoIterator<Item = Block>) -> Result<Config, String> {
    let block = children.into_iter().fold(Block::new("Plugin"), Block::child);
    let config: Config = from_block(&block).map_err(|error| error.to_string())?;
    config.check().map(|()| config)
}

fn refused(child: Block) -> String {
    read([child]).expect_err("an error")
}

#[test]
fn servers_as_line_and_as_block() {
    let config = read([
        line("Server", &[text("239.192.74.66")]),
        line("server", &[text("ff18::efc0:4a42"), text("25827")]),
        line("Server", &[text("h"), text("domain")]).child(line("SecurityLevel", &[text("none")])),
    ])
    .unwrap();
    let servers: Vec<_> = config.servers().iter().map(|server| (server.host(), server.service())).collect();
    assert_eq!(servers, [("239.192.74.66", "25826"), ("ff18::efc0:4a42", "25827"), ("h", "domain")]);
    assert_eq!(config.servers()[2].to_string(), r#"Server "h" "domain""#);
}

#[test]
fn defaults_and_last_values() {
    let config = read([]).unwrap();
    assert_eq!((config.max_packet_size(), config.time_to_live()), (1452, None));
    assert_eq!(config.linger(), Duration::from_secs(1));
    let number = Scalar::Number;
    let config = read([
        line("MaxPacketSize", &[number(1024.0)]),
        line("TimeToLive", &[number(255.0)]),
        line("Linger", &[number(0.25)]),
        line("MaxPacketSize", &[number(65535.0)]),
        line("Forward", &[Scalar::Boolean(false)]),
        line("ReportStats", &[Scalar::Boolean(false)]),
    ])
    .unwrap();
    // The headers of UDP and IPv4 take their part.
    assert_eq!((config.max_packet_size(), config.time_to_live()), (65507, Some(255)));
    assert_eq!(config.linger(), Duration::from_millis(250));
}

#[test]
fn mistakes_name_key_and_value() {
    let number = |key, value| refused(line(key, &[Scalar::Number(value)]));
    for error in [number("MaxPacketSize", 5.0), number("MaxPacketSize", 65536.0)] {
        assert!(error.starts_with("MaxPacketSize: "), "{error}");
        assert!(error.ends_with(" does not fit, expected a number from 1024 to 65535"), "{error}");
    }
    assert_eq!(number("TimeToLive", 0.0), "TimeToLive: 0 does not fit, expected a number from 1 to 255");
    let two = refused(line("TimeToLive", &[Scalar::Number(1.0), Scalar::Number(2.0)]));
    assert!(two.starts_with("TimeToLive: ") && two.contains('2'), "{two}");
    assert!(number("TimeToLive", 1.5).starts_with("TimeToLive: 1.5 is not a whole number"));
    assert!(number("Linger", -1.0).starts_with("Linger: -1 does not fit"));
    assert!(number("Sever", 1.0).starts_with(r#"unknown field "Sever", expected one of "Server""#));
    let error = refused(line("Server", &[text("h"), text("70000")]));
    assert!(error.contains("\"70000\"") && error.contains("a port from 1 to 65535"), "{error}");
    let error = refused(line("Server", &[text("")]));
    assert!(error.contains("Server") && error.contains("a host name or an address"), "{error}");
    assert!(refused(Block::new("Server")).contains("Server"));
    assert!(refused(line("Server", &[text("h"), text("1"), text("x")])).contains("Server"));
    assert!(refused(line("Server", &[text("h"), text("no-such-service")])).contains("no-such-service"));
}

#[test]
fn options_to_come_are_refused_not_ignored() {
    let server = |option, value: Scalar| line("Server", &[text("h")]).child(line(option, &[value]));
    for (block, key) in [
        (line("Listen", &[text("239.192.74.66")]), "Listen"),
        (line("Listen", &[text("*"), text("25826")]), "Listen"),
        (line("Listen", &[text("::1")]).child(line("SecurityLevel", &[text("Sign")])), "Listen"),
        (line("Forward", &[Scalar::Boolean(true)]), "Forward"),
        (line("ReportStats", &[Scalar::Boolean(true)]), "ReportStats"),
        (server("SecurityLevel", text("Encrypt")), "SecurityLevel"),
        (server("Username", text("u")), "Username"),
        (server("Interface", text("lo")), "Interface"),
        (server("BindAddress", text("127.0.0.1")), "BindAddress"),
        (server("ResolveInterval", Scalar::Number(60.0)), "ResolveInterval"),
    ] {
        let error = refused(block);
        assert!(error.contains(key) && error.contains("not supported yet"), "{error}");
    }
    let twice = read([line("Listen", &[text("a")]), line("Listen", &[text("b")])]).unwrap_err();
    assert!(twice.contains("not supported yet"), "{twice}");
    let error = refused(server("SecurityLevel", text("Encrpyt")));
    assert!(error.contains(r#"unknown value "Encrpyt", expected one of "Encrypt""#), "{error}");
    // A password must not end in a log.
    let error = refused(server("Password", text("hunter2")));
    assert_eq!(error, r#"<Server "h" "25826">: Password: not supported yet"#);
}
