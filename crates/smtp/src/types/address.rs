//! Addresses: mailboxes, the paths of MAIL and RCPT, the names that hosts say of themselves.

use crate::parse;
use crate::{Invalid, Sink};
use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// A mailbox: a local part, `@`, and a domain or an address literal (RFC 5321 section 4.1.2).
///
/// Kept exactly as written: a quoted local part keeps its quotes, so that an address which is
/// passed on is the address that came.
///
/// ```
/// use mailwire_smtp::types::Mailbox;
///
/// let mailbox = Mailbox::new(r#""a@b\"c"@[IPv6:2001:db8::1]"#)?;
/// assert_eq!(mailbox.local(), r#"a@b"c"#);
/// assert_eq!(mailbox.domain(), "[IPv6:2001:db8::1]");
/// assert!(Mailbox::new("a@example.org>\r\nRCPT TO:<x@example.net").is_err());
/// # Ok::<(), mailwire_core::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Mailbox<'a> {
    text: Cow<'a, str>,
    /// Where the `@` between local part and domain stands.
    at: usize,
}

impl<'a> Mailbox<'a> {
    /// Checks `text`, which stands without angle brackets.
    ///
    /// # Errors
    ///
    /// When it is not a mailbox.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let text = text.into();
        match parse::mailbox_at(text.as_bytes()) {
            Ok(at) => Ok(Self { text, at }),
            Err(error) => Err(Invalid { what: "a mailbox", at: error.at }),
        }
    }

    /// Made by the grammar, which knows where the `@` is.
    pub(crate) fn parsed(text: &'a str, at: usize) -> Self {
        Self { text: Cow::Borrowed(text), at }
    }

    /// The whole address, as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The local part as written, quotes included.
    #[must_use]
    pub fn local_as_written(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// What the local part means: without quotes and backslashes. To compare, not to send.
    #[must_use]
    pub fn local(&self) -> Cow<'_, str> {
        let local = self.local_as_written();
        let Some(quoted) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
            return Cow::Borrowed(local);
        };
        if !quoted.contains('\\') {
            return Cow::Borrowed(quoted);
        }
        let mut plain = String::new();
        let mut escaped = false;
        for c in quoted.chars() {
            if c == '\\' && !escaped {
                escaped = true;
            } else {
                plain.push(c);
                escaped = false;
            }
        }
        Cow::Owned(plain)
    }

    /// The domain, or the address literal with its brackets.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// Whether it needs SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        !self.text.is_ascii()
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Mailbox<'static> {
        Mailbox { text: Cow::Owned(self.text.into_owned()), at: self.at }
    }
}

impl fmt::Display for Mailbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// From whom a message is, for those who must tell of its failure: the path of MAIL.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ReversePath<'a> {
    /// `<>`: nobody is to be told.
    Null,
    /// A mailbox.
    Mailbox(Mailbox<'a>),
}

impl<'a> ReversePath<'a> {
    /// Checks `text`, without angle brackets; empty is the null path.
    ///
    /// # Errors
    ///
    /// When it is neither empty nor a mailbox.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.is_empty() { Ok(Self::Null) } else { Mailbox::new(text).map(Self::Mailbox) }
    }

    /// The address without angle brackets; empty for the null path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Mailbox(mailbox) => mailbox.as_str(),
        }
    }

    /// Whether it needs SMTPUTF8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        !self.as_str().is_ascii()
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> ReversePath<'static> {
        match self {
            Self::Null => ReversePath::Null,
            Self::Mailbox(mailbox) => ReversePath::Mailbox(mailbox.into_owned()),
        }
    }

    pub(crate) fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        encode(self.as_str(), out);
    }
}

/// The address without angle brackets.
impl fmt::Display for ReversePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// To whom a message goes: the path of RCPT.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ForwardPath<'a> {
    /// `<Postmaster>`, which every server must take (RFC 5321 section 4.5.1).
    Postmaster,
    /// A mailbox.
    Mailbox(Mailbox<'a>),
}

