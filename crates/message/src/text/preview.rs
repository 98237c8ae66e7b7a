//! The first words of a message, for a list of messages (RFC 8970).

use super::html;
use crate::{Kind, Message, PartRef};
use alloc::borrow::Cow;
use alloc::string::String;

/// How many characters a preview has at most (RFC 8970 section 3.1).
const LENGTH: usize = 200;

/// The first words of a message: of its first text, white space as single spaces, quoted lines left
/// out unless there is nothing else. At most 200 characters; empty when there is no text.
///
/// ```
/// use mailwire_message::{Message, text::preview};
///
/// let message = Message::parse(b"Subject: x\r\n\r\n> Well?\r\n\r\nYes,  indeed.\r\n");
/// assert_eq!(preview(&message), "Yes, indeed.");
/// ```
#[must_use]
pub fn preview(message: &Message<'_>) -> String {
    let Some(part) = first_text(message.root()) else { return String::new() };
    let mut text = part.text();
    if part.content_type().is("text", "html") {
        text = Cow::Owned(html::unquoted(&text));
    }
    let unquoted = squeezed(text.lines().filter(|line| !line.starts_with('>')));
    match unquoted.is_empty() {
        true => squeezed(text.lines()),
        false => unquoted,
    }
}

/// The part that a message begins with: of alternatives the plain text, else the HTML.
fn first_text<'m, 'a>(root: PartRef<'m, 'a>) -> Option<PartRef<'m, 'a>> {
    let mut html: Option<PartRef<'m, 'a>> = None;
    let mut skip = 0;
    for part in root.message().parts() {
        if part.index() < skip {
            continue;
        }
        // The alternative to the HTML that was found must be beside it.
        if html.is_some_and(|html| {
            part.parent().map(|p| p.index()) != html.parent().map(|p| p.index())
        }) {
            break;
        }
        if part.kind() == Kind::Message && part.index() > root.index() {
            skip = end(part);
            continue;
        }
        let content_type = part.content_type();
        if part.kind() != Kind::Leaf || !content_type.kind().eq_ignore_ascii_case("text") {
            continue;
        }
        let alternative = part
            .parent()
            .is_some_and(|parent| parent.content_type().is("multipart", "alternative"));
        if !alternative || content_type.is("text", "plain") {
            return Some(part);
        }
        html.get_or_insert(part);
    }
    html
}

/// The part behind all that is inside this one.
fn end(part: PartRef<'_, '_>) -> usize {
    let inside = part.body_range().end;
    let behind =
        part.message().parts().skip(part.index() + 1).find(|p| p.header_range().start >= inside);
    behind.map_or(usize::MAX, |part| part.index())
}

fn squeezed<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::new();
    let mut n = 0;
    for word in lines.flat_map(str::split_ascii_whitespace) {
        let gap = usize::from(n > 0);
        if n + gap >= LENGTH {
            break;
        }
        if gap > 0 {
            out.push(' ');
        }
        n += gap;
        for c in word.chars().take(LENGTH - n) {
            out.push(c);
            n += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> String {
        preview(&Message::parse(raw.as_bytes()))
    }

    #[test]
    fn the_first_words_are_shown() {
        for (raw, expected) in [
            ("\r\nHello,\r\n  world.\r\n", "Hello, world."),
            ("\r\n> only quoted\r\n", "> only quoted"),
            (
                "Content-Type: text/html\r\n\r\n<style>x</style><p>Hi &amp; <b>bye</b></p>",
                "Hi & bye",
            ),
            ("Content-Type: image/png\r\n\r\nxxx", ""),
            (
                "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b\r\n\r\nplain\r\n--b--\r\n",
                "plain",
            ),
            (
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\ninner\r\n--b\r\n\r\nouter\r\n--b--\r\n",
                "outer",
            ),
        ] {
            assert_eq!(of(raw), expected, "{raw:?}");
        }
        assert_eq!(of(&(String::from("\r\n") + &"ab ".repeat(200))).chars().count(), 200);
    }
}
