//! Targets for the grammar of IMAP, a rule each: what is right comes back as it was, and nothing that
//! is damaged makes more than one line.

use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Bounds, Grammar, response_with};
use mailwire_imap::types::{Dialect, ImapUrl, Response};

/// A response, strictly and forgivingly.
fn response(frame: &[u8]) {
    for utf8 in [false, true] {
        let strict = Grammar::strict().with_bounds(Bounds::client()).with_utf8(utf8);
        let dialect = if utf8 { Dialect::rev1().enabled("UTF8=ACCEPT") } else { Dialect::rev1() };
        if let Ok(response) = parse::response(frame, &strict) {
            let mut again = Vec::new();
            encode::response_for(&response, &dialect, &mut again);
            // Where there is no text, which there must be, some is written.
            let silent = matches!(
                &response,
                Response::Tagged { condition, .. } | Response::Condition(condition)
                    if condition.text.as_str().is_empty()
            );
            let reread = parse::response(&again, &strict);
            assert!(reread.is_ok(), "{}: {reread:?}", again.escape_ascii());
            let mut third = Vec::new();
            if let Ok(reread) = &reread {
                encode::response_for(reread, &dialect, &mut third);
            }
            assert!(silent || third == again, "{}", again.escape_ascii());
        }
    }
    let forgiving = Grammar::default().with_bounds(Bounds::client());
    if let Ok((response, anomalies)) = response_with(frame, &forgiving) {
        assert!(anomalies.as_slice().iter().all(|anomaly| anomaly.at <= frame.len()));
        let mut again = Vec::new();
        encode::response(&response, &mut again);
        assert!(again.ends_with(b"\r\n"));
    }
}

/// A command, strictly: what is written is one command, and the same.
fn command(frame: &[u8]) {
    for utf8 in [false, true] {
        let strict = Grammar::strict().with_utf8(utf8);
        let dialect = if utf8 { Dialect::rev1().enabled("UTF8=ACCEPT") } else { Dialect::rev1() };
        let Ok((tag, command)) = parse::command(frame, &strict) else { continue };
        let mut out = Plain::default();
        encode::command(tag.as_str(), &command, &dialect, &mut out);
        let again = out.into_bytes();
        let reread = parse::command(&again, &strict);
        let Ok((_, reread)) = reread else {
            panic!("{}: {reread:?}", again.escape_ascii());
        };
        let mut third = Plain::default();
        encode::command(tag.as_str(), &reread, &dialect, &mut third);
        assert_eq!(third.into_bytes(), again, "{}", again.escape_ascii());
    }
}

fn between(before: &[u8], data: &[u8], after: &[u8]) -> Vec<u8> {
    [before, data, after].concat()
}

/// Whole responses.
pub fn imap_response_roundtrip(data: &[u8]) {
    response(data);
}

/// Whole commands.
pub fn imap_command_roundtrip(data: &[u8]) {
    command(data);
}

/// ENVELOPE.
pub fn imap_envelope(data: &[u8]) {
    response(&between(b"* 1 FETCH (UID 7 ENVELOPE ", data, b" FLAGS ())\r\n"));
}

/// BODYSTRUCTURE.
pub fn imap_bodystructure(data: &[u8]) {
    response(&between(b"* 1 FETCH (UID 7 BODYSTRUCTURE ", data, b" FLAGS ())\r\n"));
}

/// Sets of numbers: ranges stay ranges, and their resolution holds what they hold.
pub fn imap_sequence_set(data: &[u8]) {
    command(&between(b"a UID FETCH ", data, b" (FLAGS)\r\n"));
    let frame = between(b"* VANISHED ", data, b"\r\n");
    if let Ok(Response::Vanished(vanished)) = parse::response(&frame, &Grammar::strict()) {
        for (low, high) in vanished.uids.resolved(1000).take(100) {
            assert!(low <= high);
            assert!(vanished.uids.contains(low, 1000) && vanished.uids.contains(high, 1000));
        }
    }
}

/// SEARCH, its keys and its options.
pub fn imap_search(data: &[u8]) {
    command(&between(b"a SEARCH ", data, b"\r\n"));
}

/// LIST, as a command and as a response.
pub fn imap_list(data: &[u8]) {
    command(&between(b"a LIST ", data, b"\r\n"));
    response(&between(b"* LIST ", data, b"\r\n"));
}

/// METADATA, as commands and as a response.
pub fn imap_metadata(data: &[u8]) {
    command(&between(b"a GETMETADATA ", data, b"\r\n"));
    command(&between(b"a SETMETADATA ", data, b"\r\n"));
    response(&between(b"* METADATA ", data, b"\r\n"));
}

/// URLs: what is read is written as what is read the same.
pub fn imap_url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = text.parse::<ImapUrl>() else { return };
    let again = url.to_string();
    assert_eq!(again.parse(), Ok(url), "{again}");
}
