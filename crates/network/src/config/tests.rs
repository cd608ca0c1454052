use collectd::config::{Block, Scalar, from_block};

use collectd_wire::SecurityLevel;

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
    assert!(!config.forwards() && !config.reports_stats());
    assert_eq!((config.queue_limit(), config.duplicate_window()), (16 << 20, Duration::ZERO));
    assert_eq!(config.linger(), Duration::from_secs(1));
    let number = Scalar::Number;
    let config = read([
        line("MaxPacketSize", &[number(1024.0)]),
        line("TimeToLive", &[number(255.0)]),
        line("Linger", &[number(0.25)]),
        line("MaxPacketSize", &[number(65535.0)]),
        line("Forward", &[Scalar::Boolean(true)]),
        line("ReportStats", &[Scalar::Boolean(false)]),
        line("ReportStats", &[text("true")]),
        line("Server", &[text("h")]),
    ])
    .unwrap();
    // The headers of UDP and IPv4 take their part.
    assert_eq!((config.packet_size_to(&config.servers()[0]), config.time_to_live()), (65507, Some(255)));
    assert!(config.forwards() && config.reports_stats());
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

fn block(key: &str, address: &str, options: &[(&str, Scalar)]) -> Block {
    let head = line(key, &[text(address)]);
    options.iter().fold(head, |block, (key, value)| block.child(line(key, std::slice::from_ref(value))))
}

#[test]
fn all_options_of_a_server_block() {
    let config = read([block(
        "Server",
        "h",
        &[
            ("SecurityLevel", text("encrypt")),
            ("Username", text("u")),
            ("Password", text("pw")),
            ("Interface", text("lo")),
            ("BindAddress", text("::1")),
            ("ResolveInterval", Scalar::Number(0.5)),
            ("MaxPacketSize", Scalar::Number(9000.0)),
        ],
    )])
    .unwrap();
    let server = &config.servers()[0];
    assert_eq!(server.sealer().unwrap().level(), SecurityLevel::Encrypt);
    assert_eq!(server.interface(), Some("lo"));
    assert_eq!(server.bind_address(), Some("::1".parse().unwrap()));
    assert_eq!(server.resolve_interval(), Some(Duration::from_millis(500)));
    assert_eq!((config.packet_size_to(server), server.port()), (9000, Some(25826)));
}

#[test]
fn a_user_leaves_room_for_values() {
    let server = |len: usize, size: f64| {
        let options = [
            ("SecurityLevel", text("Encrypt")),
            ("Username", text(&"u".repeat(len))),
            ("Password", text("pw")),
            ("MaxPacketSize", Scalar::Number(size)),
        ];
        read([block("Server", "h", &options)]).map(|_| ())
    };
    for (len, size) in [(64, 1024.0), (492, 1452.0), (1000, 65535.0)] {
        assert_eq!(server(len, size), Ok(()));
    }
    let wanted = "<Server \"h\" \"25826\">: Username: it is so long that MaxPacketSize leaves 917 bytes for values";
    assert_eq!(server(65, 1024.0), Err(wanted.to_owned()));
    assert!(server(2000, 1452.0).unwrap_err().contains("leaves 0 bytes"));
}

/// As with the original.
#[test]
fn a_resolve_interval_of_zero_is_none() {
    let config = read([block("Server", "h", &[("ResolveInterval", Scalar::Number(0.0))])]).unwrap();
    assert_eq!(config.servers()[0].resolve_interval(), None);
}

