//! Who a message is from and for.

use super::carry::Form;
use super::fold::{ATEXT, Fold};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use mailwire_core::{Invalid, Sink, Text, keyword::Class};

/// `dtext` of RFC 5322 section 3.4.1.
const DTEXT: Class = Class::graphic().without(b"[]\\@");

/// An address with, perhaps, a name: `mailbox` of RFC 5322 section 3.4.
///
/// ```
/// use mailwire_message::build::Mailbox;
///
/// let alice = Mailbox::new("alice@example.org")?.named("Alice Müller")?;
/// assert_eq!(alice.address(), "alice@example.org");
/// assert!(Mailbox::new("alice@example.org\r\nBcc: eve@example.net").is_err());
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mailbox<'a> {
    name: Option<Text<'a>>,
    address: Cow<'a, str>,
}

impl<'a> Mailbox<'a> {
    /// The longest address, in octets. RFC 5321 section 4.5.3.1 lets a server refuse less.
    pub const LONGEST_ADDRESS: usize = 320;

    /// An address without a name: `local@domain` or `local@[literal]`. A local part that is not
    /// made of atoms is given in quotes, as it is to be written.
    ///
    /// # Errors
    ///
    /// When it is not an `addr-spec` (RFC 5322 section 3.4.1, without its obsolete forms, with the
    /// characters that RFC 6532 section 3.2 adds), or too long.
    pub fn new(address: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let address = address.into();
        match wrong(address.as_bytes()) {
            Some(at) => Err(Invalid { what: "an address", at }),
            None => Ok(Self { name: None, address }),
        }
    }

    /// The same address with a name, which is written encoded if it must be. Spaces at its ends
    /// are dropped.
    ///
    /// # Errors
    ///
    /// When the name holds CR, LF or NUL.
    pub fn named(mut self, name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let name = match name.into() {
            Cow::Borrowed(name) => Cow::Borrowed(name.trim_matches(' ')),
            Cow::Owned(name) => Cow::Owned(name.trim_matches(' ').into()),
        };
        self.name = if name.is_empty() { None } else { Some(Text::new(name)?) };
        Ok(self)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(Text::as_str)
    }

    /// The address, as it goes into `MAIL FROM` and `RCPT TO`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is not US-ASCII: servers that take it offer SMTPUTF8 (RFC 6531), and the message
    /// is one that only such servers take.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        !self.address.is_ascii()
    }

    pub(super) fn write(&self, field: &mut Fold<'_, impl Sink + ?Sized>) {
        if let Some(name) = &self.name {
            field.phrase(name.as_str());
            field.word(&[b"<", self.address.as_bytes(), b">"]);
        } else {
            field.word(&[self.address.as_bytes()]);
        }
    }
}

impl fmt::Display for Mailbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// A mailbox, or a group of them under a name: `address` of RFC 5322 section 3.4.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Address<'a> {
    /// One mailbox.
    Mailbox(Mailbox<'a>),
    /// A named group, which may be empty: `undisclosed recipients:;`.
    Group {
        /// What the group is called.
        name: Text<'a>,
        /// Who is in it.
        members: Vec<Mailbox<'a>>,
    },
}

impl<'a> Address<'a> {
    /// A group.
    ///
    /// # Errors
    ///
    /// When the name holds CR, LF or NUL.
    pub fn group(
        name: impl Into<Cow<'a, str>>,
        members: impl IntoIterator<Item = Mailbox<'a>>,
    ) -> Result<Self, Invalid> {
        Ok(Self::Group { name: Text::new(name)?, members: members.into_iter().collect() })
    }

    /// The mailboxes that it stands for.
    #[must_use]
    pub fn mailboxes(&self) -> &[Mailbox<'a>] {
        match self {
            Self::Mailbox(mailbox) => core::slice::from_ref(mailbox),
            Self::Group { members, .. } => members,
        }
    }

    fn write(&self, field: &mut Fold<'_, impl Sink + ?Sized>) {
        match self {
            Self::Mailbox(mailbox) => mailbox.write(field),
            Self::Group { name, members } => {
                field.phrase(name.as_str());
                field.glue(b":");
                for (n, member) in members.iter().enumerate() {
                    if n > 0 {
                        field.glue(b",");
                    }
                    member.write(field);
                }
                field.glue(b";");
            }
        }
    }
}

impl<'a> From<Mailbox<'a>> for Address<'a> {
    fn from(mailbox: Mailbox<'a>) -> Self {
        Self::Mailbox(mailbox)
    }
}

