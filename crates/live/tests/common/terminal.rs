//! A program in a terminal of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use collectd_udp::{SendOptions, Sender};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use super::PATIENCE;

/// A terminal, the program in it, and what it shows. The program is killed when this is dropped.
pub(crate) struct Terminal {
    child: Child,
    /// The side of whoever sits before it.
    near: Option<File>,
    /// The side of the program, kept open so that its modes can be looked at afterwards.
    far: Option<OwnedFd>,
    reader: Option<JoinHandle<()>>,
    closing: Arc<AtomicBool>,
    state: Arc<Mutex<State>>,
    before: Termios,
    pub(crate) addrs: Vec<SocketAddr>,
}

struct State {
    parser: vt100::Parser,
    /// All that was written.
    bytes: Vec<u8>,
    written: Instant,
}

/// For how long nothing is written once a screen is complete.
const PAUSE: Duration = Duration::from_millis(30);

/// What was left when the program had ended.
pub(crate) struct Left {
    pub(crate) status: ExitStatus,
    /// The screen that the user has back.
    pub(crate) screen: String,
}

impl Terminal {
    /// Runs `collectd-live top` on any free port of 127.0.0.1 until it has drawn its screen.
    pub(crate) fn top(rows: u16, columns: u16, args: &[&str]) -> Terminal {
        Terminal::top_with(rows, columns, args, &[])
    }

    /// The same with variables in its environment.
    pub(crate) fn top_with(rows: u16, columns: u16, args: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let mut command = Command::new(env!("CARGO_BIN_EXE_collectd-live"));
        command.args(["top", "--listen", "127.0.0.1:0"]).args(args);
        command.env("TERM", "xterm-256color").env("TZ", "UTC").env_remove("NO_COLOR");
        command.envs(variables.iter().copied());
        let mut terminal = Terminal::run(rows, columns, &command);
        // The address is said before the screen is drawn.
        terminal.wait_bytes("listening on ");
        terminal.wait("the screen", |screen| screen.alternate_screen() && screen.contents().contains("collectd-live"));
        let said = String::from_utf8_lossy(&terminal.state().bytes).into_owned();
        let addrs = said.lines().find_map(|line| line.strip_prefix("listening on ")).expect("it said so");
        terminal.addrs = addrs.split(", ").map(|addr| addr.trim().parse().expect("an address")).collect();
        terminal
    }

