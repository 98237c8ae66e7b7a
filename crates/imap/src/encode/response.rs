//! Responses.

use super::{atom, date_time, flags, literal, nstring, quoted, set, string};
use crate::types::{
    Address, BodyItem, BodyStructure, Code, Condition, Disposition, Envelope, FetchData, Id, Leaf,
    LeafKind, List, Namespace, Octets, Parameters, Response, Section, SectionText,
};
use alloc::borrow::Cow;
use alloc::string::ToString;
use mailwire_core::keyword::Class;
use mailwire_core::{Sink, Text};

/// Writes a response and its CRLF.
pub fn response(response: &Response<'_>, out: &mut (impl Sink + ?Sized)) {
    match response {
        Response::Tagged { tag, condition: how } => {
            out.put(Text::lossy(&**tag).as_str().as_bytes());
            out.put(b" ");
            condition(how, out);
            return;
        }
        Response::Continue(text) => {
            out.put(b"+ ");
            out.put(one_line(text));
            out.put(b"\r\n");
            return;
        }
        Response::Condition(how) => {
            out.put(b"* ");
            condition(how, out);
            return;
        }
        _ => out.put(b"* "),
    }
    match response {
        Response::Capability(known) => {
            out.put(b"CAPABILITY");
            capabilities(known, out);
        }
        Response::Enabled(names) => {
            out.put(b"ENABLED");
            for name in names {
                out.put(b" ");
                atom(name, out);
            }
        }
        Response::Id(fields) => {
            out.put(b"ID ");
            id(fields, out);
        }
        Response::List(entry) => list(b"LIST (", entry, out),
        Response::Lsub(entry) => list(b"LSUB (", entry, out),
        Response::Status(status) => {
            out.put(b"STATUS ");
            mailbox(status.mailbox.as_wire(), out);
            out.put(b" (");
            for (at, (item, value)) in status.items.iter().enumerate() {
                if at > 0 {
                    out.put(b" ");
                }
                out.put(item.as_str().as_bytes());
                out.put(b" ");
                out.put_number(*value);
            }
            out.put(b")");
        }
        Response::Namespace { personal, others, shared } => {
            out.put(b"NAMESPACE");
            for list in [personal, others, shared] {
                out.put(b" ");
                namespaces(list, out);
            }
        }
        Response::Search(numbers) => {
            out.put(b"SEARCH");
            for number in numbers {
                out.put(b" ");
                out.put_number(u64::from(*number));
            }
        }
        Response::Flags(known) => {
            out.put(b"FLAGS ");
            flags(known, out);
        }
        Response::Exists(n) => numbered(*n, b" EXISTS", out),
        Response::Recent(n) => numbered(*n, b" RECENT", out),
        Response::Expunge(n) => numbered(*n, b" EXPUNGE", out),
        Response::Fetch(fetch) => {
            numbered(fetch.seq, b" FETCH (", out);
            for (at, data) in fetch.data.iter().enumerate() {
                if at > 0 {
                    out.put(b" ");
                }
                fetch_data(data, out);
            }
            out.put(b")");
        }
        Response::Other(line) => out.put(one_line(line)),
        Response::Tagged { .. } | Response::Continue(_) | Response::Condition(_) => {}
    }
    out.put(b"\r\n");
}

fn numbered(n: u32, name: &[u8], out: &mut (impl Sink + ?Sized)) {
    out.put_number(u64::from(n));
    out.put(name);
}

/// What stands before the first line end.
fn one_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| matches!(b, b'\r' | b'\n' | 0)).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

/// A condition and its CRLF. There is always a text, as the grammar of RFC 3501 demands.
fn condition(how: &Condition<'_>, out: &mut (impl Sink + ?Sized)) {
    out.put(how.state.as_str().as_bytes());
    if let Some(known) = &how.code {
        out.put(b" [");
        code(known, out);
        out.put(b"]");
    }
    out.put(b" ");
    out.put(match how.text.as_str() {
        "" => how.state.as_str().as_bytes(),
        text => text.as_bytes(),
    });
    out.put(b"\r\n");
}

