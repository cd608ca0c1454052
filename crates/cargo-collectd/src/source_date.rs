//! The date that what is made of a crate bears: the same for the same source.

use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::project::Project;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourceDate(Timestamp);

impl SourceDate {
    /// `SOURCE_DATE_EPOCH`, else the last commit in the directory, else when the Cargo.toml was written.
    pub(crate) fn of(project: &Project) -> anyhow::Result<Self> {
        let seconds = match env::var("SOURCE_DATE_EPOCH") {
            Ok(text) => text
                .trim()
                .parse()
                .with_context(|| format!("SOURCE_DATE_EPOCH is {text:?}, and not a number of seconds"))?,
            Err(_) => match last_commit(project) {
                Some(seconds) => seconds,
                None => written(project)?,
            },
        };
        let date =
            Timestamp::from_second(seconds).map_err(|error| anyhow!("the date {seconds} of the source: {error}"))?;
        Ok(SourceDate(date))
    }

    /// Seconds since 1970.
    pub(crate) fn seconds(self) -> u64 {
        u64::try_from(self.0.as_second()).unwrap_or_default()
    }

    /// As 2026-11-26.
    pub(crate) fn day(self) -> String {
        self.0.to_zoned_datetime(TimeZone::UTC).date().to_string()
    }

    /// As Thu, 26 Nov 2026 21:10:10 +0000.
    pub(crate) fn mail(self) -> anyhow::Result<String> {
        Ok(jiff::fmt::rfc2822::to_string(&self.0.to_zoned_datetime(TimeZone::UTC))?)
    }
}

fn last_commit(project: &Project) -> Option<i64> {
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%ct", "--", "."]).current_dir(&project.dir);
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn written(project: &Project) -> anyhow::Result<i64> {
    let time = fs::metadata(&project.manifest).and_then(|data| data.modified());
    let time = time.with_context(|| format!("cannot read {}", project.manifest.display()))?;
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(i64::try_from(seconds).unwrap_or_default())
}
