//! Value lists: one sample of one metric, owned and borrowed.

use alloc::boxed::Box;
use core::fmt;
use core::mem::{self, ManuallyDrop};

use crate::numbers::Numbers;
use crate::{
    Data, Field, FieldError, Identifier, IdentifierRef, Interval, Kind, Meta, MetaRef, MetaSource, Name, NameRef,
    Problem, Time, TimeError, ToMetaValue, Value, ValueIter,
};

/// An owned value list: what an author builds and dispatches, and what a receiver keeps.
///
/// ```
/// # use collectd_types as collectd;
/// use collectd::Values;
///
/// // Types with one value, with several, and one whose numbers grow.
/// let temperature = Values::new("temperature").plugin_instance("outside").gauge(21.5);
/// let load = Values::new("load").gauges([0.5, 0.25, 0.125]);
/// let traffic = Values::new("if_octets").type_instance("eth0").derives([1_024, 2_048]).meta("speed", 1_000);
/// # let _all = (temperature, load, traffic);
/// ```
///
/// Setters take what is likely at hand and can be chained. Text that is no [`Name`] and times that
/// collectd cannot express are kept as an error, which [`check`](Self::check) and every use report.
/// What is not set gets the daemon's defaults: this host, this plugin, now, the callback's interval.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Values {
    time: Time,
    interval: Interval,
    identifier: Identifier,
    values: Numbers,
    meta: Meta,
    /// On the heap, because it is rare and would make every list larger.
    error: Option<Box<FieldError>>,
}

impl Values {
    /// A value list of this type, so far without values.
    #[inline]
    pub fn new(type_: impl AsRef<[u8]>) -> Self {
        Values::default().type_(type_)
    }

