//! Scripts of James' MPT: what a client sends, and regular expressions for what a server answers.
//!
//! ```text
//! # A remark.
//! SESSION: 2                    what follows is said on that connection
//! C: a1 FETCH 1 (FLAGS)         the client sends this
//! S: \* 1 FETCH \(FLAGS \(\)\)  the server answers this, in any words where it is for people
//! SUB {                         what stands in braces comes in any order
//! }
//! REINIT                        the connection ends, and another begins
//! ```
//!
//! LOG, TIMER, WAIT and AWAIT concern other servers.

pub(crate) mod answer;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Line {
    Client(String),
    Server(String),
    Session(String),
    Again,
}

/// Reads a script. Its mailboxes have levels divided by `.`, ours by `/`, and in its commands there
/// are more spaces than the grammar has.
pub(crate) fn read(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut in_literal = false;
    for line in text.lines() {
        // The space behind the colon belongs to it.
        let rest = |n: usize| line.get(n + 1..).unwrap_or_default().to_owned();
        if line.starts_with("C:") {
            let text = rest(2);
            lines.push(Line::Client(if in_literal { text.clone() } else { as_sent_here(&text) }));
            // What follows without an answer between is of a literal.
            in_literal = in_literal || text.ends_with("+}");
        } else if line.starts_with("S:") {
            let text = rest(2);
            in_literal = text.starts_with("\\+ ");
            lines.push(Line::Server(text));
        } else if let Some(name) = line.strip_prefix("SESSION:") {
            lines.push(Line::Session(name.trim().to_owned()));
        } else if line.starts_with("REINIT") {
            lines.push(Line::Again);
        }
    }
    lines
}

/// The commands whose arguments are names of mailboxes.
const OF_MAILBOXES: [&str; 11] = [
    "CREATE",
    "DELETE",
    "EXAMINE",
    "GETACL",
    "LIST",
    "LSUB",
    "RENAME",
    "SELECT",
    "STATUS",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
];

fn as_sent_here(line: &str) -> String {
    // James takes more spaces than there may be.
    let line = line.trim_end().replace("  ", " ").replace("( ", "(").replace(" )", ")");
    let mut words = line.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(tag), Some(name), Some(rest)) if OF_MAILBOXES.contains(&name) => {
            format!("{tag} {name} {}", rest.replace('.', "/"))
        }
        _ => line,
    }
}

/// A connection whose responses are read whole.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// The greeting is read.
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut wire = Self(BufReader::new(stream));
        assert!(wire.response().starts_with("* OK "));
        wire
    }

    pub(crate) fn send(&mut self, line: &str) {
        // A server that has closed is found when it is read from.
        let _ = write!(self.0.get_mut(), "{line}\r\n");
    }

    /// The responses up to a tagged one, BAD, BYE or a continuation; fewer when the server closes.
    pub(crate) fn responses(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let response = self.response();
            let refused = ["* BAD ", "* BYE "].iter().any(|start| response.starts_with(start));
            let last = refused || !response.starts_with("* ");
            if !response.is_empty() {
                all.push(response);
            }
            if last {
                return all;
            }
        }
    }

    /// The next, literals included, without its line end; empty at the end.
    fn response(&mut self) -> String {
        let mut bytes = Vec::new();
        // Every turn reads a line.
        loop {
            let n = self.0.read_until(b'\n', &mut bytes).unwrap_or_default();
            if n == 0 {
                break;
            }
            let Some(len) = announced(&bytes) else { break };
            let start = bytes.len();
            bytes.resize(start + len, 0);
            self.0.read_exact(&mut bytes[start..]).unwrap();
        }
        let text = String::from_utf8_lossy(&bytes);
        text.strip_suffix("\r\n").unwrap_or(&text).to_owned()
    }
}

/// How many octets of a literal follow a line.
fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}\r\n")?;
    let at = line.iter().rposition(|&b| b == b'{')?;
    std::str::from_utf8(&line[at + 1..]).ok()?.parse().ok()
}
