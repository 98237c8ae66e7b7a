//! What becomes of the stream in the middle of a conversation: TLS, compression.

use super::{Connection, Error, Phase, Upgrade};
use alloc::sync::Arc;
use alloc::vec::Vec;
use mailwire_core::{Input, Misuse, Security, upgrades_clean};

impl Connection {
    /// Says that the TLS handshake is done: what stands here then is a new connection, which
    /// remembers nothing of what the server said in the clear.
    ///
    /// # Errors
    ///
    /// [`Error::PlaintextAfterStartTls`] when `rx` holds anything; misuse when STARTTLS was not
    /// agreed, or the output is not sent.
    pub fn tls_started(&mut self, rx: &mut Input) -> Result<(), Error> {
        let agreed = self.phase == Phase::Upgrading(Upgrade::Tls) && self.failed.is_none();
        if !upgrades_clean(agreed, rx, &self.out)? {
            self.failed = Some(Error::PlaintextAfterStartTls);
            return Err(Error::PlaintextAfterStartTls);
        }
        let next = self.next;
        *self = Self { next, greeted: true, ..Self::new(Arc::clone(&self.config), Security::Tls) };
        Ok(())
    }

    /// Says that the stream is compressed from here on, in both directions, by raw DEFLATE (RFC 1951,
    /// RFC 4978 section 4). What `rx` holds is compressed already: it is taken out and returned, to
    /// be decompressed before what comes later, and `rx` is fed what is decompressed.
    ///
    /// What is decompressed counts for the [`Limits`](super::Limits), so a small stream that becomes
    /// a large one is refused as the large one is; hand it over in pieces of a bounded length.
    ///
    /// # Errors
    ///
    /// Misuse when COMPRESS was not accepted, or the output is not sent.
    pub fn deflate_started(&mut self, rx: &mut Input) -> Result<Vec<u8>, Error> {
        if self.phase != Phase::Upgrading(Upgrade::Deflate) || self.failed.is_some() {
            return Err(Misuse::NotUpgrading.into());
        }
        if self.out.queued() > 0 {
            return Err(Misuse::OutputNotFlushed.into());
        }
        self.phase = Phase::Open;
        self.deflated = true;
        Ok(rx.drain())
    }

    /// Whether the stream is compressed.
    #[must_use]
    pub fn is_deflated(&self) -> bool {
        self.deflated
    }
}
