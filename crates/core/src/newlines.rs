//! Line ends that are not CRLF, which some servers take for one and others do not.
//!
//! A body in which CR or LF stands alone can mean different things to two servers on its way:
//! that is how messages are smuggled (RFC 5321 section 2.3.8 forbids them).

/// Looks for CR and LF that are not part of a CRLF, in a body that comes in pieces.
///
/// ```
/// use mailwire_core::Newlines;
///
/// let mut newlines = Newlines::default();
/// newlines.look(b"one\r");
/// newlines.look(b"\ntwo\n.\n");
/// newlines.end();
/// assert!(newlines.bare_lf() && !newlines.bare_cr());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Newlines {
    /// The last octet was a CR, whose LF may be the next.
    pending_cr: bool,
    bare_cr: bool,
    bare_lf: bool,
}

impl Newlines {
    /// Looks at the next piece, each octet twice at most.
    pub fn look(&mut self, piece: &[u8]) {
        let Some(&last) = piece.last() else { return };
        if self.bare_cr && self.bare_lf {
            return;
        }
        // Every CR is followed by an LF and every LF follows a CR, or something is wrong. All octets
        // are looked at without a branch.
        let next = piece.get(1..).unwrap_or_default();
        let wrong = piece
            .iter()
            .zip(next)
            .fold(0u8, |any, (&a, &b)| any | (u8::from(a == b'\r') ^ u8::from(b == b'\n')));
        if wrong == 0 && self.pending_cr == (piece.first() == Some(&b'\n')) {
            self.pending_cr = last == b'\r';
            return;
        }
        let carried = usize::from(self.pending_cr);
        if self.pending_cr && piece.first() != Some(&b'\n') {
            self.bare_cr = true;
        }
        // Every LF should follow a CR; when it does and there are as many CRs as LFs, every CR is
        // followed by an LF.
        let mut pairs = 0;
        for at in memchr::memchr_iter(b'\n', piece) {
            let before = at.checked_sub(1).and_then(|at| piece.get(at));
            match before {
                Some(b'\r') => pairs += 1,
                None if carried == 1 => {}
                _ => self.bare_lf = true,
            }
        }
        self.pending_cr = last == b'\r';
        let crs = memchr::memchr_iter(b'\r', piece).count();
        if crs != pairs + usize::from(self.pending_cr) {
            self.bare_cr = true;
        }
    }

    /// Says that the body is over: a CR at its end stands alone.
    pub fn end(&mut self) {
        self.bare_cr |= core::mem::take(&mut self.pending_cr);
    }

    /// Whether a CR without LF was seen.
    #[must_use]
    pub fn bare_cr(&self) -> bool {
        self.bare_cr
    }

    /// Whether an LF without CR was seen.
    #[must_use]
    pub fn bare_lf(&self) -> bool {
        self.bare_lf
    }

    /// Whether either was.
    #[must_use]
    pub fn any_bare(&self) -> bool {
        self.bare_cr || self.bare_lf
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn model(body: &[u8]) -> (bool, bool) {
        let crlf = |at: usize| body.get(at..at + 2) == Some(b"\r\n");
        let bare = |b: u8, back: usize| {
            (0..body.len()).any(|at| body[at] == b && !at.checked_sub(back).is_some_and(crlf))
        };
        (bare(b'\r', 0), bare(b'\n', 1))
    }

    #[test]
    fn every_short_body_at_every_split_is_as_in_the_model() {
        let letters = [b'\r', b'\n', b'a'];
        for n in 0..3usize.pow(7) {
            let mut rest = n;
            let body: Vec<u8> = (0..7)
                .map(|_| {
                    let b = letters[rest % 3];
                    rest /= 3;
                    b
                })
                .collect();
            for split in 0..=body.len() {
                let mut newlines = Newlines::default();
                newlines.look(&body[..split]);
                newlines.look(&body[split..]);
                newlines.end();
                assert_eq!(
                    (newlines.bare_cr(), newlines.bare_lf()),
                    model(&body),
                    "{body:?} {split}"
                );
            }
        }
    }
}
