//! Which metric a value belongs to: host, plugin, plugin instance, type, type instance.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::{FieldError, Name, NameRef};

/// A named part of a value list or notification, for error messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Field {
    /// The host name.
    Host,
    /// The plugin name.
    Plugin,
    /// The plugin instance.
    PluginInstance,
    /// The type, as types.db knows it.
    Type,
    /// The type instance.
    TypeInstance,
    /// The time.
    Time,
    /// The interval.
    Interval,
    /// A notification's message.
    Message,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Field::Host => "host",
            Field::Plugin => "plugin",
            Field::PluginInstance => "plugin instance",
            Field::Type => "type",
            Field::TypeInstance => "type instance",
            Field::Time => "time",
            Field::Interval => "interval",
            Field::Message => "message",
        })
    }
}

/// The five names that tell which metric a value belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Identifier {
    /// The host name.
    pub host: Name,
    /// The plugin name.
    pub plugin: Name,
    /// What the plugin looked at: a disk, a core. May be empty.
    pub plugin_instance: Name,
    /// The type, as types.db knows it.
    pub type_: Name,
    /// Which of several values of one type. May be empty.
    pub type_instance: Name,
}

impl Identifier {
    /// A view of this identifier.
    #[inline]
    pub fn view(&self) -> IdentifierRef<'_> {
        IdentifierRef::new([
            self.host.view(),
            self.plugin.view(),
            self.plugin_instance.view(),
            self.type_.view(),
            self.type_instance.view(),
        ])
    }
}

/// A borrowed [`Identifier`].
///
/// Over the daemon's structure it is lazy: a name costs something only when it is asked for.
#[derive(Clone, Copy)]
pub struct IdentifierRef<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    Names([NameRef<'a>; 5]),
    /// NUL-terminated, in the daemon's structure.
    Fields(&'a [[u8; Name::MAX_LEN + 1]; 5]),
}

const HOST: usize = 0;
const PLUGIN: usize = 1;
const PLUGIN_INSTANCE: usize = 2;
const TYPE: usize = 3;
const TYPE_INSTANCE: usize = 4;

impl<'a> IdentifierRef<'a> {
    /// An identifier of these names: host, plugin, plugin instance, type, type instance.
    #[inline]
    pub const fn new(names: [NameRef<'a>; 5]) -> Self {
        IdentifierRef(Repr::Names(names))
    }

    /// An identifier of NUL-terminated character arrays, in the order of [`new`](Self::new). A
    /// missing NUL ends the name at 127 bytes.
    #[inline]
    pub const fn from_fields(fields: &'a [[u8; Name::MAX_LEN + 1]; 5]) -> Self {
        IdentifierRef(Repr::Fields(fields))
    }

    /// The arrays that [`from_fields`](Self::from_fields) got, if it made this identifier. For code that
    /// compares or copies faster when it need not look for the end of a name first.
    #[inline]
    pub const fn fields(&self) -> Option<&'a [[u8; Name::MAX_LEN + 1]; 5]> {
        match self.0 {
            Repr::Fields(fields) => Some(fields),
            Repr::Names(_) => None,
        }
    }

    /// The host name.
    #[inline]
    pub fn host(self) -> NameRef<'a> {
        self.name(HOST)
    }

    /// The plugin name.
    #[inline]
    pub fn plugin(self) -> NameRef<'a> {
        self.name(PLUGIN)
    }

    /// The plugin instance; often empty.
    #[inline]
    pub fn plugin_instance(self) -> NameRef<'a> {
        self.name(PLUGIN_INSTANCE)
    }

    /// The type, as types.db knows it.
    #[inline]
    pub fn type_(self) -> NameRef<'a> {
        self.name(TYPE)
    }

    /// The type instance; often empty.
    #[inline]
    pub fn type_instance(self) -> NameRef<'a> {
        self.name(TYPE_INSTANCE)
    }

    /// All five names, in the order of [`new`](Self::new).
    #[inline]
    pub fn names(self) -> [NameRef<'a>; 5] {
        match self.0 {
            Repr::Names(names) => names,
            Repr::Fields([host, plugin, plugin_instance, type_, type_instance]) => [
                NameRef::until_nul(host),
                NameRef::until_nul(plugin),
                NameRef::until_nul(plugin_instance),
                NameRef::until_nul(type_),
                NameRef::until_nul(type_instance),
            ],
        }
    }

    /// `host/plugin[-instance]/type[-instance]`, with the bytes of the names as they are: the name under which the
    /// value cache knows the metric. `Display` writes the same for people, with what they cannot read escaped.
    pub fn to_bytes(self) -> Vec<u8> {
        let [host, plugin, plugin_instance, type_, type_instance] = self.names().map(NameRef::as_bytes);
        let mut bytes = [host, b"/", plugin].concat();
        for (separator, part) in [("-", plugin_instance), ("/", type_), ("-", type_instance)] {
            if separator == "/" || !part.is_empty() {
                bytes.extend_from_slice(separator.as_bytes());
                bytes.extend_from_slice(part);
            }
        }
        bytes
    }

    /// An owned copy.
    #[inline]
    pub fn to_identifier(self) -> Identifier {
        let [host, plugin, plugin_instance, type_, type_instance] = self.names().map(NameRef::to_name);
        Identifier { host, plugin, plugin_instance, type_, type_instance }
    }

    #[inline]
    fn name(self, index: usize) -> NameRef<'a> {
        match self.0 {
            Repr::Names(names) => names[index],
            Repr::Fields(fields) => NameRef::until_nul(&fields[index]),
        }
    }
}

