//! IMAP URLs (RFC 5092), with access (URLAUTH, RFC 4467) and parts of messages (URL-PARTIAL, RFC 5550).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use mailwire_core::Syntax;

/// An IMAP URL, absolute (`imap://…`) or relative to a server (`/INBOX/;uid=20`).
///
/// ```
/// use mailwire_imap::types::ImapUrl;
///
/// let text = "imap://joe@example.com/INBOX;UIDVALIDITY=3/;UID=20/;SECTION=1.2/;PARTIAL=0.1024";
/// let url: ImapUrl = text.parse()?;
/// assert_eq!(url.host.as_deref(), Some("example.com"));
/// assert_eq!((url.uid, url.partial), (Some(20), Some((0, Some(1024)))));
/// assert_eq!(url.to_string(), text);
/// # Ok::<(), mailwire_core::Syntax>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImapUrl {
    /// The user's name.
    pub user: Option<String>,
    /// How to authenticate: `*` or a mechanism.
    pub auth: Option<String>,
    /// The server; `None` in a relative URL.
    pub host: Option<String>,
    /// Its port, if not 143.
    pub port: Option<u16>,
    /// The mailbox.
    pub mailbox: Option<String>,
    /// The validity of its unique identifiers.
    pub uid_validity: Option<u32>,
    /// What is searched for in it, in the syntax of SEARCH.
    pub search: Option<String>,
    /// A message.
    pub uid: Option<u32>,
    /// A section of it: `1.2`, `HEADER`, ….
    pub section: Option<String>,
    /// Which octets of it: the first, and how many.
    pub partial: Option<(u64, Option<u64>)>,
    /// Until when it grants access, as RFC 3339 writes it.
    pub expire: Option<String>,
    /// Whom it grants access.
    pub access: Option<UrlAccess>,
}

/// `;URLAUTH=access:mechanism:token`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UrlAccess {
    /// `submit+user`, `user+user`, `authuser` or `anonymous`.
    pub access: String,
    /// The mechanism (`INTERNAL`) and the token, once they are made.
    pub proof: Option<(String, String)>,
}

/// What comes next of a text, and where it is.
struct Scan<'u> {
    text: &'u str,
    at: usize,
}

impl<'u> Scan<'u> {
    fn rest(&self) -> &'u str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error<T>(&self, expected: &'static str) -> Result<T, Syntax> {
        Err(Syntax { at: self.at, expected })
    }

    /// Consumes `prefix`, in any case, if it is next.
    fn eat(&mut self, prefix: &str) -> bool {
        let is = self.rest().get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix));
        self.at += if is { prefix.len() } else { 0 };
        is
    }

    /// What stands before the first of these characters, decoded.
    fn until(&mut self, ends: &[char]) -> Result<String, Syntax> {
        let raw = self.rest().split(ends).next().unwrap_or_default();
        let at = self.at;
        self.at += raw.len();
        let mut out = Vec::new();
        let mut rest = raw.as_bytes();
        while let [first, more @ ..] = rest {
            rest = more;
            if *first != b'%' {
                out.push(*first);
                continue;
            }
            let [high, low, more @ ..] = rest else {
                return Err(Syntax { at, expected: "two digits behind %" });
            };
            let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let (Some(high), Some(low)) = (digit(high), digit(low)) else {
                return Err(Syntax { at, expected: "two digits behind %" });
            };
            out.push(high << 4 | low);
            rest = more;
        }
        String::from_utf8(out).map_err(|_| Syntax { at, expected: "UTF-8" })
    }

    fn number<N: core::str::FromStr>(&mut self) -> Result<N, Syntax> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest().get(..digits).and_then(|digits| digits.parse().ok());
        let Some(number) = number else { return self.error("a number") };
        self.at += digits;
        Ok(number)
    }
}

impl core::str::FromStr for ImapUrl {
    type Err = Syntax;

