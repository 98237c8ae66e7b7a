//! Addresses as an ENVELOPE has them: as they stand, so that no two become one and none is lost.

use super::token::{Broken, More, Words};
use alloc::vec::Vec;

/// An address of an ENVELOPE (RFC 9051 section 7.5.2), nothing decoded.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EnvelopeAddress {
    /// The name.
    pub name: Option<Vec<u8>>,
    /// The route (RFC 5321 appendix C).
    pub route: Option<Vec<u8>>,
    /// What is before the at sign; the name of a group where it begins; none where it ends.
    pub mailbox: Option<Vec<u8>>,
    /// What is behind it; none where a group begins or ends.
    pub host: Option<Vec<u8>>,
}

/// Reads the addresses of a value. One that is broken is told with a mailbox of `MISSING_MAILBOX`,
/// or a host of `MISSING_DOMAIN` or `SYNTAX_ERROR`, as Dovecot does: clients know these.
#[must_use]
pub fn envelope_addresses(value: &[u8]) -> Vec<EnvelopeAddress> {
    let mut reader = Reader { words: Words::new(value), list: Vec::new(), one: Default::default() };
    if reader.words.blank() == Ok(true) {
        reader.all();
    }
    reader.list
}

struct Reader<'a> {
    words: Words<'a>,
    list: Vec<EnvelopeAddress>,
    one: EnvelopeAddress,
}

impl Reader<'_> {
    fn all(&mut self) {
        // Every turn consumes a comma.
        loop {
            if self.address() == Ok(false) || !self.words.pass(b',') {
                return;
            }
            match self.words.blank() {
                Ok(true) => {}
                Ok(false) => return,
                Err(Broken) => return self.finish(),
            }
        }
    }

    fn address(&mut self) -> More {
        let start = self.words.clone();
        let mut name = Vec::new();
        if self.words.phrase(&mut name) == Ok(true) && self.words.pass(b':') {
            return self.group(name);
        }
        self.words = start;
        self.mailbox()
    }

    fn group(&mut self, name: Vec<u8>) -> More {
        self.list.push(EnvelopeAddress { mailbox: Some(name), ..EnvelopeAddress::default() });
        let mut more = self.words.blank();
        if more == Ok(true) && self.words.peek() != Some(b';') {
            // Every turn consumes a comma.
            loop {
                let _ = self.mailbox();
                if !self.words.pass(b',') {
                    break;
                }
                more = self.words.blank();
                if more != Ok(true) {
                    more = Err(Broken);
                    break;
                }
            }
        }
        if more.is_ok() {
            more = if self.words.pass(b';') { self.words.blank() } else { Err(Broken) };
        }
        self.list.push(EnvelopeAddress::default());
        Ok(more != Ok(false))
    }

    fn mailbox(&mut self) -> More {
        let start = self.words.clone();
        let more = match self.name_and_address() {
            Err(Broken) => {
                self.words = Words { comment: None, ..start };
                self.address_alone()
            }
            more => more,
        };
        self.finish();
        more
    }

    /// Adds the address that was read, with what it lacks.
    fn finish(&mut self) {
        let mut one = core::mem::take(&mut self.one);
        one.mailbox.get_or_insert_with(|| b"MISSING_MAILBOX".to_vec());
        if one.host.as_ref().is_none_or(Vec::is_empty) {
            one.host = Some(b"MISSING_DOMAIN".to_vec());
        }
        self.list.push(one);
    }

    fn name_and_address(&mut self) -> More {
        let mut name = Vec::new();
        if self.words.phrase(&mut name) != Ok(true) || !self.words.pass(b'<') {
            return Err(Broken);
        }
        self.one.name = (!name.is_empty()).then_some(name);
        if self.angle() == Err(Broken) {
            self.one.host = Some(b"SYNTAX_ERROR".to_vec());
        }
        Ok(!self.words.rest.is_empty())
    }

    /// What is in angle brackets, the first of which was passed.
    fn angle(&mut self) -> More {
        if !self.words.blank()? {
            return Err(Broken);
        }
        if self.words.peek() == Some(b'@') {
            match self.route() {
                Ok(true) if self.words.pass(b':') => {}
                _ if self.words.rest.is_empty() => return Err(Broken),
                _ => self.one.route = Some(b"INVALID_ROUTE".to_vec()),
            }
            if !self.words.blank()? {
                return Err(Broken);
            }
        }
        if self.words.peek() != Some(b'>') {
            if !self.local_part()? {
                return Err(Broken);
            }
            if self.words.peek() == Some(b'@') && !self.host()? {
                return Err(Broken);
            }
        }
        if !self.words.pass(b'>') {
            return Err(Broken);
        }
        self.words.blank()
    }

    fn route(&mut self) -> More {
        let mut route = Vec::new();
        // Every turn consumes a domain.
        while self.words.peek() == Some(b'@') {
            if !route.is_empty() {
                route.push(b',');
            }
            route.push(b'@');
            if !self.words.domain(&mut route)? {
                return Err(Broken);
            }
            while self.words.blank()? && self.words.pass(b',') {}
        }
        self.one.route = Some(route);
        Ok(!self.words.rest.is_empty())
    }

    fn local_part(&mut self) -> More {
        let mut local = Vec::new();
        let more = match self.words.peek() {
            Some(b'"') => self.words.quoted(&mut local)?,
            _ => self.words.dots_and_atoms(&mut local)?,
        };
        self.one.mailbox = Some(local);
        Ok(more)
    }

    fn host(&mut self) -> More {
        let mut host = Vec::new();
        let more = self.words.domain(&mut host)?;
        self.one.host = Some(host);
        Ok(more)
    }

    /// An address without brackets. Its name is the comment behind it; a word without an at sign
    /// is a mailbox when it stands alone, else it is part of a name.
    fn address_alone(&mut self) -> More {
        let quoted = self.words.peek() == Some(b'"');
        let mut result = self.local_part();
        let (mut at_sign, mut invalid) = (false, result != Ok(true));
        if result != Ok(false) && self.words.peek() == Some(b'@') {
            at_sign = true;
            let host = self.host();
            if host != Ok(true) {
                result = host;
            }
        }
        if let Some(comment) = self.words.comment.take().filter(|text| !text.is_empty()) {
            self.one.name = Some(comment);
        } else if !at_sign {
            let mut name = self.one.mailbox.clone().unwrap_or_default();
            name.push(b' ');
            let before = name.len();
            let _ = self.words.phrase(&mut name);
            if name.len() > before {
                (self.one.mailbox, self.one.name) = (None, Some(name));
            } else if !quoted {
                self.one.host = Some(Vec::new());
            }
            (result, invalid) = (Err(Broken), true);
        }
        if self.one.name.is_none() && self.one.host.is_none() && invalid {
            self.one.name = self.one.mailbox.take();
        }
        result
    }
}
