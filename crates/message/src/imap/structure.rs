//! BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2).

use super::fields::{BodyFields, RawParameters};
use super::write::{nstring, string};
use super::{content_range, envelope, octets};
use crate::{Kind, Message, PartRef, Storage};
use alloc::format;
use alloc::vec::Vec;

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
    let rules = message.rules().parameters;
    let mut open: Vec<(PartRef<'_, '_>, BodyFields<'_>)> = Vec::new();
    let mut skip = 0;
    for part in message.parts() {
        // Every turn closes a part, which is opened once.
        while open.last().is_some_and(|(outer, _)| outer.after() <= part.index()) {
            let Some((outer, told)) = open.pop() else { break };
            end(outer, &told, &sizes, extended, out);
        }
        if part.index() < skip {
            continue;
        }
        let mut told = BodyFields::of(part.kind(), part.fields(), rules);
        if part.index() == 0 && !extended {
            told = told.of_whole();
        }
        begin(part, &told, &sizes, extended, levels, out);
        if told.is_global() {
            skip = part.after();
        }
        open.push((part, told));
    }
    while let Some((outer, told)) = open.pop() {
        end(outer, &told, &sizes, extended, out);
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

fn begin(
    part: PartRef<'_, '_>,
    told: &BodyFields<'_>,
    sizes: &Sizes,
    extended: bool,
    levels: usize,
    out: &mut Vec<u8>,
) {
    out.push(b'(');
    if told.is("multipart", None) {
        if part.children().next().is_none() {
            // The grammar has no multipart without parts.
            out.push(b'(');
            single(&BodyFields::default(), 0, out);
            out.extend_from_slice(if extended { b" 0 NIL NIL NIL NIL)" } else { b" 0)" });
        }
        return;
    }
    single(told, sizes.part(part).0, out);
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

/// What is told first of a part that is not divided.
fn single(told: &BodyFields<'_>, octets: u64, out: &mut Vec<u8>) {
    string(&told.kind, out);
    out.push(b' ');
    string(&told.subtype, out);
    out.push(b' ');
    parameters(&told.parameters, out);
    for text in [&told.id, &told.description] {
        out.push(b' ');
        nstring(text.as_deref(), out);
    }
    out.push(b' ');
    string(&told.encoding, out);
    out.extend_from_slice(format!(" {octets}").as_bytes());
}

fn end(
    part: PartRef<'_, '_>,
    told: &BodyFields<'_>,
    sizes: &Sizes,
    extended: bool,
    out: &mut Vec<u8>,
) {
    if told.is("multipart", None) {
        out.push(b' ');
        string(&told.subtype, out);
        if extended {
            out.push(b' ');
            parameters(&told.parameters, out);
        }
    } else {
        let message = told.is("message", Some("rfc822")) || part.kind() == Kind::Message;
        if message && !told.is_global() || told.is("text", None) {
            out.extend_from_slice(format!(" {}", sizes.part(part).1).as_bytes());
        }
        if extended {
            out.push(b' ');
            nstring(told.md5.as_deref(), out);
        }
    }
    if extended {
        out.push(b' ');
        disposition(told, out);
        out.push(b' ');
        language(told, out);
        out.push(b' ');
        nstring(told.location.as_deref(), out);
    }
    out.push(b')');
}

fn parameters(list: &RawParameters, out: &mut Vec<u8>) {
    for (at, (name, value)) in list.iter().enumerate() {
        out.push(if at == 0 { b'(' } else { b' ' });
        string(name, out);
        out.push(b' ');
        string(value, out);
    }
    out.extend_from_slice(if list.is_empty() { b"NIL" } else { b")" });
}

fn disposition(told: &BodyFields<'_>, out: &mut Vec<u8>) {
    let Some((kind, list)) = &told.disposition else { return out.extend_from_slice(b"NIL") };
    out.push(b'(');
    string(kind, out);
    out.push(b' ');
    parameters(list, out);
    out.push(b')');
}

fn language(told: &BodyFields<'_>, out: &mut Vec<u8>) {
    let mut any = false;
    for word in told.languages() {
        out.push(if any { b' ' } else { b'(' });
        string(word, out);
        any = true;
    }
    out.extend_from_slice(if any { b")" } else { b"NIL" });
}
