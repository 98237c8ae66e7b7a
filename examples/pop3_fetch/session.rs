//! The conversation: connect, log in, ask what there is, fetch and delete, leave.

use crate::fetch::Fetch;
use crate::options::{Options, Protection};
use examples::Next;
use examples::blocking::{Wire, trust};
use examples::options::Wrong;
use examples::tls::random;
use mailwire_core::{Misuse, Secret, Security};
use mailwire_pop3::client::{Authenticated, Authentication, Config, Connection, Event, Id};
use mailwire_pop3::{Argument, Command, Reply};
use mailwire_sasl::{Account, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A connection to a server, and what was odd about it.
pub(crate) struct Session {
    wire: Wire,
    conn: Connection,
    odd: BTreeSet<String>,
}

/// What there is on the server.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) messages: u32,
    pub(crate) sizes: BTreeMap<u32, u64>,
    pub(crate) names: Vec<(u32, String)>,
    /// The server knows UIDL.
    pub(crate) has_names: bool,
}

impl Session {
    /// Connects, protected as the options say, and logs in.
    pub(crate) fn begin(options: &Options, password: &str) -> Result<Self, Wrong> {
        let host = options.server.0.as_str();
        let port = options.port();
        let there = |error: std::io::Error| format!("{host} port {port}: {error}");
        let tls = match options.security {
            Protection::None => None,
            _ => {
                Some(trust(options.trust.as_deref()).map_err(|error| format!("--trust: {error}"))?)
            }
        };
        let mut wire = Wire::connect(host, port).map_err(there)?;
        let mut security = Security::Plain;
        if let (Protection::Tls, Some(tls)) = (options.security, &tls) {
            wire.start_tls(tls, host).map_err(there)?;
            security = Security::Tls;
        }
        let mut config = Config::default();
        config.allow_plaintext_credentials = options.security == Protection::None;
        let conn = Connection::new(Arc::new(config), security);
        let mut this = Self { wire, conn, odd: BTreeSet::new() };
        this.talk(|_, event| match event {
            Event::Greeting(reply) if reply.is_ok() => Ok(Some(())),
            Event::Greeting(reply) => Err(format!("the server does not want us: {}", said(&reply))),
            _ => Ok(None),
        })?;
        this.capabilities()?;
        if let (Protection::Stls, Some(tls)) = (options.security, &tls) {
            this.send(&Command::Stls)?;
            this.talk(|_, event| Ok(matches!(event, Event::StartTls).then_some(())))?;
            if this.wire.turn(&mut this.conn).map_err(there)? != Next::Tls {
                return Err("the server said more than was asked before TLS".into());
            }
            this.wire.start_tls(tls, host).map_err(there)?;
            this.conn.tls_started(&mut this.wire.rx).map_err(|error| error.to_string())?;
            this.capabilities()?;
        }
        this.log_in(&options.user, password)?;
        this.capabilities()?;
        Ok(this)
    }

    /// Asks what the server can do. One without CAPA can do what RFC 1939 says.
    fn capabilities(&mut self) -> Result<(), Wrong> {
        let capa = self.send(&Command::Capa)?;
        self.talk(|_, event| match event {
            Event::End { to } if to == capa => Ok(Some(())),
            Event::Reply { to, reply } if to == capa && !reply.is_ok() => Ok(Some(())),
            _ => Ok(None),
        })
    }

    /// By the best way that is offered: SASL, APOP, or USER and PASS.
    fn log_in(&mut self, user: &str, password: &str) -> Result<(), Wrong> {
        let transport = Transport {
            is_private: self.conn.security() == Security::Tls,
            // Who says --security none wants it.
            allow_plaintext: true,
            random: random().map_err(|error| error.to_string())?,
            ..Transport::default()
        };
        let account = Account::with_password(user, password);
        let exchange = Authentication::choose(&mut self.conn, &account, &transport);
        let argument = |text: &str| {
            Argument::new(text.as_bytes().to_vec()).map_err(|invalid| invalid.to_string())
        };
        let login = match (exchange, self.conn.timestamp()) {
            (Ok(exchange), _) => return self.authenticate(exchange),
            (Err(_), Some(timestamp)) => {
                let text = mailwire_sasl::apop(timestamp, &Secret::from(password));
                let line = format!("APOP {user} {text}");
                let command = Command::parse(line.as_bytes()).map_err(|error| error.to_string())?;
                self.send(&command)?
            }
            (Err(_), None) => {
                self.send(&Command::User(argument(user)?))?;
                self.send(&Command::Pass(argument(password)?))?
            }
        };
        self.talk(|_, event| match event {
            Event::Reply { to, reply } if to == login && reply.is_ok() => Ok(Some(())),
            Event::Reply { reply, .. } if !reply.is_ok() => Err(no_login(&reply)),
            _ => Ok(None),
        })
    }

