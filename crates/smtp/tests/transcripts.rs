//! Every conversation of `tests/transcripts`, on both roles.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_testkit::roles::smtp::{Client, Server};
use mailwire_testkit::transcript;

#[test]
fn every_conversation_on_both_roles() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    transcript::run_folder::<Server, Client>(folder);
}
