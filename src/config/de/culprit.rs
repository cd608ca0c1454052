//! Finds the line that an error is about when serde has it from a buffer and knows no place.

use super::item::{Item, Scope};
use crate::config::block::{Block, Scalar};
use crate::config::error::{Error, ErrorKind};
use crate::config::show;

/// More lines than that would say nothing.
const MAX_PLACES: usize = 4;

/// Says where it happened, unless a place further in is known: in this block, or in a line of it, if the
/// problem begins with the value of one.
pub(super) fn place(error: Error, item: Item<'_>, path: String) -> Error {
    if error.is_placed() || item.children().is_empty() {
        return error.or_at(|| path);
    }
    let mut places = Vec::new();
    collect(item.children(), &path, &error, &mut places);
    match places.len() {
        1..=MAX_PLACES => error.or_at(|| places.join(" or ")),
        _ => error.or_at(|| path),
    }
}

fn collect(children: &[Block], parent: &str, error: &Error, places: &mut Vec<String>) {
    for child in children {
        let path = Item::new(child, Scope::Field).path(parent);
        // A key that nobody knows is in the problem itself.
        let place = match error.kind() {
            ErrorKind::UnknownKey if begins(error, "unknown field ", &show::text(child.key())) => Some(parent),
            ErrorKind::UnknownKey => None,
            _ => child.values().iter().any(|value| is_about(error, value)).then_some(path.as_str()),
        };
        if let Some(place) = place.filter(|place| !places.iter().any(|known| known == place)) {
            places.push(place.to_owned());
        }
        collect(child.children(), &path, error, places);
    }
}

fn is_about(error: &Error, value: &Scalar) -> bool {
    let value = show::scalar(value);
    match error.kind() {
        ErrorKind::UnknownValue => begins(error, "unknown value ", &value),
        ErrorKind::WrongType | ErrorKind::InvalidValue | ErrorKind::Other => begins(error, "", &value),
        _ => false,
    }
}

/// Whether the problem is those words and the thing, and then says something else.
fn begins(error: &Error, words: &str, thing: &str) -> bool {
    let rest = error.problem().strip_prefix(words).and_then(|rest| rest.strip_prefix(thing));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':', ',']))
}
