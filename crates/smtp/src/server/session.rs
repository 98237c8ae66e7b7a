//! How far a session is.

use crate::Security;
use crate::rules::{Hello, Standing};
use alloc::string::String;

/// What the machine knows of the client and its transaction.
#[derive(Debug)]
pub struct Session {
    pub(super) standing: Standing,
    pub(super) security: Security,
    /// The name in the last hello that was accepted, and in one that is not answered yet.
    pub(super) name: String,
    pub(super) pending_name: String,
    /// SMTPUTF8 was a parameter of the transaction, or is of the MAIL that is not answered yet.
    pub(super) utf8: bool,
}

impl Session {
    pub(super) fn new(security: Security) -> Self {
        let secure = security == Security::Tls;
        Self {
            standing: Standing { secure, ..Standing::default() },
            security,
            name: String::new(),
            pending_name: String::new(),
            utf8: false,
        }
    }

    /// What the client called itself; empty before it did.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it said EHLO: `with ESMTP` in a Received field.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.standing.hello == Hello::Extended
    }

    /// Whether the connection is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Whether authentication succeeded.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.standing.authenticated
    }

    /// Whether a MAIL was accepted and its transaction is not over.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.standing.mail
    }

    /// How many recipients of the transaction were accepted.
    #[must_use]
    pub fn recipients(&self) -> u32 {
        self.standing.recipients
    }

    /// Whether the transaction's MAIL had SMTPUTF8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    pub(super) fn end_transaction(&mut self) {
        self.standing.end_transaction();
        self.utf8 = false;
    }
}
