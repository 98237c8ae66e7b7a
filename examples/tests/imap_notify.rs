//! NOTIFY of the post office, over loopback, by hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk, deliver};

fn login(office: &Office) -> Talk {
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap
}

/// Lines until one that has `end` in it.
fn until(imap: &mut Talk, end: &str) -> String {
    let mut all = String::new();
    loop {
        let line = imap.line();
        assert!(!line.is_empty(), "closed, after {all}");
        all.push_str(&line);
        if line.contains(end) {
            return all;
        }
    }
}

#[test]
fn the_selected_folder_is_told_without_idle() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    deliver(&office, "alice", "one");
    let (mut imap, mut other) = (login(&office), login(&office));
    imap.imap("SELECT INBOX");
    imap.imap("NOTIFY SET (selected (MessageNew (UID BODY.PEEK[TEXT]) MessageExpunge FlagChange))");

    deliver(&office, "alice", "two");
    let all = until(&mut imap, "two");
    assert!(all.contains("* 2 EXISTS") && all.contains("* 2 FETCH (UID 2 BODY[TEXT]"), "{all}");
    until(&mut imap, ")");
    other.imap("SELECT INBOX");
    other.imap("STORE 1 +FLAGS (\\Flagged)");
    until(&mut imap, "\\Flagged");
    other.imap("STORE 1 +FLAGS (\\Deleted)");
    other.imap("EXPUNGE");
    until(&mut imap, "* 1 EXPUNGE");

    // Delayed: only where it can be told anyhow.
    imap.imap("NOTIFY SET (selected-delayed (MessageNew MessageExpunge))");
    other.imap("STORE 1 +FLAGS (\\Deleted)");
    other.imap("EXPUNGE");
    deliver(&office, "alice", "three");
    let all = until(&mut imap, "EXISTS");
    assert!(!all.contains("EXPUNGE"), "{all}");
    assert!(imap.imap("NOOP").contains("* 1 EXPUNGE"));
}

#[test]
fn other_folders_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let (mut imap, mut other) = (login(&office), login(&office));
    other.imap("CREATE Work/New");
    other.imap("CREATE Quiet");

    let said = imap.imap(
        "NOTIFY SET STATUS (mailboxes Quiet NONE) (subtree Work (MessageNew MessageExpunge FlagChange)) \
         (personal (MessageNew MessageExpunge MailboxName SubscriptionChange))",
    );
    assert!(said.contains("* STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 1"), "{said}");
    assert!(said.contains("\"Work/New\"") && !said.contains("Quiet"), "{said}");

    other.imap("APPEND Quiet {1+}\r\nx");
    other.imap("APPEND Work/New {1+}\r\nx");
    let all = until(&mut imap, "* STATUS \"Work/New\" (MESSAGES 1 UIDNEXT 2");
    assert!(!all.contains("Quiet"), "{all}");
    other.imap("SELECT Work/New");
    other.imap("STORE 1 +FLAGS (\\Flagged)");
    until(&mut imap, "* STATUS \"Work/New\"");
    deliver(&office, "alice", "one");
    until(&mut imap, "* STATUS \"INBOX\" (MESSAGES 1");
    other.imap("CREATE Made");
    until(&mut imap, "* LIST () \"/\" \"Made\"");
    other.imap("SUBSCRIBE Made");
    until(&mut imap, "* LIST (\\Subscribed) \"/\" \"Made\"");
    other.imap("RENAME Made Named");
    let all = until(&mut imap, "* LIST () \"/\" \"Named\" (\"OLDNAME\" (\"Made\"))");
    assert!(!all.contains("NonExistent"), "{all}");
    other.imap("DELETE Named");
    until(&mut imap, "* LIST (\\NonExistent) \"/\" \"Named\"");
    // Of what goes with it nothing is said (RFC 5465 section 5.4).
    other.imap("RENAME Work Job");
    until(&mut imap, "* LIST () \"/\" \"Job\" (\"OLDNAME\" (\"Work\"))");
    let all = imap.imap("NOOP");
    assert!(!all.contains("Job/New") && !all.contains("NonExistent"), "{all}");
    imap.imap("NOTIFY NONE");
    other.imap("CREATE Again");
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(imap.imap("NOOP").starts_with("t OK"));
}

#[test]
fn a_folder_is_told_when_one_above_it_that_is_not_watched_is_renamed() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let (mut imap, mut other) = (login(&office), login(&office));
    other.imap("CREATE Work/New/Deep");
    imap.imap("NOTIFY SET (mailboxes (Work/New Job/New Job/New/Deep) (MailboxName))");

    other.imap("RENAME Work Job");

    let all = until(&mut imap, "* LIST () \"/\" \"Job/New\" (\"OLDNAME\" (\"Work/New\"))");
    assert!(!all.contains("\"Job\""), "{all}");
    let all = imap.imap("NOOP");
    assert!(!all.contains("LIST"), "one below that goes with it is not told: {all}");
}

#[test]
fn what_cannot_be_told_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    imap.ask("t NOTIFY SET (personal (AnnotationChange))", "t NO [BADEVENT (");
    imap.ask("t NOTIFY SET (personal (MessageNew))", "t BAD");
    imap.ask("t NOTIFY SET (personal (FlagChange))", "t BAD");
    imap.ask("t NOTIFY SET (personal (MessageNew (FLAGS) MessageExpunge))", "t BAD");
    imap.ask("t NOTIFY SET (selected (MailboxName))", "t BAD");
}
