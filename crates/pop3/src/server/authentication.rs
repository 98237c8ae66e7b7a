//! SASL on the server.

use super::{Connection, Event};
use crate::{Code, Reply};
use mailwire_core::{Misuse, Secret, Text};
use mailwire_sasl::profile::{Asked, ServerAuthentication, ServerProfile};

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_pop3::Maildrop;
/// use mailwire_pop3::server::{Authentication, Config, Connection, Verdict};
/// use mailwire_sasl::{Credential, Credentials, HashFunction, Setup, StoredKey};
///
/// let mut config = Config::default();
/// config.mechanisms = vec!["SCRAM-SHA-256".into(), "PLAIN".into()];
/// let mut server = Connection::new(config.into(), Security::Tls);
/// let setup = Setup { random: [7; 18], secret: "of years".into(), ..Setup::default() };
/// let mut authentication = Authentication::default();
/// let mut rx = Input::default();
/// rx.extend(b"AUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\nSTAT\r\n");
/// while let Some(event) = server.receive(&mut rx)? {
///     match authentication.see_with(&mut server, &event, |name| setup.server(name))? {
///         Verdict::Lookup(lookup) if lookup.user == "alice" => {
///             let key = StoredKey::from_password(HashFunction::Sha256, "hungry", b"salt", 4096)?;
///             authentication.provide(&mut server, Credential::Scram(key))?;
///         }
///         Verdict::Lookup(_) => drop(authentication.provide(&mut server, Credential::Unknown)?),
///         Verdict::Due(Credentials::Password { user, password, .. })
///             if user == "alice" && password.expose() == b"hungry" => server.open(Maildrop::default())?,
///         Verdict::Due(_) => drop(authentication.refuse(&mut server)?),
///         Verdict::Proved(identity) => server.open(Maildrop::default())?,
///         Verdict::NotMine => panic!("{event:?}"),
///         _ => {}
///     }
/// }
/// assert!(server.output().chunk().ends_with(b"+OK 0 0\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Authentication = ServerAuthentication;

pub use mailwire_sasl::profile::Verdict;

impl ServerProfile for Connection {
    type Event<'i> = Event<'i>;

    fn asked<'e>(event: &'e Event<'_>) -> Option<Asked<'e>> {
        match event {
            Event::Auth { mechanism, initial } => {
                let initial = initial.as_ref().map(Secret::expose);
                Some(Asked::Begin { mechanism, initial })
            }
            Event::AuthResponse(response) => Some(Asked::Response(response.expose())),
            Event::AuthCancelled => Some(Asked::Cancelled),
            _ => None,
        }
    }

    fn challenge(&mut self, challenge: &[u8]) -> Result<(), Misuse> {
        self.challenge(challenge)
    }

    fn fail(&mut self, _: bool) -> Result<(), Misuse> {
        let reply = Reply::err(Text::lossy("authentication failed"));
        self.reply(&reply.with_code(Code::Auth))
    }
}
