//! The driver: moves bytes between a socket and a machine, keeps its deadlines, and upgrades to
//! TLS. It knows no protocol; what it does follows from `wants` and `wait` alone.

use crate::Trace;
use crate::deflate::Deflate;
use crate::tls::Tls;
use mailwire_core::{Buf, Input, Machine, Wants, Watchdog};
use mailwire_sasl::{ChannelBinding, TLS_EXPORTER_LABEL};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// How much is read at once.
const READ: usize = 16 * 1024;
/// How long a peer may take to read anything of what is sent to it.
const WRITE_LIMIT: Duration = Duration::from_secs(120);
/// How long a TLS handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);
/// How long and how much is read, unseen, after the last word was sent: closing a socket with
/// unread bytes resets it, and the peer might never see that word.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 4 << 20);

/// What there is to do after a turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Ask the machine for events.
    Receive,
    /// The machine waits for the application's answer.
    Reply,
    /// The machine waits for a TLS handshake.
    Tls,
    /// The machine waits for the stream to be compressed.
    Deflate,
    /// The conversation is over.
    Close,
}

/// A connection to a peer, and what was received from it.
#[derive(Debug)]
pub struct Link {
    /// What was received and not yet consumed: for [`Machine::receive`].
    pub rx: Input,
    stream: Stream,
    /// Something was written and not flushed.
    unflushed: bool,
    watchdog: Watchdog<Instant>,
    trace: Option<Trace>,
    /// Becomes true when the program ends.
    stop: Option<watch::Receiver<bool>>,
}

