//! SASL on the client.

use super::{Connection, Event, Id};
use crate::{Capabilities, Command, Reply};
use mailwire_core::{Misuse, Security};
use mailwire_sasl::Secret;
use mailwire_sasl::profile::{self, ClientAuthentication, ClientProfile, Reported};

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_pop3::Command;
/// use mailwire_pop3::client::{Authenticated, Authentication, Connection};
/// use mailwire_sasl::{Account, Transport};
///
/// let mut client = Connection::new(Default::default(), Security::Tls);
/// let mut rx = Input::default();
/// client.send(&Command::Capa)?;
/// rx.extend(b"+OK hello\r\n+OK list\r\nSASL PLAIN LOGIN\r\n.\r\n");
/// while client.receive(&mut rx)?.is_some() {}
///
/// let account = Account::with_password("alice", "hungry");
/// let transport = Transport { random: [7; 18], ..Transport::default() }; // fresh random octets
/// let mut authentication = Authentication::choose(&mut client, &account, &transport)?;
/// assert!(client.output().chunk().ends_with(b"AUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n"));
///
/// rx.extend(b"+OK welcome\r\n");
/// while let Some(event) = client.receive(&mut rx)? {
///     match authentication.see(&mut client, &event)? {
///         Authenticated::NeedKdf(kdf) => {
///             // SCRAM: takes some milliseconds; mind what else waits for this thread.
///             authentication.derived(&mut client, &kdf.derive())?;
///         }
///         Authenticated::Yes => println!("welcome"),
///         Authenticated::No(reply) => eprintln!("{reply:?}"),
///         Authenticated::Broken => return Err("this is not our server".into()),
///         _ => {}
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Authentication = ClientAuthentication<Connection>;

/// What an event meant to an [`Authentication`].
pub type Authenticated<'i> = profile::Authenticated<Reply<'i>>;

impl ClientProfile for Connection {
    type Id = Id;
    type Event<'i> = Event<'i>;
    type Reply<'i> = Reply<'i>;

    fn security(&self) -> Security {
        self.security()
    }

    fn allows_plaintext(&self) -> bool {
        self.config.allow_plaintext_credentials
    }

    fn mechanisms(&self) -> impl Iterator<Item = &str> {
        self.capabilities().into_iter().flat_map(Capabilities::mechanisms)
    }

    // The connection itself holds one back that makes the line too long.
    fn room(&self) -> Option<usize> {
        Some(usize::MAX)
    }

    fn begin(&mut self, mechanism: &str, initial: Option<Secret>) -> Result<Id, Misuse> {
        let mechanism = mechanism.try_into().map_err(|_| Misuse::NotOffered)?;
        self.send(&Command::Auth { mechanism, initial })
    }

    fn respond(&mut self, response: &[u8]) -> Result<(), Misuse> {
        self.respond(response)
    }

    fn cancel(&mut self) -> Result<(), Misuse> {
        self.cancel()
    }

    fn reported<'e, 'i: 'e>(event: &'e Event<'i>) -> Option<(Id, Reported<'e, Reply<'i>>)> {
        match event {
            Event::Challenge { to, data } => Some((*to, Reported::Challenge(data.expose()))),
            Event::Reply { to, reply } if reply.is_ok() => Some((*to, Reported::Yes)),
            Event::Reply { to, reply } => Some((*to, Reported::No(reply.clone()))),
            _ => None,
        }
    }
}
