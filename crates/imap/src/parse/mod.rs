//! Whole messages in, types out.
//!
//! A grammar function sees a frame that is complete (a line with its literals), once. It is written
//! by hand: IMAP decides on the next octet or the next word everywhere, so each function looks at
//! its octets once and names what it wanted.

mod body;
mod command;
mod cursor;
mod fetch;
mod response;
mod search;

pub(crate) use command::append_head;
pub use command::{BadCommand, command};
pub(crate) use cursor::Cursor;
pub(crate) use fetch::ITEM;
pub use response::response;

/// What a parser must know besides the bytes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Grammar<'g> {
    /// How deep parentheses, NOT and OR, and parts of messages may be nested.
    pub depth: u8,
    /// The offsets in the frame at which a literal was streamed past it: its octets are not there.
    /// In rising order.
    pub streamed: &'g [usize],
}

impl Default for Grammar<'_> {
    fn default() -> Self {
        Self { depth: 32, streamed: &[] }
    }
}
