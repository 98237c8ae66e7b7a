//! Applications for the machines of each protocol: one that answers everything in the ordinary
//! way, and, with `@ application=script` in a transcript, one that does what its lines say.

#[cfg(feature = "imap")]
pub mod imap;
#[cfg(feature = "pop3")]
pub mod pop3;
#[cfg(feature = "smtp")]
pub mod smtp;
