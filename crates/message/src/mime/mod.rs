//! The structure of messages.

mod kind;
mod scan;

pub(crate) use kind::{Inside, Nature};
pub use kind::{Kind, TransferEncoding};
pub(crate) use scan::{Scanner, Token};
