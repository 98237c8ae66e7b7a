//! The table of capabilities in `docs/imap-capabilities.md` says what is so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Capability, Dialect};
use std::fs;
use std::path::Path;

struct Row<'a> {
    name: &'a str,
    rfc: &'a str,
    file: &'a str,
    line: String,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let row = |line| {
        let [name, rfc, file, line] =
            str::strip_prefix(line, "| ")?.splitn(4, " | ").collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let file = file.split_once("](../crates/imap/")?.1.strip_suffix(')')?;
        let line = line.strip_prefix('`')?.strip_suffix("` |")?;
        let line = line.replace("\\r\\n", "\r\n").replace("\\x01", "\x01");
        Some(Row { name, rfc, file, line })
    };
    table.lines().filter_map(row).collect()
}

/// Whether all of it is known: nothing in it is carried raw.
fn is_known(debug: &str) -> bool {
    !debug.contains("Other(") && !debug.contains("Other {") && !debug.contains("Invalid")
}

#[test]
fn every_row_has_its_file_and_its_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("../../docs/imap-capabilities.md")).unwrap();
    let rows = rows(&table);
    assert_eq!(rows.len(), 84, "as many as in the comparison with other systems");
    for Row { name, rfc, file, line } in rows {
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        let is_number = rfc.chars().all(|c| c.is_ascii_digit());
        let named = !is_number || source.contains(&format!("RFC {rfc}"));
        // What every IMAP has is not said again in each file.
        assert!(named || ["3501", "9051"].contains(&rfc), "{name}: {file} does not name RFC {rfc}");
        assert_is_known(&line, name);
    }
}

/// What each of the extensions says besides, of both sides.
#[test]
fn every_other_line_is_known_and_written_as_it_was_read() {
    let lines = include_str!("data/capability-lines.txt");
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        assert_is_known(&line.replace("\\r\\n", "\r\n"), line);
    }
}

/// A line that begins with `C: ` or `S: ` is parsed strictly, carries nothing raw, and is written as it
/// was read.
fn assert_is_known(line: &str, name: &str) {
    if let Some(command) = line.strip_prefix("C: ") {
        let frame = format!("a {command}\r\n");
        let (_, parsed) = parse::command(frame.as_bytes(), &Grammar::strict())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(is_known(&format!("{parsed:?}")), "{name}: {parsed:?}");
        let mut out = Plain::default();
        encode::command("a", &parsed, &Dialect::rev1(), &mut out);
        assert_eq!(String::from_utf8(out.into_bytes()).unwrap(), frame, "{name}");
    } else {
        let frame = format!("* {}\r\n", line.strip_prefix("S: ").unwrap());
        let parsed = parse::response(frame.as_bytes(), &Grammar::strict())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(is_known(&format!("{parsed:?}")), "{name}: {parsed:?}");
        let mut out = Vec::new();
        encode::response(&parsed, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), frame, "{name}");
    }
}

/// A capability that has a name here has a row there.
#[test]
fn every_capability_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("../../docs/imap-capabilities.md")).unwrap();
    for (name, _) in Capability::PLAIN {
        let family = name.split('=').next().unwrap();
        assert!(table.contains(family), "{name}");
    }
}
