//! What imap-codec and imap-proto read, beside what is read here. Every difference has its reason in
//! `responses.txt` and `commands.txt`, and every reason there is needed.

mod commands;
mod corpus;
mod reasons;
mod responses;