impl Link {
    /// A connection on which nothing was said yet.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        // Without it a reply waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        Self {
            rx: Input::default(),
            stream: Stream::Plain(stream),
            unflushed: false,
            watchdog: Watchdog::default(),
            trace: None,
            stop: None,
        }
    }

    /// Prints the conversation.
    #[must_use]
    pub fn traced(mut self, trace: Option<Trace>) -> Self {
        self.trace = trace;
        self
    }

    /// Lets the machine take leave when `stop` becomes true.
    #[must_use]
    pub fn until(mut self, stop: watch::Receiver<bool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Sends what may be sent, then waits for what the machine wants. May be dropped while it
    /// waits: nothing is lost, and the deadline stands.
    ///
    /// # Errors
    ///
    /// Those of the socket, and when the peer reads nothing for two minutes.
    pub async fn turn<M: Machine>(&mut self, machine: &mut M) -> io::Result<Next> {
        self.flush(machine).await?;
        match machine.wants() {
            Wants::Input if self.rx.is_closed() => Ok(Next::Close),
            Wants::Input => {
                machine.output().release();
                let deadline = self.watchdog.deadline(machine.wait(), Instant::now());
                match self.read(deadline).await? {
                    Received::Bytes => {}
                    Received::Late => machine.expire(),
                    Received::Stop => {
                        self.stop = None;
                        machine.expire();
                    }
                }
                Ok(Next::Receive)
            }
            Wants::Reply => Ok(Next::Reply),
            Wants::Tls => Ok(Next::Tls),
            Wants::Deflate => Ok(Next::Deflate),
            // Nothing here asks for ATRN or offers it.
            Wants::Close | Wants::Turn => Ok(Next::Close),
            _ => Ok(Next::Receive),
        }
    }

    /// Sends what may be sent.
    ///
    /// # Errors
    ///
    /// Those of the socket, and when the peer reads nothing for two minutes.
    pub async fn flush<M: Machine>(&mut self, machine: &mut M) -> io::Result<()> {
        let out = machine.output();
        while out.has_remaining() {
            let n = timeout(WRITE_LIMIT, self.stream.write(out.chunk())).await??;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.unflushed = true;
            if let Some(trace) = &mut self.trace {
                trace.sent(out.chunk().get(..n).unwrap_or_default());
            }
            out.advance(n);
        }
        if self.unflushed {
            timeout(WRITE_LIMIT, self.stream.flush()).await??;
            self.unflushed = false;
        }
        Ok(())
    }

    async fn read(&mut self, deadline: Option<Instant>) -> io::Result<Received> {
        // Far enough to be never, near enough to be added to.
        let never = || Instant::now() + Duration::from_secs(365 * 24 * 3600);
        let stop = async {
            match &mut self.stop {
                // An error means that the program is gone.
                Some(stop) => drop(stop.wait_for(|stop| *stop).await),
                None => std::future::pending().await,
            }
        };
        let (stream, rx) = (&mut self.stream, &mut self.rx);
        let read = async {
            if let (Stream::Plain(stream), true) = (&*stream, rx.is_empty()) {
                // Who waits long, as in IDLE, holds no buffer meanwhile.
                *rx = Input::default();
                stream.readable().await?;
            }
            stream.read(rx.spare(READ)).await
        };
        let n = tokio::select! {
            read = timeout_at(deadline.unwrap_or_else(never), read) => match read {
                // A peer that leaves without TLS's goodbye has ended its stream all the same.
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                Ok(read) => read?,
                Err(_) => return Ok(Received::Late),
            },
            () = stop => return Ok(Received::Stop),
        };
        if n == 0 {
            self.rx.close();
            return Ok(Received::Bytes);
        }
        self.rx.filled(n);
        if let (Some(trace), Some(start)) = (&mut self.trace, self.rx.len().checked_sub(n)) {
            trace.received(self.rx.unread().get(start..).unwrap_or_default());
        }
        Ok(Received::Bytes)
    }

    /// Does the server's side of the handshake, and tells the machine.
    ///
    /// # Errors
    ///
    /// Those of the handshake; the machine's, when something was sent in the clear behind the
    /// command.
    pub async fn accept_tls<M>(
        &mut self,
        machine: &mut M,
        tls: &Arc<ServerConfig>,
    ) -> io::Result<()>
    where
        M: Machine<Error: Send + Sync + 'static>,
    {
        self.accept_tls_at_once(tls).await?;
        machine.tls_started(&mut self.rx).map_err(io::Error::other)
    }

    /// Does the server's side of the handshake before anything is said.
    ///
    /// # Errors
    ///
    /// Those of the handshake.
    pub async fn accept_tls_at_once(&mut self, tls: &Arc<ServerConfig>) -> io::Result<()> {
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(io::Error::other("the connection has TLS already"));
        };
        let handshake = TlsAcceptor::from(tls.clone()).accept(stream);
        self.started(timeout(HANDSHAKE_LIMIT, handshake).await??.into());
        Ok(())
    }

    /// Does the client's side of the handshake, and tells the machine.
    ///
    /// # Errors
    ///
    /// Those of the handshake and of the machine.
    pub async fn connect_tls<M>(
        &mut self,
        machine: &mut M,
        tls: &Arc<ClientConfig>,
        name: &str,
    ) -> io::Result<()>
    where
        M: Machine<Error: Send + Sync + 'static>,
    {
        self.connect_tls_at_once(tls, name).await?;
        machine.tls_started(&mut self.rx).map_err(io::Error::other)
    }

    /// Does the client's side of the handshake before anything is said.
    ///
    /// # Errors
    ///
    /// Those of the handshake.
    pub async fn connect_tls_at_once(
        &mut self,
        tls: &Arc<ClientConfig>,
        name: &str,
    ) -> io::Result<()> {
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(io::Error::other("the connection has TLS already"));
        };
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let handshake = TlsConnector::from(tls.clone()).connect(name, stream);
        self.started(timeout(HANDSHAKE_LIMIT, handshake).await??.into());
        Ok(())
    }

    /// Compresses the stream from here on; what of it has come already is `received`.
    pub fn deflate(&mut self, received: Vec<u8>) {
        let stream = std::mem::replace(&mut self.stream, Stream::Gone);
        self.stream = Stream::Deflate(Box::new(Deflate::new(stream, received)));
        if let Some(trace) = &mut self.trace {
            trace.note("compression starts");
        }
    }

    /// What SASL can bind an exchange to, on the server's side: nothing before TLS.
    ///
    /// `tls-exporter` only over TLS 1.3: over TLS 1.2 it would need the extended master secret
    /// (RFC 9266 section 4), and rustls does not tell whether there is one.
    #[must_use]
    pub fn server_bindings(&self, tls: &Tls) -> Vec<ChannelBinding> {
        let Some(TlsStream::Server(stream)) = self.stream.tls() else { return Vec::new() };
        let conn = stream.get_ref().1;
        let exporter = if conn.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            conn.export_keying_material([0; 32], TLS_EXPORTER_LABEL, Some(b"")).ok()
        } else {
            None
        };
        let end_point = tls.end_point.clone();
        exporter.map(ChannelBinding::tls_exporter).into_iter().chain(end_point).collect()
    }

    /// The same on the client's side, the best first.
    #[must_use]
    pub fn client_bindings(&self) -> Vec<ChannelBinding> {
        let Some(TlsStream::Client(stream)) = self.stream.tls() else { return Vec::new() };
        let conn = stream.get_ref().1;
        let exporter = if conn.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            conn.export_keying_material([0; 32], TLS_EXPORTER_LABEL, Some(b"")).ok()
        } else {
            None
        };
        let certificate = conn.peer_certificates().and_then(|chain| chain.first());
        let end_point = certificate.and_then(|first| ChannelBinding::tls_server_end_point(first));
        exporter.map(ChannelBinding::tls_exporter).into_iter().chain(end_point).collect()
    }

    fn started(&mut self, stream: TlsStream<TcpStream>) {
        self.stream = Stream::Tls(Box::new(stream));
        if let Some(trace) = &mut self.trace {
            trace.note("TLS starts");
        }
    }

    /// Sends the last words, then closes the connection so that the peer can read them.
    pub async fn close<M: Machine>(mut self, machine: &mut M) {
        let last = async {
            self.flush(machine).await?;
            self.stream.shutdown().await?;
            let mut rest = [0; 4096];
            let mut total = 0;
            // Every turn reads something, of which there is a limit.
            while !self.rx.is_closed() && total < LINGER.1 {
                match self.stream.read(&mut rest).await? {
                    0 => break,
                    n => total += n,
                }
            }
            io::Result::Ok(())
        };
        // Nobody is left to be told what went wrong here.
        let _ = timeout(LINGER.0, last).await;
        if let Some(trace) = &mut self.trace {
            trace.finish();
        }
    }
}

enum Received {
    /// Bytes, or the end of the stream.
    Bytes,
    /// Nothing until the deadline.
    Late,
    /// The program ends.
    Stop,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Deflate(Box<Deflate<Stream>>),
    /// A handshake failed.
    Gone,
}

impl Stream {
    /// The TLS of it, if there is any.
    fn tls(&self) -> Option<&TlsStream<TcpStream>> {
        match self {
            Self::Tls(stream) => Some(stream),
            Self::Deflate(stream) => stream.inner().tls(),
            Self::Plain(_) | Self::Gone => None,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Deflate(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Deflate(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Deflate(stream) => Pin::new(stream).poll_flush(cx),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Deflate(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }
}
