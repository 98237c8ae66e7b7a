//! CRAM-MD5 (RFC 2195) and the digest of APOP (RFC 1939 section 7): a hash of the password and of
//! what the server says.
//!
//! The server must keep the password itself, the client learns nothing of the server, and who
//! listens can guess passwords fast. For servers that have nothing better without TLS.

use crate::mac::hmac;
use crate::{Client, Credential, Error, Identity, Lookup, MAX_MESSAGE, MAX_NAME, Secret, Server};
use crate::{ServerStep, Step, Wanted, name, usable};
use alloc::format;
use alloc::string::String;
use hmac::Hmac;
use hmac::digest::Digest;
use md5::Md5;
use subtle::ConstantTimeEq;

/// The client's side of CRAM-MD5.
///
/// ```
/// use mailwire_sasl::{Client, CramMd5, Step};
///
/// // RFC 2195 section 2.
/// let mut client = CramMd5::new("tim", "tanstaaftanstaaf")?;
/// let step = client.step(b"<1896.697170952@postoffice.reston.mci.net>")?;
/// assert_eq!(step, Step::Respond("tim b913a602c7eda7a495b4e6e7334d3890".into()));
/// # Ok::<(), mailwire_sasl::Error>(())
/// ```
#[derive(Debug)]
pub struct CramMd5 {
    user: String,
    password: Option<Secret>,
}

impl CramMd5 {
    /// Logs in as `user`.
    ///
    /// # Errors
    ///
    /// When either is empty or too long, or the name holds NUL.
    pub fn new(user: &str, password: impl Into<Secret>) -> Result<Self, Error> {
        let password = password.into();
        usable("the user name", user.as_bytes(), MAX_NAME)?;
        if user.is_empty() {
            return Err(Error::Unusable("the user name"));
        }
        match password.expose().len() {
            0 => Err(Error::Unusable("the password")),
            n if n > MAX_MESSAGE => Err(Error::TooLong("the password")),
            _ => Ok(Self { user: user.into(), password: Some(password) }),
        }
    }
}

impl Client for CramMd5 {
    fn name(&self) -> &str {
        "CRAM-MD5"
    }

    fn initial(&mut self) -> Option<Secret> {
        None
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        let password = self.password.take().ok_or(Error::Over)?;
        match challenge.len() {
            0 => Err(Error::Malformed("CRAM-MD5")),
            n if n > MAX_MESSAGE => Err(Error::TooLong("a message")),
            _ => {
                let digest = hex(&hmac::<Hmac<Md5>>(password.expose(), &[challenge]));
                Ok(Step::Respond(Secret::new(format!("{} {digest}", self.user))))
            }
        }
    }

    /// Whoever reads the exchange can guess passwords offline, and no more than that.
    fn needs_privacy(&self) -> bool {
        false
    }

    fn may_end(&self) -> bool {
        self.password.is_none()
    }
}

/// The server's side of CRAM-MD5.
#[derive(Debug)]
pub struct CramMd5Server {
    challenge: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    Challenged,
    Lookup { user: String, digest: Secret },
    Over,
}

impl CramMd5Server {
    /// Asks with a challenge of random octets, fresh for this exchange, and the server's name.
    #[must_use]
    pub fn new(random: &[u8; 18], domain: &str) -> Self {
        let domain: String = domain.chars().filter(char::is_ascii_graphic).collect();
        Self::with_challenge(&format!("<{}@{domain}>", hex(random)))
    }

    fn with_challenge(challenge: &str) -> Self {
        Self { challenge: challenge.into(), state: State::Start }
    }
}

impl Server for CramMd5Server {
    fn name(&self) -> &str {
        "CRAM-MD5"
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        const MALFORMED: Error = Error::Malformed("CRAM-MD5");
        match (core::mem::replace(&mut self.state, State::Over), response) {
            (State::Start, None) => {
                self.state = State::Challenged;
                Ok(ServerStep::Challenge(self.challenge.as_bytes().into()))
            }
            (State::Challenged, Some(response)) => {
                let space = response.iter().rposition(|&b| b == b' ').ok_or(MALFORMED)?;
                let (user, digest) = response.split_at_checked(space).ok_or(MALFORMED)?;
                let user = name(user, "CRAM-MD5")?;
                if user.is_empty() {
                    return Err(MALFORMED);
                }
                let digest = Secret::new(digest.get(1..).unwrap_or_default());
                self.state = State::Lookup { user: user.clone(), digest };
                let (authzid, wanted) = (None, Wanted::Password);
                Ok(ServerStep::NeedCredential(Lookup { user, authzid, wanted }))
            }
            // The server speaks first.
            (State::Start, Some(_)) | (State::Challenged, None) => Err(MALFORMED),
            (State::Lookup { .. } | State::Over, _) => Err(Error::Over),
        }
    }

