//! Makes the same octets of what people type the same way: SASLprep (RFC 4013) and OpaqueString
//! (RFC 8265 section 4.2).
//!
//! SCRAM hashes a password, so both sides must agree on its octets first. SCRAM by its RFC uses
//! SASLprep; RFC 8265 puts OpaqueString in its place, and no server we know of has followed.

use crate::Error;
use alloc::string::String;
use unicode_bidi::{BidiClass, bidi_class};
use unicode_normalization::UnicodeNormalization;

/// Prepares a user name or a password by SASLprep (RFC 4013).
///
/// Code points that Unicode 3.2 did not know are kept, as in a query (RFC 3454 section 7), though
/// RFC 5802 calls passwords stored strings: people have such passwords, and servers take them.
///
/// ```
/// assert_eq!(mailwire_sasl::saslprep("I\u{ad}X").unwrap(), "IX");
/// assert_eq!(mailwire_sasl::saslprep("\u{2168}").unwrap(), "IX");
/// assert!(mailwire_sasl::saslprep("\u{7}").is_err());
/// ```
///
/// # Errors
///
/// [`Error::Unusable`] when it holds what is prohibited (control characters, private use), mixes
/// directions of writing against RFC 3454 section 6, or nothing is left of it.
pub fn saslprep(text: &str) -> Result<String, Error> {
    const BAD: Error = Error::Unusable("what was typed");
    if is_plain(text) {
        return Ok(text.into());
    }
    let mapped = text.chars().filter_map(|c| match c {
        _ if is_other_space(c) => Some(' '),
        _ if is_mapped_to_nothing(c) => None,
        c => Some(c),
    });
    let prepared: String = mapped.nfkc().collect();
    let right_to_left = |c| matches!(bidi_class(c), BidiClass::R | BidiClass::AL);
    let wrong_way = prepared.chars().any(right_to_left)
        && (prepared.chars().any(|c| bidi_class(c) == BidiClass::L)
            || !prepared.chars().next().is_some_and(right_to_left)
            || !prepared.chars().next_back().is_some_and(right_to_left));
    if prepared.is_empty() || wrong_way || prepared.chars().any(is_prohibited) {
        return Err(BAD);
    }
    Ok(prepared)
}

/// Prepares a password by the profile OpaqueString (RFC 8265 section 4.2): other spaces become
/// spaces, and the form is NFC. Nothing else is changed.
///
/// Code points that are not assigned are kept.
///
/// ```
/// assert_eq!(mailwire_sasl::opaque_string("e\u{301}\u{3000}\u{2168}").unwrap(), "\u{e9} \u{2168}");
/// ```
///
/// # Errors
///
/// [`Error::Unusable`] when it is empty or holds control characters, code points that are ignored
/// or no characters, or old Hangul letters.
pub fn opaque_string(text: &str) -> Result<String, Error> {
    if is_plain(text) {
        return Ok(text.into());
    }
    let mapped = text.chars().map(|c| if is_other_space(c) && c != '\u{200b}' { ' ' } else { c });
    let prepared: String = mapped.nfc().collect();
    if prepared.is_empty() || prepared.chars().any(is_disallowed) {
        return Err(Error::Unusable("what was typed"));
    }
    Ok(prepared)
}

/// Whether it is what no profile changes or refuses: US-ASCII that can be seen, and spaces.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b))
}

/// RFC 3454 table C.1.2.
fn is_other_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// RFC 3454 table B.1.
fn is_mapped_to_nothing(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// What RFC 4013 section 2.3 prohibits: RFC 3454 tables C.1.2 to C.9. Surrogates (C.5) are no
/// `char`.
fn is_prohibited(c: char) -> bool {
    is_other_space(c)
        || c.is_control()
        || is_no_character(c)
        || matches!(c, '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200c}' | '\u{200d}' // C.2.2
            | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2063}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}' // C.3
            | '\u{2ff0}'..='\u{2ffb}' // C.7
            | '\u{340}' | '\u{341}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' // C.8
            | '\u{e0001}' | '\u{e0020}'..='\u{e007f}') // C.9
}

/// RFC 3454 table C.4.
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// What the FreeformClass of RFC 8264 section 4.3 disallows: Controls, PrecisIgnorableProperties
/// and OldHangulJamo.
fn is_disallowed(c: char) -> bool {
    c.is_control()
        || is_no_character(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // RFC 4013 section 3.
    #[test]
    fn rfc4013_examples() {
        for (typed, prepared) in [
            ("I\u{ad}X", Some("IX")),
            ("user", Some("user")),
            ("USER", Some("USER")),
            ("\u{aa}", Some("a")),
            ("\u{2168}", Some("IX")),
            ("\u{7}", None),
            ("\u{627}\u{31}", None),
            ("", None),
            ("\u{ad}", None),
            ("\u{627}\u{31}\u{628}", Some("\u{627}\u{31}\u{628}")),
            ("\u{627}a\u{628}", None),
            ("p\u{1f511}w", Some("p\u{1f511}w")),
        ] {
            assert_eq!(saslprep(typed).ok().as_deref(), prepared, "{typed:?}");
        }
    }

    // Another implementation of RFC 4013. It refuses what Unicode 3.2 did not know, and takes what
    // is empty.
    fn agrees(text: &str) -> bool {
        let known = |text: &str| !text.chars().any(stringprep::tables::unassigned_code_point);
        let ours = saslprep(text).ok();
        let theirs = stringprep::saslprep(text).ok().filter(|it| !it.is_empty());
        !known(text) || !ours.as_deref().is_none_or(known) || ours.as_deref() == theirs.as_deref()
    }

    #[test]
    fn every_character_alone_is_prepared_as_by_stringprep() {
        let bad: alloc::vec::Vec<char> =
            ('\0'..=char::MAX).filter(|c| !agrees(c.encode_utf8(&mut [0; 4]))).collect();
        assert_eq!(bad, []);
    }

    proptest! {
        #[test]
        fn texts_are_prepared_as_by_stringprep(text in "(\\PC|[a\u{5d0}\u{627}1 \u{300}\u{ad}]){0,8}") {
            prop_assert!(agrees(&text), "{text:?}");
        }

        #[test]
        fn what_is_prepared_stays(text in "\\PC{0,12}") {
            if let Ok(once) = saslprep(&text) {
                prop_assert_eq!(saslprep(&once), Ok(once));
            }
            if let Ok(once) = opaque_string(&text) {
                prop_assert_eq!(opaque_string(&once), Ok(once));
            }
        }
    }

    // RFC 8265 section 4.3, examples 14 to 18.
    #[test]
    fn rfc8265_examples() {
        for (typed, prepared) in [
            ("correct horse battery staple", Some("correct horse battery staple")),
            ("Correct Horse Battery Staple", Some("Correct Horse Battery Staple")),
            ("\u{3c0}\u{df}\u{e5}", Some("\u{3c0}\u{df}\u{e5}")),
            ("Jack of \u{2666}s", Some("Jack of \u{2666}s")),
            ("foo\u{1680}bar", Some("foo bar")),
            ("", None),
            ("my cat is a \u{9}by", None),
            ("a\u{200b}b", None),
        ] {
            assert_eq!(opaque_string(typed).ok().as_deref(), prepared, "{typed:?}");
        }
    }
}
