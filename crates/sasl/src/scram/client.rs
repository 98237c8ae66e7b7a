//! The client's side of SCRAM.

use super::keys::{client_key, salting, server_key, xor};
use super::{MALFORMED, Nonce, attribute, attribute_or_mext, decoded, encoded, escaped, text};
use super::{are_extensions, is_nonce};
use crate::mac::Digest;
use crate::{
    ChannelBinding, Client, Error, HashFunction, Kdf, MAX_MESSAGE, MAX_NAME, Secret, Step,
};
use crate::{saslprep, usable};
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::ops::RangeInclusive;
use subtle::ConstantTimeEq;

/// The client's side of SCRAM with any hash function, with or without channel binding.
///
/// The slow step is the caller's: [`step`](Client::step) returns [`Step::NeedKdf`] and
/// [`derived`](Client::derived) goes on. [`may_end`](Client::may_end) is false until the server has
/// shown that it knows the password too.
///
/// ```
/// use mailwire_sasl::{Client, HashFunction, Nonce, Scram, Step};
///
/// // RFC 7677 section 3.
/// let nonce = Nonce::new("rOprNGfwEbeRWgbNEkqO")?;
/// let mut client = Scram::new(HashFunction::Sha256, "user", "pencil", nonce)?;
/// assert_eq!(client.initial().unwrap().expose(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
///
/// let first = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
/// let Step::NeedKdf(kdf) = client.step(first)? else { panic!() };
/// let Step::Respond(response) = client.derived(&kdf.derive())? else { panic!() };
/// assert!(response.expose().ends_with(b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
///
/// assert!(!client.may_end());
/// assert_eq!(client.step(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")?, Step::Done);
/// assert!(client.may_end());
/// # Ok::<(), mailwire_sasl::Error>(())
/// ```
pub struct Scram {
    hash: HashFunction,
    user: String,
    authzid: String,
    password: Secret,
    nonce: Nonce,
    flag: Flag,
    iterations: RangeInclusive<u32>,
    state: State,
}

/// What the client says of channel binding.
enum Flag {
    /// `n`: it cannot.
    Cannot,
    /// `y`: it could, and thinks that the server cannot.
    NotOffered,
    /// `p`: it does.
    Bound(ChannelBinding),
}

enum State {
    Start,
    /// Waiting for the server's nonce; what was sent, without the header.
    First(String),
    /// Waiting for the salted password.
    Salting {
        auth_message: String,
        response: String,
    },
    /// Waiting for this signature.
    Final(Digest),
    Verified,
    Over,
}

impl Scram {
    /// The counts of iterations that are accepted of a server if nothing else is said: fewer would
    /// give the password away (RFC 7677 section 4), more would keep the client busy for long.
    pub const ITERATIONS: RangeInclusive<u32> = 4096..=1_000_000;

    /// Logs in as `user`. Both go through SASLprep.
    ///
    /// # Errors
    ///
    /// When SASLprep refuses one, or one is empty or too long.
    pub fn new(
        hash: HashFunction,
        user: &str,
        password: impl Into<Secret>,
        nonce: Nonce,
    ) -> Result<Self, Error> {
        let password = password.into();
        let typed = core::str::from_utf8(password.expose());
        let typed = typed.map_err(|_| Error::Unusable("the password"))?;
        let prepared = saslprep(typed).map_err(|_| Error::Unusable("the password"))?;
        let user = saslprep(user).map_err(|_| Error::Unusable("the user name"))?;
        Self::prepared(hash, &user, Secret::new(prepared), nonce)
    }

    /// Logs in with a name and a password that were prepared already, or that are known to a
    /// server that prepares nothing: their octets are used as they are.
    ///
    /// # Errors
    ///
    /// When one is empty or too long, or the name holds NUL.
    pub fn prepared(
        hash: HashFunction,
        user: &str,
        password: impl Into<Secret>,
        nonce: Nonce,
    ) -> Result<Self, Error> {
        let password = password.into();
        usable("the user name", user.as_bytes(), MAX_NAME)?;
        if user.is_empty() {
            return Err(Error::Unusable("the user name"));
        }
        match password.expose().len() {
            0 => return Err(Error::Unusable("the password")),
            n if n > MAX_MESSAGE => return Err(Error::TooLong("the password")),
            _ => {}
        }
        Ok(Self {
            hash,
            user: escaped(user),
            authzid: String::new(),
            password,
            nonce,
            flag: Flag::Cannot,
            iterations: Self::ITERATIONS,
            state: State::Start,
        })
    }

