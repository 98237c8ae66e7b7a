//! HTML as plain text: one pass over the tags, nothing built.
//!
//! Tags are told from text as the WHATWG's tokenizer does as far as text depends on it: comments,
//! quoted attributes, raw text of `script` and `style`, character references. What is made of them
//! is for reading: paragraphs, lists, quotes, preformatted text, links, and a line for each row of
//! a table.

use super::entities;
use alloc::string::String;
use alloc::vec::Vec;

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
    let mut writer = Writer { links: true, ..Writer::default() };
    run(html, &mut writer);
    writer.finish()
}

/// HTML as text without its quotes and without where links lead: what a preview shows.
#[must_use]
pub fn unquoted(html: &str) -> String {
    let mut writer = Writer { skip_quotes: true, ..Writer::default() };
    run(html, &mut writer);
    let text = core::mem::take(&mut writer).finish();
    if !text.trim_ascii().is_empty() {
        return text;
    }
    let mut writer = Writer::default();
    run(html, &mut writer);
    writer.finish()
}

/// How deep quotes and lists are shown; deeper ones are as deep.
const DEPTH: usize = 20;

/// The longest `href` that is shown.
const HREF: usize = 2000;

fn run(html: &str, writer: &mut Writer) {
    let mut rest = html;
    // Every turn consumes text, or a tag.
    while !rest.is_empty() {
        let at = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        let (text, after) = rest.split_at(at);
        writer.text(text);
        rest = after;
        if rest.is_empty() {
            return;
        }
        match *rest.as_bytes() {
            [b'<', b'!', b'-', b'-', ..] => {
                let body = rest.get(4..).unwrap_or_default();
                rest = match body.strip_prefix('>').or(body.strip_prefix("->")) {
                    Some(after) => after,
                    None => behind(body, "-->"),
                };
            }
            [b'<', b'!' | b'?', ..] => rest = behind(rest, ">"),
            [b'<', b'/', b, ..] if b.is_ascii_alphabetic() => {
                let (tag, after) = Tag::read(rest.get(2..).unwrap_or_default());
                writer.close(tag.name());
                rest = after;
            }
            [b'<', b'/', ..] => rest = behind(rest, ">"),
            [b'<', b, ..] if b.is_ascii_alphabetic() => {
                let (tag, after) = Tag::read(rest.get(1..).unwrap_or_default());
                rest = after;
                writer.open(&tag);
                if let Some(end) = raw_text(tag.name()) {
                    let n = end_of_raw(rest, end);
                    if end == "textarea" {
                        writer.text(rest.get(..n).unwrap_or_default());
                    }
                    rest = rest.get(n..).unwrap_or_default();
                }
            }
            _ => {
                writer.text("<");
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
}

fn behind<'t>(text: &'t str, end: &str) -> &'t str {
    let at = memchr::memmem::find(text.as_bytes(), end.as_bytes());
    at.and_then(|at| text.get(at + end.len()..)).unwrap_or_default()
}

/// Elements whose content is no HTML, up to their end tag.
fn raw_text(name: &str) -> Option<&'static str> {
    ["script", "style", "title", "textarea", "xmp", "noembed", "noframes", "iframe"]
        .into_iter()
        .find(|raw| name == *raw)
}

/// Where the end tag of raw text begins.
fn end_of_raw(text: &str, name: &str) -> usize {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, b"</")
        .find(|&at| {
            let tail = bytes.get(at + 2..).unwrap_or_default();
            tail.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
                && !tail.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        })
        .unwrap_or(text.len())
}

/// The inside of a tag.
struct Tag<'t> {
    name: [u8; 16],
    len: usize,
    attributes: &'t str,
}

