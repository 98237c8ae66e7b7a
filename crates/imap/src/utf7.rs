//! Modified UTF-7: how RFC 3501 section 5.1.3 writes names of mailboxes.

use alloc::string::String;
use alloc::vec::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Writes `name` in modified UTF-7.
///
/// ```
/// assert_eq!(mailwire_imap::utf7::encode("Entw\u{fc}rfe & mehr"), b"Entw&APw-rfe &- mehr");
/// ```
#[must_use]
pub fn encode(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bits = Bits::default();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            bits.finish(&mut out);
            out.push(u8::try_from(c).unwrap_or(b'?'));
            if c == '&' {
                out.push(b'-');
            }
        } else {
            if !bits.open {
                bits.open = true;
                out.push(b'&');
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                bits.push(*unit, &mut out);
            }
        }
    }
    bits.finish(&mut out);
    out
}

/// Bits that have not become a character yet.
#[derive(Default)]
struct Bits {
    open: bool,
    value: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, unit: u16, out: &mut Vec<u8>) {
        self.value = self.value << 16 | u32::from(unit);
        self.count += 16;
        while self.count >= 6 {
            self.count -= 6;
            out.push(letter(self.value >> self.count));
        }
        self.value &= (1 << self.count) - 1;
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            out.push(letter(self.value << (6 - self.count)));
        }
        if self.open {
            out.push(b'-');
        }
        *self = Self::default();
    }
}

fn letter(six: u32) -> u8 {
    usize::try_from(six & 63).ok().and_then(|at| ALPHABET.get(at)).copied().unwrap_or(b'A')
}

/// Reads modified UTF-7, strictly; `None` when `name` is not that: a shift that does not end, bits
/// left over, half a surrogate, a printable character that was encoded, a shift right behind
/// another, 8-bit octets.
#[must_use]
pub fn decode(name: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut rest = name;
    let mut after_shift = false;
    while let [first, more @ ..] = rest {
        rest = more;
        let null_shift = core::mem::take(&mut after_shift);
        if *first != b'&' {
            if !matches!(first, b' '..=b'~') {
                return None;
            }
            out.push(char::from(*first));
            continue;
        }
        let end = memchr::memchr(b'-', rest)?;
        let shifted = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
        if shifted.is_empty() {
            out.push('&');
            continue;
        }
        if null_shift {
            return None;
        }
        after_shift = true;
        for c in char::decode_utf16(units(shifted)?) {
            let c = c.ok()?;
            if matches!(c, ' '..='~') {
                return None;
            }
            out.push(c);
        }
    }
    Some(out)
}

fn units(shifted: &[u8]) -> Option<Vec<u16>> {
    let mut units = Vec::new();
    let (mut value, mut count) = (0u32, 0u32);
    for b in shifted {
        let six = ALPHABET.iter().position(|letter| letter == b)?;
        value = value << 6 | u32::try_from(six).ok()?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(value >> count & 0xffff).ok()?);
            value &= (1 << count) - 1;
        }
    }
    (count < 6 && value == 0).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            (
                "~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}",
                "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
            ),
            ("&", "&-"),
            ("\u{1f600}", "&2D3eAA-"),
            ("\u{e9}&\u{e9}", "&AOk-&-&AOk-"),
            ("a\tb", "a&AAk-b"),
        ] {
            assert_eq!(encode(name), wire.as_bytes());
            assert_eq!(decode(wire.as_bytes()).as_deref(), Some(name));
        }
    }

    // RFC 3501 section 5.1.3: what must not be written, and other damage.
    #[test]
    fn what_is_not_modified_utf7_is_not_decoded() {
        for bad in ["&U,BTFw", "&AGE-", "&U-", "&2D0-", "caf\u{e9}", "&AOl-", "&*-", "&554-&554-"] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad}");
        }
    }
}
