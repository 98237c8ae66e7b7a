//! Which messages SEARCH finds, and what is answered.

mod answer;
mod search;
#[cfg(feature = "message")]
mod text;

pub use answer::{Answer, Hit, Question, answer};
pub use search::{Candidate, fold, matches};
#[cfg(feature = "message")]
pub use text::{field_holds, text_holds};
