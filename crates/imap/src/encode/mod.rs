//! Types out: commands and responses as they go on the wire.
//!
//! A string argument picks its own form: an atom where it is one, a quoted string where it can be,
//! a literal where it must. Nothing that a caller passes can end a line or an argument early.

mod command;
mod response;

pub(crate) use command::{append_head, command};
pub use response::response;
pub(crate) use response::{body_section, fetch_data, section};

use crate::types::string::{ASTRING, ATOM, MONTHS};
use crate::types::{Bound, DateTime, Day, Flags, NumberSet, Octets};
use alloc::vec::Vec;
use mailwire_core::Sink;
use mailwire_core::keyword::Class;

/// Where commands are written: a literal may have to wait for the server's leave.
pub trait LiteralSink: Sink {
    /// Writes a literal: its announcement and its octets.
    fn literal(&mut self, octets: &[u8]);
}

/// What a quoted string can hold without 8-bit octets.
const QUOTED: Class = Class::none().with_range(b' ', 126);

/// ```abnf
/// astring = 1*ASTRING-CHAR / string
/// ```
fn astring(octets: &Octets<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    let bytes = octets.as_bytes();
    // NIL as an atom would be taken for the absence of a string by some.
    if !bytes.is_empty() && ASTRING.all(bytes) && !bytes.eq_ignore_ascii_case(b"NIL") {
        out.put(bytes);
    } else if QUOTED.all(bytes) && bytes.len() <= 1000 {
        quoted(bytes, out);
    } else {
        out.literal(bytes);
    }
}

fn quoted(bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
    out.put(b"\"");
    for part in bytes.split_inclusive(|b| matches!(b, b'"' | b'\\')) {
        match part {
            [plain @ .., special @ (b'"' | b'\\')] => {
                out.put(plain);
                out.put(&[b'\\', *special]);
            }
            plain => out.put(plain),
        }
    }
    out.put(b"\"");
}

/// ```abnf
/// string = quoted / literal
/// ```
fn string(bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
    if QUOTED.all(bytes) && bytes.len() <= 1000 {
        quoted(bytes, out);
    } else if bytes.contains(&0) {
        // No string can hold NUL; Dovecot says 0x80 for it, too.
        let without: Vec<u8> = bytes.iter().map(|&b| if b == 0 { 0x80 } else { b }).collect();
        literal(&without, out);
    } else {
        literal(bytes, out);
    }
}

/// A literal of the server's, which waits for nothing.
fn literal(bytes: &[u8], out: &mut (impl Sink + ?Sized)) {
    out.put(b"{");
    out.put_number(bytes.len() as u64);
    out.put(b"}\r\n");
    out.put(bytes);
}

fn nstring(bytes: Option<&[u8]>, out: &mut (impl Sink + ?Sized)) {
    match bytes {
        None => out.put(b"NIL"),
        Some(bytes) => string(bytes, out),
    }
}

/// Writes `text` as an atom; what cannot stand in one becomes `-`.
fn atom(text: &str, out: &mut (impl Sink + ?Sized)) {
    if ATOM.all(text.as_bytes()) && !text.is_empty() {
        out.put(text.as_bytes());
        return;
    }
    for b in text.bytes() {
        out.put(if ATOM.holds(b) { core::slice::from_ref(&b) } else { b"-" });
    }
}

/// ```abnf
/// flag-list = "(" [flag *(SP flag)] ")"
/// ```
fn flags(flags: &Flags<'_>, out: &mut (impl Sink + ?Sized)) {
    out.put(b"(");
    for (at, name) in flags.names().enumerate() {
        if at > 0 {
            out.put(b" ");
        }
        match name.strip_prefix('\\') {
            Some("*") => out.put(b"\\*"),
            Some(name) => {
                out.put(b"\\");
                flag_name(name, out);
            }
            None => flag_name(name, out),
        }
    }
    out.put(b")");
}

/// Keywords that were parsed may hold `]`.
fn flag_name(name: &str, out: &mut (impl Sink + ?Sized)) {
    if ASTRING.all(name.as_bytes()) { out.put(name.as_bytes()) } else { atom(name, out) }
}

fn set(set: &NumberSet, out: &mut (impl Sink + ?Sized)) {
    let bound = |bound, out: &mut _| match bound {
        Bound::Number(number) => Sink::put_number(out, u64::from(number)),
        Bound::Last => Sink::put(out, b"*"),
    };
    let mut out = out;
    for (at, range) in set.ranges().iter().enumerate() {
        if at > 0 {
            out.put(b",");
        }
        bound(range.start, &mut out);
        if range.end != range.start {
            out.put(b":");
            bound(range.end, &mut out);
        }
    }
}

fn day(day: Day, out: &mut (impl Sink + ?Sized)) {
    let month = MONTHS.get(usize::from(day.month).wrapping_sub(1)).copied().unwrap_or("Jan");
    out.put_number(u64::from(day.day));
    out.put(b"-");
    out.put(month.as_bytes());
    out.put(b"-");
    for divisor in [1000, 100, 10, 1] {
        out.put_number(u64::from(day.year / divisor % 10));
    }
}

/// ```abnf
/// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
/// ```
fn date_time(date: DateTime, out: &mut (impl Sink + ?Sized)) {
    out.put(if date.day.day < 10 { b"\" " } else { b"\"" });
    day(date.day, out);
    for (before, n) in [(b" ", date.hour), (b":", date.minute), (b":", date.second)] {
        out.put(before);
        two_digits(u64::from(n), out);
    }
    out.put(if date.zone < 0 { b" -" } else { b" +" });
    let zone = u64::from(date.zone.unsigned_abs());
    two_digits(zone / 60, out);
    two_digits(zone % 60, out);
    out.put(b"\"");
}

fn two_digits(n: u64, out: &mut (impl Sink + ?Sized)) {
    out.put_number(n / 10 % 10);
    out.put_number(n % 10);
}
