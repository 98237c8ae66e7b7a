//! Where encoders write.

use alloc::vec::Vec;

/// Something that takes bytes and cannot fail: an [`Output`](crate::Output), a `Vec<u8>`, a
/// [`bytes::BytesMut`].
pub trait Sink {
    /// Appends `bytes`.
    fn put(&mut self, bytes: &[u8]);

    /// Appends a decimal number.
    fn put_number(&mut self, mut n: u64) {
        // 20 digits hold every u64.
        let mut digits = [0; 20];
        let mut start = digits.len();
        // Every turn writes two digits: a division costs more than all else here.
        for pair in digits.rchunks_exact_mut(2) {
            let two = u8::try_from(n % 100).unwrap_or_default();
            n /= 100;
            pair.copy_from_slice(&[b'0' + two / 10, b'0' + two % 10]);
            start -= 2;
            if n == 0 {
                start += usize::from(two < 10);
                break;
            }
        }
        self.put(digits.get(start..).unwrap_or_default());
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Sink for bytes::BytesMut {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn put(&mut self, bytes: &[u8]) {
        (**self).put(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_decimal() {
        for n in [0, 7, 10, 99, 100, 4_294_967_295, u64::MAX] {
            let mut out = Vec::new();

            out.put_number(n);

            assert_eq!(out, n.to_string().as_bytes());
        }
    }
}
