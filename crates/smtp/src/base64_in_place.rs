//! Base64 decoded where it lies, so that an event can borrow it and no copy of a password stays
//! behind.

use crate::Syntax;
use mailwire_core::base64::{NOT_BASE64, value};

/// Decodes `text`, as strictly as `mailwire_core::base64::decode`. The result is its first octets;
/// returns how many.
pub(crate) fn decode(text: &mut [u8]) -> Result<usize, Syntax> {
    let error = |at| Syntax { at, expected: "base64" };
    let len = text.len();
    let end = match &*text {
        [body @ .., b'=', b'='] | [body @ .., b'='] => body.len(),
        body => body.len(),
    };
    if len % 4 != 0 {
        return Err(error(len));
    }
    let mut written = 0;
    let mut read = 0;
    // Every turn reads a group of two to four and writes one octet less.
    while read < end {
        let stop = end.min(read + 4);
        let group = text.get(read..stop).unwrap_or_default();
        let mut bits: u32 = 0;
        for (offset, &b) in group.iter().enumerate() {
            match value(b) {
                NOT_BASE64 => return Err(error(read + offset)),
                six => bits = bits << 6 | u32::from(six),
            }
        }
        let n = group.len();
        let (bytes, spare) = match n {
            4 => (bits << 8, 0),
            3 => (bits << 14, bits & 0b11),
            2 => (bits << 20, bits & 0b1111),
            _ => return Err(error(read)),
        };
        if spare != 0 {
            return Err(error(stop - 1));
        }
        for (to, from) in text
            .get_mut(written..)
            .unwrap_or_default()
            .iter_mut()
            .zip(bytes.to_be_bytes().iter().take(n - 1))
        {
            *to = *from;
        }
        written += n - 1;
        read = stop;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use mailwire_core::base64;

    #[test]
    fn the_same_as_into_a_vector() {
        for n in 0..60u8 {
            let bytes: Vec<u8> = (0..n).map(|b| b.wrapping_mul(37)).collect();
            let mut text = Vec::new();
            base64::encode(&bytes, &mut text);
            let written = decode(&mut text).unwrap();
            assert_eq!(&text[..written], bytes);
        }
        for text in ["Zg=", "Zg", "Z===", "Zm9v\n", "Zm=v", "Zh==", "====", "*", "=", "Zm9v===="] {
            let ours = decode(&mut text.as_bytes().to_vec()).is_err();
            assert_eq!(ours, base64::decode(text.as_bytes()).is_err(), "{text}");
        }
    }
}
