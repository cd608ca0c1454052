//! One comparison of an expression.

use std::net::IpAddr;

use collectd_net::{ContentRef, Severity};

use super::Subject;
use super::field::{NameField, NumberField, TextField};
use super::number::{Number, Relation};
use super::pattern::Matcher;

#[derive(Clone, Debug)]
pub(super) enum Comparison {
    Text { field: TextField, matcher: Matcher, wanted: bool },
    Number { field: NumberField, relation: Relation, number: Number },
    Severity { severity: Severity, wanted: bool },
    Notification { wanted: bool },
    From { address: IpAddr, wanted: bool },
}

impl Comparison {
    pub(super) fn name(name: NameField, matcher: Matcher) -> Self {
        Comparison::Text { field: TextField::Name(name), matcher, wanted: true }
    }

    /// What an item does not have makes it false.
    pub(super) fn takes(&self, subject: Subject<'_>) -> bool {
        match self {
            Comparison::Text { field, matcher, wanted } => {
                field.of(subject).is_some_and(|text| matcher.takes(text) == *wanted)
            }
            Comparison::Number { field, relation, number } => field.any(subject, *relation, *number),
            Comparison::Severity { severity, wanted } => {
                subject.content.notification().is_some_and(|it| (it.severity == *severity) == *wanted)
            }
            Comparison::Notification { wanted } => matches!(subject.content, ContentRef::Notification(_)) == *wanted,
            Comparison::From { address, wanted } => subject.from.is_some_and(|from| (from.ip() == *address) == *wanted),
        }
    }
}

impl TextField {
    fn of<'a>(self, subject: Subject<'a>) -> Option<&'a [u8]> {
        match self {
            TextField::Name(name) => Some(name.of(subject.content.identifier()).as_bytes()),
            TextField::Message => subject.content.notification().map(|notification| notification.message),
            TextField::User => subject.user,
        }
    }
}

impl NumberField {
    fn any(self, subject: Subject<'_>, relation: Relation, number: Number) -> bool {
        let values = subject.content.values();
        match self {
            NumberField::Value => {
                values.is_some_and(|list| list.values().any(|value| relation.holds(number.order(value))))
            }
            NumberField::Time => relation.holds(number.order_f64(subject.content.time().as_secs_f64())),
            NumberField::Interval => {
                values.is_some_and(|list| relation.holds(number.order_f64(list.interval().as_secs_f64())))
            }
        }
    }
}