impl<'t> Tag<'t> {
    /// Reads up to the `>` that is not in a quoted value; returns what is behind it.
    fn read(text: &'t str) -> (Self, &'t str) {
        let bytes = text.as_bytes();
        let n = bytes.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
        let n = n.unwrap_or(bytes.len());
        let mut tag = Self { name: [0; 16], len: 0, attributes: "" };
        if n <= 16 {
            tag.len = n;
            for (to, from) in tag.name.iter_mut().zip(bytes.get(..n).unwrap_or_default()) {
                *to = from.to_ascii_lowercase();
            }
        }
        let mut at = n;
        // Every turn consumes up to a quote or the end.
        loop {
            let tail = bytes.get(at..).unwrap_or_default();
            let Some(found) = memchr::memchr3(b'>', b'"', b'\'', tail) else {
                at = bytes.len();
                break;
            };
            at += found;
            let quote = match bytes.get(at) {
                Some(b'>') | None => break,
                Some(quote) => *quote,
            };
            at += 1;
            // Only a value is quoted; elsewhere a quote is a letter like others.
            let before = bytes.get(n..at - 1).unwrap_or_default().trim_ascii_end();
            if before.ends_with(b"=") {
                let tail = bytes.get(at..).unwrap_or_default();
                at = memchr::memchr(quote, tail).map_or(bytes.len(), |found| at + found + 1);
            }
        }
        tag.attributes = text.get(n..at).unwrap_or_default();
        (tag, text.get(at + 1..).unwrap_or_default())
    }

    fn name(&self) -> &str {
        self.name.get(..self.len).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or("")
    }