impl PartialEq for IdentifierRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.names() == other.names()
    }
}

impl Eq for IdentifierRef<'_> {}

/// `host/plugin[-instance]/type[-instance]`, as the daemon writes it.
impl fmt::Display for IdentifierRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [host, plugin, plugin_instance, type_, type_instance] = self.names();
        write!(f, "{host}/{plugin}")?;
        if !plugin_instance.is_empty() {
            write!(f, "-{plugin_instance}")?;
        }
        write!(f, "/{type_}")?;
        if !type_instance.is_empty() {
            write!(f, "-{type_instance}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for IdentifierRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// Why a text is not an identifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdentifierError {
    /// There are not three parts between slashes.
    #[error("an identifier has the form host/plugin[-instance]/type[-instance]")]
    Form,
    /// A part is empty or not a name.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// Reads `host/plugin[-instance]/type[-instance]`. As in the daemon the first `-` of a part begins
/// the instance, and a type instance may contain slashes.
impl FromStr for Identifier {
    type Err = ParseIdentifierError;

    fn from_str(text: &str) -> Result<Self, ParseIdentifierError> {
        let mut parts = text.splitn(3, '/');
        let (Some(host), Some(plugin), Some(type_)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ParseIdentifierError::Form);
        };
        let (plugin, plugin_instance) = plugin.split_once('-').unwrap_or((plugin, ""));
        let (type_, type_instance) = type_.split_once('-').unwrap_or((type_, ""));
        if type_.contains('/') {
            return Err(ParseIdentifierError::Form);
        }
        Ok(Identifier {
            host: needed(Field::Host, host)?,
            plugin: needed(Field::Plugin, plugin)?,
            plugin_instance: name(Field::PluginInstance, plugin_instance)?,
            type_: needed(Field::Type, type_)?,
            type_instance: name(Field::TypeInstance, type_instance)?,
        })
    }
}

fn name(field: Field, text: &str) -> Result<Name, FieldError> {
    Name::new(text).map_err(|problem| FieldError::new(field, problem))
}

fn needed(field: Field, text: &str) -> Result<Name, FieldError> {
    if text.is_empty() {
        return Err(FieldError::new(field, crate::Problem::Empty));
    }
    name(field, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn identifiers_print_and_parse() {
        for text in ["h/cpu-0/cpu-idle", "h/load/load", "h/df-root/df_complex-used", "h/p/t-a-b", "h/p/t-a/b"] {
            let identifier = text.parse::<Identifier>().unwrap();
            assert_eq!(identifier.to_string(), text);
            assert_eq!(identifier.view().to_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn wrong_identifiers_say_what_is_wrong() {
        assert_eq!("a/b".parse::<Identifier>(), Err(ParseIdentifierError::Form));
        assert_eq!("a/b/c/d".parse::<Identifier>(), Err(ParseIdentifierError::Form));
        let error = "a//c".parse::<Identifier>().unwrap_err();
        assert_eq!(error.to_string(), "plugin cannot be used: it is empty");
        let error = "a/b/".parse::<Identifier>().unwrap_err();
        assert_eq!(error.to_string(), "type cannot be used: it is empty");
    }

    #[test]
    fn fields_of_the_daemon_end_at_nul() {
        let mut field = [b'x'; 128];
        field[3..6].copy_from_slice(b"\0yz");
        let fields = [field, field, [0; 128], [b'z'; 128], field];
        let id = IdentifierRef::from_fields(&fields);
        assert_eq!(id.host(), "xxx");
        assert_eq!(id.plugin_instance(), "");
        assert_eq!(id.type_().len(), 127);
        let bytes = IdentifierRef::from_fields(&[field, [0xff; 128], [0; 128], field, [0; 128]]).to_bytes();
        assert_eq!(bytes, [b"xxx/", &[0xff; 127][..], b"/xxx"].concat());
        assert_eq!(id, id.to_identifier().view());
        assert!(id.fields().is_some_and(|fields| fields[3][0] == b'z') && id.to_identifier().view().fields().is_none());
    }
}