    fn authenticate(&mut self, mut exchange: Authentication) -> Result<(), Wrong> {
        let misused = |misuse: Misuse| misuse.to_string();
        self.talk(|conn, event| match exchange.see(conn, &event).map_err(misused)? {
            Authenticated::NeedKdf(kdf) => {
                exchange.derived(conn, &kdf.derive()).map_err(misused)?;
                Ok(None)
            }
            Authenticated::Yes => Ok(Some(())),
            Authenticated::No(reply) => Err(no_login(&reply)),
            Authenticated::Broken => Err("the server is an impostor".into()),
            _ => Ok(None),
        })
    }

    /// Asks what there is: how many messages, how large, and how they are called.
    pub(crate) fn list(&mut self) -> Result<Listing, Wrong> {
        let mut listing = Listing::default();
        let _ = self.send(&Command::Stat)?;
        let _ = self.send(&Command::List(None))?;
        let uidl = self.send(&Command::Uidl(None))?;
        self.talk(|_, event| {
            match event {
                Event::Stat { messages, .. } => listing.messages = messages,
                Event::Listed { message, octets, .. } => {
                    listing.sizes.insert(message, octets);
                }
                Event::UniqueId { message, id, .. } => {
                    listing.names.push((message, id.as_str().to_owned()));
                }
                Event::Reply { to, reply } if to == uidl && !reply.is_ok() => return Ok(Some(())),
                Event::Reply { to, .. } if to == uidl => listing.has_names = true,
                Event::End { to } if to == uidl => return Ok(Some(())),
                _ => {}
            }
            Ok(None)
        })?;
        Ok(listing)
    }

    /// Fetches and deletes.
    pub(crate) fn run(&mut self, fetch: &mut Fetch<'_>) -> Result<(), Wrong> {
        fetch.begin(&mut self.conn)?;
        if fetch.is_done() {
            return Ok(());
        }
        self.talk(|conn, event| {
            fetch.see(conn, event)?;
            Ok(fetch.is_done().then_some(()))
        })
    }

    /// Says QUIT: only this deletes. What was odd about the server.
    pub(crate) fn end(mut self) -> Result<BTreeSet<String>, Wrong> {
        let quit = self.send(&Command::Quit)?;
        let left = self.talk(|_, event| match event {
            Event::Reply { to, reply } if to == quit && reply.is_ok() => Ok(Some(())),
            Event::Reply { to, reply } if to == quit => {
                Err(format!("the server could not delete all: {}", said(&reply)))
            }
            _ => Ok(None),
        });
        self.wire.close(&mut self.conn);
        left.map(|()| self.odd)
    }

    fn send(&mut self, command: &Command<'_>) -> Result<Id, Wrong> {
        let verb = command.verb().to_owned();
        self.conn.send(command).map_err(|misuse| format!("{verb}: {misuse}"))
    }

    /// Shows events to `on` until it has seen what it waits for.
    fn talk<T>(
        &mut self,
        mut on: impl FnMut(&mut Connection, Event<'_>) -> Result<Option<T>, Wrong>,
    ) -> Result<T, Wrong> {
        loop {
            while let Some(event) =
                self.conn.receive(&mut self.wire.rx).map_err(|error| error.to_string())?
            {
                match event {
                    Event::Anomaly { what, .. } => drop(self.odd.insert(format!("{what:?}"))),
                    Event::Farewell(reply) => {
                        return Err(format!("the server took leave: {}", said(&reply)));
                    }
                    event => {
                        if let Some(seen) = on(&mut self.conn, event)? {
                            return Ok(seen);
                        }
                    }
                }
            }
            match self.wire.turn(&mut self.conn).map_err(|error| error.to_string())? {
                Next::Receive => {}
                Next::Reply | Next::Tls | Next::Deflate => {
                    return Err("the server said what was not asked".into());
                }
                Next::Close => {
                    return Err("the server closed the connection, or is too slow".into());
                }
            }
        }
    }
}

/// A reply for humans: what it says, or that it says nothing.
pub(crate) fn said(reply: &Reply<'_>) -> String {
    let code = reply.code.as_ref().map(|code| format!("[{}] ", code.as_str())).unwrap_or_default();
    let text: String = reply.text.as_str().chars().filter(|c| !c.is_control()).collect();
    match (&*code, &*text) {
        ("", "") => "it does not say why".into(),
        _ => format!("{code}{text}"),
    }
}

fn no_login(reply: &Reply<'_>) -> Wrong {
    format!("the server does not let us in: {}", said(reply))
}
