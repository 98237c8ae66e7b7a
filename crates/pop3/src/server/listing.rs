//! LIST and UIDL of the whole maildrop: as fast as the output is, at constant memory.

use super::Connection;
use crate::Phrase;
use mailwire_core::Sink;

/// What is still to be listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    ids: bool,
    next: u32,
}

impl Connection {
    pub(super) fn begin_listing(&mut self, ids: bool) {
        let (messages, octets) = self.maildrop.stat();
        self.ok_with(Phrase::Listing, messages, octets);
        self.listing = Some(Listing { ids, next: 1 });
        self.list();
    }

    /// Goes on with a listing until the output is full.
    pub(super) fn list(&mut self) {
        let Some(Listing { ids, next }) = self.listing else { return };
        for number in next..=self.maildrop.len() {
            if self.out.queued() >= self.config.limits.output {
                self.listing = Some(Listing { ids, next: number });
                return;
            }
            if self.maildrop.octets(number).is_some() {
                self.entry(ids, number, b"");
            }
        }
        self.out.put(b".\r\n");
        self.listing = None;
    }

    pub(super) fn entry(&mut self, ids: bool, number: u32, head: &[u8]) {
        self.out.put(head);
        self.out.put_number(u64::from(number));
        self.out.put(b" ");
        if ids {
            self.out.put(self.maildrop.unique_id(number).unwrap_or_default().as_bytes());
        } else {
            self.out.put_number(self.maildrop.octets(number).unwrap_or_default());
        }
        self.out.put(b"\r\n");
    }
}
