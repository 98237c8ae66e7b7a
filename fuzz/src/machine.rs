//! What is asked of every machine: drives it with pieces of data, and looks at every step.

use mailwire_core::{Buf, Input, Machine, Newlines, Wants};
use mailwire_testkit::{Options, Role, Trace};

/// What a target is to do, taken from the first octets of its data.
#[derive(Debug)]
pub struct Choices<'d>(pub &'d [u8]);

impl<'d> Choices<'d> {
    /// The next octet; 0 when there is none.
    pub fn octet(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::from(self.octet()) % n.max(1)
    }

    /// Each of `options` whose bit is set in the next octets.
    pub fn options(&mut self, options: &[(&str, &str)]) -> Options {
        let bits = u16::from_le_bytes([self.octet(), self.octet()]);
        options
            .iter()
            .enumerate()
            .filter(|(n, _)| bits >> n & 1 == 1)
            .map(|(_, (key, value))| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// Up to `most` of `actions`.
    pub fn actions<'a>(&mut self, actions: &[&'a str], most: usize) -> Vec<&'a str> {
        let n = self.below(most + 1);
        (0..n).map(|_| actions[self.below(actions.len())]).collect()
    }

    /// The next few octets, of which the first says how many.
    pub fn bytes(&mut self) -> &'d [u8] {
        let n = usize::from(self.octet()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(n);
        self.0 = rest;
        bytes
    }
}

/// Which side of a connection a machine is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Sends commands.
    Client,
    /// Answers them.
    Server,
}

/// Feeds a machine of role `R`, which first does `actions`, with the rest of the data: whole, cut
/// as the data says, and with TLS or compression started wherever it is agreed. Returns what it did.
///
/// Checked: the same events and output however the data are cut; nothing is parsed while an
/// upgrade is waited for; the output is bounded; an error stays; no CR or LF stands alone in
/// what is sent.
pub fn check<R: Role>(side: Side, options: &Options, actions: &[&str], data: &[u8]) -> Trace {
    let (pieces, data) = crate::cut(data);
    let mut whole = drive::<R>(options, actions, &[data], Tls::Never);
    let mut cut = drive::<R>(options, actions, &pieces, Tls::Never);
    let died = whole.events.last().is_some_and(|event| event.starts_with("Error: "));
    if side == Side::Client && died {
        // Commands that were not sent yet when the connection died are not sent any more.
        assert!(cut.output.starts_with(&whole.output), "what is sent is sent");
        cut.output.truncate(whole.output.len());
        said_too_early(&mut whole.events);
        said_too_early(&mut cut.events);
    }
    assert_eq!(whole, cut, "the same however it is cut");
    lines_end_well(&whole.output);
    lines_end_well(&drive::<R>(options, actions, &pieces, Tls::WhenAgreed).output);
    whole
}

/// Forgets that an upgrade was agreed when plaintext followed: the POP3 client does not say so if
/// it sees that plaintext at once.
fn said_too_early(events: &mut Vec<String>) {
    let followed = events.last().is_some_and(|error| error.starts_with("Error: plaintext"));
    if let (true, Some(agreed)) = (followed, events.iter().position(|event| event == "StartTls")) {
        events.drain(agreed..events.len() - 1);
    }
}

