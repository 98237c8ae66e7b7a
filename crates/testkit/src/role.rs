//! A machine together with an application that answers it.

use bytes::Buf;
use mailwire_core::{Input, Machine, Wants};
use std::collections::BTreeMap;

/// The `@ key=value` lines of a transcript; empty elsewhere.
pub type Options = BTreeMap<String, String>;

/// One side of a conversation: how its machine is made, how its application answers, and the words
/// in which events are written down.
pub trait Role: Sized {
    /// The machine.
    type Machine: Machine;

    /// The application, and its machine before the first byte. An unknown option is worth a panic.
    fn start(options: &Options) -> (Self, Self::Machine);

    /// Says in words what an event is, and answers it in the ordinary way if the application is
    /// one that answers by itself.
    fn see<'i>(
        &mut self,
        machine: &mut Self::Machine,
        event: <Self::Machine as Machine>::Event<'i>,
    ) -> Seen;

    /// Does what a line of a transcript says: `250 ok`, `mail alice@example.org`.
    ///
    /// # Errors
    ///
    /// What is wrong with the line, or the misuse that the machine found.
    fn act(&mut self, machine: &mut Self::Machine, line: &str) -> Result<(), String>;

    /// Does the upgrade that the machine wants; what is under it does not matter here.
    ///
    /// # Errors
    ///
    /// Those of the machine.
    fn upgrade(
        machine: &mut Self::Machine,
        rx: &mut Input,
    ) -> Result<(), <Self::Machine as Machine>::Error> {
        machine.tls_started(rx)
    }

    /// Calls the methods that do not fit while the machine waits for input, and checks that each
    /// is refused as misuse (law 4).
    fn misuse(&mut self, machine: &mut Self::Machine) {
        let wants = machine.wants();
        let refused = machine.tls_started(&mut Input::default());
        assert!(refused.is_err(), "tls_started was accepted while the machine wants {wants:?}");
    }

    /// The most octets that the machine may leave unread when it wants input: its longest frame.
    fn longest_frame(&self) -> usize {
        256 * 1024
    }

    /// The most octets that the machine may queue: its output limit and one response.
    fn most_output(&self) -> usize {
        512 * 1024
    }
}

/// What became of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Seen {
    /// Something happened, in words.
    Event(String),
    /// A piece of a body: joined with its neighbours, since where bodies are cut means nothing.
    Piece(Vec<u8>),
}

/// All that a machine did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trace {
    /// The events in words, bodies joined, the error last.
    pub events: Vec<String>,
    /// What was sent.
    pub output: Vec<u8>,
    /// The last entry of `events` is a body that may go on.
    in_body: bool,
    body: Vec<u8>,
}

impl Trace {
    /// Notes an event.
    pub fn note(&mut self, seen: Seen) {
        match seen {
            Seen::Event(words) => {
                self.end_body();
                self.events.push(words);
            }
            Seen::Piece(piece) => {
                self.in_body = true;
                self.body.extend_from_slice(&piece);
            }
        }
    }

    /// Writes down a body whose pieces came until here.
    pub fn end_body(&mut self) {
        if std::mem::take(&mut self.in_body) {
            let body = std::mem::take(&mut self.body);
            self.events.push(format!("Body {}", body.escape_ascii()));
        }
    }

    /// Moves all that may be sent here.
    pub fn send(&mut self, machine: &mut impl Machine) -> usize {
        let out = machine.output();
        let mut sent = 0;
        while out.has_remaining() {
            let n = out.chunk().len();
            self.output.extend_from_slice(out.chunk());
            out.advance(n);
            sent += n;
        }
        sent
    }
}

/// Lets a machine and its application go on until the machine wants something that is not here.
/// Returns false after an error, which is noted.
pub(crate) fn run<R: Role>(
    role: &mut R,
    machine: &mut R::Machine,
    rx: &mut Input,
    trace: &mut Trace,
) -> bool {
    // Every turn handles an event or sends something; events come from finite input.
    loop {
        match machine.receive(rx) {
            Ok(Some(event)) => {
                let seen = role.see(machine, event);
                trace.note(seen);
            }
            Ok(None) => {
                let sent = trace.send(machine);
                if sent == 0 || matches!(machine.wants(), Wants::Close | Wants::Turn) {
                    return true;
                }
            }
            Err(error) => {
                trace.send(machine);
                trace.end_body();
                trace.events.push(format!("Error: {error}"));
                return false;
            }
        }
    }
}
