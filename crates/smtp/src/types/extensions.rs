//! All that a server offers in its answer to EHLO.

use super::extension::BARE;
use super::{Extension, Limits, Mechanism, Reply};
use crate::parse;
use alloc::vec::Vec;
use core::fmt;

/// The most keywords of one EHLO reply that are kept.
const MAX_EXTENSIONS: usize = 100;
/// About how many of them say more than their keyword.
const USUAL: usize = 4;

/// All that a server offers.
///
/// A line that cannot be read is counted and never costs another; when its keyword can be read it
/// is kept as [`Extension::Other`]. Of more than 100 the rest is counted too.
#[derive(Clone)]
pub struct Extensions {
    /// Each, in the order they came: its place in [`BARE`], or behind that in `list`.
    order: [u8; MAX_EXTENSIONS],
    len: u8,
    /// Those that say more than their keyword.
    list: Vec<Extension<'static>>,
    damaged: usize,
}

impl Extensions {
    /// What a positive reply to EHLO offers: its lines but the first.
    #[must_use]
    pub fn of(reply: &Reply<'_>) -> Self {
        let mut all = Self::default();
        for line in reply.lines().skip(1) {
            all.read(line);
        }
        all
    }

    /// Adds what a line without code and end offers.
    pub(crate) fn read(&mut self, line: &[u8]) {
        if let Some((known, n)) = parse::keywords::at_start(line) {
            if known < BARE.len() && matches!(line.get(n..), Some([] | [b' ', ..])) {
                return self.add_bare(known);
            }
        }
        match parse::extension(line) {
            Ok(extension) => self.add(extension),
            Err(_) => {
                self.damaged += 1;
                if let Ok(raw) = parse::raw_extension(line) {
                    self.add(raw);
                }
            }
        }
    }

    /// Adds the one at a place in [`BARE`].
    pub(crate) fn add_bare(&mut self, known: usize) {
        match (self.order.get_mut(usize::from(self.len)), u8::try_from(known)) {
            (Some(place), Ok(known)) => {
                *place = known;
                self.len += 1;
            }
            _ => self.damaged += 1,
        }
    }

    fn add(&mut self, extension: Extension<'_>) {
        let known = match &extension {
            Extension::Size(_) | Extension::Auth(_) | Extension::Other { .. } => None,
            other => parse::keywords::of(other.keyword().as_bytes()),
        };
        if let Some(known) = known.filter(|&known| known < BARE.len()) {
            return self.add_bare(known);
        }
        let len = self.len;
        self.add_bare(BARE.len() + self.list.len());
        if self.len > len {
            if self.list.is_empty() {
                self.list.reserve_exact(USUAL);
            }
            self.list.push(extension.into_owned());
        }
    }

    /// What `LIMITS` says; nothing when it is not offered.
    #[must_use]
    pub fn limits(&self) -> Option<&Limits<'static>> {
        self.iter().find_map(|extension| match extension {
            Extension::Limits(limits) => Some(limits),
            _ => None,
        })
    }

    /// Each, in the order the server said them.
    pub fn iter(&self) -> impl Iterator<Item = &Extension<'static>> {
        let places = self.order.iter().take(usize::from(self.len)).map(|&place| usize::from(place));
        places.filter_map(|place| match BARE.get(place) {
            Some((_, extension)) => Some(extension),
            None => self.list.get(place - BARE.len()),
        })
    }

    /// How many lines could not be read, or were too many.
    #[must_use]
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// Whether there is one of that keyword, in any case.
    #[must_use]
    pub fn has(&self, keyword: &str) -> bool {
        self.iter().any(|extension| extension.keyword().eq_ignore_ascii_case(keyword))
    }

    /// Whether SIZE is offered, and the largest message if the server says how large.
    #[must_use]
    pub fn size(&self) -> Option<Option<u64>> {
        self.iter().find_map(|extension| match extension {
            Extension::Size(max) => Some(max.filter(|&max| max > 0)),
            _ => None,
        })
    }

    /// The mechanisms of every AUTH line.
    pub fn mechanisms(&self) -> impl Iterator<Item = &Mechanism<'static>> {
        self.iter().flat_map(|extension| match extension {
            Extension::Auth(list) => list.as_slice(),
            _ => &[],
        })
    }

    /// Whether the server may be sent a group of commands at once.
    #[must_use]
    pub fn pipelining(&self) -> bool {
        self.iter().any(|it| *it == Extension::Pipelining)
    }
}

impl Default for Extensions {
    fn default() -> Self {
        Self { order: [0; MAX_EXTENSIONS], len: 0, list: Vec::new(), damaged: 0 }
    }
}

/// The same ones in the same order, and as many damaged.
impl PartialEq for Extensions {
    fn eq(&self, other: &Self) -> bool {
        self.damaged == other.damaged && self.iter().eq(other.iter())
    }
}

impl Eq for Extensions {}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Code;

    #[test]
    fn one_bad_line_never_loses_the_others() {
        let reply = Reply::new(
            Code::OK,
            "mx.example\nSIZE abc\nsize 1000\n\n-BAD\nAUTH=PLAIN LOGIN\nAUTH SCRAM-SHA-256 ! X\n\
             8bitmime\nX-NEW a  b\nPIPELINING",
        );

        let all = Extensions::of(&reply);

        assert_eq!(all.size(), Some(Some(1000)));
        assert!(all.has("8BITMIME") && all.has("x-new") && all.pipelining());
        let mechanisms: Vec<_> = all.mechanisms().map(Mechanism::as_str).collect();
        assert_eq!(mechanisms, ["PLAIN", "LOGIN", "SCRAM-SHA-256", "X"]);
        assert_eq!(all.damaged(), 3);
    }

    #[test]
    fn a_hundred_are_kept_and_the_rest_counted() {
        for (n, damaged) in [(99, 0), (100, 0), (101, 1)] {
            let text = alloc::format!("mx{}", "\nX-EXT".repeat(n));
            assert_eq!(Extensions::of(&Reply::new(Code::OK, text)).damaged(), damaged);
        }
    }

    #[test]
    fn what_a_keyword_cannot_have_is_kept_raw_and_counted() {
        let text = "mx\nDELIVERBY soon\nFUTURERELEASE 1\nLIMITS RCPTMAX\nDSN x\nLIMITS RCPTMAX=7";
        let all = Extensions::of(&Reply::new(Code::OK, text));

        assert_eq!(all.damaged(), 3);
        assert!(
            all.has("DELIVERBY") && all.has("DSN") && all.iter().any(|it| *it == Extension::Dsn)
        );
        assert_eq!(all.limits().and_then(Limits::rcpt_max), Some(7));
    }
}
