//! Closures in the place of objects.

use std::time::Duration;

use super::{Flush, Log, Missed, Missing, Notify, Read, Write};
use crate::{Identifier, LogLevel, MetricRef, NotificationRef, Result, ValuesRef};

/// A closure that is called as what its signature says.
pub(super) struct Closure<F>(pub(super) F);

impl<F: Fn() -> Result + Send + Sync + 'static> Read for Closure<F> {
    fn read(&self) -> Result {
        (self.0)()
    }
}

impl<F: Fn(ValuesRef<'_>) -> Result + Send + Sync + 'static> Write for Closure<F> {
    fn write(&self, values: ValuesRef<'_>) -> Result {
        (self.0)(values)
    }
}

impl<F: Fn(Option<Duration>, Option<&Identifier>) -> Result + Send + Sync + 'static> Flush for Closure<F> {
    fn flush(&self, older_than: Option<Duration>, identifier: Option<&Identifier>) -> Result {
        (self.0)(older_than, identifier)
    }
}

impl<F: Fn(NotificationRef<'_>) -> Result + Send + Sync + 'static> Notify for Closure<F> {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        (self.0)(notification)
    }
}

impl<F: Fn(MetricRef<'_>) -> Result<Missed> + Send + Sync + 'static> Missing for Closure<F> {
    fn missing(&self, metric: MetricRef<'_>) -> Result<Missed> {
        (self.0)(metric)
    }
}

impl<F: Fn(LogLevel, &str) -> Result + Send + Sync + 'static> Log for Closure<F> {
    fn log(&self, level: LogLevel, message: &str) -> Result {
        (self.0)(level, message)
    }
}
