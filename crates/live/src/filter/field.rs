//! What expressions can ask for.

use collectd_net::{IdentifierRef, NameRef};

/// What an item has by this name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Text(TextField),
    Number(NumberField),
    Severity,
    Kind,
    From,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TextField {
    Name(NameField),
    Message,
    User,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum NameField {
    Host,
    Plugin,
    PluginInstance,
    Type,
    TypeInstance,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NumberField {
    Value,
    Time,
    Interval,
}

/// All of them, as they are written.
pub(super) const FIELDS: [(&str, Field); 13] = [
    ("host", Field::Text(TextField::Name(NameField::Host))),
    ("plugin", Field::Text(TextField::Name(NameField::Plugin))),
    ("plugin_instance", Field::Text(TextField::Name(NameField::PluginInstance))),
    ("type", Field::Text(TextField::Name(NameField::Type))),
    ("type_instance", Field::Text(TextField::Name(NameField::TypeInstance))),
    ("value", Field::Number(NumberField::Value)),
    ("time", Field::Number(NumberField::Time)),
    ("interval", Field::Number(NumberField::Interval)),
    ("severity", Field::Severity),
    ("message", Field::Text(TextField::Message)),
    ("kind", Field::Kind),
    ("user", Field::Text(TextField::User)),
    ("from", Field::From),
];

impl NameField {
    pub(super) fn of(self, identifier: IdentifierRef<'_>) -> NameRef<'_> {
        match self {
            NameField::Host => identifier.host(),
            NameField::Plugin => identifier.plugin(),
            NameField::PluginInstance => identifier.plugin_instance(),
            NameField::Type => identifier.type_(),
            NameField::TypeInstance => identifier.type_instance(),
        }
    }
}

impl Field {
    pub(super) fn named(name: &str) -> Option<Field> {
        FIELDS.iter().find(|(known, _)| *known == name).map(|&(_, field)| field)
    }

    /// The operators that it goes with.
    pub(super) const fn operators(self) -> &'static str {
        match self {
            Field::Text(_) => "==, !=, ~ and !~",
            Field::Number(_) => "==, !=, <, <=, > and >=",
            Field::Severity | Field::Kind | Field::From => "== and !=",
        }
    }
}
