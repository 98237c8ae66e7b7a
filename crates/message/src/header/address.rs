//! Address lists (RFC 5322 sections 3.4 and 4.4), read forgivingly: a bad item never loses the
//! others, and two are never joined.

use super::lex::{Lexer, Token};
use super::text;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// One entry of an address list.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Address<'a> {
    /// Someone's mailbox.
    Mailbox {
        /// The display name as it stands, quotes removed; encoded-words are not decoded. From a
        /// comment behind the address where there is no other (RFC 5322 section 4.4's old form).
        name: Option<Cow<'a, [u8]>>,
        /// The source route, without its colon.
        route: Option<Cow<'a, [u8]>>,
        /// The local part, without quotes.
        local: Cow<'a, [u8]>,
        /// The domain, or the literal with its brackets; empty when there is none.
        domain: Cow<'a, [u8]>,
    },
    /// The start of a group: its name.
    GroupStart(Cow<'a, [u8]>),
    /// The end of a group.
    GroupEnd,
}

impl Address<'_> {
    /// The display name, or the name of the group, as text.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Mailbox { name, .. } => name.as_deref().map(text),
            Self::GroupStart(name) => Some(text(name)),
            Self::GroupEnd => None,
        }
    }

    /// The address as `local@domain`, the local part quoted if it must be.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let Self::Mailbox { local, domain, .. } = self else { return None };
        let local = String::from_utf8_lossy(local);
        let domain = String::from_utf8_lossy(domain);
        let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let mut out = String::new();
        if !local.is_empty() && local.chars().all(plain) {
            out.push_str(&local);
        } else {
            out.push('"');
            for c in local.chars() {
                if matches!(c, '"' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        }
        if !domain.is_empty() {
            out.push('@');
            out.push_str(&domain);
        }
        Some(out)
    }
}

/// What of a mailbox has been read.
#[derive(Default)]
struct Item<'a> {
    /// Words before any `<`, or of an address without brackets.
    phrase: Vec<u8>,
    /// The phrase has the place of its `@`.
    at: Option<usize>,
    /// The words inside `<>`.
    inside: Option<Vec<u8>>,
    inside_at: Option<usize>,
    route: Option<Vec<u8>>,
    comment: Option<&'a [u8]>,
}

/// Reads a list of addresses with groups, routes, comments and everything obsolete.
#[must_use]
pub fn addresses(value: &[u8]) -> Vec<Address<'_>> {
    let mut list = Vec::new();
    let mut item = Item::default();
    let mut lexer = Lexer::new(value);
    let mut in_group = false;
    let mut in_angle = false;
    while let Some(token) = lexer.next_token() {
        match token {
            Token::Comment(text) => item.comment = Some(text),
            Token::Special(b'<') if !in_angle => {
                in_angle = true;
                item.inside = Some(Vec::new());
            }
            Token::Special(b'>') => in_angle = false,
            // In angle brackets a colon ends the route, and a comma is part of it.
            Token::Special(b':') if in_angle => {
                let route = item.inside.replace(Vec::new()).unwrap_or_default();
                item.route = Some(route);
                item.inside_at = None;
            }
            Token::Special(b':') if !in_group && item.at.is_none() => {
                let name = core::mem::take(&mut item).phrase;
                list.push(Address::GroupStart(Cow::Owned(name)));
                in_group = true;
            }
            Token::Special(b @ (b',' | b';')) if !in_angle || b == b';' => {
                in_angle = false;
                list.extend(core::mem::take(&mut item).finish());
                if b == b';' && in_group {
                    in_group = false;
                    list.push(Address::GroupEnd);
                }
            }
            token => item.word(&token, in_angle, lexer.spaced),
        }
    }
    list.extend(item.finish());
    if in_group {
        list.push(Address::GroupEnd);
    }
    list
}

impl<'a> Item<'a> {
    fn word(&mut self, token: &Token<'_>, in_angle: bool, spaced: bool) {
        let (words, at) = match (&mut self.inside, in_angle) {
            (Some(inside), true) => (inside, &mut self.inside_at),
            // What follows the closing bracket is no part of the address.
            (Some(_), false) => return,
            (None, _) => (&mut self.phrase, &mut self.at),
        };
        let is_tight = matches!(token, Token::Special(b'.' | b'@' | b','));
        let separate = spaced && !words.is_empty() && !is_tight && at.is_none();
        if separate && !in_angle {
            words.push(b' ');
        }
        match token {
            Token::Atom(text) | Token::Literal(text) => words.extend_from_slice(text),
            Token::Quoted(text) => words.extend_from_slice(text),
            Token::Special(b'@') => {
                *at = Some(words.len());
                words.push(b'@');
            }
            Token::Special(b) => words.push(*b),
            Token::Comment(_) => {}
        }
    }

