//! SCRAM (RFC 5802, RFC 7677): the password is proved, by both sides, and never sent.
//!
//! ```text
//! client                                                server
//!   n,,n=user,r=CNONCE                        ────────▶  looks up the user   (NeedCredential)
//!                                             ◀────────  r=CNONCESNONCE,s=SALT,i=4096
//!   salts the password (NeedKdf)
//!   c=biws,r=CNONCESNONCE,p=PROOF             ────────▶  checks the proof
//!   checks the signature                      ◀────────  v=SIGNATURE
//! ```
//!
//! What both hash is the three messages without their ends, so no octet before the proof can be
//! changed on the way.

mod client;
mod keys;
mod server;

pub use client::Scram;
pub use keys::StoredKey;
pub use server::{ScramServer, ScramSetup};

use crate::{Error, MAX_MESSAGE, MAX_NAME};
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::base64;

/// A word that one side of an exchange makes up, never to be used again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Nonce(String);

impl Nonce {
    /// A nonce of random octets, which must come from a generator fit for keys, and be fresh for
    /// each exchange.
    #[must_use]
    pub fn from_random(random: &[u8; 18]) -> Self {
        Self(encoded(random))
    }

    /// A nonce made elsewhere: printable ASCII without a comma (RFC 5802 section 7), at most
    /// [`MAX_NAME`] octets.
    ///
    /// # Errors
    ///
    /// When it is not that.
    pub fn new(text: &str) -> Result<Self, Error> {
        match text.len() {
            n if n > MAX_NAME => Err(Error::TooLong("the nonce")),
            _ if is_nonce(text) => Ok(Self(text.into())),
            _ => Err(Error::Unusable("the nonce")),
        }
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b',')
}

/// The text of a message.
fn text(message: &[u8]) -> Result<&str, Error> {
    if message.len() > MAX_MESSAGE {
        return Err(Error::TooLong("a message"));
    }
    core::str::from_utf8(message).map_err(|_| MALFORMED)
}

const MALFORMED: Error = Error::Malformed("SCRAM");

/// The value of the attribute that must come next, and what follows its comma.
fn attribute<'t>(text: &'t str, name: &str) -> Result<(&'t str, Option<&'t str>), Error> {
    let (attribute, rest) = match text.split_once(',') {
        Some((attribute, rest)) => (attribute, Some(rest)),
        None => (text, None),
    };
    Ok((attribute.strip_prefix(name).ok_or(MALFORMED)?, rest))
}

/// The same where the grammar allows an extension before it that must be understood. None is.
///
/// ```abnf
/// reserved-mext = "m=" 1*(value-char)
/// ```
fn attribute_or_mext<'t>(text: &'t str, name: &str) -> Result<(&'t str, Option<&'t str>), Error> {
    if text.starts_with("m=") { Err(Error::Extension) } else { attribute(text, name) }
}

/// Whether these are extensions that may be passed over. Those that may not are before.
///
/// ```abnf
/// extensions = attr-val *("," attr-val)
/// attr-val   = ALPHA "=" value
/// value      = 1*value-char        ; any UTF-8 but NUL and ","
/// ```
fn are_extensions(rest: Option<&str>) -> bool {
    // One pass over the text.
    rest.is_none_or(|rest| {
        rest.split(',').all(|it| {
            matches!(it.as_bytes(), [name, b'=', value @ ..]
                if name.is_ascii_alphabetic() && !value.is_empty() && !value.contains(&0))
        })
    })
}

fn decoded(text: &str) -> Result<Vec<u8>, Error> {
    base64::decode(text.as_bytes()).map_err(|_| MALFORMED)
}

fn encoded(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    base64::encode(bytes, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// A name as it stands in a message.
///
/// ```abnf
/// saslname = 1*(value-safe-char / "=2C" / "=3D")
/// ```
fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

fn unescaped(text: &str) -> Result<String, Error> {
    if text.len() > MAX_NAME {
        return Err(Error::TooLong("a name"));
    }
    let mut parts = text.split('=');
    let mut name = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let (c, rest) = match part.split_at_checked(2) {
            Some(("2C", rest)) => (',', rest),
            Some(("3D", rest)) => ('=', rest),
            _ => return Err(MALFORMED),
        };
        name.push(c);
        name.push_str(rest);
    }
    if name.is_empty() || name.contains('\0') { Err(MALFORMED) } else { Ok(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nonces_are_printable_and_have_no_comma() {
        assert!(Nonce::new("fyko+d2lbbFgONRv9qkxdawL").is_ok());
        for bad in ["", "a,b", "a b", "\u{e9}", "a\0"] {
            assert_eq!(Nonce::new(bad), Err(Error::Unusable("the nonce")), "{bad:?}");
        }
        assert!(Nonce::new(&"x".repeat(MAX_NAME)).is_ok());
        assert_eq!(Nonce::new(&"x".repeat(MAX_NAME + 1)), Err(Error::TooLong("the nonce")));
        assert!(is_nonce(Nonce::from_random(&[0xff; 18]).as_str()));
    }

    #[test]
    fn an_equals_sign_in_a_name_is_half_an_escape() {
        for bad in ["a=", "a=2", "a=2c", "a=3d", "a=41", "=", "=2\u{e9}", ""] {
            assert_eq!(unescaped(bad), Err(MALFORMED), "{bad:?}");
        }
        assert_eq!(unescaped("a=2Cb=3D=3D"), Ok("a,b==".into()));
    }

    proptest! {
        #[test]
        fn names_survive(name in "[a-c=,23CD\u{e9}]{1,12}") {
            prop_assert!(!escaped(&name).contains(','));
            prop_assert_eq!(unescaped(&escaped(&name)), Ok(name));
        }
    }
}
