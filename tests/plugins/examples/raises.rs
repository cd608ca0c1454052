//! Fails where and how its configuration says; its errors know their lines.
#![forbid(unsafe_code)]

use std::fmt;

use collectd::filter::Match;
use collectd::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    how: String,
    /// Which callback fails.
    #[serde(default = "read")]
    r#in: String,
    /// The author's own key of the framework's name.
    log_traces: Option<String>,
}

fn read() -> String {
    "read".to_owned()
}

/// An error that is the line of its cause.
#[derive(Debug)]
struct Line(u32);

impl std::error::Error for Line {}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.0)
    }
}

fn fail(how: &str) -> Result {
    match how {
        "question-mark" => Err(Line(line!()))?,
        "message" => Err(Error::msg(Line(line!()))),
        "long" => Err(Error::msg(format_args!("{}\n%s%n line {}", "long ".repeat(300), line!()))),
        "expected" => Err(Error::from(Line(line!())).expected()),
        "deep" => deep(100),
        "panic" => panic!("line {}", line!()),
        "thread" => {
            for _ in 0..2 {
                let thread = std::thread::Builder::new().name("helper".to_owned());
                assert!(thread.spawn(|| panic!("line {}", line!()))?.join().is_err());
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[inline(never)]
fn deep(left: u32) -> Result {
    if left == 0 {
        return Err(Error::msg(Line(line!())));
    }
    let result = deep(left - 1);
    log::debug!("back from {left}");
    result
}

struct Raises(Config);

impl Raises {
    fn reach(&self, callback: &str) -> Result {
        if self.0.r#in == callback { fail(&self.0.how) } else { Ok(()) }
    }
}

impl Plugin for Raises {
    const NAME: &'static str = "raises";
    type Config = Config;

    fn check(config: &Config) -> Result {
        if config.r#in == "check" { fail(&config.how) } else { Ok(()) }
    }

    fn new(config: Config) -> Result<Self> {
        if let Some(traces) = &config.log_traces {
            log::info!("traces are {traces:?}");
        }
        let plugin = Raises(config);
        plugin.reach("new")?;
        Ok(plugin)
    }
}

impl Read for Raises {
    fn read(&self) -> Result {
        self.reach("read")
    }
}

impl Write for Raises {
    fn write(&self, _: ValuesRef<'_>) -> Result {
        self.reach("write")
    }
}

impl Shutdown for Raises {
    fn shutdown(&self) -> Result {
        self.reach("shutdown")
    }
}

impl Drop for Raises {
    fn drop(&mut self) {
        if self.0.r#in == "drop" {
            panic!("line {}", line!());
        }
    }
}

/// A match, which fails by the same means.
struct RaisesToo(Config);

impl Match for RaisesToo {
    const NAME: &'static str = "raises_too";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        if config.r#in == "new" {
            fail(&config.how)?;
        }
        Ok(RaisesToo(config))
    }

    fn matches(&self, _: ValuesRef<'_>) -> Result<bool> {
        fail(&self.0.how)?;
        Ok(true)
    }
}

collectd::module!(|module: &mut Module| {
    module.plugin::<Raises>().read().write().shutdown().register()?;
    module.matching::<RaisesToo>()?;
    Ok(())
});
