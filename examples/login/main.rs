//! Logs in to a server by SMTP, POP3 or IMAP and says by which mechanism: what a mail program does
//! before anything else, and a way to see what a server can.

mod imap;
mod pop3;
mod smtp;

use clap::{Parser, ValueEnum};
use examples::{Link, Trace, tls};
use mailwire_core::Machine;
use mailwire_sasl::{Account, Client, Transport};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpStream;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Logs in and out again.
///
/// Prints the mechanism. Ends with 0 when the server has let us in, with 1 when it has not, with 2
/// when something else went wrong.
#[derive(Debug, Parser)]
struct Options {
    /// What the server speaks.
    protocol: Protocol,
    /// HOST:PORT of the server.
    server: String,
    /// Who to be.
    user: String,
    /// The password, or with --token the token.
    secret: String,
    /// The secret is a bearer token.
    #[arg(long)]
    token: bool,
    /// Upgrade to TLS, and trust the certificate in this file. Without it, passwords go in the
    /// clear.
    #[arg(long, value_name = "PEM")]
    starttls: Option<PathBuf>,
    /// Use this mechanism; else the best that the server offers.
    #[arg(long, value_name = "NAME")]
    mechanism: Option<String>,
    /// Bind SCRAM to this, as tls-exporter or tls-server-end-point; else to the best there is.
    #[arg(long, value_name = "NAME")]
    binding: Option<String>,
    /// Print the conversation.
    #[arg(long)]
    trace: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protocol {
    Smtp,
    Pop3,
    Imap,
}

/// How it ended.
enum End {
    /// The server let us in, by this mechanism.
    In(String),
    /// It did not.
    Refused(String),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match examples::options::read("login") {
        Ok(options) => options,
        Err(code) => return code,
    };
    match login(&options).await {
        Ok(End::In(mechanism)) => {
            println!("{mechanism}");
            ExitCode::SUCCESS
        }
        Ok(End::Refused(why)) => {
            println!("refused: {why}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn login(options: &Options) -> Result<End> {
    let stream = TcpStream::connect(&options.server).await?;
    let link = Link::new(stream).traced(options.trace.then(|| Trace::new("login", true)));
    match options.protocol {
        Protocol::Smtp => smtp::login(options, link).await,
        Protocol::Pop3 => pop3::login(options, link).await,
        Protocol::Imap => imap::login(options, link).await,
    }
}

impl Options {
    fn wants_tls(&self) -> bool {
        self.starttls.is_some()
    }

    /// Does the handshake.
    async fn connect_tls<M>(&self, link: &mut Link, machine: &mut M) -> Result<()>
    where
        M: Machine<Error: Send + Sync + 'static>,
    {
        let mut roots = rustls::RootCertStore::empty();
        if let Some(file) = &self.starttls {
            roots.add(CertificateDer::from_pem_file(file)?)?;
        }
        let trust =
            rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Ok(link.connect_tls(machine, &Arc::new(trust), "localhost").await?)
    }

    /// A mechanism of those that are offered.
    fn choose<'o>(
        &self,
        offered: impl IntoIterator<Item = &'o str>,
        link: &Link,
    ) -> Result<Box<dyn Client + Send>> {
        let account = match self.token {
            true => Account::with_token(&self.user, self.secret.as_str()),
            false => Account::with_password(&self.user, self.secret.as_str()),
        };
        let mut bindings = link.client_bindings();
        if let Some(name) = &self.binding {
            bindings.retain(|binding| binding.kind().name() == name);
        }
        let transport = Transport {
            is_private: self.wants_tls(),
            allow_plaintext: true,
            bindings,
            random: tls::random()?,
        };
        Ok(match &self.mechanism {
            Some(name) => account.begin(name, offered, &transport)?,
            None => account.choose(offered, &transport)?,
        })
    }
}