fn code(code: &Code<'_>, out: &mut (impl Sink + ?Sized)) {
    let mut number = |name: &[u8], n: u64| {
        out.put(name);
        out.put_number(n);
    };
    match code {
        Code::Alert => out.put(b"ALERT"),
        Code::Parse => out.put(b"PARSE"),
        Code::ReadOnly => out.put(b"READ-ONLY"),
        Code::ReadWrite => out.put(b"READ-WRITE"),
        Code::TryCreate => out.put(b"TRYCREATE"),
        Code::UidNotSticky => out.put(b"UIDNOTSTICKY"),
        Code::Closed => out.put(b"CLOSED"),
        Code::BadCharset(charsets) => {
            out.put(b"BADCHARSET");
            for (at, charset) in charsets.iter().enumerate() {
                out.put(if at == 0 { b" (" } else { b" " });
                quoted(one_line(charset), out);
            }
            if !charsets.is_empty() {
                out.put(b")");
            }
        }
        Code::Capability(known) => {
            out.put(b"CAPABILITY");
            capabilities(known, out);
        }
        Code::PermanentFlags(known) => {
            out.put(b"PERMANENTFLAGS ");
            flags(known, out);
        }
        Code::UidNext(n) => number(b"UIDNEXT ", u64::from(*n)),
        Code::UidValidity(n) => number(b"UIDVALIDITY ", u64::from(*n)),
        Code::Unseen(n) => number(b"UNSEEN ", u64::from(*n)),
        Code::HighestModSeq(n) => number(b"HIGHESTMODSEQ ", *n),
        Code::AppendUid { validity, uids } => {
            number(b"APPENDUID ", u64::from(*validity));
            out.put(b" ");
            set(uids, out);
        }
        Code::CopyUid { validity, from, to } => {
            number(b"COPYUID ", u64::from(*validity));
            out.put(b" ");
            set(from, out);
            out.put(b" ");
            set(to, out);
        }
        Code::Other(name, rest) => {
            const NAME: Class = Class::graphic().without(b"]");
            for b in name.bytes() {
                out.put(if NAME.holds(b) { core::slice::from_ref(&b) } else { b"-" });
            }
            if let Some(rest) = rest {
                out.put(b" ");
                let inside = one_line(rest.as_bytes());
                out.put(inside.split(|&b| b == b']').next().unwrap_or_default());
            }
        }
    }
}

fn capabilities(known: &crate::types::Capabilities, out: &mut (impl Sink + ?Sized)) {
    for capability in known.as_slice() {
        out.put(b" ");
        atom(&capability.to_string(), out);
    }
}

pub(super) fn id(fields: &Id, out: &mut (impl Sink + ?Sized)) {
    if fields.is_empty() {
        out.put(b"NIL");
        return;
    }
    for (at, (name, value)) in fields.iter().enumerate() {
        out.put(if at == 0 { b"(" } else { b" " });
        quoted_text(name, out);
        out.put(b" ");
        match value {
            None => out.put(b"NIL"),
            Some(value) => quoted_text(value, out),
        }
    }
    out.put(b")");
}

/// A quoted string in any case: what cannot stand in one becomes `?`.
fn quoted_text(text: &str, out: &mut (impl Sink + ?Sized)) {
    if super::QUOTED.all(text.as_bytes()) {
        quoted(text.as_bytes(), out);
        return;
    }
    let fits = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
    let text: alloc::string::String = text.chars().map(fits).collect();
    quoted(text.as_bytes(), out);
}

fn mailbox(name: &Octets<'_>, out: &mut (impl Sink + ?Sized)) {
    string(name.as_bytes(), out);
}

fn list(head: &[u8], entry: &List<'_>, out: &mut (impl Sink + ?Sized)) {
    out.put(head);
    for (at, attribute) in entry.attributes.iter().enumerate() {
        if at > 0 {
            out.put(b" ");
        }
        let name = attribute.as_str();
        match name.strip_prefix('\\') {
            Some(name) => {
                out.put(b"\\");
                atom(name, out);
            }
            None => atom(name, out),
        }
    }
    out.put(b") ");
    delimiter(entry.delimiter, out);
    out.put(b" ");
    mailbox(entry.mailbox.as_wire(), out);
}

fn delimiter(delimiter: Option<char>, out: &mut (impl Sink + ?Sized)) {
    match delimiter.map(u8::try_from) {
        Some(Ok(b)) if super::QUOTED.holds(b) => quoted(&[b], out),
        _ => out.put(b"NIL"),
    }
}