/// Writes a field of addresses, unless there are none.
pub(super) fn write_list(
    out: &mut (impl Sink + ?Sized),
    name: &str,
    list: &[Address<'_>],
    form: Form,
) {
    if list.is_empty() {
        return;
    }
    let mut field = Fold::new(out, name).utf8(form);
    for (n, address) in list.iter().enumerate() {
        if n > 0 {
            field.glue(b",");
        }
        address.write(&mut field);
    }
    field.end();
}

/// Where `address` stops being an `addr-spec`.
///
/// ```abnf
/// addr-spec      = local-part "@" domain
/// local-part     = dot-atom / quoted-string
/// domain         = dot-atom / domain-literal
/// ```
fn wrong(address: &[u8]) -> Option<usize> {
    if is_plain(address) {
        return None;
    }
    let Some(at) = memchr::memrchr(b'@', address) else { return Some(address.len()) };
    let (local_part, domain) = (address.get(..at)?, address.get(at + 1..)?);
    let local = match local_part {
        [b'"', inner @ .., b'"'] => wrong_in_quotes(inner).map(|at| at + 1),
        local => wrong_in_dot_atom(local).or_else(|| wrong_as_word(local)),
    };
    let domain = match domain {
        [b'[', inner @ .., b']'] => {
            let n = DTEXT.prefix(inner);
            (n < inner.len()).then_some(n + 1)
        }
        domain => wrong_in_dot_atom(domain).or_else(|| wrong_across(local_part, domain)),
    };
    let long = (address.len() > Mailbox::LONGEST_ADDRESS).then_some(Mailbox::LONGEST_ADDRESS);
    local.or(domain.map(|n| at + 1 + n)).or(long)
}

/// Whether it is two dot-atoms of US-ASCII, as nearly all are.
fn is_plain(address: &[u8]) -> bool {
    const PLAIN: Class = ATEXT.without(b"=");
    let (mut ats, mut after_mark) = (0, true);
    for &b in address {
        let mark = matches!(b, b'.' | b'@');
        if mark && after_mark || !mark && !PLAIN.holds(b) {
            return false;
        }
        ats += usize::from(b == b'@');
        after_mark = mark;
    }
    ats == 1 && !after_mark && address.len() <= Mailbox::LONGEST_ADDRESS
}

fn wrong_in_dot_atom(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for atom in text.split(|&b| b == b'.') {
        let n = atom.iter().take_while(|&&b| ATEXT.holds(b) || !b.is_ascii()).count();
        if n == 0 || n < atom.len() {
            return Some(at + n);
        }
        at += n + 1;
    }
    None
}

/// An encoded-word is no part of an address (RFC 2047 section 5), and what follows one directly is
/// read as another word.
fn wrong_as_word(local: &[u8]) -> Option<usize> {
    let start = memchr::memmem::find(local, b"=?")?;
    let end = memchr::memmem::find(local.get(start + 2..)?, b"?=")?;
    Some(start + 2 + end)
}

/// An encoded-word that reaches over the `@` is a name for readers, however the grammar may see it.
fn wrong_across(local: &[u8], domain: &[u8]) -> Option<usize> {
    memchr::memmem::find(local, b"=?")?;
    memchr::memmem::find(domain, b"?=")
}

/// ```abnf
/// qcontent       = %d33 / %d35-91 / %d93-126 / "\" (VCHAR / SP)
/// ```
///
/// And spaces, which fold nothing here.
fn wrong_in_quotes(text: &[u8]) -> Option<usize> {
    let mut octets = text.iter().enumerate();
    while let Some((at, b)) = octets.next() {
        match b {
            b'\\' if matches!(octets.next(), Some((_, b' '..=b'~'))) => {}
            b'"' | b'\\' => return Some(at),
            b' '..=b'~' | 0x80.. => {}
            _ => return Some(at),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn addresses_are_what_rfc5322_generates() {
        for address in [
            "a@b",
            "alice.b+c@example.org",
            "\"alice b\"@example.org",
            "\"a\\\"@\\\\\"@example.org",
            "\"\"@example.org",
            "root@[127.0.0.1]",
            "root@[IPv6:::1]",
        ] {
            assert!(Mailbox::new(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_where_it_goes_wrong() {
        for (address, at) in [
            ("", 0),
            ("alice", 5),
            ("@b", 0),
            ("a@", 2),
            ("a..b@c", 2),
            (".a@c", 0),
            ("a@c.", 4),
            ("a b@c", 1),
            ("a@b c", 3),
            ("=?x?b?@y?=z", 8),
            ("a.=?x?q?b@y?=", 11),
            ("=?x?q?a?=b@c", 7),
            ("a@b\r\nBcc: c", 3),
            ("\"a\nb\"@c", 2),
            ("\"a\"b\"@c", 2),
            ("\"a\\\"@c", 2),
            ("a@[b", 2),
            ("a@[b]]", 4),
            ("<a@b>", 0),
            ("a@b>,<c@d", 1),
            ("a@b\0", 3),
        ] {
            assert_eq!(Mailbox::new(address), Err(Invalid { what: "an address", at }), "{address}");
        }
    }

    #[test]
    fn an_address_of_exactly_the_limit_is_taken() {
        for (n, good) in [(319, true), (320, true), (321, false)] {
            let address: String = core::iter::repeat_n('a', n - 2).chain("@b".chars()).collect();
            assert_eq!(Mailbox::new(address).is_ok(), good, "{n}");
        }
    }

    #[test]
    fn a_name_cannot_break_the_line() {
        assert!(Mailbox::new("a@b").and_then(|m| m.named("A\r\nB")).is_err());
        assert_eq!(Mailbox::new("a@b").and_then(|m| m.named("  ")).unwrap().name(), None);
    }
}
