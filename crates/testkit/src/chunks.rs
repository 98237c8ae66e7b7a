//! Law 1: however the input is cut, the events and the output are the same.

use crate::cuts::Cut;
use crate::role::run;
use crate::{Options, Role, Trace};
use mailwire_core::Input;

/// What a machine of role `R` does with `stream`, cut in one way and closed at its end.
#[must_use]
pub fn trace<R: Role>(options: &Options, stream: &[u8], cut: &Cut) -> Trace {
    let (mut role, mut machine) = R::start(options);
    let (mut rx, mut trace) = (Input::default(), Trace::default());
    let alive = run(&mut role, &mut machine, &mut rx, &mut trace)
        && cut.pieces(stream).into_iter().all(|piece| {
            rx.extend(piece);
            run(&mut role, &mut machine, &mut rx, &mut trace)
        });
    if alive {
        rx.close();
        run(&mut role, &mut machine, &mut rx, &mut trace);
    }
    trace.end_body();
    trace
}

/// Checks that `stream` means the same however it is cut.
///
/// # Panics
///
/// When it does not, with both traces.
pub fn check<R: Role>(options: &Options, stream: &[u8]) {
    let whole = trace::<R>(options, stream, &Cut::Whole);
    for cut in Cut::all().skip(1) {
        let other = trace::<R>(options, stream, &cut);
        assert_eq!(whole, other, "{cut:?} of {}", stream.escape_ascii());
    }
}
