//! Paragraphs that flow (RFC 3676): `text/plain; format=flowed`, with DelSp and quote depth.

use alloc::string::String;
use alloc::vec::Vec;

/// A paragraph.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Paragraph {
    /// How deep it is quoted.
    pub depth: usize,
    /// Its text, without a line end.
    pub text: String,
    /// Whether it is as it stands: not one that may be broken again.
    pub fixed: bool,
}

/// What the parameter DelSp says: whether the space that a soft line break leaves behind is part
/// of the text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Space {
    /// `DelSp=no`, which is what is meant where nothing is said: it is.
    #[default]
    Kept,
    /// `DelSp=yes`: it is not, as for languages without spaces.
    Deleted,
}

/// Reads flowed text as paragraphs (RFC 3676 section 4.4).
///
/// ```
/// use mailwire_message::text::flowed::{Space, read};
///
/// let text = ">> A long \r\n>> line.\r\n> Short.\r\n Fixed\r\n-- \r\nme\r\n";
/// let read: Vec<_> = read(text, Space::Kept).into_iter().map(|p| (p.depth, p.text)).collect();
/// assert_eq!(read[0], (2, "A long line.".to_string()));
/// assert_eq!(read[1], (1, "Short.".to_string()));
/// assert_eq!(read[3], (0, "-- ".to_string()));
/// ```
#[must_use]
pub fn read(text: &str, space: Space) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut flows = false;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        // A space was stuffed in front of what would be read as something else.
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        let soft = content.ends_with(' ') && !signature;
        let joins = flows
            && !signature
            && paragraphs.last().is_some_and(|paragraph| paragraph.depth == depth);
        let kept = match (soft, space) {
            (true, Space::Deleted) => content.strip_suffix(' ').unwrap_or(content),
            _ => content,
        };
        match paragraphs.last_mut().filter(|_| joins) {
            Some(paragraph) => paragraph.text.push_str(kept),
            None => paragraphs.push(Paragraph { depth, text: kept.into(), fixed: !soft }),
        }
        flows = soft;
    }
    paragraphs
}

/// Paragraphs as text of one line each, quotes as `> `.
#[must_use]
pub fn unfold(text: &str, space: Space) -> String {
    let mut out = String::with_capacity(text.len());
    for paragraph in read(text, space) {
        // A depth was that many octets of the input.
        out.extend(core::iter::repeat_n('>', paragraph.depth));
        if paragraph.depth > 0 && !paragraph.text.is_empty() {
            out.push(' ');
        }
        out.push_str(&paragraph.text);
        out.push('\n');
    }
    out
}

/// How long lines should be at most (RFC 3676 section 4.2).
pub const WIDTH: usize = 72;

/// Writes paragraphs as flowed text with CRLF, lines of at most `width` characters where there are
/// spaces to break at, those of fixed paragraphs as they are.
///
/// ```
/// use mailwire_message::text::flowed::{Paragraph, Space, read, write};
///
/// let paragraph = Paragraph { depth: 1, text: "From here to there".into(), fixed: false };
/// let text = write(&[paragraph.clone()], 12, Space::Kept);
/// assert_eq!(text, "> From here \r\n> to there\r\n");
/// assert_eq!(read(&text, Space::Kept), [paragraph]);
/// ```
#[must_use]
pub fn write(paragraphs: &[Paragraph], width: usize, space: Space) -> String {
    let mut out = String::new();
    for paragraph in paragraphs {
        let depth = paragraph.depth;
        let text = paragraph.text.as_str();
        // A fixed line, or the last of a paragraph, must not look as if it flowed on.
        let text = if text == "-- " { text } else { text.trim_end_matches(' ') };
        let room = width.saturating_sub(depth + 1).max(1);
        let mut rest = text;
        // Every turn writes a line.
        loop {
            let at = if paragraph.fixed { None } else { break_at(rest, room) };
            let (line, more) = match at {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            out.extend(core::iter::repeat_n('>', depth));
            let stuffed = line.starts_with([' ', '>']) || line.starts_with("From ");
            if (depth > 0 && !line.is_empty()) || stuffed {
                out.push(' ');
            }
            out.push_str(line);
            if at.is_some() && space == Space::Deleted {
                out.push(' ');
            }
            out.push_str("\r\n");
            if at.is_none() {
                break;
            }
            rest = more;
        }
    }
    out
}

/// Where a line ends, behind a space; `None` when all of it fits or cannot be broken.
fn break_at(text: &str, room: usize) -> Option<usize> {
    let mut spaces = None;
    for (n, (at, c)) in text.char_indices().enumerate() {
        if n >= room && spaces.is_some() {
            return spaces;
        }
        // A line that were only `-- ` would begin a signature.
        if c == ' ' && text.get(..=at) != Some("-- ") && at + 1 < text.len() {
            spaces = Some(at + 1);
            if n >= room {
                return spaces;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(depth: usize, text: &str, fixed: bool) -> Paragraph {
        Paragraph { depth, text: text.into(), fixed }
    }

    #[test]
    fn rfc3676_rules() {
        for (text, space, expected) in [
            ("a \r\nb\r\n", Space::Kept, &[paragraph(0, "a b", false)][..]),
            ("a \r\nb\r\n", Space::Deleted, &[paragraph(0, "ab", false)]),
            ("a\r\nb", Space::Kept, &[paragraph(0, "a", true), paragraph(0, "b", true)]),
            // A line of another depth ends a paragraph (section 4.5).
            (
                "> a \r\n>> b\r\n",
                Space::Kept,
                &[paragraph(1, "a ", false), paragraph(2, "b", true)],
            ),
            (
                "  stuffed\r\n >x",
                Space::Kept,
                &[paragraph(0, " stuffed", true), paragraph(0, ">x", true)],
            ),
            (
                "a \r\n-- \r\nme",
                Space::Kept,
                &[paragraph(0, "a ", false), paragraph(0, "-- ", true), paragraph(0, "me", true)],
            ),
            ("", Space::Kept, &[paragraph(0, "", true)]),
        ] {
            assert_eq!(read(text, space), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let word = "x".repeat(30);
        for text in ["one two three four", " starts", "> quote", "From me", &word, "a  b   c", ""] {
            for depth in [0, 1, 5] {
                for space in [Space::Kept, Space::Deleted] {
                    for width in [5, 12, WIDTH] {
                        let written = write(&[paragraph(depth, text, false)], width, space);
                        let read = read(&written, space);
                        assert_eq!(read.len(), 1, "{written:?}");
                        assert_eq!((read[0].depth, &*read[0].text), (depth, text), "{written:?}");
                    }
                }
            }
        }
    }
}
