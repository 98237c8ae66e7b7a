//! What is made of text: flowed paragraphs, HTML as plain text, a preview.

mod entities;
pub mod flowed;
pub mod html;
mod preview;

pub use preview::preview;
