//! `<Target "anonymise">`: pseudonyms instead of host names, for values that leave the house.
//!
//! A pseudonym is what HMAC-SHA256 makes of the name with a secret: the same name always has the same one, so that graphs go
//! on, and who does not have the secret cannot try names until one fits.
#![forbid(unsafe_code)]

mod config;
mod pseudonym;
mod secret;

use collectd::filter::{Action, ChangeError, Target, ValuesMut};
use collectd::prelude::*;
use collectd::{Complaint, NameRef};

use config::Config;
use pseudonym::Pseudonyms;

/// What the network plugins say of a sender. `network:received` stays: by it they know what not to send back.
const SENDER: [&str; 2] = ["network:username", "network:ip_address"];

struct Anonymise {
    config: Config,
    pseudonyms: Pseudonyms,
    trouble: Complaint,
}

impl Target for Anonymise {
    const NAME: &'static str = "anonymise";
    type Config = Config;

    fn new(config: Config) -> Result<Self> {
        config.check()?;
        let pseudonyms = Pseudonyms::new(&secret::read(&config.secret_file)?, config.digits)?;
        Ok(Anonymise { config, pseudonyms, trouble: Complaint::new() })
    }

    /// After an error the daemon would go on with the names as they are: what cannot be made anonymous stops here.
    fn invoke(&self, values: &mut ValuesMut<'_>) -> Result<Action> {
        match self.change(values) {
            Ok(()) => Ok(Action::Continue),
            Err(error) => {
                self.trouble.complain(LogLevel::Error, format_args!("a value list is dropped: {error}"));
                Ok(Action::Stop)
            }
        }
    }
}

impl Anonymise {
    fn change(&self, values: &mut ValuesMut<'_>) -> Result<(), ChangeError> {
        let id = values.view().identifier();
        let host = self.replaced(self.config.host, id.host());
        let plugin_instance = self.replaced(self.config.plugin_instance, id.plugin_instance());
        let type_instance = self.replaced(self.config.type_instance, id.type_instance());
        if let Some(host) = host {
            values.set_host(host)?;
        }
        if let Some(instance) = plugin_instance {
            values.set_plugin_instance(instance)?;
        }
        if let Some(instance) = type_instance {
            values.set_type_instance(instance)?;
        }
        if self.config.remove_sender {
            SENDER.iter().for_each(|key| _ = values.remove_meta(key));
        }
        self.config.remove_meta_data.iter().for_each(|key| _ = values.remove_meta(key));
        Ok(())
    }

    /// What comes in the place of a name, if anything does.
    fn replaced(&self, is_wanted: bool, name: NameRef<'_>) -> Option<Vec<u8>> {
        if !is_wanted || name.is_empty() || self.config.keep.contains(name) {
            return None;
        }
        let kept = self.config.kept_prefix(name);
        Some([kept, self.pseudonyms.of(name.as_bytes()).as_bytes()].concat())
    }
}

collectd::plugin!(Anonymise: Target);

#[cfg(test)]
mod tests;
