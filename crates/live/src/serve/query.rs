//! What is behind the `?` of an address.

use std::fmt::Display;
use std::str::FromStr;

use collectd_types::Identifier;

use super::id;

/// Names and values, decoded, in order.
pub(super) struct Query(Vec<(Vec<u8>, Vec<u8>)>);

impl Query {
    /// # Errors
    ///
    /// A sentence for whoever asked, as from the other functions.
    pub(super) fn parse(text: &str) -> Result<Query, String> {
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            id::decode(spaced.as_bytes()).ok_or("a % without two hexadecimal digits behind it in the query".to_owned())
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Query(pairs.collect::<Result<_, String>>()?))
    }

    /// Refuses what is none of these, so that a misspelt name is not passed over.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), String> {
        let unknown = self.0.iter().find(|(name, _)| !names.iter().any(|known| known.as_bytes() == name));
        unknown.map_or(Ok(()), |(name, _)| {
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Err(format!("unknown parameter \"{}\"; here there are: {known}", name.escape_ascii()))
        })
    }

    /// The last of this name.
    pub(super) fn get<'a>(&'a self, name: &str) -> Option<&'a [u8]> {
        self.all(name).last()
    }

    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(other, _)| other == name.as_bytes()).map(|(_, value)| &value[..])
    }

    /// A number.
    pub(super) fn number<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = String::from_utf8_lossy(value);
        text.parse().map(Some).map_err(|error| format!("{name}={}: {error}", text.escape_debug()))
    }

    /// Names of series, see [`id::Id`]; at most `limit`.
    pub(super) fn ids(&self, name: &str, limit: usize) -> Result<Vec<Identifier>, String> {
        let read = |text: &[u8]| {
            let error =
                || format!("{name}={} is not host/plugin/plugin_instance/type/type_instance", text.escape_ascii());
            id::parse(text).ok_or_else(error)
        };
        let ids: Vec<_> = self.all(name).map(read).collect::<Result<_, _>>()?;
        if ids.len() > limit { Err(format!("more than {limit} times {name}=")) } else { Ok(ids) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse("a=1&b=x+y%26&&a=2&c").unwrap();
        assert_eq!(query.get("a"), Some(&b"2"[..]));
        assert_eq!(query.get("b"), Some(&b"x y&"[..]));
        assert_eq!(query.number::<u16>("a"), Ok(Some(2)));
        assert_eq!(query.number::<u16>("d"), Ok(None));
        assert!(query.number::<u16>("b").unwrap_err().starts_with("b=x y&: "));
        assert_eq!(query.only(&["a", "b", "c"]), Ok(()));
        assert_eq!(query.only(&["a", "b"]), Err("unknown parameter \"c\"; here there are: a, b".to_owned()));
        assert!(Query::parse("a=%f").is_err());
    }

    #[test]
    fn ids_are_checked_and_counted() {
        let query = Query::parse("id=h%2Fp%2F%2Ft%2F&id=h/p//t/a%252Fb").unwrap();
        let ids = query.ids("id", 2).unwrap();
        assert_eq!(ids[1].type_instance, collectd_types::Name::new("a/b").unwrap());
        assert!(query.ids("id", 1).is_err());
        assert!(Query::parse("id=h/p/t").unwrap().ids("id", 9).unwrap_err().contains("id=h/p/t is not"));
    }
}
