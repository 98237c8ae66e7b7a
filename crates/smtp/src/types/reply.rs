//! What a server answers.

use crate::parse;
use crate::{Invalid, Sink};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The longest line of text that is written: with code, status and line end it stays below the
/// 512 octets of RFC 5321 section 4.5.3.1.5.
const MAX_TEXT: usize = 490;

/// The three digits of a reply (RFC 5321 section 4.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Code(u16);

impl Code {
    /// 214: help.
    pub const HELP: Self = Self(214);
    /// 220: the server, or TLS, is ready.
    pub const READY: Self = Self(220);
    /// 221: goodbye.
    pub const CLOSING: Self = Self(221);
    /// 235: authenticated.
    pub const AUTHENTICATED: Self = Self(235);
    /// 250: done.
    pub const OK: Self = Self(250);
    /// 252: cannot tell whether the user exists, but will try.
    pub const CANNOT_VERIFY: Self = Self(252);
    /// 334: a challenge.
    pub const CHALLENGE: Self = Self(334);
    /// 354: go on with the message.
    pub const START_MAIL: Self = Self(354);
    /// 421: the server closes the connection.
    pub const UNAVAILABLE: Self = Self(421);
    /// 450: the mailbox is not to be had at the moment.
    pub const MAILBOX_BUSY: Self = Self(450);
    /// 451: something went wrong here; try again.
    pub const LOCAL_ERROR: Self = Self(451);
    /// 452: no room, or too many recipients; try again.
    pub const NO_ROOM: Self = Self(452);
    /// 453: there is no mail that waits (RFC 2645).
    pub const NO_MAIL: Self = Self(453);
    /// 454: TLS or authentication is not to be had at the moment.
    pub const TEMPORARY_AUTH_FAILURE: Self = Self(454);
    /// 500: not a command.
    pub const SYNTAX_ERROR: Self = Self(500);
    /// 501: not an argument.
    pub const BAD_ARGUMENT: Self = Self(501);
    /// 502: not implemented.
    pub const NOT_IMPLEMENTED: Self = Self(502);
    /// 503: not now.
    pub const BAD_SEQUENCE: Self = Self(503);
    /// 504: a parameter that is not implemented.
    pub const PARAMETER_NOT_IMPLEMENTED: Self = Self(504);
    /// 530: authenticate first.
    pub const AUTHENTICATION_REQUIRED: Self = Self(530);
    /// 535: these credentials are wrong.
    pub const BAD_CREDENTIALS: Self = Self(535);
    /// 538: not without encryption.
    pub const ENCRYPTION_REQUIRED: Self = Self(538);
    /// 550: refused, or no such mailbox.
    pub const REFUSED: Self = Self(550);
    /// 552: too big.
    pub const TOO_BIG: Self = Self(552);
    /// 553: not an address that is allowed.
    pub const BAD_MAILBOX: Self = Self(553);
    /// 554: failed, for good.
    pub const FAILED: Self = Self(554);
    /// 555: a parameter that is not known.
    pub const UNKNOWN_PARAMETER: Self = Self(555);

    /// A code of 200 to 599; `None` for other numbers.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 200 && code < 600 { Some(Self(code)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The first digit, 2 to 5.
    #[must_use]
    pub const fn class(self) -> u16 {
        self.0 / 100
    }

    /// 2yz: done.
    #[must_use]
    pub const fn is_done(self) -> bool {
        self.class() == 2
    }

    /// 3yz: go on.
    #[must_use]
    pub const fn is_intermediate(self) -> bool {
        self.class() == 3
    }

    /// 4yz: refused for the moment; the same may succeed later.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        self.class() == 4
    }

    /// 5yz: refused for good.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        self.class() == 5
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The `5.1.1` of a reply (RFC 2034, RFC 3463). Its class is that of the code.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EnhancedCode {
    /// What it is about: 1 addresses, 2 mailboxes, 3 the system, 4 the network, 5 the protocol,
    /// 6 the content, 7 security.
    pub subject: u16,
    /// What exactly.
    pub detail: u16,
}

/// A reply: a code, perhaps an enhanced code, and one or more lines of text.
///
/// ```
/// use mailwire_smtp::types::{Code, Reply};
///
/// let reply = Reply::new(Code::REFUSED, "5.7.1 no relaying for bob\r\n250 ok");
/// let mut out = Vec::new();
/// reply.encode(&mut out);
/// assert_eq!(out, b"550-5.7.1 no relaying for bob\r\n550 5.7.1 250 ok\r\n");
/// ```
#[derive(Clone)]
pub struct Reply<'a> {
    code: Code,
    enhanced: Option<EnhancedCode>,
    content: Content<'a>,
}

