//! MULTIAPPEND, CATENATE and REPLACE of the post office, over loopback, by hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk};

const MESSAGE: &str = "Subject: parts\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\n\r\nthe first\r\n--b\r\n\r\nthe second\r\n--b--\r\n";

fn office(options: &[&str]) -> (tempfile::TempDir, Office, Talk) {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), options);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    (dir, office, imap)
}

fn literal(text: &str) -> String {
    format!("{{{}+}}\r\n{text}", text.len())
}

fn bodies(imap: &mut Talk) -> String {
    imap.imap("NOOP");
    imap.imap("FETCH 1:* (FLAGS BODY.PEEK[])")
}

#[test]
fn many_messages_come_together_or_not_at_all() {
    let (dir, _office, mut imap) = office(&["--quota", "20000"]);
    imap.imap("SELECT INBOX");

    let said = imap.imap("APPEND INBOX (\\Seen) {3+}\r\none (\\Draft $X) \"01-Jan-2020 10:00:00 +0100\" {3+}\r\ntwo {5+}\r\nthree");
    assert!(said.contains(" 1:3]"), "{said}");
    let all = bodies(&mut imap);
    for part in [
        "(\\Seen \\Recent) BODY[] {3}\r\none)",
        "$X) BODY[] {3}\r\ntwo)",
        "(\\Recent) BODY[] {5}\r\nthree)",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }

    // By literals that wait, the second refused.
    imap.ask("t APPEND INBOX {10000}", "+ ");
    let refused = imap.ask(&format!("{} {{10000}}", "x".repeat(10_000)), "t ");
    assert!(refused.starts_with("t NO [OVERQUOTA]"), "{refused}");
    imap.ask("t APPEND INBOX {3+}\r\none {0+}\r\n", "t NO");
    imap.ask("t APPEND INBOX {3+}\r\none and more", "t BAD");
    imap.ask("t APPEND INBOX {3+}\r\none {999999999}", "t NO [TOOBIG]");
    assert!(!imap.imap("NOOP").contains("EXISTS"));
    assert_eq!(std::fs::read_dir(dir.path().join("mail/alice/tmp")).unwrap().count(), 0);
}

#[test]
fn messages_are_put_together_from_others() {
    let (_dir, _office, mut imap) = office(&[]);
    imap.imap(&format!("APPEND INBOX {}", literal(MESSAGE)));
    imap.imap("CREATE Made");
    let validity = imap.imap("STATUS INBOX (UIDVALIDITY)");
    let validity: String = validity.chars().filter(char::is_ascii_digit).collect();

    let head = literal("Subject: made\r\n\r\n");
    let made = imap.imap(&format!(
        "APPEND Made (\\Seen) CATENATE (TEXT {head} URL /INBOX;UIDVALIDITY={validity}/;UID=1/;SECTION=2 \
         TEXT {} URL \"imap://alice@localhost/INBOX/;UID=1/;SECTION=1\" \
         URL /INBOX/;UID=1/;SECTION=1/;PARTIAL=4.3)",
        literal(" and ")
    ));
    assert!(made.contains("t OK [APPENDUID "), "{made}");
    // Of URLs only, and two at once; one relative to what is selected.
    imap.imap("SELECT INBOX");
    imap.imap("APPEND Made CATENATE (URL \"/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(SUBJECT)\") CATENATE (URL /;UID=1/;SECTION=1 URL /INBOX/;UID=1/;SECTION=2)");
    imap.imap("SELECT Made");
    let all = bodies(&mut imap);
    for body in [
        "Subject: made\r\n\r\nthe second and the firstfir)",
        "Subject: parts\r\n\r\n)",
        "the firstthe second)",
    ] {
        assert!(all.contains(body), "{body}: {all}");
    }

    for url in [
        "/INBOX/;UID=9",
        "/INBOX;UIDVALIDITY=1/;UID=1",
        "/Nowhere/;UID=1",
        "/INBOX/;UID=1/;SECTION=7",
        "/INBOX/;UID=1/;SECTION=1]%20FLAGS%20BODY[2",
        "imap://bob@localhost/INBOX/;UID=1",
        "imap://elsewhere.example/INBOX/;UID=1",
        "/INBOX",
        "http://x/",
    ] {
        let said = imap.ask(&format!("t APPEND Made CATENATE (TEXT {head} URL \"{url}\")"), "t ");
        // A bracket ends what a response code can say.
        let told = url.split_once("%20").map_or(url, |(told, _)| told);
        assert!(
            said.contains(&format!("t NO [BADURL {}", told.trim_end_matches(']'))),
            "{url}: {said}"
        );
    }
    assert!(imap.imap("STATUS Made (MESSAGES)").contains("MESSAGES 3"));
}

#[test]
fn a_message_takes_the_place_of_another() {
    let (_dir, office, mut imap) = office(&[]);
    for text in ["one", "two", "three"] {
        imap.imap(&format!("APPEND INBOX {}", literal(text)));
    }
    imap.imap("CREATE Made");
    imap.imap("SELECT INBOX");

    let said = imap.imap("REPLACE 2 INBOX (\\Seen) {3+}\r\nnew");
    let (code, rest) = said.split_once("] ").unwrap();
    assert!(code.starts_with("* OK [APPENDUID ") && code.ends_with(" 4"), "{said}");
    // As in RFC 8508 section 3.2.
    assert!(rest.contains("* 4 EXISTS\r\n") && rest.contains("* 2 EXPUNGE\r\nt OK"), "{said}");
    let said = imap.imap("UID REPLACE 3 Made CATENATE (URL /INBOX/;UID=1 TEXT {1+}\r\n!)");
    assert!(said.contains("* 2 EXPUNGE\r\n") && !said.contains("EXISTS"), "{said}");
    imap.imap("UID REPLACE * Made CATENATE (URL /INBOX/;UID=1)");
    let all = bodies(&mut imap);
    assert!(all.contains("{3}\r\none)") && !all.contains("* 2 "), "{all}");

    imap.ask("t REPLACE 2 INBOX {3}", "t NO");
    imap.ask("t UID REPLACE 9 INBOX {3}", "t NO");
    imap.ask("t REPLACE 1 Nowhere {3}", "t NO [TRYCREATE]");
    imap.ask("t REPLACE 1 INBOX {3+}\r\nnew {3+}\r\nnew", "t BAD");
    imap.imap("EXAMINE INBOX");
    imap.ask("t REPLACE 1 INBOX {3}", "t NO");
    imap.imap("SELECT Made");
    let all = bodies(&mut imap);
    assert!(all.contains("{4}\r\none!)") && all.contains("{3}\r\none)"), "{all}");
    drop(office);
}
