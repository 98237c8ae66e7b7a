//! Passes on what was read, and starts TLS where both sides agree on it.

use crate::show::Show;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How much may wait to be understood: more is passed on unseen.
const LIMIT: usize = 1 << 20;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// What reads along in one protocol. It is shown what has come and not been taken; what it takes is
/// passed on.
pub(crate) trait Tap: Send {
    /// Looks at what the client said.
    fn client(&mut self, rx: &[u8], show: &mut Show) -> Took;
    /// Looks at what the server said.
    fn server(&mut self, rx: &[u8], show: &mut Show) -> Took;
    /// TLS has begun: all is as at the beginning, but that there is no greeting.
    fn tls_started(&mut self);
}

/// How much was taken, and what comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Took {
    pub(crate) octets: usize,
    pub(crate) then: Then,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Then {
    /// Go on; with no octets taken: when more has come, or the other side has spoken.
    Go,
    /// When this has been passed on both sides do a TLS handshake.
    Tls,
    /// What follows cannot be read.
    Opaque,
}

impl Took {
    pub(crate) const NOTHING: Self = Self { octets: 0, then: Then::Go };

    pub(crate) fn of(octets: usize) -> Self {
        Self { octets, then: Then::Go }
    }
}

/// A line without its end, and how long it is with it.
pub(crate) fn line(rx: &[u8]) -> Option<(&[u8], usize)> {
    let end = rx.iter().position(|&b| b == b'\n')?;
    let line = rx.get(..end).unwrap_or_default();
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

/// Where the server is, and the certificates of both ends.
pub(crate) struct Ends {
    pub(crate) server: (String, u16),
    /// TLS before anything is said.
    pub(crate) at_once: bool,
    pub(crate) ours: Arc<ServerConfig>,
    pub(crate) theirs: Arc<ClientConfig>,
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// One side: the socket, and what came from it and was not passed on.
struct Side {
    io: Box<dyn Io>,
    rx: Vec<u8>,
    ended: bool,
}

impl Side {
    fn new(io: Box<dyn Io>) -> Self {
        Self { io, rx: Vec::new(), ended: false }
    }

    async fn read(&mut self) -> io::Result<()> {
        if self.ended {
            return std::future::pending().await;
        }
        let mut piece = [0; 16 * 1024];
        let n = match self.io.read(&mut piece).await {
            // A peer that leaves without TLS's goodbye has ended its stream all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            n => n?,
        };
        self.ended = n == 0;
        self.rx.extend_from_slice(piece.get(..n).unwrap_or_default());
        Ok(())
    }

    async fn pass(&mut self, octets: usize, to: &mut Self) -> io::Result<()> {
        to.io.write_all(self.rx.get(..octets).unwrap_or_default()).await?;
        to.io.flush().await?;
        self.rx.drain(..octets);
        Ok(())
    }
}

/// One connection.
pub(crate) struct Proxy {
    tap: Box<dyn Tap>,
    show: Show,
    opaque: bool,
}

impl Proxy {
    pub(crate) fn new(tap: Box<dyn Tap>, show: Show) -> Self {
        Self { tap, show, opaque: false }
    }

    /// Until one side is gone.
    pub(crate) async fn run(mut self, client: TcpStream, ends: &Ends) {
        match self.talk(client, ends).await {
            Ok(()) => self.show.note("closed"),
            Err(error) => self.show.note(&error.to_string()),
        }
    }

    async fn talk(&mut self, client: TcpStream, ends: &Ends) -> io::Result<()> {
        let server = TcpStream::connect((&*ends.server.0, ends.server.1)).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut client, mut server) = (Side::new(Box::new(client)), Side::new(Box::new(server)));
        self.show.note("connected");
        if ends.at_once {
            (client, server) = self.start_tls(client, server, ends).await?;
        }
        loop {
            // Every turn passes something on.
            loop {
                let (from_client, from_server) = self.look(&client.rx, &server.rx);
                client.pass(from_client.octets, &mut server).await?;
                server.pass(from_server.octets, &mut client).await?;
                if from_server.then == Then::Tls {
                    if !client.rx.is_empty() || !server.rx.is_empty() {
                        return Err(io::Error::other("something was said in the clear before TLS"));
                    }
                    (client, server) = self.start_tls(client, server, ends).await?;
                    self.tap.tls_started();
                    break;
                }
                if from_client.octets == 0 && from_server.octets == 0 {
                    break;
                }
            }
            for side in [&client, &server] {
                if side.rx.len() > LIMIT && !self.opaque {
                    self.show.note("more than can be read: what follows is passed on unseen");
                    self.opaque = true;
                }
            }
            if client.ended || server.ended {
                // What was not understood is passed on all the same.
                let (octets, back) = (client.rx.len(), server.rx.len());
                client.pass(octets, &mut server).await?;
                server.pass(back, &mut client).await?;
                if client.ended && server.ended {
                    return Ok(());
                }
                if client.ended {
                    server.io.shutdown().await?;
                } else {
                    client.io.shutdown().await?;
                    return Ok(());
                }
            }
            tokio::select! {
                read = client.read() => read?,
                read = server.read() => read?,
            }
        }
    }

    fn look(&mut self, client: &[u8], server: &[u8]) -> (Took, Took) {
        if self.opaque {
            return (Took::of(client.len()), Took::of(server.len()));
        }
        let from_client = self.tap.client(client, &mut self.show);
        let from_server = self.tap.server(server, &mut self.show);
        if from_server.then == Then::Opaque {
            self.opaque = true;
        }
        (from_client, from_server)
    }

    async fn start_tls(
        &mut self,
        client: Side,
        server: Side,
        ends: &Ends,
    ) -> io::Result<(Side, Side)> {
        let name = ServerName::try_from(ends.server.0.clone()).map_err(io::Error::other)?;
        let connected = TlsConnector::from(ends.theirs.clone()).connect(name, server.io);
        let server = timeout(HANDSHAKE, connected).await??;
        let accepted = TlsAcceptor::from(ends.ours.clone()).accept(client.io);
        let client = timeout(HANDSHAKE, accepted).await??;
        self.show.note("TLS has begun on both sides");
        Ok((Side::new(Box::new(client)), Side::new(Box::new(server))))
    }
}
