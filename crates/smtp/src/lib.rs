//! SMTP (RFC 5321) for clients and servers as state machines, without I/O.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod base64_in_place;
pub mod client;
mod encode;
mod error;
pub mod parse;
mod rules;
pub mod server;
pub mod types;

pub use error::Error;
pub use mailwire_core::{
    Buf, Input, Invalid, Machine, Misuse, Output, Secret, Security, Sink, Syntax, Text, Wait, Wants,
};
