//! What is in force at a place in a packet, to tell why something is not complete.

use collectd_types::Severity;
use collectd_wire::PartKind;

/// What the parts before have set.
#[derive(Clone, Default)]
pub(super) struct Force {
    host: Text,
    plugin: Text,
    plugin_instance: Text,
    type_: Text,
    type_instance: Text,
    has_time: bool,
    severity: i32,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Text {
    #[default]
    Empty,
    Set,
    TooLong,
}

impl Force {
    /// A name, or none if it is too long.
    pub(super) fn set_text(&mut self, kind: PartKind, text: Option<&[u8]>) {
        let state = match text {
            None => Text::TooLong,
            Some([]) => Text::Empty,
            Some(_) => Text::Set,
        };
        match kind {
            PartKind::Host => self.host = state,
            PartKind::Plugin => self.plugin = state,
            PartKind::PluginInstance => self.plugin_instance = state,
            PartKind::Type => self.type_ = state,
            PartKind::TypeInstance => self.type_instance = state,
            _ => {}
        }
    }

    pub(super) fn set_number(&mut self, kind: PartKind, number: u64) {
        match kind {
            PartKind::TimeHr => self.has_time = number != 0,
            PartKind::Time => self.has_time = number << 30 != 0,
            PartKind::Severity => {
                #[expect(clippy::cast_possible_truncation, reason = "receivers have room for 32 bits")]
                let low = number as u32;
                self.severity = low.cast_signed();
            }
            _ => {}
        }
    }

    /// What a value list lacks here.
    pub(super) fn lacks_for_values(&self) -> Vec<&'static str> {
        let mut lacks = self.too_long();
        let empty = [(self.host, "no host"), (self.plugin, "no plugin"), (self.type_, "no type")];
        lacks.extend(empty.iter().filter(|(text, _)| *text == Text::Empty).map(|(_, what)| *what));
        lacks.extend((!self.has_time).then_some("no time"));
        lacks
    }

    /// What a notification with this text lacks here.
    pub(super) fn lacks_for_notification(&self, message: &[u8]) -> Vec<&'static str> {
        let mut lacks = self.too_long();
        lacks.extend(Severity::from_code(self.severity).is_none().then_some("no severity"));
        lacks.extend((!self.has_time).then_some("no time"));
        lacks.extend(message.is_empty().then_some("no text"));
        lacks
    }

    fn too_long(&self) -> Vec<&'static str> {
        let names = [
            (self.host, "a host that is too long"),
            (self.plugin, "a plugin that is too long"),
            (self.plugin_instance, "a plugin instance that is too long"),
            (self.type_, "a type that is too long"),
            (self.type_instance, "a type instance that is too long"),
        ];
        names.iter().filter(|(text, _)| *text == Text::TooLong).map(|(_, what)| *what).collect()
    }
}
