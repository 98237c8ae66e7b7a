//! What a server answers to SEARCH, SORT, THREAD and LIST of what it has.

mod answer;
mod list;
mod search;
#[cfg(feature = "message")]
mod text;
#[cfg(feature = "message")]
mod thread;

pub use answer::{Answer, Hit, Question, answer, of_page};
pub use list::{BadList, Listed, list};
pub use search::{Candidate, fold, matches, names_modseq, prepare};
#[cfg(feature = "message")]
pub use text::{field_holds, text_holds};
#[cfg(feature = "message")]
pub use thread::threads;
