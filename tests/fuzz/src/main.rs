//! The targets without a fuzzer: to begin a corpus, and to see what is wrong with an input.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use collectd_fuzz::Target;

const USAGE: &str = "\
collectd-fuzz list               print the targets, each with its dictionary and the longest input
collectd-fuzz seeds DIR          write what each target begins with to DIR/<target>/
collectd-fuzz run TARGET FILE... give these inputs to a target; it panics where something does not hold";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["list"] => {
            Target::ALL.iter().for_each(|target| println!("{} {} {}", target.name, target.dictionary, target.longest));
            Ok(())
        }
        ["seeds", directory] => write_seeds(Path::new(directory)),
        ["run", target, ref files @ ..] if !files.is_empty() => run(target, files),
        _ => Err(io::Error::other(USAGE)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write_seeds(directory: &Path) -> io::Result<()> {
    for target in Target::ALL {
        let directory = directory.join(target.name);
        fs::create_dir_all(&directory)?;
        for (name, seed) in (target.seeds)() {
            fs::write(directory.join(format!("seed-{name}")), seed)?;
        }
    }
    Ok(())
}

fn run(target: &str, files: &[&str]) -> io::Result<()> {
    let target = Target::named(target).ok_or_else(|| io::Error::other(format!("there is no target {target}")))?;
    for file in files {
        let input = fs::read(file).map_err(|error| io::Error::other(format!("{file}: {error}")))?;
        println!("{file}: {} bytes", input.len());
        (target.run)(&input);
    }
    Ok(())
}
