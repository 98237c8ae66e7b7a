//! The kit finds what it is there to find: a small machine passes, and each way of breaking it is
//! caught.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use mailwire_core::{Input, Lines, Machine, Misuse, Output, Wait, Wants, without_end};
use mailwire_testkit::{Options, Role, Seen, laws, transcript};

/// Answers each line with itself; `QUIT` ends, a line of more than 40 octets is fatal.
#[derive(Debug, Default)]
struct Echo {
    lines: Lines,
    out: Output,
    closed: bool,
    failed: Option<Error>,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    /// Takes what has come for a line.
    Impatient,
    /// Lives on after an error.
    Undead,
    /// Never stops reading.
    Greedy,
    /// Starts TLS whenever it is told to.
    Gullible,
    /// Does not take leave.
    Deaf,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum Error {
    #[error("line too long")]
    TooLong,
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

impl Machine for Echo {
    type Event<'i> = &'i [u8];
    type Error = Error;

    fn receive<'i>(&mut self, rx: &'i mut Input) -> Result<Option<&'i [u8]>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.closed || self.fault != Fault::Greedy && self.out.queued() > 1000 {
            return Ok(None);
        }
        let n = match self.lines.find(rx.unread(), 0) {
            Some(n) if n <= 40 => n,
            None if self.fault == Fault::Impatient && !rx.is_empty() => rx.len(),
            None if rx.len() <= 40 => return Ok(None),
            _ => {
                if self.fault != Fault::Undead {
                    self.failed = Some(Error::TooLong);
                }
                return Err(Error::TooLong);
            }
        };
        let line = rx.take(n);
        let line = without_end(rx.slice(line)).0;
        self.out.put(line);
        self.out.put(b"\r\n");
        self.closed = line == b"QUIT";
        Ok(Some(line))
    }

    fn output(&mut self) -> &mut Output {
        &mut self.out
    }

    fn wants(&self) -> Wants {
        match self.out.queued() {
            0 if self.closed || self.failed.is_some() => Wants::Close,
            n if n > 1000 || self.closed => Wants::Flush,
            _ => Wants::Input,
        }
    }

    fn wait(&self) -> Option<Wait> {
        None
    }

    fn expire(&mut self) {
        self.closed = self.fault != Fault::Deaf;
    }

    fn tls_started(&mut self, _: &mut Input) -> Result<(), Error> {
        match self.fault {
            Fault::Gullible => Ok(()),
            _ => Err(Misuse::NotUpgrading.into()),
        }
    }
}

struct Application<const FAULT: u8>;

impl<const FAULT: u8> Role for Application<FAULT> {
    type Machine = Echo;

    fn start(_: &Options) -> (Self, Echo) {
        let fault = [
            Fault::None,
            Fault::Impatient,
            Fault::Undead,
            Fault::Greedy,
            Fault::Gullible,
            Fault::Deaf,
        ][usize::from(FAULT)];
        (Self, Echo { fault, ..Echo::default() })
    }

    fn see(&mut self, _: &mut Echo, event: &[u8]) -> Seen {
        Seen::Event(format!("Line {}", event.escape_ascii()))
    }

    fn act(&mut self, machine: &mut Echo, line: &str) -> Result<(), String> {
        machine.out.put(line.as_bytes());
        machine.out.put(b"\r\n");
        Ok(())
    }

    fn most_output(&self) -> usize {
        1100
    }
}

fn laws<const FAULT: u8>() {
    let long = b"0123456789012345678901234567890123456789 too long\r\n";
    let many = b"again\r\n".repeat(1000);
    laws::check::<Application<FAULT>>(&[
        b"one\r\ntwo\r\nQUIT\r\nthree\r\n",
        b"half a li",
        long,
        &many,
    ]);
}

#[test]
fn a_good_machine_passes() {
    laws::<0>();
}

#[test]
#[should_panic = "Every(1)"]
fn a_machine_that_depends_on_the_cuts_is_caught() {
    laws::<1>();
}

#[test]
#[should_panic = "law 5"]
fn a_machine_that_lives_on_is_caught() {
    laws::<2>();
}

#[test]
#[should_panic = "law 3"]
fn a_machine_that_never_stops_reading_is_caught() {
    laws::<3>();
}

#[test]
#[should_panic = "tls_started was accepted"]
fn a_machine_that_upgrades_at_any_time_is_caught() {
    laws::<4>();
}

#[test]
#[should_panic = "expired"]
fn a_machine_that_does_not_take_leave_is_caught() {
    laws::<5>();
}

#[test]
fn a_conversation_that_goes_as_written_passes() {
    let text = "C: hello\n> Line hello\nS| hello\\r\\n\n";
    // The client's role says nothing by itself, so only the server's run is written here.
    transcript::run_text::<Application<0>, Application<0>>("echo", &both(text));
}

#[test]
#[should_panic = "echo (server, Whole):3"]
fn a_conversation_that_goes_otherwise_fails_with_its_line() {
    let text = "C: hello\n> Line hello\nS: goodbye\n";
    transcript::run_text::<Application<0>, Application<0>>("echo", &both(text));
}

#[test]
#[should_panic = "sent and not in the file"]
fn what_is_sent_and_not_in_the_file_fails() {
    transcript::run_text::<Application<0>, Application<0>>("echo", "C< hello\n");
}

/// Only the server's lines: what the client would have to say is fed, not expected.
fn both(text: &str) -> String {
    text.replace("C: ", "C< ").replace("S: ", "S> ").replace("S| ", "S|> ")
}
