//! Logging in: by the best SASL mechanism that is offered, else by LOGIN.

use super::{Session, misused, said};
use crate::options::Wrong;
use crate::tls::random;
use mailwire_core::Security;
use mailwire_imap::SessionState;
use mailwire_imap::client::{Authenticated, Authentication, Event};
use mailwire_imap::types::{Capability, State};
use mailwire_sasl::{Account, Transport};

impl Session {
    pub(super) async fn log_in(&mut self, user: &str, password: &str) -> Result<(), Wrong> {
        if self.conn.state() == SessionState::Authenticated {
            // PREAUTH: the server knows who we are.
            return Ok(());
        }
        self.capabilities().await?;
        let transport = Transport {
            is_private: self.conn.security() == Security::Tls,
            // Who says --security none wants it.
            allow_plaintext: true,
            bindings: self.link.client_bindings(),
            random: random().map_err(|error| error.to_string())?,
        };
        let account = Account::with_password(user, password);
        match Authentication::choose(&mut self.conn, &account, &transport) {
            Ok(exchange) => self.authenticate(exchange).await,
            Err(_) if self.has(&Capability::LoginDisabled) => {
                Err("the server offers no way to log in that is safe here".into())
            }
            Err(_) => {
                let tag = self.conn.login(user, password).map_err(misused)?;
                self.mechanism = "LOGIN".into();
                self.talk(|_, event| match event {
                    Event::Done { tag: done, condition } if done == tag => match condition.state {
                        State::Ok => Ok(Some(())),
                        _ => Err(refused(&said(&condition))),
                    },
                    _ => Ok(None),
                })
                .await
            }
        }
    }

    async fn authenticate(&mut self, mut exchange: Authentication) -> Result<(), Wrong> {
        self.mechanism = exchange.mechanism().to_owned();
        self.talk(|conn, event| match exchange.see(conn, &event).map_err(misused)? {
            Authenticated::NeedKdf(kdf) => {
                exchange.derived(conn, &kdf.derive()).map_err(misused)?;
                Ok(None)
            }
            Authenticated::Yes => Ok(Some(())),
            Authenticated::No(condition) => Err(refused(&said(&condition))),
            Authenticated::Broken => Err("the server is an impostor".into()),
            _ => Ok(None),
        })
        .await
    }
}

fn refused(said: &str) -> Wrong {
    format!("the server does not let us in: {said}")
}