fn namespaces(list: &[Namespace<'_>], out: &mut (impl Sink + ?Sized)) {
    if list.is_empty() {
        out.put(b"NIL");
        return;
    }
    out.put(b"(");
    for namespace in list {
        out.put(b"(");
        string(namespace.prefix.as_bytes(), out);
        out.put(b" ");
        delimiter(namespace.delimiter, out);
        out.put(b")");
    }
    out.put(b")");
}

/// One item of a FETCH response. A body that was streamed is written as its announcement alone.
pub(crate) fn fetch_data(data: &FetchData<'_>, out: &mut (impl Sink + ?Sized)) {
    match data {
        FetchData::Body(body) => {
            out.put(b"BODY ");
            body_structure(body, false, out);
        }
        FetchData::BodyStructure(body) => {
            out.put(b"BODYSTRUCTURE ");
            body_structure(body, true, out);
        }
        FetchData::BodySection { section: which, origin, body } => {
            body_section(which, *origin, out);
            body_item(body, out);
        }
        FetchData::Envelope(digest) => {
            out.put(b"ENVELOPE ");
            envelope(digest, out);
        }
        FetchData::Flags(known) => {
            out.put(b"FLAGS ");
            flags(known, out);
        }
        FetchData::InternalDate(date) => {
            out.put(b"INTERNALDATE ");
            date_time(*date, out);
        }
        FetchData::Rfc822(body) => {
            out.put(b"RFC822 ");
            body_item(body, out);
        }
        FetchData::Rfc822Header(body) => {
            out.put(b"RFC822.HEADER ");
            body_item(body, out);
        }
        FetchData::Rfc822Text(body) => {
            out.put(b"RFC822.TEXT ");
            body_item(body, out);
        }
        FetchData::Rfc822Size(n) => {
            out.put(b"RFC822.SIZE ");
            out.put_number(*n);
        }
        FetchData::Uid(uid) => {
            out.put(b"UID ");
            out.put_number(u64::from(*uid));
        }
        FetchData::ModSeq(n) => {
            out.put(b"MODSEQ (");
            out.put_number(*n);
            out.put(b")");
        }
        FetchData::Other { name, value } | FetchData::Invalid { name, value, .. } => {
            out.put(one_line(name.as_bytes()));
            out.put(b" ");
            out.put(value);
        }
    }
}

/// `BODY[section]<origin>` and the space behind it.
pub(crate) fn body_section(
    which: &Section<'_>,
    origin: Option<u64>,
    out: &mut (impl Sink + ?Sized),
) {
    out.put(b"BODY");
    section(which, &mut |name, out: &mut _| string(name.as_bytes(), out), out);
    if let Some(origin) = origin {
        out.put(b"<");
        out.put_number(origin);
        out.put(b">");
    }
    out.put(b" ");
}

fn body_item(body: &BodyItem<'_>, out: &mut (impl Sink + ?Sized)) {
    match body {
        BodyItem::Nil => out.put(b"NIL"),
        BodyItem::Inline(octets) if octets.contains(&0) => {
            out.put(b"~");
            literal(octets, out);
        }
        BodyItem::Inline(octets) => literal(octets, out),
        BodyItem::Streamed(n) => {
            out.put(b"{");
            out.put_number(*n);
            out.put(b"}\r\n");
        }
    }
}

/// ```abnf
/// section = "[" [section-spec] "]"
/// ```
///
/// Names of fields are written by `name`: in commands they may need leave.
pub(crate) fn section<S: Sink + ?Sized>(
    which: &Section<'_>,
    name: &mut impl FnMut(&Octets<'_>, &mut S),
    out: &mut S,
) {
    out.put(b"[");
    for (at, number) in which.part.iter().enumerate() {
        if at > 0 {
            out.put(b".");
        }
        out.put_number(u64::from(*number));
    }
    if let (Some(_), false) = (&which.text, which.part.is_empty()) {
        out.put(b".");
    }
    let mut fields = |head: &[u8], names: &[Octets<'_>], out: &mut S| {
        out.put(head);
        for (at, field) in names.iter().enumerate() {
            out.put(if at == 0 { b" (" } else { b" " });
            name(field, out);
        }
        out.put(b")");
    };
    match &which.text {
        None => {}
        Some(SectionText::Header) => out.put(b"HEADER"),
        Some(SectionText::Mime) => out.put(b"MIME"),
        Some(SectionText::Text) => out.put(b"TEXT"),
        Some(SectionText::HeaderFields(names)) => fields(b"HEADER.FIELDS", names, out),
        Some(SectionText::HeaderFieldsNot(names)) => fields(b"HEADER.FIELDS.NOT", names, out),
    }
    out.put(b"]");
}

fn envelope(envelope: &Envelope<'_>, out: &mut (impl Sink + ?Sized)) {
    out.put(b"(");
    nstring(envelope.date.as_deref(), out);
    out.put(b" ");
    nstring(envelope.subject.as_deref(), out);
    for list in [
        &envelope.from,
        &envelope.sender,
        &envelope.reply_to,
        &envelope.to,
        &envelope.cc,
        &envelope.bcc,
    ] {
        out.put(b" ");
        addresses(list, out);
    }
    out.put(b" ");
    nstring(envelope.in_reply_to.as_deref(), out);
    out.put(b" ");
    nstring(envelope.message_id.as_deref(), out);
    out.put(b")");
}

fn addresses(list: &[Address<'_>], out: &mut (impl Sink + ?Sized)) {
    if list.is_empty() {
        out.put(b"NIL");
        return;
    }
    out.put(b"(");
    for address in list {
        out.put(b"(");
        nstring(address.name.as_deref(), out);
        for part in [&address.adl, &address.mailbox, &address.host] {
            out.put(b" ");
            nstring(part.as_deref(), out);
        }
        out.put(b")");
    }
    out.put(b")");
}

/// As deep as the caller nested it.
fn body_structure(body: &BodyStructure<'_>, extended: bool, out: &mut (impl Sink + ?Sized)) {
    out.put(b"(");
    match body {
        BodyStructure::Leaf(part) => leaf(part, extended, out),
        BodyStructure::Multipart {
            parts,
            subtype,
            parameters: given,
            disposition: how,
            language,
            location,
            ..
        } => {
            for part in parts {
                body_structure(part, extended, out);
            }
            out.put(b" ");
            string(subtype, out);
            if extended {
                out.put(b" ");
                parameters(given, out);
                extension(how.as_ref(), language, location.as_deref(), out);
            }
        }
    }
    out.put(b")");
}

fn leaf(leaf: &Leaf<'_>, extended: bool, out: &mut (impl Sink + ?Sized)) {
    string(&leaf.kind, out);
    out.put(b" ");
    string(&leaf.subtype, out);
    out.put(b" ");
    parameters(&leaf.parameters, out);
    out.put(b" ");
    nstring(leaf.id.as_deref(), out);
    out.put(b" ");
    nstring(leaf.description.as_deref(), out);
    out.put(b" ");
    string(&leaf.encoding, out);
    out.put(b" ");
    out.put_number(leaf.octets);
    match &leaf.content {
        LeafKind::Basic => {}
        LeafKind::Text { lines } => {
            out.put(b" ");
            out.put_number(*lines);
        }
        LeafKind::Message { envelope: digest, body, lines } => {
            out.put(b" ");
            envelope(digest, out);
            out.put(b" ");
            body_structure(body, extended, out);
            out.put(b" ");
            out.put_number(*lines);
        }
    }
    if extended {
        out.put(b" ");
        nstring(leaf.md5.as_deref(), out);
        extension(leaf.disposition.as_ref(), &leaf.language, leaf.location.as_deref(), out);
    }
}

fn parameters(parameters: &Parameters<'_>, out: &mut (impl Sink + ?Sized)) {
    if parameters.is_empty() {
        out.put(b"NIL");
        return;
    }
    for (at, (name, value)) in parameters.iter().enumerate() {
        out.put(if at == 0 { b"(" } else { b" " });
        string(name, out);
        out.put(b" ");
        string(value, out);
    }
    out.put(b")");
}

fn extension(
    disposition: Option<&Disposition<'_>>,
    language: &[Cow<'_, [u8]>],
    location: Option<&[u8]>,
    out: &mut (impl Sink + ?Sized),
) {
    out.put(b" ");
    match disposition {
        None => out.put(b"NIL"),
        Some(disposition) => {
            out.put(b"(");
            string(&disposition.kind, out);
            out.put(b" ");
            parameters(&disposition.parameters, out);
            out.put(b")");
        }
    }
    out.put(b" ");
    match language {
        [] => out.put(b"NIL"),
        [one] => string(one, out),
        several => {
            for (at, one) in several.iter().enumerate() {
                out.put(if at == 0 { b"(" } else { b" " });
                string(one, out);
            }
            out.put(b")");
        }
    }
    out.put(b" ");
    nstring(location, out);
}
