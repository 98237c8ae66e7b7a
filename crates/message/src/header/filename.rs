//! Names of files, as a message gives them and as a disk may take them.

use alloc::string::String;

/// The name of a file that may be made on any system, from one that a message gives: its last
/// component, without control characters and those that hide or turn text (U+202E and its kind),
/// `<>:"|?*` as underscores, not of a device (`CON`, `LPT1.txt`), without dots and spaces at its
/// ends, and of at most 255 octets, its extension kept. `None` when nothing is left.
///
/// ```
/// use mailwire_message::header::safe_filename;
///
/// assert_eq!(safe_filename("../../etc/pass\0wd\r\n").as_deref(), Some("passwd"));
/// assert_eq!(safe_filename("C:\\x\\a?b.txt").as_deref(), Some("a_b.txt"));
/// assert_eq!(safe_filename(".."), None);
/// ```
#[must_use]
pub fn safe_filename(name: &str) -> Option<String> {
    let last = name.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next()?;
    let mut safe: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_hidden(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let ends = |c: char| c == '.' || c.is_whitespace();
    safe = safe.trim_matches(ends).into();
    if is_device(&safe) {
        safe.insert(0, '_');
    }
    shorten(&mut safe);
    let end = safe.trim_end_matches(ends).len();
    safe.truncate(end);
    (!safe.is_empty()).then_some(safe)
}

/// Characters that are not seen, or turn what is.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let is = |known: &str| stem.eq_ignore_ascii_case(known);
    let numbered = |known: &str| {
        let head = stem.get(..3).unwrap_or_default();
        head.eq_ignore_ascii_case(known) && matches!(stem.as_bytes(), [_, _, _, b'0'..=b'9'])
    };
    ["con", "prn", "aux", "nul"].into_iter().any(is) || ["com", "lpt"].into_iter().any(numbered)
}

/// To 255 octets, what most file systems take.
fn shorten(name: &mut String) {
    const LONGEST: usize = 255;
    if name.len() <= LONGEST {
        return;
    }
    let extension = match name.rfind('.') {
        Some(at) if name.len() - at <= 16 => name.split_off(at),
        _ => String::new(),
    };
    let mut end = LONGEST - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name.push_str(&extension);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for (name, expected) in [
            ("a.txt", Some("a.txt")),
            ("../../a\0b\r\n .exe", Some("ab .exe")),
            ("/etc/", Some("etc")),
            ("..\\..\\x", Some("x")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("CON", Some("_CON")),
            ("lpt1.txt", Some("_lpt1.txt")),
            ("console.txt", Some("console.txt")),
            (".hidden", Some("hidden")),
            ("a. . ", Some("a")),
            ("gr\u{fc}\u{df}e.pdf", Some("gr\u{fc}\u{df}e.pdf")),
            ("a:b", Some("a_b")),
            ("", None),
            ("...", None),
            ("\u{200b}", None),
        ] {
            assert_eq!(safe_filename(name).as_deref(), expected, "{name:?}");
        }
        let long = safe_filename(&("\u{e9}".repeat(300) + ".pdf")).unwrap();
        assert!(long.len() <= 255 && long.ends_with(".pdf"));
    }
}
