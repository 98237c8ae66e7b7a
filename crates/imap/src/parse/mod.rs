//! Whole messages in, types out.
//!
//! A grammar function sees a frame that is complete (a line with its literals), once. It is written
//! by hand: IMAP decides on the next octet or the next word everywhere, so each function looks at
//! its octets once and names what it wanted.

mod body;
mod code;
mod command;
mod cursor;
mod fetch;
mod fixed;
mod grammar;
mod leaf;
mod mailbox;
pub(crate) mod names;
mod quick;
mod raw;
mod response;
mod search;
mod string;
#[cfg(test)]
mod whole;

pub use command::{BadCommand, command};
pub(crate) use command::{append_head, command_into};
pub(crate) use cursor::{Cursor, Parsed};
pub(crate) use fetch::ITEM;
pub use grammar::{Bounds, Grammar};
pub use response::{response, response_with};
