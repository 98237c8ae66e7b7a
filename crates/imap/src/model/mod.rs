//! The selected mailbox as a client knows it from the server's responses, so that it never
//! miscounts; and what to ask after a reconnect.
//!
//! Pure: feed it every response in the order of arrival. It keeps which message has which
//! sequence number and unique identifier (as ranges, so a mailbox of a million messages costs as
//! much as its gaps), the validity, and the mod-sequence from which a synchronisation can go on.
//! Flags and bodies are the application's to keep, by unique identifier.

mod numbering;
mod resync;

pub use numbering::{Contradiction, Numbering};
pub use resync::{Offers, Opening, Remembered, Step, opening, steps};

use crate::types::{Code, Condition, Fetch, FetchData, NumberSet, Response};

/// What a client knows of the selected mailbox (RFC 9051 section 2.3.1 and 5.2).
///
/// ```
/// use mailwire_imap::model::{Change, Selected};
///
/// let mut inbox = Selected::new();
/// inbox.exists(3)?;
/// inbox.fetched(1, 10, None)?;
/// inbox.fetched(2, 11, None)?;
/// inbox.fetched(3, 15, None)?;
/// assert_eq!(inbox.expunged(2)?, Change::Expunged { seq: 2, uid: Some(11) });
/// assert_eq!(inbox.messages().uid(2), Some(15));
/// assert_eq!(inbox.messages().seq(15), Some(2));
/// # Ok::<(), mailwire_imap::model::Contradiction>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Selected {
    messages: Numbering,
    validity: Option<u32>,
    next: Option<u32>,
    /// All changes up to it were seen.
    modseq: Option<u64>,
    /// The highest that FETCH told since a command was completed.
    seen_modseq: Option<u64>,
    keeps_modseq: bool,
    uids_are_kept: bool,
    uid_only: bool,
    /// The messages from before, while SELECT with QRESYNC is answered.
    before: Option<Before>,
}

/// What was remembered, less what vanished, and what was told since.
#[derive(Clone, Debug)]
struct Before {
    validity: u32,
    messages: Numbering,
}

/// What became of the mailbox by one response.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Nothing that concerns messages.
    None,
    /// Messages arrived: the sequence numbers of the first and the last.
    Arrived(u32, u32),
    /// A message is gone, and those behind it moved up by one.
    Expunged {
        /// The sequence number that it had.
        seq: u32,
        /// Its unique identifier, if that was known. If not, only [`Step::Which`] tells which of
        /// the kept messages is gone.
        uid: Option<u32>,
    },
    /// The messages with these unique identifiers are gone, as far as they were there
    /// (RFC 7162 section 3.2.10). Forget what is kept of them.
    Vanished(NumberSet),
    /// A FETCH response told something of a message.
    Fetched {
        /// The sequence number; `None` under UIDONLY.
        seq: Option<u32>,
        /// The unique identifier, if it is known, now or from before.
        uid: Option<u32>,
    },
    /// The unique identifiers that were remembered are worth nothing: forget all that is kept of
    /// this mailbox.
    Invalidated,
}

impl Selected {
    /// A mailbox of which nothing is known: when SELECT or EXAMINE is sent.
    #[must_use]
    pub fn new() -> Self {
        Self { keeps_modseq: true, uids_are_kept: true, ..Self::default() }
    }

    /// The same for a client that enabled UIDONLY (RFC 9586): there are no sequence numbers, and
    /// messages are known by the unique identifiers that were told.
    #[must_use]
    pub fn uid_only() -> Self {
        Self { uid_only: true, ..Self::new() }
    }

    /// Goes on from what was remembered: for [`Opening::QResync`]. When SELECT is completed, the
    /// messages are those that were remembered, less those that vanished, and those that were told,
    /// if they are as many as the server has.
    #[must_use]
    pub fn resuming(self, remembered: &Remembered) -> Self {
        let messages = Numbering::of(&remembered.uids);
        Self { before: Some(Before { validity: remembered.validity, messages }), ..self }
    }

