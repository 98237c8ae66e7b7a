//! SASL on the client.

use super::{Connection, Event, Id};
use crate::types::{Command, Extensions, Mechanism, Reply};
use mailwire_core::{Misuse, Security};
use mailwire_sasl::Secret;
use mailwire_sasl::profile::{self, ClientAuthentication, ClientProfile, Reported};

/// The longest initial response that goes with the command, in octets before base64: the line
/// stays within the 512 octets of RFC 5321. A longer one answers an empty challenge.
const ROOM: usize = 360;

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_sasl::{Account, Transport};
/// use mailwire_smtp::client::{Authenticated, Authentication, Connection, Event};
/// use mailwire_smtp::types::{Command, Domain};
/// use mailwire_smtp::{Buf, Input, Security};
///
/// let mut client = Connection::new(Default::default(), Security::Tls);
/// let mut rx = Input::default();
/// client.send(&Command::Ehlo(Domain::localhost()))?;
/// rx.extend(b"220 crepes.fr\r\n250-crepes.fr\r\n250 AUTH PLAIN LOGIN\r\n");
/// while client.receive(&mut rx)?.is_some() {}
///
/// let account = Account::with_password("alice", "hungry");
/// let transport = Transport { random: [7; 18], ..Transport::default() }; // fresh random octets
/// let mut authentication = Authentication::choose(&mut client, &account, &transport)?;
/// assert!(client.output().chunk().ends_with(b"AUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n"));
///
/// rx.extend(b"235 2.7.0 welcome\r\n");
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
        let offered = self.extensions().into_iter().flat_map(Extensions::mechanisms);
        offered.map(Mechanism::as_str)
    }

    fn room(&self) -> Option<usize> {
        Some(ROOM)
    }

    fn begin(&mut self, mechanism: &str, initial: Option<Secret>) -> Result<Id, Misuse> {
        let mechanism = Mechanism::new(mechanism).map_err(|_| Misuse::NotOffered)?;
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
            Event::Challenge { to, data } => Some((*to, Reported::Challenge(data))),
            Event::Reply { to, reply } if reply.code().is_done() => Some((*to, Reported::Yes)),
            Event::Reply { to, reply } => Some((*to, Reported::No(reply.clone()))),
            _ => None,
        }
    }
}