    /// Sets the host; empty stands for this host.
    #[inline]
    pub fn host(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::Host, name.as_ref(), |id| &mut id.host)
    }

    /// Sets the plugin; empty stands for the plugin that dispatches.
    #[inline]
    pub fn plugin(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::Plugin, name.as_ref(), |id| &mut id.plugin)
    }

    /// Sets the plugin instance.
    #[inline]
    pub fn plugin_instance(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::PluginInstance, name.as_ref(), |id| &mut id.plugin_instance)
    }

    /// Sets the type, as types.db knows it.
    #[inline]
    pub fn type_(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::Type, name.as_ref(), |id| &mut id.type_)
    }

    /// Sets the type instance.
    #[inline]
    pub fn type_instance(self, name: impl AsRef<[u8]>) -> Self {
        self.name(Field::TypeInstance, name.as_ref(), |id| &mut id.type_instance)
    }

    /// Sets the time: a [`Time`] or a `SystemTime`. [`Time::UNSET`] stands for now.
    #[inline]
    pub fn time<T>(mut self, time: T) -> Self
    where
        T: TryInto<Time>,
        T::Error: Into<TimeError>,
    {
        match time.try_into() {
            Ok(time) => self.time = time,
            Err(problem) => self.remember(FieldError::new(Field::Time, problem.into())),
        }
        self
    }

    /// Sets the interval: an [`Interval`] or a `Duration`. [`Interval::UNSET`] stands for the callback's.
    #[inline]
    pub fn interval<T>(mut self, interval: T) -> Self
    where
        T: TryInto<Interval>,
        T::Error: Into<TimeError>,
    {
        match interval.try_into() {
            Ok(interval) => self.interval = interval,
            Err(problem) => self.remember(FieldError::new(Field::Interval, problem.into())),
        }
        self
    }

    /// Adds one value.
    #[inline]
    pub fn value(self, value: Value) -> Self {
        self.change(|list| list.values = mem::take(&mut list.values).with(value))
    }

    /// Adds values.
    #[inline]
    pub fn values(self, values: impl IntoIterator<Item = Value>) -> Self {
        values.into_iter().fold(self, Values::value)
    }

    /// Adds one gauge.
    #[inline]
    pub fn gauge(self, gauge: f64) -> Self {
        self.value(Value::Gauge(gauge))
    }

    /// Adds gauges.
    #[inline]
    pub fn gauges(self, gauges: impl IntoIterator<Item = f64>) -> Self {
        self.values(gauges.into_iter().map(Value::Gauge))
    }

    /// Adds one derive.
    #[inline]
    pub fn derive(self, derive: i64) -> Self {
        self.value(Value::Derive(derive))
    }

    /// Adds derives.
    #[inline]
    pub fn derives(self, derives: impl IntoIterator<Item = i64>) -> Self {
        self.values(derives.into_iter().map(Value::Derive))
    }

    /// Adds one counter.
    #[inline]
    pub fn counter(self, counter: u64) -> Self {
        self.value(Value::Counter(counter))
    }

    /// Adds one absolute.
    #[inline]
    pub fn absolute(self, absolute: u64) -> Self {
        self.value(Value::Absolute(absolute))
    }

    /// Puts these values in the place of those that there are.
    ///
    /// ```
    /// use collectd_types::{Value, Values};
    ///
    /// // Everything that the value lists have in common is put together once.
    /// let disk = Values::new("gauge").plugin("disk").gauge(1.0);
    /// let other = disk.clone().type_instance("other").replace_values([Value::Gauge(2.0)]);
    /// assert_eq!((disk.view().value(0), other.view().value(0)), (Some(Value::Gauge(1.0)), Some(Value::Gauge(2.0))));
    /// ```
    pub fn replace_values(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.clear_values();
        self.values(values)
    }

    /// Sets an entry of the meta data.
    #[inline]
    pub fn meta(mut self, key: &str, value: impl ToMetaValue) -> Self {
        self.meta.insert(key, value);
        self
    }

    /// Takes an entry of the meta data out.
    pub fn without_meta(mut self, key: &str) -> Self {
        self.meta.remove(key);
        self
    }

    /// Takes the values out, so that the list can be filled again.
    #[inline]
    pub fn clear_values(&mut self) {
        self.values.clear();
    }

    /// Whether every part that was set could be used.
    ///
    /// # Errors
    ///
    /// The first part that could not.
    #[inline]
    pub fn check(&self) -> Result<(), FieldError> {
        match &self.error {
            None => Ok(()),
            Some(error) => Err(**error),
        }
    }

    /// A view of this value list.
    #[inline]
    pub fn view(&self) -> ValuesRef<'_> {
        let meta = if self.meta.is_empty() { MetaRef::NONE } else { MetaRef::new(&self.meta) };
        ValuesRef {
            time: self.time,
            interval: self.interval,
            identifier: self.identifier.view(),
            data: self.values.data(),
            meta,
        }
    }

    /// The identifier, with what was not set empty.
    #[inline]
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// When it was sampled, and how long until the next sample is expected.
    #[inline]
    pub fn times(&self) -> (Time, Interval) {
        (self.time, self.interval)
    }

    /// The kinds of the numbers, and their [bits](Value::to_bits).
    #[inline]
    pub fn numbers(&self) -> (&[Kind], &[u64]) {
        self.values.parts()
    }

    /// The meta data.
    #[inline]
    pub fn meta_data(&self) -> &Meta {
        &self.meta
    }

    #[inline]
    fn name(self, field: Field, name: &[u8], slot: impl FnOnce(&mut Identifier) -> &mut Name) -> Self {
        self.change(|list| match Name::new(name) {
            Ok(name) => *slot(&mut list.identifier) = name,
            Err(problem) => list.remember(FieldError::new(field, Problem::Name(problem))),
        })
    }

    /// Changes the list on its way through a setter. If memory runs out meanwhile, what it owns is lost: without
    /// that, and without handing out references to it, a chain of setters needs no memory for lists in between.
    #[inline]
    fn change(self, change: impl FnOnce(&mut Values)) -> Self {
        let mut list = ManuallyDrop::new(self);
        change(&mut list);
        ManuallyDrop::into_inner(list)
    }

    #[inline]
    fn remember(&mut self, error: FieldError) {
        self.error = first(self.error.take(), error);
    }
}

/// Apart, and without a reference to the list: see [`Values::change`].
#[cold]
fn first(known: Option<Box<FieldError>>, error: FieldError) -> Option<Box<FieldError>> {
    known.or_else(|| Some(Box::new(error)))
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A borrowed value list, made without allocating from a [`Values`], a packet, or the daemon's own.
#[derive(Clone, Copy, Debug)]
pub struct ValuesRef<'a> {
    time: Time,
    interval: Interval,
    identifier: IdentifierRef<'a>,
    data: Data<'a>,
    meta: MetaRef<'a>,
}

impl<'a> ValuesRef<'a> {
    /// A view of these parts, without meta data.
    #[inline]
    pub const fn new(time: Time, interval: Interval, identifier: IdentifierRef<'a>, data: Data<'a>) -> Self {
        ValuesRef { time, interval, identifier, data, meta: MetaRef::NONE }
    }

    /// The same view with this meta data.
    #[inline]
    pub const fn with_meta(self, source: &'a dyn MetaSource) -> Self {
        ValuesRef { meta: MetaRef::new(source), ..self }
    }

    /// The time of the sample.
    #[inline]
    pub const fn time(self) -> Time {
        self.time
    }

    /// How long until the next sample is expected.
    #[inline]
    pub const fn interval(self) -> Interval {
        self.interval
    }

