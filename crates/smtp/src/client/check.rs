//! Whether a command may be sent: where the session is, and to this server.

use super::{Connection, Stage};
use crate::rules::{self, Place};
use crate::types::{Command, Extensions, Params, Protocol, Verb};
use crate::{Misuse, Security};

impl Connection {
    /// Whether anything may be sent where the connection is.
    pub(super) fn may_send_now(&self) -> Result<(), Misuse> {
        if self.is_closed() {
            return Err(Misuse::Closed);
        }
        match (&self.stage, self.queue.last_verb()) {
            (Stage::Upgrading, _) | (_, Some(Verb::StartTls)) => Err(Misuse::Upgrading),
            (Stage::Body(..) | Stage::Chunks(_), _) | (_, Some(Verb::Data)) => Err(Misuse::InBody),
            (Stage::Challenged(_), _) | (_, Some(Verb::Auth | Verb::Quit | Verb::Atrn)) => {
                Err(Misuse::WrongState)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn may_send(&self, command: &Command<'_>) -> Result<(), Misuse> {
        self.may_send_now()?;
        let verb = command.verb();
        if self.must_upgrade() && !may_go_in_the_clear(verb) {
            return Err(Misuse::Insecure);
        }
        if !rules::legal(verb, &self.standing) {
            return Err(Misuse::WrongState);
        }
        let offered = |yes| if yes { Ok(()) } else { Err(Misuse::NotOffered) };
        let offers = |keyword: &str| self.offers(keyword);
        let lmtp = self.config.protocol == Protocol::Lmtp;
        match command {
            Command::Ehlo(_) | Command::Helo(_) if lmtp => Err(Misuse::WrongState),
            Command::Lhlo(_) if !lmtp => Err(Misuse::WrongState),
            // Its octets would be missing.
            Command::Bdat { .. } => Err(Misuse::WrongState),
            Command::Burl { last: true, .. } if lmtp || self.prdr => Err(Misuse::WrongState),
            Command::Burl { .. } => offered(offers("BURL")),
            Command::Etrn(_) => offered(offers("ETRN")),
            Command::Atrn(_) => offered(offers("ATRN")),
            Command::XClient(_) => offered(offers("XCLIENT")),
            Command::XForward(_) => offered(offers("XFORWARD")),
            // Before EHLO is answered it is not known; then the server says.
            Command::StartTls => offered(self.extensions.is_none() || offers("STARTTLS")),
            Command::Auth { mechanism, .. } => {
                if self.security == Security::Plain && !self.config.allow_plaintext_credentials {
                    return Err(Misuse::Insecure);
                }
                let all = self.extensions.as_ref();
                offered(all.is_some_and(|all| all.mechanisms().any(|known| known == mechanism)))
            }
            Command::Mail(mail) => {
                let max = self.extensions.as_ref().and_then(Extensions::size).flatten();
                if mail.params.size().is_some_and(|size| max.is_some_and(|max| size > max)) {
                    return Err(Misuse::TooLong);
                }
                if self.used.mail_is_full(self.extensions.as_ref()) {
                    return Err(Misuse::TooLong);
                }
                let secure = self.security == Security::Tls || !mail.params.require_tls();
                offered(secure && (!mail.from.is_utf8() || mail.params.smtputf8()))?;
                offered(self.params_offered(&mail.params, Place::Mail))
            }
            Command::Rcpt(rcpt) => {
                let sent = u64::from(self.standing.recipients);
                if self.used.rcpt_is_full(sent, &rcpt.to, self.extensions.as_ref()) {
                    return Err(Misuse::TooLong);
                }
                offered(!rcpt.to.is_utf8() || offers("SMTPUTF8"))?;
                offered(self.params_offered(&rcpt.params, Place::Rcpt))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn offers(&self, keyword: &str) -> bool {
        self.extensions.as_ref().is_some_and(|all| all.has(keyword))
    }

    /// Whether each parameter belongs to an extension that is offered, and on this command.
    pub(super) fn params_offered(&self, params: &Params<'_>, place: Place) -> bool {
        params.iter().all(|param| {
            let (extension, belongs) = rules::extension_of(&param);
            let body = !param.keyword.eq_ignore_ascii_case("BODY") || params.body().is_some();
            body && (belongs == place || belongs == Place::Either) && self.offers(extension)
        })
    }
}

/// What may be sent before TLS when TLS is required: nothing that says who writes to whom.
fn may_go_in_the_clear(verb: Verb) -> bool {
    use Verb::{Ehlo, Helo, Help, Lhlo, Noop, Quit, Rset, StartTls};
    matches!(verb, Ehlo | Helo | Lhlo | Help | Noop | Quit | Rset | StartTls)
}