#[derive(Clone)]
enum Content<'a> {
    /// The lines as they came, codes and line ends included.
    Received(Cow<'a, [u8]>),
    /// Lines that LF divides; without CR and NUL.
    Text(Cow<'a, str>),
}

impl<'a> Reply<'a> {
    /// A reply that says `text`.
    ///
    /// Each line of `text` becomes a line of the reply, and so does what would be longer than 490
    /// octets; NUL and CR become spaces. So no text, wherever it came from, can be more than one
    /// reply. A `5.7.1` before the text is taken for the enhanced code, if its class is the code's.
    #[must_use]
    pub fn new(code: Code, text: impl Into<Cow<'a, str>>) -> Self {
        let mut text = text.into();
        if text.contains(['\r', '\0']) {
            text = Cow::Owned(text.replace("\r\n", "\n").replace(['\r', '\0'], " "));
        }
        let enhanced = parse::enhanced(code, text.as_bytes()).map(|(enhanced, _)| enhanced);
        Self { code, enhanced, content: Content::Text(text) }
    }

    /// The same with an enhanced code. None stands in a 3yz reply.
    #[must_use]
    pub fn with_enhanced(mut self, subject: u16, detail: u16) -> Self {
        if !self.code.is_intermediate() && subject < 1000 && detail < 1000 {
            self.enhanced = Some(EnhancedCode { subject, detail });
        }
        self
    }

    /// Made by the parser from whole lines whose codes agree.
    pub(crate) fn received(code: Code, lines: &'a [u8]) -> Self {
        let text = lines.get(4..).unwrap_or_default();
        let enhanced = parse::enhanced(code, text).map(|(enhanced, _)| enhanced);
        Self { code, enhanced, content: Content::Received(Cow::Borrowed(lines)) }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The enhanced code. One whose class is not the code's is none: it stays in the text.
    #[must_use]
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }

    /// The lines of text, without codes and line ends. At least one, perhaps empty.
    ///
    /// Those of a received reply may hold anything but line feeds.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        let rest = match &self.content {
            Content::Received(lines) => Rest::Received(Some(lines)),
            Content::Text(text) => Rest::Text(Some(text)),
        };
        Lines { code: self.code, enhanced: self.enhanced, rest }
    }

    /// The text, its lines divided by spaces, what is not printable shown as escapes.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (n, line) in self.lines().enumerate() {
            if n > 0 {
                text.push(' ');
            }
            for c in String::from_utf8_lossy(line).chars() {
                if c.is_control() {
                    text.extend(c.escape_default());
                } else {
                    text.push(c);
                }
            }
        }
        text
    }

    /// Whether it says yes: 2yz or 3yz.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.code.class() < 4
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Reply<'static> {
        let content = match self.content {
            Content::Received(lines) => Content::Received(Cow::Owned(lines.into_owned())),
            Content::Text(text) => Content::Text(Cow::Owned(text.into_owned())),
        };
        Reply { code: self.code, enhanced: self.enhanced, content }
    }

    /// Writes it.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        self.encode_with(core::iter::empty(), out);
    }

    /// Writes it with more lines, which get no enhanced code: the keywords of EHLO.
    pub(crate) fn encode_with(
        &self,
        more: impl Iterator<Item = Vec<u8>>,
        out: &mut (impl Sink + ?Sized),
    ) {
        let own = self.lines().map(|line| (self.enhanced, Cow::Borrowed(line)));
        let more = more.map(|line| (None, Cow::Owned(line)));
        let mut lines = own.chain(more).peekable();
        while let Some((enhanced, line)) = lines.next() {
            out.put_number(self.code.get().into());
            out.put(if lines.peek().is_some() { b"-" } else { b" " });
            if let Some(EnhancedCode { subject, detail }) = enhanced {
                out.put_number(self.code.class().into());
                out.put(b".");
                out.put_number(subject.into());
                out.put(b".");
                out.put_number(detail.into());
                out.put(b" ");
            }
            // What was received may hold what may not be sent.
            for part in line.split(|b| matches!(b, b'\r' | 0)).enumerate() {
                if part.0 > 0 {
                    out.put(b" ");
                }
                out.put(part.1);
            }
            out.put(b"\r\n");
        }
    }
}

/// The same code and the same text, line for line.
impl PartialEq for Reply<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.code, self.enhanced) == (other.code, other.enhanced) && self.lines().eq(other.lines())
    }
}

impl Eq for Reply<'_> {}

/// On one line, with what is not printable shown as escapes: safe to log.
impl fmt::Display for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(EnhancedCode { subject, detail }) = self.enhanced {
            write!(f, " {}.{subject}.{detail}", self.code.class())?;
        }
        write!(f, " {}", self.text())
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({self})")
    }
}

