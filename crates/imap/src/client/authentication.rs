//! SASL on the client.

use super::{Connection, Event, Tag};
use crate::types::{Capabilities, Capability, Condition, State};
use mailwire_core::{Misuse, Security};
use mailwire_sasl::Secret;
use mailwire_sasl::profile::{self, ClientAuthentication, ClientProfile, Reported};

/// The longest initial response that goes with the command, in octets before base64: servers take
/// lines of 8,192 octets (RFC 7162 section 4). A longer one answers an empty challenge.
const ROOM: usize = 6000;

/// The SASL exchange of one connection.
///
/// ```
/// use mailwire_core::{Buf, Input, Security};
/// use mailwire_imap::client::{Authenticated, Authentication, Connection};
/// use mailwire_imap::types::Command;
/// use mailwire_sasl::{Account, Transport};
///
/// let mut client = Connection::new(Default::default(), Security::Tls);
/// let mut rx = Input::default();
/// client.send(&Command::Capability)?;
/// rx.extend(b"* OK hello\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN\r\na1 OK done\r\n");
/// while client.receive(&mut rx)?.is_some() {}
///
/// let account = Account::with_password("alice", "hungry");
/// let transport = Transport { random: [7; 18], ..Transport::default() }; // fresh random octets
/// let mut authentication = Authentication::choose(&mut client, &account, &transport)?;
/// assert!(client.output().chunk().ends_with(b"AUTHENTICATE PLAIN AGFsaWNlAGh1bmdyeQ==\r\n"));
///
/// rx.extend(b"a2 OK welcome\r\n");
/// while let Some(event) = client.receive(&mut rx)? {
///     match authentication.see(&mut client, &event)? {
///         Authenticated::NeedKdf(kdf) => {
///             // SCRAM: takes some milliseconds; mind what else waits for this thread.
///             authentication.derived(&mut client, &kdf.derive())?;
///         }
///         Authenticated::Yes => println!("welcome"),
///         Authenticated::No(condition) => eprintln!("{condition:?}"),
///         Authenticated::Broken => return Err("this is not our server".into()),
///         _ => {}
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Authentication = ClientAuthentication<Connection>;

/// What an event meant to an [`Authentication`].
pub type Authenticated<'i> = profile::Authenticated<Condition<'i>>;

impl ClientProfile for Connection {
    type Id = Tag;
    type Event<'i> = Event<'i>;
    type Reply<'i> = Condition<'i>;

    fn security(&self) -> Security {
        self.security()
    }

    fn allows_plaintext(&self) -> bool {
        self.config.allow_plaintext_credentials
    }

    fn mechanisms(&self) -> impl Iterator<Item = &str> {
        let offered = self.capabilities().into_iter().flat_map(Capabilities::as_slice);
        offered.filter_map(|capability| match capability {
            Capability::Auth(mechanism) => Some(mechanism.as_str()),
            _ => None,
        })
    }

    fn room(&self) -> Option<usize> {
        self.takes_initial_response().then_some(ROOM)
    }

    fn begin(&mut self, mechanism: &str, initial: Option<Secret>) -> Result<Tag, Misuse> {
        Ok(self.authenticate(mechanism, initial)?.0)
    }

    fn respond(&mut self, response: &[u8]) -> Result<(), Misuse> {
        self.respond(response)
    }

    fn cancel(&mut self) -> Result<(), Misuse> {
        self.cancel()
    }

    fn reported<'e, 'i: 'e>(event: &'e Event<'i>) -> Option<(Tag, Reported<'e, Condition<'i>>)> {
        match event {
            Event::Challenge { tag, data } => Some((*tag, Reported::Challenge(data.expose()))),
            Event::Done { tag, condition } if condition.state == State::Ok => {
                Some((*tag, Reported::Yes))
            }
            Event::Done { tag, condition } => Some((*tag, Reported::No(condition.clone()))),
            _ => None,
        }
    }
}
