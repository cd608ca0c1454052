//! Servers and clients that know each other by certificates, made here with `openssl`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use async_nats::ConnectOptions;
use collectd_test_daemon::{Daemon, wait_until};
use tempfile::TempDir;

use crate::common::{CREATE, assert_same, daemon};
use crate::servers::{self, Servers, runtime};

const VALID: [&str; 2] = ["20200101000000Z", "20500101000000Z"];
const EXPIRED: [&str; 2] = ["20200101000000Z", "20200102000000Z"];

/// Who signs certificates, in a directory of its own.
struct Authority(TempDir);

/// A certificate and its key.
#[derive(Clone)]
struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

impl Authority {
    fn new(name: &str) -> Self {
        let authority = Authority(tempfile::tempdir().expect("a temporary directory"));
        let dir = authority.0.path();
        openssl(
            &[
                "req",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-subj",
                &format!("/CN={name}"),
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem",
            ],
            dir,
        );
        let conf = "[ca]\ndefault_ca = default\n[default]\ndatabase = index\nnew_certs_dir = .\ncertificate = ca.pem\n\
                    private_key = ca.key\nrand_serial = yes\nunique_subject = no\ndefault_md = sha256\npolicy = policy\n\
                    x509_extensions = extensions\n[policy]\ncommonName = supplied\n[extensions]\n\
                    basicConstraints = critical,CA:FALSE\nsubjectAltName = IP:127.0.0.1,IP:::1\n";
        fs::write(dir.join("conf"), conf).expect("a file");
        fs::write(dir.join("index"), "").expect("a file");
        authority
    }

