//! What the post office does besides IMAP4rev1: over loopback, by hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod office;

use office::{Office, Talk, deliver};

fn login(office: &Office) -> Talk {
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap
}

/// An INBOX of so many messages.
fn inbox(office: &Office, n: usize) {
    for at in 0..n {
        deliver(office, "alice", &format!("message {at}"));
    }
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    let at = text.find(mark).unwrap_or_else(|| panic!("{mark} in {text}"));
    let rest = &text[at + mark.len()..];
    &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len())]
}

#[test]
fn changes_have_mod_sequences_and_a_conditional_store_leaves_what_changed() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 3);
    let (mut one, mut two) = (login(&office), login(&office));
    let selected = one.imap("SELECT INBOX (CONDSTORE)");
    let highest: u64 = after(&selected, "[HIGHESTMODSEQ ").parse().unwrap();
    two.imap("SELECT INBOX");

    two.imap("STORE 2 +FLAGS (\\Flagged)");
    let told = one.imap(&format!("STORE 1:3 (UNCHANGEDSINCE {highest}) +FLAGS.SILENT (\\Seen)"));

    assert!(told.contains("t OK [MODIFIED 2]"), "{told}");
    // Of what is silent the mod-sequence is told.
    assert!(told.contains("* 1 FETCH (MODSEQ (") && !told.contains("FETCH (FLAGS"), "{told}");
    assert!(
        told.contains(&format!(
            "* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) MODSEQ ({}))",
            highest + 1
        )),
        "{told}"
    );
    let changed = one.imap(&format!("FETCH 1:* (FLAGS) (CHANGEDSINCE {})", highest + 1));
    assert_eq!(changed.matches("FETCH (").count(), 2, "{changed}");
    let found = one.imap(&format!("SEARCH MODSEQ {}", highest + 2));
    assert!(found.contains(&format!("* SEARCH 1 3 (MODSEQ {})", highest + 3)), "{found}");
    let status = one.imap("STATUS INBOX (HIGHESTMODSEQ SIZE DELETED-STORAGE APPENDLIMIT)");
    assert!(status.contains(&format!("HIGHESTMODSEQ {}", highest + 3)), "{status}");
    // The other never asked for mod-sequences.
    assert!(!two.imap("NOOP").contains("MODSEQ"));
}

#[test]
fn a_store_that_no_message_takes_makes_no_keyword() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 2);
    let mut imap = login(&office);
    let selected = imap.imap("SELECT INBOX (CONDSTORE)");
    let highest = after(&selected, "[HIGHESTMODSEQ ").to_owned();
    imap.imap("STORE 1:2 +FLAGS (\\Seen)");

    let told = imap.imap(&format!("STORE 1:2 (UNCHANGEDSINCE {highest}) +FLAGS (fresh)"));
    let none = imap.imap("UID STORE 4711 +FLAGS (fresh)");

    assert!(told.contains("t OK [MODIFIED 1:2]"), "{told}");
    assert!(!told.contains("fresh") && !none.contains("fresh"), "{told}{none}");
    assert!(!imap.imap("SELECT INBOX").contains("fresh"));
    assert!(imap.imap("STORE 1 +FLAGS (fresh)").contains("fresh"));
}

#[test]
fn a_client_catches_up_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 5);
    let mut imap = login(&office);
    assert!(imap.ask("t SELECT INBOX (QRESYNC (1 1))", "t ").starts_with("t BAD"));
    assert!(imap.imap("ENABLE QRESYNC X-NONE").contains("* ENABLED QRESYNC\r\n"));
    let selected = imap.imap("SELECT INBOX");
    let (validity, highest) =
        (after(&selected, "[UIDVALIDITY "), after(&selected, "[HIGHESTMODSEQ "));
    imap.imap("STORE 2,4 +FLAGS.SILENT (\\Deleted)");
    let gone = imap.imap("EXPUNGE");
    assert!(gone.contains("* VANISHED 2,4\r\n") && gone.contains("t OK [HIGHESTMODSEQ "), "{gone}");
    imap.imap("STORE 1 +FLAGS.SILENT (\\Seen)");
    office.kill();

    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    imap.imap("ENABLE QRESYNC");
    let selected = imap.imap(&format!("SELECT INBOX (QRESYNC ({validity} {highest} 1:5))"));

    assert!(selected.contains("* VANISHED (EARLIER) 2,4\r\n"), "{selected}");
    assert_eq!(selected.matches(" FETCH (").count(), 1, "{selected}");
    assert!(selected.contains("* 1 FETCH (UID 1 FLAGS (\\Seen"), "{selected}");
    let since = imap.imap(&format!("UID FETCH 1:5 (FLAGS) (CHANGEDSINCE {highest} VANISHED)"));
    assert!(since.contains("* VANISHED (EARLIER) 2,4\r\n"), "{since}");
    // Of another life of the mailbox nothing is told.
    let other = imap.imap("SELECT INBOX (QRESYNC (1 1))");
    assert!(other.contains("* OK [CLOSED]") && !other.contains("VANISHED"), "{other}");
}