    /// Takes an untagged response, or the condition of a tagged one by
    /// [`completed`](Self::completed).
    ///
    /// # Errors
    ///
    /// When it contradicts what the server said before; nothing is changed by it. The client has
    /// lost count: select the mailbox anew.
    pub fn see(&mut self, response: &Response<'_>) -> Result<Change, Contradiction> {
        match response {
            Response::Exists(n) => self.exists(*n),
            Response::Expunge(seq) => self.expunged(*seq),
            Response::Vanished(gone) => Ok(self.vanished(gone.earlier, &gone.uids)),
            Response::Fetch(fetch) => self.fetch(fetch),
            // The number in front is the unique identifier.
            Response::UidFetch(fetch) => Ok(self.uid_fetched(fetch.seq, modseq(fetch))),
            Response::Condition(Condition { code: Some(code), .. }) => Ok(self.code(code)),
            _ => Ok(Change::None),
        }
    }

    /// Takes the condition with which a command was completed, SELECT first: from here on the
    /// mod-sequences of its FETCH responses count, for they need not come in order (RFC 7162
    /// section 3.1.4).
    pub fn completed(&mut self, condition: &Condition<'_>) -> Change {
        self.modseq = self.modseq.max(self.seen_modseq.take());
        if let Some(before) = self.before.take() {
            let same = self.validity == Some(before.validity);
            if same && (self.uid_only || before.messages.len() == self.messages.len()) {
                self.messages = before.messages;
            }
        }
        condition.code.as_ref().map_or(Change::None, |code| self.code(code))
    }

    /// `n EXISTS`.
    ///
    /// # Errors
    ///
    /// When there would be fewer than before: only EXPUNGE and VANISHED take messages away.
    pub fn exists(&mut self, n: u32) -> Result<Change, Contradiction> {
        let before = self.messages.len();
        if self.uid_only || n == before {
            return Ok(Change::None);
        }
        if n < before {
            return Err(Contradiction::Shrunk(before, n));
        }
        self.messages.grow(n - before);
        Ok(Change::Arrived(before + 1, n))
    }

    /// `n EXPUNGE`.
    ///
    /// # Errors
    ///
    /// When there is no such message.
    pub fn expunged(&mut self, seq: u32) -> Result<Change, Contradiction> {
        self.messages.remove(seq).map(|uid| Change::Expunged { seq, uid })
    }

    /// `VANISHED uids`: messages left just now. `VANISHED (EARLIER) uids` says of messages that
    /// were gone before the mailbox was selected, and leaves the numbering as it is.
    pub fn vanished(&mut self, earlier: bool, uids: &NumberSet) -> Change {
        for (low, high) in uids.resolved(u32::MAX) {
            if !earlier || self.uid_only {
                self.messages.remove_uids(low, high);
            }
            if let Some(before) = &mut self.before {
                before.messages.remove_uids(low, high);
            }
        }
        Change::Vanished(uids.clone())
    }

    /// A FETCH response that told the unique identifier of a message.
    ///
    /// # Errors
    ///
    /// When the message has another one, or one that does not rise with the sequence numbers.
    pub fn fetched(
        &mut self,
        seq: u32,
        uid: u32,
        modseq: Option<u64>,
    ) -> Result<Change, Contradiction> {
        self.messages.learn(seq, uid)?;
        if let Some(before) = &mut self.before {
            before.messages.insert(uid);
        }
        self.note(modseq);
        Ok(Change::Fetched { seq: Some(seq), uid: Some(uid) })
    }

    /// A UIDFETCH response (RFC 9586).
    pub fn uid_fetched(&mut self, uid: u32, modseq: Option<u64>) -> Change {
        if self.uid_only {
            self.messages.insert(uid);
        }
        if let Some(before) = &mut self.before {
            before.messages.insert(uid);
        }
        self.note(modseq);
        Change::Fetched { seq: None, uid: Some(uid) }
    }

