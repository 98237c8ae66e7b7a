//! How far a session is.

use super::Protocol;
use crate::Security;
use crate::rules::{Hello, Standing};
use crate::types::{Attribute, Attributes};
use alloc::boxed::Box;
use alloc::string::String;
use core::net::SocketAddr;
use mailwire_core::Newlines;

/// What the machine knows of the client and its transaction.
#[derive(Debug)]
pub struct Session {
    pub(super) standing: Standing,
    pub(super) security: Security,
    /// The name in the last hello that was accepted, and in one that is not answered yet.
    pub(super) name: String,
    pub(super) pending_name: String,
    pub(super) parameters: Parameters,
    pub(super) received: Received,
    pub(super) origin: Option<Box<Origin>>,
}

/// What the parameters of the transaction's MAIL say, or of the MAIL that is not answered yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parameters {
    pub(super) utf8: bool,
    pub(super) binary: bool,
    pub(super) prdr: bool,
}

/// What came of a message so far. Kept until the next begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received {
    pub(super) octets: u64,
    pub(super) newlines: Newlines,
}

impl Received {
    /// How many octets, dots removed; also those beyond the limit.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Whether CR stood alone in it.
    #[must_use]
    pub fn bare_cr(&self) -> bool {
        self.newlines.bare_cr()
    }

    /// Whether LF stood alone in it.
    #[must_use]
    pub fn bare_lf(&self) -> bool {
        self.newlines.bare_lf()
    }
}

/// What a proxy said of the client.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub(super) addresses: Option<(SocketAddr, SocketAddr)>,
    pub(super) client: Attributes<'static>,
    pub(super) forwarded: Attributes<'static>,
}

impl Origin {
    /// The client's address and the one it connected to, by the PROXY protocol.
    #[must_use]
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.addresses
    }

    /// What the last XCLIENT that was accepted said: to be believed instead of the socket.
    #[must_use]
    pub fn client(&self) -> &Attributes<'static> {
        &self.client
    }

    /// What the last XFORWARD that was accepted said: for logs.
    #[must_use]
    pub fn forwarded(&self) -> &Attributes<'static> {
        &self.forwarded
    }
}

impl Session {
    pub(super) fn new(security: Security) -> Self {
        let secure = security == Security::Tls;
        Self {
            standing: Standing { secure, ..Standing::default() },
            security,
            name: String::new(),
            pending_name: String::new(),
            parameters: Parameters::default(),
            received: Received::default(),
            origin: None,
        }
    }

    /// What the client called itself; empty before it did.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it said EHLO or LHLO: `with ESMTP` in a Received field.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.standing.hello == Hello::Extended
    }

    /// Whether the connection is private.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Whether authentication succeeded, or a proxy says that it did.
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
        self.parameters.utf8
    }

    /// Whether the transaction's MAIL had BODY=BINARYMIME.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.parameters.binary
    }

    /// What came of the message, or of the last one.
    #[must_use]
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// What a proxy said of the client; `None` when none said anything.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    pub(super) fn origin_mut(&mut self) -> &mut Origin {
        self.origin.get_or_insert_default()
    }

    pub(super) fn end_transaction(&mut self) {
        self.standing.end_transaction();
        self.parameters = Parameters::default();
    }

    /// The session of the client that an XCLIENT describes.
    pub(super) fn described(&mut self, attributes: Attributes<'static>, protocol: Protocol) {
        let origin = self.origin.take();
        let mut new = Self::new(self.security);
        let value = |name| match attributes.get(name) {
            Some(Attribute::Value(text)) => Some(text),
            _ => None,
        };
        new.standing.authenticated = value("LOGIN").is_some();
        if let Some(name) = value("HELO") {
            let extended = protocol == Protocol::Lmtp
                || value("PROTO").is_some_and(|name| name.eq_ignore_ascii_case("ESMTP"));
            new.standing.hello = if extended { Hello::Extended } else { Hello::Plain };
            new.name = name;
        }
        new.origin = origin;
        new.origin_mut().client = attributes;
        *self = new;
    }
}
