//! The six laws of [`mailwire_core::Machine`], for any machine in one line.

use crate::cuts::Cut;
use crate::role::run;
use crate::{Options, Role, Trace, chunks};
use mailwire_core::{Input, Machine, Wants};

/// Checks the laws on each of `streams`: what the peer sends, good and bad.
///
/// Law 2 (linear) is measured in instructions by `benches/linear.sh`; what is checked here is that
/// a machine which is fed a byte at a time asks for input each time and never spins.
///
/// # Panics
///
/// With the law that is broken.
pub fn check<R: Role>(streams: &[&[u8]]) {
    let options = Options::new();
    for stream in streams {
        chunks::check::<R>(&options, stream);
        deterministic::<R>(&options, stream);
        bounded::<R>(&options, stream);
        order_free::<R>(&options, stream);
        dead_is_dead::<R>(&options, stream);
        expires::<R>(&options, stream);
    }
}

/// Law 6: the same input gives the same trace.
fn deterministic<R: Role>(options: &Options, stream: &[u8]) {
    let once = chunks::trace::<R>(options, stream, &Cut::Whole);
    let twice = chunks::trace::<R>(options, stream, &Cut::Whole);
    assert_eq!(once, twice, "law 6, deterministic: {}", stream.escape_ascii());
}

/// Law 3: a machine whose output is not sent stops reading; what it leaves unread when it wants
/// input is less than a frame. Nothing is lost by it.
fn bounded<R: Role>(options: &Options, stream: &[u8]) {
    let (mut role, mut machine) = R::start(options);
    let (mut rx, mut trace) = (Input::default(), Trace::default());
    for piece in Cut::Every(1000).pieces(stream) {
        rx.extend(piece);
        loop {
            match machine.receive(&mut rx) {
                Ok(Some(event)) => {
                    let seen = role.see(&mut machine, event);
                    trace.note(seen);
                }
                Ok(None) if machine.wants() == Wants::Flush => {
                    if trace.send(&mut machine) == 0 {
                        break;
                    }
                }
                Ok(None) => break,
                Err(_) => return,
            }
            let queued = machine.output().queued();
            assert!(queued <= role.most_output(), "law 3, bounded: {queued} octets are queued");
        }
        if machine.wants() == Wants::Input {
            let left = rx.len();
            assert!(left <= role.longest_frame() + 1000, "law 3, bounded: {left} are unread");
        }
    }
}

/// Law 4: what does not fit is misuse and changes nothing.
fn order_free<R: Role>(options: &Options, stream: &[u8]) {
    let (mut role, mut machine) = R::start(options);
    let (mut rx, mut trace) = (Input::default(), Trace::default());
    let mut alive = run(&mut role, &mut machine, &mut rx, &mut trace);
    for piece in Cut::Every(1).pieces(stream) {
        if !alive {
            break;
        }
        if machine.wants() == Wants::Input {
            role.misuse(&mut machine);
        }
        rx.extend(piece);
        alive = run(&mut role, &mut machine, &mut rx, &mut trace);
    }
    if alive {
        rx.close();
        run(&mut role, &mut machine, &mut rx, &mut trace);
    }
    trace.end_body();
    let without = chunks::trace::<R>(options, stream, &Cut::Every(1));
    assert_eq!(without, trace, "law 4, order-free: {}", stream.escape_ascii());
}

/// Law 5: after an error the same error, and the machine wants to be closed.
fn dead_is_dead<R: Role>(options: &Options, stream: &[u8]) {
    let (mut role, mut machine) = R::start(options);
    let (mut rx, mut trace) = (Input::default(), Trace::default());
    run(&mut role, &mut machine, &mut rx, &mut trace);
    rx.extend(stream);
    let mut alive = run(&mut role, &mut machine, &mut rx, &mut trace);
    if alive {
        rx.close();
        alive = run(&mut role, &mut machine, &mut rx, &mut trace);
    }
    if alive {
        return;
    }
    let first = machine.receive(&mut rx).err();
    rx.extend(b"more\r\n");
    let second = machine.receive(&mut rx).err();
    assert!(first.is_some(), "law 5, dead is dead: no error the second time");
    assert!(first == second, "law 5, dead is dead: {first:?} then {second:?}");
    assert_eq!(machine.wants(), Wants::Close, "law 5, dead is dead");
}

/// `expire` may be called at any time, and then the connection can be brought to its end.
fn expires<R: Role>(options: &Options, stream: &[u8]) {
    for n in [0, stream.len() / 2, stream.len()] {
        let (mut role, mut machine) = R::start(options);
        let (mut rx, mut trace) = (Input::default(), Trace::default());
        rx.extend(&stream[..n]);
        if !run(&mut role, &mut machine, &mut rx, &mut trace) {
            continue;
        }
        machine.expire();
        trace.send(&mut machine);
        // A machine that is owed a last answer may wait for it once more.
        machine.expire();
        trace.send(&mut machine);
        let _ = machine.receive(&mut rx);
        trace.send(&mut machine);
        assert_eq!(machine.wants(), Wants::Close, "expired after {n} of {}", stream.escape_ascii());
    }
}
