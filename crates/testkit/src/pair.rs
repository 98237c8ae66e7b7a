//! A client joined to a server in memory.

use crate::cuts::Random;
use crate::role::run;
use crate::{Options, Role, Trace};
use bytes::Buf;
use mailwire_core::{Input, Machine, Wants};

/// The pipe between the two.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// From what the sizes of the pieces follow.
    pub seed: u64,
    /// The largest piece, in octets.
    pub largest: usize,
}

/// What both sides did.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The client's events, and what it sent.
    pub client: Trace,
    /// The server's.
    pub server: Trace,
}

/// Joins a client of role `C`, which first does what each of `actions` says, to a server of role
/// `S`, moves bytes in pieces until neither side has anything to say, then closes both ways.
///
/// When both sides want TLS both are told that it has started: the pipe carries what TLS would.
///
/// # Panics
///
/// When an action is refused.
pub fn join<C: Role, S: Role>(options: &Options, actions: &[&str], pipe: &Pipe) -> Joined {
    let (mut client_role, mut client) = C::start(options);
    let (mut server_role, mut server) = S::start(options);
    let (mut to_client, mut to_server) = (Input::default(), Input::default());
    let mut joined = Joined { client: Trace::default(), server: Trace::default() };
    let mut random = Random::new(pipe.seed);
    let mut actions = actions.iter();
    // Every turn moves octets, does an action, or is the last.
    loop {
        let mut moved = 0;
        for _ in 0..64 {
            let alive = (
                deliver(&mut client_role, &mut client, &mut to_client, &mut joined.client),
                deliver(&mut server_role, &mut server, &mut to_server, &mut joined.server),
            );
            let n = transfer(&mut client, &mut to_server, &mut joined.client, &mut random, pipe)
                + transfer(&mut server, &mut to_client, &mut joined.server, &mut random, pipe);
            moved += n;
            let upgrade = client.wants();
            if server.wants() == upgrade && matches!(upgrade, Wants::Tls | Wants::Deflate) {
                let started = (
                    C::upgrade(&mut client, &mut to_client),
                    S::upgrade(&mut server, &mut to_server),
                );
                assert!(matches!(started, (Ok(()), Ok(()))), "{upgrade:?}: {started:?}");
                moved += 1;
            }
            if n == 0 || alive == (false, false) {
                break;
            }
        }
        if moved > 0 {
            continue;
        }
        let Some(action) = actions.next() else { break };
        if let Err(why) = client_role.act(&mut client, action) {
            panic!("{action}: {why}");
        }
    }
    to_client.close();
    to_server.close();
    run(&mut server_role, &mut server, &mut to_server, &mut joined.server);
    run(&mut client_role, &mut client, &mut to_client, &mut joined.client);
    joined.client.end_body();
    joined.server.end_body();
    joined
}

fn deliver<R: Role>(
    role: &mut R,
    machine: &mut R::Machine,
    rx: &mut Input,
    trace: &mut Trace,
) -> bool {
    loop {
        match machine.receive(rx) {
            Ok(Some(event)) => {
                let seen = role.see(machine, event);
                trace.note(seen);
            }
            Ok(None) => return true,
            Err(error) => {
                let words = format!("Error: {error}");
                trace.end_body();
                if trace.events.last() != Some(&words) {
                    trace.events.push(words);
                }
                return false;
            }
        }
    }
}

fn transfer(
    from: &mut impl Machine,
    to: &mut Input,
    trace: &mut Trace,
    random: &mut Random,
    pipe: &Pipe,
) -> usize {
    let out = from.output();
    let n = (random.below(pipe.largest) + 1).min(out.chunk().len());
    to.extend(&out.chunk()[..n]);
    trace.output.extend_from_slice(&out.chunk()[..n]);
    out.advance(n);
    n
}
