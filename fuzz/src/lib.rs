//! The bodies of the fuzz targets: each a function of bytes that panics when something is wrong.
//!
//! They are a library so that `tests/replay.rs` can run every corpus file on stable.

pub mod body;
pub mod core;
pub mod imap;
pub mod imap_compress;
pub mod imap_grammar;
pub mod imap_mailbox;
pub mod machine;
pub mod message;
pub mod pop3;
pub mod sasl;
pub mod smtp;

/// A fuzz target: its name, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("base64", core::base64),
    ("dots", core::dots),
    ("imap_client", imap::imap_client),
    ("imap_command", imap::imap_command),
    ("imap_compress", imap_compress::imap_compress),
    ("imap_frame", imap::imap_frame),
    ("imap_model", imap_mailbox::imap_model),
    ("imap_pair", imap::imap_pair),
    ("imap_response", imap::imap_response),
    ("imap_server", imap::imap_server),
    ("imap_view", imap_mailbox::imap_view),
    ("message_roundtrip", message::message_roundtrip),
    ("pop3_client", pop3::pop3_client),
    ("pop3_command", pop3::pop3_command),
    ("pop3_pair", pop3::pop3_pair),
    ("pop3_reply", pop3::pop3_reply),
    ("pop3_server", pop3::pop3_server),
    ("smtp_address", smtp::smtp_address),
    ("smtp_client", smtp::smtp_client),
    ("smtp_command", smtp::smtp_command),
    ("smtp_pair", smtp::smtp_pair),
    ("smtp_reply", smtp::smtp_reply),
    ("smtp_server", smtp::smtp_server),
    ("smtp_proxy", smtp::smtp_proxy),
    ("smtp_queue", smtp::smtp_queue),
    ("smtp_bdat", smtp::smtp_bdat),
    ("smtp_xtext", smtp::smtp_xtext),
    ("smtp_params", smtp::smtp_params),
    ("smtp_ehlo", smtp::smtp_ehlo),
    ("quoted_printable", message::quoted_printable),
    ("message_reader_agrees", message::message_reader_agrees),
    ("message_parse", message::message_parse),
    ("encoded_word", message::encoded_word),
    ("date", message::date),
    ("body_base64", message::body_base64),
    ("address_list", message::address_list),
    ("fields", message::fields),
    ("parameters", message::parameters),
    ("received", message::received),
    ("uuencode_yenc", body::uuencode_yenc),
    ("charset", body::charset),
    ("flowed", body::flowed),
    ("html", body::html),
    ("edit", message::edit),
    ("report", body::report),
    ("mbox", body::mbox),
    ("thread", body::thread),
    ("tnef", body::tnef),
    ("utf7", imap::utf7),
    ("imap_response_roundtrip", imap_grammar::imap_response_roundtrip),
    ("imap_command_roundtrip", imap_grammar::imap_command_roundtrip),
    ("imap_envelope", imap_grammar::imap_envelope),
    ("imap_bodystructure", imap_grammar::imap_bodystructure),
    ("imap_sequence_set", imap_grammar::imap_sequence_set),
    ("imap_search", imap_grammar::imap_search),
    ("imap_list", imap_grammar::imap_list),
    ("imap_metadata", imap_grammar::imap_metadata),
    ("imap_url", imap_grammar::imap_url),
    ("sasl_cram_md5", sasl::sasl_cram_md5),
    ("sasl_external", sasl::sasl_external),
    ("sasl_login", sasl::sasl_login),
    ("sasl_oauth", sasl::sasl_oauth),
    ("sasl_plain", sasl::sasl_plain),
    ("sasl_prep", sasl::sasl_prep),
    ("sasl_scram", sasl::sasl_scram),
];

/// Data whose first octets say how the rest is cut: how many there are, then the sizes of the
/// pieces, over and over. Returns the pieces, and the rest whole.
#[must_use]
pub fn cut(data: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let Some((&n, rest)) = data.split_first() else { return (Vec::new(), data) };
    let (sizes, data) = rest.split_at(usize::from(n % 8).min(rest.len()));
    let mut sizes = sizes.iter().map(|&size| usize::from(size) + 1).cycle();
    let (mut pieces, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(1).min(rest.len());
        let (piece, more) = rest.split_at(size);
        pieces.push(piece);
        rest = more;
    }
    (pieces, data)
}

/// Runs the files named on the command line through a target: how a finding is looked at on
/// stable.
///
/// # Panics
///
/// When a file cannot be read, and where the target does.
pub fn replay(target: fn(&[u8])) {
    for file in std::env::args_os().skip(1) {
        let data = std::fs::read(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        target(&data);
    }
}
