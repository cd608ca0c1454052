//! Packets as hexadecimal text.

use anyhow::bail;

/// Whether this is text rather than a packet, which hardly begins with a character.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// Reads the bytes.
///
/// # Errors
///
/// There is something else; the line and the column are named.
pub(super) fn parse(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // The first digit of a byte, when its second is yet to come.
    let mut half = None;
    for (line, content) in text.split(|&byte| byte == b'\n').enumerate() {
        let skipped = skip(content);
        for (column, &character) in content.iter().enumerate().take(end(content, skipped)).skip(skipped) {
            if let Some(digit) = digit(character) {
                match half.take() {
                    None => half = Some(digit),
                    Some(high) => bytes.push(16 * high + digit),
                }
            } else if character == b'x' && half == Some(0) {
                // Of 0x.
                half = None;
            } else if half.is_some() || !(character.is_ascii_whitespace() || b",:;\\x".contains(&character)) {
                let character = char::from(character).escape_default();
                bail!("line {}, column {}: '{character}' is no hexadecimal digit", line + 1, column + 1);
            }
        }
    }
    if half.is_some() {
        bail!("an odd number of hexadecimal digits");
    }
    Ok(bytes)
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| digit.try_into().ok())
}

/// How long the place is that xxd (`00000010: 6b00`), tcpdump (`0x0010:  6b00`), hexdump -C and Wireshark
/// (`00000010  6b 00`, `0010   6b 00`) begin a line with.
fn skip(line: &[u8]) -> usize {
    let start = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = &line[start..];
    let prefix = if rest.starts_with(b"0x") { 2 } else { 0 };
    let digits = rest[prefix..].iter().take_while(|&&byte| digit(byte).is_some()).count();
    let place = start + prefix + digits;
    match &line[place..] {
        [b':', b' ', ..] if digits >= 4 => place + 1,
        [b' ', b' ', ..] if digits >= 4 => place,
        // hexdump ends with a place alone.
        [] if digits == 8 && start == 0 && prefix == 0 && line.starts_with(b"0000") => place,
        _ => 0,
    }
}

/// Where the characters begin that such lines end with.
fn end(line: &[u8], start: usize) -> usize {
    if start == 0 {
        return line.len();
    }
    let data = &line[start..];
    let first = data.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut columns = first;
    // Of hexdump two blanks are in the middle, too; then more digits follow, in pairs.
    while let Some(gap) = data[columns..].windows(2).position(|pair| pair == b"  ") {
        let gap = columns + gap;
        let next = gap + data[gap..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let is_middle = gap + 2 == next && gap == first + 8 * 3 - 1 && line.contains(&b'|');
        if !is_middle {
            return start + gap;
        }
        columns = next;
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"\x00\x00\x00\x0afoobar\x00\x00\x02\x00\x0bwho|so\x00";

    #[test]
    fn people_have_it_in_many_forms() {
        let forms = [
            "0000000a666f6f6261720000 02000b77686f7c736f00",
            "00 00 00 0a 66 6f 6f 62 61 72 00 00 02 00 0b 77\n68 6f 7c 73 6f 00\n",
            "0x00, 0x00, 0x00, 0x0A, 0x66, 0x6f, 0x6f, 0x62, 0x61, 0x72, 0, 0x02".split(", 0, ").next().unwrap(),
            r"\x00\x00\x00\x0a\x66\x6f\x6f\x62\x61\x72",
            "00:00:00:0a:66:6f:6f:62:61:72",
            "00000000: 0000 000a 666f 6f62 6172 0000 0200 0b77  ....foobar.....w\n00000010: 686f 7c73 6f00                           ho|so.",
            "\t0x0000:  0000 000a 666f 6f62 6172 0000 0200 0b77  ....foobar.....w\n\t0x0010:  686f 7c73 6f00                           ho|so.",
            "00000000  00 00 00 0a 66 6f 6f 62  61 72 00 00 02 00 0b 77  |....foobar.....w|\n00000010  68 6f 7c 73 6f 00                                 |ho|so.|\n00000016\n",
            "0000   00 00 00 0a 66 6f 6f 62 61 72 00 00 02 00 0b 77   ....foobar.....w\n0010   68 6f 7c 73 6f 00                                 ho|so.\n",
        ];
        for form in forms {
            assert!(is_text(form.as_bytes()), "{form}");
            let bytes = parse(form.as_bytes()).unwrap_or_else(|error| panic!("{form}: {error}"));
            assert!(bytes.len() >= 10 && BYTES.starts_with(&bytes), "{form}: {bytes:x?}");
            assert!(bytes.len() == 10 || bytes.len() == BYTES.len(), "{form}: {bytes:x?}");
        }
    }

    #[test]
    fn errors_name_the_place() {
        let error = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error("00 00\n00 0g"), "line 2, column 5: 'g' is no hexadecimal digit");
        assert_eq!(error("0 0"), "line 1, column 2: ' ' is no hexadecimal digit");
        assert_eq!(error("00 0"), "an odd number of hexadecimal digits");
    }

    #[test]
    fn packets_are_no_text() {
        assert!(!is_text(b""));
        assert!(!is_text(BYTES));
    }
}
