//! Commands on their way out: which are legal, and when they may leave.

use super::{Connection, Id, Utf8};
use crate::rules::{State, after, is_legal};
use crate::{Capability, Command};
use alloc::collections::VecDeque;
use mailwire_core::{Misuse, Output, Secret, Security, Sink};

/// What was sent and is not answered, in order. Commands that may not leave yet stand behind gates
/// in the output, one each.
#[derive(Debug, Default)]
pub(super) struct Queue {
    sent: VecDeque<Sent>,
    /// How many of them have left.
    released: usize,
    /// The octets of those.
    octets: usize,
}

/// A command that is not answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) id: Id,
    pub(super) kind: Kind,
    octets: usize,
}

/// What answers a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Greeting,
    /// One line.
    Plain,
    /// One line that decides whether the session is in TRANSACTION.
    Login,
    Auth,
    Stat,
    Stls,
    Utf8,
    /// Several lines, or one when a message was named.
    List {
        message: Option<u32>,
    },
    Uidl {
        message: Option<u32>,
    },
    Capa,
    /// The languages.
    Languages,
    Lines,
    Message {
        top: bool,
    },
    Quit,
}

/// How many may be unanswered at once.
#[derive(Clone, Copy, Debug)]
struct Window {
    commands: usize,
    octets: usize,
}

