//! The post office as people run it: the real program, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, SERVICES, command, deliver, program};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

#[test]
fn the_demonstration_delivers_one_and_reads_it_back_twice() {
    let dir = tempfile::tempdir().unwrap();

    // Twice: the second finds mail of the first.
    for _ in 0..2 {
        let output = command(&dir.path().join("data")).arg("--demo").output().unwrap();

        let out = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{out}{errors}");
        let last = out.lines().last().unwrap();
        assert_eq!(last, "delivered 1, read back 1 by POP3 and 1 by IMAP, identical", "{out}");
        for line in ["smtp C: DATA", "pop3 C: RETR ", "imap C: "] {
            assert!(out.contains(line), "{out}");
        }
        // Each password is said once, to the one who is to use it, and in no conversation.
        for user in ["alice", "bob"] {
            let line = out.lines().find(|line| line.trim().starts_with(&format!("user {user}")));
            let password = line.unwrap().rsplit(' ').next().unwrap();
            assert_eq!(out.matches(password).count(), 1, "{out}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_status_2() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = file.join("data");

    let wrong: [(&Path, &[&str], &str); 10] = [
        (&data, &["--no-such-option"], "--no-such-option"),
        (&data, &["extra"], "extra"),
        (&data, &["--user", "alice"], "NAME:PASSWORD"),
        (&data, &["--user", "../x:y"], "a name is"),
        (&data, &["--domain", "a b"], "not a domain name"),
        (&data, &["--demo", "--no-demo"], "--no-demo"),
        (&data, &["--smtps", &port], &port),
        (&below_a_file, &["--demo"], "cannot use the folder"),
        (&data, &["--relay", "mail.example.org"], "is not HOST:PORT"),
        (&data, &["--mx", "/nowhere"], "--mx /nowhere: "),
    ];
    for (data, options, what) in wrong {
        let output = Command::new(program())
            .arg("--data")
            .arg(data)
            .args(options)
            .args(
                SERVICES
                    .iter()
                    .filter(|s| **s != "smtps")
                    .flat_map(|s| [format!("--{s}"), "0".to_owned()]),
            )
            .output()
            .unwrap();

        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{options:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{options:?}: {errors}");
        assert!(errors.starts_with("postoffice: ") && errors.contains(what), "{errors}");
    }
}

#[test]
fn mail_answered_with_250_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    for n in 1..=5 {
        let office = Office::start(dir.path(), &[]);
        deliver(&office, "bob", &format!("message {n}"));
        office.kill();

        let office = Office::start(dir.path(), &[]);
        let mut pop3 = office.connect("pop3");
        pop3.ask("USER bob", "+OK");
        pop3.ask("PASS builder", "+OK");
        assert!(pop3.ask("STAT", "+OK").starts_with(&format!("+OK {n} ")));
        let message = pop3.ask(&format!("RETR {n}"), ".\r\n");
        assert!(message.contains(&format!("\r\nmessage {n}\r\n.")), "{message}");
        office.kill();
    }
}

#[test]
fn unknown_users_and_other_domains_are_refused_and_submission_wants_a_user() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut smtp = office.connect("smtp");
    smtp.ask("EHLO test", "250 ");
    smtp.ask("MAIL FROM:<>", "250 ");
    smtp.ask("RCPT TO:<carol@localhost>", "550 5.1.1");
    smtp.ask("RCPT TO:<bob@example.org>", "550 5.7.1");
    smtp.ask("RCPT TO:<BOB@LOCALHOST>", "250 ");
    smtp.ask("RCPT TO:<postmaster>", "250 ");
    smtp.ask("QUIT", "221 ");

    let mut submission = office.connect("submission");
    submission.ask("EHLO test", "250 ");
    submission.ask("MAIL FROM:<alice@localhost>", "530 ");
    submission.ask("AUTH PLAIN AGJvYgB3cm9uZw==", "535 ");
    submission.ask("AUTH PLAIN AGJvYgBidWlsZGVy", "235 ");
    submission.ask("MAIL FROM:<alice@localhost>", "250 ");
}

#[test]
fn uids_flags_keywords_and_subscriptions_are_the_same_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    for n in 0..3 {
        deliver(&office, "alice", &format!("message {n}"));
    }
    let look = "FETCH 1:* (UID FLAGS RFC822.SIZE)";
    let validity = |answer: &str| {
        let at = answer.find("[UIDVALIDITY ").unwrap();
        answer[at..].split_once(']').unwrap().0.to_owned()
    };
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap.imap("CREATE \"Archive/2026 v1.2\"");
    imap.imap("SUBSCRIBE \"Archive/2026 v1.2\"");
    let selected = imap.imap("SELECT INBOX");
    imap.imap("STORE 1 +FLAGS (\\Flagged $Work)");
    imap.imap("STORE 3 +FLAGS (\\Deleted)");
    imap.imap("EXPUNGE");
    imap.imap("COPY 1 \"Archive/2026 v1.2\"");
    deliver(&office, "alice", "message 3");
    imap.imap("NOOP");
    imap.imap("STORE 3 +FLAGS (\\Seen $Home)");
    let before = imap.imap(look);
    assert!(before.contains("UID 4") && before.contains("$Work") && before.contains("$Home"));
    office.kill();

    let office = Office::start(dir.path(), &[]);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    assert_eq!(validity(&imap.imap("SELECT INBOX")), validity(&selected));
    // Recent is what no session has seen, so that alone must not be the same.
    let before = before.replace(" \\Recent", "").replace("\\Recent", "");
    assert_eq!(imap.imap(look), before);
    assert!(imap.imap("LSUB \"\" *").contains("\"Archive/2026 v1.2\""));
    let selected = imap.imap("SELECT \"Archive/2026 v1.2\"");
    assert!(selected.contains("* 1 EXISTS"), "{selected}");
    let copied = imap.imap(look);
    assert!(copied.contains("UID 1") && copied.contains("$Work"), "{copied}");
}

#[test]
fn an_idling_session_is_told_what_others_do() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    deliver(&office, "alice", "one");
    let mut idle = office.connect("imap");
    idle.imap("LOGIN alice \"wonder land\"");
    idle.imap("SELECT INBOX");
    idle.ask("t IDLE", "+ ");

    deliver(&office, "alice", "two");
    assert_eq!((idle.line(), idle.line()), ("* 2 EXISTS\r\n".into(), "* 2 RECENT\r\n".into()));
    let mut other = office.connect("imap");
    other.imap("LOGIN alice \"wonder land\"");
    other.imap("SELECT INBOX");
    other.imap("STORE 1 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(idle.line(), "* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent))\r\n");
    other.imap("EXPUNGE");
    assert_eq!(idle.line(), "* 1 EXPUNGE\r\n");
    // Another program, which tells nobody.
    let new = dir.path().join("mail/alice/new");
    std::fs::write(new.join("1.by-hand"), "Subject: x\n\nby hand\n").unwrap();
    assert_eq!(idle.line(), "* 2 EXISTS\r\n");
    idle.line();
    assert!(idle.ask("DONE", "t ").starts_with("t OK"));
    let fetched = idle.imap("FETCH 2 (RFC822.SIZE BODY[TEXT])");
    assert!(fetched.contains("RFC822.SIZE 23 BODY[TEXT] {9}\r\nby hand\r\n"), "{fetched}");
}

