//! Feeds a machine and prints what comes of it, in the same words however it is fed.

use crate::{Side, Wrong, input, text};
use mailwire_core::{Buf, Input, Machine};
use serde_json::{Value, json};

/// What became of an event.
pub(crate) enum Shown {
    /// An object of its own.
    Event(Value),
    /// A piece of a body: joined with its neighbours.
    Body(Vec<u8>),
}

/// Prints objects; joins what is cut by chance.
#[derive(Default)]
struct Printer {
    output: Vec<u8>,
    body: Option<Vec<u8>>,
}

impl Printer {
    fn object(&mut self, object: &Value) {
        self.end_body();
        self.flush(true);
        println!("{object}");
    }

    fn body(&mut self, piece: &[u8]) {
        self.flush(true);
        self.body.get_or_insert_default().extend_from_slice(piece);
    }

    fn end_body(&mut self) {
        if let Some(body) = self.body.take() {
            println!("{}", json!({ "event": "Body", "octets": body.len(), "text": text(&body) }));
        }
    }

    /// Prints the lines that were sent; what has no line end yet only when something follows.
    fn flush(&mut self, all: bool) {
        while let Some(end) = self.output.iter().position(|&b| b == b'\n') {
            self.end_body();
            let line: Vec<u8> = self.output.drain(..=end).collect();
            println!("{}", json!({ "output": text(&line) }));
        }
        if all && !self.output.is_empty() {
            self.end_body();
            let rest = std::mem::take(&mut self.output);
            println!("{}", json!({ "output": text(&rest) }));
        }
    }

    fn take(&mut self, machine: &mut impl Machine) -> bool {
        let out = machine.output();
        let sent = out.has_remaining();
        while out.has_remaining() {
            let n = out.chunk().len();
            self.output.extend_from_slice(out.chunk());
            out.advance(n);
        }
        if sent {
            self.flush(false);
        }
        sent
    }
}

/// Feeds standard input to a machine; `see` answers its events and puts them into JSON.
pub(crate) fn play<M: Machine>(
    side: &Side,
    mut machine: M,
    mut see: impl for<'i> FnMut(&mut M, M::Event<'i>) -> Result<Shown, Wrong>,
    kind: impl Fn(&M::Error) -> String,
) -> Result<(), Wrong> {
    let bytes = input()?;
    let mut printer = Printer::default();
    let mut rx = Input::default();
    let size = side.chunk.and_then(|n| usize::try_from(n).ok()).unwrap_or(bytes.len().max(1));
    let mut pieces = bytes.chunks(size);
    printer.take(&mut machine);
    // Every turn handles what has come, then takes the next piece; the last closes the input.
    loop {
        loop {
            match machine.receive(&mut rx) {
                Ok(Some(event)) => {
                    // What was sent before the event, then the event, then what it led to.
                    printer.take(&mut machine);
                    match see(&mut machine, event)? {
                        Shown::Event(object) => printer.object(&object),
                        Shown::Body(piece) => printer.body(&piece),
                    }
                }
                Ok(None) => {
                    if !printer.take(&mut machine) {
                        break;
                    }
                }
                Err(error) => {
                    printer.take(&mut machine);
                    printer.object(&json!({ "error": error.to_string(), "kind": kind(&error) }));
                    printer.object(&json!({ "wants": format!("{:?}", machine.wants()) }));
                    return Ok(());
                }
            }
        }
        if rx.is_closed() {
            break;
        }
        match pieces.next() {
            Some(piece) => rx.extend(piece),
            None => rx.close(),
        }
    }
    printer.object(&json!({ "wants": format!("{:?}", machine.wants()) }));
    Ok(())
}

/// The name of a variant: what its `Debug` begins with.
pub(crate) fn variant<T: std::fmt::Debug>(value: &T) -> String {
    let words = format!("{value:?}");
    words.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
