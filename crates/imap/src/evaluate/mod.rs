//! Which messages SEARCH finds.

mod search;
#[cfg(feature = "message")]
mod text;

pub use search::{Candidate, fold, matches};
#[cfg(feature = "message")]
pub use text::{field_holds, text_holds};