    /// The first attribute of this name, its value as it stands.
    fn attribute(&self, wanted: &str) -> Option<&'t str> {
        let mut rest = self.attributes;
        // Every turn consumes an attribute.
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace() || c == '/');
            // An attribute may begin with `=`.
            let end = end.map_or(rest.len(), |end| end.max(1));
            let (name, after) = rest.split_at_checked(end)?;
            let after = after.trim_ascii_start();
            let Some(value) = after.strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_ascii_start();
            let quoted = ['"', '\''].into_iter().find(|&quote| value.starts_with(quote));
            let (value, after) = match quoted {
                Some(quote) => {
                    let value = value.get(1..).unwrap_or_default();
                    value.split_once(quote).unwrap_or((value, ""))
                }
                None => {
                    let end = value.find(|c: char| c.is_ascii_whitespace());
                    value.split_at(end.unwrap_or(value.len()))
                }
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// Makes lines.
#[derive(Default)]
struct Writer {
    out: String,
    links: bool,
    skip_quotes: bool,
    /// Line ends that are due before the next text.
    breaks: usize,
    /// A space is due before the next text.
    space: bool,
    /// Whether something stands in the line.
    in_line: bool,
    quotes: usize,
    pre: usize,
    /// Lists: the number of the next item, none for bullets.
    lists: Vec<Option<u32>>,
    /// The link that is open, and how long the text was before its own.
    link: Option<(String, usize)>,
    /// Something that stands before the text of a line: a bullet.
    mark: String,
    hidden: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.hidden || text.is_empty() || (self.skip_quotes && self.quotes > 0) {
            return;
        }
        let mut rest = text;
        // Every turn consumes text up to a reference, and the reference.
        while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
            let (plain, reference) = rest.split_at(at);
            self.plain(plain);
            let mut buffer = [0; 4];
            match reference_of(reference, &mut buffer) {
                Some((text, n)) => {
                    if text == "\u{a0}" {
                        self.word("\u{a0}");
                    } else {
                        self.plain(text);
                    }
                    rest = reference.get(n..).unwrap_or_default();
                }
                None => {
                    self.plain("&");
                    rest = reference.get(1..).unwrap_or_default();
                }
            }
        }
        self.plain(rest);
    }

    /// Text without references.
    fn plain(&mut self, text: &str) {
        if self.pre > 0 {
            for (n, line) in text.split('\n').enumerate() {
                if n > 0 {
                    self.breaks += 1;
                    self.in_line = false;
                }
                let line = line.strip_suffix('\r').unwrap_or(line);
                if !line.is_empty() {
                    self.word(line);
                }
            }
            return;
        }
        let mut rest = text;
        // Every turn consumes white space and words.
        loop {
            let words = rest.trim_ascii_start();
            self.space |= words.len() < rest.len();
            if words.is_empty() {
                return;
            }
            // Words with single spaces between go at once.
            let n = run_of_words(words.as_bytes());
            let (run, after) = words.split_at(n);
            self.word(run);
            rest = after;
        }
    }

    fn word(&mut self, word: &str) {
        if self.breaks > 0 || !self.in_line {
            self.begin_line();
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
        self.in_line = true;
        self.out.push_str(word);
    }

    fn begin_line(&mut self) {
        if !self.out.is_empty() {
            let most = if self.pre > 0 { 50 } else { 2 };
            for n in 0..self.breaks.min(most) {
                if n > 0 {
                    self.prefix();
                }
                // Blank lines in quotes have no space at their end.
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
            }
        }
        self.breaks = 0;
        self.prefix();
        let indent = self.lists.len().saturating_sub(1).min(DEPTH);
        for _ in 0..indent {
            self.out.push_str("  ");
        }
        if !self.lists.is_empty() && self.mark.is_empty() {
            self.out.push_str("  ");
        }
        let mark = core::mem::take(&mut self.mark);
        self.out.push_str(&mark);
    }

    fn prefix(&mut self) {
        for _ in 0..self.quotes.min(DEPTH) {
            self.out.push_str("> ");
        }
    }

    fn ends(&mut self, lines: usize) {
        // What was never begun does not end.
        if !self.out.is_empty() {
            self.breaks = self.breaks.max(lines);
        }
        (self.in_line, self.space) = (false, false);
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag.name() {
            "br" => {
                self.breaks += usize::from(!self.out.is_empty());
                (self.in_line, self.space) = (false, false);
            }
            "hr" => {
                self.ends(1);
                self.text("---");
                self.ends(1);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dl" | "table" | "figure" => {
                self.ends(if self.mark.is_empty() { 2 } else { 0 });
            }
            "blockquote" => {
                self.ends(2);
                self.quotes += 1;
            }
            "pre" => {
                self.ends(2);
                self.pre += 1;
            }
            "ul" | "ol" | "menu" | "dir" => {
                self.ends(if self.lists.is_empty() { 2 } else { 1 });
                let start = tag.attribute("start").and_then(|n| n.parse().ok()).unwrap_or(1);
                if self.lists.len() < 10 * DEPTH {
                    self.lists.push((tag.name() == "ol").then_some(start));
                }
            }
            "li" => {
                self.ends(1);
                self.mark.clear();
                match self.lists.last_mut() {
                    Some(Some(n)) => {
                        let _ = core::fmt::Write::write_fmt(&mut self.mark, format_args!("{n}. "));
                        *n = n.saturating_add(1);
                    }
                    _ => self.mark.push_str("* "),
                }
            }
            "td" | "th" => self.space = self.in_line,
            "img" => {
                if let Some(alt) = tag.attribute("alt").filter(|alt| !alt.trim_ascii().is_empty()) {
                    self.text(alt);
                }
            }
            "a" => {
                self.link = None;
                let href = tag.attribute("href").filter(|_| self.links && !self.hidden);
                let href = href.map(str::trim_ascii).filter(|href| {
                    let scheme = href.split_once(':').map_or("", |(scheme, _)| scheme);
                    href.len() <= HREF
                        && ["http", "https", "mailto", "ftp", "tel"]
                            .into_iter()
                            .any(|known| known.eq_ignore_ascii_case(scheme))
                });
                if let Some(href) = href {
                    self.link = Some((dereferenced(href), self.out.len()));
                }
            }
            "head" => self.hidden = true,
            "body" => self.hidden = false,
            name if is_block(name) => self.ends(1),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dl" | "table" | "figure" => {
                self.ends(2);
            }
            "blockquote" => {
                self.ends(2);
                self.quotes = self.quotes.saturating_sub(1);
            }
            "pre" => {
                self.ends(2);
                self.pre = self.pre.saturating_sub(1);
            }
            "ul" | "ol" | "menu" | "dir" => {
                self.lists.pop();
                self.mark.clear();
                self.ends(if self.lists.is_empty() { 2 } else { 1 });
            }
            "td" | "th" => self.space = self.in_line,
            "a" => self.close_link(),
            "head" => self.hidden = false,
            name if is_block(name) => self.ends(1),
            _ => {}
        }
    }

    fn close_link(&mut self) {
        let Some((href, at)) = self.link.take() else { return };
        let text = self.out.get(at..).unwrap_or_default().trim();
        let bare = href.split_once(':').map_or(&*href, |(_, bare)| bare).trim_start_matches('/');
        let shown = text.trim_end_matches('/');
        if shown == href.trim_end_matches('/') || shown == bare.trim_end_matches('/') {
            return;
        }
        // A link around nothing that is shown is most often one that counts who looks.
        if text.is_empty() {
            return;
        }
        self.space = true;
        let breaks = core::mem::take(&mut self.breaks);
        self.word("<");
        self.out.push_str(&href);
        self.out.push('>');
        self.breaks = breaks;
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

/// How far words go with single spaces between them, the white space behind not counted.
fn run_of_words(bytes: &[u8]) -> usize {
    let mut at = 0;
    // Every turn consumes a word.
    loop {
        let tail = bytes.get(at..).unwrap_or_default();
        let n = tail.iter().position(u8::is_ascii_whitespace).unwrap_or(tail.len());
        at += n;
        match bytes.get(at..) {
            Some([b' ', next, ..]) if !next.is_ascii_whitespace() => at += 1,
            _ => return at,
        }
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "div"
            | "dt"
            | "fieldset"
            | "footer"
            | "form"
            | "header"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "nav"
            | "option"
            | "section"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
    )
}

fn dereferenced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Every turn consumes up to a reference.
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        let (plain, reference) = rest.split_at(at);
        out.push_str(plain);
        let mut buffer = [0; 4];
        let (text, n) = reference_of(reference, &mut buffer).unwrap_or(("&", 1));
        out.extend(text.chars().filter(|c| !c.is_control() && *c != ' '));
        rest = reference.get(n..).unwrap_or_default();
    }
    out.extend(rest.chars().filter(|c| !c.is_control() && *c != ' '));
    out
}

