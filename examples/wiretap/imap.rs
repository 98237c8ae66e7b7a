//! IMAP, read along: lines with their literals, whole commands and responses.

use crate::proxy::{Tap, Then, Took, line};
use crate::show::{Show, Tone, Who};
use crate::smtp::split;
use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Command, Dialect, Response, State};

/// A literal that is longer is not kept: an empty one stands in its place.
const KEPT: u64 = 4096;

/// A command or response of which not all has come.
#[derive(Debug, Default)]
struct Frame {
    bytes: Vec<u8>,
    /// What is still to come of a literal, and whether it is kept.
    literal: Option<(u64, bool)>,
    /// How much was not kept.
    octets: u64,
    /// The client waits for leave to send the literal.
    waits: bool,
}

impl Frame {
    /// Takes a line or a piece of a literal; the second value says whether the frame is whole.
    fn take(&mut self, rx: &[u8], is_text: impl Fn(&[u8]) -> bool) -> (usize, bool) {
        if let Some((left, kept)) = &mut self.literal {
            let n = usize::try_from(*left).unwrap_or(usize::MAX).min(rx.len());
            if *kept {
                self.bytes.extend_from_slice(rx.get(..n).unwrap_or_default());
            }
            *left -= n as u64;
            self.waits &= n == 0;
            if *left == 0 {
                self.literal = None;
            }
            return (n, false);
        }
        let Some((text, n)) = line(rx) else { return (0, false) };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        if !is_text(&self.bytes) {
            if let Some((announced, free)) = literal(text) {
                let kept = announced <= KEPT;
                if !kept {
                    let brace = text.iter().rposition(|&b| b == b'{').unwrap_or_default();
                    self.bytes.truncate(start + brace);
                    self.bytes.extend_from_slice(if free { b"{0+}" } else { b"{0}" });
                    self.octets += announced;
                }
                self.literal = Some((announced, kept)).filter(|(n, _)| *n > 0);
                self.waits = !free;
                self.bytes.extend_from_slice(b"\r\n");
                return (n, false);
            }
        }
        self.bytes.extend_from_slice(b"\r\n");
        (n, true)
    }

    /// Begins anew; what there was.
    fn whole(&mut self) -> Self {
        std::mem::take(self)
    }
}

/// The literal that a line announces: how long, and whether it comes without leave.
fn literal(line: &[u8]) -> Option<(u64, bool)> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|&b| b == b'{')?;
    let digits = inner.get(open + 1..)?;
    let free = digits.strip_suffix(b"+");
    let n = std::str::from_utf8(free.unwrap_or(digits)).ok()?.parse().ok()?;
    Some((n, free.is_some()))
}

/// What the client is in the middle of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
enum Mode {
    #[default]
    Commands,
    /// How what the client says next is to be read depends on the answer to this command.
    Held(Vec<u8>, Kind),
    /// The client's next line answers a challenge.
    Challenged(Vec<u8>),
    /// The client's next line is DONE.
    Idle,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    StartTls,
    Authenticate,
    Idle,
    Compress,
}

/// One connection.
#[derive(Debug, Default)]
pub(crate) struct Imap {
    from_client: Frame,
    from_server: Frame,
    mode: Mode,
    dialect: Dialect,
}

