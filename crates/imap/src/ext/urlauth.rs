//! URLAUTH (RFC 4467), URLAUTH=BINARY (RFC 5524), URL-PARTIAL (RFC 5550): parts of messages by IMAP
//! URLs.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::string::ATOM;
use crate::types::{BodyItem, BodyStructure, Command, Mailbox, Octets, Raw, Response};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The commands of URLAUTH.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UrlAuthCommand<'a> {
    /// `GENURLAUTH`: URLs that end in their access, and the mechanism of each (`INTERNAL`).
    Generate(Vec<(Octets<'a>, Cow<'a, str>)>),
    /// `RESETKEY`: of a mailbox and mechanisms, or of all mailboxes.
    ResetKey(Option<(Mailbox<'a>, Vec<Cow<'a, str>>)>),
    /// `URLFETCH`.
    Fetch(Vec<UrlFetch<'a>>),
}

/// A URL that is to be fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UrlFetch<'a> {
    /// The URL.
    pub url: Octets<'a>,
    /// `BODY`, `BINARY`, `BODYPARTSTRUCTURE` (RFC 5524); `None` without parentheses.
    pub items: Option<Vec<Cow<'a, str>>>,
}

/// What URLFETCH answers to a URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UrlData<'a> {
    /// The URL.
    pub url: Octets<'a>,
    /// What it names.
    pub data: UrlContent<'a>,
}

/// What a URL names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UrlContent<'a> {
    /// Its octets; `None` when there are none.
    Body(Option<Cow<'a, [u8]>>),
    /// What was asked of it by name (RFC 5524).
    Items(Vec<UrlItem<'a>>),
}

/// What is told of a URL by name (RFC 5524).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UrlItem<'a> {
    /// `BODY`: the octets as they lie in the message.
    Body(BodyItem<'a>),
    /// `BINARY`: the octets without their transfer encoding.
    Binary(BodyItem<'a>),
    /// `BODYPARTSTRUCTURE`: how the part is made up.
    BodyPartStructure(Box<BodyStructure<'a>>),
    /// Another, or one of these with what it cannot have: its name, and what follows the space.
    Other(Cow<'a, str>, Raw<'a>),
}

impl UrlAuthCommand<'_> {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Generate(_) => "GENURLAUTH",
            Self::ResetKey(_) => "RESETKEY",
            Self::Fetch(_) => "URLFETCH",
        }
    }
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// genurlauth = "GENURLAUTH" 1*(SP url-rump SP mechanism)
    /// ```
    pub(crate) fn generate_url(&mut self) -> Parsed<Command<'a>> {
        let urls = self.words(|cursor| {
            let url = cursor.astring()?;
            cursor.space()?;
            Ok((url, Cow::Borrowed(cursor.atom("a mechanism")?)))
        })?;
        if urls.is_empty() {
            return self.error("a space");
        }
        Ok(Command::UrlAuth(UrlAuthCommand::Generate(urls)))
    }

    /// ```abnf
    /// resetkey = "RESETKEY" [SP mailbox *(SP mechanism)]
    /// ```
    pub(crate) fn reset_key(&mut self) -> Parsed<Command<'a>> {
        if self.rest().is_empty() {
            return Ok(Command::UrlAuth(UrlAuthCommand::ResetKey(None)));
        }
        self.space()?;
        let mailbox = self.mailbox()?;
        let mechanisms = self.words(|cursor| cursor.atom("a mechanism").map(Cow::Borrowed))?;
        Ok(Command::UrlAuth(UrlAuthCommand::ResetKey(Some((mailbox, mechanisms)))))
    }

    /// ```abnf
    /// urlfetch = "URLFETCH" 1*(SP (url / "(" url 1*(SP url-fetch-param) ")"))
    /// ```
    pub(crate) fn url_fetch(&mut self) -> Parsed<Command<'a>> {
        let urls = self.words(|cursor| {
            if !cursor.eat(b'(') {
                return Ok(UrlFetch { url: cursor.astring()?, items: None });
            }
            let url = cursor.astring()?;
            let items = cursor.words(|cursor| cursor.atom("an item").map(Cow::Borrowed))?;
            cursor.expect(b')', "`)`")?;
            Ok(UrlFetch { url, items: Some(items) })
        })?;
        if urls.is_empty() {
            return self.error("a space");
        }
        Ok(Command::UrlAuth(UrlAuthCommand::Fetch(urls)))
    }

    pub(crate) fn generated_urls(&mut self) -> Parsed<Response<'a>> {
        Ok(Response::GenUrlAuth(self.words(Self::astring)?))
    }

    /// ```abnf
    /// urlfetch-data = "URLFETCH" 1*(SP url SP (nstring / url-item *(SP url-item)))
    /// url-item      = "(" atom SP value ")"
    /// ```
    pub(crate) fn url_data(&mut self) -> Parsed<Response<'a>> {
        let urls = self.words(|cursor| {
            let url = cursor.astring()?;
            cursor.space()?;
            if cursor.peek() != Some(b'(') {
                return Ok(UrlData { url, data: UrlContent::Body(cursor.nstring()?) });
            }
            let mut items = Vec::from([cursor.url_item()?]);
            // Every turn consumes an item.
            while let [b' ', b'(', ..] = cursor.rest() {
                if items.len() >= cursor.bounds().items {
                    return cursor.error("fewer items");
                }
                cursor.skip(1);
                items.push(cursor.url_item()?);
            }
            Ok(UrlData { url, data: UrlContent::Items(items) })
        })?;
        Ok(Response::UrlFetch(urls))
    }

    fn url_item(&mut self) -> Parsed<UrlItem<'a>> {
        self.expect(b'(', "`(`")?;
        let name = self.atom("an item")?;
        self.space()?;
        let before = self.mark();
        let item = match () {
            () if name.eq_ignore_ascii_case("BODY") => self.body_item().map(UrlItem::Body),
            () if name.eq_ignore_ascii_case("BINARY") => self.body_item().map(UrlItem::Binary),
            () if name.eq_ignore_ascii_case("BODYPARTSTRUCTURE") => {
                self.body_structure(true).map(UrlItem::BodyPartStructure)
            }
            () => self.error("an item"),
        };
        let item = match item {
            Ok(item) if self.peek() == Some(b')') => item,
            _ => {
                self.reset(before);
                UrlItem::Other(Cow::Borrowed(name), self.raw_values()?)
            }
        };
        self.expect(b')', "`)`")?;
        Ok(item)
    }
}

