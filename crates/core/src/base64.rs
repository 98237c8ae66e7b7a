//! Base64 (RFC 4648 section 4), as SASL uses it and as bodies are written.
//!
//! Decoding here is strict: padding is demanded, anything outside the alphabet is refused. Bodies
//! of messages are read by the forgiving decoder of `mailwire-message`, from the same table.

use crate::{Sink, Syntax};
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What [`value`] returns for an octet outside the alphabet.
pub const NOT_BASE64: u8 = 0xff;

/// The two characters of each group of twelve bits.
static PAIRS: [[u8; 2]; 4096] = pairs();
static VALUES: [u8; 256] = values();

/// The six bits that an octet stands for, or [`NOT_BASE64`].
#[must_use]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
pub fn value(b: u8) -> u8 {
    VALUES[usize::from(b)]
}

/// Appends the base64 of `bytes`, padded, without line ends.
///
/// ```
/// let mut out = Vec::new();
/// mailwire_core::base64::encode(b"\0alice\0secret", &mut out);
/// assert_eq!(out, b"AGFsaWNlAHNlY3JldA==");
/// ```
pub fn encode(bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
    // 48 octets make 64 characters: one `put` for each is cheap enough.
    for block in bytes.chunks(48) {
        let mut text = [0; 64];
        let mut n = 0;
        let mut groups = text.chunks_exact_mut(4);
        let mut triples = block.chunks_exact(3);
        for (group, triple) in groups.by_ref().zip(triples.by_ref()) {
            if let ([a, b, c], [w, x, y, z]) = (triple, group) {
                [[*w, *x], [*y, *z]] = quad(*a, *b, *c);
                n += 4;
            }
        }
        if let Some([w, x, y, z]) = text.get_mut(n..n + 4) {
            match triples.remainder() {
                [a] => {
                    [[*w, *x], _] = quad(*a, 0, 0);
                    (*y, *z) = (b'=', b'=');
                    n += 4;
                }
                [a, b] => {
                    [[*w, *x], [*y, _]] = [quad(*a, *b, 0)[0], quad(*a, *b, 0)[1]];
                    *z = b'=';
                    n += 4;
                }
                _ => {}
            }
        }
        out.put(text.get(..n).unwrap_or_default());
    }
}

/// Decodes `text`, which is nothing but base64 with its padding. Empty text is empty bytes.
///
/// # Errors
///
/// At the first octet that cannot stand where it stands; bits that padding should have left zero
/// are an error too, so that each value has one encoding.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Syntax> {
    let body = match text {
        [body @ .., b'=', b'='] | [body @ .., b'='] => body,
        body => body,
    };
    let groups = body.chunks_exact(4);
    let tail = groups.remainder();
    // No longer than the text, which is there.
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    out.resize(body.len() / 4 * 3, 0);
    let mut seen = 0;
    for (group, bytes) in groups.zip(out.chunks_exact_mut(3)) {
        if let ([a, b, c, d], [x, y, z]) = (group, bytes) {
            let [a, b, c, d] = [value(*a), value(*b), value(*c), value(*d)];
            seen |= a | b | c | d;
            (*x, *y, *z) = (a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d);
        }
    }
    let sixes = |at: usize| tail.get(at).map_or(0, |&b| value(b));
    let [a, b, c] = [sixes(0), sixes(1), sixes(2)];
    let error = |at| Err(Syntax { at, expected: "base64" });
    if seen | a | b | c == NOT_BASE64 || text.len() % 4 != 0 {
        let bad = body.iter().position(|&b| value(b) == NOT_BASE64);
        return error(bad.unwrap_or(text.len()));
    }
    match tail.len() {
        0 => {}
        2 if b & 0b1111 == 0 => out.push(a << 2 | b >> 4),
        3 if c & 0b11 == 0 => out.extend([a << 2 | b >> 4, b << 4 | c >> 2]),
        _ => return error(body.len() - 1),
    }
    Ok(out)
}

#[expect(clippy::indexing_slicing, reason = "twelve bits are below 4,096")]
fn quad(a: u8, b: u8, c: u8) -> [[u8; 2]; 2] {
    let bits = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    [PAIRS[bits >> 12], PAIRS[bits & 0xfff]]
}

#[expect(clippy::indexing_slicing, reason = "six bits are below 64, twelve below 4,096")]
const fn pairs() -> [[u8; 2]; 4096] {
    let mut pairs = [[0; 2]; 4096];
    let mut n = 0;
    while n < pairs.len() {
        pairs[n] = [ALPHABET[n >> 6], ALPHABET[n & 63]];
        n += 1;
    }
    pairs
}

#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
#[expect(clippy::cast_possible_truncation, reason = "the alphabet has 64 letters")]
const fn values() -> [u8; 256] {
    let mut values = [NOT_BASE64; 256];
    let mut n = 0;
    while n < ALPHABET.len() {
        values[ALPHABET[n] as usize] = n as u8;
        n += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(bytes, &mut out);
        out
    }

    #[test]
    fn rfc4648_10_test_vectors() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(bytes.as_bytes()), text.as_bytes());
            assert_eq!(decode(text.as_bytes()).as_deref(), Ok(bytes.as_bytes()));
        }
    }

    #[test]
    fn every_length_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for n in 0..bytes.len() {
            assert_eq!(decode(&encoded(&bytes[..n])).as_deref(), Ok(&bytes[..n]));
        }
    }

    #[test]
    fn what_is_not_base64_is_refused_where_it_stands() {
        for (text, at) in [
            ("Zg=", 3),
            ("Zg", 2),
            ("Z===", 1),
            ("Zm9v\n", 4),
            ("Zm=v", 2),
            ("Zh==", 1),
            ("====", 0),
        ] {
            assert_eq!(decode(text.as_bytes()).map_err(|e| e.at), Err(at), "{text}");
        }
    }
}
