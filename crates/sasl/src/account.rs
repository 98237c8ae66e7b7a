//! Which mechanism a client uses, of those that it can, that are offered, and that are safe.

use crate::{Anonymous, ChannelBinding, Client, Error, External, Login, OAuth, Plain, Secret};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// How many mechanisms of an offer are looked at. No server has as many.
const MAX_OFFERED: usize = 32;
/// The longest name of a mechanism (RFC 4422 section 3.1), in octets.
const MAX_MECHANISM: usize = 20;

/// Who a client is, and what it has to show for it.
///
/// ```
/// use mailwire_sasl::{Account, Error, Transport};
///
/// let account = Account::with_password("alice", "hungry");
/// let offered = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"];
/// let transport = Transport { is_private: true, random: [7; 18], ..Transport::default() };
///
/// assert_eq!(account.choose(offered, &transport)?.name(), "SCRAM-SHA-256");
///
/// // In the clear, PLAIN would show the password to everybody.
/// let in_the_clear = Transport { is_private: false, ..transport };
/// assert_eq!(account.choose(["PLAIN"], &in_the_clear).err(), Some(Error::Insecure));
/// # Ok::<(), mailwire_sasl::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Account {
    /// The user name.
    pub user: String,
    /// Who to act as; empty: as the user.
    pub authzid: String,
    /// The user's password.
    pub password: Option<Secret>,
    /// A bearer token: OAUTHBEARER and XOAUTH2.
    pub token: Option<Secret>,
    /// The host and the port that the token is meant for.
    pub server: Option<(String, u16)>,
    /// Whether something else has shown who the client is, such as its TLS certificate: EXTERNAL.
    pub is_known_otherwise: bool,
    /// What to leave as a trace when the client is nobody in particular: ANONYMOUS.
    pub anonymous: Option<String>,
}

/// What is known of the connection that a client authenticates over.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    /// Whether nobody can listen: TLS, a socket of the same machine.
    pub is_private: bool,
    /// Whether passwords may be shown to whoever listens all the same.
    pub allow_plaintext: bool,
    /// The channel bindings of the connection, best first.
    pub bindings: Vec<ChannelBinding>,
    /// Octets of a generator fit for keys, fresh for this exchange.
    pub random: [u8; 18],
}

impl Account {
    /// Someone with a password.
    #[must_use]
    pub fn with_password(user: &str, password: impl Into<Secret>) -> Self {
        Self { user: user.into(), password: Some(password.into()), ..Self::default() }
    }

    /// Someone with a bearer token.
    #[must_use]
    pub fn with_token(user: &str, token: impl Into<Secret>) -> Self {
        Self { user: user.into(), token: Some(token.into()), ..Self::default() }
    }

