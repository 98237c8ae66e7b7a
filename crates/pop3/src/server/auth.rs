//! Logging in: what answers PASS, APOP and AUTH, and the exchange of AUTH (RFC 5034 section 4).

use super::{Connection, Due, Event, Phase};
use crate::{Maildrop, Phrase};
use mailwire_core::{Misuse, Secret, base64};

impl Connection {
    /// Lets the client in: answers [`Event::Pass`], [`Event::Apop`], [`Event::Auth`] or
    /// [`Event::AuthResponse`] with `+OK`. The application has locked the maildrop.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no login is to be answered.
    pub fn open(&mut self, maildrop: Maildrop) -> Result<(), Misuse> {
        if !matches!(self.due, Due::Login) {
            return Err(Misuse::NoReplyDue);
        }
        let (messages, octets) = maildrop.stat();
        self.due = Due::Nothing;
        self.state = self.leads;
        self.maildrop = maildrop;
        self.user.clear();
        self.refused = 0;
        self.ok_with(Phrase::Opened, messages, octets);
        Ok(())
    }

    /// Sends a challenge in answer to [`Event::Auth`] or [`Event::AuthResponse`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoReplyDue`] when no login is to be answered.
    pub fn challenge(&mut self, data: &[u8]) -> Result<(), Misuse> {
        if !matches!(self.due, Due::Login) {
            return Err(Misuse::NoReplyDue);
        }
        self.due = Due::Nothing;
        self.phase = Phase::Challenged;
        self.out.put(b"+ ");
        base64::encode(data, &mut self.out);
        self.out.put(b"\r\n");
        Ok(())
    }

    /// A login is answered with `-ERR`.
    pub(super) fn login_failed(&mut self) {
        self.phase = Phase::Command;
        self.user.clear();
        self.failed_logins = self.failed_logins.saturating_add(1);
        if self.failed_logins >= self.config.limits.failed_logins {
            self.phase = Phase::Closed;
        }
    }

    /// The line that answers a challenge.
    pub(super) fn response<'i>(&mut self, line: &[u8]) -> Event<'i> {
        self.phase = Phase::Command;
        match base64::decode(line) {
            Ok(response) => {
                self.due = Due::Login;
                Event::AuthResponse(Secret::new(response))
            }
            Err(_) => {
                self.err(if line == b"*" { Phrase::Cancelled } else { Phrase::NotBase64 });
                // Else one could begin exchanges for ever.
                self.count_refusal();
                Event::AuthCancelled
            }
        }
    }
}