    /// Acts as `authzid`; empty means as the user.
    ///
    /// # Errors
    ///
    /// When it holds NUL or is too long.
    pub fn acting_as(mut self, authzid: &str) -> Result<Self, Error> {
        usable("the authorization identity", authzid.as_bytes(), MAX_NAME)?;
        self.authzid = escaped(authzid);
        Ok(self)
    }

    /// Binds the exchange to the TLS connection: the mechanism is the one with `-PLUS` then.
    ///
    /// # Errors
    ///
    /// [`Error::Binding`] when the name of the binding cannot stand in a message.
    pub fn with_binding(mut self, binding: ChannelBinding) -> Result<Self, Error> {
        if !binding.has_name() {
            return Err(Error::Binding);
        }
        self.flag = Flag::Bound(binding);
        Ok(self)
    }

    /// Says to the server that the client would have bound the exchange to the TLS connection, had
    /// the server offered a mechanism with `-PLUS`. A server that did knows then that somebody
    /// between them took it out of the offer, and refuses.
    #[must_use]
    pub fn without_offered_binding(mut self) -> Self {
        self.flag = Flag::NotOffered;
        self
    }

    /// Accepts these counts of iterations instead of [`ITERATIONS`](Self::ITERATIONS).
    #[must_use]
    pub fn with_iterations(mut self, iterations: RangeInclusive<u32>) -> Self {
        self.iterations = iterations;
        self
    }

    /// ```abnf
    /// gs2-header = gs2-cbind-flag "," [ authzid ] ","
    /// ```
    fn header(&self) -> String {
        let (flag, name) = match &self.flag {
            Flag::Cannot => ("n", ""),
            Flag::NotOffered => ("y", ""),
            Flag::Bound(binding) => ("p=", binding.kind().name()),
        };
        let authzid = if self.authzid.is_empty() { "" } else { "a=" };
        format!("{flag}{name},{authzid}{},", self.authzid)
    }

    fn begin(&mut self) -> Secret {
        let bare = format!("n={},r={}", self.user, self.nonce.as_str());
        let message = self.header() + &bare;
        self.state = State::First(bare);
        Secret::new(message)
    }

    /// ```abnf
    /// server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count
    ///                        ["," extensions]
    /// ```
    fn salt(&mut self, sent: &str, challenge: &str) -> Result<Step, Error> {
        if challenge.starts_with("e=") {
            return Err(Error::Refused);
        }
        let (nonce, rest) = attribute_or_mext(challenge, "r=")?;
        let (salt, rest) = attribute(rest.ok_or(MALFORMED)?, "s=")?;
        let (iterations, rest) = attribute(rest.ok_or(MALFORMED)?, "i=")?;
        let added = nonce.strip_prefix(self.nonce.as_str()).ok_or(Error::Nonce)?;
        if !is_nonce(added) || nonce.len() > 2 * MAX_NAME {
            return Err(Error::Nonce);
        }
        let (salt, iterations) = salting(salt, iterations)?;
        if !are_extensions(rest) {
            return Err(MALFORMED);
        }
        if !self.iterations.contains(&iterations) {
            return Err(Error::Iterations);
        }
        let mut input = self.header().into_bytes();
        if let Flag::Bound(binding) = &self.flag {
            input.extend_from_slice(binding.data().expose());
        }
        let response = format!("c={},r={nonce}", encoded(&input));
        let auth_message = format!("{sent},{challenge},{response}");
        self.state = State::Salting { auth_message, response };
        Ok(Step::NeedKdf(Kdf::new(self.hash, self.password.clone(), salt, iterations)))
    }

    /// ```abnf
    /// server-final-message = (server-error / verifier) ["," extensions]
    /// ```
    fn verify(&mut self, signature: &Digest, challenge: &str) -> Result<Step, Error> {
        if challenge.starts_with("e=") {
            return Err(Error::Refused);
        }
        let (verifier, rest) = attribute(challenge, "v=")?;
        let verifier = decoded(verifier)?;
        if !are_extensions(rest) {
            return Err(MALFORMED);
        }
        if !bool::from(verifier.ct_eq(signature)) {
            return Err(Error::Signature);
        }
        self.state = State::Verified;
        Ok(Step::Done)
    }
}

impl Client for Scram {
    fn name(&self) -> &str {
        match self.flag {
            Flag::Bound(_) => self.hash.plus_mechanism(),
            Flag::Cannot | Flag::NotOffered => self.hash.mechanism(),
        }
    }