/// The lines of a [`Reply`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    code: Code,
    enhanced: Option<EnhancedCode>,
    rest: Rest<'a>,
}

#[derive(Clone, Debug)]
enum Rest<'a> {
    Received(Option<&'a [u8]>),
    Text(Option<&'a str>),
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = match &mut self.rest {
            Rest::Received(rest) => {
                let lines = rest.take()?;
                let (line, more) = match memchr::memchr(b'\n', lines) {
                    Some(at) => (lines.get(..at).unwrap_or_default(), lines.get(at + 1..)),
                    None => (lines, None),
                };
                *rest = more.filter(|more| !more.is_empty());
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                line.get(4..).unwrap_or_default()
            }
            Rest::Text(rest) => {
                let text = rest.take()?;
                let (line, more) = match text.split_once('\n') {
                    Some((line, more)) => (line, Some(more)),
                    None => (text, None),
                };
                if line.len() > MAX_TEXT {
                    let (line, more) = text.split_at(wrap(line));
                    *rest = Some(more.strip_prefix(' ').unwrap_or(more));
                    line.as_bytes()
                } else {
                    *rest = more;
                    line.as_bytes()
                }
            }
        };
        Some(match parse::enhanced(self.code, line) {
            Some((enhanced, text)) if Some(enhanced) == self.enhanced => text,
            _ => line,
        })
    }
}

/// Where to break a line that is too long: at its last space that fits, else between characters.
fn wrap(line: &str) -> usize {
    let mut end = MAX_TEXT;
    // A character has four octets at most.
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let head = line.get(..end).unwrap_or_default();
    head.rfind(' ').filter(|&at| at > MAX_TEXT / 2).unwrap_or(end)
}

impl TryFrom<u16> for Code {
    type Error = Invalid;

    fn try_from(code: u16) -> Result<Self, Invalid> {
        Self::new(code).ok_or(Invalid { what: "a reply code", at: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn encoded(reply: &Reply<'_>) -> String {
        let mut out = Vec::new();
        reply.encode(&mut out);
        String::from_utf8(out).unwrap()
    }

    // Design 1.5, trap 7.
    #[test]
    fn text_from_the_peer_is_one_reply_of_one_code() {
        let reply = Reply::new(Code::REFUSED, "no\r\n250 ok\rEVIL\0\n");

        assert_eq!(encoded(&reply), "550-no\r\n550-250 ok EVIL \r\n550 \r\n");
    }

    #[test]
    fn long_text_is_broken_into_lines_below_512_octets() {
        for text in ["word ".repeat(400), "\u{e9}".repeat(1000), "x".repeat(491)] {
            let reply = Reply::new(Code::REFUSED, text.as_str()).with_enhanced(7, 1);
            let sent = encoded(&reply);
            assert!(sent.split_inclusive("\r\n").all(|line| line.len() <= 512));
            assert!(sent.split_inclusive("\r\n").count() > 1);
            let kept = |s: &str| s.chars().filter(|c| !c.is_whitespace()).count();
            let said: usize =
                reply.lines().map(|line| kept(core::str::from_utf8(line).unwrap())).sum();
            assert_eq!(said, kept(&text));
        }
    }

    #[test]
    fn enhanced_codes_are_taken_from_the_text() {
        let reply = Reply::new(Code::OK, "2.1.5 ok");
        assert_eq!(reply.enhanced(), Some(EnhancedCode { subject: 1, detail: 5 }));
        assert_eq!(reply.text(), "ok");
        assert_eq!(encoded(&reply), "250 2.1.5 ok\r\n");
        // SMTP-CL-23: another class is text.
        let other = Reply::new(Code::OK, "5.1.0 bad");
        assert_eq!((other.enhanced(), other.text().as_str()), (None, "5.1.0 bad"));
    }

    // SMTP-CL-25.
    #[test]
    fn display_escapes_what_could_fool_a_terminal() {
        let reply = Reply::received(Code::REFUSED, b"550 \x1b]0;pwned\x07 no\0\r\n");

        assert_eq!(reply.lines().next(), Some(&b"\x1b]0;pwned\x07 no\0"[..]));
        assert_eq!(reply.to_string(), "550 \\u{1b}]0;pwned\\u{7} no\\u{0}");
        assert_eq!(encoded(&reply), "550 \u{1b}]0;pwned\u{7} no \r\n");
    }

    #[test]
    fn codes_are_200_to_599() {
        assert!(Code::new(199).is_none() && Code::new(600).is_none());
        assert!(Code::new(200).is_some() && Code::new(599).is_some());
    }
}
