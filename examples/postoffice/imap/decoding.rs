//! A part of a message, decoded a piece at a time.

use super::candidate::Message;
use crate::office::PIECE;
use mailwire_message::TransferEncoding;
use mailwire_message::encoding::Decoder;
use std::io;
use std::ops::Range;

/// A part that is being decoded.
pub(crate) struct Decoding {
    /// What is still to be read of the message.
    left: Range<u64>,
    decoder: Decoder,
    is_over: bool,
    /// How many octets came out before the next piece.
    pub(crate) position: u64,
    decoded: Vec<u8>,
}

impl Decoding {
    pub(crate) fn new(part: Range<u64>, encoding: TransferEncoding) -> Self {
        let (decoder, decoded) = (Decoder::new(encoding), Vec::new());
        Self { left: part, decoder, is_over: false, position: 0, decoded }
    }

    /// Whether all of it came.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The next octets; none may come out of a piece.
    pub(crate) fn next(&mut self, message: &mut Message<'_>) -> io::Result<&[u8]> {
        self.decoded.clear();
        let mut piece = vec![0; PIECE];
        let room = usize::try_from(self.left.end - self.left.start).unwrap_or(PIECE).min(PIECE);
        let n = match room {
            0 => 0,
            room => {
                message.seek(self.left.start)?;
                message.read(piece.get_mut(..room).unwrap_or_default())?
            }
        };
        self.left.start += n as u64;
        self.decoder.decode(piece.get(..n).unwrap_or_default(), &mut self.decoded);
        if n == 0 && !self.is_over {
            self.is_over = true;
            self.decoder.finish(&mut self.decoded);
        }
        self.position += self.decoded.len() as u64;
        Ok(&self.decoded)
    }
}