#[test]
fn searches_return_what_is_asked_and_are_saved() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 6);
    let mut imap = login(&office);
    imap.imap("SELECT INBOX");
    imap.imap("STORE 2:3 +FLAGS.SILENT (\\Flagged)");

    let found = imap.imap("UID SEARCH RETURN (MIN MAX COUNT) ALL");
    assert!(found.contains("* ESEARCH (TAG \"t\") UID MIN 1 MAX 6 COUNT 6\r\n"), "{found}");
    let found = imap.imap("SEARCH RETURN (PARTIAL -2:-1) ALL");
    assert!(found.contains("* ESEARCH (TAG \"t\") PARTIAL (-2:-1 5:6)\r\n"), "{found}");
    assert!(!imap.imap("SEARCH RETURN (SAVE) FLAGGED").contains("ESEARCH"));
    assert_eq!(imap.imap("FETCH $ (FLAGS)").matches(" FETCH (").count(), 2);
    let found = imap.imap("SEARCH RETURN (ALL) NOT $ YOUNGER 3600 SAVEDSINCE 1-Jan-2020");
    assert!(found.contains("ALL 1,4:6\r\n"), "{found}");
    assert!(imap.imap("SEARCH OLDER 3600").contains("* SEARCH\r\n"));
    let page = imap.imap("UID FETCH 1:* (FLAGS) (PARTIAL 2:3)");
    assert!(page.contains("* 2 FETCH") && page.contains("* 3 FETCH"), "{page}");
    assert_eq!(page.matches(" FETCH (").count(), 2, "{page}");
}

#[test]
fn parts_are_decoded_and_messages_have_identities_that_copies_share() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    let part =
        "Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n";
    let message = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello   there.\r\n--b\r\n{part}--b--\r\n"
    );
    imap.ask(&format!("t APPEND INBOX {{{}+}}\r\n{message}", message.len()), "t OK");
    imap.imap("SELECT INBOX");

    let fetched = imap.imap("FETCH 1 (BINARY.SIZE[2] PREVIEW BINARY.PEEK[2]<1.3>)");
    assert!(fetched.contains("BINARY.SIZE[2] 6"), "{fetched}");
    assert!(fetched.contains("PREVIEW \"Hello there.\""), "{fetched}");
    assert!(fetched.contains("BINARY[2]<1> ~{3}\r\n\u{1}\u{2}\u{3})"), "{fetched:?}");
    assert!(imap.imap("FETCH 1 BINARY.PEEK[3]").contains("BINARY[3] NIL"));
    imap.imap("COPY 1 INBOX");
    let ids = imap.imap("FETCH 1:2 (EMAILID THREADID SAVEDATE)");
    let id = after(&ids, "EMAILID (");
    assert_eq!(ids.matches(&format!("EMAILID ({id})")).count(), 2, "{ids}");
    assert!(ids.contains("THREADID NIL") && ids.contains("SAVEDATE \""), "{ids}");
    assert!(imap.imap(&format!("SEARCH EMAILID {id}")).contains("* SEARCH 1 2\r\n"));
    let mailbox = after(&imap.imap("SELECT INBOX"), "[MAILBOXID (").to_owned();
    imap.imap("CREATE New");
    imap.imap("RENAME New Newer");
    let status = imap.imap("STATUS Newer (MAILBOXID)");
    assert!(status.contains("MAILBOXID (F") && !status.contains(&mailbox), "{status}");
}

#[test]
fn without_sequence_numbers_nothing_speaks_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 3);
    let mut imap = login(&office);
    imap.imap("ENABLE UIDONLY");
    imap.imap("SELECT INBOX");

    assert!(imap.ask("t FETCH 1 FLAGS", "t ").starts_with("t BAD [UIDREQUIRED]"));
    let fetched = imap.imap("UID FETCH 2 (UID FLAGS BODY.PEEK[TEXT])");
    assert!(fetched.starts_with("* 2 UIDFETCH (FLAGS (\\Recent) BODY[TEXT] {11}\r\n"), "{fetched}");
    // There is no empty answer.
    let fetched = imap.imap("UID FETCH 2 (UID)");
    assert!(fetched.starts_with("* 2 UIDFETCH (UID 2)\r\n"), "{fetched}");
    imap.imap("UID STORE 2 +FLAGS (\\Deleted)");
    assert!(imap.imap("UID EXPUNGE 1:*").starts_with("* VANISHED 2\r\n"));
}

