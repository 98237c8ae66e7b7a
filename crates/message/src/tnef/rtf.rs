//! Compressed RTF (MS-OXRTFCP): LZ77 over a ring of 4,096 octets that begins with common words.

use super::number;
use alloc::vec::Vec;

/// What the ring begins with (MS-OXRTFCP section 2.1.2.1).
const BEGINNING: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}\
    {\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial\
    Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const RING: usize = 4096;
const HEAD: usize = 16;

/// A text in RTF.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rtf {
    /// The octets, as far as they could be read.
    pub text: Vec<u8>,
    /// Whether the end is missing, the checksum is another, or it is not of a kind that is known.
    pub is_damaged: bool,
}

/// Decompresses what `PidTagRtfCompressed` holds. What is announced is not believed: two octets
/// make seventeen at most, so the result is below nine times as long.
#[must_use]
pub fn decompress(data: &[u8]) -> Rtf {
    let field = |at: usize| data.get(at..).and_then(number);
    let rest = data.get(HEAD..).unwrap_or_default();
    // The size counts from behind itself.
    let announced = field(0).and_then(|size| usize::try_from(size).ok());
    let announced = announced.and_then(|size| size.checked_sub(HEAD - 4));
    let content = announced.and_then(|size| rest.get(..size));
    let cut = content.is_none();
    let content = content.unwrap_or(rest);
    let plain_size = field(4).and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
    match data.get(8..12) {
        Some(b"MELA") => {
            let text = content.get(..plain_size.min(content.len())).unwrap_or_default();
            Rtf { text: text.to_vec(), is_damaged: cut || text.len() < plain_size }
        }
        Some(b"LZFu") => {
            let (text, ended) = lz(content);
            let sound = ended && text.len() == plain_size && field(12) == Some(crc(content));
            Rtf { text, is_damaged: cut || !sound }
        }
        _ => Rtf { text: Vec::new(), is_damaged: true },
    }
}

/// What the ring made of it, and whether the end was told.
fn lz(content: &[u8]) -> (Vec<u8>, bool) {
    let mut ring = [0; RING];
    if let Some(room) = ring.get_mut(..BEGINNING.len()) {
        room.copy_from_slice(BEGINNING);
    }
    let (mut at, mut out) = (BEGINNING.len(), Vec::new());
    let mut put = |b: u8, ring: &mut [u8; RING], at: &mut usize| {
        if let Some(place) = ring.get_mut(*at) {
            *place = b;
        }
        *at = (*at + 1) % RING;
        out.push(b);
    };
    let mut octets = content.iter().copied();
    // Every turn consumes an octet.
    'all: while let Some(control) = octets.next() {
        for bit in 0..8 {
            let Some(first) = octets.next() else { break 'all };
            if control >> bit & 1 == 0 {
                put(first, &mut ring, &mut at);
                continue;
            }
            let Some(second) = octets.next() else { break 'all };
            let from = usize::from(first) << 4 | usize::from(second >> 4);
            if from == at {
                return (out, true);
            }
            for n in 0..usize::from(second & 15) + 2 {
                let b = ring.get((from + n) % RING).copied().unwrap_or_default();
                put(b, &mut ring, &mut at);
            }
        }
    }
    (out, false)
}

/// CRC-32 without its beginning and end (MS-OXRTFCP section 2.1.2.2).
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, &b| {
        let mut crc = crc ^ u32::from(b);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
        crc
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // MS-OXRTFCP sections 3.1.1.1 and 3.1.1.2.
    const HELLO: &[u8] = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125B2\x0a\xf3 \
        hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    const WXYZ: &[u8] =
        b"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04 WXYZ\x0dn}\x01\x0e\xb0";

    #[test]
    fn ms_oxrtfcp_examples() {
        let hello = decompress(HELLO);
        assert_eq!(hello.text, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert!(!hello.is_damaged);
        let wxyz = decompress(WXYZ);
        assert_eq!(wxyz.text, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        assert!(!wxyz.is_damaged);
    }

    #[test]
    fn uncompressed_text_is_taken_as_it_is() {
        let rtf = decompress(b"\x13\0\0\0\x07\0\0\0MELA\0\0\0\0{\\rtf1}");
        assert_eq!((&*rtf.text, rtf.is_damaged), (&b"{\\rtf1}"[..], false));
        let rtf = decompress(b"\x13\0\0\0\xff\xff\xff\xffMELA\0\0\0\0{\\rtf1}");
        assert_eq!((&*rtf.text, rtf.is_damaged), (&b"{\\rtf1}"[..], true));
    }

    #[test]
    fn every_cut_is_damage_and_shows_what_there_is() {
        let whole = decompress(HELLO).text;
        for n in 0..HELLO.len() {
            let cut = decompress(&HELLO[..n]);
            assert!(cut.is_damaged && whole.starts_with(&cut.text), "{n}");
        }
        let mut wrong = HELLO.to_vec();
        wrong[20] ^= 1;
        assert!(decompress(&wrong).is_damaged);
    }

    #[test]
    fn nothing_grows_beyond_nine_times() {
        let mut bomb = b"\xff\xff\xff\xff\xff\xff\xff\xffLZFu\0\0\0\0".to_vec();
        for _ in 0..1000 {
            bomb.push(0xff);
            bomb.extend(b"\0\x0f".repeat(8));
        }
        let rtf = decompress(&bomb);
        assert!(rtf.is_damaged && rtf.text.len() <= bomb.len() * 9);
    }
}
