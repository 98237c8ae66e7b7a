//! The server's side of any mechanism.

use crate::{Error, Secret};
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
    /// A token that somebody else issued (RFC 6750). Ask them, or check its signature.
    Token {
        /// Who the client says it is; the token says who it really is. `None`: whoever that is.
        user: Option<String>,
        /// The bearer token.
        token: Secret,
        /// The server that the client meant to reach, and its port, if it says.
        server: Option<(String, Option<u16>)>,
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

/// What a mechanism has to know of a user before it can go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lookup {
    /// Who the client says it is. Not proved.
    pub user: String,
    /// Who it wants to act as, when that is not `user`.
    pub authzid: Option<String>,
    /// What is to be [provided](Server::provide).
    pub wanted: Wanted,
}

/// What is kept of users, and asked for by a mechanism.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Wanted {
    /// [`Credential::Password`].
    Password,
    /// [`Credential::Scram`] for this hash function.
    #[cfg(feature = "scram")]
    ScramKey(crate::HashFunction),
}

/// What a server knows of a user.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Credential {
    /// The password itself. Only CRAM-MD5 and APOP need that.
    Password(Secret),
    /// What SCRAM needs.
    #[cfg(feature = "scram")]
    Scram(crate::StoredKey),
    /// There is no such user, or nothing of this kind is kept. The exchange goes on as with any
    /// other and fails in the end, so that nobody learns which users there are.
    Unknown,
}

/// What a server does with a response.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ServerStep {
    /// Send this, which may be empty, and step with what comes back.
    Challenge(Vec<u8>),
    /// Look that up, now or later, and go on with [`Server::provide`].
    NeedCredential(Lookup),
    /// Whether these are right is the application's to say: if so, the exchange is over and
    /// succeeded; if not, go on with [`Server::refuse`].
    Verify(Credentials),
    /// The exchange is over and succeeded; whether this user may act so is the application's to
    /// say.
    Done(Identity),
    /// The exchange is over and failed: say so in the words of the protocol.
    Refused,
}

/// The server's side of one exchange by one mechanism.
///
/// Whatever the application does not understand of a [`ServerStep`] is a refusal.
pub trait Server {
    /// The name of the mechanism, in capitals.
    fn name(&self) -> &str;

    /// What follows from the client's message. `None` is only for the first step, when the client
    /// gave no initial response, which is not the same as an empty one.
    ///
    /// # Errors
    ///
    /// When the message is not one of this mechanism, or proves nothing: the exchange failed.
    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error>;

    /// Goes on with what a [`ServerStep::NeedCredential`] asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Over`] when that was not asked for, [`Error::Unusable`] when it is of another
    /// kind, and [`Error::Proof`] when the client proved nothing.
    fn provide(&mut self, credential: Credential) -> Result<ServerStep, Error> {
        let _ = credential;
        Err(Error::Over)
    }

    /// Says that the credentials of a [`ServerStep::Verify`] are wrong. A mechanism that has
    /// something to say to that sends it first.
    ///
    /// # Errors
    ///
    /// [`Error::Over`] when there is nothing to refuse.
    fn refuse(&mut self) -> Result<ServerStep, Error> {
        Ok(ServerStep::Refused)
    }
}
