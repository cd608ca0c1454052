//! The plugin in a daemon inside the test, and servers that are none.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use collectd_testing::{Host, START};

use super::*;

fn config(more: &str) -> String {
    format!("<Plugin nats_writer>\n{more}\n</Plugin>")
}

#[test]
fn mistakes_stop_the_start() {
    for (lines, says) in [
        ("Server \"nats://\"", "Server \"nats://\": there is no host"),
        ("Server \"nats://h:99999\"", "Server \"nats://h:99999\": "),
        ("Server \"http://u:secret@h\"", "…@h"),
        ("Stream \"a.b\"", "\"a.b\" cannot be the name of a stream"),
        ("Subject \"a..b\"", "Subject"),
        ("Subject \"{hots}\"", "\"{hots}\" is none of {host}"),
        ("Subject \"{host}.x\"\n<Stream \"S\">\nCreate true\n</Stream>", "Subject begins with a name of its own"),
        ("User \"u\"", "User and Password need each other"),
        ("User \"u\"\nPassword \"p\"\nCredentialsFile \"/x\"", "CredentialsFile is in the place of User and Password"),
        ("CertificateFile \"/x\"", "CertificateFile and CertificateKey need each other"),
        ("Window 0", "Window 0 must be at least 1"),
        ("QueueLimit 10\nWindow 11", "at most QueueLimit 10"),
        ("AckTimeout 0", "AckTimeout must be more than 0"),
        ("WhenFull \"Never\"", "WhenFull"),
    ] {
        let message = Host::try_start(module_register, &config(lines)).expect_err(lines).to_string();
        assert!(message.contains(says) && !message.contains("secret"), "{lines}: {message}");
    }
}

#[test]
fn files_that_cannot_be_used_are_told() {
    let place = tempfile::tempdir().unwrap();
    let pair = |name: &str| {
        let [pem, key] = ["pem", "key"].map(|end| place.path().join(format!("{name}.{end}")));
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req",
            "-x509",
            "-nodes",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-subj",
            "/CN=x",
        ]);
        assert!(openssl.arg("-keyout").arg(&key).arg("-out").arg(&pem).output().unwrap().status.success());
        [pem, key]
    };
    let [[pem, key], [_, other]] = ["a", "b"].map(pair);
    let certificate = |pem: &Path, key: &Path| format!("CertificateFile {pem:?}\nCertificateKey {key:?}");
    let locked = place.path().join("locked.key");
    let mut openssl = Command::new("openssl");
    openssl.args(["pkcs8", "-topk8", "-passout", "pass:x", "-in"]).arg(&key).arg("-out").arg(&locked);
    assert!(openssl.output().unwrap().status.success());
    let nowhere = Path::new("/nowhere");
    for (lines, says) in [
        ("CredentialsFile \"/nowhere\"".to_owned(), "CredentialsFile \"/nowhere\": No such file".to_owned()),
        (format!("CredentialsFile {pem:?}"), format!("CredentialsFile {pem:?}: ")),
        ("CAFile \"/nowhere\"".to_owned(), "CAFile \"/nowhere\": No such file".to_owned()),
        (format!("CAFile {key:?}"), format!("CAFile {key:?}: there is no certificate")),
        (certificate(nowhere, &key), "CertificateFile \"/nowhere\": No such file".to_owned()),
        (certificate(&key, &key), format!("CertificateFile {key:?}: there is no certificate")),
        (certificate(&pem, nowhere), "CertificateKey \"/nowhere\": No such file".to_owned()),
        (certificate(&pem, &locked), format!("CertificateKey {locked:?}: there is no key, or it has a password")),
        (certificate(&pem, &other), format!("CertificateKey {other:?}: with CertificateFile {pem:?}: ")),
    ] {
        let message = Host::try_start(module_register, &config(&lines)).expect_err(&lines).to_string();
        assert!(message.contains(&says), "{lines}: {message}");
    }
    let host = Host::start(module_register, &config(&format!("{}\nCAFile {pem:?}", certificate(&pem, &key))));
    host.shutdown();
}

