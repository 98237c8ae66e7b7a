//! For whom something is written.

/// What the two sides agreed on, as far as it changes how things are written.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Dialect {
    /// Quoted strings may hold UTF-8, and names of mailboxes are in it: after ENABLE UTF8=ACCEPT
    /// (RFC 6855) or IMAP4rev2 (RFC 9051).
    pub utf8: bool,
    /// The client enabled IMAP4rev2: RECENT is not told, a search is answered by ESEARCH.
    pub rev2: bool,
    /// The client enabled CONDSTORE or QRESYNC (RFC 7162): mod-sequences may be told.
    pub condstore: bool,
    /// The client enabled QRESYNC: VANISHED is told for EXPUNGE.
    pub qresync: bool,
    /// The client enabled UIDONLY (RFC 9586): UIDFETCH and VANISHED are told, no sequence numbers.
    pub uid_only: bool,
}

impl Dialect {
    /// What RFC 3501 says, and no more.
    #[must_use]
    pub const fn rev1() -> Self {
        Self { utf8: false, rev2: false, condstore: false, qresync: false, uid_only: false }
    }

    /// After ENABLE IMAP4rev2.
    #[must_use]
    pub const fn rev2() -> Self {
        Self { utf8: true, rev2: true, ..Self::rev1() }
    }

    /// The same after ENABLE of this capability, in any case.
    #[must_use]
    pub fn enabled(mut self, capability: &str) -> Self {
        let is = |name: &str| capability.eq_ignore_ascii_case(name);
        self.utf8 |= is("UTF8=ACCEPT") || is("UTF8=ONLY") || is("IMAP4rev2");
        self.rev2 |= is("IMAP4rev2");
        self.condstore |= is("CONDSTORE") || is("QRESYNC");
        self.qresync |= is("QRESYNC");
        self.uid_only |= is("UIDONLY");
        self
    }
}
