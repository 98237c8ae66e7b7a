//! What a server keeps of a password.

use super::{Error, MALFORMED, decoded, encoded};
use crate::mac::Digest;
use crate::{HashFunction, Kdf, MAX_NAME, Secret, saslprep};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What a server keeps to authenticate a user by SCRAM with one hash function.
///
/// Whoever steals it cannot log in with it, but can guess passwords offline, and can play the
/// server to that user.
///
/// ```
/// use mailwire_sasl::{HashFunction, StoredKey};
///
/// let salt = *b"16 random octets";
/// let key = StoredKey::from_password(HashFunction::Sha256, "pencil", &salt, 4096)?;
///
/// let kept = key.encode();
/// assert!(kept.expose().starts_with(b"SCRAM-SHA-256$4096:"));
/// assert_eq!(StoredKey::decode(&kept)?, key);
/// // A password that comes by PLAIN can be checked with it too.
/// assert!(key.is_of(&key.kdf("pencil")?.derive()));
/// # Ok::<(), mailwire_sasl::Error>(())
/// ```
#[derive(Clone)]
pub struct StoredKey {
    hash: HashFunction,
    salt: Vec<u8>,
    iterations: u32,
    stored: Digest,
    server: Digest,
}

impl StoredKey {
    /// The key of a password, by SASLprep and PBKDF2. Blocks for as long as the iterations take.
    ///
    /// `salt` is random, and another for each user; RFC 7677 section 4 asks for at least 4096
    /// iterations.
    ///
    /// # Errors
    ///
    /// When SASLprep refuses the password.
    pub fn from_password(
        hash: HashFunction,
        password: &str,
        salt: &[u8],
        iterations: u32,
    ) -> Result<Self, Error> {
        let password = Secret::new(saslprep(password)?);
        let kdf = Kdf::new(hash, password, salt, iterations);
        let (salt, iterations) = (salt.to_vec(), kdf.iterations());
        Ok(Self::from_salted(hash, salt, iterations, &kdf.derive()))
    }

    /// The key of a salted password: of what [`Kdf`] makes.
    #[must_use]
    pub fn from_salted(
        hash: HashFunction,
        salt: impl Into<Vec<u8>>,
        iterations: u32,
        salted: &Secret,
    ) -> Self {
        let client = client_key(hash, salted);
        let stored = hash.hash(&client);
        let server = server_key(hash, salted);
        Self { hash, salt: salt.into(), iterations, stored, server }
    }

    /// A key from its parts: the StoredKey and ServerKey of RFC 5802 section 3.
    ///
    /// # Errors
    ///
    /// When a part has not the length that the hash function makes, or the salt is empty or longer
    /// than [`MAX_NAME`] octets.
    pub fn from_parts(
        hash: HashFunction,
        salt: &[u8],
        iterations: u32,
        stored: &[u8],
        server: &[u8],
    ) -> Result<Self, Error> {
        let lengths = stored.len() == hash.size() && server.len() == hash.size();
        if !lengths || salt.is_empty() || salt.len() > MAX_NAME || iterations == 0 {
            return Err(Error::Unusable("the stored key"));
        }
        let (stored, server) = (Zeroizing::new(stored.into()), Zeroizing::new(server.into()));
        Ok(Self { hash, salt: salt.into(), iterations, stored, server })
    }

    /// As text, in the form of RFC 5803: `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey`.
    #[must_use]
    pub fn encode(&self) -> Secret {
        let (name, iterations) = (self.hash.mechanism(), self.iterations);
        let (stored, server) =
            (Zeroizing::new(encoded(&self.stored)), Zeroizing::new(encoded(&self.server)));
        let salt = encoded(&self.salt);
        Secret::new(format!("{name}${iterations}:{salt}${}:{}", *stored, *server))
    }

    /// Reads what [`encode`](Self::encode) writes.
    ///
    /// # Errors
    ///
    /// When it is not that.
    pub fn decode(text: &Secret) -> Result<Self, Error> {
        let parts = || {
            let text = core::str::from_utf8(text.expose()).ok()?;
            let (name, rest) = text.split_once('$')?;
            let (salting, keys) = rest.split_once('$')?;
            let (iterations, salt) = salting.split_once(':')?;
            let (stored, server) = keys.split_once(':')?;
            let hash = HashFunction::ALL.into_iter().find(|hash| hash.mechanism() == name)?;
            Some((hash, iterations.parse().ok()?, salt, stored, server))
        };
        let (hash, iterations, salt, stored, server) =
            parts().ok_or(Error::Unusable("the stored key"))?;
        let unusable = |_| Error::Unusable("the stored key");
        let stored = Zeroizing::new(decoded(stored).map_err(unusable)?);
        let server = Zeroizing::new(decoded(server).map_err(unusable)?);
        let salt = decoded(salt).map_err(unusable)?;
        Self::from_parts(hash, &salt, iterations, &stored, &server)
    }

    /// What salts a password as this key's was.
    ///
    /// # Errors
    ///
    /// When SASLprep refuses the password.
    pub fn kdf(&self, password: &str) -> Result<Kdf, Error> {
        let password = Secret::new(saslprep(password)?);
        Ok(Kdf::new(self.hash, password, self.salt.clone(), self.iterations))
    }

    /// Whether this is the key of that salted password. Takes the same time whatever the answer.
    #[must_use]
    pub fn is_of(&self, salted: &Secret) -> bool {
        self.hash.hash(&client_key(self.hash, salted)).ct_eq(&self.stored).into()
    }

    /// The hash function.
    #[must_use]
    pub fn hash(&self) -> HashFunction {
        self.hash
    }

