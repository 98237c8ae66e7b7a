//! The server's side of SCRAM.

use super::{MALFORMED, Nonce, StoredKey, are_extensions, attribute, attribute_or_mext, decoded};
use super::{encoded, is_nonce, text, unescaped};
use crate::binding::is_name;
use crate::{ChannelBinding, Credential, Error, HashFunction, Identity, Lookup, MAX_NAME, Secret};
use crate::{Server, ServerStep, Wanted, saslprep};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq;

/// What a server brings to one exchange by SCRAM.
#[derive(Clone, Debug)]
pub struct ScramSetup {
    /// The server's part of the nonce: fresh for this exchange.
    pub nonce: Nonce,
    /// A secret of the server, the same for years: it makes the salts of users that do not exist,
    /// so that nobody can tell them from those that do. At least 32 random octets.
    pub secret: Secret,
    /// How long those salts are, in octets: as long as those of the others.
    pub salt_length: usize,
    /// How many iterations such users have: as many as the others.
    pub iterations: u32,
    /// The bindings of the connection. Give them if, and only if, the server offers mechanisms
    /// with `-PLUS` on this connection: a client that says it could have bound, had that been
    /// offered, is refused then, since somebody changed the offer on its way.
    pub bindings: Vec<ChannelBinding>,
}

/// The server's side of SCRAM with any hash function, with or without channel binding.
///
/// ```
/// use mailwire_sasl::{Credential, HashFunction, Nonce, ScramServer, ScramSetup};
/// use mailwire_sasl::{Server, ServerStep, StoredKey};
///
/// // RFC 7677 section 3.
/// let mut server = ScramServer::new(HashFunction::Sha256, ScramSetup {
///     nonce: Nonce::new("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")?,
///     secret: "32 random octets, always the same".into(),
///     salt_length: 16,
///     iterations: 4096,
///     bindings: Vec::new(),
/// });
/// let step = server.step(Some(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))?;
/// let ServerStep::NeedCredential(lookup) = step else { panic!() };
/// assert_eq!(lookup.user, "user");
/// # let salt = b"\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81";
/// // As kept since the user chose the password.
/// let key = StoredKey::from_password(HashFunction::Sha256, "pencil", salt, 4096)?;
/// let ServerStep::Challenge(first) = server.provide(Credential::Scram(key))? else { panic!() };
/// assert!(first.ends_with(b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
///
/// let step = server.step(Some(b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
///     p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))?;
/// let last = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
/// assert_eq!(step, ServerStep::Challenge(last.to_vec()));
/// assert!(matches!(server.step(Some(b""))?, ServerStep::Done(who) if who.user == "user"));
/// # Ok::<(), mailwire_sasl::Error>(())
/// ```
pub struct ScramServer {
    hash: HashFunction,
    plus: bool,
    setup: ScramSetup,
    state: State,
}

enum State {
    Start,
    /// The application looks up the user.
    Lookup(First),
    /// Waiting for the proof.
    Proof {
        identity: Identity,
        key: StoredKey,
        /// Whether the user exists.
        real: bool,
        /// Both first messages.
        messages: String,
        nonce: String,
        /// What `c=` must be.
        bound: String,
    },
    /// The signature was sent.
    Signed(Identity),
    Over,
}

/// What the client's first message said.
struct First {
    identity: Identity,
    bare: String,
    nonce: String,
    bound: String,
}

impl ScramServer {
    /// The mechanism without `-PLUS`.
    #[must_use]
    pub fn new(hash: HashFunction, setup: ScramSetup) -> Self {
        Self { hash, plus: false, setup, state: State::Start }
    }

    /// The mechanism with `-PLUS`.
    #[must_use]
    pub fn plus(hash: HashFunction, setup: ScramSetup) -> Self {
        Self { plus: true, ..Self::new(hash, setup) }
    }

