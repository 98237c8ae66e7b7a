//! What the fields of a part say of it in BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2).

use super::token::{Broken, Words};
use super::write::one_line;
use crate::header::Field;
use crate::{Kind, Parameters};
use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

/// Parameters as they stand: names and values, quotes removed, nothing of RFC 2231 decoded.
pub type RawParameters = Vec<(Vec<u8>, Vec<u8>)>;

/// What the fields of a part say of it, nothing decoded. The default is what a part without fields
/// is: text of US-ASCII.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BodyFields<'a> {
    /// The type: `text`, `image`, ….
    pub kind: Vec<u8>,
    /// The subtype: `plain`, `png`, ….
    pub subtype: Vec<u8>,
    /// The parameters of Content-Type. Text has a charset, said or meant.
    pub parameters: RawParameters,
    /// Content-ID.
    pub id: Option<Cow<'a, [u8]>>,
    /// Content-Description.
    pub description: Option<Cow<'a, [u8]>>,
    /// Content-Transfer-Encoding.
    pub encoding: Vec<u8>,
    /// Content-MD5.
    pub md5: Option<Cow<'a, [u8]>>,
    /// Content-Disposition and its parameters.
    pub disposition: Option<(Vec<u8>, RawParameters)>,
    /// Content-Language: see [`languages`](Self::languages).
    pub language: Option<Cow<'a, [u8]>>,
    /// Content-Location.
    pub location: Option<Cow<'a, [u8]>>,
}

impl Default for BodyFields<'_> {
    fn default() -> Self {
        Self {
            kind: b"text".to_vec(),
            subtype: b"plain".to_vec(),
            parameters: vec![(b"charset".to_vec(), b"us-ascii".to_vec())],
            id: None,
            description: None,
            encoding: b"7bit".to_vec(),
            md5: None,
            disposition: None,
            language: None,
            location: None,
        }
    }
}

impl<'a> BodyFields<'a> {
    /// What these fields say of a part of this kind.
    #[must_use]
    pub fn of(kind: Kind, fields: impl IntoIterator<Item = Field<'a>>, rules: Parameters) -> Self {
        let mut told = Self::default();
        let mut content_type = None;
        for field in fields {
            let Some(name) = field.name().split_at_checked(8) else { continue };
            if !name.0.eq_ignore_ascii_case(b"content-") {
                continue;
            }
            let is = |wanted: &str| name.1.eq_ignore_ascii_case(wanted.as_bytes());
            let text = match name.1.len() {
                4 if is("type") => {
                    content_type.get_or_insert_with(|| content_type_by(field, rules));
                    continue;
                }
                17 if is("transfer-encoding") => {
                    told.encoded(field);
                    continue;
                }
                11 if is("disposition") => {
                    told.disposed(field, rules);
                    continue;
                }
                2 if is("id") => &mut told.id,
                11 if is("description") => &mut told.description,
                3 if is("md5") => &mut told.md5,
                8 if is("location") => &mut told.location,
                8 if is("language") => &mut told.language,
                _ => continue,
            };
            text.get_or_insert_with(|| one_line(field.value()));
        }
        told.typed(kind, content_type);
        told
    }

    /// Whether it is of this type, and of this subtype.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: Option<&str>) -> bool {
        self.kind.eq_ignore_ascii_case(kind.as_bytes())
            && subtype.is_none_or(|it| self.subtype.eq_ignore_ascii_case(it.as_bytes()))
    }

    /// A message of RFC 6532, which is told as octets: IMAP4rev1 knows no other message than
    /// message/rfc822.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.is("message", Some("global"))
    }

    /// The languages.
    pub fn languages(&self) -> impl Iterator<Item = &[u8]> {
        let words = self.language.as_deref().unwrap_or_default().split(|&b| b == b',');
        words.map(<[u8]>::trim_ascii).filter(|word| !word.is_empty())
    }

    /// As the BODY of a whole message: one of nothing but text of US-ASCII is told in small
    /// letters, whatever its own are, as Dovecot does: most messages are told alike.
    #[must_use]
    pub fn of_whole(self) -> Self {
        let ascii = |(name, value): &(Vec<u8>, Vec<u8>)| {
            name.eq_ignore_ascii_case(b"charset") && value.eq_ignore_ascii_case(b"us-ascii")
        };
        let told = [&self.id, &self.description, &self.md5, &self.language, &self.location];
        let plain = self.is("text", Some("plain"))
            && matches!(self.parameters.as_slice(), [one] if ascii(one))
            && self.encoding.eq_ignore_ascii_case(b"7bit")
            && told.iter().all(|it| it.is_none())
            && self.disposition.is_none();
        if plain { Self::default() } else { self }
    }

    /// Where there is no Content-Type, or none that can be read, what is meant.
    fn typed(&mut self, kind: Kind, found: Option<(Vec<u8>, Vec<u8>, RawParameters)>) {
        (self.kind, self.subtype, self.parameters) = found.unwrap_or_else(|| {
            let (kind, subtype): (&[u8], &[u8]) = match kind {
                Kind::Message => (b"message", b"rfc822"),
                Kind::Multipart => (b"multipart", b"mixed"),
                Kind::Leaf => (b"text", b"plain"),
            };
            (kind.to_vec(), subtype.to_vec(), Vec::new())
        });
        if kind == Kind::Message {
            self.kind.make_ascii_lowercase();
            self.subtype.make_ascii_lowercase();
        }
        let charset = self.parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"charset"));
        if self.is("text", None) && !charset {
            self.parameters.push((b"charset".to_vec(), b"us-ascii".to_vec()));
        }
    }

    /// The last encoding that is one, as in Dovecot; where something follows it is none.
    fn encoded(&mut self, field: Field<'_>) {
        let (value, mut found) = (one_line(field.value()), Vec::new());
        let mut words = Words::new(&value);
        if words.blank().and_then(|_| words.token(&mut found)) == Ok(false) && !found.is_empty() {
            self.encoding = found;
        }
    }

    /// The first disposition that has parameters, else the last.
    fn disposed(&mut self, field: Field<'_>, rules: Parameters) {
        if self.disposition.as_ref().is_some_and(|(_, list)| !list.is_empty()) {
            return;
        }
        let value = one_line(field.value());
        let (mut words, mut kind) = (Words::new(&value), Vec::new());
        let more = words.blank().and_then(|_| words.token(&mut kind));
        let list = if more == Ok(true) { raw_parameters(&mut words, rules) } else { Vec::new() };
        self.disposition = Some((kind, list));
    }
}