#[test]
fn an_append_that_is_refused_or_broken_off_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap.ask("t APPEND Nowhere {5}", "t NO [TRYCREATE]");
    imap.ask("t APPEND INBOX {9999999999}", "t NO [TOOBIG]");
    imap.ask("t APPEND INBOX (\\Seen $X) \"01-Jan-2020 10:00:00 +0100\" {5}", "+ ");
    let answer = imap.ask("hello", "t OK [APPENDUID ");
    assert!(answer.contains(" 1]"), "{answer}");
    imap.ask("t APPEND INBOX {50}", "+ ");
    imap.say("half of it");
    drop(imap);

    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    assert!(imap.imap("SELECT INBOX").contains("* 1 EXISTS"));
    let fetched = imap.imap("FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])");
    assert!(
        fetched.contains("(\\Seen \\Recent $X) INTERNALDATE \" 1-Jan-2020 09:00:00 +0000\""),
        "{fetched}"
    );
    assert!(fetched.contains("BODY[] {5}\r\nhello)"), "{fetched}");
    let tmp = dir.path().join("mail/alice/tmp");
    assert_eq!(std::fs::read_dir(tmp).unwrap().count(), 0);
}

#[test]
fn sessions_are_told_when_the_program_ends_and_traces_hide_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &["--trace"]);
    deliver(&office, "bob", "hello");
    let mut pop3 = office.connect("pop3");
    pop3.ask("USER alice", "+OK");
    pop3.ask("PASS wonder land", "+OK");
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    let mut smtp = office.connect("smtp");
    smtp.ask("EHLO test", "250 ");

    let (output, said) = office.interrupt();

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(said.ends_with("\n"), "{said}");
    assert!(smtp.line().starts_with("421 "));
    assert!(imap.line().starts_with("* BYE"));
    let conversations = said.split_once("Now serving").unwrap().1;
    assert!(conversations.contains("C: PASS (hidden)"), "{conversations}");
    assert!(!conversations.contains("wonder land"), "{conversations}");
}