    fn provide(&mut self, credential: Credential) -> Result<ServerStep, Error> {
        let State::Lookup { user, digest } = core::mem::replace(&mut self.state, State::Over)
        else {
            return Err(Error::Over);
        };
        let (password, real) = match credential {
            Credential::Password(password) => (password, true),
            Credential::Unknown => (Secret::from("nobody's"), false),
            #[cfg(feature = "scram")]
            Credential::Scram(_) => return Err(Error::Unusable("the stored key")),
        };
        let right = hex(&hmac::<Hmac<Md5>>(password.expose(), &[self.challenge.as_bytes()]));
        let same = bool::from(right.as_bytes().ct_eq(digest.expose()));
        match same && real {
            true => Ok(ServerStep::Done(Identity { user, authzid: None })),
            false => Err(Error::Proof),
        }
    }
}

/// What APOP sends (RFC 1939 section 7): a hash of the greeting's timestamp, angle brackets
/// included, and of the password.
///
/// ```
/// let digest = mailwire_sasl::apop("<1896.697170952@dbc.mtview.ca.us>", &"tanstaaf".into());
/// assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb");
/// ```
#[must_use]
pub fn apop(timestamp: &str, password: &Secret) -> String {
    hex(&Md5::new_with_prefix(timestamp).chain_update(password.expose()).finalize())
}

/// Whether that is what APOP sends for that password. Takes the same time whatever the answer.
#[must_use]
pub fn is_apop(digest: &str, timestamp: &str, password: &Secret) -> bool {
    apop(timestamp, password).as_bytes().ct_eq(digest.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "<1896.697170952@postoffice.reston.mci.net>";

    fn lookup(response: &str) -> (CramMd5Server, Result<ServerStep, Error>) {
        let mut server = CramMd5Server::with_challenge(CHALLENGE);
        assert_eq!(server.step(None), Ok(ServerStep::Challenge(CHALLENGE.into())));
        let step = server.step(Some(response.as_bytes()));
        (server, step)
    }

    // RFC 2195 section 2.
    #[test]
    fn rfc2195_exchange() {
        let (mut server, step) = lookup("tim b913a602c7eda7a495b4e6e7334d3890");
        let (authzid, wanted) = (None, Wanted::Password);
        let asked = Lookup { user: "tim".into(), authzid, wanted };
        assert_eq!(step, Ok(ServerStep::NeedCredential(asked)));
        let step = server.provide(Credential::Password("tanstaaftanstaaf".into()));
        let identity = Identity { user: "tim".into(), authzid: None };
        assert_eq!(step, Ok(ServerStep::Done(identity)));
        assert_eq!(server.provide(Credential::Unknown), Err(Error::Over));
    }

    #[test]
    fn wrong_digests_and_unknown_users_fail_alike() {
        for (response, credential) in [
            ("tim b913a602c7eda7a495b4e6e7334d3890", Credential::Password("x".into())),
            ("tim b913a602c7eda7a495b4e6e7334d3890", Credential::Unknown),
            (
                "tim B913A602C7EDA7A495B4E6E7334D3890",
                Credential::Password("tanstaaftanstaaf".into()),
            ),
            ("tim ", Credential::Password("tanstaaftanstaaf".into())),
        ] {
            let (mut server, step) = lookup(response);
            assert!(matches!(step, Ok(ServerStep::NeedCredential(_))));
            assert_eq!(server.provide(credential), Err(Error::Proof), "{response}");
        }
    }

    #[test]
    fn what_is_no_response_is_refused() {
        for bad in ["", "tim", " b913", "ti\0m b913"] {
            assert_eq!(lookup(bad).1, Err(Error::Malformed("CRAM-MD5")), "{bad:?}");
        }
        let mut server = CramMd5Server::new(&[0xab; 18], "example.org\r\n");
        assert_eq!(server.step(Some(b"")), Err(Error::Malformed("CRAM-MD5")));
        assert_eq!(server.challenge, format!("<{}@example.org>", "ab".repeat(18)));
    }

    #[test]
    fn the_client_needs_something_to_hash() {
        let mut client = CramMd5::new("tim", "tanstaaftanstaaf").unwrap();
        assert!(!client.may_end());
        assert_eq!(client.step(b""), Err(Error::Malformed("CRAM-MD5")));
        assert_eq!(client.step(b"x"), Err(Error::Over));
        assert_eq!(CramMd5::new("", "x").err(), Some(Error::Unusable("the user name")));
        assert_eq!(CramMd5::new("x", "").err(), Some(Error::Unusable("the password")));
    }

    #[test]
    fn apop_compares() {
        let (timestamp, password) = ("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf".into());
        assert!(is_apop("c4c9334bac560ecc979e58001b3e22fb", timestamp, &password));
        assert!(!is_apop("c4c9334bac560ecc979e58001b3e22fc", timestamp, &password));
        assert!(!is_apop("", timestamp, &password));
    }
}
