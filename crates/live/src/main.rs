//! Shows what collectd daemons say over the network, as they say it.
#![forbid(unsafe_code)]

mod capture;
mod check;
mod console;
mod filter;
mod generate;
mod limits;
mod print;
mod progress;
mod record;
mod replay;
mod send;
mod serve;
mod signals;
mod source;
mod store;
mod top;
mod types;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// See what collectd daemons send over the network, as they send it.
///
/// Listens as collectd's network plugin would; needs neither collectd nor its configuration.
#[derive(Parser)]
#[command(name = "collectd-live", version, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, once")]
enum Command {
    #[command(display_order = 100)]
    Generate(generate::Args),
    Print(print::Args),
    Record(record::Args),
    Replay(replay::Args),
    Check(check::Args),
    Send(send::Args),
    Top(top::Args),
    Serve(serve::Args),
}

const AFTER_HELP: &str = "\
Examples:
  collectd-live print                         what is sent to collectd's default groups
  collectd-live print --listen 127.0.0.1      what is sent to this machine's port 25826
  collectd-live top                           the same on a screen, with graphs
  collectd-live serve                         the same as a web page, http://127.0.0.1:8080/
  collectd-live send 'PUTVAL h/p/gauge N:1'    a value to whom listens there
  collectd-live record traffic.pcapng         what is sent, to a file that Wireshark reads, too
  collectd-live check traffic.pcapng          what is in it, part by part, and what is wrong with it
  collectd-live help print                    all options of \"print\", with more examples

Exit status: 0 if all went well, 1 if something failed, 2 if the arguments are wrong.";

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Generate(args) => generate::run(&args, &Cli::command()),
        Command::Print(args) => print::run(&args),
        Command::Record(args) => record::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Top(args) => top::run(&args),
        Command::Serve(args) => serve::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            // Arguments that are wrong together.
            Ok(error) => error.exit(),
            Err(error) => {
                console::say(format_args!("error: {error:#}"));
                ExitCode::FAILURE
            }
        },
    }
}
