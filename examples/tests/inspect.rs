//! The real program: what it prints, and that it prints the same however the bytes are cut.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn program() -> PathBuf {
    // Beside the test's own program, which lies in `deps`.
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples").join("inspect")
}

fn inspect(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("examples are built before tests run");
    // A program that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn printed(arguments: &[&str], input: &[u8]) -> String {
    let output = inspect(arguments, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_smtp_conversation_is_shown() {
    let shown = printed(
        &["smtp", "server"],
        b"HELO crepes.fr\r\nMAIL FROM: <alice@crepes.fr>\r\nFROB\r\nQUIT\r\n",
    );

    for line in [
        r#"{"event":"Hello","domain":"crepes.fr","extended":false}"#,
        r#"{"event":"Mail","from":"alice@crepes.fr","params":{}}"#,
        r#"{"event":"Quit"}"#,
        r#"{"wants":"Close"}"#,
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    assert!(shown.contains(r#"{"output":"250 "#) && shown.contains(r#"\r\n"}"#), "{shown}");
}

#[test]
fn every_cut_shows_the_same() {
    let conversations: [(&[&str], &[u8]); 8] = [
        (&["smtp", "server"], b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\none\r\n..two\r\n.\r\nNOOP\r\nSTARTTLS\r\nEHLO y\r\n"),
        (&["smtp", "server", "--limit", "line=20"], b"EHLO a.very.long.name.example.org\r\nNOOP\r\n\0\xff\r\nhalf a"),
        (&["smtp", "client", "--send", "EHLO x", "--send", "QUIT"], b"220 hi\r\n250-x\r\n250 SIZE 10\r\n221 bye\r\n"),
        (&["pop3", "server"], b"user bob\r\npass hungry\r\nlist\r\nretr 1\r\ntop 2 1\r\ndele 1\r\nquit\r\n"),
        (&["pop3", "client", "--send", "USER a", "--send", "PASS b", "--send", "RETR 1"], b"+OK <1@x>\r\n+ok\r\n+OK\r\n+OK\r\nSubject: x\r\n\r\n..\r\n.\r\n"),
        (&["imap", "server"], b"a CAPABILITY\r\nb LOGIN {1}\r\na {2+}\r\npw\r\nc APPEND INBOX {4}\r\nm\r\nx\r\nd IDLE\r\nDONE\r\ne FETCH 1 (BODY[]\r\nf LOGOUT\r\n"),
        (&["imap", "client", "--limit", "inline_literal=3", "--send", "LOGIN a b"], b"* OK [CAPABILITY IMAP4rev1] hi\r\na1 OK in\r\n* 1 FETCH (BODY[] {5}\r\nhello UID 7)\r\n* 2 FETCH (ENVELOPE x)\r\n* SEARCH 1 2\r\nb9 OK what\r\n"),
        (&["imap", "client"], b"junk\r\n"),
    ];
    for (arguments, input) in conversations {
        let whole = printed(arguments, input);
        assert!(whole.lines().last().unwrap().starts_with(r#"{"wants":"#), "{whole}");
        for chunk in ["1", "2", "3", "7", "64"] {
            let cut = printed(&[arguments, &["--chunk", chunk]].concat(), input);
            assert_eq!(cut, whole, "{arguments:?} in pieces of {chunk}");
        }
    }
}

const MAIL: &[u8] = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\n\r\nhello\r\n--b\r\nContent-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n--b--\r\n";

#[test]
fn a_message_is_shown() {
    let shown = printed(&["message"], MAIL);
    assert!(shown.contains(r#""text":"hello""#), "{shown}");
    assert!(shown.contains(r#"{"name":"p.png","octets":3,"sha256":"#), "{shown}");
    assert!(shown.contains("Gr\u{fc}\u{df}e"), "{shown}");
    assert!(shown.contains(r#""type":"addresses""#), "{shown}");
    assert!(shown.contains(r#"{"preview":"hello"}"#), "{shown}");
    assert!(shown.contains(r#""defect":""#), "{shown}");

    let told: serde_json::Value =
        serde_json::from_str(&printed(&["message", "--jmap"], MAIL)).unwrap();
    assert_eq!(told["subject"], "Gr\u{fc}\u{df}e");
    assert_eq!(told["textBody"][1]["name"], "p.png");
    assert_eq!(told["bodyValues"]["1"]["value"], "hello");

    let envelope = printed(&["message", "--envelope", "--bodystructure"], MAIL);
    assert!(envelope.contains(r#"((NIL NIL \"a\" \"b\"))"#), "{envelope}");
    assert!(envelope.contains(r#"\"image\" \"png\""#), "{envelope}");
}

#[test]
fn what_is_packed_is_shown() {
    let bounce = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
        --b\r\n\r\nno\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@b\r\n\
        Action: failed\r\nStatus: 5.1.1\r\n--b--\r\n";
    let shown = printed(&["message"], bounce);
    assert!(shown.contains("Delivery") && shown.contains("mx.example"), "{shown}");

    let winmail = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        eJ8+IgEAAgKQBgAAAAAAAAACEIABAAYAAABhLnR4dADvAQIPgAYABQAAAGhlbGxvFAI=\r\n";
    let shown = printed(&["message"], winmail);
    let told = shown.lines().find(|line| line.contains(r#""tnef""#)).unwrap();
    let told: serde_json::Value = serde_json::from_str(told).unwrap();
    assert_eq!(told["files"][0]["name"], "a.txt");
    assert_eq!(told["files"][0]["range"], serde_json::json!([43, 48]));
    assert_eq!(told["damaged"], false);
}

#[test]
fn the_streaming_reader_shows_the_same_for_every_cut() {
    let whole = printed(&["message", "--reader"], MAIL);
    for chunk in ["1", "3", "50"] {
        assert_eq!(printed(&["message", "--reader", "--chunk", chunk], MAIL), whole);
    }
}

#[test]
fn lines_are_shown() {
    assert!(printed(&["address"], b"Bob <b@x>, c@d\n").contains(r#""name":"Bob","address":"b@x""#));
    assert!(
        printed(&["date"], b"Fri, 21 Nov 1997 09:55:06 -0600\nnever\n")
            .contains(r#""unix":880127706"#)
    );
    assert_eq!(printed(&["header"], b"=?utf-8?q?=C3=A9?=\r\n"), "{\"text\":\"\u{e9}\"}\n");
}

#[test]
fn bad_arguments_are_one_line_and_exit_code_2() {
    for arguments in [
        &["smtp"][..],
        &["smtp", "nobody"],
        &["frob"],
        &["smtp", "server", "--chunk", "0"],
        &["smtp", "server", "--send", "QUIT"],
        &["smtp", "server", "--limit", "line"],
        &["smtp", "server", "--limit", "nosuch=1"],
        &["pop3", "client", "--send", "RETR x"],
        &["imap", "client", "--send", "FETCH 1 FLAGS"],
        &["message", "--chunk", "1"],
    ] {
        let output = inspect(arguments, b"");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
    }
}
