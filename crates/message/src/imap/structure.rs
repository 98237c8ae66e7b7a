//! BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2).

use super::token::{Broken, Words};
use super::write::{nstring, one_line, string};
use super::{content_range, envelope, octets};
use crate::header::Field;
use crate::{Kind, Message, Parameters, PartRef, Storage};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

/// Parameters as they stand: names and values, quotes removed, nothing of RFC 2231 decoded.
pub type RawParameters = Vec<(Vec<u8>, Vec<u8>)>;

/// Writes the BODY of a message.
///
/// ```
/// use mailwire_message::{Message, imap};
///
/// let (message, mut out) = (Message::parse(b"Subject: x\r\n\r\nhi\r\n"), Vec::new());
/// imap::body(&message, &mut out);
/// assert_eq!(out, br#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1)"#);
/// ```
pub fn body(message: &Message<'_>, out: &mut Vec<u8>) {
    write(message, false, message.limits().encoded_depth, out);
}

/// Writes the BODYSTRUCTURE of a message.
pub fn body_structure(message: &Message<'_>, out: &mut Vec<u8>) {
    write(message, true, message.limits().encoded_depth, out);
}

/// `levels` is how many encoded messages are read as they stand, one in another.
fn write(message: &Message<'_>, extended: bool, levels: usize, out: &mut Vec<u8>) {
    let sizes = Sizes::of(message);
    let mut open: Vec<(usize, PartRef<'_, '_>)> = Vec::new();
    let mut skip = 0;
    for part in message.parts() {
        // Every turn closes a part, which is opened once.
        while let Some(&(after, outer)) = open.last().filter(|(after, _)| *after <= part.index()) {
            let _ = after;
            end(outer, &sizes, extended, out);
            open.pop();
        }
        if part.index() < skip {
            continue;
        }
        begin(part, &sizes, extended, levels, out);
        if ContentType::of(part).is_global() {
            skip = part.after();
        }
        open.push((part.after(), part));
    }
    while let Some((_, outer)) = open.pop() {
        end(outer, &sizes, extended, out);
    }
}

/// The line feeds before each place where a part begins or ends: found in one pass, however parts
/// are nested.
struct Sizes {
    /// The place, the line feeds before it, and those without a carriage return before them.
    places: Vec<(usize, u64, u64)>,
}

impl Sizes {
    fn of(message: &Message<'_>) -> Self {
        let ranges = message.parts().map(content_range);
        let mut places: Vec<_> = ranges.flat_map(|it| [it.start, it.end]).collect();
        places.sort_unstable();
        places.dedup();
        let (raw, mut from) = (message.raw(), 0);
        let (mut all, mut bare) = (0, 0);
        let count = |at| {
            for feed in memchr::memchr_iter(b'\n', raw.get(from..at).unwrap_or_default()) {
                let before = (from + feed).checked_sub(1).and_then(|at| raw.get(at));
                all += 1;
                bare += u64::from(before != Some(&b'\r'));
            }
            from = at;
            (at, all, bare)
        };
        Self { places: places.into_iter().map(count).collect() }
    }

    /// The octets of a part, with every line ended by CRLF, and its lines.
    fn part(&self, part: PartRef<'_, '_>) -> (u64, u64) {
        let range = content_range(part);
        let at = |place| {
            let found = self.places.binary_search_by_key(&place, |it| it.0).ok();
            found.and_then(|at| self.places.get(at)).copied().unwrap_or_default()
        };
        let (start, end) = (at(range.start), at(range.end));
        ((end.0 - start.0) as u64 + end.2 - start.2, end.1 - start.1)
    }
}

