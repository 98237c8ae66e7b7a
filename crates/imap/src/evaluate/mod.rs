//! Which messages SEARCH finds, and what is answered.

mod answer;
mod search;
#[cfg(feature = "message")]
mod text;

pub use answer::{Answer, Hit, Question, answer, of_page};
pub use search::{Candidate, fold, matches, names_modseq};
#[cfg(feature = "message")]
pub use text::{field_holds, text_holds};
