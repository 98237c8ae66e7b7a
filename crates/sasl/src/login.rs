//! LOGIN: the user name, then the password, each when asked. Obsolete, and still what many
//! programs send first.

use crate::{Client, Credentials, Error, MAX_MESSAGE, MAX_NAME, Secret, Server, ServerStep, Step};
use crate::{name, usable};
use alloc::string::String;

/// The client's side of LOGIN.
///
/// The first challenge is answered with the user name, the second with the password, whatever
/// they say: servers ask in many words.
#[derive(Debug)]
pub struct Login {
    user: Option<Secret>,
    password: Option<Secret>,
}

impl Login {
    /// Logs in as `user`.
    ///
    /// # Errors
    ///
    /// When either holds NUL, is empty or too long.
    pub fn new(user: &str, password: impl Into<Secret>) -> Result<Self, Error> {
        let password = password.into();
        usable("the user name", user.as_bytes(), MAX_NAME)?;
        usable("the password", password.expose(), MAX_MESSAGE)?;
        if user.is_empty() {
            return Err(Error::Unusable("the user name"));
        }
        if password.expose().is_empty() {
            return Err(Error::Unusable("the password"));
        }
        Ok(Self { user: Some(user.into()), password: Some(password) })
    }
}

impl Client for Login {
    fn name(&self) -> &str {
        "LOGIN"
    }

    /// None: there are servers that take an initial response for the answer to nothing.
    fn initial(&mut self) -> Option<Secret> {
        None
    }

    fn step(&mut self, _: &[u8]) -> Result<Step, Error> {
        let next = self.user.take().or_else(|| self.password.take());
        next.map(Step::Respond).ok_or(Error::Over)
    }
}

/// The server's side of LOGIN. An initial response is taken for the user name.
#[derive(Debug, Default)]
pub struct LoginServer {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Start,
    User,
    Password(String),
    Over,
}

impl Server for LoginServer {
    fn name(&self) -> &str {
        "LOGIN"
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        match (core::mem::replace(&mut self.state, State::Over), response) {
            (State::Start, None) => {
                self.state = State::User;
                Ok(ServerStep::Challenge(b"Username:".into()))
            }
            (State::Start | State::User, Some(user)) => {
                let user = name(user, "LOGIN")?;
                if user.is_empty() {
                    return Err(Error::Malformed("LOGIN"));
                }
                self.state = State::Password(user);
                Ok(ServerStep::Challenge(b"Password:".into()))
            }
            (State::Password(_), Some([])) => Err(Error::Malformed("LOGIN")),
            (State::Password(_), Some(password)) if password.len() > MAX_MESSAGE => {
                Err(Error::TooLong("a message"))
            }
            (State::Password(user), Some(password)) => {
                Ok(ServerStep::Verify(Credentials::Password {
                    authzid: None,
                    user,
                    password: Secret::new(password),
                }))
            }
            (State::User | State::Password(_), None) => Err(Error::Malformed("LOGIN")),
            (State::Over, _) => Err(Error::Over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_agree() {
        let mut client = Login::new("alice", "hungry").unwrap();
        let mut server = LoginServer::default();
        assert!(client.initial().is_none());

        let mut response = None;
        let credentials = loop {
            match server.step(response.as_ref().map(Secret::expose)).unwrap() {
                ServerStep::Challenge(challenge) => match client.step(&challenge).unwrap() {
                    Step::Respond(next) => response = Some(next),
                    _ => panic!("LOGIN ends with the server"),
                },
                step => break step,
            }
        };

        assert_eq!(
            credentials,
            ServerStep::Verify(Credentials::Password {
                authzid: None,
                user: "alice".into(),
                password: "hungry".into(),
            })
        );
        assert_eq!(client.step(b"more?"), Err(Error::Over));
    }

    #[test]
    fn an_initial_response_is_the_user_name() {
        let mut server = LoginServer::default();

        let step = server.step(Some(b"alice"));

        assert_eq!(step, Ok(ServerStep::Challenge(b"Password:".into())));
    }

    #[test]
    fn empty_names_and_passwords_are_refused() {
        assert_eq!(LoginServer::default().step(Some(b"")), Err(Error::Malformed("LOGIN")));
        let mut server = LoginServer::default();
        let _ = server.step(Some(b"alice"));
        assert_eq!(server.step(Some(b"")), Err(Error::Malformed("LOGIN")));
        assert_eq!(server.step(Some(b"hungry")), Err(Error::Over));
    }
}