/// The type, the subtype and the parameters of a Content-Type as they stand; what is missing is
/// empty, so that a client does not take for text what is not said to be.
#[must_use]
pub fn content_type(field: Field<'_>) -> (Vec<u8>, Vec<u8>, RawParameters) {
    content_type_by(field, Parameters::default())
}

fn content_type_by(field: Field<'_>, rules: Parameters) -> (Vec<u8>, Vec<u8>, RawParameters) {
    let value = one_line(field.value());
    let mut words = Words::new(&value);
    let (mut kind, mut subtype) = (Vec::new(), Vec::new());
    let more = words.blank().and_then(|_| words.token(&mut kind));
    if more == Ok(true) && !words.pass(b'/') {
        return Default::default();
    }
    if more != Ok(true) || words.blank() != Ok(true) {
        return (kind, subtype, Vec::new());
    }
    match words.token(&mut subtype) {
        Ok(true) if words.peek() == Some(b';') => {
            let parameters = raw_parameters(&mut words, rules);
            (kind, subtype, parameters)
        }
        Ok(true) => Default::default(),
        _ => (kind, subtype, Vec::new()),
    }
}

fn raw_parameters(words: &mut Words<'_>, rules: Parameters) -> RawParameters {
    let mut list = Vec::new();
    // Every turn consumes an octet at least.
    while !words.rest.is_empty() && list.len() < 128 {
        let found = words.pass(b';').then(|| parameter(words));
        // Dovecot goes on one octet behind what is broken, a semicolon or not.
        if found.is_none() || rules == Parameters::Tokens && found == Some(Err(Broken)) {
            words.rest = words.rest.get(1..).unwrap_or_default();
        }
        list.extend(found.into_iter().flatten());
    }
    joined(list)
}

/// Puts parameters in pieces together (RFC 2231 section 3), behind the others. Nothing is decoded.
fn joined(list: RawParameters) -> RawParameters {
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    for (name, value) in list {
        match piece(&name) {
            Some((base, number, extended)) => {
                pieces.push((base.to_ascii_lowercase(), number, extended, name, value));
            }
            None => whole.push((name, value)),
        }
    }
    pieces.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for group in pieces.chunk_by(|a, b| a.0 == b.0) {
        if group.iter().enumerate().any(|(at, piece)| piece.1 != at) {
            whole.extend(group.iter().map(|(.., name, value)| (name.clone(), value.clone())));
            continue;
        }
        let Some((base, _, _, first, _)) = group.first() else { continue };
        let mut name = first.get(..base.len()).unwrap_or_default().to_vec();
        if group.iter().any(|piece| piece.2) {
            name.push(b'*');
        }
        whole.push((name, group.iter().flat_map(|piece| piece.4.iter().copied()).collect()));
    }
    whole
}

/// The name of a piece, its number, and whether it is encoded.
fn piece(name: &[u8]) -> Option<(&[u8], usize, bool)> {
    let star = memchr::memchr(b'*', name)?;
    let (base, rest) = name.split_at_checked(star)?;
    let (digits, extended) = match rest.get(1..)? {
        [digits @ .., b'*'] => (digits, true),
        [] => (&[][..], true),
        digits => (digits, false),
    };
    if digits.is_empty() {
        return Some((base, 0, true));
    }
    let number = core::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 3)?;
    Some((base, number.parse().ok()?, extended))
}

fn parameter(words: &mut Words<'_>) -> Result<(Vec<u8>, Vec<u8>), Broken> {
    let (mut name, mut value) = (Vec::new(), Vec::new());
    if !words.blank()? || !words.token(&mut name)? || !words.pass(b'=') {
        return Err(Broken);
    }
    if words.blank()? {
        match words.peek() {
            Some(b'"') => words.quoted(&mut value)?,
            // An encoded-word that is not quoted.
            Some(b'=') => {
                let ends = |b: &u8| matches!(b, b';' | b' ' | b'\t' | b'\r' | b'\n');
                let n = words.rest.iter().position(ends).unwrap_or(words.rest.len());
                let (word, rest) = words.rest.split_at(n);
                value.extend_from_slice(word);
                words.rest = rest;
                words.blank()?
            }
            _ => words.token(&mut value)?,
        };
    }
    Ok((name, value))
}
