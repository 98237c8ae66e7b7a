//! Which mechanisms a server has, and what it brings to an exchange by one of them.

use crate::{AnonymousServer, ExternalServer, LoginServer, OAuthServer, PlainServer, TokenRefusal};
use crate::{ChannelBinding, Secret, Server};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// The names of the mechanisms that [`server`] knows, best first.
pub const MECHANISMS: [&str; 6] =
    ["EXTERNAL", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "ANONYMOUS"];

/// The server's side of the mechanism called `name`, in any case. `None` when it is not one of
/// [`MECHANISMS`]. For the others a server has to bring something: see [`Setup`].
#[must_use]
pub fn server(name: &str) -> Option<Box<dyn Server + Send>> {
    let refusal = TokenRefusal::default;
    let known = MECHANISMS.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    Some(match known {
        "EXTERNAL" => Box::new(ExternalServer::default()),
        "OAUTHBEARER" => Box::new(OAuthServer::bearer(refusal())),
        "XOAUTH2" => Box::new(OAuthServer::xoauth2(refusal())),
        "PLAIN" => Box::new(PlainServer::default()),
        "LOGIN" => Box::new(LoginServer::default()),
        _ => Box::new(AnonymousServer::default()),
    })
}

/// What a server brings to one exchange by any mechanism.
///
/// ```
/// use mailwire_sasl::{Secret, Setup};
///
/// let setup = Setup {
///     random: [7; 18], // really random, and fresh for each exchange
///     secret: Secret::from("at least 32 random octets, kept for years"),
///     ..Setup::default()
/// };
/// assert_eq!(setup.server("scram-sha-256").unwrap().name(), "SCRAM-SHA-256");
/// // There is nothing to bind to.
/// assert!(setup.server("SCRAM-SHA-256-PLUS").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Setup {
    /// Octets of a generator fit for keys, fresh for this exchange.
    pub random: [u8; 18],
    /// The name of the server, for the challenge of CRAM-MD5.
    pub domain: String,
    /// A secret of the server, the same for years: it makes the salts of users that do not exist.
    /// At least 32 random octets.
    pub secret: Secret,
    /// How long those salts are, in octets: as long as those of the others.
    pub salt_length: usize,
    /// How many iterations such users have: as many as the others.
    pub iterations: u32,
    /// The channel bindings of the connection. Give them if, and only if, the server offers
    /// mechanisms with `-PLUS` on this connection: a client that says it could have bound, had
    /// that been offered, is refused then.
    pub bindings: Vec<ChannelBinding>,
    /// What clients are told whose token is refused.
    pub refusal: TokenRefusal,
}

impl Default for Setup {
    /// Salts of 16 octets, 4096 iterations, no bindings, and nothing that is secret.
    fn default() -> Self {
        Self {
            random: [0; 18],
            domain: "localhost".into(),
            secret: Secret::default(),
            salt_length: 16,
            iterations: 4096,
            bindings: Vec::new(),
            refusal: TokenRefusal::default(),
        }
    }
}

impl Setup {
    /// The names of the mechanisms that [`server`](Self::server) knows, best first. Those with
    /// `-PLUS` are among them when there are bindings.
    #[must_use]
    pub fn mechanisms(&self) -> Vec<&'static str> {
        let mut names = Vec::from(["EXTERNAL", "OAUTHBEARER", "XOAUTH2"]);
        #[cfg(feature = "scram")]
        {
            let all = crate::HashFunction::ALL;
            if !self.bindings.is_empty() {
                names.extend(all.map(crate::HashFunction::plus_mechanism));
            }
            names.extend(all.map(crate::HashFunction::mechanism));
        }
        names.extend(["PLAIN", "LOGIN"]);
        #[cfg(feature = "legacy")]
        names.push("CRAM-MD5");
        names.push("ANONYMOUS");
        names
    }

    /// The server's side of the mechanism called `name`, in any case; `None` when it is not one of
    /// [`mechanisms`](Self::mechanisms).
    #[must_use]
    pub fn server(&self, name: &str) -> Option<Box<dyn Server + Send>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        #[cfg(feature = "scram")]
        for hash in crate::HashFunction::ALL {
            if is(hash.mechanism()) {
                return Some(Box::new(crate::ScramServer::new(hash, self.scram())));
            }
            if is(hash.plus_mechanism()) && !self.bindings.is_empty() {
                return Some(Box::new(crate::ScramServer::plus(hash, self.scram())));
            }
        }
        #[cfg(feature = "legacy")]
        if is("CRAM-MD5") {
            return Some(Box::new(crate::CramMd5Server::new(&self.random, &self.domain)));
        }
        match () {
            () if is("OAUTHBEARER") => Some(Box::new(OAuthServer::bearer(self.refusal.clone()))),
            () if is("XOAUTH2") => Some(Box::new(OAuthServer::xoauth2(self.refusal.clone()))),
            () => server(name),
        }
    }

    #[cfg(feature = "scram")]
    fn scram(&self) -> crate::ScramSetup {
        crate::ScramSetup {
            nonce: crate::Nonce::from_random(&self.random),
            secret: self.secret.clone(),
            salt_length: self.salt_length,
            iterations: self.iterations,
            bindings: self.bindings.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServerStep;

    #[test]
    fn every_mechanism_is_known_by_its_name_in_any_case() {
        for known in MECHANISMS {
            assert_eq!(server(known).unwrap().name(), known);
            assert_eq!(server(&known.to_ascii_lowercase()).unwrap().name(), known);
        }
        assert!(server("PLAINER").is_none());
        let bindings = Vec::from([ChannelBinding::tls_exporter([7; 32])]);
        for setup in [Setup::default(), Setup { bindings, ..Setup::default() }] {
            for known in setup.mechanisms() {
                assert_eq!(setup.server(known).unwrap().name(), known);
                assert_eq!(setup.server(&known.to_ascii_lowercase()).unwrap().name(), known);
            }
            let plus = setup.server("SCRAM-SHA-1-PLUS").is_some();
            assert_eq!(plus, cfg!(feature = "scram") && !setup.bindings.is_empty());
            assert!(setup.server("PLAINER").is_none());
        }
    }

    // What a client that gives no initial response sees first.
    #[test]
    fn an_absent_first_message_is_asked_for() {
        for known in Setup::default().mechanisms() {
            if !matches!(known, "LOGIN" | "CRAM-MD5") {
                let step = Setup::default().server(known).unwrap().step(None);
                assert_eq!(step, Ok(ServerStep::Challenge(Vec::new())), "{known}");
            }
        }
    }
}
