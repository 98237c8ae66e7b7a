//! PLAIN (RFC 4616): both identities and the password in one message.

use crate::{Client, Credentials, Error, MAX_MESSAGE, MAX_NAME, Secret, Server, ServerStep, Step};
use crate::{name, usable};
use alloc::string::String;
use alloc::vec::Vec;

/// The client's side of PLAIN.
#[derive(Debug)]
pub struct Plain {
    message: Option<Secret>,
}

impl Plain {
    /// Logs in as `user`.
    ///
    /// # Errors
    ///
    /// When either holds NUL, is empty or too long.
    pub fn new(user: &str, password: impl Into<Secret>) -> Result<Self, Error> {
        Self::acting_as("", user, password)
    }

    /// Logs in as `user` to act as `authzid`; empty means as `user`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn acting_as(
        authzid: &str,
        user: &str,
        password: impl Into<Secret>,
    ) -> Result<Self, Error> {
        let password = password.into();
        usable("the authorization identity", authzid.as_bytes(), MAX_NAME)?;
        usable("the user name", user.as_bytes(), MAX_NAME)?;
        usable("the password", password.expose(), MAX_MESSAGE - 2 * MAX_NAME - 2)?;
        if user.is_empty() {
            return Err(Error::Unusable("the user name"));
        }
        if password.expose().is_empty() {
            return Err(Error::Unusable("the password"));
        }
        let parts = [authzid.as_bytes(), user.as_bytes(), password.expose()];
        // Made at its full size, so that growing leaves no copy behind.
        Ok(Self { message: Some(Secret::new(parts.join(&0))) })
    }
}

impl Client for Plain {
    fn name(&self) -> &str {
        "PLAIN"
    }

    fn initial(&mut self) -> Option<Secret> {
        self.message.take()
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        if !challenge.is_empty() {
            return Err(Error::Malformed("PLAIN"));
        }
        self.message.take().map(Step::Respond).ok_or(Error::Over)
    }
}

/// The server's side of PLAIN.
#[derive(Debug, Default)]
pub struct PlainServer {
    over: bool,
}

impl Server for PlainServer {
    fn name(&self) -> &str {
        "PLAIN"
    }

    /// ```abnf
    /// message   = [authzid] UTF8NUL authcid UTF8NUL passwd
    /// ```
    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        if self.over {
            return Err(Error::Over);
        }
        let Some(response) = response else {
            return Ok(ServerStep::Challenge(Vec::new()));
        };
        self.over = true;
        if response.len() > MAX_MESSAGE {
            return Err(Error::TooLong("a message"));
        }
        let mut parts = response.split(|&b| b == 0);
        let (Some(authzid), Some(user), Some(password), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Malformed("PLAIN"));
        };
        if user.is_empty() || password.is_empty() {
            return Err(Error::Malformed("PLAIN"));
        }
        let authzid: String = name(authzid, "PLAIN")?;
        Ok(ServerStep::Verify(Credentials::Password {
            authzid: Some(authzid).filter(|authzid| !authzid.is_empty()),
            user: name(user, "PLAIN")?,
            password: Secret::new(password),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(message: &[u8]) -> Result<(Option<String>, String, Vec<u8>), Error> {
        match PlainServer::default().step(Some(message))? {
            ServerStep::Verify(Credentials::Password { authzid, user, password }) => {
                Ok((authzid, user, password.expose().to_vec()))
            }
            other => panic!("{other:?}"),
        }
    }

    // RFC 4616 section 4, and SASL-15 of the robustness cases.
    #[test]
    fn identities_arrive_apart() {
        assert_eq!(
            verified(b"\0tim\0tanstaaftanstaaf"),
            Ok((None, "tim".into(), b"tanstaaftanstaaf".to_vec()))
        );
        assert_eq!(
            verified(b"Ursel\0Kurt\0xipj3plmq"),
            Ok((Some("Ursel".into()), "Kurt".into(), b"xipj3plmq".to_vec()))
        );
    }

    // SASL-12, SASL-13, SASL-14 of the robustness cases.
    #[test]
    fn what_is_not_plain_is_refused() {
        for bad in [
            &b""[..],
            b"user",
            b"\0user",
            b"\0\0",
            b"\0user\0",
            b"\0\0pw",
            b"\0user\0pass\0extra",
            b"\0us\xffer\0pw",
        ] {
            assert_eq!(verified(bad), Err(Error::Malformed("PLAIN")), "{bad:?}");
        }
    }

    #[test]
    fn names_of_exactly_the_limit_are_taken() {
        let message = |n| [&b"\0"[..], &[b'u'; 2000][..n], b"\0pw"].concat();

        assert!(verified(&message(MAX_NAME - 1)).is_ok());
        assert!(verified(&message(MAX_NAME)).is_ok());
        assert_eq!(verified(&message(MAX_NAME + 1)), Err(Error::TooLong("a name")));
    }

    // SMTP-CL-16 of the robustness cases.
    #[test]
    fn nul_cannot_be_sent() {
        assert_eq!(Plain::new("a\0b", "pw").err(), Some(Error::Unusable("the user name")));
        assert_eq!(Plain::new("a", "p\0w").err(), Some(Error::Unusable("the password")));
        assert_eq!(Plain::new("", "pw").err(), Some(Error::Unusable("the user name")));
        assert_eq!(Plain::new("a", "").err(), Some(Error::Unusable("the password")));
    }

    #[test]
    fn the_message_is_sent_once_whether_asked_for_or_not() {
        let mut first = Plain::new("alice", "hungry").unwrap();
        assert_eq!(first.initial().unwrap().expose(), b"\0alice\0hungry");
        assert_eq!(first.step(b""), Err(Error::Over));

        let mut asked = Plain::new("alice", "hungry").unwrap();
        assert_eq!(asked.step(b""), Ok(Step::Respond(Secret::from("\0alice\0hungry"))));
    }

    #[test]
    fn a_server_that_is_done_stays_done() {
        let mut server = PlainServer::default();
        assert!(server.step(Some(b"\0a\0b")).is_ok());

        assert_eq!(server.step(Some(b"\0a\0b")), Err(Error::Over));
    }
}
