//! The plugin in a daemon inside the test, with hooks that do not do what they should.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use collectd_testing::Host;

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// What a hook got, and when.
type Got = Receiver<(String, Instant)>;

/// A hook that gives each of these answers to one request, and the last one to all others.
fn hook(answers: &'static [&'static str]) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let (sender, got) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let answer = answers.get(number).or(answers.last()).expect("an answer");
            let Ok(request) = stream.and_then(|stream| serve(stream, answer)) else { continue };
            if sender.send(request).is_err() {
                break;
            }
        }
    });
    (url, got)
}

/// Reads a request, head and body, and answers after the time that it returns. Without an answer it keeps who asks
/// waiting.
fn serve(mut stream: TcpStream, answer: &str) -> std::io::Result<(String, Instant)> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if length.is_none_or(|length: usize| body.len() >= length) {
                let now = Instant::now();
                if answer.is_empty() {
                    // Until the other side has had enough.
                    let _ = stream.read(&mut bytes);
                } else {
                    stream.write_all(answer.as_bytes())?;
                }
                return Ok((text, now));
            }
        }
        match stream.read(&mut bytes)? {
            0 => return Ok((text, Instant::now())),
            count => request.extend(&bytes[..count]),
        }
    }
}

/// The connection ends after each of them, and says so: otherwise a client may try to use it once more.
const OK: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

fn start(url: &str, options: &str) -> Host {
    let mut options = options.to_owned();
    for quick in ["RetryInterval 0.01", "HoldBack 0"] {
        let (key, _) = quick.split_once(' ').expect("a value");
        if !options.contains(key) {
            options += &format!("\n{quick}");
        }
    }
    let config = format!("<Plugin notify_webhook>\n<Webhook \"ops\">\nURL \"{url}\"\n{options}\n</Webhook>\n</Plugin>");
    Host::start(module_register, &config)
}

fn ill(host: &str) -> Notification {
    Notification::failure("it \"burns\"").host(host).plugin("df").type_instance("root").build().expect("a notification")
}

fn next(got: &Got) -> String {
    got.recv_timeout(PATIENCE).expect("a request").0
}

fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").expect("a head").1
}

/// Takes the line of the log with these words, now or soon.
fn log(host: &mut Host, words: &str) {
    host.wait_for(PATIENCE, |it| it.log().filter(|line| line.text.contains(words)).map(drop));
}

#[test]
fn a_notification_is_a_request() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("token");
    std::fs::write(&file, "Bearer abc\n").expect("it is writable");
    let (url, got) = hook(&[OK]);
    let mut host = start(&url, &format!("Header \"X-From\" \"collectd\"\nAuthorizationFile {file:?}"));
    host.notify(&ill("web1"));
    let request = next(&got);
    let (head, json) = request.split_once("\r\n\r\n").expect("a head");
    let head = head.to_lowercase();
    assert!(head.starts_with("post /hook http/1.1\r\n"), "{head}");
    for line in ["content-type: application/json", "x-from: collectd", "authorization: bearer abc"] {
        assert!(head.lines().any(|other| other == line), "{head}");
    }
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!((&json["host"], &json["severity"]), (&"web1".into(), &"FAILURE".into()));
    assert_eq!((&json["message"], &json["type_instance"]), (&"it \"burns\"".into(), &"root".into()));
    assert_eq!(json["held_back"], 0);
    host.shutdown();
}

#[test]
fn only_what_is_wanted_is_sent_and_in_its_own_words() {
    let (url, got) = hook(&[OK]);
    let options = "Severity \"failure\" \"Okay\"\nFormat \"Text\"\nTemplate \"%{host} is %{severity}\"";
    let mut host = start(&url, options);
    host.notify(&Notification::warning("w").host("w").build().expect("a notification"));
    host.notify(&Notification::okay("o").host("o").build().expect("a notification"));
    let request = next(&got);
    assert!(request.to_lowercase().contains("content-type: text/plain; charset=utf-8"), "{request}");
    assert_eq!(body(&request), "o is OKAY");
    host.shutdown();
}

#[test]
fn what_fails_is_tried_again_at_growing_intervals() {
    let (url, got) = hook(&[BUSY, "rubbish\u{1b}[2J\r\n\r\n", BUSY, OK]);
    let mut host = start(&url, "RetryInterval 0.1\nRetries 3");
    host.notify(&ill("web1"));
    let times: Vec<Instant> = (0..4).map(|_| got.recv_timeout(PATIENCE).expect("a request").1).collect();
    let pauses: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, least) in pauses.iter().zip([90, 190, 390]) {
        assert!(*pause >= Duration::from_millis(least), "{pauses:?}");
    }
    log(&mut host, "webhook \"ops\": attempt 1: status 503; the next one in 100ms");
    log(&mut host, "webhook \"ops\": notifications are taken again");
    host.shutdown();
}

