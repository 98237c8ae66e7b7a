//! The structure of messages.

mod delimiter;
mod head;
mod kind;
mod lex;
mod name;
mod nature;
mod scan;

pub use kind::{Kind, TransferEncoding};
pub(crate) use lex::Reader;
pub(crate) use name::Name;
pub(crate) use scan::{Scanner, Token};
