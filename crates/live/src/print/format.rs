//! The formats: which there are, and what each has to do.

use clap::ValueEnum;

use super::csv::Csv;
use super::entry::{Entry, Message};
use super::graphite::Graphite;
use super::influx::Influx;
use super::json::Json;
use super::line::Line;
use super::prometheus::Prometheus;
use super::putval::Putval;

/// What lines look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// One line for people: time, names, values with their kinds
    Line,
    /// One JSON object a line
    Json,
    /// Comma-separated values, one row for each value
    Csv,
    /// PUTVAL and PUTNOTIF, as collectd's unixsock and exec plugins read them
    Putval,
    /// InfluxDB's line protocol
    Influx,
    /// Graphite's plaintext protocol
    Graphite,
    /// Prometheus' text exposition format
    Prometheus,
}

/// Writes whole lines into memory.
pub(super) trait Exporter {
    /// What stands before everything else.
    fn begin(&mut self, _out: &mut Vec<u8>) {}

    fn value_list(&mut self, entry: Entry<'_>, out: &mut Vec<u8>);

    /// `false`: the format has no way to say it.
    fn notification(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> bool;
}

impl Format {
    pub(super) fn exporter(self, exact: bool, colours: bool) -> Box<dyn Exporter> {
        match self {
            Format::Line => Box::new(Line::new(colours)),
            Format::Json => Box::new(Json::new(exact)),
            Format::Csv => Box::new(Csv),
            Format::Putval => Box::new(Putval),
            Format::Influx => Box::new(Influx),
            Format::Graphite => Box::new(Graphite),
            Format::Prometheus => Box::new(Prometheus::default()),
        }
    }
}