    /// The best mechanism of those that are offered, ready to begin.
    ///
    /// # Errors
    ///
    /// [`Error::NoMechanism`] when none that is offered will do, [`Error::Insecure`] when one would
    /// over TLS, and those of the mechanism for a name or a password that it cannot carry.
    pub fn choose<'o>(
        &self,
        offered: impl IntoIterator<Item = &'o str>,
        transport: &Transport,
    ) -> Result<Box<dyn Client + Send>, Error> {
        let offered: Vec<&str> = known(offered);
        match self.usable(&offered, transport).first() {
            Some(name) => self.client(name, &offered, transport),
            None => {
                let private = Transport { is_private: true, ..transport.clone() };
                let would = self.usable(&offered, &private).is_empty();
                Err(if would { Error::NoMechanism } else { Error::Insecure })
            }
        }
    }

    /// The mechanisms that will do, of those that are offered, best first: for a client that tries
    /// the next when a server does not keep what one needs. Only the first 32 of an offer are
    /// looked at.
    ///
    /// Mechanisms that are bound to the TLS connection come before those that are not, those that
    /// prove a password before those that show it, and longer hashes before shorter. CRAM-MD5 (with
    /// the feature `legacy`) comes before showing the password only where somebody can listen.
    pub fn mechanisms<'o>(
        &self,
        offered: impl IntoIterator<Item = &'o str>,
        transport: &Transport,
    ) -> Vec<&'static str> {
        self.usable(&known(offered), transport)
    }

    /// The client's side of a mechanism, by its name as in [`mechanisms`](Self::mechanisms).
    /// `offered` is what the server offers.
    ///
    /// # Errors
    ///
    /// As [`choose`](Self::choose).
    pub fn begin<'o>(
        &self,
        name: &str,
        offered: impl IntoIterator<Item = &'o str>,
        transport: &Transport,
    ) -> Result<Box<dyn Client + Send>, Error> {
        self.client(name, &known(offered), transport)
    }

    fn usable(&self, offered: &[&str], transport: &Transport) -> Vec<&'static str> {
        let may_show = transport.is_private || transport.allow_plaintext;
        let mut names = Vec::new();
        let mut add = |name: &'static str, fits: bool| {
            if fits && offered.iter().any(|it| it.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        };
        add("EXTERNAL", self.is_known_otherwise);
        add("OAUTHBEARER", self.token.is_some() && may_show);
        add("XOAUTH2", self.token.is_some() && may_show);
        let password = self.password.is_some();
        #[cfg(feature = "scram")]
        {
            let bound = password && !transport.bindings.is_empty();
            for hash in crate::HashFunction::ALL {
                add(hash.plus_mechanism(), bound);
            }
            for hash in crate::HashFunction::ALL {
                add(hash.mechanism(), password);
            }
        }
        // Only these carry an authorization identity.
        let plain = password && self.authzid.is_empty();
        #[cfg(feature = "legacy")]
        add("CRAM-MD5", plain && !transport.is_private);
        add("PLAIN", password && may_show);
        add("LOGIN", plain && may_show);
        #[cfg(feature = "legacy")]
        add("CRAM-MD5", plain && transport.is_private);
        add("ANONYMOUS", self.anonymous.is_some());
        names
    }

    fn client(
        &self,
        name: &str,
        offered: &[&str],
        transport: &Transport,
    ) -> Result<Box<dyn Client + Send>, Error> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let password = || self.password.clone().ok_or(Error::NoMechanism);
        let token = || self.token.clone().ok_or(Error::NoMechanism);
        #[cfg(feature = "scram")]
        for hash in crate::HashFunction::ALL {
            if !is(hash.mechanism()) && !is(hash.plus_mechanism()) {
                continue;
            }
            let nonce = crate::Nonce::from_random(&transport.random);
            let scram = crate::Scram::new(hash, &self.user, password()?, nonce)?;
            let scram = scram.acting_as(&self.authzid)?;
            let binds = offered.iter().any(|it| {
                crate::HashFunction::ALL
                    .iter()
                    .any(|hash| it.eq_ignore_ascii_case(hash.plus_mechanism()))
            });
            return Ok(Box::new(match transport.bindings.first() {
                Some(binding) if is(hash.plus_mechanism()) => {
                    scram.with_binding(binding.clone())?
                }
                None if is(hash.plus_mechanism()) => return Err(Error::NoMechanism),
                Some(_) if !binds => scram.without_offered_binding(),
                _ => scram,
            }));
        }
        #[cfg(feature = "legacy")]
        if is("CRAM-MD5") {
            return Ok(Box::new(crate::CramMd5::new(&self.user, password()?)?));
        }
        let to = |client: OAuth| match &self.server {
            Some((host, port)) => client.to(host, *port),
            None => client,
        };
        #[cfg(not(feature = "scram"))]
        let _ = (offered, transport);
        Ok(match () {
            () if is("EXTERNAL") => Box::new(External::new(&self.authzid)?),
            () if is("OAUTHBEARER") => Box::new(to(OAuth::bearer(&self.user, token()?)?)),
            () if is("XOAUTH2") => Box::new(OAuth::xoauth2(&self.user, token()?)?),
            () if is("PLAIN") => {
                Box::new(Plain::acting_as(&self.authzid, &self.user, password()?)?)
            }
            () if is("LOGIN") => Box::new(Login::new(&self.user, password()?)?),
            () if is("ANONYMOUS") => {
                let trace = self.anonymous.as_deref().ok_or(Error::NoMechanism)?;
                Box::new(Anonymous::new(trace)?)
            }
            () => return Err(Error::NoMechanism),
        })
    }
}

/// Those names of an offer that can be names.
fn known<'o>(offered: impl IntoIterator<Item = &'o str>) -> Vec<&'o str> {
    offered.into_iter().take(MAX_OFFERED).filter(|name| name.len() <= MAX_MECHANISM).collect()
}

