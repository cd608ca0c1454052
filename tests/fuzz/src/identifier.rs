//! Identifiers as text. The input is read as a text, and as five names between NULs.

use collectd_types::{Identifier, IdentifierRef, Name, NameRef};

use crate::seeds;

pub(crate) fn run(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        check_text(text);
    }
    check_names(input);
}

fn check_text(text: &str) {
    let Ok(identifier) = text.parse::<Identifier>() else { return };
    let Identifier { host, plugin, type_, .. } = &identifier;
    assert!(![host, plugin, type_].into_iter().any(Name::is_empty));
    assert!(!plugin.view().contains("-") && !type_.view().contains("-"), "the first dash begins the instance");
    let names = identifier.view().names();
    assert!(names.iter().all(|name| text.contains(name.as_str().expect("part of a text"))));
    // A missing instance and an empty one are the same, so there may be a `-` less.
    let shown = identifier.to_string();
    if names.iter().all(|name| is_shown_as_it_is(*name)) {
        assert!(text.len() - shown.len() <= 2);
        assert_eq!(shown.parse().as_ref(), Ok(&identifier));
    }
}

fn check_names(input: &[u8]) {
    let mut parts = input.split(|&byte| byte == 0);
    let names: [NameRef<'_>; 5] = std::array::from_fn(|_| NameRef::until_nul(parts.next().unwrap_or_default()));
    let view = IdentifierRef::new(names);
    let identifier = view.to_identifier();
    assert_eq!(identifier.view(), view);

    let fields = names.map(|name| {
        let mut field = [0; 128];
        field[..name.len()].copy_from_slice(name.as_bytes());
        field
    });
    assert_eq!(IdentifierRef::from_fields(&fields), view);

    let shown = view.to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert_eq!(shown, identifier.to_string());
    let [host, plugin, plugin_instance, type_, _] = names;
    let needed = [host, plugin, type_].iter().all(|name| !name.is_empty());
    let slash = [host, plugin, plugin_instance, type_].iter().any(|name| name.contains("/"));
    let dash = [plugin, type_].iter().any(|name| name.contains("-"));
    if needed && !slash && !dash && names.iter().all(|name| is_shown_as_it_is(*name)) {
        assert_eq!(shown.parse().as_ref(), Ok(&identifier));
    }
}

fn is_shown_as_it_is(name: NameRef<'_>) -> bool {
    name.to_string().as_bytes() == name.as_bytes()
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    seeds::texts([
        b"localhost.localdomain/swap/swap-used",
        b"h/cpu-0/cpu-idle",
        b"h/p-a-b/t-a/b-c",
        b"h/p/t",
        b"h-1/p-/t-",
        b"h\0p\0a-b\0t\0c-d/e",
        b"h\0plugin\0instance\0type\0type\xffinstance",
        b"\xe2\x80\xae/\x1b[2J/\n",
        &[b'x'; 130],
    ])
}
