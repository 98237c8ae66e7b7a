//! What is written is read back the same, and one command is one line.
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_pop3::{Argument, Command, Reply, UniqueId};
use mailwire_testkit::generate::pop3::{argument, command, reply};
use mailwire_testkit::generate::text::evil;
use proptest::prelude::*;

proptest! {
    #[test]
    fn commands_come_back_and_are_one_line(command in command()) {
        let mut line = Vec::new();
        command.encode(&mut line);

        let text = line.strip_suffix(b"\r\n").unwrap();
        prop_assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        prop_assert_eq!(Command::parse(text), Ok(command));
    }

    #[test]
    fn replies_come_back_and_are_one_line(reply in reply()) {
        let mut line = Vec::new();
        reply.encode(&mut line);

        let text = line.strip_suffix(b"\r\n").unwrap();
        prop_assert!(!text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        prop_assert_eq!(Reply::parse(text), Some(reply));
    }

    #[test]
    fn passwords_keep_their_spaces(password in argument()) {
        let mut line = Vec::new();
        Command::Pass(password.clone()).encode(&mut line);

        prop_assert_eq!(line, [b"PASS ", password.as_bytes(), b"\r\n"].concat());
    }

    #[test]
    fn no_argument_is_more_than_an_argument(text in evil()) {
        let controls = |bytes: &[u8]| bytes.iter().any(|b| b.is_ascii_control());
        match Argument::new(text.as_bytes()) {
            Ok(argument) => prop_assert!(!controls(argument.as_bytes())),
            Err(_) => prop_assert!(controls(text.as_bytes())),
        }
        if let Ok(id) = UniqueId::new(&text) {
            prop_assert!(id.as_str() == text && text.bytes().all(|b| b.is_ascii_graphic()));
        }
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Reply::parse(&bytes);
        if let Ok(command) = Command::parse(&bytes) {
            let mut line = Vec::new();
            command.encode(&mut line);
            line.truncate(line.len() - 2);
            prop_assert_eq!(Command::parse(&line), Ok(command));
        }
    }
}
