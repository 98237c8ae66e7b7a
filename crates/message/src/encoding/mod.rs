//! Transfer encodings and charsets: from the octets on the wire to those of a file, and to text.

pub mod base64;
pub mod charset;
mod decoder;
pub mod quoted_printable;
pub mod uuencode;
pub mod yenc;

pub use decoder::{Decoder, Faults};
