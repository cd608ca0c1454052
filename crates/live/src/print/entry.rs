//! What is printed: a value list with what is known about it.

use collectd_net::{ItemRef, NotificationRef, Value, ValuesRef};
use collectd_types::{DataSet, Kind};

use super::text;

/// What every line of an item may say, whatever it is.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) user: Option<&'a [u8]>,
    pub(super) signed: bool,
    pub(super) encrypted: bool,
}

impl<'a> Origin<'a> {
    pub(super) fn of(item: &ItemRef<'a>) -> Self {
        Origin { user: item.user(), signed: item.is_signed(), encrypted: item.is_encrypted() }
    }
}

/// A value list to be printed.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) list: ValuesRef<'a>,
    pub(super) origin: Origin<'a>,
    /// What types.db says, if it fits.
    pub(super) set: Option<&'a DataSet>,
    /// With `--rate`: what stands for the values, NaN where it is not known.
    pub(super) rates: Option<&'a [f64]>,
}

/// A notification to be printed.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) notification: NotificationRef<'a>,
    pub(super) origin: Origin<'a>,
}

/// One of the numbers of a value list.
#[derive(Clone, Copy)]
pub(super) struct Number<'a> {
    pub(super) source: Source<'a>,
    /// As it was sent.
    pub(super) sent: Value,
    /// Its rate, if there are rates, else as it was sent.
    pub(super) shown: Value,
    /// With `--rate`, of what is no gauge.
    pub(super) rate: Option<f64>,
}

/// The name of a data source, or which of several it is if nobody knows its name.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Named(&'a [u8]),
    Numbered(usize),
}

impl<'a> Entry<'a> {
    pub(super) fn numbers(self) -> impl Iterator<Item = Number<'a>> {
        let only = self.list.data().len() == 1;
        self.list.values().enumerate().map(move |(index, sent)| {
            let source = match self.set {
                Some(set) => Source::Named(set.sources()[index].name.as_bytes()),
                None if only => Source::Named(b"value"),
                None => Source::Numbered(index),
            };
            let rate = self.rates.filter(|_| sent.kind() != Kind::Gauge).map(|rates| rates[index]);
            Number { source, sent, shown: rate.map_or(sent, Value::Gauge), rate }
        })
    }
}

impl Source<'_> {
    /// Appends the name as it is.
    pub(super) fn push(self, out: &mut Vec<u8>) {
        match self {
            Source::Named(name) => out.extend_from_slice(name),
            Source::Numbered(index) => text::push_integer(out, index),
        }
    }
}
