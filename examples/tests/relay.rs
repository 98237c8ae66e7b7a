//! Mail for other domains: queued, relayed, kept through `kill -9`, and its failures told.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod office;

use mailwire_message::Message;
use mailwire_message::report::{Action, Delivery, Report};
use office::{Office, Talk};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `\0alice\0wonder land`
const ALICE: &str = "AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k";

fn submit(office: &Office, to: &[&str], body: &str) -> Talk {
    let mut talk = office.connect("submission");
    talk.ask("EHLO desk", "250 ");
    talk.ask(ALICE, "235 ");
    talk.ask("MAIL FROM:<alice@localhost> ENVID=one", "250 ");
    for to in to {
        talk.ask(&format!("RCPT TO:{to}"), "250 ");
    }
    talk.ask("DATA", "354 ");
    talk.ask(&format!("Subject: far\r\n\r\n{body}\r\n."), "250 ");
    talk
}

/// The messages in a user's INBOX, as soon as there are so many.
fn inbox(data: &Path, user: &str, wanted: usize) -> Vec<String> {
    // Half a minute.
    for _ in 0..600 {
        let folder = data.join("mail").join(user);
        let files = ["new", "cur"].map(|it| fs::read_dir(folder.join(it)).unwrap());
        let files: Vec<PathBuf> =
            files.into_iter().flatten().map(|it| it.unwrap().path()).collect();
        if files.len() >= wanted {
            return files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{user} has not {wanted} messages");
}

fn report(message: &str) -> Delivery {
    let Some(Report::Delivery(report)) = Report::of(&Message::parse(message.as_bytes())) else {
        panic!("no report: {message}")
    };
    report
}

fn routes(folder: &Path, lines: &str) -> String {
    let path = folder.join("mx");
    fs::write(&path, lines).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A port where nobody listens yet.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Plays a server that takes one message; returns the commands and the message.
fn take_one(stream: TcpStream) -> (Vec<String>, String) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut out, mut lines) = (stream.try_clone().unwrap(), BufReader::new(stream).lines());
    let (mut commands, mut message) = (Vec::new(), String::new());
    out.write_all(b"220 mx ESMTP\r\n").unwrap();
    while let Some(Ok(line)) = lines.next() {
        commands.push(line.clone());
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-mx\r\n250-DSN\r\n250 SIZE\r\n",
            "DATA" => {
                out.write_all(b"354 go on\r\n").unwrap();
                for line in lines.by_ref().map(Result::unwrap).take_while(|line| line != ".") {
                    message.push_str(&line);
                    message.push('\n');
                }
                "250 taken\r\n"
            }
            "QUIT" => {
                out.write_all(b"221 bye\r\n").unwrap();
                break;
            }
            _ => "250 ok\r\n",
        };
        out.write_all(answer.as_bytes()).unwrap();
    }
    (commands, message)
}

#[test]
fn what_is_queued_survives_kill_and_is_relayed_once() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mx = routes(folder.path(), &format!("other.example 127.0.0.1:{port}\n"));
    let options = ["--mx", &mx, "--retry", "1"];
    let office = Office::start(folder.path(), &options);
    drop(submit(&office, &["<bob@other.example> NOTIFY=FAILURE", "<bob@localhost>"], "Hello."));
    assert!(inbox(folder.path(), "bob", 1)[0].starts_with("Subject: far"));
    office.kill();

    let server = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let office = Office::start(folder.path(), &options);
    let (commands, message) = take_one(server.accept().unwrap().0);
    assert_eq!(commands[0], "EHLO localhost");
    assert!(commands[1].starts_with("MAIL FROM:<alice@localhost>"), "{commands:?}");
    assert!(commands[1].contains("ENVID=one"), "{commands:?}");
    assert_eq!(commands[2], "RCPT TO:<bob@other.example> NOTIFY=FAILURE");
    assert!(
        message.starts_with("Received: from desk ([127.0.0.1])\n\tby localhost with ESMTPA id ")
    );
    assert!(message.ends_with("\nSubject: far\n\nHello.\n"), "{message}");

    // It is forgotten, on disk too: nobody comes again, now or after another end.
    let queue = folder.path().join("queue");
    for _ in 0..400 {
        if queue.join("1").exists() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    assert!(!queue.join("1").exists(), "the message is still there");
    office.kill();
    let office = Office::start(folder.path(), &options);
    server.set_nonblocking(true).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(server.accept().is_err(), "it was relayed twice");
    assert_eq!(inbox(folder.path(), "bob", 1).len(), 1);
    drop(office);
}

