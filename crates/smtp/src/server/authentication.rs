//! SASL on the server.

use super::SecretBytes;
use super::{Connection, Event};
use crate::types::{Code, Reply};
use mailwire_core::Misuse;
use mailwire_sasl::profile::{Asked, ServerAuthentication, ServerProfile};

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_sasl::{Credential, Credentials, HashFunction, Setup, StoredKey};
/// use mailwire_smtp::server::{Authentication, Config, Connection, Verdict};
/// use mailwire_smtp::types::Mechanism;
/// use mailwire_smtp::{Input, Security};
///
/// let mut config = Config::default();
/// config.mechanisms = vec![Mechanism::new("SCRAM-SHA-256")?, Mechanism::new("PLAIN")?];
/// let mut server = Connection::new(config.into(), Security::Tls);
/// let setup = Setup { random: [7; 18], secret: "of years".into(), ..Setup::default() };
/// let mut authentication = Authentication::default();
/// let mut rx = Input::default();
/// rx.extend(b"EHLO crepes.fr\r\nAUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n");
/// while let Some(event) = server.receive(&mut rx)? {
///     match authentication.see_with(&mut server, &event, |name| setup.server(name))? {
///         Verdict::Lookup(lookup) if lookup.user == "alice" => {
///             let key = StoredKey::from_password(HashFunction::Sha256, "hungry", b"salt", 4096)?;
///             authentication.provide(&mut server, Credential::Scram(key))?;
///         }
///         Verdict::Lookup(_) => drop(authentication.provide(&mut server, Credential::Unknown)?),
///         Verdict::Due(Credentials::Password { user, password, .. })
///             if user == "alice" && password.expose() == b"hungry" => server.accept()?,
///         Verdict::Due(_) => drop(authentication.refuse(&mut server)?),
///         Verdict::Proved(identity) => server.accept()?,
///         Verdict::NotMine => server.accept()?,
///         _ => {}
///     }
/// }
/// assert!(server.session().is_authenticated());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Authentication = ServerAuthentication;

pub use mailwire_sasl::profile::Verdict;

impl ServerProfile for Connection {
    type Event<'i> = Event<'i>;

    fn asked<'e>(event: &'e Event<'_>) -> Option<Asked<'e>> {
        match event {
            Event::Auth { mechanism, initial } => {
                let initial = initial.as_ref().map(SecretBytes::expose);
                Some(Asked::Begin { mechanism: mechanism.as_str(), initial })
            }
            Event::AuthResponse(response) => Some(Asked::Response(response.expose())),
            Event::AuthCancelled => Some(Asked::Cancelled),
            _ => None,
        }
    }

    fn challenge(&mut self, challenge: &[u8]) -> Result<(), Misuse> {
        self.challenge(challenge)
    }

    fn fail(&mut self, is_known: bool) -> Result<(), Misuse> {
        let (code, text) = match is_known {
            true => (Code::BAD_CREDENTIALS, "5.7.8 authentication failed"),
            false => (Code::PARAMETER_NOT_IMPLEMENTED, "5.5.4 mechanism not offered"),
        };
        self.reply(&Reply::new(code, text))
    }
}
