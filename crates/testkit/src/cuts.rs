//! Ways to cut a stream.

/// Random numbers that are the same every run (xorshift64*).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let random = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(random).unwrap_or_default().checked_rem(n).unwrap_or_default()
    }
}

/// How a stream reaches a machine.
#[derive(Clone, Debug)]
pub enum Cut {
    /// All at once.
    Whole,
    /// In pieces of so many octets.
    Every(usize),
    /// In pieces of 1 to 64 octets that follow from a seed.
    Random(u64),
}

impl Cut {
    /// Whole, a byte at a time, in threes, and sixteen times at random places.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Whole, Self::Every(1), Self::Every(3)].into_iter().chain((0..16).map(Self::Random))
    }

    /// `stream` in pieces.
    #[must_use]
    pub fn pieces<'a>(&self, stream: &'a [u8]) -> Vec<&'a [u8]> {
        match *self {
            Self::Whole => vec![stream],
            Self::Every(n) => stream.chunks(n.max(1)).collect(),
            Self::Random(seed) => {
                let mut random = Random::new(seed);
                let (mut pieces, mut rest) = (Vec::new(), stream);
                while !rest.is_empty() {
                    let (piece, more) = rest.split_at((random.below(64) + 1).min(rest.len()));
                    pieces.push(piece);
                    rest = more;
                }
                pieces
            }
        }
    }
}
