//! Octets as text: in transcripts, and in the cases of the shared material.

/// `\r`, `\n`, `\t`, `\\`, `\"`, `\'` and `\xHH` as the octets they stand for.
///
/// # Panics
///
/// At any other escape.
#[must_use]
pub fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.extend_from_slice(plain.as_bytes());
        let (octet, used) = match escape.as_bytes() {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b @ (b'\\' | b'"' | b'\''), ..] => (*b, 1),
            [b'x', ..] => match escape.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(octet) => (octet, 3),
                None => panic!("not an escape: \\{escape}"),
            },
            _ => panic!("not an escape: \\{escape}"),
        };
        out.push(octet);
        rest = &escape[used..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}
