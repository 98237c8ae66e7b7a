//! Whole lines in, types out.
//!
//! Everything here is given a whole line without its end; where lines end is found elsewhere.

mod address;
mod command;
mod ehlo;
mod extension;
pub(crate) mod keywords;
mod params;
mod reply;
pub(crate) mod usual;

pub(crate) use address::mailbox_at;
pub(crate) use command::{arguments, auth, verb_len, words};
pub use command::{command, in_command};
pub use ehlo::ehlo;
pub(crate) use extension::{extension, raw_extension};
#[cfg(test)]
pub(crate) use params::params as param_list;
pub(crate) use params::whole as param_whole;
pub use reply::reply;
pub(crate) use reply::{enhanced, reply_line};

use crate::Syntax;

/// `bytes` as text, or where they stop being UTF-8.
fn utf8(bytes: &[u8]) -> Result<&str, Syntax> {
    core::str::from_utf8(bytes)
        .map_err(|error| Syntax { at: error.valid_up_to(), expected: "UTF-8" })
}
