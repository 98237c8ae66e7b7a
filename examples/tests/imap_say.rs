//! imap_say as people run it: the real program, against the post office, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, example};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn say(data: &Path, office: &Office, input: &str) -> Output {
    let mut child = Command::new(example("imap_say"))
        .arg(format!("localhost:{}", office.port("imap")))
        .args(["--user", "alice", "--security", "starttls", "--trust"])
        .arg(data.join("tls/localhost.cert.pem"))
        .env("IMAP_PASSWORD", "wonder land")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn each_command_is_sent_and_what_comes_of_it_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let input = "APPEND INBOX (\\Seen) {12+}\r\nA: b\r\n\r\ncde\n\r\nselect inbox\nIDLE\n\
                 UID FETCH 1 (FLAGS BODY.PEEK[])\nFETCH 1 (FLAGS\nSTATUS None (MESSAGES)\nLOGOUT\n";

    let output = say(dir.path(), &office, input);

    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let said: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(said.len(), 8, "{said:?}");
    assert!(said[0]["capabilities"].as_array().unwrap().contains(&"IDLE".into()));
    let states: Vec<&str> =
        said[1..].iter().map(|said| said["state"].as_str().unwrap_or("unsent")).collect();
    assert_eq!(states, ["OK", "OK", "OK", "OK", "unsent", "NO", "OK"]);
    assert_eq!(said[2]["code"], "[READ-WRITE]");
    assert!(said[2]["responses"].as_array().unwrap().contains(&"* 1 EXISTS".into()));
    let fetched = &said[4]["responses"][0];
    assert_eq!(
        *fetched,
        "* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) BODY[] {12}\r\nA: b\r\n\r\ncde\n)"
    );
    assert!(said[5]["unsent"].as_str().unwrap().starts_with("expected "), "{}", said[5]);
    office.interrupt();
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    for (arguments, code) in [(&["h"][..], 2), (&["h", "--user", "a", "--fast"], 2)] {
        let output = Command::new(example("imap_say")).args(arguments).output().unwrap();
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), line.lines().count()), (Some(code), 1), "{line}");
        assert!(line.starts_with("imap_say: "), "{line}");
    }
}