    /// ```abnf
    /// imapurl         = "imap://" iserver ipath-query
    /// iserver         = [iuserinfo "@"] host [":" port]
    /// iuserinfo       = enc-user [iauth] / [enc-user] iauth    ; iauth = ";AUTH=" ("*" / enc-auth-type)
    /// imailbox-ref    = enc-mailbox [";UIDVALIDITY=" nz-number]
    /// imessagepart    = imailbox-ref ["/"] ";UID=" nz-number ["/;SECTION=" section] ["/;PARTIAL=" range]
    ///                   [";EXPIRE=" date-time] [";URLAUTH=" access [":" mechanism ":" token]]
    /// ```
    fn from_str(text: &str) -> Result<Self, Syntax> {
        let mut url = Self::default();
        let mut scan = Scan { text, at: 0 };
        if let Some(at) = text.bytes().position(|b| !(b' ' < b && b < 127)) {
            return Err(Syntax { at, expected: "a character of a URL" });
        }
        if scan.eat("imap://") {
            url.server(&mut scan)?;
        } else if text.contains("://") {
            return scan.error("imap://");
        }
        scan.eat("/");
        let mailbox = scan.until(&[';', '?'])?;
        // The slash before a message is not part of the name.
        let names = scan.rest().get(..5).is_some_and(|next| next.eq_ignore_ascii_case(";UID="));
        let mailbox = match mailbox.strip_suffix('/') {
            Some(name) if names => String::from(name),
            _ => mailbox,
        };
        url.mailbox = (!mailbox.is_empty()).then_some(mailbox);
        if scan.eat(";UIDVALIDITY=") {
            url.uid_validity = Some(scan.number()?);
        }
        scan.eat("/");
        if scan.eat(";UID=") {
            url.uid = Some(scan.number()?);
            if scan.eat("/;SECTION=") || scan.eat(";SECTION=") {
                let section = scan.until(&[';'])?;
                url.section = Some(section.strip_suffix('/').unwrap_or(&section).into());
                scan.at -= usize::from(section.ends_with('/'));
            }
            if scan.eat("/;PARTIAL=") || scan.eat(";PARTIAL=") {
                let offset = scan.number()?;
                let length = if scan.eat(".") { Some(scan.number()?) } else { None };
                url.partial = Some((offset, length));
            }
            if scan.eat(";EXPIRE=") {
                url.expire = Some(scan.until(&[';'])?);
            }
            if scan.eat(";URLAUTH=") {
                let access = scan.until(&[':'])?;
                let mut proof = None;
                if scan.eat(":") {
                    let mechanism = scan.until(&[':'])?;
                    if !scan.eat(":") {
                        return scan.error("`:` and a token");
                    }
                    proof = Some((mechanism, scan.until(&[])?));
                }
                url.access = Some(UrlAccess { access, proof });
            }
        } else if scan.eat("?") {
            url.search = Some(scan.until(&[])?);
        }
        if scan.rest().is_empty() { Ok(url) } else { scan.error("the end") }
    }
}

impl ImapUrl {
    fn server(&mut self, scan: &mut Scan<'_>) -> Result<(), Syntax> {
        let server = scan.rest().split(['/', '?']).next().unwrap_or_default();
        if server.contains('@') {
            let user = scan.until(&[';', '@'])?;
            self.user = (!user.is_empty()).then_some(user);
            if scan.eat(";AUTH=") {
                self.auth = Some(scan.until(&['@'])?);
            }
            if !scan.eat("@") {
                return scan.error("`@`");
            }
        }
        let literal = scan.rest().starts_with('[');
        let ends: &[char] = if literal { &[']', '/', '?'] } else { &[':', '/', '?'] };
        let start = scan.at;
        let mut host = scan.until(ends)?;
        if literal {
            if !scan.eat("]") {
                return scan.error("`]`");
            }
            host.push(']');
            if !is_ip_literal(&host) {
                return Err(Syntax { at: start, expected: "an address in brackets" });
            }
        }
        if host.is_empty() {
            return scan.error("a server");
        }
        self.host = Some(host);
        if scan.eat(":") {
            self.port = Some(scan.number()?);
        }
        Ok(())
    }
}

/// Whether a host is an address in brackets, and nothing else is (RFC 3986 section 3.2.2).
fn is_ip_literal(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.is_some_and(|inside| !inside.contains(['[', ']']))
}

