//! How far long commands of the post office have come (RFC 9585): over loopback, by hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk, deliver};

fn opened(office: &Office) -> Talk {
    for at in 0..4 {
        deliver(office, "alice", &format!("message {at}"));
    }
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap.imap("CREATE Archive");
    imap.imap("SELECT INBOX");
    imap
}

#[test]
fn each_command_that_takes_long_says_how_far_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &["--progress", "0"]);
    let mut imap = opened(&office);
    assert!(imap.imap("CAPABILITY").contains(" INPROGRESS"));

    for command in [
        "SEARCH TEXT message",
        "UID SEARCH 2",
        "SORT (DATE) UTF-8 ALL",
        "UID THREAD REFERENCES UTF-8 ALL",
        "COPY 1:* Archive",
        "UID MOVE 1:* Archive",
    ] {
        let answer = imap.imap(command);
        let lines = answer.lines().filter(|line| line.contains("[INPROGRESS"));
        let codes: Vec<&str> = lines.filter_map(|line| line.split(']').next()).collect();
        // The answer itself says that all are done.
        let expected = [1, 2, 3].map(|done| format!("* OK [INPROGRESS (\"t\" {done} 4)"));
        assert_eq!(codes, expected, "{command}: {answer}");
        assert!(answer.find("INPROGRESS (\"t\" 3") < answer.find("\r\nt OK"), "{answer}");
    }
    imap.imap("SELECT Archive");
    assert_eq!(imap.imap("FETCH 1:8 UID").matches(" FETCH (").count(), 8);
    // RFC 9585: a tag with `]` is not said.
    let answer = imap.ask("a]b SEARCH ALL", "a]b OK");
    assert!(answer.contains("* OK [INPROGRESS (NIL 7 8)]"), "{answer}");
}

#[test]
fn a_command_that_is_done_at_once_says_nothing_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = opened(&office);

    for command in ["SEARCH TEXT message", "COPY 1:* Archive"] {
        let answer = imap.imap(command);
        assert!(!answer.contains("INPROGRESS"), "{answer}");
    }
}