#[test]
fn a_refused_recipient_is_reported_to_the_sender_and_the_others_have_it() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let other = Office::start(there.path(), &["--domain", "other.example"]);
    let port = other.ports.iter().find(|(name, _)| name == "smtp").unwrap().1;
    let mx = routes(here.path(), &format!("# tests\nother.example 127.0.0.1:{port}\n"));
    let office = Office::start(here.path(), &["--mx", &mx]);
    let to = ["<bob@other.example>", "<carol@other.example> ORCPT=rfc822;carol@old.example"];
    drop(submit(&office, &to, "Anyone?"));

    assert!(inbox(there.path(), "bob", 1)[0].ends_with("Anyone?\r\n"));
    let message = &inbox(here.path(), "alice", 1)[0];
    let report = report(message);
    assert_eq!(report.original_envelope_id.as_deref(), Some("one"));
    assert_eq!(report.recipients.len(), 1);
    let carol = &report.recipients[0];
    assert_eq!(carol.final_recipient.as_ref().unwrap().value, "carol@other.example");
    assert_eq!(carol.original_recipient.as_ref().unwrap().value, "carol@old.example");
    assert_eq!(carol.action, Some(Action::Failed));
    assert_eq!(carol.status.unwrap().to_string(), "5.1.1");
    assert_eq!(carol.diagnostic_code.as_ref().unwrap().value, "550 5.1.1 no such user here");
    assert!(message.contains("Subject: far\r\n") && !message.contains("Anyone?"));
}

#[test]
fn what_waits_too_long_comes_back_whole_if_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mx = routes(folder.path(), &format!("other.example lmtp:127.0.0.1:{}\n", free_port()));
    let options = ["--mx", &mx, "--retry", "1", "--give-up", "1"];
    let office = Office::start(folder.path(), &options);
    let mut talk = office.connect("submission");
    talk.ask("EHLO desk", "250 ");
    talk.ask(ALICE, "235 ");
    talk.ask("MAIL FROM:<alice@localhost> RET=FULL", "250 ");
    talk.ask("RCPT TO:<bob@other.example>", "250 ");
    talk.ask("DATA", "354 ");
    talk.ask("Subject: far\r\n\r\nComes back.\r\n.", "250 ");
    let message = &inbox(folder.path(), "alice", 1)[0];
    let bob = &report(message).recipients[0];
    assert_eq!((bob.action, bob.status.unwrap().class), (Some(Action::Failed), 4));
    assert!(message.contains("\r\nComes back.\r\n"), "{message}");
}

#[test]
fn success_is_reported_by_whoever_delivers() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let other = Office::start(there.path(), &["--domain", "other.example"]);
    let port = other.ports.iter().find(|(name, _)| name == "submission").unwrap().1;
    let relay = format!("127.0.0.1:{port}");
    let certificate = there.path().join("tls/other.example.cert.pem");
    let certificate = certificate.to_str().unwrap();
    let office = Office::start(
        here.path(),
        &["--relay", &relay, "--relay-login", "bob:builder", "--relay-trust", certificate],
    );
    let to = ["<bob@localhost> NOTIFY=SUCCESS", "<alice@other.example> NOTIFY=SUCCESS"];
    drop(submit(&office, &to, "Done?"));
    assert!(inbox(here.path(), "bob", 1)[0].ends_with("Done?\r\n"));
    let message = &inbox(there.path(), "alice", 1)[0];
    assert!(message.contains(" with ESMTPA id ") && message.ends_with("Done?\r\n"));
    // The other office offers no DSN, so that this is all that can be said of it.
    let mut told: Vec<_> = inbox(here.path(), "alice", 2)
        .iter()
        .map(|message| {
            let recipient = &report(message).recipients[0];
            let address = recipient.final_recipient.as_ref().unwrap().value.clone();
            (address, recipient.action, recipient.status.unwrap().to_string())
        })
        .collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let told: Vec<_> =
        told.iter().map(|(to, action, status)| (to.as_str(), *action, status.as_str())).collect();
    assert_eq!(
        told,
        [
            ("alice@other.example", Some(Action::Relayed), "2.0.0"),
            ("bob@localhost", Some(Action::Delivered), "2.0.0"),
        ]
    );
}

#[test]
fn nobody_but_our_users_is_relayed_for_and_only_where_there_is_a_way() {
    let folder = tempfile::tempdir().unwrap();
    let mx = routes(folder.path(), "other.example 127.0.0.1:9\n");
    let office = Office::start(folder.path(), &["--mx", &mx]);
    let mut talk = office.connect("smtp");
    talk.ask("EHLO test", "250 ");
    talk.ask("MAIL FROM:<alice@localhost>", "250 ");
    talk.ask("RCPT TO:<bob@other.example>", "550 5.7.1 ");
    talk.ask("ETRN other.example", "503 ");
    talk.ask("RSET", "250 ");
    talk.ask("ETRN other.example", "459 ");
    talk.ask(ALICE, "235 ");
    talk.ask("MAIL FROM:<alice@localhost>", "250 ");
    talk.ask("RCPT TO:<bob@elsewhere.example>", "550 5.1.2 ");
    talk.ask("RCPT TO:<bob@other.example>", "250 ");
    talk.ask("RSET", "250 ");
    talk.ask("ETRN other.example", "250 ");
}
