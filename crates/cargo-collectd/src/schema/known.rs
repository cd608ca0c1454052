//! Types of the standard library, of serde and of the framework.

use syn::Type;

use super::types::{Reader, Scope};
use super::{Address, Shape, Value, Word};

/// Crates whose types are known by their names.
const CRATES: [&str; 5] = ["std", "core", "alloc", "collectd", "serde"];

pub(super) fn shape(reader: &mut Reader<'_>, scope: &Scope, names: &[String], arguments: &[Type]) -> Option<Shape> {
    let (last, before) = names.split_last()?;
    if before.first().is_some_and(|first| !CRATES.contains(&first.as_str())) {
        return None;
    }
    if let Some(value) = value(last) {
        return Some(Shape::Value(value));
    }
    let mut of = |number: usize| arguments.get(number).map(|ty| reader.shape(scope, ty));
    Some(match last.as_str() {
        "Option" => Shape::Optional(Box::new(of(0)?)),
        "Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "BTreeSet" | "HashSet" => Shape::List(Box::new(of(0)?)),
        "BTreeMap" | "HashMap" => Shape::Map(Box::new(of(0)?), Box::new(of(1)?)),
        "Arc" | "Box" | "Cell" | "Cow" | "Mutex" | "Rc" | "RefCell" | "Reverse" | "RwLock" | "Saturating"
        | "Wrapping" => of(0)?,
        "PhantomData" => Shape::Nothing,
        "Selection" => Shape::List(Box::new(Shape::Value(Value::Selection))),
        _ => return None,
    })
}

fn value(name: &str) -> Option<Value> {
    let integer = |name: &str| {
        Some(match name {
            "i8" => Value::Integer(i8::MIN.into(), i8::MAX.into()),
            "i16" => Value::Integer(i16::MIN.into(), i16::MAX.into()),
            "i32" => Value::Integer(i32::MIN.into(), i32::MAX.into()),
            "i64" | "isize" => Value::Integer(i64::MIN.into(), i64::MAX.into()),
            "i128" => Value::Integer(i128::MIN, i128::MAX),
            "u8" => Value::Integer(0, u8::MAX.into()),
            "u16" => Value::Integer(0, u16::MAX.into()),
            "u32" => Value::Integer(0, u32::MAX.into()),
            "u64" | "usize" => Value::Integer(0, u64::MAX.into()),
            "u128" => Value::Integer(0, i128::MAX),
            _ => return None,
        })
    };
    if let Some(value) = integer(name) {
        return Some(value);
    }
    for prefix in ["NonZero", "Atomic"] {
        if let Some(value) = name.strip_prefix(prefix).and_then(|rest| integer(&rest.to_ascii_lowercase())) {
            return Some(match value {
                Value::Integer(0, max) if prefix == "NonZero" => Value::Integer(1, max),
                other => other,
            });
        }
    }
    Some(match name {
        "bool" | "AtomicBool" => Value::Boolean,
        "f32" | "f64" => Value::Number,
        "char" => Value::Character,
        "String" | "str" => Value::Text,
        "PathBuf" | "Path" => Value::Path,
        "IpAddr" => Value::Address(Address::Ip),
        "Ipv4Addr" => Value::Address(Address::V4),
        "Ipv6Addr" => Value::Address(Address::V6),
        "SocketAddr" => Value::Address(Address::Socket),
        "Seconds" => Value::Seconds,
        "Port" => Value::Port,
        "Regex" => Value::Regex,
        "Scalar" | "IgnoredAny" => Value::Any,
        "LogLevel" => {
            let words = ["error", "warning", "notice", "info", "debug"];
            let word = |name: &&str| Word { name: (*name).to_owned(), aliases: Vec::new(), doc: String::new() };
            Value::Words(words.iter().map(word).collect(), false)
        }
        _ => return None,
    })
}
