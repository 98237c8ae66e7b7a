//! wiretap between real clients and the post office, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk, deliver, example};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A wiretap that listens.
struct Tap {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    port: u16,
    certificate: PathBuf,
}

impl Tap {
    fn start(place: &Path, office: &Office, service: &str, options: &[&str]) -> Self {
        let port = office.ports.iter().find(|(known, _)| known == service).unwrap().1;
        let protocol = if service == "submission" { "smtp" } else { &service[..4] };
        let data = place.join("tap");
        let mut child = Command::new(example("wiretap"))
            .args([protocol, &format!("localhost:{port}"), "--data"])
            .arg(&data)
            .arg("--trust")
            .arg(place.join("data/tls/localhost.cert.pem"))
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let port = line.split([':', ',']).nth(1).unwrap().parse().unwrap();
        Self { child, out, port, certificate: data.join("localhost.cert.pem") }
    }

    fn connect(&self) -> Talk {
        Talk::connect(self.port)
    }

    /// Ends it; what it printed, once it has seen the end of every conversation.
    fn end(mut self, conversations: usize) -> String {
        let (mut said, mut ended) = (String::new(), 0);
        while ended < conversations {
            let from = said.len();
            assert_ne!(self.out.read_line(&mut said).unwrap(), 0, "{said}");
            ended += usize::from(said[from..].contains("(closed)"));
        }
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.out.read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success());
        said
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn place() -> (tempfile::TempDir, Office) {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(&dir.path().join("data"), &[]);
    (dir, office)
}

/// Whether the lines are there in this order, others between them.
#[track_caller]
fn in_order(text: &str, lines: &[&str]) {
    let mut rest = text;
    for line in lines {
        let Some(at) = rest.find(line) else {
            panic!("{line} is not there behind the others: {text}")
        };
        rest = &rest[at + line.len()..];
    }
}

#[test]
fn imap_is_shown_and_secrets_are_not() {
    let (dir, office) = place();
    let tap = Tap::start(dir.path(), &office, "imap", &[]);
    let mut imap = tap.connect();
    imap.imap("LOGIN alice \"wonder land\"");
    let large = "x".repeat(10_000);
    imap.ask(&format!("t APPEND INBOX (\\Seen) {{{}}}", large.len() + 4), "+");
    imap.ask(&format!("\r\n{large}\r\n"), "t OK");
    imap.imap("select inbox");
    imap.imap("FETCH 1 (FLAGS BODY.PEEK[])");
    imap.ask("t IDLE", "+");
    imap.ask("done", "t OK");
    imap.ask("t FETCH 1 (FLAGS", "t BAD");
    // A literal that is refused does not come; what follows is a command.
    imap.ask("t APPEND \"\" {5}", "t NO");
    imap.ask("t CREATE {3+}\r\na b", "t OK");
    imap.ask("t LOGOUT", "t OK");
    drop(imap);
    // One more, with the password in a literal, and by SASL; both are wrong.
    let mut imap = tap.connect();
    imap.ask("t LOGIN alice {6}", "+");
    imap.ask("sesame", "t NO");
    imap.ask("t AUTHENTICATE PLAIN", "+");
    imap.ask("AGFsaWNlAHNlc2FtZQ==", "t NO");
    imap.ask("t AUTHENTICATE PLAIN AGFsaWNlAHNlc2FtZQ==", "t NO");
    imap.ask("t login alice sesame sesame", "t BAD");
    drop(imap);

    let said = tap.end(2);

    for secret in ["wonder", "sesame", "AGFsaWNl"] {
        assert!(!said.contains(secret), "{said}");
    }
    in_order(
        &said,
        &[
            "1    (connected)",
            "1 C: t LOGIN alice (hidden)",
            "1 C: t APPEND INBOX (\\Seen) ",
            "1 C: literal (10004 octets)",
            "1 C: t SELECT INBOX\n",
            "1 S: * 1 EXISTS",
            "1 C: t FETCH 1 (FLAGS BODY.PEEK[])",
            "1 S: literal (10004 octets)",
            "1 C: t IDLE\n",
            "1 S: + ",
            "1 C: no command: t FETCH 1 (FLAGS",
            "expected",
            "1 C: t CREATE \"a b\"",
            "1 C: t LOGOUT",
            "1    (closed)",
            "2 C: t LOGIN alice (hidden)",
            "2 C: t AUTHENTICATE PLAIN\n",
            "2 S: + (hidden)",
            "2 C: response (hidden)",
            "2 C: t AUTHENTICATE PLAIN (hidden)",
            "2 C: no command: t login (hidden)",
        ],
    );
}

#[test]
fn starttls_is_ended_on_both_sides_in_every_protocol() {
    let (dir, office) = place();
    for (service, expected) in [
        (
            "smtp",
            ["C: STARTTLS", "(TLS has begun on both sides)", "C: EHLO", "C: AUTH PLAIN (hidden)"],
        ),
        ("pop3", ["C: STLS", "(TLS has begun on both sides)", "C: CAPA", "C: AUTH PLAIN (hidden)"]),
        (
            "imap",
            [
                " STARTTLS",
                "(TLS has begun on both sides)",
                " CAPABILITY",
                "AUTHENTICATE PLAIN (hidden)",
            ],
        ),
    ] {
        let port = if service == "smtp" { "submission" } else { service };
        let tap = Tap::start(dir.path(), &office, port, &[]);
        let login = |mechanism: &str| {
            let mut login = Command::new(example("login"));
            login.args([service, &format!("localhost:{}", tap.port), "alice", "wonder land"]);
            login.arg("--starttls").arg(&tap.certificate);
            if !mechanism.is_empty() {
                login.args(["--mechanism", mechanism]);
            }
            login.output().unwrap()
        };

        let output = login("PLAIN");
        assert_eq!(output.stdout, b"PLAIN\n", "{service}");
        // Whose login is bound to the channel sees that it is another.
        let output = login("");
        assert!(!output.status.success(), "{service}: {output:?}");

        let said = tap.end(2);
        in_order(&said, &expected);
        assert!(!said.contains("wonder"), "{said}");
    }
}

#[test]
fn smtp_and_pop3_are_shown_to_the_end_of_messages() {
    let (dir, office) = place();
    let tap = Tap::start(dir.path(), &office, "smtp", &[]);
    let mut smtp = tap.connect();
    smtp.ask("EHLO test", "250 ");
    smtp.say(
        "MAIL FROM:<a@client.test>\r\nRCPT TO:<x@elsewhere.test>\r\nRCPT TO:<alice@localhost>",
    );
    smtp.ask("DATA", "354 ");
    smtp.ask(&format!("Subject: x\r\n\r\n{}\r\n..\r\n.", "x".repeat(9000)), "250 ");
    smtp.ask("AUTH PLAIN !!sesame", "5");
    smtp.ask("quit", "221 ");
    drop(smtp);
    let said = tap.end(1);
    in_order(
        &said,
        &[
            "C: EHLO test",
            "S: 250 PIPELINING",
            "C: MAIL FROM:<a@client.test>",
            "C: RCPT TO:<x@elsewhere.test>",
            "C: RCPT TO:<alice@localhost>",
            "C: DATA\n",
            "S: 354",
            "C: message (9020 octets)",
            "S: 250",
            "AUTH (hidden)",
            "C: QUIT",
            "S: 221",
        ],
    );
    assert!(said.contains("S: 550") && !said.contains("sesame"), "{said}");

    deliver(&office, "alice", "second");
    let tap = Tap::start(dir.path(), &office, "pop3", &["--details"]);
    let mut pop3 = tap.connect();
    pop3.ask("USER alice", "+OK");
    pop3.ask("PASS wonder land", "+OK");
    pop3.say("RETR 1\r\nLIST\r\nPASS sesame");
    pop3.ask("RETR 9", "-ERR");
    pop3.ask("QUIT", "+OK");
    drop(pop3);
    let said = tap.end(1);
    in_order(
        &said,
        &["C: USER alice", "C: PASS (hidden)", "S: +OK", "C: RETR 1", "C: LIST", "S: message (9"],
    );
    in_order(&said, &["S: - 1 9", "S: - 2 ", "S: .\n", "S: -ERR", "C: QUIT"]);
    assert!(!said.contains("wonder") && !said.contains("sesame"), "{said}");
}

#[test]
fn other_clients_work_through_it_with_tls_from_the_first_octet() {
    let (dir, office) = place();
    deliver(&office, "alice", "x");
    let tap = Tap::start(dir.path(), &office, "imaps", &["--tls", "--color", "always"]);
    let maildir = dir.path().join("mail");
    let mut fetch = Command::new(example("imap_fetch"));
    fetch.arg(format!("localhost:{}", tap.port)).args(["--user", "alice", "--trust"]);
    fetch.arg(&tap.certificate).arg("--maildir").arg(&maildir);

    // It binds its login to the channel, and so sees that this is not its server's.
    let output = fetch.env("IMAP_PASSWORD", "wonder land").output().unwrap();

    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("does not let us in"), "{errors}");
    let said = tap.end(1);
    assert!(said.contains("\u{1b}[36mC\u{1b}[0m: "), "{said}");
    in_order(&said, &["TLS has begun", "AUTHENTICATE SCRAM-SHA", "(hidden)", " NO "]);
}

#[test]
fn what_is_said_in_the_clear_behind_starttls_ends_it() {
    let (dir, office) = place();
    let tap = Tap::start(dir.path(), &office, "imap", &[]);
    let mut imap = tap.connect();
    imap.say("t STARTTLS\r\nt NOOP");
    while !imap.line().is_empty() {}
    drop(imap);
    let mut imap = tap.connect();
    imap.imap("NOOP");
    imap.ask("t LOGOUT", "t OK");
    drop(imap);
    let said = tap.end(1);
    in_order(
        &said,
        &["C: t STARTTLS", "(something was said in the clear before TLS)", "C: t NOOP"],
    );
}
