//! kill -9 while several messages come together (RFC 3502, RFC 3501 section 6.4.7): all are there
//! afterwards, or none; and while one replaces another (RFC 8508).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk};
use std::fs;
use std::path::Path;

/// How many messages come together.
const TOGETHER: usize = 150;

fn opened(office: &Office) -> Talk {
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap
}

fn count(imap: &mut Talk, mailbox: &str) -> usize {
    let selected = imap.imap(&format!("SELECT {mailbox}"));
    let line = selected.lines().find_map(|line| line.strip_suffix(" EXISTS")).unwrap();
    line.trim_start_matches("* ").parse().unwrap()
}

/// How many files of messages there are.
fn files(folder: &Path) -> usize {
    let count = |place| fs::read_dir(folder.join(place)).unwrap().count();
    count("new") + count("cur")
}

/// Kills it as soon as there are more files than that.
fn kill_after(office: Office, folder: &Path, most: usize) {
    while files(folder) <= most {}
    office.kill();
}

#[test]
fn messages_that_come_together_are_all_there_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let message = " (\\Flagged) {17+}\r\nSubject: x\r\n\r\ny\r\n";
    let command = format!("t APPEND INBOX{}", message.repeat(TOGETHER));

    let folder = dir.path().join("mail/alice");
    let mut before = 0;
    for more in [0, 0, 1, 20, 60, 100, TOGETHER - 1] {
        let office = Office::start(dir.path(), &[]);
        opened(&office).say(&command);
        kill_after(office, &folder, before + more);

        let office = Office::start(dir.path(), &[]);
        let after = count(&mut opened(&office), "INBOX");
        assert!(after == before || after == before + TOGETHER, "{before} and then {after}");
        before = after;
    }
    let office = Office::start(dir.path(), &[]);
    let mut imap = opened(&office);
    assert!(imap.ask(&command, "t ").starts_with("t OK [APPENDUID "));
    assert_eq!(count(&mut imap, "INBOX"), before + TOGETHER);
}

#[test]
fn what_is_copied_is_all_there_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = opened(&office);
    let message = " {17+}\r\nSubject: x\r\n\r\ny\r\n";
    imap.imap(&format!("APPEND INBOX{}", message.repeat(TOGETHER)));
    imap.imap("CREATE Copies");
    office.kill();

    let folder = dir.path().join("mail/alice/.Copies");
    let mut before = 0;
    for more in [0, 0, 1, 20, 60, 100, TOGETHER - 1] {
        let office = Office::start(dir.path(), &[]);
        let mut imap = opened(&office);
        imap.imap("SELECT INBOX");
        imap.say("t COPY 1:* Copies");
        kill_after(office, &folder, before + more);

        let office = Office::start(dir.path(), &[]);
        let after = count(&mut opened(&office), "Copies");
        assert!(after == before || after == before + TOGETHER, "{before} and then {after}");
        before = after;
    }
}

#[test]
fn one_that_is_replaced_is_there_or_its_replacement() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = opened(&office);
    imap.imap("CREATE Other");
    imap.imap("APPEND INBOX {17+}\r\nSubject: x\r\n\r\n0\r\n");
    office.kill();

    let mut mailboxes = ["INBOX", "Other"];
    for _ in 0..10 {
        let office = Office::start(dir.path(), &[]);
        let mut imap = opened(&office);
        assert_eq!(count(&mut imap, mailboxes[0]), 1);
        imap.say(&format!("t REPLACE 1 {} {{17+}}\r\nSubject: x\r\n\r\n1\r\n", mailboxes[1]));
        let folder = if mailboxes[1] == "INBOX" { "mail/alice" } else { "mail/alice/.Other" };
        kill_after(office, &dir.path().join(folder), 0);

        let office = Office::start(dir.path(), &[]);
        let mut imap = opened(&office);
        let counts = mailboxes.map(|mailbox| count(&mut imap, mailbox));
        assert!(counts == [1, 0] || counts == [0, 1], "{counts:?}");
        if counts == [0, 1] {
            mailboxes.reverse();
        }
    }
}
