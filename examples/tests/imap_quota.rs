//! QUOTA and UNAUTHENTICATE of the post office, over loopback, by hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk};

fn append(imap: &mut Talk, len: usize) -> String {
    imap.ask(&format!("t APPEND INBOX {{{len}+}}\r\n{}", "x".repeat(len)), "t ")
}

#[test]
fn what_is_too_much_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &["--quota", "10240"]);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");

    assert!(append(&mut imap, 6000).starts_with("t OK"));
    assert_eq!(imap.imap("GETQUOTA \"\"").lines().next(), Some("* QUOTA \"\" (STORAGE 6 10)"));
    let said = imap.imap("GETQUOTAROOT INBOX");
    assert!(
        said.starts_with("* QUOTAROOT \"INBOX\" \"\"\r\n* QUOTA \"\" (STORAGE 6 10)\r\n"),
        "{said}"
    );
    let refused = imap.ask("t APPEND INBOX {4241}", "t ");
    assert!(refused.starts_with("t NO [OVERQUOTA]"), "before it is sent: {refused}");
    imap.imap("SELECT INBOX");
    assert!(imap.ask("t COPY 1 INBOX", "t ").contains("t NO [OVERQUOTA]"));
    assert!(append(&mut imap, 4240).contains("t OK"));
    for (line, code) in [
        ("t GETQUOTA other", "NONEXISTENT"),
        ("t GETQUOTAROOT other", "NONEXISTENT"),
        ("t SETQUOTA \"\" (STORAGE 100)", "NOPERM"),
    ] {
        let said = imap.ask(line, "t ");
        assert!(said.contains(&format!("t NO [{code}]")), "{line}: {said}");
    }
    // Nor does mail come in.
    let mut smtp = office.connect("smtp");
    smtp.ask("EHLO test", "250 ");
    smtp.ask("MAIL FROM:<a@client.test>", "250 ");
    smtp.ask("RCPT TO:<alice@localhost>", "452 4.2.2");
    smtp.ask("RCPT TO:<bob@localhost>", "250 ");
    // What is removed makes room.
    imap.imap("STORE 1 +FLAGS (\\Deleted)");
    let said = imap.imap("STATUS INBOX (DELETED DELETED-STORAGE)");
    assert!(said.contains("(DELETED 1 DELETED-STORAGE 6000)"), "{said}");
    imap.imap("EXPUNGE");
    assert!(append(&mut imap, 6000).contains("t OK"));
}

#[test]
fn what_replace_removes_makes_room_for_what_it_adds() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &["--quota", "10240"]);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap.imap("CREATE Work");
    assert!(append(&mut imap, 6000).starts_with("t OK"));
    assert!(append(&mut imap, 3000).starts_with("t OK"));
    imap.imap("SELECT INBOX");
    // The sizes that are told, and counted, are those on disk.
    let room = 10240 - 3000;

    let refused = imap.ask(&format!("t UID REPLACE 1 INBOX {{{}}}", room + 1), "t ");
    assert!(refused.starts_with("t NO [OVERQUOTA]"), "before it is sent: {refused}");
    let said = imap.imap("FETCH 1:* (UID RFC822.SIZE)");
    assert!(said.contains("(UID 1 RFC822.SIZE 6000)"), "it stays: {said}");
    assert!(!said.contains("* 3 "), "nothing came: {said}");

    let mut replace = |command: &str, size: usize| {
        imap.ask(&format!("t {command} {{{size}+}}\r\n{}", "x".repeat(size)), "t ")
    };
    let said = replace("UID REPLACE 1 INBOX", room);
    assert!(said.contains("t OK"), "{said}");
    // Into another folder of the same root, by numbers: the first is what was the second.
    let said = replace("REPLACE 1 Work", 3000);
    assert!(said.contains("t OK"), "{said}");
    let said = replace("UID REPLACE 3 INBOX", room + 1);
    assert!(said.contains("t NO [OVERQUOTA]"), "{said}");

    assert!(append(&mut imap, 1).contains("t NO [OVERQUOTA]"));
    assert_eq!(imap.imap("GETQUOTA \"\"").lines().next(), Some("* QUOTA \"\" (STORAGE 10 10)"));
    // What is made of others counts alike.
    let url = "\"/Work;UIDVALIDITY=1/;UID=1\"";
    let said = imap.ask(&format!("t UID REPLACE 3 INBOX CATENATE (URL {url} URL {url})"), "t ");
    assert!(!said.contains("OVERQUOTA"), "{said}");
}

#[test]
fn without_a_limit_there_is_no_quota_root() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    assert!(imap.ask("t GETQUOTA \"\"", "t ").starts_with("t NO [NONEXISTENT]"));
    assert!(imap.imap("GETQUOTAROOT INBOX").starts_with("* QUOTAROOT \"INBOX\"\r\nt OK"));
}

#[test]
fn one_connection_serves_another_user() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = office.connect("imap");
    assert!(imap.imap("LOGIN alice \"wonder land\"").starts_with("t OK"));
    assert!(imap.imap("CAPABILITY").contains(" UNAUTHENTICATE"));
    imap.imap("ENABLE QRESYNC");
    assert!(append(&mut imap, 5).contains("t OK"));
    imap.imap("SELECT INBOX");

    imap.say("a UNAUTHENTICATE\r\nb LOGIN bob builder");

    assert!(imap.line().starts_with("a OK"));
    assert!(imap.line().starts_with("b OK"));
    assert!(imap.ask("t FETCH 1 FLAGS", "t ").starts_with("t BAD"));
    let said = imap.imap("SELECT INBOX");
    assert!(said.contains("* 0 EXISTS"), "{said}");
    let refused = imap.ask("t SELECT INBOX (QRESYNC (1 1))", "t ");
    assert!(refused.contains("t BAD QRESYNC was not enabled"), "{refused}");
}
