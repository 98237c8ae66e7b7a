//! What the tests of the capabilities share.

use crate::encode;
use crate::parse::{self, Grammar};
use crate::types::{Command, Dialect, Response};
use alloc::string::String;
use alloc::vec::Vec;

/// Each of these is parsed strictly, and written as it stands here.
pub(crate) fn commands(lines: &[&str]) {
    for line in lines {
        let frame = std::format!("a {line}\r\n");
        let grammar = Grammar::strict();
        let parsed = parse::command(frame.as_bytes(), &grammar);
        let (tag, command) = parsed.unwrap_or_else(|error| panic!("{line}: {error:?}"));
        assert!(!matches!(command, Command::Other { .. }), "{line}: not known");
        assert_eq!(written(tag.as_str(), &command), frame, "{command:?}");
    }
}

/// A command as a client writes it that needs no leave for literals.
pub(crate) fn written(tag: &str, command: &Command<'_>) -> String {
    let mut out = encode::Plain::default();
    encode::command(tag, command, &Dialect::default(), &mut out);
    String::from_utf8_lossy(&out.into_bytes()).into_owned()
}

/// Each of these is refused strictly.
pub(crate) fn no_commands(lines: &[&str]) {
    for line in lines {
        let frame = std::format!("a {line}\r\n");
        let parsed = parse::command(frame.as_bytes(), &Grammar::strict());
        assert!(parsed.is_err(), "{line}: {parsed:?}");
    }
}

/// Each of these is parsed strictly, and written as it stands here.
pub(crate) fn responses(lines: &[&str]) {
    for line in lines {
        let frame = std::format!("* {line}\r\n");
        let parsed = parse::response(frame.as_bytes(), &Grammar::strict());
        let response = parsed.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(!matches!(response, Response::Other(_)), "{line}: not known");
        let mut again = Vec::new();
        encode::response(&response, &mut again);
        assert_eq!(String::from_utf8_lossy(&again), frame, "{response:?}");
    }
}
