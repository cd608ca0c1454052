//! What a `.so` file says of itself to tools, which read it without loading it.
//!
//! A text among the constants of the file, put together at compile time: a line that tells where it begins, a line for
//! each fact, a NUL. `cargo collectd info` looks for it. It takes no attribute to keep it in: `module_register` passes
//! its address on.

/// Where it begins. Not in one piece in any string of this library, so that only plugins have it.
const BEGIN: [&str; 2] = ["\n%collectd", "-rust plugin%\n"];

/// The text in pieces.
pub const fn parts(
    name: &'static str,
    package: [Option<&'static str>; 2],
    callbacks: &'static str,
) -> [&'static str; 13] {
    [
        BEGIN[0],
        BEGIN[1],
        "name ",
        name,
        "\npackage ",
        or_empty(package[0]),
        " ",
        or_empty(package[1]),
        "\nframework ",
        env!("CARGO_PKG_VERSION"),
        "\ncallbacks ",
        callbacks,
        "\n\0",
    ]
}

const fn or_empty(text: Option<&'static str>) -> &'static str {
    match text {
        Some(text) => text,
        // Whoever calls rustc without cargo.
        None => "",
    }
}

/// How long the pieces are together.
pub const fn len(parts: &[&str]) -> usize {
    let (mut len, mut part) = (0, 0);
    while part < parts.len() {
        len += parts[part].len();
        part += 1;
    }
    len
}

/// The pieces as one.
pub const fn join<const LEN: usize>(parts: &[&str]) -> [u8; LEN] {
    let mut joined = [0; LEN];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut from = 0;
        while from < bytes.len() {
            joined[at] = bytes[from];
            at += 1;
            from += 1;
        }
        part += 1;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_made_at_compile_time() {
        const PARTS: &[&str] = &parts("load_rs", [Some("load"), None], "Read Write ");
        static TEXT: [u8; len(PARTS)] = join(PARTS);
        let text = std::str::from_utf8(&TEXT).expect("it is made of text");
        let expected = concat!(
            "\n%collectd-rust plugin%\nname load_rs\npackage load \nframework ",
            env!("CARGO_PKG_VERSION"),
            "\ncallbacks Read Write \n\0"
        );
        assert_eq!(text, expected);
    }
}
