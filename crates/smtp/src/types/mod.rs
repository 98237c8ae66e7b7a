//! What SMTP says: addresses, parameters, commands, replies, extensions.
//!
//! A value that exists can be sent: nothing here can hold CR, LF or NUL.

mod address;
mod attributes;
mod command;
pub(crate) mod extension;
mod extensions;
pub(crate) mod parameter;
mod params;
mod protocol;
mod proxy;
mod reply;
mod xtext;

pub use address::{Domain, ForwardPath, Mailbox, ReversePath};
pub use attributes::{Attribute, Attributes};
pub use command::{Command, Mail, Mechanism, Other, Rcpt, Verb};
pub use extension::{Extension, Limits, Words};
pub use extensions::Extensions;
pub use parameter::{By, ByMode, Notify, Orcpt, Parameter, Ret, Rrvs};
pub(crate) use params::MAX_PARAMS;
pub use params::{BodyType, Param, Params};
pub use protocol::Protocol;
pub use proxy::Proxy;
pub use reply::{Code, EnhancedCode, Lines, Reply};
pub use xtext::{
    decode as decode_xtext, decode_utf8_addr as decode_utf8_addr_xtext, encode as encode_xtext,
    encode_utf8_addr as encode_utf8_addr_xtext,
};