    /// The five names.
    #[inline]
    pub const fn identifier(self) -> IdentifierRef<'a> {
        self.identifier
    }

    /// The five names, where they are: for code that does not need all of them and counts instructions.
    #[inline]
    pub const fn as_identifier(&self) -> &IdentifierRef<'a> {
        &self.identifier
    }

    /// The host name.
    #[inline]
    pub fn host(self) -> NameRef<'a> {
        self.identifier.host()
    }

    /// The plugin name.
    #[inline]
    pub fn plugin(self) -> NameRef<'a> {
        self.identifier.plugin()
    }

    /// The plugin instance; often empty.
    #[inline]
    pub fn plugin_instance(self) -> NameRef<'a> {
        self.identifier.plugin_instance()
    }

    /// The type, as types.db knows it.
    #[inline]
    pub fn type_(self) -> NameRef<'a> {
        self.identifier.type_()
    }

    /// The type instance; often empty.
    #[inline]
    pub fn type_instance(self) -> NameRef<'a> {
        self.identifier.type_instance()
    }

    /// The numbers, wherever they are stored.
    #[inline]
    pub const fn data(self) -> Data<'a> {
        self.data
    }

    /// The numbers in order.
    #[inline]
    pub const fn values(self) -> ValueIter<'a> {
        self.data.iter()
    }

    /// The number at this place.
    #[inline]
    pub fn value(self, index: usize) -> Option<Value> {
        self.data.value(index)
    }

    /// The meta data, read when it is asked for.
    #[inline]
    pub const fn meta(self) -> MetaRef<'a> {
        self.meta
    }

    /// An owned copy.
    #[inline]
    pub fn to_values(self) -> Values {
        Values {
            time: self.time,
            interval: self.interval,
            identifier: self.identifier.to_identifier(),
            values: self.values().collect(),
            meta: self.meta.to_meta(),
            error: None,
        }
    }
}

/// `[time] source [(kind, value), …]` with the time in whole seconds, the kind as collectd's number, and
/// the parts of the source between slashes: `[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]`.
impl fmt::Display for ValuesRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {} [", self.time.as_secs(), Source(self.identifier))?;
        for (index, value) in self.values().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}({}, {value})", value.kind().code())?;
        }
        f.write_str("]")
    }
}

/// An identifier as the lines show it: `host/plugin[-instance]/type[/instance]`, without the parts that
/// are empty.
pub(crate) struct Source<'a>(pub(crate) IdentifierRef<'a>);

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [host, plugin, plugin_instance, type_, type_instance] = self.0.names();
        host.fmt(f)?;
        for (separator, name) in [("/", plugin), ("-", plugin_instance), ("/", type_), ("/", type_instance)] {
            if !name.is_empty() {
                write!(f, "{separator}{name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetaValue, NameError};
    use alloc::string::ToString;
    use core::time::Duration;

    #[test]
    fn a_line_has_exactly_the_documented_form() {
        let values = Values::new("swap").plugin("swap").type_instance("used").host("localhost.localdomain");
        let values = values.time(Time::from_secs(1_237_749_608)).gauge(48_082_944.0);
        assert_eq!(values.to_string(), "[1237749608] localhost.localdomain/swap/swap/used [(1, 48082944.0)]");

        let values = Values::new("if_octets").plugin("interface").plugin_instance("eth0").host("h");
        let values = values.derives([1, -2]).counter(3).absolute(4);
        assert_eq!(values.to_string(), "[0] h/interface-eth0/if_octets [(2, 1), (2, -2), (0, 3), (3, 4)]");
    }

    #[test]
    fn the_first_wrong_part_is_reported() {
        let values = Values::new("a\0").plugin("x".repeat(128)).interval(Duration::MAX);
        let error = values.check().unwrap_err();
        assert_eq!(error, FieldError::new(Field::Type, NameError::Nul(1)));
        assert_eq!(error.to_string(), "type cannot be used: it has a NUL byte at position 1");
        let error = Values::new("a").interval(Duration::MAX).check().unwrap_err();
        assert_eq!(error.to_string(), "interval cannot be used: it is beyond 2^34 seconds");
        assert_eq!(Values::new("a").interval(Duration::from_millis(1500)).check(), Ok(()));
    }

    #[test]
    fn a_view_copies_to_the_same_list() {
        let values = Values::new("load").plugin("load").gauges([1.0, 2.0, 3.0]).meta("k", 7u64);
        assert_eq!(values.view().to_values(), values);
        assert_eq!(values.view().meta().value("K"), Some(MetaValue::Unsigned(7)));
        assert_eq!(values.view().value(3), None);
    }

    #[test]
    fn values_can_cross_threads() {
        fn check<T: Send + Sync>() {}
        check::<Values>();
    }
}
