//! PBKDF2 (RFC 8018 section 5.2), as a step that can be taken elsewhere and in slices.

use crate::mac::{Digest, keyed};
use crate::{HashFunction, Secret};
use alloc::vec::Vec;
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// The slow step of SCRAM: PBKDF2 (RFC 8018 section 5.2), from a password to a salted password.
///
/// It is work for milliseconds to seconds, as many as the server asks for within the client's
/// bounds. A program with threads runs [`derive`](Self::derive) on one that may block; one
/// without calls [`work`](Self::work) in slices. Both come to the same as any PBKDF2 over
/// [`password`](Self::password), [`salt`](Self::salt) and [`iterations`](Self::iterations), and a
/// client that logs in often may keep the result for as long as these stay the same.
///
/// ```
/// use mailwire_sasl::{HashFunction, Kdf};
///
/// let mut kdf = Kdf::new(HashFunction::Sha256, "pencil", *b"salt of a user", 4096);
/// let whole = kdf.clone().derive();
/// let sliced = loop {
///     if let Some(salted) = kdf.work(1000) {
///         break salted;
///     }
/// };
/// assert_eq!(whole, sliced);
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Kdf {
    hash: HashFunction,
    password: Secret,
    salt: Vec<u8>,
    iterations: u32,
    done: u32,
    last: Digest,
    sum: Digest,
}

impl Kdf {
    /// Prepares to salt a password, which has been through SASLprep if it is to. No iterations
    /// count as one.
    #[must_use]
    pub fn new(
        hash: HashFunction,
        password: impl Into<Secret>,
        salt: impl Into<Vec<u8>>,
        iterations: u32,
    ) -> Self {
        Self {
            hash,
            password: password.into(),
            salt: salt.into(),
            iterations: iterations.max(1),
            done: 0,
            last: Digest::default(),
            sum: Digest::default(),
        }
    }

    /// Does all that is left to do. Blocks for as long as that takes.
    #[must_use]
    pub fn derive(mut self) -> Secret {
        self.work(u32::MAX).unwrap_or_default()
    }

    /// Does at most so many iterations more, and returns the salted password when all are done.
    pub fn work(&mut self, iterations: u32) -> Option<Secret> {
        match self.hash {
            HashFunction::Sha1 => self.iterate::<Hmac<Sha1>>(iterations),
            HashFunction::Sha256 => self.iterate::<Hmac<Sha256>>(iterations),
            HashFunction::Sha512 => self.iterate::<Hmac<Sha512>>(iterations),
        }
        (self.done >= self.iterations).then(|| Secret::new(self.sum.as_slice()))
    }

    /// The hash function.
    #[must_use]
    pub fn hash(&self) -> HashFunction {
        self.hash
    }

    /// The password.
    #[must_use]
    pub fn password(&self) -> &Secret {
        &self.password
    }

    /// The salt.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// How many iterations there are in all.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    fn iterate<M: Mac + KeyInit + Clone>(&mut self, at_most: u32) {
        let Some(keyed) = keyed::<M>(self.password.expose()) else { return };
        let mut left = at_most.min(self.iterations - self.done);
        if left > 0 && self.done == 0 {
            // One block of output is all that SCRAM needs: its number is 1.
            let first = keyed.clone().chain_update(&self.salt).chain_update(1_u32.to_be_bytes());
            self.last = Zeroizing::new(first.finalize().into_bytes().to_vec());
            self.sum = self.last.clone();
            self.done = 1;
            left -= 1;
        }
        for _ in 0..left {
            let next = keyed.clone().chain_update(self.last.as_slice()).finalize().into_bytes();
            for ((sum, last), &next) in self.sum.iter_mut().zip(self.last.iter_mut()).zip(&next) {
                *sum ^= next;
                *last = next;
            }
        }
        self.done += left;
    }
}

impl fmt::Debug for Kdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kdf")
            .field("hash", &self.hash)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn hex(bytes: &[u8]) -> alloc::string::String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    // RFC 6070, the vectors of one block.
    #[test]
    fn rfc6070_vectors() {
        for (iterations, expected) in [
            (1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (4096, "4b007901b765489abead49d926f721d065a429c1"),
        ] {
            let salted = Kdf::new(HashFunction::Sha1, "password", *b"salt", iterations).derive();
            assert_eq!(hex(salted.expose()), expected);
        }
    }

    #[test]
    fn work_in_slices_of_any_size_comes_to_the_same() {
        for iterations in 0..12 {
            let kdf = Kdf::new(HashFunction::Sha512, "pw", *b"salt", iterations);
            let whole = kdf.clone().derive();
            assert_eq!(whole.expose().len(), 64);
            for slice in 1..13 {
                let mut kdf = kdf.clone();
                let sliced = (0..20).find_map(|_| kdf.work(slice)).unwrap();
                assert_eq!(sliced, whole, "{iterations} by {slice}");
            }
        }
    }

    #[test]
    fn debug_does_not_tell() {
        let kdf = Kdf::new(HashFunction::Sha1, "hungry", *b"salt", 4096);

        assert_eq!(format!("{kdf:?}"), "Kdf { hash: Sha1, iterations: 4096, .. }");
    }
}