fn begin(part: PartRef<'_, '_>, sizes: &Sizes, extended: bool, levels: usize, out: &mut Vec<u8>) {
    out.push(b'(');
    let told = ContentType::of(part);
    if told.is("multipart", None) {
        if part.children().next().is_none() {
            // The grammar has no multipart without parts.
            let empty = br#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0"#;
            out.extend_from_slice(empty);
            out.extend_from_slice(if extended { b" NIL NIL NIL NIL)" } else { b")" });
        }
        return;
    }
    let size = sizes.part(part).0;
    if part.index() == 0 && !extended && is_plain(part, &told) {
        out.extend_from_slice(br#""text" "plain" ("charset" "us-ascii") NIL NIL "7bit""#);
        out.extend_from_slice(format!(" {size}").as_bytes());
        return;
    }
    string(&told.kind, out);
    out.push(b' ');
    string(&told.subtype, out);
    out.push(b' ');
    parameters(&told.parameters, told.is("text", None), out);
    for name in ["Content-ID", "Content-Description"] {
        out.push(b' ');
        nstring(value(part, name).as_deref(), out);
    }
    out.push(b' ');
    string(&encoding(part), out);
    out.extend_from_slice(format!(" {size}").as_bytes());
    if told.is_global() {
        // IMAP4rev1 knows no other message than message/rfc822.
    } else if part.kind() == Kind::Message {
        if let Some(inside) = part.children().next() {
            out.push(b' ');
            envelope(inside).write(out);
            out.push(b' ');
        }
    } else if told.is("message", Some("rfc822")) {
        let (limits, rules) = (part.message().limits(), part.message().rules());
        let encoded = Message::parse_with(part.body_raw(), limits, rules, Storage::default());
        out.push(b' ');
        envelope(encoded.root()).write(out);
        out.push(b' ');
        match levels.checked_sub(1) {
            Some(levels) => write(&encoded, extended, levels, out),
            None => {
                let octets = octets(encoded.root());
                let leaf =
                    format!(r#"("application" "octet-stream" NIL NIL NIL "binary" {octets})"#);
                out.extend_from_slice(leaf.as_bytes());
            }
        }
    }
}

/// A message of nothing but text of US-ASCII is told in small letters, whatever its own are, as
/// Dovecot does: most messages are told alike.
fn is_plain(part: PartRef<'_, '_>, told: &ContentType) -> bool {
    const TOLD: [&str; 6] = [
        "Content-ID",
        "Content-Description",
        "Content-MD5",
        "Content-Disposition",
        "Content-Language",
        "Content-Location",
    ];
    let ascii = |(name, value): &(Vec<u8>, Vec<u8>)| {
        name.eq_ignore_ascii_case(b"charset") && value.eq_ignore_ascii_case(b"us-ascii")
    };
    told.is("text", Some("plain"))
        && matches!(told.parameters.as_slice(), [] | [_])
        && told.parameters.iter().all(ascii)
        && encoding(part).eq_ignore_ascii_case(b"7bit")
        && TOLD.iter().all(|name| part.field(name).is_none())
}

fn end(part: PartRef<'_, '_>, sizes: &Sizes, extended: bool, out: &mut Vec<u8>) {
    let told = ContentType::of(part);
    if told.is("multipart", None) {
        out.push(b' ');
        string(&told.subtype, out);
        if extended {
            out.push(b' ');
            parameters(&told.parameters, false, out);
        }
    } else {
        let message = told.is("message", Some("rfc822")) || part.kind() == Kind::Message;
        if message && !told.is_global() || told.is("text", None) {
            out.extend_from_slice(format!(" {}", sizes.part(part).1).as_bytes());
        }
        if extended {
            out.push(b' ');
            nstring(value(part, "Content-MD5").as_deref(), out);
        }
    }
    if extended {
        out.push(b' ');
        disposition(part, out);
        out.push(b' ');
        language(value(part, "Content-Language").as_deref(), out);
        out.push(b' ');
        nstring(value(part, "Content-Location").as_deref(), out);
    }
    out.push(b')');
}

/// A Content-Type as it is told: where there is none, or none that can be read, what is meant.
struct ContentType {
    kind: Vec<u8>,
    subtype: Vec<u8>,
    parameters: RawParameters,
}

impl ContentType {
    fn of(part: PartRef<'_, '_>) -> Self {
        let rules = part.message().rules().parameters;
        let mut found = part.field("Content-Type").map(|field| content_type_by(field, rules));
        if part.kind() == Kind::Message {
            if let Some((kind, subtype, _)) = &mut found {
                kind.make_ascii_lowercase();
                subtype.make_ascii_lowercase();
            }
        }
        let (kind, subtype, parameters) = found.unwrap_or_else(|| {
            let (kind, subtype): (&[u8], &[u8]) = match part.kind() {
                Kind::Message => (b"message", b"rfc822"),
                Kind::Multipart => (b"multipart", b"mixed"),
                Kind::Leaf => (b"text", b"plain"),
            };
            (kind.to_vec(), subtype.to_vec(), Vec::new())
        });
        Self { kind, subtype, parameters }
    }

    fn is_global(&self) -> bool {
        self.is("message", Some("global"))
    }

    fn is(&self, kind: &str, subtype: Option<&str>) -> bool {
        self.kind.eq_ignore_ascii_case(kind.as_bytes())
            && subtype.is_none_or(|it| self.subtype.eq_ignore_ascii_case(it.as_bytes()))
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

fn parameters(list: &RawParameters, text: bool, out: &mut Vec<u8>) {
    let charset = list.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"charset"));
    if list.is_empty() && !text {
        return out.extend_from_slice(b"NIL");
    }
    out.push(b'(');
    for (at, (name, value)) in list.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        string(name, out);
        out.push(b' ');
        string(value, out);
    }
    if text && !charset {
        let first = list.is_empty();
        out.extend_from_slice(if first { b"" } else { b" " });
        out.extend_from_slice(br#""charset" "us-ascii""#);
    }
    out.push(b')');
}

/// The first disposition that has parameters, else the last.
fn disposition(part: PartRef<'_, '_>, out: &mut Vec<u8>) {
    let mut found = None;
    let rules = part.message().rules().parameters;
    for field in part.fields_named("Content-Disposition") {
        let value = one_line(field.value());
        let (mut words, mut kind) = (Words::new(&value), Vec::new());
        let more = words.blank().and_then(|_| words.token(&mut kind));
        let list = if more == Ok(true) { raw_parameters(&mut words, rules) } else { Vec::new() };
        let enough = !list.is_empty();
        found = Some((kind, list));
        if enough {
            break;
        }
    }
    let Some((kind, list)) = found else { return out.extend_from_slice(b"NIL") };
    out.push(b'(');
    string(&kind, out);
    out.push(b' ');
    parameters(&list, false, out);
    out.push(b')');
}

fn language(value: Option<&[u8]>, out: &mut Vec<u8>) {
    let words = value.unwrap_or_default().split(|&b| b == b',').map(<[u8]>::trim_ascii);
    let mut any = false;
    for word in words.filter(|word| !word.is_empty()) {
        out.push(if any { b' ' } else { b'(' });
        string(word, out);
        any = true;
    }
    out.extend_from_slice(if any { b")" } else { b"NIL" });
}

fn encoding(part: PartRef<'_, '_>) -> Vec<u8> {
    let mut token = Vec::new();
    // The last that is one, as in Dovecot; where something follows it is none.
    for field in part.fields_named("Content-Transfer-Encoding") {
        let (value, mut found) = (one_line(field.value()), Vec::new());
        let mut words = Words::new(&value);
        if words.blank().and_then(|_| words.token(&mut found)) == Ok(false) && !found.is_empty() {
            token = found;
        }
    }
    if token.is_empty() { b"7bit".to_vec() } else { token }
}

fn value<'a>(part: PartRef<'_, 'a>, name: &str) -> Option<Cow<'a, [u8]>> {
    part.field(name).map(|field| one_line(field.value()))
}
