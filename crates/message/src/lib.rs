//! RFC 5322 and MIME messages: read whole or as they arrive, and written, without I/O.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod build;
