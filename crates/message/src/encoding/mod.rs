//! Transfer encodings and charsets.

pub mod base64;
pub mod charset;
pub mod quoted_printable;