#[test]
fn folders_are_listed_with_what_is_asked_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 2);
    let mut imap = login(&office);
    imap.imap("CREATE \"Out box\" (USE (\\Sent))");
    imap.imap("CREATE A/B");
    imap.imap("SUBSCRIBE A/B");
    imap.imap("SUBSCRIBE Gone");
    assert!(imap.ask("t CREATE All (USE (\\All))", "t ").starts_with("t NO [USEATTR]"));
    // Taken: there is one place for what is sent.
    assert!(
        imap.ask("t CREATE Sent2 (USE (\\Archive \\Sent))", "t ").starts_with("t NO [USEATTR]")
    );
    assert!(!imap.imap("LIST \"\" Sent2").contains("* LIST"));

    let all = imap.imap("LIST \"\" %");
    assert!(all.contains("(\\HasNoChildren \\Sent) \"/\" \"Out box\"\r\n"), "{all}");
    assert!(all.contains("(\\HasChildren) \"/\" \"A\"\r\n") && !all.contains("Gone"), "{all}");
    let subscribed = imap.imap("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %");
    assert!(subscribed.contains("\"A\" (\"CHILDINFO\" (\"SUBSCRIBED\"))"), "{subscribed}");
    assert!(subscribed.contains("(\\NonExistent \\Subscribed) \"/\" \"Gone\""), "{subscribed}");
    let status = imap.imap("LIST \"\" (INBOX A) RETURN (STATUS (MESSAGES SIZE))");
    assert!(status.contains("* STATUS \"INBOX\" (MESSAGES 2 SIZE "), "{status}");
    assert_eq!(status.matches("* STATUS").count(), 2, "{status}");
    imap.imap("RENAME \"Out box\" Sent");
    assert!(imap.imap("LIST (SPECIAL-USE) \"\" *").contains("(\\Sent) \"/\" \"Sent\""));
}

#[test]
fn imap4rev2_is_spoken_to_who_enables_it() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    inbox(&office, 2);
    let mut imap = login(&office);
    assert!(imap.imap("ENABLE IMAP4rev2").contains("* ENABLED IMAP4rev2\r\n"));
    imap.imap("CREATE \"Entw\u{fc}rfe\"");
    let selected = imap.imap("SELECT \"Entw\u{fc}rfe\"");
    assert!(selected.contains("* LIST () \"/\" \"Entw\u{fc}rfe\"\r\n"), "{selected}");
    assert!(!selected.contains("RECENT"), "{selected}");
    imap.imap("SELECT INBOX");
    assert!(imap.imap("SEARCH ALL").contains("* ESEARCH (TAG \"t\") ALL 1:2\r\n"));
}

#[test]
fn notes_are_kept_and_rights_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    imap.imap("CREATE A");
    imap.imap("SETMETADATA A (/private/comment \"mine\" /shared/vendor/x/y {4+}\r\n1\r\n2)");
    imap.imap("SETMETADATA \"\" (/shared/admin \"mailto:a@b\")");
    imap.imap("SETMETADATA A (/private/color \"red\")");
    imap.imap("SETMETADATA A (/private/color NIL)");
    imap.imap("RENAME A B");
    office.kill();

    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    let told = imap.imap("GETMETADATA (DEPTH infinity) B (/private /shared)");
    assert!(
        told.contains(
            "* METADATA \"B\" (/private/comment \"mine\" /shared/vendor/x/y {4}\r\n1\r\n2)"
        ),
        "{told}"
    );
    let told = imap.imap("GETMETADATA (MAXSIZE 3) B (/private/comment /private/color)");
    assert!(
        told.contains("(/private/color NIL)") && told.contains("t OK [METADATA LONGENTRIES 4]"),
        "{told}"
    );
    assert!(imap.imap("GETMETADATA \"\" /shared/admin").contains("(/shared/admin \"mailto:a@b\")"));
    imap.ask("t SETMETADATA B (comment \"x\")", "t BAD");
    imap.ask("t GETMETADATA None /private/comment", "t NO [NONEXISTENT]");

    assert!(imap.imap("MYRIGHTS B").contains("* MYRIGHTS \"B\" lrswipkxtea\r\n"));
    assert!(imap.imap("GETACL B").contains("* ACL \"B\" alice lrswipkxtea\r\n"));
    imap.ask("t SETACL B bob lr", "t NO [NOPERM]");
}
