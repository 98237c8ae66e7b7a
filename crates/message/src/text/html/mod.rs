//! HTML as plain text: one pass over the tags, nothing built.
//!
//! Tags are told from text as the WHATWG's tokenizer does as far as text depends on it: comments,
//! quoted attributes, raw text of `script` and `style`, character references. What is made of them
//! is for reading: paragraphs, lists, quotes, preformatted text, links, and a line for each row of
//! a table.

mod reference;
mod tag;
mod word;
mod writer;

use alloc::string::String;
use tag::Tag;
use writer::Writer;

/// HTML as text, with where links lead.
///
/// ```
/// use mailwire_message::text::html::to_text;
///
/// assert_eq!(
///     to_text("<p>Caf&eacute; <a href='https://x.example/'>menu</a></p><ul><li>tea<li>milk</ul>"),
///     "Caf\u{e9} menu <https://x.example/>\n\n* tea\n* milk\n"
/// );
/// ```
#[must_use]
pub fn to_text(html: &str) -> String {
    let mut writer = Writer::with_room(html.len() / 2);
    writer.links = true;
    run(html, &mut writer);
    writer.finish()
}

/// HTML as text without its quotes and without where links lead: what a preview shows.
#[must_use]
pub fn unquoted(html: &str) -> String {
    let mut writer = Writer::default();
    writer.skip_quotes = true;
    run(html, &mut writer);
    let text = writer.finish();
    if !text.trim_ascii().is_empty() {
        return text;
    }
    let mut writer = Writer::default();
    run(html, &mut writer);
    writer.finish()
}

fn run<'t>(html: &'t str, writer: &mut Writer<'t>) {
    let bytes = html.as_bytes();
    let mut at = 0;
    // Every turn consumes text, or a tag.
    loop {
        if bytes.get(at) != Some(&b'<') {
            at = writer.text_of_html(html, at);
        }
        at = match bytes.get(at..).unwrap_or_default() {
            [] => return,
            [b'<', b, ..] if b.is_ascii_alphabetic() => {
                let (tag, after) = Tag::read(html, at + 1);
                writer.open(&tag);
                match tag.element.raw() {
                    Some(name) => raw(html, after, name, writer),
                    None => after,
                }
            }
            [b'<', b'/', b, ..] if b.is_ascii_alphabetic() => {
                let (tag, after) = Tag::read(html, at + 2);
                writer.close(tag.element);
                after
            }
            [b'<', b'!', b'-', b'-', body @ ..] => {
                at + 4
                    + match body {
                        [b'>', ..] => 1,
                        [b'-', b'>', ..] => 2,
                        _ => behind_comment(body),
                    }
            }
            [b'<', b'!' | b'?' | b'/', tail @ ..] => {
                at + memchr::memchr(b'>', tail).map_or(bytes.len(), |n| n + 3)
            }
            _ => {
                writer.text("<");
                at + 1
            }
        }
    }
}

/// How long a comment is, with its end.
fn behind_comment(body: &[u8]) -> usize {
    let mut ends = memchr::memchr_iter(b'>', body);
    let at = ends.find(|&at| body.get(..at).is_some_and(|comment| comment.ends_with(b"--")));
    at.map_or(body.len(), |at| at + 1)
}

/// Takes what is no HTML up to the end tag; returns where that begins.
fn raw<'t>(html: &'t str, start: usize, name: &str, writer: &mut Writer<'t>) -> usize {
    let rest = html.get(start..).unwrap_or_default();
    let n = end_of_raw(rest, name);
    if name == "textarea" {
        writer.text(rest.get(..n).unwrap_or_default());
    }
    start + n
}

/// Where the end tag of raw text begins.
fn end_of_raw(text: &str, name: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .find(|&at| {
            let tail = bytes.get(at + 1..).and_then(|tail| tail.strip_prefix(b"/"));
            let tail = tail.unwrap_or_default();
            tail.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
                && !tail.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        })
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_readable() {
        for (html, expected) in [
            ("plain", "plain\n"),
            ("<b>a</b> <i>b</i>c", "a bc\n"),
            ("<p>one</p><p>two<br>three", "one\n\ntwo\nthree\n"),
            ("<div>a</div><div>b</div>", "a\nb\n"),
            ("a<!-- <p> -->b<!-->c", "abc\n"),
            ("<script>if (a<b) '</p>'</script>x<style>y</STYLE >z", "xz\n"),
            ("<title>t</title>x", "x\n"),
            (
                "a &lt; b &amp;&amp; c &copy 2 &notit; &bogus; &#8364;&#x20ac;&#128;",
                "a < b && c \u{a9} 2 \u{ac}it; &bogus; \u{20ac}\u{20ac}\u{20ac}\n",
            ),
            ("1 < 2 > 1", "1 < 2 > 1\n"),
            ("<a href=\"http://x.y/?a=1&amp;b=2\">here</a>.", "here <http://x.y/?a=1&b=2>.\n"),
            ("<a href='https://x.y/'>x.y</a>", "x.y\n"),
            ("<a href='javascript:x'>x</a>", "x\n"),
            ("<ol start=3><li>a<li><p>b</p></ol>c", "3. a\n4. b\n\nc\n"),
            ("<ul><li>a<ul><li>b</ul><li>c</ul>", "* a\n  * b\n* c\n"),
            ("<blockquote>q<p>r</blockquote>s", "> q\n>\n> r\n\ns\n"),
            ("<pre>a\n  b</pre>", "a\n  b\n"),
            ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc\n"),
            ("<img src=x alt='A &amp; B'>", "A & B\n"),
            ("<p title=\"a>b\">x", "x\n"),
            ("<p title=a'b>x</p>", "x\n"),
            ("x<", "x<\n"),
            ("x</", "x\n"),
            ("<a", ""),
            ("a&nbsp;b", "a\u{a0}b\n"),
            ("", ""),
        ] {
            assert_eq!(to_text(html), expected, "{html:?}");
        }
    }

    #[test]
    fn quotes_can_be_left_out() {
        assert_eq!(unquoted("yes<blockquote>no</blockquote>."), "yes\n\n.\n");
        assert_eq!(unquoted("<blockquote>only</blockquote>"), "> only\n");
    }
}
