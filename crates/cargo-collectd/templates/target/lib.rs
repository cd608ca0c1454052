//! A target for filter chains: host names in lower case, without their domain.

use collectd::filter::{Action, Target, ValuesMut};
use collectd::prelude::*;

/// What may stand in `<Target "__name__">`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct __Name__ {
    /// Whether domains stay.
    #[serde(default)]
    keep_domain: bool,
}

impl Target for __Name__ {
    /// The daemon looks for a file of this name, too.
    const NAME: &'static str = "__name__";
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        Ok(config)
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        let host = rename(values.view().host().as_bytes(), self.keep_domain);
        values.set_host(host)?;
        Ok(Action::Continue)
    }
}

fn rename(host: &[u8], keep_domain: bool) -> Vec<u8> {
    let end = host
        .iter()
        .position(|byte| *byte == b'.')
        .filter(|_| !keep_domain);
    host[..end.unwrap_or(host.len())].to_ascii_lowercase()
}

collectd::plugin!(__Name__: Target);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_stay_if_asked_for() {
        assert_eq!(rename(b"DB1.Example.org", false), b"db1");
        assert_eq!(rename(b"DB1.Example.org", true), b"db1.example.org");
    }
}