    /// ```abnf
    /// client-first-message      = gs2-header client-first-message-bare
    /// gs2-header                = gs2-cbind-flag "," [ authzid ] ","
    /// gs2-cbind-flag            = ("p=" cb-name) / "n" / "y"
    /// client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
    /// ```
    ///
    /// Accepts an authorization identity that is there and empty (libgsasl): it is none.
    fn first(&self, message: &str) -> Result<First, Error> {
        let (flag, rest) = message.split_once(',').ok_or(MALFORMED)?;
        let (authzid, bare) = rest.split_once(',').ok_or(MALFORMED)?;
        let mut bound =
            message.as_bytes().strip_suffix(bare.as_bytes()).unwrap_or_default().to_vec();
        match (flag, flag.strip_prefix("p=")) {
            ("n", _) if !self.plus => {}
            ("y", _) if !self.plus && self.setup.bindings.is_empty() => {}
            ("y", _) if !self.plus => return Err(Error::Downgrade),
            ("n" | "y", _) => return Err(Error::Binding),
            (_, Some(name)) if is_name(name) => {
                let mut bindings = self.setup.bindings.iter();
                let binding = bindings.find(|binding| self.plus && binding.kind().name() == name);
                bound.extend_from_slice(binding.ok_or(Error::Binding)?.data().expose());
            }
            _ => return Err(MALFORMED),
        }
        let authzid = match authzid {
            "" | "a=" => None,
            authzid => Some(unescaped(authzid.strip_prefix("a=").ok_or(MALFORMED)?)?),
        };
        let (user, rest) = attribute_or_mext(bare, "n=")?;
        let (nonce, rest) = attribute(rest.ok_or(MALFORMED)?, "r=")?;
        if !is_nonce(nonce) || !are_extensions(rest) {
            return Err(MALFORMED);
        }
        if nonce.len() > MAX_NAME {
            return Err(Error::TooLong("the nonce"));
        }
        let user = saslprep(&unescaped(user)?).map_err(|_| MALFORMED)?;
        Ok(First {
            identity: Identity { user, authzid },
            bare: bare.into(),
            nonce: nonce.into(),
            bound: encoded(&bound),
        })
    }
}

/// The parts of a client's last message.
///
/// ```abnf
/// client-final-message               = client-final-message-without-proof "," proof
/// client-final-message-without-proof = channel-binding "," nonce ["," extensions]
/// ```
struct Final<'m> {
    without_proof: &'m str,
    bound: &'m str,
    nonce: &'m str,
    proof: Vec<u8>,
}

fn last(message: &str) -> Result<Final<'_>, Error> {
    let (without_proof, proof) = message.rsplit_once(',').ok_or(MALFORMED)?;
    let proof = decoded(proof.strip_prefix("p=").ok_or(MALFORMED)?)?;
    let (bound, rest) = attribute(without_proof, "c=")?;
    let (nonce, rest) = attribute_or_mext(rest.ok_or(MALFORMED)?, "r=")?;
    if !are_extensions(rest) {
        return Err(MALFORMED);
    }
    Ok(Final { without_proof, bound, nonce, proof })
}

impl Server for ScramServer {
    fn name(&self) -> &str {
        if self.plus { self.hash.plus_mechanism() } else { self.hash.mechanism() }
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        match (core::mem::replace(&mut self.state, State::Over), response) {
            (State::Start, None) => {
                self.state = State::Start;
                Ok(ServerStep::Challenge(Vec::new()))
            }
            (State::Start, Some(message)) => {
                let first = self.first(text(message)?)?;
                let lookup = Lookup {
                    user: first.identity.user.clone(),
                    authzid: first.identity.authzid.clone(),
                    wanted: Wanted::ScramKey(self.hash),
                };
                self.state = State::Lookup(first);
                Ok(ServerStep::NeedCredential(lookup))
            }
            (State::Proof { identity, key, real, messages, nonce, bound }, Some(message)) => {
                let message = last(text(message)?)?;
                if message.nonce != nonce {
                    return Err(Error::Nonce);
                }
                if !bool::from(message.bound.as_bytes().ct_eq(bound.as_bytes())) {
                    return Err(Error::Binding);
                }
                let auth_message = &[messages.as_bytes(), b",", message.without_proof.as_bytes()];
                let proved = key.is_proved(auth_message, &message.proof);
                if !(proved && real) {
                    return Err(Error::Proof);
                }
                let signature = encoded(&key.sign(auth_message));
                self.state = State::Signed(identity);
                Ok(ServerStep::Challenge(format!("v={signature}").into_bytes()))
            }
            (State::Signed(identity), Some([])) => Ok(ServerStep::Done(identity)),
            (State::Signed(_), Some(_)) | (State::Proof { .. } | State::Signed(_), None) => {
                Err(MALFORMED)
            }
            (State::Lookup(_) | State::Over, _) => Err(Error::Over),
        }
    }

    fn provide(&mut self, credential: Credential) -> Result<ServerStep, Error> {
        let State::Lookup(first) = core::mem::replace(&mut self.state, State::Over) else {
            return Err(Error::Over);
        };
        let setup = &self.setup;
        // Made for users that exist, too: it takes some time.
        let plausible = StoredKey::plausible(
            self.hash,
            &setup.secret,
            &first.identity.user,
            setup.salt_length,
            setup.iterations,
        );
        let (key, real) = match credential {
            Credential::Scram(key) if key.hash() == self.hash => (key, true),
            Credential::Unknown => (plausible, false),
            _ => return Err(Error::Unusable("the stored key")),
        };
        let nonce = format!("{}{}", first.nonce, setup.nonce.as_str());
        let message = format!("r={nonce},s={},i={}", encoded(key.salt()), key.iterations());
        self.state = State::Proof {
            identity: first.identity,
            key,
            real,
            messages: format!("{},{message}", first.bare),
            nonce,
            bound: first.bound,
        };
        Ok(ServerStep::Challenge(message.into_bytes()))
    }
}

