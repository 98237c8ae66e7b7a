//! What clients and servers say in the examples of RFCs and in scripts: lines that begin with `C:` or
//! `S:`.
//!
//! A line that is wrapped is joined. Behind `{n}` come as many octets of the lines that follow, each
//! line end counted as two: where the text shows fewer, the message ends short.

/// A message, without its line end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Said {
    /// Whether the client says it.
    pub client: bool,
    /// What, with its literals.
    pub octets: Vec<u8>,
}

impl Said {
    /// Whether it is a command or a response with all that is in its line: no octets of a literal, no
    /// answer to a challenge, nothing left out.
    #[must_use]
    pub fn is_message(&self) -> bool {
        let line = String::from_utf8_lossy(&self.octets);
        let line = line.split("\r\n").next().unwrap_or_default();
        let mut words = line.split(' ');
        let (tag, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_tag = tag.contains(|c: char| c.is_ascii_digit())
            && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        let elided = ["...", ". . .", "[..", "<elided>"].iter().any(|dots| line.contains(dots));
        let names = if self.client { is_tag } else { is_tag || tag == "*" || tag == "+" };
        names && !name.is_empty() && !elided
    }
}

/// What is said in a text.
#[must_use]
pub fn said(text: &str) -> Vec<Said> {
    let mut reader = Reader::default();
    for line in text.lines() {
        let is_page =
            line.starts_with("RFC ") || line.contains("[Page ") || line.starts_with('\x0c');
        if !is_page {
            reader.line(line.trim_end());
        }
    }
    reader.said
}

#[derive(Default)]
struct Reader {
    said: Vec<Said>,
    open: Option<Open>,
}

/// The message that is being said.
struct Open {
    /// Where its speaker stands in the line.
    indent: usize,
    /// Where its text does.
    column: usize,
    awaits: Awaits,
}

/// What may follow in the next line.
#[derive(Clone, Copy)]
enum Awaits {
    /// The rest of a line that is wrapped: it is indented.
    Wrapped,
    /// So many octets of a literal.
    Literal(usize),
    /// What follows a literal that ends where a line does: a space or `)`.
    Rest,
    /// What follows a literal whose last octets are a line end: anything.
    NextLine,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let speaker = match text.get(..2) {
            Some("C:") => Some(true),
            Some("S:") => Some(false),
            _ => None,
        };
        if self.goes_on(line, indent, speaker) {
            return;
        }
        let Some(client) = speaker else {
            self.open = None;
            return;
        };
        let rest = text[2..].trim_start();
        self.said.push(Said { client, octets: rest.as_bytes().to_vec() });
        let column = line.len() - rest.len();
        self.open = Some(Open { indent, column, awaits: Awaits::Wrapped });
        self.see_literal();
    }

    /// Whether a line is part of the message that is being said.
    fn goes_on(&mut self, line: &str, indent: usize, speaker: Option<bool>) -> bool {
        let (Some(open), Some(last)) = (&mut self.open, self.said.last_mut()) else { return false };
        let same = speaker.is_none_or(|client| client == last.client);
        // An empty line without a speaker ends what is wrapped; inside a literal a page ends.
        if line.is_empty() {
            return !matches!(open.awaits, Awaits::Wrapped);
        }
        let shown = line.get(if speaker.is_some() { open.column } else { open.indent }..);
        let shown = shown.unwrap_or_default();
        match open.awaits {
            Awaits::Wrapped => {
                if speaker.is_some() || indent <= open.indent {
                    return false;
                }
                last.octets.push(b' ');
                last.octets.extend_from_slice(line.trim_start().as_bytes());
            }
            // The server gives leave.
            Awaits::Literal(_) if !same && line[indent + 2..].trim_start().starts_with('+') => {
                return true;
            }
            _ if !same || indent < open.indent => return false,
            Awaits::Literal(wanted) => {
                let octets = [shown.as_bytes(), b"\r\n"].concat();
                let (literal, rest) = octets.split_at(wanted.min(octets.len()));
                last.octets.extend_from_slice(literal);
                if literal.len() < wanted {
                    open.awaits = Awaits::Literal(wanted - literal.len());
                    return true;
                }
                let rest = rest.strip_suffix(b"\r\n").unwrap_or(rest);
                last.octets.extend_from_slice(rest);
                open.awaits = match (literal.len() == octets.len(), rest) {
                    (true, _) => Awaits::NextLine,
                    (_, []) => Awaits::Rest,
                    _ => Awaits::Wrapped,
                };
            }
            Awaits::Rest if !shown.starts_with([' ', ')']) => return false,
            Awaits::Rest | Awaits::NextLine => {
                last.octets.extend_from_slice(shown.as_bytes());
                open.awaits = Awaits::Wrapped;
            }
        }
        self.see_literal();
        true
    }

    /// Takes note of a literal that is announced where the message ends so far.
    fn see_literal(&mut self) {
        let (Some(open), Some(last)) = (&mut self.open, self.said.last_mut()) else { return };
        if let Some(octets) = announced(&last.octets) {
            last.octets.extend_from_slice(b"\r\n");
            open.awaits = Awaits::Literal(octets);
        }
    }
}

/// How many octets a line announces: `{3}`, `{3+}`.
fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (rest, digits) = line.split_at(line.len() - digits);
    std::str::from_utf8(digits).ok().filter(|_| rest.ends_with(b"{"))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::said;

    fn lines(text: &str) -> Vec<String> {
        said(text).iter().map(|said| said.octets.escape_ascii().to_string()).collect()
    }

    #[test]
    fn wrapped_lines_are_joined() {
        let text = "   C: a1 LIST\n       \"\" *\n   S: * OK\n   prose\n\n   S: a1 OK\n";
        assert_eq!(lines(text), ["a1 LIST \\\"\\\" *", "* OK", "a1 OK"]);
    }

    #[test]
    fn octets_behind_an_announcement_are_a_literals() {
        let text = "
 C: A001 LOGIN {11}
 S: + Ready
 C: FRED FOOBAR {7}
 S: + Ready
 C: fat man
 S: A001 OK
 S:  * 1 FETCH (BODY[] {6}
 S:  a
 S:
 S:  b
 S:  )
 S: A1 OK
";
        assert_eq!(lines(text)[0], "A001 LOGIN {11}\\r\\nFRED FOOBAR {7}\\r\\nfat man");
        assert_eq!(lines(text)[1], "A001 OK");
        assert_eq!(lines(text)[2], "* 1 FETCH (BODY[] {6}\\r\\na\\r\\n\\r\\nb)");
        assert_eq!(lines(text)[3], "A1 OK");
    }
}
