//! Which part is the text, which the HTML, and which are attachments (RFC 8621 section 4.1.4).

use crate::{Kind, Message, PartRef};
use alloc::vec::Vec;

/// The parts of a message by what they are for, as JMAP has it. A part may be in more than one
/// list: a picture between two texts is shown with both.
#[derive(Clone, Debug, Default)]
pub struct Bodies<'m, 'a> {
    /// What is shown to who wants plain text.
    pub text: Vec<PartRef<'m, 'a>>,
    /// What is shown to who wants HTML.
    pub html: Vec<PartRef<'m, 'a>>,
    /// What is offered for download.
    pub attachments: Vec<PartRef<'m, 'a>>,
}

impl Bodies<'_, '_> {
    /// Whether anything is offered for download that is not said to be shown in place.
    #[must_use]
    pub fn has_attachment(&self) -> bool {
        self.attachments.iter().any(|part| {
            part.disposition()
                .is_none_or(|disposition| !disposition.kind().eq_ignore_ascii_case("inline"))
        })
    }
}

/// A multipart that is being gone through.
struct Level<'m, 'a> {
    parts: Vec<PartRef<'m, 'a>>,
    at: usize,
    alternative: bool,
    related: bool,
    /// Whether it is an alternative, or in one.
    in_alternative: bool,
    /// Whether what comes is for these lists.
    text: bool,
    html: bool,
    /// How long the lists were when it began.
    text_before: usize,
    html_before: usize,
}

/// Sorts the parts of a message, exactly as RFC 8621 section 4.1.4 does. Messages in the message
/// are attachments; their parts are their own.
///
/// ```
/// use mailwire_message::{Message, bodies};
///
/// let message = Message::parse(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\
///     --b\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b--\r\n");
/// let bodies = bodies::of(&message);
/// assert_eq!(bodies.text[0].text(), "hello");
/// assert_eq!(bodies.attachments.len(), 1);
/// assert!(bodies.has_attachment());
/// ```
#[must_use]
pub fn of<'m, 'a>(message: &'m Message<'a>) -> Bodies<'m, 'a> {
    let mut bodies = Bodies::default();
    let mut levels = alloc::vec![Level {
        parts: alloc::vec![message.root()],
        at: 0,
        alternative: false,
        related: false,
        in_alternative: false,
        text: true,
        html: true,
        text_before: 0,
        html_before: 0,
    }];
    // Every turn takes a part, or ends a level.
    while let Some(level) = levels.last_mut() {
        let Some(&part) = level.parts.get(level.at) else {
            end(level, &mut bodies);
            levels.pop();
            continue;
        };
        let first = level.at == 0;
        level.at += 1;
        if let Some(inner) = take(part, first, level, &mut bodies) {
            levels.push(inner);
        }
    }
    bodies
}

fn take<'m, 'a>(
    part: PartRef<'m, 'a>,
    first: bool,
    level: &mut Level<'m, 'a>,
    bodies: &mut Bodies<'m, 'a>,
) -> Option<Level<'m, 'a>> {
    let content_type = part.content_type();
    if part.kind() == Kind::Multipart {
        let alternative = content_type.is("multipart", "alternative");
        return Some(Level {
            parts: part.children().collect(),
            at: 0,
            alternative,
            related: content_type.is("multipart", "related"),
            in_alternative: level.in_alternative || alternative,
            text: level.text,
            html: level.html,
            text_before: bodies.text.len(),
            html_before: bodies.html.len(),
        });
    }
    let plain = content_type.is("text", "plain");
    let html = content_type.is("text", "html");
    let media = ["image", "audio", "video"]
        .iter()
        .any(|kind| content_type.kind().eq_ignore_ascii_case(kind));
    let attached = part
        .disposition()
        .is_some_and(|disposition| disposition.kind().eq_ignore_ascii_case("attachment"));
    let inline = !attached
        && (plain || html || media)
        && (first || (!level.related && (media || part.file_name().is_none())));
    if !inline {
        bodies.attachments.push(part);
    } else if level.alternative {
        match (plain, html) {
            (true, _) if level.text => bodies.text.push(part),
            (_, true) if level.html => bodies.html.push(part),
            (false, false) => bodies.attachments.push(part),
            _ => {}
        }
    } else {
        if level.in_alternative {
            level.html &= !plain;
            level.text &= !html;
        }
        if level.text {
            bodies.text.push(part);
        }
        if level.html {
            bodies.html.push(part);
        }
        if media && !(level.text && level.html) {
            bodies.attachments.push(part);
        }
    }
    None
}