    fn initial(&mut self) -> Option<Secret> {
        matches!(self.state, State::Start).then(|| self.begin())
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Start if challenge.is_empty() => Ok(Step::Respond(self.begin())),
            State::Start => Err(MALFORMED),
            State::First(sent) => self.salt(&sent, text(challenge)?),
            State::Final(signature) => self.verify(&signature, text(challenge)?),
            State::Salting { .. } | State::Verified | State::Over => Err(Error::Over),
        }
    }

    fn derived(&mut self, salted: &Secret) -> Result<Step, Error> {
        let State::Salting { auth_message, response } =
            core::mem::replace(&mut self.state, State::Over)
        else {
            return Err(Error::Over);
        };
        let client = client_key(self.hash, salted);
        let stored = self.hash.hash(&client);
        let auth_message = &[auth_message.as_bytes()];
        let proof = xor(&client, &self.hash.hmac(&stored, auth_message));
        let server = server_key(self.hash, salted);
        self.state = State::Final(self.hash.hmac(&server, auth_message));
        Ok(Step::Respond(Secret::new(format!("{response},p={}", encoded(&proof)))))
    }

    /// Whoever reads the exchange can guess passwords offline, and no more than that.
    fn needs_privacy(&self) -> bool {
        false
    }

    fn may_end(&self) -> bool {
        matches!(self.state, State::Verified)
    }
}

