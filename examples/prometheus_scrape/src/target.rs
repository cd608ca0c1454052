//! What is scraped over and over.

use std::collections::HashSet;
use std::time::Duration;

use collectd::config::IgnoreList;
use collectd::{Complaint, Dispatch, Kind, LogLevel, Name, Number, Result, Value, Values};

use crate::config::Url;
use crate::exposition::{Line, LineError, Sample, parse};
use crate::http::{Client, HttpError};
use crate::kind::{Families, Meaning, is_seconds};
use crate::naming::Naming;

/// What is scraped over and over.
pub(crate) struct Target {
    label: String,
    client: Client,
    interval: Duration,
    host: String,
    metrics: IgnoreList,
    naming: Naming,
    max_series: usize,
    complaint: Complaint,
}

/// Why a target cannot be scraped at all.
#[derive(Debug, thiserror::Error)]
#[error("<URL {label:?}>")]
pub(crate) struct SetupError {
    label: String,
    source: HttpError,
}

/// Why a target gave less than it should.
#[derive(Debug, thiserror::Error)]
enum ScrapeError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("line {line}: {problem}{}", and_more(*.more))]
    Lines { line: usize, problem: Problem, more: usize },
}

fn and_more(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!(" (and {lines} lines more that are wrong)") }
}

/// Why a line came to nothing.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("there are more than {0} samples; from here on they are left out")]
    TooMany(usize),
    #[error("{0:?} is there already: it differs only in labels that are not in its names, or not at all")]
    SameName(String),
    #[error("{0} is too large for a counter")]
    TooLarge(f64),
    #[error("{0}")]
    Dispatch(String),
}

/// What one answer has brought so far.
#[derive(Default)]
struct Progress<'t> {
    families: Families<'t>,
    seen: HashSet<(Name, Name)>,
}

impl Target {
    pub(crate) fn new(url: Url) -> Result<Self, SetupError> {
        let label = url.label();
        let client = Client::new(&url.request());
        let client = client.map_err(|source| SetupError { label: label.clone(), source })?;
        let naming =
            Naming { instance: url.instance, plugin_instance: url.plugin_instance_label, meta: url.meta_label };
        // Nothing selected means everything, whatever the other option says.
        let metrics = url.metric.ignore_list(url.ignore_selected);
        Ok(Target {
            label,
            client,
            interval: url.interval.to_duration(),
            host: url.host,
            metrics,
            naming,
            max_series: url.max_series,
            complaint: Complaint::new(),
        })
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// 0 stands for that of the plugin.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// Scrapes it. A server that is away is told of in the log, and asked again after the usual interval: an error would
    /// make the daemon wait longer and longer.
    pub(crate) fn read(&self) -> Result {
        match self.try_read() {
            Ok(()) => self.complaint.release(format_args!("{:?} works again", self.label)),
            Err(error) => {
                // With its sources.
                let error = collectd::Error::from(error);
                self.complaint.complain(LogLevel::Warning, format_args!("{:?}: {error}", self.label));
            }
        }
        Ok(())
    }

    fn try_read(&self) -> Result<(), ScrapeError> {
        let body = self.client.fetch()?;
        let text = String::from_utf8_lossy(&body);
        let mut progress = Progress::default();
        let (mut first, mut count) = (None, 0);
        for (number, line) in (1..).zip(text.split('\n')) {
            let problem = match parse(line) {
                Ok(Line::Other) => continue,
                Ok(Line::End) => break,
                Ok(Line::Type { family, kind }) => {
                    progress.families.declare(family, kind);
                    continue;
                }
                Ok(Line::Sample(sample)) => match self.take(&sample, &mut progress) {
                    Ok(()) => continue,
                    Err(problem) => problem,
                },
                Err(error) => error.into(),
            };
            count += 1;
            let is_full = matches!(problem, Problem::TooMany(_));
            first.get_or_insert((number, problem));
            if is_full {
                break;
            }
        }
        match first {
            None => Ok(()),
            Some((line, problem)) => Err(ScrapeError::Lines { line, problem, more: count - 1 }),
        }
    }

    fn take(&self, sample: &Sample<'_>, progress: &mut Progress<'_>) -> Result<(), Problem> {
        if self.metrics.is_ignored(sample.name) {
            return Ok(());
        }
        let meaning = progress.families.meaning(sample.name);
        let Some((type_, value)) = value(sample, meaning)? else { return Ok(()) };
        if progress.seen.len() == self.max_series {
            return Err(Problem::TooMany(self.max_series));
        }
        let (plugin_instance, type_instance) = (self.naming.plugin_instance(sample), self.naming.type_instance(sample));
        if !progress.seen.insert((plugin_instance.clone(), type_instance.clone())) {
            return Err(Problem::SameName(type_instance.to_string()));
        }
        let values = Values::new(type_).host(&self.host).plugin_instance(plugin_instance).type_instance(type_instance);
        let values = values.value(value).meta("__name__", sample.name);
        let values = sample.labels.iter().fold(values, |values, (label, value)| {
            // collectd's texts end at a NUL.
            values.meta(label, value.replace('\0', "_").as_str())
        });
        values.dispatch().map_err(|error| Problem::Dispatch(error.to_string()))
    }
}

/// Type and value of a sample. Of a summary without observations, for example, there is none.
fn value(sample: &Sample<'_>, meaning: Meaning) -> Result<Option<(&'static str, Value)>, Problem> {
    let number = sample.value;
    if number.is_nan() {
        return Ok(None);
    }
    let (type_, number) = match meaning {
        Meaning::Created => return Ok(None),
        Meaning::Gauge => return Ok(Some(("gauge", Value::Gauge(number)))),
        // A derive has no fractions.
        Meaning::Counter if is_seconds(sample.name) => ("total_time_in_ms", (number * 1000.0).round()),
        Meaning::Counter => ("derive", number),
    };
    let derive = Number::from(number).to_value(Kind::Derive);
    derive.map(|value| Some((type_, value))).ok_or(Problem::TooLarge(sample.value))
}