impl Out<'_> {
    pub(crate) fn url_auth(&mut self, command: &UrlAuthCommand<'_>) {
        match command {
            UrlAuthCommand::Generate(urls) => self.spaced(urls, |out, (url, mechanism)| {
                out.string(url.as_bytes());
                out.space();
                out.of_class(mechanism, &ATOM);
            }),
            UrlAuthCommand::ResetKey(None) => {}
            UrlAuthCommand::ResetKey(Some((mailbox, mechanisms))) => {
                self.space();
                self.mailbox(mailbox);
                self.spaced(mechanisms, |out, mechanism| out.atom(mechanism));
            }
            UrlAuthCommand::Fetch(urls) => self.spaced(urls, |out, fetch| match &fetch.items {
                None => out.string(fetch.url.as_bytes()),
                Some(items) => {
                    out.put("(");
                    out.string(fetch.url.as_bytes());
                    out.spaced(items, |out, item| out.atom(item));
                    out.put(")");
                }
            }),
        }
    }

    pub(crate) fn url_data(&mut self, urls: &[UrlData<'_>]) {
        self.put("URLFETCH");
        self.spaced(urls, |out, data| {
            out.string(data.url.as_bytes());
            out.space();
            match &data.data {
                UrlContent::Body(body) => out.nstring(body.as_deref()),
                UrlContent::Items(items) => {
                    for (at, item) in items.iter().enumerate() {
                        out.put(if at > 0 { " (" } else { "(" });
                        out.url_item(item);
                        out.put(")");
                    }
                }
            }
        });
    }

    fn url_item(&mut self, item: &UrlItem<'_>) {
        match item {
            UrlItem::Body(body) => {
                self.put("BODY ");
                self.body_item(body);
            }
            UrlItem::Binary(body) => {
                self.put("BINARY ");
                self.body_item(body);
            }
            UrlItem::BodyPartStructure(body) => {
                self.put("BODYPARTSTRUCTURE ");
                self.body_structure(body, true);
            }
            UrlItem::Other(name, value) => {
                self.atom(name);
                self.space();
                self.raw(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, no_commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "GENURLAUTH \"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred\" \
             INTERNAL",
            "RESETKEY",
            "RESETKEY INBOX",
            "RESETKEY INBOX INTERNAL X-Y",
            "URLFETCH \"imap://a/b;uid=1\" \"imap://c\"",
            "URLFETCH (\"imap://a/b;uid=1\" BODYPARTSTRUCTURE BINARY)",
        ]);
        no_commands(&["GENURLAUTH", "GENURLAUTH a", "URLFETCH"]);
        responses(&[
            "GENURLAUTH \"imap://a;urlauth=submit+fred:internal:91354a473744909de610943775f92038\"",
            "URLFETCH \"imap://a/b;uid=1\" {4}\r\nhi\r\n \"imap://c\" NIL",
            "URLFETCH \"imap://a\" (BODYPARTSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 2 1 NIL \
             NIL NIL NIL)) (BINARY ~{2}\r\na\0)",
            "URLFETCH \"imap://a\" (BODY NIL) \"imap://b\" (BINARY {1}\r\nx) (BODYPARTSTRUCTURE NIL)",
            "URLFETCH \"imap://a\" (X-SIZE 5 \"b\")",
            "OK [URLMECH INTERNAL XSAMPLE=P34OKhO7VEkCbsiYY8rGEg==] done",
            "NO [BADURL /x;UIDVALIDITY=1] no",
        ]);
    }
}
