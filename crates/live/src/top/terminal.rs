//! The terminal while it shows the screen, and its way back, whatever happens.

use std::fs::File;
use std::io::{self, IsTerminal, Stdout, Write};
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use anyhow::{Context, ensure};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

use crate::console;

/// Whether the terminal's modes are ours.
static OURS: AtomicBool = AtomicBool::new(false);

/// The thread that draws: only it may give the terminal back.
static DRAWING: Mutex<Option<ThreadId>> = Mutex::new(None);

/// The terminal in raw mode on its alternate screen, with the mouse; given back when dropped, and before the message of
/// a panic.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Whether there is a terminal, before anything else is opened.
    pub(crate) fn check() -> anyhow::Result<()> {
        ensure!(io::stdout().is_terminal(), "standard output is not a terminal");
        // Standard input may be what is read from. Keys come from the controlling terminal then.
        let has_keys = io::stdin().is_terminal() || File::open("/dev/tty").is_ok();
        ensure!(has_keys, "there is no terminal to take keys from");
        Ok(())
    }

    /// Takes the terminal. What is said meanwhile is written when it is given back.
    pub(crate) fn open() -> anyhow::Result<Self> {
        Screen::check()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout())).context("cannot use the terminal")?;
        restore_before_panics();
        // Dropped, it gives back also what was taken only in part.
        let screen = Screen { terminal };
        take().context("cannot use the terminal")?;
        Ok(screen)
    }

    pub(crate) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // In one go, where the terminal can do that.
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(render)?;
        execute!(io::stdout(), EndSynchronizedUpdate)
    }

    /// Gives the terminal back, until [`resume`](Self::resume).
    pub(crate) fn suspend(&mut self) {
        give_back();
    }

    /// Takes the terminal again, whatever state it was left in, and draws all of it the next time.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        give_back();
        take()?;
        // A new one knows nothing of what was drawn. (`Terminal::clear` would ask where the cursor is, and wait.)
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        execute!(io::stdout(), Clear(ClearType::All))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Restores the modes of the terminal alone, for when nothing can be written to it any more.
pub(crate) fn restore_modes() {
    if OURS.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
    }
}

fn take() -> io::Result<()> {
    if let Ok(mut drawing) = DRAWING.lock() {
        *drawing = Some(thread::current().id());
    }
    console::hold();
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, Hide)
}

/// Whoever is at the other end may have gone: what cannot be written cannot be helped.
fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        let mut stdout = io::stdout();
        let _ = queue!(stdout, DisableMouseCapture, LeaveAlternateScreen, Show).and_then(|()| stdout.flush());
        let _ = disable_raw_mode();
    }
    console::release();
}

/// The message of a panic shall be read: in the thread that draws, the terminal is given back first. What others say is
/// kept until it is.
fn restore_before_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let drawing = DRAWING.lock().ok().and_then(|drawing| *drawing);
        let current = thread::current();
        if drawing == Some(current.id()) || !OURS.load(Ordering::SeqCst) {
            give_back();
            usual(info);
        } else {
            console::say(format_args!("thread '{}': {info}", current.name().unwrap_or("unnamed")));
        }
    }));
}