impl fmt::Debug for Scram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Start => "start",
            State::First(_) => "waiting for the salt",
            State::Salting { .. } => "waiting for the salted password",
            State::Final(_) => "waiting for the signature",
            State::Verified => "verified",
            State::Over => "over",
        };
        f.debug_struct("Scram").field("mechanism", &self.name()).field("state", &state).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BindingKind;

    fn scram(hash: HashFunction, nonce: &str) -> Scram {
        Scram::new(hash, "user", "pencil", Nonce::new(nonce).unwrap()).unwrap()
    }

    fn first(client: &mut Scram) -> String {
        String::from_utf8(client.initial().unwrap().expose().to_vec()).unwrap()
    }

    /// After the server's first message: the response, or why not.
    fn answer(client: &mut Scram, challenge: &str) -> Result<String, Error> {
        match client.answer(challenge.as_bytes())? {
            Step::Respond(response) => Ok(String::from_utf8(response.expose().to_vec()).unwrap()),
            step => panic!("{step:?}"),
        }
    }

    // RFC 5802 section 5. That of RFC 7677 is the example of the type.
    #[test]
    fn rfc5802_exchange() {
        let mut client = scram(HashFunction::Sha1, "fyko+d2lbbFgONRv9qkxdawL");

        assert_eq!(first(&mut client), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let response = answer(
            &mut client,
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        );
        assert_eq!(
            response.unwrap(),
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert_eq!(client.step(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), Ok(Step::Done));
        assert!(client.may_end());
        assert_eq!(client.step(b""), Err(Error::Over));
    }

    #[test]
    fn headers_say_who_and_what_is_bound() {
        let exporter = ChannelBinding::tls_exporter([7; 32]);
        let with = |client: Scram| first(&mut { client });
        let client = || scram(HashFunction::Sha256, "abc");
        assert_eq!(with(client().acting_as("a,b=c").unwrap()), "n,a=a=2Cb=3Dc,n=user,r=abc");
        assert_eq!(with(client().without_offered_binding()), "y,,n=user,r=abc");
        let bound = client().with_binding(exporter).unwrap();
        assert_eq!(bound.name(), "SCRAM-SHA-256-PLUS");
        assert_eq!(with(bound), "p=tls-exporter,,n=user,r=abc");
        let odd = ChannelBinding::new(BindingKind::Other("a,b".into()), "x");
        assert_eq!(client().with_binding(odd).err(), Some(Error::Binding));
    }

    // SASL-03 and SASL-06 of the robustness cases, and their neighbours.
    #[test]
    fn what_no_server_may_say_is_refused() {
        for (challenge, error) in [
            ("r=SERVERONLY,s=c2FsdA==,i=4096", Error::Nonce),
            ("r=abc,s=c2FsdA==,i=4096", Error::Nonce),
            ("r=abc d,s=c2FsdA==,i=4096", Error::Nonce),
            ("m=ext,r=abcd,s=c2FsdA==,i=4096", Error::Extension),
            ("r=abcd,s=c2FsdA==,i=4095", Error::Iterations),
            ("r=abcd,s=c2FsdA==,i=1000001", Error::Iterations),
            ("r=abcd,s=c2FsdA==,i=99999999999", Error::Iterations),
            ("r=abcd,s=c2FsdA==,i=0", MALFORMED),
            ("r=abcd,s=c2FsdA==,i=", MALFORMED),
            ("r=abcd,s=c2FsdA==", MALFORMED),
            ("r=abcd,s=,i=4096", MALFORMED),
            ("r=abcd,s=!,i=4096", MALFORMED),
            ("r=abcd,i=4096,s=c2FsdA==", MALFORMED),
            ("r=abcd,s=c2FsdA==,i=4096,", MALFORMED),
            ("r=abcd,s=c2FsdA==,i=4096,xy", MALFORMED),
            ("e=unknown-user", Error::Refused),
            ("", MALFORMED),
        ] {
            let mut client = scram(HashFunction::Sha256, "abc");
            first(&mut client);
            assert_eq!(answer(&mut client, challenge), Err(error), "{challenge}");
            assert_eq!(client.step(challenge.as_bytes()), Err(Error::Over));
            assert!(!client.may_end());
        }
        let mut client = scram(HashFunction::Sha256, "abc");
        first(&mut client);
        assert_eq!(client.step(b"r=abcd\xff,s=c2FsdA==,i=4096"), Err(MALFORMED));
    }

    #[test]
    fn iterations_of_exactly_the_bounds_are_taken() {
        for i in [4096, 1_000_000] {
            let mut client = scram(HashFunction::Sha256, "abc");
            first(&mut client);
            let step = client.step(format!("r=abcd,s=c2FsdA==,i={i},x=y").as_bytes());
            assert!(matches!(step, Ok(Step::NeedKdf(kdf)) if kdf.iterations() == i));
        }
        let mut client = scram(HashFunction::Sha256, "abc").with_iterations(1..=1);
        first(&mut client);
        assert!(client.step(b"r=abcd,s=c2FsdA==,i=1").is_ok());
    }

    #[test]
    fn messages_of_exactly_the_limit_are_taken() {
        for (n, taken) in [(MAX_MESSAGE - 1, true), (MAX_MESSAGE, true), (MAX_MESSAGE + 1, false)] {
            let mut client = scram(HashFunction::Sha256, "abc");
            first(&mut client);
            let head = "r=abcd,s=c2FsdA==,i=4096,x=";
            let challenge = format!("{head}{}", "x".repeat(n - head.len()));
            let step = client.step(challenge.as_bytes());
            match taken {
                true => assert!(matches!(step, Ok(Step::NeedKdf(_)))),
                false => assert_eq!(step, Err(Error::TooLong("a message"))),
            }
        }
    }

    // SASL-04 of the robustness cases.
    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        for (last, error) in [
            ("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", Error::Signature),
            ("v=rmF9pqV8S7suAoZWja4dJRkFsKQ", MALFORMED),
            ("v=", Error::Signature),
            ("v=rmF9pqV8S7suAoZWja4dJRkFsKR=", MALFORMED),
            ("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,", MALFORMED),
            ("e=invalid-proof", Error::Refused),
            ("", MALFORMED),
        ] {
            let mut client = scram(HashFunction::Sha1, "fyko+d2lbbFgONRv9qkxdawL");
            first(&mut client);
            let challenge =
                "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
            answer(&mut client, challenge).unwrap();
            assert!(!client.may_end(), "success before the signature is no success");
            assert_eq!(client.step(last.as_bytes()), Err(error), "{last}");
            assert!(!client.may_end());
        }
    }

    #[test]
    fn a_client_that_is_asked_begins_then() {
        let mut client = scram(HashFunction::Sha1, "abc");
        assert_eq!(client.step(b""), Ok(Step::Respond("n,,n=user,r=abc".into())));
        assert!(client.initial().is_none());

        assert_eq!(scram(HashFunction::Sha1, "abc").step(b"hello"), Err(MALFORMED));
        assert_eq!(scram(HashFunction::Sha1, "abc").derived(&"x".into()), Err(Error::Over));
    }

    #[test]
    fn names_and_passwords_are_prepared() {
        let new = |user: &str, password: &str| {
            Scram::new(HashFunction::Sha1, user, password, Nonce::new("abc").unwrap())
        };
        assert_eq!(first(&mut new("I\u{ad}X", "pw").unwrap()), "n,,n=IX,r=abc");
        assert_eq!(new("", "pw").err(), Some(Error::Unusable("the user name")));
        assert_eq!(new("a\0", "pw").err(), Some(Error::Unusable("the user name")));
        assert_eq!(new("a", "").err(), Some(Error::Unusable("the password")));
        assert_eq!(new("a", "\u{7}").err(), Some(Error::Unusable("the password")));
        let nonce = || Nonce::new("abc").unwrap();
        let latin = Scram::new(HashFunction::Sha1, "a", Secret::new(*b"\xe9"), nonce());
        assert_eq!(latin.err(), Some(Error::Unusable("the password")));
        assert!(Scram::prepared(HashFunction::Sha1, "a", Secret::new(*b"\xe9"), nonce()).is_ok());
    }
}
