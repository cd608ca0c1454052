//! Several value lists that belong together.

use collectd_types::{Time, Value, Values};

use crate::{Dispatch, DispatchError};

/// One value for each of several type instances, with one time: what a total consists of.
///
/// ```
/// # use collectd_test_host::Host;
/// # let _host = Host::lock();
/// use collectd::prelude::*;
/// use collectd::MultiValue;
///
/// let memory = MultiValue::new(Values::new("memory").plugin("memory")).gauge("used", 750.0).gauge("free", 250.0);
/// memory.dispatch()?;
/// // memory/percent-used 75, memory/percent-free 25
/// memory.dispatch_percentages()?;
/// # Ok::<(), collectd::DispatchError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct MultiValue {
    template: Values,
    parts: Vec<(Vec<u8>, Value)>,
}

impl MultiValue {
    /// No parts yet. All of them will have the names, time, interval and meta data of this value list; its
    /// type instance and values do not count.
    pub fn new(mut template: Values) -> Self {
        template.clear_values();
        MultiValue { template, parts: Vec::new() }
    }

    /// Adds the value of a type instance.
    pub fn value(mut self, type_instance: impl AsRef<[u8]>, value: Value) -> Self {
        self.parts.push((type_instance.as_ref().to_vec(), value));
        self
    }

    /// Adds the gauge of a type instance. NaN stands for a part that is not known.
    pub fn gauge(self, type_instance: impl AsRef<[u8]>, gauge: f64) -> Self {
        self.value(type_instance, Value::Gauge(gauge))
    }

    /// Adds the derive of a type instance.
    pub fn derive(self, type_instance: impl AsRef<[u8]>, derive: i64) -> Self {
        self.value(type_instance, Value::Derive(derive))
    }

    /// Dispatches each part as a value list, see [`Dispatch::dispatch`].
    ///
    /// # Errors
    ///
    /// Those of [`Dispatch::dispatch`]: the first one. The other parts are dispatched all the same.
    pub fn dispatch(&self) -> Result<(), DispatchError> {
        self.dispatch_with(&self.template, |value| value)
    }

    /// Dispatches the share that each part has in their sum, as value lists of the type `percent`. A part
    /// that is NaN does not count for the sum, and stays NaN; if the sum is zero, all are NaN.
    ///
    /// # Errors
    ///
    /// As for [`dispatch`](Self::dispatch).
    pub fn dispatch_percentages(&self) -> Result<(), DispatchError> {
        let numbers = self.parts.iter().map(|(_, value)| value.as_f64());
        let sum: f64 = numbers.filter(|number| !number.is_nan()).sum();
        let share = |value: Value| if sum == 0.0 { f64::NAN } else { value.as_f64() * (100.0 / sum) };
        self.dispatch_with(&self.template.clone().type_("percent"), |value| Value::Gauge(share(value)))
    }

    fn dispatch_with(&self, template: &Values, value_of: impl Fn(Value) -> Value) -> Result<(), DispatchError> {
        let time = match template.view().time() {
            Time::UNSET => Time::now(),
            time => time,
        };
        let mut result = Ok(());
        for (type_instance, value) in &self.parts {
            let part = template.clone().time(time).type_instance(type_instance).value(value_of(*value));
            result = result.and(part.dispatch());
        }
        result
    }
}
