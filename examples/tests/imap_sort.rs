//! SORT and THREAD of the post office: over loopback, by hand.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod office;

use office::{Office, Talk};

/// Five messages: two conversations of two, and one that stands alone.
const MESSAGES: [&str; 5] = [
    "Subject: pears\r\nFrom: Zoe <ann@x.example>\r\nDate: Wed, 3 Jan 2024 00:00:00 +0000\r\nMessage-ID: <p@x>\r\n\r\nlong enough to be the longest\r\n",
    "Subject: apples\r\nFrom: Yan <cat@x.example>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <a@x>\r\n\r\n.\r\n",
    "Subject: Re: apples\r\nFrom: Xi <bob@x.example>\r\nDate: Tue, 2 Jan 2024 00:00:00 +0000\r\nMessage-ID: <b@x>\r\nIn-Reply-To: <a@x>\r\n\r\n.\r\n",
    "Subject: figs\r\nFrom: dan@x.example\r\nDate: Fri, 5 Jan 2024 00:00:00 +0000\r\nMessage-ID: <f@x>\r\nReferences: <p@x>\r\n\r\n.\r\n",
    "Subject: apples\r\nFrom: Wu <eve@x.example>\r\nDate: Thu, 4 Jan 2024 00:00:00 +0000\r\nMessage-ID: <c@x>\r\nReferences: <a@x>\r\n\r\n.\r\n",
];

fn opened(office: &Office) -> Talk {
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    for (day, message) in (1..).zip(MESSAGES) {
        let date = format!("\"0{day}-Jan-2020 00:00:00 +0000\"");
        imap.imap(&format!("APPEND INBOX {date} {{{}+}}\r\n{message}", message.len()));
    }
    imap.imap("SELECT INBOX");
    // So that sequence numbers are not UIDs.
    imap.imap(&format!("APPEND INBOX {{{}+}}\r\n{}", MESSAGES[0].len(), MESSAGES[0]));
    imap.imap("STORE 6 +FLAGS (\\Deleted)");
    imap.imap("STORE 1 +FLAGS (\\Flagged)");
    imap.imap("EXPUNGE");
    imap
}

#[test]
fn messages_are_told_in_the_order_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = opened(&office);

    for (criteria, order) in [
        ("DATE", "2 3 1 5 4"),
        ("REVERSE DATE", "4 5 1 3 2"),
        ("ARRIVAL", "1 2 3 4 5"),
        ("FROM", "1 3 2 4 5"),
        ("DISPLAYFROM", "4 5 3 2 1"),
        ("SUBJECT REVERSE DATE", "5 3 2 4 1"),
        ("SUBJECT DATE", "2 3 5 4 1"),
    ] {
        let told = imap.imap(&format!("SORT ({criteria}) UTF-8 ALL"));
        assert!(told.contains(&format!("* SORT {order}\r\n")), "{criteria}: {told}");
    }
    let told = imap.imap("SORT (REVERSE SIZE) UTF-8 FLAGGED");
    assert!(told.contains("* SORT 1\r\n"), "{told}");
    let told = imap.imap("UID SORT RETURN (MIN MAX COUNT ALL) (REVERSE ARRIVAL) UTF-8 UNFLAGGED");
    assert!(
        told.contains("* ESEARCH (TAG \"t\") UID MIN 5 MAX 2 COUNT 4 ALL 5,4,3,2\r\n"),
        "{told}"
    );
    let told = imap.imap("SORT RETURN (PARTIAL 2:3) (DATE) UTF-8 ALL");
    assert!(told.contains("PARTIAL (2:3 3,1)\r\n"), "{told}");
    imap.imap("SORT RETURN (SAVE) (DATE) UTF-8 SUBJECT apples");
    assert_eq!(imap.imap("FETCH $ (UID)").matches(" FETCH (").count(), 3);
    imap.ask("t SORT (RELEVANCY) UTF-8 ALL", "t BAD");
    imap.ask("t SORT (DATE) KOI8-R ALL", "t NO [BADCHARSET");
}

#[test]
fn messages_are_told_in_threads() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = opened(&office);

    let told = imap.imap("THREAD REFERENCES UTF-8 ALL");
    assert!(told.contains("* THREAD (2 (3)(5))(1 4)\r\n"), "{told}");
    let told = imap.imap("UID THREAD ORDEREDSUBJECT UTF-8 ALL");
    assert!(told.contains("* THREAD (2 (3)(5))(1)(4)\r\n"), "{told}");
    let told = imap.imap("THREAD REFERENCES UTF-8 SUBJECT nothing");
    assert!(told.contains("* THREAD\r\n"), "{told}");
    imap.ask("t THREAD SPOOLS UTF-8 ALL", "t BAD");
    imap.ask("t THREAD REFERENCES KOI8-R ALL", "t NO [BADCHARSET");
}

#[test]
fn what_cannot_be_looked_for_or_told_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap.imap("SELECT INBOX");
    for line in [
        "SEARCH BOGUS",
        "SEARCH NOT FUZZY SUBJECT x",
        "SEARCH OR SEEN (SEEN X-GM-RAW x)",
        "SORT (SUBJECT) UTF-8 BOGUS",
        "THREAD REFERENCES UTF-8 BOGUS",
        "SEARCH RETURN (ALL PARTIAL 1:2) ALL",
        "STATUS INBOX (MESSAGES BOGUS)",
    ] {
        imap.ask(&format!("t {line}"), "t BAD");
    }
    imap.imap("SEARCH RETURN (PARTIAL 1:2 COUNT) ALL");
}
