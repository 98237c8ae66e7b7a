//! What is printed: who said it, what kind of thing it is, what it says.

use clap::ValueEnum;
use std::io::{IsTerminal, Write};

/// How much of one thing is printed, in characters.
const WIDTH: usize = 400;

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    Always,
    Never,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    Client,
    Server,
}

/// How something is to be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    /// The contents of a message.
    Body,
    /// What the grammar does not know or does not take.
    Odd,
}

/// Prints one conversation.
pub(crate) struct Show {
    number: u32,
    colored: bool,
    pub(crate) details: bool,
    print: Box<dyn FnMut(&str) + Send>,
}

impl Show {
    pub(crate) fn new(number: u32, color: Color, details: bool) -> Self {
        let colored = match color {
            Color::Auto => std::io::stdout().is_terminal(),
            Color::Always => true,
            Color::Never => false,
        };
        let print = Box::new(|line: &str| {
            // When standard output is closed there is nobody to print for.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        });
        Self { number, colored, details, print }
    }

    #[cfg(test)]
    pub(crate) fn to(print: impl FnMut(&str) + Send + 'static) -> Self {
        Self { number: 1, colored: false, details: false, print: Box::new(print) }
    }

    /// What someone said: its kind, and the rest of it.
    pub(crate) fn said(&mut self, who: Who, tone: Tone, kind: &str, rest: &[u8]) {
        let (letter, color) = match who {
            Who::Client => ('C', "36"),
            Who::Server => ('S', "35"),
        };
        let kind_color = match tone {
            Tone::Plain => "1",
            Tone::Good => "32",
            Tone::Bad | Tone::Odd => "31",
            Tone::Body => "2",
        };
        let (who, kind) = (self.paint(color, &letter.to_string()), self.paint(kind_color, kind));
        let rest = printable(rest);
        let space = if rest.is_empty() { "" } else { " " };
        (self.print)(&format!("{} {who}: {kind}{space}{rest}", self.number));
    }

    /// What stands behind a line, with `--details`.
    pub(crate) fn detail(&mut self, value: &impl std::fmt::Debug) {
        if self.details {
            let text = format!("{value:?}");
            let text = self.paint("2", &printable(text.as_bytes()));
            (self.print)(&format!("{}      {text}", self.number));
        }
    }

    /// A remark of the program's own.
    pub(crate) fn note(&mut self, remark: &str) {
        let remark = self.paint("33", &format!("({remark})"));
        (self.print)(&format!("{}    {remark}", self.number));
    }

    fn paint(&self, color: &str, text: &str) -> String {
        match self.colored {
            true => format!("\u{1b}[{color}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

/// On one line, without controls, not too long.
fn printable(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let mut text = String::new();
    let mut n = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            n += 1;
            if n > WIDTH {
                return format!("{text}… ({} octets)", bytes.len());
            }
            if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
        }
        for byte in chunk.invalid() {
            n += 1;
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