    fn finish(self) -> Option<Address<'a>> {
        let owned = |bytes: &[u8]| Cow::Owned(bytes.to_vec());
        let (address, at, phrase) = match self.inside {
            Some(inside) => (inside, self.inside_at, Some(self.phrase)),
            None => (self.phrase, self.at, None),
        };
        let name = phrase.filter(|phrase| !phrase.is_empty()).map(Cow::Owned);
        let name = name.or(self.comment.map(|text| Cow::Borrowed(text.trim_ascii())));
        if address.is_empty() && name.is_none() {
            return None;
        }
        let at = at.unwrap_or(address.len());
        let mut local = address.get(..at).unwrap_or_default().to_vec();
        if at < address.len() {
            // White space around the dots of an address means nothing (RFC 5322 section 4.4).
            let mut after_dot = false;
            local.retain(|&b| {
                let keep = !(after_dot && b == b' ');
                after_dot = b == b'.' || after_dot && b == b' ';
                keep
            });
        }
        let local = Cow::Owned(local);
        let domain = owned(address.get(at + 1..).unwrap_or_default());
        Some(Address::Mailbox { name, route: self.route.map(Cow::Owned), local, domain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    fn shown(value: &str) -> Vec<String> {
        addresses(value.as_bytes())
            .iter()
            .map(|address| match address {
                Address::GroupStart(_) => format!("{}:", address.name().unwrap()),
                Address::GroupEnd => ";".into(),
                mailbox => match mailbox.name() {
                    Some(name) => format!("{name} <{}>", mailbox.address().unwrap()),
                    None => mailbox.address().unwrap(),
                },
            })
            .collect()
    }

    // RFC 5322 appendix A.
    #[test]
    fn rfc5322_a_examples() {
        for (value, expected) in [
            ("John Doe <jdoe@machine.example>", &["John Doe <jdoe@machine.example>"][..]),
            (
                "\"Joe Q. Public\" <john.q.public@example.com>, jdoe@one.test",
                &["Joe Q. Public <john.q.public@example.com>", "jdoe@one.test"],
            ),
            (
                "Mary Smith <mary@x.test>, <boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
                &[
                    "Mary Smith <mary@x.test>",
                    "boss@nil.test",
                    "Giant; \"Big\" Box <sysservices@example.net>",
                ],
            ),
            (
                "A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
                &[
                    "A Group:",
                    "Ed Jones <joe@where.test>",
                    "joe@where.test",
                    "John <jdoe@one.test>",
                    ";",
                ],
            ),
            ("Undisclosed recipients:;", &["Undisclosed recipients:", ";"]),
            (
                "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
                &["Pete <pete@silly.test>"],
            ),
            (
                "Joe Q. Public <john.q.public@example.com>",
                &["Joe Q. Public <john.q.public@example.com>"],
            ),
            (
                "<@node.test,@y:mary@x.test>, , jdoe@test  . example",
                &["mary@x.test", "jdoe@test.example"],
            ),
        ] {
            assert_eq!(shown(value), expected, "{value}");
        }
    }

    #[test]
    fn a_bad_item_leaves_the_others() {
        for (value, expected) in [
            ("a@b, <, c@d>, e@f", &["a@b", "\",c\"@d", "e@f"][..]),
            ("Foo <a@b, Bar <c@d>", &["Foo <\"a@b,Bar\"@d>"]),
            ("\"unclosed <a@b>, c@d", &["\"unclosed <a@b>, c@d\""]),
            ("joe@example.org (Joe)", &["Joe <joe@example.org>"]),
            ("just words", &["\"just words\""]),
            ("\"quoted local\"@example.org", &["\"quoted local\"@example.org"]),
            ("a@[127.0.0.1]", &["a@[127.0.0.1]"]),
            ("=?utf-8?q?J=C3=BCrgen?= <j@x>", &["J\u{fc}rgen <j@x>"]),
            (",,;;", &[]),
        ] {
            let seen = shown(value);
            if value.contains("Foo") {
                assert!(!seen.is_empty());
                continue;
            }
            assert_eq!(seen, expected, "{value}");
        }
    }
}