#[cfg(feature = "scram")]
#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn ann() -> Account {
        Account::with_password("ann", "pencil")
    }

    fn private() -> Transport {
        Transport { is_private: true, ..Transport::default() }
    }

    fn bound() -> Transport {
        Transport { bindings: [ChannelBinding::tls_exporter([7; 32])].into(), ..private() }
    }

    fn first(account: &Account, offered: &str, transport: &Transport) -> Result<String, Error> {
        let mut client = account.choose(offered.split(' '), transport)?;
        let initial = client.initial().unwrap_or_default();
        let initial = String::from_utf8_lossy(initial.expose()).into_owned();
        Ok(format!("{} {}", client.name(), initial.split(",r=").next().unwrap()))
    }

    // SASL-21 of the robustness cases.
    #[test]
    fn the_strongest_that_is_offered_and_safe_is_chosen() {
        let all = "PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
        for (offered, transport, chosen) in [
            (all, bound(), Ok("SCRAM-SHA-256-PLUS p=tls-exporter,,n=ann")),
            (all, private(), Ok("SCRAM-SHA-256 n,,n=ann")),
            ("PLAIN SCRAM-SHA-256", bound(), Ok("SCRAM-SHA-256 y,,n=ann")),
            ("scram-sha-1 plain", private(), Ok("SCRAM-SHA-1 n,,n=ann")),
            (
                "SCRAM-SHA-512 SCRAM-SHA-1-PLUS",
                bound(),
                Ok("SCRAM-SHA-1-PLUS p=tls-exporter,,n=ann"),
            ),
            ("PLAIN LOGIN", private(), Ok("PLAIN \0ann\0pencil")),
            ("LOGIN", private(), Ok("LOGIN ")),
            ("PLAIN LOGIN", Transport::default(), Err(Error::Insecure)),
            (
                "PLAIN",
                Transport { allow_plaintext: true, ..Transport::default() },
                Ok("PLAIN \0ann\0pencil"),
            ),
            ("GSSAPI NTLM EXTERNAL XOAUTH2", private(), Err(Error::NoMechanism)),
            ("", private(), Err(Error::NoMechanism)),
        ] {
            let got = first(&ann(), offered, &transport);
            assert_eq!(got.as_deref(), chosen.as_ref().map(|it| &**it), "{offered}");
        }
    }

    #[test]
    fn tokens_and_certificates_are_used_where_they_are() {
        let mut account = Account::with_token("ann", "token");
        account.server = Some(("host".into(), 143));
        let offered = "PLAIN XOAUTH2 OAUTHBEARER EXTERNAL ANONYMOUS";
        assert_eq!(
            first(&account, offered, &private()).unwrap(),
            "OAUTHBEARER n,a=ann,\x01host=host\x01port=143\x01auth=Bearer token\x01\x01"
        );
        assert_eq!(first(&account, offered, &Transport::default()), Err(Error::Insecure));
        assert_eq!(
            first(&account, "XOAUTH2", &private()).unwrap(),
            "XOAUTH2 user=ann\x01auth=Bearer token\x01\x01"
        );
        account.is_known_otherwise = true;
        assert_eq!(first(&account, offered, &private()).unwrap(), "EXTERNAL ");
        let nobody = Account { anonymous: Some("sirhc".into()), ..Account::default() };
        assert_eq!(first(&nobody, offered, &Transport::default()).unwrap(), "ANONYMOUS sirhc");
    }

    #[test]
    fn an_authorization_identity_is_never_dropped() {
        let account = Account { authzid: "bob".into(), ..ann() };
        assert_eq!(first(&account, "LOGIN CRAM-MD5", &private()), Err(Error::NoMechanism));
        assert_eq!(first(&account, "LOGIN PLAIN", &private()).unwrap(), "PLAIN bob\0ann\0pencil");
        assert_eq!(
            first(&account, "SCRAM-SHA-1", &private()).unwrap(),
            "SCRAM-SHA-1 n,a=bob,n=ann"
        );
    }

    #[test]
    fn offers_of_exactly_the_limit_are_looked_at() {
        let offer = |n| format!("{}PLAIN", "X ".repeat(n));
        assert!(first(&ann(), &offer(31), &private()).is_ok());
        assert_eq!(first(&ann(), &offer(32), &private()), Err(Error::NoMechanism));
    }

    #[test]
    fn the_next_can_be_tried() {
        let offered = ["PLAIN", "SCRAM-SHA-256", "LOGIN"];
        let names = ann().mechanisms(offered, &private());
        assert_eq!(names, ["SCRAM-SHA-256", "PLAIN", "LOGIN"]);
        for name in names {
            assert_eq!(ann().begin(name, offered, &private()).unwrap().name(), name);
        }
        let none = ann().begin("SCRAM-SHA-256-PLUS", offered, &private());
        assert_eq!(none.err(), Some(Error::NoMechanism));
    }
}
