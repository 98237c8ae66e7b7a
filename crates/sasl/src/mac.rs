//! HMAC (RFC 2104).

use alloc::vec::Vec;
use hmac::{KeyInit, Mac};
use zeroize::Zeroizing;

/// A hash or a key made by one, overwritten when dropped.
pub(crate) type Digest = Zeroizing<Vec<u8>>;

/// A keyed HMAC. `None` cannot be: HMAC takes keys of any length.
pub(crate) fn keyed<M: Mac + KeyInit>(key: &[u8]) -> Option<M> {
    <M as KeyInit>::new_from_slice(key).ok()
}

pub(crate) fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Digest {
    let Some(mut mac) = keyed::<M>(key) else { return Digest::default() };
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}
