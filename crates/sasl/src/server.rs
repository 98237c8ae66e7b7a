//! The server's side of any mechanism.

use crate::{AnonymousServer, Error, ExternalServer, LoginServer, PlainServer, Secret};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// What a client claims to be, for the application to check.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Credentials {
    /// A user name and its password. Compare in constant time, against a hash.
    Password {
        /// Who the client wants to act as, when that is not `user`. Never to be ignored.
        authzid: Option<String>,
        /// Who the client is.
        user: String,
        /// Its password.
        password: Secret,
    },
    /// The client is whom something outside says it is: its TLS certificate, its socket.
    External {
        /// Who it wants to act as; `None` when it leaves that to the server.
        authzid: Option<String>,
    },
    /// Anyone.
    Anonymous {
        /// What the client says of itself: an address or a token, for the log. Not checked.
        trace: String,
    },
}

/// Whom a mechanism that checks credentials itself has found the client to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Who the client is.
    pub user: String,
    /// Who it wants to act as, when that is not `user`.
    pub authzid: Option<String>,
}

/// What a server does with a response.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ServerStep {
    /// Send this, which may be empty, and step with what comes back.
    Challenge(Vec<u8>),
    /// The exchange is over; whether it succeeded is the application's to say.
    Verify(Credentials),
    /// The exchange is over and succeeded; whether this user may act so is the application's to
    /// say.
    Done(Identity),
}

/// The server's side of one exchange by one mechanism.
pub trait Server {
    /// The name of the mechanism, in capitals.
    fn name(&self) -> &str;

    /// What follows from the client's message. `None` is only for the first step, when the client
    /// gave no initial response, which is not the same as an empty one.
    ///
    /// # Errors
    ///
    /// When the message is not one of this mechanism: the exchange failed.
    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error>;
}

/// The names of the mechanisms that [`server`] knows, best first.
pub const MECHANISMS: [&str; 4] = ["EXTERNAL", "PLAIN", "LOGIN", "ANONYMOUS"];

/// The server's side of the mechanism called `name`, in any case. `None` when it is not one of
/// [`MECHANISMS`].
#[must_use]
pub fn server(name: &str) -> Option<Box<dyn Server + Send>> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("PLAIN") {
        Some(Box::new(PlainServer::default()))
    } else if is("LOGIN") {
        Some(Box::new(LoginServer::default()))
    } else if is("EXTERNAL") {
        Some(Box::new(ExternalServer::default()))
    } else if is("ANONYMOUS") {
        Some(Box::new(AnonymousServer::default()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mechanism_is_known_by_its_name_in_any_case() {
        for known in MECHANISMS {
            assert_eq!(server(known).unwrap().name(), known);
            assert_eq!(server(&known.to_ascii_lowercase()).unwrap().name(), known);
        }
        assert!(server("PLAINER").is_none());
    }

    // What a client that gives no initial response sees first.
    #[test]
    fn an_absent_first_message_is_asked_for() {
        for known in ["PLAIN", "EXTERNAL", "ANONYMOUS"] {
            let step = server(known).unwrap().step(None);
            assert_eq!(step, Ok(ServerStep::Challenge(Vec::new())), "{known}");
        }
    }
}