/// Checks that there is no CR without LF and no LF without CR.
pub fn lines_end_well(output: &[u8]) {
    let mut newlines = Newlines::default();
    newlines.look(output);
    newlines.end();
    assert!(!newlines.any_bare(), "a stray CR or LF in {}", output.escape_ascii());
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tls {
    Never,
    WhenAgreed,
}

fn drive<R: Role>(options: &Options, actions: &[&str], pieces: &[&[u8]], tls: Tls) -> Trace {
    let (mut role, mut machine) = R::start(options);
    let (mut rx, mut trace) = (Input::default(), Trace::default());
    for action in actions {
        // What does not fit is refused, and must change nothing.
        let _ = role.act(&mut machine, action);
    }
    let mut alive = turn(&mut role, &mut machine, &mut rx, &mut trace, tls);
    for piece in pieces {
        if !alive {
            break;
        }
        rx.extend(piece);
        alive = turn(&mut role, &mut machine, &mut rx, &mut trace, tls);
    }
    if alive {
        rx.close();
        turn(&mut role, &mut machine, &mut rx, &mut trace, tls);
    }
    trace.end_body();
    trace
}

/// Lets a machine and its application go on until it wants what is not here. False after an error.
fn turn<R: Role>(
    role: &mut R,
    machine: &mut R::Machine,
    rx: &mut Input,
    trace: &mut Trace,
    tls: Tls,
) -> bool {
    // `wants` says why there was no event, so it speaks of a machine that gave none.
    let mut upgrading = machine.wants() == Wants::Tls;
    loop {
        let unread = rx.len();
        let error = match machine.receive(rx) {
            Ok(Some(event)) => {
                assert!(!upgrading, "parsed while upgrading");
                let seen = role.see(machine, event);
                trace.note(seen);
                let queued = machine.output().queued();
                assert!(queued <= role.most_output(), "{queued} octets are queued");
                upgrading = false;
                continue;
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let sent = trace.send(machine);
        if let Some(error) = error {
            let again = machine.receive(rx).map(|event| event.is_some());
            assert!(again == Err(error.clone()), "an error stays");
            trace.end_body();
            trace.events.push(format!("Error: {error}"));
            return false;
        }
        assert!(!upgrading || unread == 0, "plaintext was passed over while upgrading");
        let agreed = match machine.wants() {
            Wants::Tls => rx.is_empty() && !rx.is_closed(),
            Wants::Deflate => true,
            _ => false,
        };
        if agreed && tls == Tls::WhenAgreed {
            R::upgrade(machine, rx).expect("an upgrade that was agreed");
            upgrading = false;
        } else if sent == 0 || matches!(machine.wants(), Wants::Close | Wants::Turn) {
            return true;
        }
    }
}

/// What both sides of a [`pair`] did.
#[derive(Debug, Eq, PartialEq)]
pub struct Joined<'a> {
    /// The client's events, and what it sent.
    pub client: Trace,
    /// The server's.
    pub server: Trace,
    /// The actions that the client did not refuse.
    pub done: Vec<&'a str>,
}

/// Joins a client to a server, lets the client do each of `actions` when neither has anything to
/// say, and moves bytes in pieces of `sizes`, over and over.
pub fn pair<'a, C: Role, S: Role>(
    options: &Options,
    actions: &[&'a str],
    sizes: &[usize],
) -> Joined<'a> {
    let (mut client_role, mut client) = C::start(options);
    let (mut server_role, mut server) = S::start(options);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    let mut joined =
        Joined { client: Trace::default(), server: Trace::default(), done: Vec::new() };
    let mut sizes = sizes.iter().copied().cycle();
    let mut actions = actions.iter();
    loop {
        deliver(&mut client_role, &mut client, &mut to_client, &mut joined.client);
        deliver(&mut server_role, &mut server, &mut to_server, &mut joined.server);
        let size = sizes.next().unwrap_or(1);
        let moved = transfer(&mut client, &mut to_server, &mut joined.client, size)
            + transfer(&mut server, &mut to_client, &mut joined.server, size);
        if moved > 0 {
            continue;
        }
        let upgrade = client.wants();
        if server.wants() == upgrade && matches!(upgrade, Wants::Tls | Wants::Deflate) {
            C::upgrade(&mut client, &mut to_client).expect("an upgrade that was agreed");
            S::upgrade(&mut server, &mut to_server).expect("an upgrade that was agreed");
            continue;
        }
        let Some(action) = actions.next() else { break };
        if client_role.act(&mut client, action).is_ok() {
            joined.done.push(action);
        }
    }
    joined.client.end_body();
    joined.server.end_body();
    lines_end_well(&joined.server.output);
    joined
}

fn deliver<R: Role>(role: &mut R, machine: &mut R::Machine, rx: &mut Input, trace: &mut Trace) {
    loop {
        match machine.receive(rx) {
            Ok(Some(event)) => {
                let seen = role.see(machine, event);
                trace.note(seen);
            }
            Ok(None) => return,
            Err(error) => panic!("our two sides do not understand each other: {error}"),
        }
    }
}

fn transfer(from: &mut impl Machine, to: &mut Input, trace: &mut Trace, size: usize) -> usize {
    let out = from.output();
    let n = size.min(out.chunk().len());
    to.extend(&out.chunk()[..n]);
    trace.output.extend_from_slice(&out.chunk()[..n]);
    out.advance(n);
    n
}