#[test]
fn a_password_may_be_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    let server = |more: &[(&str, Scalar)]| {
        let file = text(path.to_str().unwrap());
        let mut options = vec![("SecurityLevel", text("Sign")), ("Username", text("u")), ("PasswordFile", file)];
        options.extend(more.iter().cloned());
        refused_or_level(read([block("Server", "h", &options)]))
    };
    assert!(server(&[]).unwrap_err().starts_with(r#"<Server "h" "25826">: PasswordFile: "#));
    let contents: [(&[u8], bool); 8] = [
        (b"pw\n", true),
        (b"pw", true),
        (b"pw\r\n# mine\n", true),
        (b"gr\xfc\xdfe\n", true),
        (b"", false),
        (b"\npw", false),
        (b"\r\n", false),
        (b"p\0w", false),
    ];
    for (content, is_right) in contents {
        std::fs::write(&path, content).unwrap();
        assert_eq!(server(&[]).is_ok(), is_right, "{content:?}");
    }
    std::fs::write(&path, "pw").unwrap();
    for (mode, is_told) in [(0o600, false), (0o640, false), (0o644, true)] {
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let config = read([block("Server", "h", &[("PasswordFile", text(path.to_str().unwrap()))])]).unwrap();
        let wanted = "<Server \"h\" \"25826\">: PasswordFile: everybody on this machine can read it";
        assert_eq!(config.warnings().iter().any(|warning| warning == wanted), is_told, "{mode:o}");
    }
    for special in ["/dev/zero", "/dev", "/nonexistent"] {
        let options = [("SecurityLevel", text("Sign")), ("Username", text("u")), ("PasswordFile", text(special))];
        let error = refused_or_level(read([block("Server", "h", &options)])).unwrap_err();
        assert!(error.starts_with(&format!("<Server \"h\" \"25826\">: PasswordFile: {special}: ")), "{error}");
    }
    std::fs::write(&path, "pw").unwrap();
    let error = server(&[("Password", text("hunter2"))]).unwrap_err();
    assert!(error.contains("which one") && !error.contains("hunter2"), "{error}");
}

fn refused_or_level(config: Result<Config, String>) -> Result<SecurityLevel, String> {
    config?.servers()[0].sealer().map(|sealer| sealer.level())
}

#[test]
fn all_options_of_a_listen_block() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("users");
    std::fs::write(&path, "u: pw\n").unwrap();
    let listen = block(
        "Listen",
        "*",
        &[
            ("SecurityLevel", text("Sign")),
            ("AuthFile", text(path.to_str().unwrap())),
            ("Interface", text("lo")),
            ("Strict", Scalar::Boolean(true)),
            ("ReplayWindow", Scalar::Number(30.0)),
            ("AllowFrom", text("127.0.0.0/8")),
            ("AllowFrom", text("::1")),
            ("ReceiveThreads", Scalar::Number(4.0)),
            ("MaxPacketSize", Scalar::Number(65535.0)),
        ],
    );
    let hosts = line("UserHosts", &[text("u"), text("web1"), text("/^db/")]);
    let config = read([listen.child(hosts), line("Listen", &[text("::1"), text("1")])]).unwrap();
    let [first, second] = config.listens() else { panic!("two of them") };
    assert_eq!((first.security_level(), first.auth_file()), (SecurityLevel::Sign, Some(path.as_path())));
    assert_eq!((first.interface(), first.is_strict()), (Some("lo"), true));
    assert_eq!(first.replay_window(), Some(Duration::from_secs(30)));
    let allowed = ["127.9.9.9", "::1", "10.0.0.1"].map(|address| first.allow_from().allow(address.parse().unwrap()));
    assert_eq!(allowed, [true, true, false]);
    let hosts = &first.user_hosts()["u"];
    let allowed = ["web1", "db7", "web10", "adb7", ""].map(|host| hosts.contains(host));
    assert_eq!(allowed, [true, true, false, false, false]);
    assert_eq!((config.receive_threads(first), config.receive_threads(second)), (4, 1));
    assert_eq!((config.packet_size_from(first), config.packet_size_from(second)), (65535, 1452));
    assert_eq!((second.host(), second.service(), second.security_level()), ("::1", "1", SecurityLevel::None));
}

#[test]
fn users_that_nobody_can_be_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("users");
    let warnings = |content: &str| {
        std::fs::write(&path, content).unwrap();
        let options = [("SecurityLevel", text("Sign")), ("AuthFile", text(path.to_str().unwrap()))];
        let listen = block("Listen", "*", &options).child(line("UserHosts", &[text("alice"), text("h")]));
        read([listen]).unwrap().warnings()
    };
    assert_eq!(warnings("bob: pw\nalice: pw\n"), [""; 0]);
    let unknown = "<Listen \"*\" \"25826\">: UserHosts: the AuthFile has no user \"alice\"";
    assert_eq!(warnings("bob: pw\n"), [unknown]);
    let shown = path.display();
    let none = format!("<Listen \"*\" \"25826\">: AuthFile: {shown} has no line with a user and a password");
    assert_eq!(warnings("alice=pw\n"), [none]);
}

/// The daemon reads its configuration where it was started, and goes elsewhere then.
#[test]
fn names_of_files_count_from_where_the_daemon_was_started() {
    let config = read([block("Listen", "*", &[("AuthFile", text("Cargo.toml"))])]).unwrap();
    let wanted = std::env::current_dir().unwrap().join("Cargo.toml");
    assert_eq!(config.listens()[0].auth_file(), Some(wanted.as_path()));
}

#[test]
fn nothing_fails_open() {
    for (block, wanted) in [
        (
            block("Server", "h", &[("SecurityLevel", text("Encrpyt"))]),
            "unknown value \"Encrpyt\", expected one of \"Encrypt\"",
        ),
        (block("Server", "h", &[("SecurityLevel", text("Sign"))]), "SecurityLevel \"Sign\" needs a Username"),
        (
            block("Server", "h", &[("SecurityLevel", text("Sign")), ("Username", text("u"))]),
            "SecurityLevel \"Sign\" needs a Password or a PasswordFile",
        ),
        (block("Server", "h", &[("Interface", text("nosuchif0"))]), "Interface: network interface \"nosuchif0\""),
        (block("Server", "h", &[("BindAddress", text("here"))]), "BindAddress"),
        (line("Server", &[text("*")]), "<Server \"*\" \"25826\">: \"*\" is for Listen"),
        (line("SecurityLevel", &[text("Encrypt")]), "unknown field \"SecurityLevel\""),
        (block("Listen", "*", &[("SecurityLevel", text("Sign"))]), "SecurityLevel \"Sign\" needs an AuthFile"),
        (block("Listen", "*", &[("AuthFile", text("/nonexistent"))]), "AuthFile: /nonexistent"),
        (block("Listen", "*", &[("Username", text("u"))]), "unknown field \"Username\""),
        (block("Listen", "*", &[("Strict", Scalar::Boolean(true))]), "Strict: it needs SecurityLevel"),
        (block("Listen", "*", &[("ReplayWindow", Scalar::Number(5.0))]), "ReplayWindow: it needs SecurityLevel"),
        (block("Listen", "*", &[("AllowFrom", text("10.0.0.0/40"))]), "AllowFrom"),
        (block("Listen", "*", &[("Interface", text("nosuchif0"))]), "Interface: network interface \"nosuchif0\""),
    ] {
        let shown = block.to_string();
        let error = refused(block);
        assert!(error.contains(wanted), "{shown}: {error}");
    }
}