/// Text with all octets but these and letters and digits as `%XX`.
struct Encoded<'t>(&'t str, &'t [u8]);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for b in self.0.bytes() {
            match b {
                b if b.is_ascii_alphanumeric() || self.1.contains(&b) => {
                    write!(f, "{}", char::from(b))?;
                }
                b => write!(f, "%{b:02X}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for ImapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const USER: &[u8] = b"-._~!$'()*+,&=";
        const PATH: &[u8] = b"-._~!$'()*+,&=:@/";
        if let Some(host) = &self.host {
            f.write_str("imap://")?;
            if self.user.is_some() || self.auth.is_some() {
                write!(f, "{}", Encoded(self.user.as_deref().unwrap_or_default(), USER))?;
                if let Some(auth) = &self.auth {
                    write!(f, ";AUTH={}", Encoded(auth, USER))?;
                }
                f.write_str("@")?;
            }
            let literal = is_ip_literal(host);
            let plain: &[u8] = if literal { b"-._~!$'()*+,&=[:]" } else { b"-._~!$'()*+,&=" };
            write!(f, "{}", Encoded(host, plain))?;
            if let Some(port) = self.port {
                write!(f, ":{port}")?;
            }
        }
        f.write_str("/")?;
        if let Some(mailbox) = &self.mailbox {
            write!(f, "{}", Encoded(mailbox, PATH))?;
        }
        if let Some(validity) = self.uid_validity {
            write!(f, ";UIDVALIDITY={validity}")?;
        }
        if let Some(uid) = self.uid {
            // A relative URL of the selected mailbox has one slash.
            let slash =
                if self.mailbox.is_some() || self.uid_validity.is_some() { "/" } else { "" };
            write!(f, "{slash};UID={uid}")?;
            if let Some(section) = &self.section {
                write!(f, "/;SECTION={}", Encoded(section, b"-._~()"))?;
            }
            if let Some((offset, length)) = self.partial {
                write!(f, "/;PARTIAL={offset}")?;
                if let Some(length) = length {
                    write!(f, ".{length}")?;
                }
            }
            if let Some(expire) = &self.expire {
                write!(f, ";EXPIRE={}", Encoded(expire, b"-:.+"))?;
            }
            if let Some(access) = &self.access {
                write!(f, ";URLAUTH={}", Encoded(&access.access, USER))?;
                if let Some((mechanism, token)) = &access.proof {
                    write!(f, ":{}:{}", Encoded(mechanism, b"-."), Encoded(token, b"-."))?;
                }
            }
        } else if let Some(search) = &self.search {
            write!(f, "?{}", Encoded(search, PATH))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    // RFC 5092 section 10, RFC 4467 section 10.
    #[test]
    fn urls_come_back() {
        for text in [
            "imap://minbari.example.org/gray-council;UIDVALIDITY=385759045/;UID=20/;PARTIAL=0.1024",
            "imap://psicorp.example.org/~peter/%E6%97%A5%E6%9C%AC%E8%AA%9E/%E5%8F%B0%E5%8C%97",
            "imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;UID=20/;SECTION=1.2",
            "imap://;AUTH=*@minbari.example.org/gray%20council?SUBJECT%20shadows",
            "imap://john;AUTH=*@minbari.example.org/babylon5/personel?charset%20UTF-8%20SUBJECT",
            "imap://joe@example.com/INBOX/;UID=20/;SECTION=1.2;URLAUTH=submit+fred",
            "imap://joe@example.com:1430/INBOX/;UID=20;EXPIRE=2020-01-01T00:00:00Z;URLAUTH=anonymous:internal:91354a473744909de610943775f92038",
            "imap://[::1]:143/",
            "imap://%5Ba%3Ab/",
            "/INBOX/;UID=20",
            "/;UID=20",
            "/INBOX;UIDVALIDITY=1/;UID=20/;SECTION=TEXT",
        ] {
            let url: ImapUrl = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(url.to_string(), text, "{url:?}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for (text, at) in [
            ("http://a/", 0),
            ("imap:///INBOX", 7),
            ("imap://a/%4", 9),
            ("imap://a/%zz", 9),
            ("imap://a/%ff", 9),
            ("imap://a/b/;UID=x", 16),
            ("imap://a/b/;UID=1;X", 17),
            ("imap://a/b c", 10),
            ("imap://a:99999/", 9),
            ("imap://[a%5D]/", 7),
            ("imap://[a", 9),
            ("imap://a/b;UIDVALIDITY=99999999999", 23),
            ("imap://a/b;UID=1;URLAUTH=x:y", 28),
        ] {
            let parsed = text.parse::<ImapUrl>();
            assert_eq!(parsed.map_err(|e| e.at), Err(at), "{text}");
        }
    }
}