    fn certificate(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    /// For 127.0.0.1 and ::1, valid from then till then.
    fn sign(&self, name: &str, [from, till]: [&str; 2]) -> Pair {
        let dir = self.0.path();
        let [pem, key, request] = ["pem", "key", "csr"].map(|end| format!("{name}.{end}"));
        openssl(&["req", "-new", "-nodes", "-subj", &format!("/CN={name}"), "-keyout", &key, "-out", &request], dir);
        let dates = ["-startdate", from, "-enddate", till];
        openssl(
            &[&["ca", "-batch", "-notext", "-config", "conf", "-in", &request, "-out", &pem][..], &dates].concat(),
            dir,
        );
        Pair { certificate: dir.join(pem), key: dir.join(key) }
    }
}

fn openssl(arguments: &[&str], dir: &Path) {
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let more = if arguments[0] == "req" { &curve[..] } else { &[] };
    let output = Command::new("openssl").args(arguments).args(more).current_dir(dir).output().expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl Pair {
    /// In the place of that one.
    fn renews(&self, old: &Pair) {
        fs::copy(&self.certificate, &old.certificate).expect("a file");
        fs::copy(&self.key, &old.key).expect("a file");
    }

    fn lines(&self) -> String {
        format!("CertificateFile {:?}\nCertificateKey {:?}\n", self.certificate, self.key)
    }

    /// Of a server which wants to see certificates that this authority has signed.
    fn server(&self, clients: &Authority) -> String {
        let (certificate, key, ca) = (&self.certificate, &self.key, clients.certificate());
        format!("tls {{ cert_file: {certificate:?}, key_file: {key:?}, ca_file: {ca:?}, verify: true }}")
    }
}

/// With these lines and one value.
fn writes(servers: &Servers, lines: &str) -> Daemon {
    let daemon = daemon(&format!("{}{CREATE}StopTimeout 0.1\n{lines}", servers.lines())).start();
    daemon.putval("h/p/gauge", "", "1700000000:1");
    let _ = daemon.wait_rows("h/p/gauge", 1);
    daemon
}

/// Waits until the stream has what `csv` has.
fn arrives(daemon: &Daemon, servers: &Servers, options: impl Fn() -> ConnectOptions) {
    let runtime = runtime();
    let client = servers.client(&runtime, options);
    wait_until("the message", servers::PATIENCE, || {
        let info = runtime.block_on(async {
            let context = async_nats::jetstream::new(client.clone());
            Some(context.get_stream("COLLECTD").await.ok()?.cached_info().state.messages)
        });
        info.filter(|&messages| messages > 0)
    });
    assert_same(&daemon.csv_rows(), &runtime.block_on(servers::stored(&client)));
}

fn shows(ca: &Authority, pair: &Pair) -> impl Fn() -> ConnectOptions {
    let (ca, pair) = (ca.certificate(), pair.clone());
    move || {
        let options = ConnectOptions::new().add_root_certificates(ca.clone());
        options.add_client_certificate(pair.certificate.clone(), pair.key.clone())
    }
}

#[test]
fn both_sides_have_to_show_whose_they_are() {
    let [ours, other] = ["ours", "other"].map(Authority::new);
    let right = ours.sign("right", VALID);
    let mut servers = Servers::new(1, &ours.sign("server", VALID).server(&ours));
    servers.start(0);
    let options = shows(&ours, &right);
    // It is there.
    drop(servers.client(&runtime(), &options));

    let ca = format!("CAFile {:?}\n", ours.certificate());
    let wrong_ca = format!("CAFile {:?}\n{}", other.certificate(), right.lines());
    let stranger = format!("{ca}{}", other.sign("stranger", VALID).lines());
    let expired = format!("{ca}{}", ours.sign("expired", EXPIRED).lines());
    let refused = [
        // Those that the system knows have not signed it.
        (format!("TLS true\n{}", right.lines()), "invalid peer certificate: UnknownIssuer"),
        (wrong_ca, "invalid peer certificate: UnknownIssuer"),
        (ca.clone(), "received fatal alert: "),
        (stranger, "received fatal alert: "),
        (expired, "received fatal alert: "),
    ];
    let mut refused = refused.map(|(lines, says)| (writes(&servers, &lines), says));
    for (daemon, says) in &mut refused {
        let line = daemon.wait_log(&format!("127.0.0.1 port {}: IO error: {says}", servers.port(0)), servers::PATIENCE);
        assert!(line.contains("; messages are kept"), "{line}");
    }

    let mut daemon = writes(&servers, &format!("{ca}{}", right.lines()));
    arrives(&daemon, &servers, &options);
    assert!(daemon.stop().success(), "{}", daemon.log());
    for (mut daemon, says) in refused {
        assert!(!daemon.stop().success(), "{says}");
        daemon.wait_log("1 messages are lost: they were not acknowledged", servers::PATIENCE);
        assert!(!daemon.log().contains("connected"), "{}", daemon.log());
    }
}

#[test]
fn a_certificate_that_is_renewed_needs_no_restart() {
    let ours = Authority::new("ours");
    let expired = ours.sign("expired", EXPIRED);
    let valid = ours.sign("valid", VALID);
    let server = ours.sign("server", EXPIRED);
    let mut servers = Servers::new(1, &server.server(&ours));
    servers.start(0);
    let mut daemon = writes(&servers, &format!("CAFile {:?}\n{}", ours.certificate(), expired.lines()));
    daemon.wait_log("invalid peer certificate: certificate expired", servers::PATIENCE);
    servers.kill(0);
    ours.sign("renewed", VALID).renews(&server);
    servers.start(0);
    let options = shows(&ours, &valid);
    let runtime = runtime();
    let client = servers.client(&runtime, &options);
    // Now it is the turn of the other side.
    let stream = runtime.block_on(async { async_nats::jetstream::new(client).get_stream("COLLECTD").await });
    assert!(stream.is_err());
    valid.renews(&expired);
    arrives(&daemon, &servers, &options);
    daemon.wait_log("connected", servers::PATIENCE);
    assert!(daemon.stop().success(), "{}", daemon.log());
}

/// Who names certificates does not write to whoever has none.
#[test]
fn nothing_goes_out_in_plain_text_when_it_shall_not() {
    let ours = Authority::new("ours");
    let pair = ours.sign("right", VALID);
    let servers = Servers::started(1);
    drop(servers.client(&runtime(), ConnectOptions::new));
    let certificates = format!("CAFile {:?}\n{}", ours.certificate(), pair.lines());
    for lines in ["TLS true\n", &certificates, "Server \"tls://127.0.0.1\"\n"] {
        let lines = lines.replace("127.0.0.1", &format!("127.0.0.1:{}", servers.port(0)));
        let server = if lines.contains("tls:") { String::new() } else { servers.lines() };
        let mut daemon = daemon(&format!("{server}{lines}{CREATE}")).start();
        daemon.wait_log(&format!("127.0.0.1 port {}: ", servers.port(0)), servers::PATIENCE);
        assert!(!daemon.log().contains("is made"), "{lines}: {}", daemon.log());
    }
    // Unless that is what is written.
    let daemon = writes(&servers, &format!("TLS false\n{certificates}"));
    arrives(&daemon, &servers, ConnectOptions::new);
}

#[test]
fn addresses_may_be_those_of_ipv6() {
    let ours = Authority::new("ours");
    let pair = ours.sign("right", VALID);
    let mut servers = Servers::at("[::1]", 1, &ours.sign("server", VALID).server(&ours));
    servers.start(0);
    let lines = format!("CAFile {:?}\n{}", ours.certificate(), pair.lines());
    let daemon = writes(&servers, &lines);
    arrives(&daemon, &servers, shows(&ours, &pair));
}
