//! All that a server offers in its answer to EHLO.

use super::extension::BARE;
use super::{Extension, Limits, Mechanism, Reply};
use crate::parse;
use alloc::vec::Vec;
use core::fmt;

/// The most keywords of one EHLO reply that are kept.
const MAX_EXTENSIONS: usize = 100;
/// About how many there are.
const USUAL: usize = 16;

/// All that a server offers.
///
/// A line that cannot be read is counted and never costs another; when its keyword can be read it
/// is kept as [`Extension::Other`]. Of more than 100 the rest is counted too.
#[derive(Clone, Default)]
pub struct Extensions {
    /// Each, in the order they came.
    list: Vec<Entry>,
    damaged: usize,
}

#[derive(Clone)]
enum Entry {
    /// Nothing but a keyword: its place in [`BARE`].
    Bare(u8),
    More(Extension<'static>),
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

    /// None, with room for as many as are usual.
    #[inline]
    pub(crate) fn with_room() -> Self {
        Self { list: Vec::with_capacity(USUAL), damaged: 0 }
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
    #[inline]
    pub(crate) fn add_bare(&mut self, known: usize) {
        match u8::try_from(known) {
            Ok(known) => self.add_entry(|| Entry::Bare(known)),
            Err(_) => self.damaged += 1,
        }
    }

    #[inline]
    fn add_entry(&mut self, entry: impl FnMut() -> Entry) {
        if self.list.len() >= MAX_EXTENSIONS {
            self.damaged += 1;
        } else {
            // Makes it where it stays.
            self.list.resize_with(self.list.len() + 1, entry);
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
        let mut extension = Some(extension);
        self.add_entry(|| match extension.take() {
            Some(extension) => Entry::More(extension.into_owned()),
            None => Entry::Bare(0),
        });
    }

    /// Adds `SIZE` with a number.
    pub(crate) fn add_size(&mut self, max: u64) {
        self.add_entry(|| Entry::More(Extension::Size(Some(max))));
    }

    /// Adds `AUTH`.
    pub(crate) fn add_mechanisms(&mut self, mut list: Vec<Mechanism<'static>>) {
        self.add_entry(|| Entry::More(Extension::Auth(core::mem::take(&mut list))));
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
        self.list.iter().filter_map(|entry| match entry {
            Entry::Bare(place) => BARE.get(usize::from(*place)).map(|(_, extension)| extension),
            Entry::More(extension) => Some(extension),
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