impl Queue {
    /// The greeting is like an answer that nothing asked for.
    pub(super) fn before_greeting() -> Self {
        let greeting = Sent { id: Id(0), kind: Kind::Greeting, octets: 0 };
        Self { sent: VecDeque::from([greeting]), released: 1, octets: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    /// What the next answer is about.
    pub(super) fn front(&self) -> Option<Sent> {
        self.sent.front().copied()
    }

    pub(super) fn has(&self, wanted: impl Fn(Kind) -> bool) -> bool {
        self.sent.iter().any(|sent| wanted(sent.kind))
    }

    /// Whether the first that has not left may leave.
    fn may_leave(&self, next: &Sent, window: Option<Window>) -> bool {
        let Some(last) = self.released.checked_sub(1).and_then(|at| self.sent.get(at)) else {
            return true;
        };
        let Some(window) = window else { return false };
        // What follows an exchange, an upgrade or QUIT waits for its end; STLS waits for all.
        next.kind != Kind::Stls
            && !matches!(last.kind, Kind::Greeting | Kind::Auth | Kind::Stls | Kind::Quit)
            && self.released < window.commands
            && self.octets + next.octets <= window.octets
    }

    fn push(&mut self, sent: Sent, window: Option<Window>, out: &mut Output) {
        if self.released == self.sent.len() && self.may_leave(&sent, window) {
            self.released += 1;
            self.octets += sent.octets;
        } else {
            out.gate();
        }
        self.sent.push_back(sent);
    }

    /// The first is answered: others may leave.
    fn pop(&mut self, window: Option<Window>, out: &mut Output) -> Option<Sent> {
        let answered = self.sent.pop_front()?;
        // What was answered had left.
        self.released = self.released.saturating_sub(1);
        self.octets = self.octets.saturating_sub(answered.octets);
        // Every turn lets one leave.
        while let Some(next) = self.sent.get(self.released).copied() {
            if !self.may_leave(&next, window) {
                break;
            }
            out.open();
            self.released += 1;
            self.octets += next.octets;
        }
        Some(answered)
    }
}

/// Counts what would be written.
struct Count(usize);

impl Sink for Count {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

impl Connection {
    /// Queues a command. It leaves as soon as it may, in order.
    ///
    /// What the server did not announce is sent all the same, but for credentials in UTF-8: many
    /// servers have UIDL and TOP and do not say so.
    ///
    /// # Errors
    ///
    /// When the command cannot succeed where the session is, would show credentials to the
    /// network, or is too long; nothing is queued then.
    pub fn send(&mut self, command: &Command<'_>) -> Result<Id, Misuse> {
        let kind = match command {
            Command::Pass(_) | Command::Apop { .. } => Kind::Login,
            Command::Auth { .. } => Kind::Auth,
            Command::AuthList => Kind::Lines,
            Command::Stls => Kind::Stls,
            Command::Utf8 => Kind::Utf8,
            Command::Lang(None) => Kind::Languages,
            Command::Capa => Kind::Capa,
            Command::Stat => Kind::Stat,
            Command::List(message) => Kind::List { message: *message },
            Command::Uidl(message) => Kind::Uidl { message: *message },
            Command::Retr(_) => Kind::Message { top: false },
            Command::Top { .. } => Kind::Message { top: true },
            Command::Quit => Kind::Quit,
            _ => Kind::Plain,
        };
        self.queue(command, kind)
    }

    /// Queues a command that this crate does not know, and whose `+OK` is followed by lines that
    /// end in a lone dot, as those of `XTND XLST`. They come as
    /// [`Event::Line`](super::Event::Line). Other commands are sent as by [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub fn send_for_lines(&mut self, command: &Command<'_>) -> Result<Id, Misuse> {
        match command {
            Command::Other { .. } => self.queue(command, Kind::Lines),
            command => self.send(command),
        }
    }

    fn queue(&mut self, command: &Command<'_>, kind: Kind) -> Result<Id, Misuse> {
        self.check(command)?;
        let mut octets = Count(0);
        command.encode(&mut octets);
        let Count(mut octets) = octets;
        let mut later = None;
        if octets > self.config.limits.command {
            // RFC 5034 section 4: the initial response can follow when it is asked for.
            let Command::Auth { mechanism, initial: Some(initial) } = command else {
                return Err(Misuse::TooLong);
            };
            later = Some(Command::Auth { mechanism: mechanism.clone(), initial: None });
            self.initial = Some(Secret::new(initial.expose().to_vec()));
            octets = "AUTH \r\n".len() + mechanism.as_str().len();
        }
        self.expected = after(command, self.expected);
        self.quitting |= kind == Kind::Quit;
        self.upgrading |= kind == Kind::Stls;
        if kind == Kind::Utf8 {
            self.utf8 = Utf8::Asked;
        }
        let id = Id(self.next);
        self.next += 1;
        let window = self.window();
        self.queue.push(Sent { id, kind, octets }, window, &mut self.out);
        later.as_ref().unwrap_or(command).encode(&mut self.out);
        Ok(id)
    }

    /// Whether a command can be sent where the session is.
    fn check(&self, command: &Command<'_>) -> Result<(), Misuse> {
        let secret = command.is_secret() || matches!(command, Command::User(_));
        if self.closed || self.failed.is_some() {
            return Err(Misuse::Closed);
        }
        if self.upgrading {
            return Err(Misuse::Upgrading);
        }
        if secret && self.is_insecure() {
            return Err(Misuse::Insecure);
        }
        // One exchange at a time: a second could not succeed behind the first.
        if self.quitting || !is_legal(command, self.expected) {
            return Err(Misuse::WrongState);
        }
        match command {
            // RFC 6856 section 2.1: not behind UTF8.
            Command::Stls if self.security == Security::Tls || self.utf8 != Utf8::No => {
                Err(Misuse::WrongState)
            }
            Command::User(word) | Command::Pass(word) | Command::Apop { name: word, .. }
                if !word.as_bytes().is_ascii() && !self.takes_utf8() =>
            {
                Err(Misuse::NotOffered)
            }
            _ => Ok(()),
        }
    }

    /// Whether names and passwords may be UTF-8 (RFC 6856 section 2.2).
    fn takes_utf8(&self) -> bool {
        let says = |known: &crate::Capabilities| known.has(&Capability::Utf8 { user: true });
        self.config.allow_undeclared_utf8 || self.capabilities.as_ref().is_some_and(says)
    }

    fn window(&self) -> Option<Window> {
        let limits = &self.config.limits;
        let window = Window { commands: limits.window, octets: limits.window_octets };
        self.pipelining.then_some(window)
    }

    /// The first command that waits is answered: others may leave.
    pub(super) fn answered(&mut self) -> Id {
        self.reading = super::Reading::Reply;
        self.serial += 1;
        let window = self.window();
        self.queue.pop(window, &mut self.out).map_or(Id(0), |sent| sent.id)
    }

    /// A login came to nothing: where the session will be when the others succeed.
    pub(super) fn login_failed(&mut self) {
        let another = self.queue.has(|kind| matches!(kind, Kind::Login | Kind::Auth));
        self.expected = if another { State::Transaction } else { State::Authorization };
    }
}
