//! Names of mailboxes.

use crate::types::Octets;
use crate::utf7;
use alloc::borrow::Cow;
use alloc::string::String;
use mailwire_core::Invalid;

/// The name of a mailbox, whatever it looks like on the wire.
///
/// INBOX is the same in any case. Names are written in modified UTF-7 (RFC 3501 section 5.1.3) or
/// in UTF-8 (RFC 9051 section 5.1), as the two sides agreed; both read as the same name.
///
/// ```
/// use mailwire_imap::types::Mailbox;
///
/// let drafts = Mailbox::new("Entw\u{fc}rfe/2024")?;
/// assert_eq!(drafts.as_wire().as_bytes(), b"Entw&APw-rfe/2024");
/// assert_eq!(drafts.name(), "Entw\u{fc}rfe/2024");
/// assert_eq!(drafts.parent('/').unwrap().name(), "Entw\u{fc}rfe");
/// assert_eq!(Mailbox::new("inbox")?, Mailbox::inbox());
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Mailbox<'a>(Octets<'a>);

impl<'a> Mailbox<'a> {
    /// The mailbox that every user has.
    #[must_use]
    pub fn inbox() -> Self {
        Self(Octets::parsed(Cow::Borrowed(b"INBOX")))
    }

    /// The mailbox called `name`, hierarchy delimiters and all.
    ///
    /// # Errors
    ///
    /// At a NUL.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        if name.eq_ignore_ascii_case("INBOX") {
            return Ok(Self::inbox());
        }
        let _ = Octets::new(name.as_bytes())?;
        Ok(Self(Octets::parsed(Cow::Owned(utf7::encode(name)))))
    }

    /// A name as it came in modified UTF-7.
    #[must_use]
    pub fn from_wire(name: Octets<'a>) -> Self {
        if name.as_bytes().eq_ignore_ascii_case(b"INBOX") { Self::inbox() } else { Self(name) }
    }

    /// A name as it came, in UTF-8 or in modified UTF-7. One that is not UTF-8 is kept as it is.
    pub(crate) fn parsed(name: Octets<'a>, utf8: bool) -> Self {
        let plain = |b: &u8| matches!(b, b' '..=b'%' | b'\''..=b'~');
        if utf8 && !name.as_bytes().iter().all(plain) {
            if let Ok(text) = core::str::from_utf8(name.as_bytes()) {
                return Self(Octets::parsed(Cow::Owned(utf7::encode(text))));
            }
        }
        Self::from_wire(name)
    }

    /// A name of printable US-ASCII without `&`, which is the same in both. It is made where it is
    /// wanted.
    #[inline(always)]
    pub(crate) fn plain(name: &'a [u8]) -> Self {
        match name.len() {
            5 => Self::from_wire(Octets::parsed(Cow::Borrowed(name))),
            _ => Self(Octets::parsed(Cow::Borrowed(name))),
        }
    }

    /// The octets on the wire of IMAP4rev1: modified UTF-7, unless it came as what is not that.
    #[must_use]
    pub fn as_wire(&self) -> &Octets<'a> {
        &self.0
    }

    /// Whether it is INBOX.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        self.0.as_bytes() == b"INBOX"
    }

    /// The name as text: modified UTF-7 decoded, or as it is when that is not what it is.
    #[must_use]
    pub fn name(&self) -> String {
        self.to_utf8().map_or_else(|| self.0.to_text().into_owned(), Cow::into_owned)
    }

    /// The name as text, if it can be read.
    pub(crate) fn to_utf8(&self) -> Option<Cow<'_, str>> {
        let wire = self.0.as_bytes();
        if memchr::memchr(b'&', wire).is_none() && wire.is_ascii() {
            return core::str::from_utf8(wire).ok().map(Cow::Borrowed);
        }
        utf7::decode(wire).map(Cow::Owned)
    }

    /// Its levels from the top.
    #[must_use]
    pub fn levels(&self, delimiter: char) -> alloc::vec::Vec<String> {
        self.name().split(delimiter).map(String::from).collect()
    }

    /// The mailbox one level up; `None` at the top.
    #[must_use]
    pub fn parent(&self, delimiter: char) -> Option<Mailbox<'static>> {
        let name = self.name();
        let (parent, _) = name.rsplit_once(delimiter)?;
        Mailbox::new(parent).ok().map(Mailbox::into_owned)
    }

    /// The mailbox of this name one level down.
    ///
    /// # Errors
    ///
    /// At a NUL.
    pub fn child(&self, name: &str, delimiter: char) -> Result<Mailbox<'static>, Invalid> {
        let mut path = self.name();
        path.push(delimiter);
        path.push_str(name);
        Mailbox::new(&path).map(Mailbox::into_owned)
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Mailbox<'static> {
        Mailbox(self.0.into_owned())
    }
}

impl<'a> TryFrom<&'a str> for Mailbox<'a> {
    type Error = Invalid;

    fn try_from(name: &'a str) -> Result<Self, Invalid> {
        Self::new(name)
    }
}
