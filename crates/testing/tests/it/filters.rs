//! Matches and targets.

use collectd::config::Block;
use collectd::filter::{Action, Match, Target, ValuesMut};
use collectd::prelude::*;
use collectd_testing::{Verdict, host};

struct Above(f64);

impl Match for Above {
    const NAME: &'static str = "above";
    type Config = Block;

    fn new(config: Block) -> Result<Self> {
        let limit = config.find("Limit").ok_or_else(|| Error::msg("no Limit"))?;
        Ok(Above(limit.number()?))
    }

    fn matches(&self, values: ValuesRef<'_>) -> Result<bool> {
        Ok(values.values().any(|value| value.as_f64() > self.0))
    }
}

struct Hide;

impl Target for Hide {
    const NAME: &'static str = "hide";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(Hide)
    }

    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        values.set_host("anonymous")?;
        Ok(Action::Stop)
    }
}

#[test]
fn a_match_is_made_and_asked() {
    let mut host = host!(Above: Match).start();
    host.create_match("above", "Limit 2").expect("it is one");
    assert!(host.matches("above", &Values::new("gauge").gauge(3.0)));
    assert!(!host.matches("above", &Values::new("gauge").gauge(2.0)));
    host.destroy_match("above");
    assert!(host.create_match("above", "Limit").is_err(), "malformed");
    assert!(host.create_match("above", "Limits 2").is_err(), "refused");
}

#[test]
fn a_target_changes_values() {
    let mut host = host!(Hide: Target).start();
    host.create_target("hide", "").expect("it is one");
    let done = host.target("hide", &Values::new("gauge").host("secret").gauge(3.0));
    assert_eq!(done.verdict, Verdict::Stop);
    assert_eq!(done.values.identifier().host, "anonymous");
}
