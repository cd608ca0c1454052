//! Structs and maps.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::vec;

use serde::de::{DeserializeSeed, Error as _, MapAccess};

use super::field::Field;
use super::item::{Item, Scope};
use super::value::{Key, Value};
use super::{ARGUMENT, ARGUMENTS, is_reserved};
use crate::config::block::{Block, Scalar};
use crate::config::error::{Error, ErrorKind};
use crate::config::show;

/// What a struct whose fields are known sees in a block.
pub(super) fn struct_entries<'de>(
    item: Item<'de>,
    path: &str,
    fields: &'static [&'static str],
) -> Result<Entries<'de>, Error> {
    let values = item.values();
    let (takes_one, takes_all) = (fields.contains(&ARGUMENT), fields.contains(&ARGUMENTS));
    let mut entries = Vec::new();
    if !takes_one && !takes_all && !values.is_empty() {
        return Err(item.unexpected_arguments());
    }
    if takes_one && !takes_all && values.len() > 1 {
        let shown = show::scalars(values);
        let problem = format!("one argument expected, {} given: {shown}", values.len());
        return Err(Error::new(ErrorKind::WrongCount, problem));
    }
    if takes_one && values.len() == 1 {
        entries.push(argument(item, path, Scope::Argument));
    }
    if takes_all {
        entries.push(argument(item, path, Scope::Arguments));
    }
    entries.extend(grouped(item.children(), path, fields).into_iter().map(|entry| match entry.name {
        Name::Key(key) if field_name(key, fields).is_none() => Entry { field: entry.field.unknown_to(fields), ..entry },
        _ => entry,
    }));
    Ok(Entries::new(entries))
}

/// What a type that takes anything sees in a block.
pub(super) fn any_entries<'de>(item: Item<'de>, path: &str) -> Entries<'de> {
    let mut entries = match item.values() {
        [] => Vec::new(),
        [_] => vec![argument(item, path, Scope::Argument)],
        _ => vec![argument(item, path, Scope::Arguments)],
    };
    entries.extend(grouped(item.children(), path, &[]));
    Entries::new(entries)
}

/// A key with all that stands under it.
pub(super) struct Entry<'de> {
    name: Name<'de>,
    pub(super) field: Field<'de>,
    /// Skipped unless that is set by then.
    pub(super) condition: Option<Rc<Cell<bool>>>,
}

pub(super) enum Name<'de> {
    Key(&'de str),
    Value(&'de Scalar),
}

pub(super) fn argument<'de>(item: Item<'de>, path: &str, scope: Scope) -> Entry<'de> {
    let name = if scope == Scope::Argument { ARGUMENT } else { ARGUMENTS };
    Entry { name: Name::Key(name), field: Field::new(vec![item.with_scope(scope)], path.to_owned()), condition: None }
}

/// The children by their keys, which are those of the fields where they are the same but for case.
pub(super) fn grouped<'de>(children: &'de [Block], path: &str, fields: &'static [&'static str]) -> Vec<Entry<'de>> {
    let mut entries: Vec<Entry<'de>> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for child in children {
        let field = field_name(child.key(), fields);
        let name = field.unwrap_or(child.key());
        let group = field.map_or_else(|| child.key().to_ascii_lowercase(), str::to_owned);
        let position = *positions.entry(group).or_insert_with(|| {
            entries.push(Entry {
                name: Name::Key(name),
                field: Field::new(Vec::new(), path.to_owned()),
                condition: None,
            });
            entries.len() - 1
        });
        entries[position].field.items.push(Item::new(child, Scope::Field));
    }
    entries
}

fn field_name(key: &str, fields: &'static [&'static str]) -> Option<&'static str> {
    let fields = || fields.iter().copied().filter(|field| !is_reserved(field));
    fields().find(|field| *field == key).or_else(|| fields().find(|field| field.eq_ignore_ascii_case(key)))
}

/// Lines and blocks by their first argument.
pub(super) fn keyed<'de>(items: &[Item<'de>], parent: &str) -> Result<Vec<Entry<'de>>, Error> {
    let mut entries: Vec<Entry<'de>> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for item in items {
        let Some(key) = item.values().first() else {
            let problem = "missing argument: the others of this key have one";
            return Err(Error::new(ErrorKind::MissingKey, problem));
        };
        let position = *positions.entry(key.to_string()).or_insert_with(|| {
            entries.push(Entry {
                name: Name::Value(key),
                field: Field::new(Vec::new(), parent.to_owned()),
                condition: None,
            });
            entries.len() - 1
        });
        entries[position].field.items.push(item.skipping(1));
    }
    Ok(entries)
}

/// The entries of a map or struct.
pub(super) struct Entries<'de> {
    entries: vec::IntoIter<Entry<'de>>,
    value: Option<Field<'de>>,
}

impl<'de> Entries<'de> {
    pub(super) fn new(entries: Vec<Entry<'de>>) -> Self {
        Entries { entries: entries.into_iter(), value: None }
    }
}

impl<'de> Entries<'de> {
    /// The first key, for somebody who hands it out himself; its value is the next.
    pub(super) fn first(&mut self) -> Option<Name<'de>> {
        let entry = self.entries.next()?;
        self.value = Some(entry.field);
        Some(entry.name)
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let is_wanted = |entry: &Entry<'_>| entry.condition.as_ref().is_none_or(|condition| condition.get());
        let Some(entry) = self.entries.find(is_wanted) else {
            return Ok(None);
        };
        let key = match entry.name {
            Name::Key(key) => {
                seed.deserialize(Key(key)).map_err(|error| error.or_at(|| entry.field.parent().to_owned()))
            }
            Name::Value(scalar) => seed.deserialize(Value::new(scalar, entry.field.path())),
        };
        self.value = Some(entry.field);
        key.map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        match self.value.take() {
            Some(field) => field.located(seed),
            None => Err(Error::custom("value asked for before its key")),
        }
    }
}
