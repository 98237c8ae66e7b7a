//! Whether a command that is well formed may come.

use super::session::Parameters;
use super::{Connection, Protocol, Why};
use crate::rules::{self, Place};
use crate::types::{BodyType, Command, Extension, Mail, Mechanism, Params, Rcpt, Verb};
use crate::{Security, Syntax};
use mailwire_core::keyword;

impl Connection {
    pub(super) fn may_authenticate(&self, mechanism: &Mechanism<'_>) -> Result<(), Why> {
        let config = &self.config;
        if config.mechanisms.is_empty() {
            Err(Why::NotOffered)
        } else if !self.session.standing.secure && !config.allow_plaintext_credentials {
            Err(Why::Insecure)
        } else if !rules::legal(Verb::Auth, &self.session.standing) {
            Err(Why::BadSequence)
        } else if !config.mechanisms.contains(mechanism)
            || !self.session.security.allows(mechanism.as_str())
        {
            Err(Why::UnknownMechanism)
        } else if self.auth_failures >= config.limits.auth_failures {
            Err(Why::TooManyFailures)
        } else {
            Ok(())
        }
    }

    /// Whether the session and the configuration allow a command that is well formed.
    pub(super) fn check(&self, command: &Command<'_>, said: &Said, line: &[u8]) -> Result<(), Why> {
        let limits = &self.config.limits;
        let verb = command.verb();
        let lmtp = self.config.protocol == Protocol::Lmtp;
        let offered = match verb {
            Verb::Ehlo | Verb::Helo => !lmtp,
            Verb::Lhlo => lmtp,
            Verb::StartTls => self.config.starttls,
            Verb::Burl => self.offers_keyword("BURL"),
            Verb::Etrn => self.offers_keyword("ETRN"),
            Verb::Atrn => self.offers_keyword("ATRN"),
            Verb::XClient => self.offers_keyword("XCLIENT"),
            Verb::XForward => self.offers_keyword("XFORWARD"),
            _ => true,
        };
        if !offered {
            return Err(Why::NotOffered);
        }
        if !rules::legal(verb, &self.session.standing) {
            return Err(Why::BadSequence);
        }
        match command {
            Command::Mail(Mail { from, params }) => {
                self.check_params(params, said.body, Place::Mail)?;
                if said.size.is_some_and(|size| size > limits.message) {
                    return Err(Why::TooBig);
                }
                if from.is_utf8() && !said.parameters.utf8 {
                    return Err(Why::Utf8);
                }
            }
            Command::Rcpt(Rcpt { to, params }) => {
                self.check_params(params, None, Place::Rcpt)?;
                let pending = u32::try_from(self.deferred.recipients()).unwrap_or(u32::MAX);
                if self.session.recipients().saturating_add(pending) >= limits.recipients {
                    return Err(Why::TooManyRecipients);
                }
                if to.is_utf8() && !self.session.is_utf8() {
                    return Err(Why::Utf8);
                }
            }
            // RFC 3030 section 3: a binary message comes by BDAT.
            Command::Data if self.session.is_binary() => return Err(Why::BadSequence),
            Command::Vrfy(text) | Command::Expn(text)
                if keyword::trim(text.as_str().as_bytes()).is_empty() =>
            {
                let syntax = Syntax { at: line.len(), expected: "a name" };
                return Err(Why::BadArgument(syntax));
            }
            Command::Other(other) if is_http(other.verb(), other.rest()) => {
                return Err(Why::NotSmtp);
            }
            _ => {}
        }
        Ok(())
    }

    fn has(&self, extension: &Extension<'_>) -> bool {
        self.config.extensions.contains(extension)
    }

    pub(super) fn offers_keyword(&self, keyword: &str) -> bool {
        let mut all = self.config.extensions.iter().map(Extension::keyword);
        all.any(|offered| offered.eq_ignore_ascii_case(keyword))
    }

    /// Whether each parameter belongs to an extension that is offered, and on this command.
    fn check_params(
        &self,
        params: &Params<'_>,
        body: Option<BodyType>,
        place: Place,
    ) -> Result<(), Why> {
        let config = &self.config;
        for param in params.iter() {
            let (extension, belongs) = rules::extension_of(&param);
            let known = match extension {
                _ if belongs != Place::Either && belongs != place => false,
                "8BITMIME" => body.is_some() && self.has(&Extension::EightBitMime),
                "BINARYMIME" => self.has(&Extension::BinaryMime) && self.has(&Extension::Chunking),
                word if word.eq_ignore_ascii_case("SIZE") => true,
                word if word.eq_ignore_ascii_case("AUTH") => !config.mechanisms.is_empty(),
                word if word.eq_ignore_ascii_case("REQUIRETLS") => {
                    self.session.security == Security::Tls && self.offers_keyword(word)
                }
                word => self.offers_keyword(word),
            };
            let registered =
                |name: &crate::Text<'_>| name.as_str().eq_ignore_ascii_case(param.keyword);
            if !known && !config.parameters.iter().any(registered) {
                return Err(Why::UnknownParameter);
            }
        }
        Ok(())
    }
}

/// What the parameters of MAIL say, read once.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) parameters: Parameters,
    size: Option<u64>,
    body: Option<BodyType>,
}

impl Said {
    pub(super) fn of(params: &Params<'_>) -> Self {
        let mut said = Self::default();
        for param in params.iter() {
            let is = |name: &str| param.keyword.eq_ignore_ascii_case(name);
            match (param.keyword.len(), param.value) {
                (4, Some(value)) if is("SIZE") => said.size = keyword::number(value.as_bytes()),
                (4, Some(value)) if is("BODY") => said.body = BodyType::of(value),
                (4, None) if is("PRDR") => said.parameters.prdr = true,
                (8, None) if is("SMTPUTF8") => said.parameters.utf8 = true,
                _ => {}
            }
        }
        said.parameters.binary = said.body == Some(BodyType::BinaryMime);
        said
    }
}

/// A browser that was made to speak to us (ALPACA, USENIX Security 2021).
fn is_http(verb: &str, rest: &str) -> bool {
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"];
    methods.contains(&verb) && rest.contains(" HTTP/")
}
