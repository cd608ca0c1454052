//! `cargo collectd`: the loop of who writes a plugin for collectd.
#![forbid(unsafe_code)]

mod commands;
mod conf;
mod daemon;
mod diagnosis;
mod log_line;
mod plan;
mod plugin_file;
mod private;
mod project;
mod received;
mod releases;
mod schema;
mod seconds;
mod shell;
mod signals;
mod source_date;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{check, doctor, info, install, new, package, run, schema as schema_command, test};
use shell::{ColorChoice, MessageFormat, Shell};

/// Make, run, test and install plugins for collectd.
#[derive(Parser)]
#[command(name = "cargo-collectd", bin_name = "cargo collectd", version, after_help = AFTER_HELP)]
struct Cli {
    /// When to use colours; NO_COLOR is heeded, too.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,

    /// How standard output is written: for people, or a JSON object a line.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    message_format: MessageFormat,

    #[command(subcommand)]
    command: Command,
}

/// One file of `commands` each.
#[derive(Subcommand)]
enum Command {
    New(new::Args),
    Run(run::Args),
    Test(test::Args),
    Check(check::Args),
    Install(install::Args),
    Schema(schema_command::Args),
    Package(package::Args),
    Info(info::Args),
    Doctor(doctor::Args),
}

const AFTER_HELP: &str = "\
Messages go to standard error, what was asked for to standard output. Nothing is ever asked.

Exit status: 0 if all went well, 1 if something failed or was found wrong, 2 if the arguments are wrong.";

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// What is wrong has been said.
    Bad,
}

fn main() -> ExitCode {
    let cli = Cli::parse_from(arguments());
    let shell = Shell::new(cli.color, cli.message_format);
    let result = match cli.command {
        Command::New(args) => new::run(&args, &shell),
        Command::Run(args) => run::run(&args, &shell),
        Command::Test(args) => test::run(&args, &shell),
        Command::Check(args) => check::run(&args, &shell),
        Command::Install(args) => install::run(&args, &shell),
        Command::Schema(args) => schema_command::run(&args, &shell),
        Command::Package(args) => package::run(&args, &shell),
        Command::Info(args) => info::run(&args, &shell),
        Command::Doctor(args) => doctor::run(&args, &shell),
    };
    if let Some(error) = shell.lost() {
        shell.error(format_args!("cannot write to standard output: {error}"));
        return ExitCode::FAILURE;
    }
    match result {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::FAILURE,
        Err(error) => {
            shell.error(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Cargo passes its own word on: `cargo-collectd collectd new`.
fn arguments() -> impl Iterator<Item = OsString> {
    let is_word = |(place, word): &(usize, OsString)| *place == 1 && word == "collectd";
    env::args_os().enumerate().filter(move |argument| !is_word(argument)).map(|(_, word)| word)
}
