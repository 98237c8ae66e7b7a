//! Parts of bodies, and the texts of bodies (RFC 8621 section 4.1.4).

use super::header::HeaderProperty;
use super::json::{Items, array, boolean, optional, string};
use super::part_id;
use crate::encoding::charset::{self, Options};
use crate::header::{Field, MessageIds, text, unfold};
use crate::{Kind, PartRef, TransferEncoding};
use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Sink;

/// What `Email/get` says of bodies (RFC 8621 section 4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fetch<'f> {
    /// The properties of parts: `bodyProperties`. Those that are not known are left out.
    pub body_properties: &'f [&'f str],
    /// The texts of `textBody`: `fetchTextBodyValues`. Default false.
    pub text_values: bool,
    /// The texts of `htmlBody`: `fetchHTMLBodyValues`. Default false.
    pub html_values: bool,
    /// The texts of all parts that are text: `fetchAllBodyValues`. Default false.
    pub all_values: bool,
    /// How many octets of UTF-8 a text has at most; 0 for no limit: `maxBodyValueBytes`. Default 0.
    pub max_octets: usize,
}

impl Default for Fetch<'_> {
    fn default() -> Self {
        Self {
            body_properties: &[
                "partId",
                "blobId",
                "size",
                "name",
                "type",
                "charset",
                "disposition",
                "cid",
                "language",
                "location",
            ],
            text_values: false,
            html_values: false,
            all_values: false,
            max_octets: 0,
        }
    }
}

/// A property of an `EmailBodyPart`, but its parts.
#[derive(Clone, Copy, Debug)]
pub(super) enum BodyProperty<'n> {
    PartId,
    BlobId,
    Size,
    Headers,
    Header(&'n str, HeaderProperty<'n>),
    Name,
    Type,
    Charset,
    Disposition,
    Cid,
    Language,
    Location,
}

impl<'n> BodyProperty<'n> {
    pub(super) fn parse(name: &'n str) -> Option<Self> {
        Some(match name {
            "partId" => Self::PartId,
            "blobId" => Self::BlobId,
            "size" => Self::Size,
            "headers" => Self::Headers,
            "name" => Self::Name,
            "type" => Self::Type,
            "charset" => Self::Charset,
            "disposition" => Self::Disposition,
            "cid" => Self::Cid,
            "language" => Self::Language,
            "location" => Self::Location,
            name => Self::Header(name, HeaderProperty::parse(name)?),
        })
    }

    fn name(self) -> &'n str {
        match self {
            Self::PartId => "partId",
            Self::BlobId => "blobId",
            Self::Size => "size",
            Self::Headers => "headers",
            Self::Header(name, _) => name,
            Self::Name => "name",
            Self::Type => "type",
            Self::Charset => "charset",
            Self::Disposition => "disposition",
            Self::Cid => "cid",
            Self::Language => "language",
            Self::Location => "location",
        }
    }

    fn write<'m, 'a>(
        self,
        part: PartRef<'m, 'a>,
        blob: &mut dyn FnMut(PartRef<'m, 'a>) -> Option<String>,
        out: &mut (impl Sink + ?Sized),
    ) {
        let named = |name: &str| part.field(name);
        match self {
            Self::PartId => optional(part_id(part).as_deref(), out),
            Self::BlobId => {
                let id = if part.kind() == Kind::Multipart { None } else { blob(part) };
                optional(id.as_deref(), out);
            }
            // Of a multipart it means nothing (RFC 8621 section 4.1.4).
            Self::Size if part.kind() == Kind::Multipart => out.put(b"0"),
            Self::Size => out.put_number(part.body().len() as u64),
            Self::Headers => write_fields(part, out),
            Self::Header(_, header) => header.of(part).write(out),
            Self::Name => optional(part.file_name().as_deref(), out),
            Self::Type => {
                let content_type = part.content_type();
                let mut essence = content_type.kind().to_ascii_lowercase();
                essence.push('/');
                essence.push_str(&content_type.subtype().to_ascii_lowercase());
                string(&essence, out);
            }
            Self::Charset => optional(charset_of(part).as_deref(), out),
            Self::Disposition => {
                let kind = part.disposition().map(|it| it.kind().to_ascii_lowercase());
                optional(kind.as_deref().filter(|kind| !kind.is_empty()), out);
            }
            Self::Cid => {
                let id =
                    named("Content-ID").and_then(|field| MessageIds::new(field.value()).next());
                optional(id.as_deref().map(String::from_utf8_lossy).as_deref(), out);
            }
            Self::Language => match named("Content-Language").map(languages) {
                Some(tags) if !tags.is_empty() => array(tags, |tag, out| string(&tag, out), out),
                _ => out.put(b"null"),
            },
            Self::Location => {
                let location = named("Content-Location").map(|field| location(field));
                optional(location.as_deref(), out);
            }
        }
    }
}