    /// Runs a program whose input, output and errors are all the terminal, which is its controlling one.
    pub(crate) fn run(rows: u16, columns: u16, command: &Command) -> Terminal {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&near).expect("a terminal");
        unlockpt(&near).expect("a terminal");
        let path = ptsname(&near, Vec::new()).expect("a terminal");
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
        let far = rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).expect("a terminal");
        set_size(&near, rows, columns);
        let before = tcgetattr(&far).expect("a terminal");
        // Makes the terminal its controlling one, and becomes the program.
        let mut inside = Command::new("setsid");
        inside.arg("--ctty").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        let end = || Stdio::from(far.try_clone().expect("a descriptor"));
        let child = inside.stdin(end()).stdout(end()).stderr(end()).spawn().expect("setsid is there");
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let state = Arc::new(Mutex::new(State { parser, bytes: Vec::new(), written: Instant::now() }));
        let near = File::from(near);
        let closing = Arc::new(AtomicBool::new(false));
        let (source, sink, end) = (near.try_clone().expect("a descriptor"), Arc::clone(&state), Arc::clone(&closing));
        let reader = Some(thread::spawn(move || show(source, &sink, &end)));
        let (near, far) = (Some(near), Some(far));
        Terminal { child, near, far, reader, closing, state, before, addrs: Vec::new() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Something that sends to the address that it listens on.
    pub(crate) fn sender(&self) -> Sender {
        Sender::connect(self.addrs[0], &SendOptions::default()).expect("loopback")
    }

    pub(crate) fn send(&self, packets: &[impl AsRef<[u8]>]) {
        self.sender().send_batch(packets).expect("loopback takes datagrams");
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &str) {
        self.near.as_ref().expect("it is open").write_all(keys.as_bytes()).expect("the terminal is there");
    }

    /// Presses a mouse button, 0 being the left one, 64 and 65 the wheel.
    pub(crate) fn mouse(&self, button: u8, column: u16, row: u16) {
        let (column, row) = (column + 1, row + 1);
        self.press(&format!("\x1b[<{button};{column};{row}M\x1b[<{button};{column};{row}m"));
    }

    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        self.state().parser.screen_mut().set_size(cells(rows), cells(columns));
        set_size(self.near.as_ref().expect("it is open"), rows, columns);
    }

    pub(crate) fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// What is on the screen.
    pub(crate) fn contents(&self) -> String {
        self.state().parser.screen().contents()
    }

    /// What is on the screen, with the cells' looks.
    pub(crate) fn screen(&self) -> vt100::Screen {
        self.state().parser.screen().clone()
    }

    /// Everything that was ever written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// Waits until the screen is complete and as it should be, and returns what is on it.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is_so(&screen) && self.state().written.elapsed() >= PAUSE {
                return screen.contents();
            }
            assert!(Instant::now() < deadline, "no sign of {what}:\n{}", screen.contents());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until this is on the screen.
    #[track_caller]
    pub(crate) fn wait_text(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contents().contains(text))
    }

    /// Waits until this is on the screen no more.
    #[track_caller]
    pub(crate) fn wait_gone(&self, text: &str) -> String {
        self.wait(&format!("the end of {text}"), |screen| !screen.contents().contains(text))
    }

    #[track_caller]
    fn wait_bytes(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let is_complete = |bytes: &[u8]| {
            let text_at = bytes.windows(text.len()).position(|window| window == text.as_bytes());
            text_at.is_some_and(|at| bytes[at..].contains(&b'\n'))
        };
        while !is_complete(&self.state().bytes) {
            assert!(Instant::now() < deadline, "no {text:?} in {:?}", String::from_utf8_lossy(&self.state().bytes));
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The modes of the terminal.
    pub(crate) fn modes(&self) -> Termios {
        tcgetattr(self.far()).expect("a terminal")
    }

    pub(crate) fn is_raw(&self) -> bool {
        !self.modes().local_modes.contains(rustix::termios::LocalModes::ICANON)
    }

    /// Whether the program is stopped, as by Ctrl-Z.
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("it is running");
        // Behind the name, which is in parentheses.
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    }

    /// Writes to the terminal past the program.
    pub(crate) fn scribble(&self, text: &str) {
        rustix::io::write(self.far(), text.as_bytes()).expect("a terminal");
    }

    /// Takes the terminal away, and waits until the program has ended.
    pub(crate) fn close(mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.reader.take().expect("it is there").join().expect("it does not panic");
        (self.near, self.far) = (None, None);
        wait_for("its end", || self.child.try_wait().unwrap());
    }

    /// Waits until it has ended by itself, and checks that the terminal is as it was before.
    #[track_caller]
    pub(crate) fn wait_end(mut self) -> Left {
        let status = wait_for("its end", || self.child.try_wait().unwrap());
        self.check_restored();
        Left { status, screen: self.contents() }
    }

    /// Checks that the terminal is as it was before the program took it.
    #[track_caller]
    pub(crate) fn check_restored(&self) {
        let screen = self.wait("the usual screen", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        let (before, after) = (&self.before, self.modes());
        assert_eq!(before.input_modes, after.input_modes, "{screen}");
        assert_eq!(before.output_modes, after.output_modes, "{screen}");
        assert_eq!(before.control_modes, after.control_modes, "{screen}");
        assert_eq!(before.local_modes, after.local_modes, "{screen}");
        assert_eq!(format!("{:?}", before.special_codes), format!("{:?}", after.special_codes), "{screen}");
    }

    fn far(&self) -> &OwnedFd {
        self.far.as_ref().expect("it is open")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the reading thread does not panic")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a screen has cells")
}

fn set_size(terminal: &impl std::os::fd::AsFd, rows: u16, columns: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("a terminal");
}

/// Waits until there is something.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no sign of {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Shows what the program writes, until all ends of it are closed or the terminal is to be.
fn show(mut source: File, state: &Mutex<State>, closing: &AtomicBool) {
    let mut buffer = [0; 16 << 10];
    let patience = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    while !closing.load(Ordering::Relaxed) {
        if poll(&mut [PollFd::new(&source, PollFlags::IN)], Some(&patience)).unwrap_or(0) == 0 {
            continue;
        }
        let Ok(count @ 1..) = source.read(&mut buffer) else { return };
        let mut state = state.lock().expect("tests do not panic while they look");
        state.parser.process(&buffer[..count]);
        state.written = Instant::now();
        state.bytes.extend_from_slice(&buffer[..count]);
    }
}
