//! How to use this crate, page by page. There is no code in here.

pub mod ambiguous;
pub mod reading;
pub mod streaming;
pub mod writing;
