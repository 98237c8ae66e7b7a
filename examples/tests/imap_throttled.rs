//! imap_fetch against a server that asks to be asked later, and to be told who asks first.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::example;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;

/// Refuses each command once, with a time after which it is to come again; returns all that came,
/// by their names.
fn serve(listener: &TcpListener) -> Vec<String> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let greeting = "* PREAUTH [CAPABILITY IMAP4rev1 ID] QQMail XMIMAP4Server ready\r\n";
    stream.write_all(greeting.as_bytes()).unwrap();
    let (mut names, mut refused) = (Vec::new(), BTreeSet::new());
    // Every turn reads a line.
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap() == 0 {
            return names;
        }
        let mut words = line.split_whitespace();
        let (tag, name) = (words.next().unwrap(), words.next().unwrap().to_owned());
        names.push(name.clone());
        let told = match name.as_str() {
            "LOGOUT" => "* BYE\r\n",
            name if refused.insert(name.to_owned()) => {
                let text = "BAD Request is throttled. Suggested Backoff Time: 20 milliseconds";
                write!(stream, "{tag} {text}\r\n").unwrap();
                continue;
            }
            "LIST" => "* LIST () \"/\" INBOX\r\n",
            "SELECT" | "EXAMINE" => {
                "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n"
            }
            _ => "",
        };
        write!(stream, "{told}{tag} OK done\r\n").unwrap();
    }
}

#[test]
fn what_is_throttled_is_said_again_and_who_wants_it_is_told_who_asks() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || serve(&listener));

    let output = Command::new(example("imap_fetch"))
        .arg(format!("127.0.0.1:{port}"))
        .args(["--user", "ann", "--security", "none", "--maildir"])
        .arg(dir.path().join("mail"))
        .env("IMAP_PASSWORD", "x")
        .output()
        .unwrap();

    let names = server.join().unwrap();
    assert!(output.status.success(), "{output:?} {names:?}");
    assert_eq!(names.iter().take(2).collect::<Vec<_>>(), ["ID", "ID"], "{names:?}");
    let asked = names.iter().filter(|name| *name == "EXAMINE" || *name == "SELECT").count();
    assert_eq!(asked, 2, "{names:?}");
}