impl<'a> ForwardPath<'a> {
    /// Checks `text`, without angle brackets.
    ///
    /// # Errors
    ///
    /// When it is neither `Postmaster` nor a mailbox.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.eq_ignore_ascii_case("postmaster") {
            Ok(Self::Postmaster)
        } else {
            Mailbox::new(text).map(Self::Mailbox)
        }
    }

    /// The address without angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Postmaster => "Postmaster",
            Self::Mailbox(mailbox) => mailbox.as_str(),
        }
    }

    /// Whether it needs SMTPUTF8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        !self.as_str().is_ascii()
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> ForwardPath<'static> {
        match self {
            Self::Postmaster => ForwardPath::Postmaster,
            Self::Mailbox(mailbox) => ForwardPath::Mailbox(mailbox.into_owned()),
        }
    }

    pub(crate) fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        encode(self.as_str(), out);
    }
}

/// The address without angle brackets.
impl fmt::Display for ForwardPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn encode(address: &str, out: &mut (impl Sink + ?Sized)) {
    out.put(b"<");
    out.put(address.as_bytes());
    out.put(b">");
}

/// What a host calls itself in HELO and EHLO: a domain, or an address literal.
///
/// Any word is taken, since real clients say any word; nothing may be concluded from it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Domain<'a>(Cow<'a, str>);

impl<'a> Domain<'a> {
    /// `localhost`.
    #[must_use]
    pub const fn localhost() -> Self {
        Self(Cow::Borrowed("localhost"))
    }

    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// When it is empty, longer than 255 octets, or holds a space or a control character.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let text = text.into();
        let bad = text.bytes().position(|b| b <= b' ' || b == 127);
        let at = bad.or((text.is_empty() || text.len() > 255).then_some(text.len()));
        match at {
            Some(at) => Err(Invalid { what: "a domain", at }),
            None => Ok(Self(text)),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Domain<'static> {
        Domain(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Display for Domain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_come_back_byte_for_byte() {
        for (text, local, domain) in [
            ("alice@crepes.fr", "alice", "crepes.fr"),
            ("a.b+c/d=e@x", "a.b+c/d=e", "x"),
            (r#""a b"@c.d"#, "a b", "c.d"),
            (r#""a@b"@c.d"#, "a@b", "c.d"),
            (r#"""@example.org"#, "", "example.org"),
            (r#""\a\\\"b"@example.org"#, r#"a\"b"#, "example.org"),
            ("u@[192.0.2.1]", "u", "[192.0.2.1]"),
            ("u@[IPv6:::1]", "u", "[IPv6:::1]"),
            ("\u{fc}ser@\u{4f8b}.jp", "\u{fc}ser", "\u{4f8b}.jp"),
            ("a@b_c.example", "a", "b_c.example"),
        ] {
            let mailbox = Mailbox::new(text).unwrap();
            assert_eq!(
                (mailbox.as_str(), &*mailbox.local(), mailbox.domain()),
                (text, local, domain)
            );
        }
    }

    #[test]
    fn what_is_no_mailbox_does_not_exist() {
        for bad in [
            "",
            " ",
            "a",
            "@b",
            "a@",
            "a b@c",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@b..c",
            "a@-b",
            "a@b-",
            "a@b@c",
            "<a@b>",
            "a@[1",
            "a@[",
            "a@[]",
            "\"a@b",
            "\"a\nb\"@c",
            "\"a\\\nb\"@c",
            "a\0@b",
            "a@b\r\nRCPT TO:<c@d",
            "a@b>",
        ] {
            assert!(Mailbox::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn paths_that_are_not_mailboxes() {
        assert_eq!(ReversePath::new(""), Ok(ReversePath::Null));
        assert_eq!(ForwardPath::new("postMASTER"), Ok(ForwardPath::Postmaster));
        assert!(ForwardPath::new("").is_err());
        assert!(ReversePath::new("postmaster").is_err());
    }

    #[test]
    fn domains_are_one_word() {
        assert!(Domain::new("crepes.fr").is_ok());
        for bad in ["", "a b", "a\r\nb", "\u{7f}"] {
            assert!(Domain::new(bad).is_err(), "{bad:?}");
        }
        assert!(Domain::new("a".repeat(255)).is_ok());
        assert!(Domain::new("a".repeat(256)).is_err());
    }
}