impl Imap {
    fn grammar(&self) -> Grammar<'static> {
        Grammar::default().with_bounds(parse::Bounds::client()).with_utf8(self.dialect.utf8)
    }

    fn command(&mut self, frame: &Frame, show: &mut Show) {
        let (tag, command) = match parse::command(&frame.bytes, &self.grammar()) {
            Ok(command) => command,
            Err(bad) => {
                let mut words = frame.bytes.split(|&b| b == b' ' || b == b'\r');
                let (tag, verb) = (words.next().unwrap_or_default(), words.next());
                let secret = [&b"LOGIN"[..], b"AUTHENTICATE"];
                let hides = |verb: &[u8]| secret.iter().any(|word| verb.eq_ignore_ascii_case(word));
                let shown = match verb.filter(|verb| hides(verb)) {
                    Some(verb) => [tag, b" ", verb, b" (hidden)"].concat(),
                    None => frame.bytes.clone(),
                };
                show.said(Who::Client, Tone::Odd, "no command:", &shown);
                show.note(&bad.to_string());
                return;
            }
        };
        let tag = tag.as_str();
        let kind = match &command {
            Command::StartTls => Some(Kind::StartTls),
            Command::Authenticate { .. } => Some(Kind::Authenticate),
            Command::Idle => Some(Kind::Idle),
            Command::Compress(_) => Some(Kind::Compress),
            _ => None,
        };
        if let Some(kind) = kind {
            self.mode = Mode::Held(tag.as_bytes().to_vec(), kind);
        }
        let written = match &command {
            Command::Login { user, .. } => {
                let written = format!("{tag} LOGIN {} (hidden)", user.to_text());
                written.into_bytes()
            }
            Command::Authenticate { mechanism, initial } => {
                let hidden = if initial.is_some() { " (hidden)" } else { "" };
                format!("{tag} AUTHENTICATE {mechanism}{hidden}").into_bytes()
            }
            command => {
                let mut plain = Plain::default();
                encode::command(tag, command, &self.dialect, &mut plain);
                plain.into_bytes()
            }
        };
        let (tag, rest) = split(&written);
        show.said(Who::Client, Tone::Plain, &tag, rest);
        // It hides what is secret.
        show.detail(&command);
        octets(Who::Client, frame, show);
    }

    fn response(&mut self, frame: &Frame, show: &mut Show) -> Then {
        let (response, anomalies) = match parse::response_with(&frame.bytes, &self.grammar()) {
            Ok(response) => response,
            Err(why) => {
                show.said(Who::Server, Tone::Odd, "no response:", &frame.bytes);
                show.note(&why.to_string());
                return Then::Go;
            }
        };
        let then = self.heard(&response);
        let mut written = Vec::new();
        match &response {
            Response::Continue(_) if matches!(self.mode, Mode::Challenged(_)) => {
                written.extend_from_slice(b"+ (hidden)");
            }
            response => encode::response_for(response, &self.dialect, &mut written),
        }
        let tone = match &response {
            Response::Tagged { condition, .. } | Response::Condition(condition) => {
                match condition.state {
                    State::Ok | State::PreAuth => Tone::Good,
                    State::No | State::Bad | State::Bye => Tone::Bad,
                }
            }
            Response::Other(_) => Tone::Odd,
            _ => Tone::Plain,
        };
        let (kind, rest) = split(&written);
        show.said(Who::Server, tone, &kind, rest);
        if !matches!(self.mode, Mode::Challenged(_)) {
            show.detail(&response);
        }
        octets(Who::Server, frame, show);
        for anomaly in anomalies.as_slice() {
            show.note(&format!("tolerated: {:?} at octet {}", anomaly.what, anomaly.at));
        }
        then
    }

    /// What a response means to what follows.
    fn heard(&mut self, response: &Response<'_>) -> Then {
        match response {
            Response::Continue(_) => match &self.mode {
                Mode::Held(tag, Kind::Authenticate) => self.mode = Mode::Challenged(tag.clone()),
                Mode::Held(_, Kind::Idle) => self.mode = Mode::Idle,
                _ => self.from_client.waits = false,
            },
            Response::Enabled(names) => {
                for name in names {
                    self.dialect = self.dialect.enabled(name);
                }
            }
            Response::Tagged { tag, condition } => {
                let ok = condition.state == State::Ok;
                // A literal that was refused does not come.
                let refused = [tag.as_bytes(), b" "].concat();
                if self.from_client.waits && self.from_client.bytes.starts_with(&refused) {
                    self.from_client.whole();
                }
                let Mode::Held(held, kind) = &self.mode else { return Then::Go };
                if held != tag.as_bytes() {
                    return Then::Go;
                }
                let kind = *kind;
                self.mode = Mode::Commands;
                return match kind {
                    Kind::StartTls if ok => Then::Tls,
                    Kind::Compress if ok => Then::Opaque,
                    _ => Then::Go,
                };
            }
            _ => {}
        }
        Then::Go
    }
}

/// What was left out.
fn octets(who: Who, frame: &Frame, show: &mut Show) {
    if frame.octets > 0 {
        show.said(who, Tone::Body, "literal", format!("({} octets)", frame.octets).as_bytes());
    }
}

impl Tap for Imap {
    fn client(&mut self, rx: &[u8], show: &mut Show) -> Took {
        match &self.mode {
            Mode::Held(..) => return Took::NOTHING,
            Mode::Challenged(tag) => {
                let Some((_, n)) = line(rx) else { return Took::NOTHING };
                show.said(Who::Client, Tone::Plain, "response", b"(hidden)");
                self.mode = Mode::Held(tag.clone(), Kind::Authenticate);
                return Took::of(n);
            }
            Mode::Idle => {
                let Some((text, n)) = line(rx) else { return Took::NOTHING };
                show.said(Who::Client, Tone::Plain, "", text);
                self.mode = Mode::Commands;
                return Took::of(n);
            }
            Mode::Commands => {}
        }
        if self.from_client.waits {
            // Also what would come without leave waits until it is there.
            return Took::NOTHING;
        }
        let (n, whole) = self.from_client.take(rx, |_| false);
        if whole {
            let frame = self.from_client.whole();
            self.command(&frame, show);
        }
        Took::of(n)
    }

    fn server(&mut self, rx: &[u8], show: &mut Show) -> Took {
        let (n, whole) = self.from_server.take(rx, is_text);
        self.from_server.waits = false;
        let mut then = Then::Go;
        if whole {
            let frame = self.from_server.whole();
            then = self.response(&frame, show);
            if then == Then::Opaque {
                show.note("what follows is compressed, and passed on unseen");
            }
        }
        Took { octets: n, then }
    }

    fn tls_started(&mut self) {
        *self = Self::default();
    }
}

/// Whether a line of the server's ends in text for people: that never announces a literal.
fn is_text(frame: &[u8]) -> bool {
    let mut words = frame.split(|&b| b == b' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let states = ["OK", "NO", "BAD", "BYE", "PREAUTH"];
    let is_state = |state: &&str| second.eq_ignore_ascii_case(state.as_bytes());
    first != b"*" || states.iter().any(is_state)
}
