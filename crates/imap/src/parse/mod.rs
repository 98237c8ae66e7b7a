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
mod quick;
mod raw;
mod response;
mod search;
mod string;

pub(crate) use command::append_head;
pub use command::{BadCommand, command};
pub(crate) use cursor::{Cursor, Parsed};
pub(crate) use fetch::ITEM;
pub use grammar::{Bounds, Grammar};
pub use response::{response, response_with};

/// `name` in upper case, if it is so short that it can be known.
#[inline]
pub(crate) fn upper<'u>(name: &'u [u8], space: &'u mut [u8; 20]) -> &'u [u8] {
    match space.get_mut(..name.len()) {
        // Names are in upper case but for a few peers.
        Some(upper) if name.iter().any(u8::is_ascii_lowercase) => {
            upper.copy_from_slice(name);
            upper.make_ascii_uppercase();
            upper
        }
        _ => name,
    }
}