#[test]
fn what_does_not_work_is_given_up() {
    let (url, got) = hook(&[BUSY]);
    let mut host = start(&url, "Retries 2");
    host.notify(&ill("web1"));
    log(&mut host, "a notification is given up, attempt 3: status 503");
    (0..3).for_each(|_| drop(next(&got)));
    assert_eq!(got.try_iter().count(), 0);
    host.shutdown();
    // The other side says that it is no use, or sends it elsewhere.
    for (answer, status) in [
        (&["HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"], 400),
        (&["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"], 302),
    ] {
        let (url, _got) = hook(answer);
        let mut host = start(&url, "");
        host.notify(&ill("web1"));
        log(&mut host, &format!("given up, attempt 1: status {status}"));
        host.shutdown();
    }
}

/// The first one is never answered; the daemon does not notice, and its shutdown has a limit.
#[test]
fn nobody_waits_for_a_hook_that_does_not_answer() {
    let (url, _got) = hook(&[""]);
    let mut host = start(&url, "Timeout 0.3\nQueueLength 3\nRetries 0");
    let start = Instant::now();
    for number in 0..200 {
        host.notify(&ill(&number.to_string()));
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    log(&mut host, "webhook \"ops\": the queue is full, the oldest notification is dropped");
    let start = Instant::now();
    host.try_shutdown().expect("a shutdown");
    // One attempt that was under way, and one that began before the time was over.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    log(&mut host, "the daemon ends, and");
}

#[test]
fn nobody_waits_for_a_hook_that_is_not_there() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let mut host = start(&format!("http://127.0.0.1:{port}/"), "RetryInterval 60");
    host.notify(&ill("web1"));
    log(&mut host, "attempt 1: ");
    let start = Instant::now();
    host.shutdown();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn what_comes_too_often_is_held_back_and_counted() {
    let (url, got) = hook(&[OK]);
    let options = "HoldBack 1\nFormat \"Text\"\nTemplate \"%{host} %{message} %{held_back}\"";
    let mut host = start(&url, options);
    let told = |message: &str| Notification::failure(message).host("h").build().expect("a notification");
    for message in ["one", "two", "three", "four"] {
        host.notify(&told(message));
    }
    host.notify(&Notification::okay("over").host("h").build().expect("a notification"));
    let bodies: Vec<String> = (0..3).map(|_| body(&next(&got)).to_owned()).collect();
    assert_eq!(bodies, ["h one 0", "h over 0", "h four 2"]);
    // What is held back at the end is sent then.
    host.notify(&told("five"));
    host.shutdown();
    assert_eq!(body(&next(&got)), "h five 0");
}

#[test]
fn mistakes_stop_the_start() {
    let refused = |lines: &str| {
        let config = format!("<Plugin notify_webhook>\n{lines}\n</Plugin>");
        Host::try_start(module_register, &config).expect_err(lines).to_string()
    };
    let hook = |lines: &str| refused(&format!("<Webhook \"a\">\nURL \"http://127.0.0.1/\"\n{lines}\n</Webhook>"));
    for (failed, complaint) in [
        (
            refused("<Webhook \"a\">\nURL \"ftp://h/\"\n</Webhook>"),
            "<Webhook \"a\">: URL: expected http://HOST/… or https",
        ),
        (hook("CaFile \"/nowhere\""), "CaFile: URL is not one of https"),
        (refused("<Webhook \"a\">\nURL \"http://\"\n</Webhook>"), "URL: "),
        (refused("<Webhook \"a\">\n</Webhook>"), "\"URL\""),
        (refused(&"<Webhook \"a\">\nURL \"http://h/\"\n</Webhook>\n".repeat(2)), "there are two of this name"),
        (hook("Template \"%{hst}\""), "Template: there is no %{hst}; expected severity, "),
        (hook("Template \"no JSON\""), "Template: no JSON once it is filled in: "),
        (hook("Header \"a b\" \"c\""), "Header \"a b\": "),
        (hook("Severity \"bad\""), "Severity: "),
        (hook("Timeout 0"), "Timeout: 0 is no time"),
        (hook("QueueLength 0"), "QueueLength: 0 does not fit, expected a number from 1 to 100000"),
        (hook("Retries 101"), "Retries: 101 does not fit"),
    ] {
        assert!(failed.contains(complaint), "{failed}");
    }
    let failed = refused(
        "<Webhook \"good\">\nURL \"http://127.0.0.1/\"\n</Webhook>\n\
         <Webhook \"bad\">\nURL \"http://127.0.0.1/\"\nAuthorizationFile \"/nowhere\"\n</Webhook>",
    );
    assert!(failed.contains("AuthorizationFile \"/nowhere\": No such file"), "{failed}");
    for (file, complaint) in [
        ("/nowhere", "CaFile \"/nowhere\": No such file"),
        ("/etc/passwd", "CaFile \"/etc/passwd\" has no certificate"),
    ] {
        let failed = refused(&format!("<Webhook \"a\">\nURL \"HTTPS://h/\"\nCaFile {file:?}\n</Webhook>"));
        assert!(failed.contains(complaint), "{failed}");
    }
    assert!(hook("AuthorizationFile \"/dev/null\"").contains("not a regular file"));
}