/// What a reference at the front of a text stands for, and how long it is.
fn reference_of<'b>(text: &str, buffer: &'b mut [u8; 4]) -> Option<(&'b str, usize)> {
    let body = text.get(1..)?;
    if let Some(number) = body.strip_prefix('#') {
        let hex = number.starts_with(['x', 'X']);
        let digits = if hex { number.get(1..)? } else { number };
        let n = digits.bytes().position(|b| match hex {
            true => !b.is_ascii_hexdigit(),
            false => !b.is_ascii_digit(),
        });
        let digits = digits.get(..n.unwrap_or(digits.len()))?;
        if digits.is_empty() {
            return None;
        }
        // A number that is too large stands for nothing.
        let code = u32::from_str_radix(digits, if hex { 16 } else { 10 }).unwrap_or(u32::MAX);
        let end = 2 + usize::from(hex) + digits.len();
        let end = end + usize::from(text.as_bytes().get(end) == Some(&b';'));
        return Some((char_of(code).encode_utf8(buffer), end));
    }
    let near = body.as_bytes().get(..entities::LONGEST + 1).unwrap_or(body.as_bytes());
    let n = near.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(near.len());
    let name = body.get(..n)?;
    if body.as_bytes().get(n) == Some(&b';') {
        let common = match name {
            "nbsp" => Some("\u{a0}"),
            "amp" => Some("&"),
            "lt" => Some("<"),
            "gt" => Some(">"),
            "quot" => Some("\""),
            name => entities::find(name),
        };
        if let Some(text) = common {
            return Some((text, n + 2));
        }
    }
    // The oldest names count without a semicolon, whatever follows them.
    (2..=n.min(6)).rev().find_map(|n| {
        let name = name.get(..n).filter(|name| entities::is_legacy(name))?;
        Some((entities::find(name)?, n + 1))
    })
}

/// Numbers of Windows-1252 are meant as such.
fn char_of(code: u32) -> char {
    match code {
        0x80..=0x9f => {
            let octet = [u8::try_from(code).unwrap_or_default()];
            let text = crate::encoding::charset::decode(b"windows-1252", &octet);
            text.chars().next().unwrap_or('\u{fffd}')
        }
        0 => '\u{fffd}',
        code => char::from_u32(code).unwrap_or('\u{fffd}'),
    }
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
