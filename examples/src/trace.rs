//! A conversation as people read it: a line each way, long bodies cut short, secrets hidden.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;

/// How much of a line is shown, in octets.
const WIDTH: usize = 160;
/// How many lines of one speech are shown from its beginning, and how many from its end.
const SHOWN: (usize, usize) = (40, 3);

/// Prints one conversation.
pub struct Trace {
    prefix: String,
    /// Which side this program is.
    client: bool,
    from_client: Partial,
    from_server: Partial,
    /// Whose lines came last: true for the client.
    speaker: Option<bool>,
    lines: usize,
    /// The latest lines that were not shown.
    held: VecDeque<String>,
    secrets: Secrets,
    print: Box<dyn FnMut(&str) + Send + Sync>,
}

impl Trace {
    /// A trace whose lines begin with `prefix`, for a program that is the client, or the server.
    #[must_use]
    pub fn new(prefix: impl Into<String>, client: bool) -> Self {
        Self::to(prefix, client, |line| {
            // When standard output is closed there is nobody to print for.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        })
    }

    /// The same, printed by `print`.
    pub fn to(
        prefix: impl Into<String>,
        client: bool,
        print: impl FnMut(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            prefix: prefix.into(),
            client,
            from_client: Partial::default(),
            from_server: Partial::default(),
            speaker: None,
            lines: 0,
            held: VecDeque::new(),
            secrets: Secrets::default(),
            print: Box::new(print),
        }
    }

    /// Notes what this side sent.
    pub fn sent(&mut self, bytes: &[u8]) {
        self.said(self.client, bytes);
    }

    /// Notes what the other side sent.
    pub fn received(&mut self, bytes: &[u8]) {
        self.said(!self.client, bytes);
    }

    /// Prints a remark.
    pub fn note(&mut self, remark: &str) {
        self.turn(None);
        (self.print)(&format!("{}   ({remark})", self.prefix));
    }

    /// Prints what was held back.
    pub fn finish(&mut self) {
        self.turn(None);
    }

    fn said(&mut self, client: bool, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            let partial = if client { &mut self.from_client } else { &mut self.from_server };
            if let Some(line) = partial.push(piece) {
                self.line(client, &line);
            }
        }
    }

    fn line(&mut self, client: bool, line: &str) {
        self.turn(Some(client));
        let shown = if client { self.secrets.client(line) } else { self.secrets.server(line) };
        let line = format!("{} {}: {shown}", self.prefix, if client { "C" } else { "S" });
        self.lines += 1;
        if self.lines <= SHOWN.0 {
            (self.print)(&line);
        } else {
            self.held.push_back(line);
            if self.held.len() > SHOWN.1 {
                self.held.pop_front();
            }
        }
    }

    fn turn(&mut self, speaker: Option<bool>) {
        if self.speaker == speaker && speaker.is_some() {
            return;
        }
        let hidden = self.lines.saturating_sub(SHOWN.0 + self.held.len());
        if hidden > 0 {
            (self.print)(&format!("{}   ({hidden} lines)", self.prefix));
        }
        for line in self.held.drain(..) {
            (self.print)(&line);
        }
        self.lines = 0;
        self.speaker = speaker;
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.finish();
    }
}

/// A line that has not ended yet.
#[derive(Default)]
struct Partial {
    kept: Vec<u8>,
    dropped: usize,
    /// The last octet, which tells a literal when the line is too long to be kept.
    last: [u8; 3],
}

impl Partial {
    fn push(&mut self, piece: &[u8]) -> Option<String> {
        for &b in piece {
            if self.kept.len() < WIDTH {
                self.kept.push(b);
            } else {
                self.dropped += 1;
            }
            self.last = [self.last[1], self.last[2], b];
        }
        if !piece.ends_with(b"\n") {
            return None;
        }
        let kept = std::mem::take(&mut self.kept);
        let text = kept.strip_suffix(b"\n").unwrap_or(&kept);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let mut line = String::new();
        for c in String::from_utf8_lossy(text).chars() {
            if c.is_control() {
                line.extend(c.escape_default());
            } else {
                line.push(c);
            }
        }
        let dropped = std::mem::take(&mut self.dropped);
        if dropped > 2 {
            line.push_str(&format!("… ({dropped} octets)"));
            // A line cut short may still announce a literal, which may be a password.
            if self.last == *b"}\r\n" {
                line.push('}');
            }
        }
        Some(line)
    }
}

/// Finds what must not be shown. Rather hides too much.
#[derive(Default)]
struct Secrets {
    /// The client is in an exchange that began with AUTH or AUTHENTICATE.
    exchange: bool,
    /// The client's next line is part of one, or the literal of a LOGIN.
    hide: bool,
    literal: bool,
}

impl Secrets {
    fn client(&mut self, line: &str) -> String {
        if self.hide || self.literal {
            self.literal &= line.ends_with('}');
            return "(hidden)".into();
        }
        let mut words = line.splitn(4, ' ');
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let third = words.next();
        let is = |word: &str, name: &str| word.eq_ignore_ascii_case(name);
        self.exchange = is(first, "AUTH") || is(second, "AUTHENTICATE");
        if is(first, "PASS") || is(first, "APOP") {
            return format!("{first} (hidden)");
        }
        if is(second, "LOGIN") && !self.exchange {
            self.literal = line.ends_with('}');
            return format!("{first} {second} (hidden)");
        }
        if is(first, "AUTH") {
            self.hide = third.is_none();
            let rest = if third.is_some() { " (hidden)" } else { "" };
            return format!("{first} {second}{rest}");
        }
        if is(second, "AUTHENTICATE") {
            let initial = words.next().is_some();
            self.hide = !initial;
            let rest = if initial { " (hidden)" } else { "" };
            return format!("{first} {second} {}{rest}", third.unwrap_or_default());
        }
        line.into()
    }

