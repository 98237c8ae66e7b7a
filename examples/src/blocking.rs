//! A driver without a runtime: a socket that blocks, any machine, TLS by rustls.

use crate::Next;
use mailwire_core::{Buf, Input, Machine, Wants, Watchdog};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How much is read at once.
const READ: usize = 64 * 1024;
/// How long a connection and a write may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a server, and what was received from it.
#[derive(Debug)]
pub struct Wire {
    /// What was received and not yet consumed: for [`Machine::receive`].
    pub rx: Input,
    stream: Stream,
    watchdog: Watchdog<Instant>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// A handshake failed.
    Gone,
}

impl Wire {
    /// Connects to the first address of a name that answers.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub fn connect(host: &str, port: u16) -> io::Result<Self> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    let (rx, watchdog) = (Input::default(), Watchdog::default());
                    return Ok(Self { rx, stream: Stream::Plain(stream), watchdog });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Does the handshake before anything is said, or after the machine wanted it.
    ///
    /// # Errors
    ///
    /// Those of the handshake.
    pub fn start_tls(&mut self, config: &Arc<ClientConfig>, host: &str) -> io::Result<()> {
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(io::Error::other("the connection has TLS already"));
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
        let mut tls = StreamOwned::new(session, stream);
        while tls.conn.is_handshaking() {
            tls.conn.complete_io(&mut tls.sock)?;
        }
        self.stream = Stream::Tls(Box::new(tls));
        Ok(())
    }

    /// Sends what may be sent, then does what the machine wants next.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn turn<M: Machine>(&mut self, machine: &mut M) -> io::Result<Next> {
        self.flush(machine)?;
        match machine.wants() {
            Wants::Input if self.rx.is_closed() => Ok(Next::Close),
            #[expect(clippy::disallowed_methods, reason = "programs may read the clock")]
            Wants::Input => {
                let now = Instant::now();
                let deadline = self.watchdog.deadline(machine.wait(), now);
                let left = deadline.map(|at| at.saturating_duration_since(now));
                if left.is_some_and(|left| left.is_zero()) {
                    machine.expire();
                    return Ok(Next::Receive);
                }
                self.socket()?.set_read_timeout(left)?;
                match self.read() {
                    Ok(()) => {}
                    // The deadline is looked at in the next turn.
                    Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
                Ok(Next::Receive)
            }
            Wants::Reply => Ok(Next::Reply),
            Wants::Tls => Ok(Next::Tls),
            // Nothing here asks for ATRN or offers it.
            Wants::Close | Wants::Turn => Ok(Next::Close),
            _ => Ok(Next::Receive),
        }
    }

    /// Sends what may be sent.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn flush<M: Machine>(&mut self, machine: &mut M) -> io::Result<()> {
        let out = machine.output();
        while out.has_remaining() {
            let n = match &mut self.stream {
                Stream::Plain(stream) => stream.write(out.chunk())?,
                Stream::Tls(stream) => stream.write(out.chunk())?,
                Stream::Gone => return Err(ErrorKind::NotConnected.into()),
            };
            if n == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            out.advance(n);
        }
        match &mut self.stream {
            Stream::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }

    /// Sends the last words, and TLS's goodbye. A peer that does not want them is not waited for.
    pub fn close<M: Machine>(mut self, machine: &mut M) {
        // Nobody is left to be told what went wrong here.
        let _ = self.flush(machine);
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let spare = self.rx.spare(READ);
        let n = match &mut self.stream {
            Stream::Plain(stream) => stream.read(spare)?,
            // A peer that leaves without TLS's goodbye has ended its stream all the same.
            Stream::Tls(stream) => match stream.read(spare) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
                read => read?,
            },
            Stream::Gone => return Err(ErrorKind::NotConnected.into()),
        };
        match n {
            0 => self.rx.close(),
            n => self.rx.filled(n),
        }
        Ok(())
    }

    fn socket(&self) -> io::Result<&TcpStream> {
        match &self.stream {
            Stream::Plain(stream) => Ok(stream),
            Stream::Tls(stream) => Ok(&stream.sock),
            Stream::Gone => Err(ErrorKind::NotConnected.into()),
        }
    }
}

/// A client's trust: in the authorities that browsers trust, and in the certificates of a PEM
/// file, if there is one.
///
/// # Errors
///
/// Those of the file, and when there is no certificate in it.
pub fn trust(file: Option<&Path>) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(file) = file {
        let found = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(io::Error::other)?;
        if found.is_empty() {
            return Err(io::Error::other("there is no certificate in it"));
        }
        for certificate in found {
            roots.add(certificate).map_err(io::Error::other)?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::tls;
    use mailwire_core::Security;
    use mailwire_pop3::Command;
    use mailwire_pop3::client::{Config, Connection, Event};
    use std::io::BufRead;
    use std::net::TcpListener;
    use std::thread;
    use tokio_rustls::rustls::ServerConnection;

    /// Talks until the machine wants to close; what was said to it.
    fn talk(wire: &mut Wire, conn: &mut Connection) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            while let Some(event) = conn.receive(&mut wire.rx).unwrap() {
                if let Event::Greeting(reply) | Event::Reply { reply, .. } = event {
                    said.push(reply.text.to_string());
                }
            }
            if wire.turn(conn).unwrap() == Next::Close {
                return said;
            }
        }
    }

    #[test]
    fn a_conversation_over_tls_ends_with_its_goodbye() {
        let dir = tempfile::tempdir().unwrap();
        let tls = tls::load_or_make(dir.path(), "mail.test").unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let session = ServerConnection::new(tls.server).unwrap();
            let mut stream = io::BufReader::new(StreamOwned::new(session, socket));
            stream.get_mut().write_all(b"+OK hello\r\n").unwrap();
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            stream.get_mut().write_all(b"+OK bye\r\n").unwrap();
            // Without close_notify this would be an error.
            line + &stream.lines().map(Result::unwrap).collect::<String>()
        });

        let mut wire = Wire::connect("127.0.0.1", port).unwrap();
        let trusted = trust(Some(&tls.certificate)).unwrap();
        wire.start_tls(&trusted, "mail.test").unwrap();
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        conn.send(&Command::Quit).unwrap();
        assert_eq!(talk(&mut wire, &mut conn), ["hello", "bye"]);
        wire.close(&mut conn);

        assert_eq!(server.join().unwrap(), "QUIT\r\n");
    }

    #[test]
    fn a_certificate_that_is_not_trusted_ends_the_handshake() {
        let dir = tempfile::tempdir().unwrap();
        let tls = tls::load_or_make(dir.path(), "mail.test").unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let session = ServerConnection::new(tls.server).unwrap();
            StreamOwned::new(session, socket).read(&mut [0; 10]).is_err()
        });

        let mut wire = Wire::connect("127.0.0.1", port).unwrap();
        assert!(wire.start_tls(&trust(None).unwrap(), "mail.test").is_err());
        // The socket is not used in the clear instead.
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        assert!(wire.turn(&mut conn).is_err());
        drop(wire);

        assert!(server.join().unwrap());
    }

    #[test]
    fn a_server_that_says_nothing_is_left() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut config = Config::default();
        config.timeouts.reply = Duration::from_millis(20);
        let mut wire = Wire::connect("127.0.0.1", port).unwrap();
        let mut conn = Connection::new(Arc::new(config), Security::Plain);

        assert!(talk(&mut wire, &mut conn).is_empty());
    }
}