/// An alternative that has only one kind of text is that text for both.
fn end<'m, 'a>(level: &Level<'m, 'a>, bodies: &mut Bodies<'m, 'a>) {
    if !level.alternative || !level.text || !level.html {
        return;
    }
    let no_text = bodies.text.len() == level.text_before;
    let no_html = bodies.html.len() == level.html_before;
    if no_text && !no_html {
        let only = bodies.html.get(level.html_before..).unwrap_or_default().to_vec();
        bodies.text.extend(only);
    } else if no_html && !no_text {
        let only = bodies.text.get(level.text_before..).unwrap_or_default().to_vec();
        bodies.html.extend(only);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    /// A multipart of parts that are written `type` or `type;attachment` or `type;name=x`.
    fn multipart(kind: &str, depth: usize, parts: &[&str]) -> String {
        let mut out = format!("Content-Type: multipart/{kind}; boundary=b{depth}\r\n\r\n");
        for part in parts {
            out += &format!("--b{depth}\r\n");
            match *part {
                whole if whole.starts_with("Content-Type: multipart") => out += whole,
                simple => {
                    let (kind, rest) = simple.split_once(';').unwrap_or((simple, ""));
                    let name =
                        rest.strip_prefix("name=").map_or(String::new(), |n| format!("; name={n}"));
                    out += &format!("Content-Type: {kind}{name}\r\n");
                    if rest == "attachment" || rest == "inline" {
                        out += &format!("Content-Disposition: {rest}\r\n");
                    }
                    out += "\r\nx";
                }
            }
            out += "\r\n";
        }
        out + &format!("--b{depth}--\r\n")
    }

    fn sorted(raw: &str) -> (Vec<usize>, Vec<usize>, Vec<usize>, bool) {
        let message = Message::parse(raw.as_bytes());
        let bodies = of(&message);
        let indexes = |parts: &[PartRef<'_, '_>]| parts.iter().map(PartRef::index).collect();
        let has = bodies.has_attachment();
        (indexes(&bodies.text), indexes(&bodies.html), indexes(&bodies.attachments), has)
    }

    #[test]
    fn rfc8621_4_1_4_example() {
        // The structure of the RFC: its parts A to K.
        let mixed =
            multipart("mixed", 3, &["text/plain;inline", "image/jpeg;inline", "text/plain;inline"]);
        let related = multipart("related", 4, &["text/html", "image/jpeg"]);
        let alternative = multipart("alternative", 2, &[&mixed, &related]);
        let files =
            [&*alternative, "image/jpeg;attachment", "application/x-excel", "message/rfc822"];
        let inner = multipart("mixed", 1, &files);
        let raw = multipart("mixed", 0, &["text/plain;inline", &inner, "text/plain;inline"]);
        let message = Message::parse(raw.as_bytes());
        let letters: Vec<_> = message
            .parts()
            .filter(|part| part.kind() != Kind::Multipart)
            .map(|part| part.index())
            .collect();
        let [a, b, c, d, e, f, g, h, j, _inside, k] = *letters else { panic!("{letters:?}") };

        let (text, html, attachments, has) = sorted(&raw);

        assert_eq!(text, [a, b, c, d, k]);
        assert_eq!(html, [a, e, k]);
        assert_eq!(attachments, [c, f, g, h, j]);
        assert!(has);
    }

    #[test]
    fn what_stands_alone_and_what_is_named() {
        for (raw, expected) in [
            ("Content-Type: text/plain\r\n\r\nx", (&[0][..], &[0][..], &[][..], false)),
            ("Content-Type: text/html\r\n\r\nx", (&[0], &[0], &[], false)),
            ("Content-Type: application/pdf\r\n\r\nx", (&[], &[], &[0], true)),
            (&multipart("alternative", 0, &["text/html"]), (&[1], &[1], &[], false)),
            (&multipart("alternative", 0, &["text/plain", "text/html"]), (&[1], &[2], &[], false)),
            (
                &multipart("mixed", 0, &["text/plain", "text/plain;name=a.txt"]),
                (&[1], &[1], &[2], true),
            ),
            (
                &multipart("related", 0, &["text/html", "image/png;inline"]),
                (&[1], &[1], &[2], false),
            ),
        ] {
            let (text, html, files, has) = sorted(raw);
            assert_eq!((&*text, &*html, &*files, has), expected, "{raw}");
        }
    }
}
