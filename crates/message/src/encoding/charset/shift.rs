//! Charsets that shift between US-ASCII and a set of two octets: HZ (RFC 1843), ISO-2022-KR (RFC
//! 1557) and ISO-2022-CN (RFC 1922).
//!
//! They are rewritten as the charset of eight bits that has the same set, which `encoding_rs` has.

use alloc::string::String;
use alloc::vec::Vec;

/// HZ: `~{` and `~}` around GB 2312, `~~` for a tilde, `~` at the end of a line for no line end.
pub(super) fn hz(bytes: &[u8]) -> String {
    let (mut out, mut shifted, mut rest) = (Vec::with_capacity(bytes.len()), false, bytes);
    // Every turn consumes an octet at least.
    while let [first, more @ ..] = rest {
        match (rest, shifted) {
            ([b'~', b'{', more @ ..], false) => (shifted, rest) = (true, more),
            ([b'~', b'}', more @ ..], true) => (shifted, rest) = (false, more),
            ([b'~', b'~', more @ ..], _) => {
                out.push(b'~');
                rest = more;
            }
            ([b'~', b'\r', b'\n', more @ ..] | [b'~', b'\n', more @ ..], _) => rest = more,
            // A line always ends in US-ASCII.
            ([b'\n', more @ ..], _) => {
                out.push(b'\n');
                (shifted, rest) = (false, more);
            }
            ([a @ 0x21..=0x7e, b @ 0x21..=0x7e, more @ ..], true) => {
                out.extend_from_slice(&[a | 0x80, b | 0x80]);
                rest = more;
            }
            _ => {
                out.push(*first);
                rest = more;
            }
        }
    }
    encoding_rs::GBK.decode_without_bom_handling(&out).0.into_owned()
}

/// ISO-2022-KR: SO and SI around KS C 5601.
pub(super) fn iso_2022_kr(bytes: &[u8]) -> String {
    shifted(bytes, |_| Some(encoding_rs::EUC_KR))
}

/// ISO-2022-CN: SO and SI around GB 2312. The planes of CNS 11643, which no charset of
/// `encoding_rs` has in that order, become U+FFFD.
pub(super) fn iso_2022_cn(bytes: &[u8]) -> String {
    shifted(bytes, |designator| (designator == b"$)A").then_some(encoding_rs::GBK))
}

fn shifted(bytes: &[u8], set: impl Fn(&[u8]) -> Option<&'static encoding_rs::Encoding>) -> String {
    let mut out = String::with_capacity(bytes.len());
    let (mut rest, mut designated, mut run) = (bytes, set(b"$)C"), Vec::new());
    let mut out_shift = false;
    let flush =
        |run: &mut Vec<u8>, set: Option<&'static encoding_rs::Encoding>, out: &mut String| {
            if run.is_empty() {
                return;
            }
            match set {
                Some(set) => out.push_str(&set.decode_without_bom_handling(run).0),
                None => out.extend(run.chunks(2).map(|_| '\u{fffd}')),
            }
            run.clear();
        };
    // Every turn consumes an octet at least.
    while let [first, more @ ..] = rest {
        match (rest, out_shift) {
            ([0x1b, b'$', i @ (b')' | b'*' | b'+'), f, more @ ..], _) => {
                flush(&mut run, designated, &mut out);
                if *i == b')' {
                    designated = set(&[b'$', b')', *f]);
                }
                rest = more;
            }
            // A single character of another set follows.
            ([0x1b, 0x4e | 0x4f, _, _, more @ ..], _) => {
                flush(&mut run, designated, &mut out);
                out.push('\u{fffd}');
                rest = more;
            }
            ([0x0e, more @ ..], _) => (out_shift, rest) = (true, more),
            ([0x0f, more @ ..], _) => {
                flush(&mut run, designated, &mut out);
                (out_shift, rest) = (false, more);
            }
            ([b'\n', more @ ..], _) => {
                flush(&mut run, designated, &mut out);
                out.push('\n');
                (out_shift, rest) = (false, more);
            }
            ([a @ 0x21..=0x7e, b @ 0x21..=0x7e, more @ ..], true) => {
                run.extend_from_slice(&[a | 0x80, b | 0x80]);
                rest = more;
            }
            _ => {
                flush(&mut run, designated, &mut out);
                out.push(if first.is_ascii() { char::from(*first) } else { '\u{fffd}' });
                rest = more;
            }
        }
    }
    flush(&mut run, designated, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hz_is_that_of_rfc1843() {
        assert_eq!(
            hz(b"This sentence is in ASCII.\nThe next sentence is in GB.~{<:Ky2;S{#,NpJ)l6HK!#~}Bye."),
            "This sentence is in ASCII.\nThe next sentence is in GB.\u{5df1}\u{6240}\u{4e0d}\u{6b32}\u{ff0c}\u{52ff}\u{65bd}\u{65bc}\u{4eba}\u{3002}Bye."
        );
        assert_eq!(hz(b"a~~b~\nc~{VP~}"), "a~bc\u{4e2d}");
        // A line ends the shift; half a character is not one.
        assert_eq!(hz(b"~{VP\nab~{V"), "\u{4e2d}\nabV");
    }

    #[test]
    fn korean_and_chinese_shift() {
        assert_eq!(
            iso_2022_kr(b"\x1b$)CHello \x0eGQ1[\x0f!\n\x0e;g"),
            "Hello \u{d55c}\u{ae00}!\n\u{c0ac}"
        );
        assert_eq!(iso_2022_cn(b"\x1b$)A\x0eVPND\x0f.\r\n"), "\u{4e2d}\u{6587}.\r\n");
        assert_eq!(iso_2022_cn(b"\x1b$)G\x0eVPND\x0f."), "\u{fffd}\u{fffd}.");
        assert_eq!(iso_2022_kr(b"\x0e\xff\x0e"), "\u{fffd}");
    }
}
