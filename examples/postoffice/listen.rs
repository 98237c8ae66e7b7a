//! Where clients come in.

use crate::office::{MAX_MESSAGE, Office};
use crate::options::{Address, Options};
use crate::{imap, pop3, smtp};
use examples::Link;
use mailwire_core::{Security, Text};
use mailwire_smtp::Invalid;
use mailwire_smtp::types::{Domain, Extension, Mechanism, Protocol};
use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::sleep;

/// How many clients there may be at once; more wait until one has gone.
const MAX_CLIENTS: usize = 20_000;

/// What is spoken at an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    Smtp,
    Smtps,
    Submission,
    Submissions,
    Lmtp,
    Pop3,
    Pop3s,
    Imap,
    Imaps,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Smtps => "smtps",
            Self::Submission => "submission",
            Self::Submissions => "submissions",
            Self::Lmtp => "lmtp",
            Self::Pop3 => "pop3",
            Self::Pop3s => "pop3s",
            Self::Imap => "imap",
            Self::Imaps => "imaps",
        }
    }

    /// Whether TLS is there from the first octet.
    fn is_tls(self) -> bool {
        matches!(self, Self::Smtps | Self::Submissions | Self::Pop3s | Self::Imaps)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An address that is listened on.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) service: Service,
    pub(crate) address: SocketAddr,
    socket: TcpListener,
}

/// Listens on all addresses, or says why not, in a line.
pub(crate) async fn bind(options: &Options) -> Result<Vec<Listener>, String> {
    let wanted = [
        (Service::Smtp, &options.smtp),
        (Service::Smtps, &options.smtps),
        (Service::Submission, &options.submission),
        (Service::Submissions, &options.submissions),
        (Service::Lmtp, &options.lmtp),
        (Service::Pop3, &options.pop3),
        (Service::Pop3s, &options.pop3s),
        (Service::Imap, &options.imap),
        (Service::Imaps, &options.imaps),
    ];
    let mut listeners = Vec::new();
    for (service, address) in wanted {
        let Address::At(address) = *address else { continue };
        let bound = TcpListener::bind(address).await;
        let bound = bound.and_then(|socket| Ok((socket.local_addr()?, socket)));
        let (address, socket) = bound.map_err(|error| {
            format!("cannot listen on {address}: {error} (choose another with --{service} ADDR)")
        })?;
        listeners.push(Listener { service, address, socket });
    }
    if listeners.is_empty() {
        return Err("every service is off".into());
    }
    Ok(listeners)
}

/// How the machines of one address behave.
enum Config {
    Smtp(Arc<mailwire_smtp::server::Config>),
    Pop3(Arc<mailwire_pop3::server::Config>),
    Imap(Arc<mailwire_imap::server::Config>),
}

impl Config {
    fn new(service: Service, office: &Office, plaintext: bool) -> Result<Self, Invalid> {
        Ok(match service {
            Service::Smtp
            | Service::Smtps
            | Service::Submission
            | Service::Submissions
            | Service::Lmtp => {
                let mut config = mailwire_smtp::server::Config::default();
                config.name = Domain::new(office.domain.clone())?;
                config.starttls = true;
                if service == Service::Lmtp {
                    config.protocol = Protocol::Lmtp;
                }
                let names = office.mechanisms().into_iter().map(Mechanism::new);
                config.mechanisms = names.collect::<Result<_, _>>()?;
                config.allow_plaintext_credentials = plaintext;
                config.limits.message = MAX_MESSAGE;
                if office.relay.is_some() {
                    config.extensions.extend([Extension::Dsn, Extension::Etrn]);
                }
                // There are clients that try one wrong password by each mechanism.
                config.limits.auth_failures = 8;
                Self::Smtp(Arc::new(config))
            }
            Service::Imap | Service::Imaps => {
                let mut config = mailwire_imap::server::Config::default();
                config.greeting = Text::lossy(format!("{} IMAP ready", office.domain));
                config.mechanisms = office.mechanisms().into_iter().map(Into::into).collect();
                config.capabilities = imap::capabilities();
                config.compress = true;
                config.unauthenticate = true;
                config.allow_plaintext_credentials = plaintext;
                config.limits.append = MAX_MESSAGE;
                Self::Imap(Arc::new(config))
            }
            Service::Pop3 | Service::Pop3s => {
                let mut config = mailwire_pop3::server::Config::default();
                config.greeting = Text::lossy(format!("{} POP3 ready", office.domain));
                config.mechanisms = office.mechanisms().into_iter().map(Into::into).collect();
                config.allow_plaintext_credentials = plaintext;
                pop3::offer(&mut config);
                Self::Pop3(Arc::new(config))
            }
        })
    }
}

impl Listener {
    /// Serves clients until `stop`; each session holds `alive` for as long as it lasts.
    pub(crate) async fn serve(
        self,
        office: Arc<Office>,
        allow_plaintext_login: bool,
        stop: watch::Receiver<bool>,
        alive: mpsc::Sender<()>,
    ) -> Result<(), Invalid> {
        let plaintext = allow_plaintext_login || self.address.ip().is_loopback();
        let config = Arc::new(Config::new(self.service, &office, plaintext)?);
        let room = Arc::new(Semaphore::new(MAX_CLIENTS));
        let mut stopped = stop.clone();
        loop {
            // Only a semaphore that is closed gives none.
            let Ok(place) = room.clone().acquire_owned().await else { return Ok(()) };
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            };
            let Ok((stream, peer)) = accepted else {
                // No file descriptors are left, or the client has gone already.
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (office, config) = (office.clone(), config.clone());
            let (stop, alive, service) = (stop.clone(), alive.clone(), self.service);
            tokio::spawn(async move {
                let trace = office.trace(service.name());
                let traced = trace.is_some();
                let link = Link::new(stream).traced(trace).until(stop);
                if let Err(error) = session(service, &office, &config, link, peer).await {
                    // A client that goes away, or breaks the protocol, concerns nobody else.
                    if traced {
                        say(&format!("{service}: {error}"));
                    }
                }
                drop((place, alive));
            });
        }
    }
}

async fn session(
    service: Service,
    office: &Office,
    config: &Config,
    mut link: Link,
    peer: SocketAddr,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut security = Security::Plain;
    if service.is_tls() {
        link.accept_tls_at_once(&office.tls.server).await?;
        security = Security::Tls;
    }
    match config {
        Config::Smtp(config) => {
            let conn = mailwire_smtp::server::Connection::new(config.clone(), security);
            smtp::Session::new(office, conn, service, peer).run(link).await
        }
        Config::Pop3(config) => {
            let timestamp = office.timestamp()?;
            let conn = mailwire_pop3::server::Connection::with_timestamp(
                config.clone(),
                security,
                timestamp,
            );
            pop3::Session::new(office, conn).run(link).await
        }
        Config::Imap(config) => {
            let conn = mailwire_imap::server::Connection::new(config.clone(), security);
            imap::Session::new(office, conn).run(link).await
        }
    }
}

/// Prints a line. When standard output is closed there is nobody to tell.
pub(crate) fn say(line: &str) {
    use io::Write;
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Connects to ourselves.
pub(crate) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    TcpStream::connect(address).await
}
