//! Where mail for other domains goes.

use crate::options::{Account, Options};
use examples::blocking::trust;
use examples::courier::Server;
use examples::options::Protection;
use mailwire_smtp::types::{Domain, Protocol};
use std::collections::BTreeMap;
use std::fs;

/// The ways out of here. A destination of the queue is `smtp:HOST:PORT` or `lmtp:HOST:PORT`.
#[derive(Debug)]
pub(super) struct Routes {
    /// A destination for each domain.
    domains: BTreeMap<String, String>,
    /// The destination for all others, and how to speak with it.
    smart_host: Option<(String, Server)>,
    hello: Domain<'static>,
    trace: bool,
}

impl Routes {
    /// What the options say; `None` when they say nothing.
    pub(super) fn read(options: &Options) -> Result<Option<Self>, String> {
        if options.relay.is_none() && options.mx.is_none() {
            return Ok(None);
        }
        let hello = Domain::new(options.domain.clone()).map_err(|error| error.to_string())?;
        let smart_host = match &options.relay {
            None => None,
            Some(HostPort(host, port)) => {
                let file = options.relay_trust.as_deref();
                let trust = trust(file).map_err(|error| format!("--relay-trust: {error}"))?;
                let server = Server {
                    host: host.clone(),
                    port: *port,
                    protocol: Protocol::Smtp,
                    protection: options.relay_security,
                    trust: Some(trust),
                    login: options.relay_login.as_ref().map(|Account { name, password }| {
                        mailwire_sasl::Account::with_password(name, password.as_str())
                    }),
                    hello: hello.clone(),
                    trace: options.trace,
                };
                Some((format!("smtp:{host}:{port}"), server))
            }
        };
        let mut domains = BTreeMap::new();
        if let Some(path) = &options.mx {
            let wrong = |what: &str| format!("--mx {}: {what}", path.display());
            let text = fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
            for (number, line) in text.lines().enumerate() {
                let line = line.split('#').next().unwrap_or_default();
                let words: Vec<&str> = line.split_whitespace().collect();
                let (domain, way) = match words[..] {
                    [] => continue,
                    [domain, way] => (domain, way),
                    _ => return Err(wrong(&format!("line {}: not DOMAIN HOST:PORT", number + 1))),
                };
                let (protocol, host) =
                    way.split_once(':').filter(|(it, _)| *it == "lmtp").unwrap_or(("smtp", way));
                let HostPort(host, port) = host
                    .parse()
                    .map_err(|error| wrong(&format!("line {}: {error}", number + 1)))?;
                domains.insert(domain.to_ascii_lowercase(), format!("{protocol}:{host}:{port}"));
            }
        }
        Ok(Some(Self { domains, smart_host, hello, trace: options.trace }))
    }

    /// Where mail for this domain goes.
    pub(super) fn destination(&self, domain: &str) -> Option<&str> {
        let known = self.domains.get(&domain.to_ascii_lowercase());
        known.or(self.smart_host.as_ref().map(|(name, _)| name)).map(String::as_str)
    }

    /// How to get there.
    pub(super) fn server(&self, destination: &str) -> Option<Server> {
        if let Some((_, server)) = self.smart_host.as_ref().filter(|(name, _)| name == destination)
        {
            return Some(server.clone());
        }
        let (protocol, way) = destination.split_once(':')?;
        let HostPort(host, port) = way.parse().ok()?;
        Some(Server {
            host,
            port,
            protocol: if protocol == "lmtp" { Protocol::Lmtp } else { Protocol::Smtp },
            // Whose certificate would be a good one, a file for tests does not say.
            protection: Protection::None,
            trust: None,
            login: None,
            hello: self.hello.clone(),
            trace: self.trace,
        })
    }
}

/// A host and a port.
#[derive(Clone, Debug)]
pub(crate) struct HostPort(pub(crate) String, pub(crate) u16);

impl std::str::FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not HOST:PORT");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(wrong());
        }
        Ok(Self(host.to_owned(), port))
    }
}
