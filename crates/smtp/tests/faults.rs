//! A client joined to a server over a pipe that cuts, loses, repeats and changes octets, or ends, and
//! that is made private in the middle: no event after a failure, and never two messages for one end
//! of data.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::{Buf, Input, Machine, Wants};
use mailwire_testkit::cuts::Random;
use mailwire_testkit::roles::smtp::{Client, Server};
use mailwire_testkit::{Options, Role, Seen};
use std::collections::BTreeMap;

/// What the pipe does to the octet at a place of one direction.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    End,
    Lose,
    Repeat,
    Change(u8),
}

#[derive(Debug, Default)]
struct Pipe {
    moved: usize,
    ended: bool,
}

impl Pipe {
    fn carry(
        &mut self,
        from: &mut impl Machine,
        to: &mut Input,
        n: usize,
        at: usize,
        fault: Fault,
    ) -> usize {
        let n = n.min(from.output().chunk().len());
        for b in from.output().chunk()[..n].iter().copied() {
            match fault {
                Fault::End if self.moved >= at => self.ended = true,
                Fault::Lose if self.moved == at => {}
                Fault::Repeat if self.moved == at => to.extend(&[b, b]),
                Fault::Change(by) if self.moved == at => to.extend(&[b ^ by]),
                _ => to.extend(&[b]),
            }
            self.moved += 1;
        }
        from.output().advance(n);
        if self.ended {
            to.close();
        }
        n
    }
}

/// Takes all events of one side; what each began with. Asserts that a failure is the last thing.
fn take<R: Role>(
    role: &mut R,
    machine: &mut R::Machine,
    rx: &mut Input,
    words: &mut Vec<String>,
) -> bool {
    let error = loop {
        match machine.receive(rx) {
            Ok(Some(event)) => {
                if let Seen::Event(event) = role.see(machine, event) {
                    words.push(event);
                }
            }
            Ok(None) => return true,
            Err(error) => break error,
        }
    };
    let queued = machine.output().queued();
    rx.extend(b"220 x\r\n250 x\r\nMAIL FROM:<a@b>\r\n");
    assert_eq!(machine.receive(rx).err(), Some(error), "dead is dead");
    assert_eq!(machine.output().queued(), queued);
    false
}

struct Played {
    client: Vec<String>,
    server: Vec<String>,
    /// How many octets went either way.
    moved: (usize, usize),
    ended: usize,
}

fn play(
    options: &Options,
    actions: &[&str],
    seed: u64,
    to_server_at: Option<usize>,
    at: usize,
    fault: Fault,
) -> Played {
    let (mut client_role, mut client) = Client::start(options);
    let (mut server_role, mut server) = Server::start(options);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    let (mut up, mut down) = (Pipe::default(), Pipe::default());
    let mut random = Random::new(seed);
    let mut all = Played { client: vec![], server: vec![], moved: (0, 0), ended: 0 };
    let mut actions = actions.iter();
    let faults = match to_server_at {
        Some(_) => (fault, Fault::None),
        None => (Fault::None, fault),
    };
    for _ in 0..20_000 {
        let client_lives = take(&mut client_role, &mut client, &mut to_client, &mut all.client);
        let server_lives = take(&mut server_role, &mut server, &mut to_server, &mut all.server);
        let n = up.carry(&mut client, &mut to_server, random.below(60) + 1, at, faults.0)
            + down.carry(&mut server, &mut to_client, random.below(60) + 1, at, faults.1);
        if client.wants() == Wants::Tls && server.wants() == Wants::Tls {
            let _ = (client.tls_started(&mut to_client), server.tls_started(&mut to_server));
            continue;
        }
        if n > 0 {
            continue;
        }
        match actions.next() {
            Some(action) if client_lives && server_lives => {
                if client_role.act(&mut client, action).is_ok() && action.ends_with("end") {
                    all.ended += 1;
                }
            }
            _ => break,
        }
    }
    to_client.close();
    to_server.close();
    take(&mut client_role, &mut client, &mut to_client, &mut all.client);
    take(&mut server_role, &mut server, &mut to_server, &mut all.server);
    all.moved = (up.moved, down.moved);
    all
}

fn options(more: &[(&str, &str)]) -> Options {
    let base = [
        ("client", "script"),
        ("starttls", "yes"),
        ("extensions", "CHUNKING"),
        ("newlines", "keep"),
    ];
    let all: BTreeMap<_, _> = base.iter().chain(more).copied().collect();
    all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

const DATA: [&str; 6] = [
    "ehlo crepes.fr",
    "mail a@b | rcpt c@d | rcpt x@elsewhere | data",
    "body one\\n.\\n.two\\n | end",
    "mail a@b | rcpt c@d",
    "last .\\r\\nthree",
    "quit",
];

fn messages(words: &[String]) -> usize {
    words
        .iter()
        .filter(|word| word.starts_with("BodyEnd") || word.starts_with("BodyRefused"))
        .count()
}

#[test]
fn an_end_at_every_octet_makes_no_message_of_a_part() {
    let options = options(&[]);
    let whole = play(&options, &DATA, 1, None, usize::MAX, Fault::None);
    assert_eq!(messages(&whole.server), 2);
    for (to_server, octets) in [(Some(0), whole.moved.0), (None, whole.moved.1)] {
        for at in 0..octets {
            let part = play(&options, &DATA, at as u64, to_server, at, Fault::End);
            // What the server saw is a beginning of what it would have seen.
            assert!(whole.server.starts_with(&part.server), "{at}: {:?}", part.server);
            assert!(whole.client.starts_with(&part.client), "{at}: {:?}", part.client);
        }
    }
}

#[test]
fn faults_make_no_more_messages_than_were_ended() {
    let options = options(&[]);
    let whole = play(&options, &DATA, 1, None, usize::MAX, Fault::None);
    for (to_server, octets) in [(Some(0), whole.moved.0), (None, whole.moved.1)] {
        for at in 0..octets {
            for fault in [
                Fault::Lose,
                Fault::Repeat,
                Fault::Change(1),
                Fault::Change(0x20),
                Fault::Change(0x80),
            ] {
                let played = play(&options, &DATA, at as u64, to_server, at, fault);
                // A changed octet may make a line end of what was none, not more than one message.
                assert!(messages(&played.server) <= 3, "{at} {fault:?}: {:?}", played.server);
                if to_server.is_none() {
                    assert!(messages(&played.server) <= 2, "{at} {fault:?}");
                }
            }
        }
    }
}

#[test]
fn tls_at_every_legal_point_begins_anew() {
    let options = options(&[("tls", "optional")]);
    let base =
        ["ehlo crepes.fr", "mail a@b | rcpt c@d | data", "body one\\n | end", "noop", "quit"];
    // Not between DATA and its message.
    for at in [1, 3, 4] {
        let mut actions = base.to_vec();
        actions.splice(at..at, ["starttls", "mail a@b", "ehlo crepes.fr"]);
        for seed in 0..20 {
            let played = play(&options, &actions, seed, None, usize::MAX, Fault::None);
            assert!(played.server.contains(&"StartTls".to_owned()), "{at}");
            let after = played.server.iter().skip_while(|word| *word != "StartTls").nth(1);
            assert_eq!(after.unwrap(), "Ehlo crepes.fr", "hello is said again");
            assert_eq!(messages(&played.server), 1);
            assert!(played.client.last().unwrap().ends_with("to QUIT"), "{:?}", played.client);
        }
    }
}