    /// The salt.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// How many iterations salted the password.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Whether the client that sent this proof has the password. Takes the same time whatever the
    /// answer.
    pub(super) fn is_proved(&self, auth_message: &[&[u8]], proof: &[u8]) -> bool {
        let signature = self.hash.hmac(&self.stored, auth_message);
        if proof.len() != signature.len() {
            return false;
        }
        let client = xor(&signature, proof);
        self.hash.hash(&client).ct_eq(&self.stored).into()
    }

    pub(super) fn sign(&self, auth_message: &[&[u8]]) -> Digest {
        self.hash.hmac(&self.server, auth_message)
    }

    /// A key that nobody has, for a user that nobody is: from the outside it is like any other, and
    /// it is the same whenever somebody asks.
    pub(super) fn plausible(
        hash: HashFunction,
        secret: &Secret,
        user: &str,
        salt_length: usize,
        iterations: u32,
    ) -> Self {
        let made = |what: &[u8]| {
            let what: &[&[u8]] = &[what, hash.mechanism().as_bytes(), b"\0", user.as_bytes()];
            HashFunction::Sha512.hmac(secret.expose(), what)
        };
        let cut = |made: Digest, n: usize| made.get(..n).unwrap_or(&made).to_vec();
        Self {
            hash,
            salt: cut(made(b"salt\0"), salt_length.clamp(1, 64)),
            iterations: iterations.max(1),
            stored: Zeroizing::new(cut(made(b"stored\0"), hash.size())),
            server: Zeroizing::new(cut(made(b"server\0"), hash.size())),
        }
    }
}

impl PartialEq for StoredKey {
    fn eq(&self, other: &Self) -> bool {
        let same = self.stored.ct_eq(&other.stored) & self.server.ct_eq(&other.server);
        (self.hash, &self.salt, self.iterations) == (other.hash, &other.salt, other.iterations)
            && bool::from(same)
    }
}

impl Eq for StoredKey {}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey")
            .field("hash", &self.hash)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

pub(super) fn client_key(hash: HashFunction, salted: &Secret) -> Digest {
    hash.hmac(salted.expose(), &[b"Client Key"])
}

pub(super) fn server_key(hash: HashFunction, salted: &Secret) -> Digest {
    hash.hmac(salted.expose(), &[b"Server Key"])
}

/// Both are equally long.
pub(super) fn xor(a: &[u8], b: &[u8]) -> Digest {
    Zeroizing::new(a.iter().zip(b).map(|(a, b)| a ^ b).collect())
}

/// A salt and a count of iterations, as a server sends them.
pub(super) fn salting(salt: &str, iterations: &str) -> Result<(Vec<u8>, u32), Error> {
    let salt = decoded(salt)?;
    match iterations.bytes().all(|b| b.is_ascii_digit()) {
        _ if salt.is_empty() || salt.len() > MAX_NAME => Err(MALFORMED),
        false => Err(MALFORMED),
        // posit-number: no zero in front. What does not fit is more than anybody's bound.
        true if iterations.is_empty() || iterations.starts_with('0') => Err(MALFORMED),
        true => Ok((salt, iterations.parse().map_err(|_| Error::Iterations)?)),
    }
}

/// A key, as text for tests.
#[cfg(test)]
pub(super) fn pencil(hash: HashFunction, salt: &str) -> StoredKey {
    StoredKey::from_password(hash, "pencil", &decoded(salt).unwrap(), 4096).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_as_text_and_damage_is_refused() {
        for hash in HashFunction::ALL {
            let key = pencil(hash, "QSXCR+Q6sek8bf92");
            let kept = key.encode();
            assert_eq!(StoredKey::decode(&kept), Ok(key));
            for n in 0..kept.expose().len() {
                let cut = Secret::new(&kept.expose()[..n]);
                assert_eq!(
                    StoredKey::decode(&cut).err(),
                    Some(Error::Unusable("the stored key")),
                    "{n} octets"
                );
            }
        }
    }

    #[test]
    fn another_password_is_not_taken() {
        let key = pencil(HashFunction::Sha256, "QSXCR+Q6sek8bf92");

        assert!(key.is_of(&key.kdf("pencil").unwrap().derive()));
        assert!(!key.is_of(&key.kdf("pencils").unwrap().derive()));
        assert_eq!(key.kdf("\u{7}").err(), Some(Error::Unusable("what was typed")));
    }

    #[test]
    fn plausible_keys_are_stable_and_differ_by_user_and_secret() {
        let key = |secret: &str, user| {
            StoredKey::plausible(HashFunction::Sha1, &secret.into(), user, 16, 4096)
        };
        assert_eq!(key("s", "ann"), key("s", "ann"));
        assert_eq!(key("s", "ann").salt().len(), 16);
        assert_ne!(key("s", "ann").salt(), key("s", "bob").salt());
        assert_ne!(key("s", "ann").salt(), key("t", "ann").salt());
    }

    #[test]
    fn debug_does_not_tell() {
        let key = pencil(HashFunction::Sha1, "QSXCR+Q6sek8bf92");

        assert_eq!(format!("{key:?}"), "StoredKey { hash: Sha1, iterations: 4096, .. }");
    }

    #[test]
    fn iterations_are_positive_numbers() {
        for bad in ["", "0", "04096", "-1", "+1", "4096 ", "x"] {
            assert_eq!(salting("c2FsdA==", bad), Err(MALFORMED), "{bad:?}");
        }
        assert_eq!(salting("c2FsdA==", "4294967296"), Err(Error::Iterations));
        assert_eq!(salting("", "4096"), Err(MALFORMED));
        assert_eq!(salting("c2FsdA==", "4096"), Ok((b"salt".to_vec(), 4096)));
    }
}
