//! What the screen reacts to: keys and mouse, signals, the end of receiving.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crossterm::event::{self, Event as Input};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::terminal;

/// How long a clean end may take: a terminal that was stopped takes nothing any more.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) enum Event {
    Input(Input),
    /// The terminal is gone.
    InputLost(io::Error),
    /// A signal says that it is time to end.
    End,
    /// The shell wants its terminal back for a while.
    Suspend,
    /// The program goes on after it was stopped, by whatever.
    Continue,
    /// Nothing more will be received; and why, if that is before the end.
    SourceEnded(Option<String>),
}

/// Listens to the terminal and to signals, each in a thread of its own.
pub(super) fn listen() -> io::Result<(Sender<Event>, Receiver<Event>)> {
    let (sender, receiver) = channel();
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT])?;
    let (to_signals, to_input) = (sender.clone(), sender.clone());
    thread::Builder::new().name("signals".to_owned()).spawn(move || forward_signals(signals, &to_signals))?;
    thread::Builder::new().name("input".to_owned()).spawn(move || forward_input(&to_input))?;
    Ok((sender, receiver))
}

fn forward_input(sender: &Sender<Event>) {
    loop {
        let (event, lost) = match event::read() {
            Ok(input) => (Event::Input(input), false),
            Err(error) => (Event::InputLost(error), true),
        };
        if sender.send(event).is_err() || lost {
            return;
        }
    }
}

fn forward_signals(mut signals: Signals, sender: &Sender<Event>) {
    let mut ending = false;
    for signal in signals.forever() {
        let event = match signal {
            SIGTSTP => Event::Suspend,
            SIGCONT => Event::Continue,
            _ if ending => end_as(signal),
            _ => {
                ending = true;
                thread::spawn(move || {
                    thread::sleep(GRACE);
                    end_as(signal)
                });
                Event::End
            }
        };
        if sender.send(event).is_err() {
            return;
        }
    }
}

/// Stops the process, as it would if it knew nothing of SIGTSTP. Returns when it is continued.
pub(super) fn stop_process() {
    let _ = emulate_default_handler(SIGTSTP);
}

fn end_as(signal: i32) -> ! {
    terminal::restore_modes();
    // Fails only for signals that do not exist.
    let _ = emulate_default_handler(signal);
    std::process::abort()
}