/// Writes an `EmailBodyPart` without its parts.
pub(super) fn write_part<'m, 'a>(
    part: PartRef<'m, 'a>,
    wanted: &[BodyProperty<'_>],
    blob: &mut dyn FnMut(PartRef<'m, 'a>) -> Option<String>,
    out: &mut (impl Sink + ?Sized),
) {
    let mut object = Items::object(out);
    write_members(part, wanted, blob, &mut object);
    object.end_object();
}

fn write_members<'m, 'a>(
    part: PartRef<'m, 'a>,
    wanted: &[BodyProperty<'_>],
    blob: &mut dyn FnMut(PartRef<'m, 'a>) -> Option<String>,
    object: &mut Items<'_, impl Sink + ?Sized>,
) {
    for property in wanted {
        property.write(part, blob, object.member(property.name()));
    }
}

/// Writes an `EmailBodyPart` with its parts, and theirs.
pub(super) fn write_tree<'m, 'a>(
    root: PartRef<'m, 'a>,
    wanted: &[BodyProperty<'_>],
    blob: &mut dyn FnMut(PartRef<'m, 'a>) -> Option<String>,
    out: &mut (impl Sink + ?Sized),
) {
    // The multiparts that are open: the parts of each that are still to come.
    let mut open = Vec::new();
    let mut next = Some(root);
    // Every turn writes a part, or ends a multipart.
    while let Some(part) = next {
        let mut object = Items::object(out);
        write_members(part, wanted, blob, &mut object);
        if part.kind() == Kind::Multipart {
            let _ = object.member("subParts");
            out.put(b"[");
            open.push((part.children(), true));
        } else {
            object.end_object();
        }
        next = None;
        while let Some((parts, first)) = open.last_mut() {
            next = parts.next();
            if next.is_some() {
                if !core::mem::take(first) {
                    out.put(b",");
                }
                break;
            }
            out.put(b"]}");
            open.pop();
        }
    }
}

/// Writes the fields of a part as `EmailHeader`s.
pub(super) fn write_fields(part: PartRef<'_, '_>, out: &mut (impl Sink + ?Sized)) {
    let fields = part.fields().filter(|field| !field.name().is_empty());
    let write = |field: Field<'_>, out: &mut _| {
        let mut object = Items::object(out);
        string(&String::from_utf8_lossy(field.name()), object.member("name"));
        let value = String::from_utf8_lossy(field.value()).replace('\0', "");
        string(&value, object.member("value"));
        object.end_object();
    };
    array(fields, write, out);
}

/// What the type says; `us-ascii` where a text says nothing.
fn charset_of(part: PartRef<'_, '_>) -> Option<String> {
    let implicit = || "us-ascii".to_owned();
    if !part.is_text() {
        return None;
    }
    Some(part.content_type().parameter("charset").unwrap_or_else(implicit))
}

/// ```abnf
/// Language-List = *([CFWS] ",") Language-Tag [CFWS] *("," [CFWS] [Language-Tag [CFWS]])
/// ```
///
/// RFC 3282 section 2.
fn languages(field: Field<'_>) -> Vec<String> {
    let value = without_comments(field.value());
    let tags = value.split(|&b| b == b',').map(<[u8]>::trim_ascii);
    let tags = tags.filter(|tag| !tag.is_empty());
    tags.map(|tag| String::from_utf8_lossy(tag).into_owned()).collect()
}

/// A URI has no white space in it (RFC 2557 section 4.4.1).
fn location(field: Field<'_>) -> String {
    let value = text(field.value());
    let value: String = value.chars().filter(|c| !c.is_whitespace() && *c != '\0').collect();
    match value.strip_prefix('<').and_then(|it| it.strip_suffix('>')) {
        Some(bare) => bare.to_owned(),
        None => value,
    }
}

fn without_comments(value: &[u8]) -> Vec<u8> {
    let mut depth = 0_usize;
    let mut kept = Vec::new();
    for &b in unfold(value).iter() {
        match b {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b if depth == 0 => kept.push(b),
            _ => {}
        }
    }
    kept
}

/// An `EmailBodyValue`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BodyValue<'a> {
    /// The text, its line ends LF.
    pub value: Cow<'a, str>,
    /// Whether the charset or the encoding is not known, or something in the text was malformed.
    pub is_encoding_problem: bool,
    /// Whether this is only the beginning.
    pub is_truncated: bool,
}

impl<'a> BodyValue<'a> {
    /// The text of a part, at most so many octets of it unless that is 0: whole characters, and of
    /// HTML whole tags.
    #[must_use]
    pub fn of(part: PartRef<'_, 'a>, max_octets: usize) -> Self {
        let read = part.text_with(&Options::default());
        let charset = part.content_type().parameter("charset");
        let unknown = charset.is_some_and(|label| !charset::is_known(label.as_bytes()));
        let is_encoding_problem =
            read.malformed || unknown || part.encoding() == TransferEncoding::Other;
        let mut value = match read.text.contains("\r\n") {
            true => Cow::Owned(read.text.replace("\r\n", "\n")),
            false => read.text,
        };
        let is_truncated = max_octets > 0 && value.len() > max_octets;
        if is_truncated {
            let html = part.content_type().is("text", "html");
            let end = cut(&value, max_octets, html);
            match &mut value {
                Cow::Borrowed(text) => *text = text.get(..end).unwrap_or_default(),
                Cow::Owned(text) => text.truncate(end),
            }
        }
        Self { value, is_encoding_problem, is_truncated }
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut (impl Sink + ?Sized)) {
        let mut object = Items::object(out);
        string(&self.value, object.member("value"));
        boolean(self.is_encoding_problem, object.member("isEncodingProblem"));
        boolean(self.is_truncated, object.member("isTruncated"));
        object.end_object();
    }
}

/// The last place up to `most` where the text may be cut.
fn cut(text: &str, most: usize, html: bool) -> usize {
    let mut end = most;
    // A character has four octets at most.
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    match head.rfind('<') {
        Some(tag) if html && !head.get(tag..).unwrap_or_default().contains('>') => tag,
        _ => end,
    }
}