impl fmt::Debug for ScramServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Start => "start",
            State::Lookup(_) => "waiting for the credential",
            State::Proof { .. } => "waiting for the proof",
            State::Signed(_) => "signed",
            State::Over => "over",
        };
        f.debug_struct("ScramServer")
            .field("mechanism", &self.name())
            .field("state", &state)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::pencil;
    use super::*;
    use alloc::string::ToString;

    fn setup(nonce: &str) -> ScramSetup {
        ScramSetup {
            nonce: Nonce::new(nonce).unwrap(),
            secret: "secret".into(),
            salt_length: 12,
            iterations: 4096,
            bindings: Vec::new(),
        }
    }

    fn bound(nonce: &str) -> ScramSetup {
        let bindings = Vec::from([ChannelBinding::tls_exporter([7; 32])]);
        ScramSetup { bindings, ..setup(nonce) }
    }

    fn scram(nonce: &str) -> ScramServer {
        ScramServer::new(HashFunction::Sha1, setup(nonce))
    }

    fn known() -> Credential {
        Credential::Scram(pencil(HashFunction::Sha1, "QSXCR+Q6sek8bf92"))
    }

    const FIRST: &[u8] = b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL";
    const NONCE: &str = "3rfcNHYJY1ZVvWVs7j";

    // RFC 5802 section 5.
    #[test]
    fn rfc5802_exchange() {
        let mut server = scram(NONCE);
        assert_eq!(server.step(None), Ok(ServerStep::Challenge(Vec::new())));
        let lookup = server.step(Some(FIRST));
        assert_eq!(
            lookup,
            Ok(ServerStep::NeedCredential(Lookup {
                user: "user".into(),
                authzid: None,
                wanted: Wanted::ScramKey(HashFunction::Sha1),
            }))
        );
        let first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        assert_eq!(server.provide(known()), Ok(ServerStep::Challenge(first.into())));
        let response = "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
            p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        assert_eq!(
            server.step(Some(response.as_bytes())),
            Ok(ServerStep::Challenge("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=".into()))
        );
        let identity = Identity { user: "user".into(), authzid: None };
        assert_eq!(server.step(Some(b"")), Ok(ServerStep::Done(identity)));
        assert_eq!(server.step(Some(b"")), Err(Error::Over));
    }

    #[test]
    fn what_is_not_the_last_message_is_refused() {
        let nonce = "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
        let proof = "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        for (message, error) in [
            (format!("c=biws,r={nonce},p=AAAAAAAAAAAAAAAAAAAAAAAAAAA="), Error::Proof),
            (format!("c=biws,r={nonce},p="), Error::Proof),
            (format!("c=biws,r={nonce},x=y,p={proof}"), Error::Proof),
            (format!("c=biws,r={nonce}"), MALFORMED),
            (format!("c=biws,r={nonce},p={proof},x=y"), MALFORMED),
            (format!("c=biws,r={nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Tt="), MALFORMED),
            (format!("c=biws,r={nonce}x,p={proof}"), Error::Nonce),
            (format!("c=biws,r=fyko+d2lbbFgONRv9qkxdawL,p={proof}"), Error::Nonce),
            (format!("c=eSws,r={nonce},p={proof}"), Error::Binding),
            (format!("c=,r={nonce},p={proof}"), Error::Binding),
            (format!("m=x,c=biws,r={nonce},p={proof}"), MALFORMED),
            (format!("c=biws,m=x,r={nonce},p={proof}"), Error::Extension),
            (format!("c=biws,r={nonce},m,p={proof}"), MALFORMED),
            (format!("r={nonce},c=biws,p={proof}"), MALFORMED),
            (String::new(), MALFORMED),
        ] {
            let mut server = scram(NONCE);
            let _ = server.step(Some(FIRST));
            let _ = server.provide(known());
            assert_eq!(server.step(Some(message.as_bytes())), Err(error), "{message}");
            assert_eq!(server.step(Some(message.as_bytes())), Err(Error::Over));
        }
    }

    #[test]
    fn what_is_not_the_first_message_is_refused() {
        for (message, error) in [
            ("", MALFORMED),
            ("n", MALFORMED),
            ("n,", MALFORMED),
            ("n,,", MALFORMED),
            ("n,,n=user", MALFORMED),
            ("n,,n=user,r=", MALFORMED),
            ("n,,n=,r=abc", MALFORMED),
            ("n,,n=us=er,r=abc", MALFORMED),
            ("n,,n=\u{7},r=abc", MALFORMED),
            ("n,,r=abc,n=user", MALFORMED),
            ("n,x=y,n=user,r=abc", MALFORMED),
            ("n,a==,n=user,r=abc", MALFORMED),
            ("x,,n=user,r=abc", MALFORMED),
            ("F,n,,n=user,r=abc", MALFORMED),
            ("p=,,n=user,r=abc", MALFORMED),
            ("p=tls-exporter,,n=user,r=abc", Error::Binding),
            ("n,,m=x,n=user,r=abc", Error::Extension),
            ("n,,n=user,r=abc,x", MALFORMED),
        ] {
            assert_eq!(scram("x").step(Some(message.as_bytes())), Err(error), "{message}");
        }
        assert_eq!(scram("x").step(Some(b"n,,n=us\xffer,r=abc")), Err(MALFORMED));
    }

    // SASL-11 of the robustness cases.
    #[test]
    fn names_of_exactly_the_limit_are_taken() {
        let step = |n| scram("x").step(Some(format!("n,,n={},r=x", "a".repeat(n)).as_bytes()));

        assert!(step(MAX_NAME - 1).is_ok());
        assert!(step(MAX_NAME).is_ok());
        assert_eq!(step(MAX_NAME + 1), Err(Error::TooLong("a name")));
        assert_eq!(step(1_000_000), Err(Error::TooLong("a message")));
        let nonce = |n| scram("x").step(Some(format!("n,,n=a,r={}", "x".repeat(n)).as_bytes()));
        assert!(nonce(MAX_NAME).is_ok());
        assert_eq!(nonce(MAX_NAME + 1), Err(Error::TooLong("the nonce")));
    }

    #[test]
    fn an_authorization_identity_is_told() {
        let mut server = scram("x");
        let step = server.step(Some(b"n,a=ad=2Cmin,n=us=3Der,r=abc"));
        let Ok(ServerStep::NeedCredential(lookup)) = step else { panic!("{step:?}") };
        assert_eq!((lookup.user.as_str(), lookup.authzid.as_deref()), ("us=er", Some("ad,min")));

        let step = scram("x").step(Some(b"n,a=,n=user,r=abc"));
        assert!(matches!(step, Ok(ServerStep::NeedCredential(it)) if it.authzid.is_none()));
    }

    #[test]
    fn a_changed_offer_is_found_out() {
        let not_offered =
            |setup| ScramServer::new(HashFunction::Sha1, setup).step(Some(b"y,,n=user,r=abc"));

        assert!(not_offered(setup("x")).is_ok());
        assert_eq!(not_offered(bound("x")), Err(Error::Downgrade));
        for flag in ["n", "y", "p=tls-unique"] {
            let message = format!("{flag},,n=user,r=abc");
            let step =
                ScramServer::plus(HashFunction::Sha1, bound("x")).step(Some(message.as_bytes()));
            assert_eq!(step, Err(Error::Binding), "{flag}");
        }
        let plus = b"p=tls-exporter,,n=user,r=abc";
        assert!(ScramServer::plus(HashFunction::Sha1, bound("x")).step(Some(plus)).is_ok());
        // The plain mechanism with a binding in it is no exchange at all.
        let plain = ScramServer::new(HashFunction::Sha1, bound("x")).step(Some(plus));
        assert_eq!(plain, Err(Error::Binding));
    }

    #[test]
    fn unknown_users_look_like_others() {
        let challenge = |user: &str, nonce| {
            let mut server = scram(nonce);
            let _ = server.step(Some(format!("n,,n={user},r=abc").as_bytes()));
            let Ok(ServerStep::Challenge(it)) = server.provide(Credential::Unknown) else {
                panic!()
            };
            let last = format!("c=biws,r=abc{nonce},p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
            assert_eq!(server.step(Some(last.as_bytes())), Err(Error::Proof));
            String::from_utf8(it).unwrap()
        };
        let salt = |challenge: String| challenge.split(',').nth(1).unwrap().to_string();
        assert_eq!(salt(challenge("nobody", "x")), salt(challenge("nobody", "y")));
        assert_ne!(salt(challenge("nobody", "x")), salt(challenge("noone", "x")));
        assert_eq!(salt(challenge("nobody", "x")).len(), "s=QSXCR+Q6sek8bf92".len());
        assert!(challenge("nobody", "x").ends_with(",i=4096"));
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        for wrong in [
            Credential::Scram(pencil(HashFunction::Sha256, "QSXCR+Q6sek8bf92")),
            Credential::Password("pencil".into()),
        ] {
            let mut server = scram("x");
            let _ = server.step(Some(FIRST));
            assert_eq!(server.provide(wrong), Err(Error::Unusable("the stored key")));
        }
        assert_eq!(scram("x").provide(Credential::Unknown), Err(Error::Over));
    }
}
