//! What SMTP says: addresses, parameters, commands, replies, extensions.
//!
//! A value that exists can be sent: nothing here can hold CR, LF or NUL.

mod address;
mod command;
mod extension;
mod params;
mod reply;
mod xtext;

pub use address::{Domain, ForwardPath, Mailbox, ReversePath};
pub use command::{Command, Mail, Mechanism, Other, Rcpt, Verb};
pub use extension::{Extension, Extensions};
pub(crate) use params::MAX_PARAMS;
pub use params::{BodyType, Param, Params};
pub use reply::{Code, EnhancedCode, Lines, Reply};
pub use xtext::{decode as decode_xtext, encode as encode_xtext};