    /// The answer to `UID SEARCH ALL`: the unique identifiers of all messages. Returns whether
    /// they are as many as there are messages; if not, the mailbox changed meanwhile and nothing is
    /// learnt.
    pub fn listed(&mut self, uids: &NumberSet) -> bool {
        let messages = Numbering::of(uids);
        let fits = self.uid_only || messages.len() == self.messages.len();
        if fits {
            self.messages = messages;
        }
        fits
    }

    /// The messages: sequence numbers and unique identifiers.
    #[must_use]
    pub fn messages(&self) -> &Numbering {
        &self.messages
    }

    /// Whether messages are known by unique identifiers alone (UIDONLY).
    #[must_use]
    pub fn is_uid_only(&self) -> bool {
        self.uid_only
    }

    /// UIDVALIDITY, once it was told.
    #[must_use]
    pub fn validity(&self) -> Option<u32> {
        self.validity
    }

    /// The unique identifier that the next message has at least: what the server told, or the
    /// largest known and one.
    #[must_use]
    pub fn next_uid(&self) -> Option<u32> {
        let known = self.messages.last_uid().and_then(|uid| uid.checked_add(1));
        self.next.max(known)
    }

    /// The mod-sequence from which a later synchronisation can go on; `None` when the server keeps
    /// none.
    #[must_use]
    pub fn modseq(&self) -> Option<u64> {
        self.modseq.filter(|_| self.keeps_modseq)
    }

    /// Whether the server keeps mod-sequences for this mailbox: it did not say NOMODSEQ.
    #[must_use]
    pub fn keeps_modseq(&self) -> bool {
        self.keeps_modseq
    }

    /// What is to be stored for the next session; `None` when unique identifiers do not last.
    #[must_use]
    pub fn remember(&self) -> Option<Remembered> {
        let validity = self.validity.filter(|_| self.uids_are_kept)?;
        Some(Remembered {
            validity,
            next: self.next_uid().unwrap_or(1),
            modseq: self.modseq(),
            uids: self.messages.uids(),
        })
    }

    fn fetch(&mut self, fetch: &Fetch<'_>) -> Result<Change, Contradiction> {
        let modseq = modseq(fetch);
        if let Some(uid) = fetch.uid() {
            return self.fetched(fetch.seq, uid, modseq);
        }
        if fetch.seq == 0 || fetch.seq > self.messages.len() {
            return Err(Contradiction::NoSuchMessage(fetch.seq));
        }
        self.note(modseq);
        Ok(Change::Fetched { seq: Some(fetch.seq), uid: self.messages.uid(fetch.seq) })
    }

    fn code(&mut self, code: &Code<'_>) -> Change {
        match code {
            Code::UidValidity(validity) => {
                let other = self.validity.is_some_and(|known| known != *validity);
                self.validity = Some(*validity);
                if other {
                    let len = self.messages.len();
                    self.messages = Numbering::default();
                    self.messages.grow(if self.uid_only { 0 } else { len });
                    self.modseq = None;
                    self.next = None;
                    return Change::Invalidated;
                }
            }
            Code::UidNext(next) => self.next = Some(*next),
            Code::UidNotSticky => self.uids_are_kept = false,
            Code::HighestModSeq(modseq) => {
                self.keeps_modseq = true;
                self.modseq = self.modseq.max(Some(*modseq));
            }
            Code::NoModSeq => self.keeps_modseq = false,
            _ => {}
        }
        Change::None
    }

    fn note(&mut self, modseq: Option<u64>) {
        self.seen_modseq = self.seen_modseq.max(modseq);
    }
}

fn modseq(fetch: &Fetch<'_>) -> Option<u64> {
    fetch.data.iter().find_map(|data| match data {
        FetchData::ModSeq(modseq) => Some(*modseq),
        _ => None,
    })
}