#[test]
fn a_value_list_is_what_collectd_makes_of_it() {
    let values = Values::new("if_octets").host("h\"").plugin("p\\").plugin_instance("i").type_instance(b"\xff\n");
    let values = values.time(START).interval(Duration::from_secs(10)).derives([-1, 2]).meta("k", 7u64).meta("t", "x");
    // The types of a daemon.
    let host = Host::start(module_register, "");
    let text = String::from_utf8(payload::json(values.view(), false).unwrap()).unwrap();
    assert_eq!(
        text,
        r#"[{"values":[-1,2],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":1000000000.0,"interval":10.0,"#
            .to_owned()
            + r#""host":"h\"","plugin":"p\\","plugin_instance":"i","type":"if_octets","type_instance":"�\n","#
            + r#""meta":{"k":7,"t":"x"}}]"#
    );
    let none = Values::new("gauge").host("h").plugin("p").time(START).gauge(f64::NAN);
    assert!(payload::json(none.view(), false).unwrap().starts_with(br#"[{"values":[null],"dstypes":["gauge"]"#));
    let large = Values::new("counter").host("h").plugin("p").time(START).counter(u64::MAX);
    assert!(payload::json(large.view(), false).unwrap().starts_with(br#"[{"values":[18446744073709551615],"#));
    host.shutdown();
}

/// Whatever is at the other end: the daemon goes on, and keeps what fits.
#[test]
fn a_server_that_is_none_costs_what_does_not_fit() {
    let info = b"INFO {\"port\": \"\x1b[2J\"}\r\n";
    let backwards =
        "INFO {\"server_id\":\"x\",\"headers\":true}\r\n-ERR 'dog a \u{202e}taht yas ot gnihton'\r\n".as_bytes();
    let answers = [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", info, backwards, &[0xff; 70_000]];
    for (answer, policy) in answers.into_iter().zip(["DropNewest", "DropOldest"].into_iter().cycle()) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // The other side may be gone.
                let _ = stream.and_then(|mut stream| stream.write_all(answer));
            }
        });
        let lines =
            format!("Server \"nats://{address}\"\nQueueLimit 5\nWindow 5\nStopTimeout 0.2\nWhenFull {policy:?}");
        let mut host = Host::start(module_register, &config(&lines));
        let value = Values::new("gauge").plugin("p").gauge(1.0);
        (0..5).for_each(|_| host.dispatch(&value));
        let full = host.try_dispatch(&value).unwrap_err().to_string();
        assert!(full.contains("5 messages are not acknowledged, which is QueueLimit"), "{full}");
        assert!(host.try_flush(None, None, None).is_err());
        let lost = host.try_shutdown().unwrap_err().to_string();
        assert!(lost.contains("5 messages are lost: they were not acknowledged"), "{lost}");
        let log = host.take_log();
        assert!(log.iter().any(|line| line.text.contains("messages are kept")), "{log:?}");
        assert!(log.iter().any(|line| line.text.contains("0 messages stored, 0 repeated, 1 dropped")), "{log:?}");
        assert!(log.iter().all(|line| !line.text.contains(['\x1b', '\u{202e}'])), "{log:?}");
    }
}

/// A server without streams that says so to nobody: what it is asked is not answered.
#[test]
fn a_question_without_an_answer_does_not_hold_up_the_end() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let lines = format!("Server \"nats://{}\"\nStopTimeout 0.2", listener.local_addr().unwrap());
    let host = Host::start(module_register, &config(&lines));
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(b"INFO {\"server_id\":\"x\",\"max_payload\":1048576,\"headers\":true}\r\n").unwrap();
    let mut said = String::new();
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap();
        if line == "PING" {
            stream.write_all(b"PONG\r\n").unwrap();
        }
        said += &line;
        if said.contains("$JS.API.STREAM.INFO.COLLECTD") {
            break;
        }
    }
    let begin = Instant::now();
    host.shutdown();
    // Which is less than the answer may take.
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}
