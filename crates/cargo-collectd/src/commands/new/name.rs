//! What a plugin can be called.

/// A letter, then letters, digits and `_`.
const LIMIT: usize = 60;

/// Words that cannot be the name of a crate, or that cargo and the compiler have for themselves.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "collectd",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "log",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Checks the name of a new plugin.
pub(super) fn check(name: &str) -> Result<String, String> {
    let Some(first) = name.chars().next() else { return Err("a plugin needs a name".to_owned()) };
    if name.contains('-') {
        let other = name.replace('-', "_");
        return Err(format!("collectd splits the names of metrics at \"-\": call it `{other}`"));
    }
    if let Some(bad) = name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
        return Err(format!("{bad:?} cannot be part of a plugin's name, only letters, digits and _"));
    }
    if !first.is_ascii_alphabetic() {
        return Err(format!("it begins with {first:?}, but must begin with a letter"));
    }
    if name.len() > LIMIT {
        return Err(format!("it is {} letters long, but {LIMIT} are the limit", name.len()));
    }
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("Rust or cargo has a use of its own for this word: call it `{name}_rs`"));
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        let lower = name.to_ascii_lowercase();
        return Err(format!("crates are written in small letters, and collectd ignores case: call it `{lower}`"));
    }
    Ok(name.to_owned())
}

/// The name of the type: `disk_io` is `DiskIo`.
pub(super) fn type_name(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let upper = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    let name: String = words.map(upper).collect();
    // Words of the prelude, and of the templates.
    const TAKEN: &[&str] = &[
        "Action",
        "Arc",
        "Block",
        "Box",
        "BufWriter",
        "CacheEvent",
        "Callbacks",
        "Config",
        "Deserialize",
        "Dispatch",
        "Duration",
        "Error",
        "Err",
        "File",
        "Flush",
        "Identifier",
        "Interval",
        "Level",
        "Log",
        "LogLevel",
        "Match",
        "MetricRef",
        "Missed",
        "Missing",
        "Module",
        "Mutex",
        "None",
        "Notification",
        "NotificationRef",
        "Notify",
        "Ok",
        "Option",
        "Ordering",
        "PathBuf",
        "Plugin",
        "PoisonError",
        "Read",
        "ReadOptions",
        "Result",
        "Self",
        "Severity",
        "Shutdown",
        "Some",
        "String",
        "Target",
        "Time",
        "Value",
        "Values",
        "ValuesMut",
        "ValuesRef",
        "Vec",
        "Write",
        "WriteTo",
        "AtomicU64",
    ];
    if TAKEN.contains(&name.as_str()) { name + "Plugin" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_comes_with_what_to_do() {
        assert_eq!(check("disk_io2"), Ok("disk_io2".to_owned()));
        for (name, says) in [
            ("", "needs a name"),
            ("disk-io", "call it `disk_io`"),
            ("a/b", "'/' cannot be part"),
            ("../x", "'.' cannot be part"),
            ("a b", "' ' cannot be part"),
            ("ä", "'ä' cannot be part"),
            ("2x", "begins with '2'"),
            ("_x", "begins with '_'"),
            ("match", "call it `match_rs`"),
            ("test", "call it `test_rs`"),
            ("Load", "call it `load`"),
        ] {
            let error = check(name).expect_err(name);
            assert!(error.contains(says), "{name:?}: {error}");
        }
        assert!(check(&"x".repeat(60)).is_ok());
        assert!(check(&"x".repeat(61)).unwrap_err().contains("61 letters"));
    }

    #[test]
    fn types_are_written_in_camel_case() {
        assert_eq!(type_name("disk_io"), "DiskIo");
        assert_eq!(type_name("x__2"), "X2");
        assert_eq!(type_name("values"), "ValuesPlugin");
    }
}