    fn server(&mut self, line: &str) -> String {
        let goes_on = line.starts_with("334") || line == "+" || line.starts_with("+ ");
        self.hide = self.exchange && goes_on;
        line.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn run(conversation: &[&str]) -> String {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let to = lines.clone();
        let mut trace = Trace::to("x", false, move |line| to.lock().unwrap().push(line.to_owned()));
        for said in conversation {
            let (who, bytes) = said.split_at(2);
            if who == "C:" {
                trace.received(bytes.as_bytes());
            } else {
                trace.sent(bytes.as_bytes());
            }
        }
        drop(trace);
        lines.lock().unwrap().join("\n")
    }

    #[test]
    fn secrets_are_hidden_in_every_protocol() {
        let conversations: [&[&str]; 7] = [
            &["C:USER bob\r\nPASS sesame\r\n", "S:+OK\r\n"],
            &["C:AUTH PLAIN sesame\r\n", "S:235 ok\r\n"],
            &[
                "C:AUTH LOGIN\r\n",
                "S:334 VXNlcg==\r\n",
                "C:sesame\r\n",
                "S:334 x\r\n",
                "C:sesame\r\n",
            ],
            &["C:NOOP\r\nauth plain\r\n", "S:250 ok\r\n", "S:334 \r\n", "C:sesame\r\n"],
            &["C:a1 login bob sesame\r\n", "S:a1 OK\r\n"],
            &["C:a1 LOGIN {3+}\r\n", "C:bob {6+}\r\n", "S:* OK\r\n", "C:sesame\r\n"],
            &[
                "C:a1 AUTHENTICATE PLAIN\r\n",
                "S:+ \r\n",
                "C:sesame\r\n",
                "S:a1 OK\r\n",
                "C:a2 NOOP\r\n",
            ],
        ];
        for conversation in conversations {
            let text = run(conversation);
            assert!(!text.contains("sesame"), "{text}");
            assert!(text.contains("(hidden)"), "{text}");
        }
    }

    #[test]
    fn what_follows_the_exchange_is_shown() {
        let text =
            run(&["C:AUTH PLAIN\r\n", "S:334 \r\n", "C:s\r\n", "S:235 ok\r\n", "C:NOOP\r\n"]);
        assert!(text.ends_with("x C: NOOP"), "{text}");
    }

    #[test]
    fn long_speeches_and_long_lines_are_cut_short() {
        let body = "line\r\n".repeat(100);
        let text = run(&["C:DATA\r\n", "S:354\r\n", &format!("C:{body}.\r\n"), "S:250 ok\r\n"]);
        assert_eq!(text.lines().count(), 2 + SHOWN.0 + 1 + SHOWN.1 + 1, "{text}");
        assert!(text.contains("(58 lines)\n") && text.contains("x C: .\n"), "{text}");

        let text = run(&[&format!("C:{}\r\n", "y".repeat(1_000_000))]);
        assert!(text.len() < 300, "{text}");
    }

    #[test]
    fn what_is_not_text_is_shown_as_escapes() {
        assert_eq!(run(&["C:\u{1b}[2J\0\r\n"]), "x C: \\u{1b}[2J\\u{0}");
    }
}
