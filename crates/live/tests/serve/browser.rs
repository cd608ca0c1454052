//! A headless Chromium, driven by its DevTools protocol over a pair of pipes.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::PATIENCE;

/// Debian's name, and that of others.
const NAMES: [&str; 2] = ["chromium", "chromium-browser"];

/// The browser; ended when dropped.
pub(crate) struct Browser {
    child: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    last_id: u64,
    _profile: tempfile::TempDir,
}

/// A tab with one page.
pub(crate) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    /// What the page wrote to its console as an error or a warning, and what could not be loaded.
    pub(crate) complaints: Vec<String>,
}

impl Browser {
    pub(crate) fn start() -> Browser {
        let profile = tempfile::tempdir().unwrap();
        let program = NAMES.into_iter().find(|name| in_path(name)).expect("chromium: apt-get install chromium");
        // It reads from descriptor 3 and writes to 4.
        let mut command = Command::new("sh");
        command.args(["-c", r#"exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1"#, "sh", program]);
        command.args(["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
        command.args(["--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).env("HOME", profile.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (requests, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while answers.read_until(0, &mut message).is_ok_and(|len| len > 0) {
                message.pop();
                let parsed = serde_json::from_slice(&message).expect("JSON of the browser");
                if sender.send(parsed).is_err() {
                    break;
                }
                message.clear();
            }
        });
        Browser { child, requests, messages, events: VecDeque::new(), last_id: 0, _profile: profile }
    }

    /// Opens a page in a new tab of this size.
    pub(crate) fn open(&mut self, url: &str, (width, height): (u32, u32), colours: &str) -> Page<'_> {
        let target = self.ask(None, "Target.createTarget", &json!({ "url": "about:blank" }));
        let params = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.ask(None, "Target.attachToTarget", &params)["sessionId"].as_str().unwrap().to_owned();
        let mut page = Page { browser: self, session, complaints: Vec::new() };
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] {
            page.ask(domain, &json!({}));
        }
        page.resize((width, height));
        let colours = json!([{ "name": "prefers-color-scheme", "value": colours }]);
        page.ask("Emulation.setEmulatedMedia", &json!({ "features": colours }));
        page.go(url);
        page
    }

    /// Where files go that a page offers.
    pub(crate) fn save_to(&mut self, directory: &std::path::Path) {
        self.ask(None, "Browser.setDownloadBehavior", &json!({ "behavior": "allow", "downloadPath": directory }));
    }

    fn ask(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let mut request = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = session {
            request["sessionId"] = session.into();
        }
        let mut text = serde_json::to_vec(&request).unwrap();
        text.push(0);
        self.requests.write_all(&text).expect("the browser reads");
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the browser answers");
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push_back(message);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its other processes end with their pipes.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page<'_> {
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let session = self.session.clone();
        let answer = self.browser.ask(Some(&session), method, params);
        self.listen();
        answer
    }

    /// Looks what happened meanwhile.
    fn listen(&mut self) {
        while let Ok(message) = self.browser.messages.try_recv() {
            self.browser.events.push_back(message);
        }
        while let Some(event) = self.browser.events.pop_front() {
            let params = &event["params"];
            let complaint = match event["method"].as_str().unwrap_or("") {
                "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" if params["type"] != "log" => Some(params["args"].to_string()),
                "Log.entryAdded" => Some(params["entry"].to_string()),
                "Network.loadingFailed" if params["canceled"] != true => Some(params.to_string()),
                "Network.requestWillBeSent" if is_elsewhere(&params["request"]["url"]) => {
                    Some(format!("it asks for {}", params["request"]["url"]))
                }
                _ => None,
            };
            self.complaints.extend(complaint);
        }
    }

    pub(crate) fn go(&mut self, url: &str) {
        self.ask("Page.navigate", &json!({ "url": url }));
        self.wait("the page is there", "document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    pub(crate) fn resize(&mut self, (width, height): (u32, u32)) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.ask("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// The value of an expression; of a promise what it becomes.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.ask("Runtime.evaluate", &params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    pub(crate) fn text(&mut self, expression: &str) -> String {
        let value = self.eval(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.eval(&format!("Boolean({expression})")) != true {
            assert!(Instant::now() < deadline, "{what}: {expression}; {:?}", self.complaints);
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Clicks what a selector finds first.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        self.wait("there is something to click", &format!("document.querySelector({selector:?})"));
        let [x, y] = self.middle(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            self.mouse(kind, x, y);
        }
    }

    /// Where the middle of something is, after it was brought to sight.
    pub(crate) fn middle(&mut self, selector: &str) -> [f64; 2] {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        [0, 1].map(|index| place[index].as_f64().unwrap())
    }

    pub(crate) fn mouse(&mut self, kind: &str, x: f64, y: f64) {
        let params = json!({ "type": kind, "x": x, "y": y, "button": if kind == "mouseMoved" { "none" } else { "left" }, "clickCount": 1 });
        self.ask("Input.dispatchMouseEvent", &params);
    }

    /// Presses a key: `Tab`, `Enter`, `ArrowLeft`, or a character.
    pub(crate) fn press(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        for kind in [down, "keyUp"] {
            let params = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": if kind == "keyUp" { "" } else { text } });
            self.ask("Input.dispatchKeyEvent", &params);
        }
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.ask("Input.insertText", &json!({ "text": text }));
    }

    /// A picture of what is seen, as PNG.
    pub(crate) fn screenshot(&mut self) -> Vec<u8> {
        let picture = self.ask("Page.captureScreenshot", &json!({ "format": "png" }));
        base64(picture["data"].as_str().unwrap())
    }

    /// Checks that nothing went wrong so far.
    #[track_caller]
    pub(crate) fn check_complaints(&mut self) {
        self.listen();
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }
}

fn is_elsewhere(url: &Value) -> bool {
    let url = url.as_str().unwrap_or("");
    !["http://127.0.0.1:", "blob:http://127.0.0.1:", "about:"].iter().any(|start| url.starts_with(start))
}

fn in_path(name: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
}

/// Decodes what Chromium encoded.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte| DIGITS.iter().position(|&digit| digit == byte).map(|at| u32::try_from(at).unwrap());
    let digits: Vec<u32> = text.bytes().filter_map(digit).collect();
    let decode = |four: &[u32]| {
        let number = four.iter().fold(0, |number, digit| number << 6 | digit) << (6 * (4 - four.len()));
        number.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(decode).collect()
}
