//! Conversations, each played by both roles.

use mailwire_testkit::roles::imap::{Client, Server};
use mailwire_testkit::transcript;

#[test]
fn transcripts() {
    transcript::run_folder::<Server, Client>(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/transcripts"
    ));
}
