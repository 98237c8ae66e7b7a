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
use std::process::{Command, Stdio};
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

fn run(name: &str, args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut program = Command::new(office::example(name));
    program.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    // One that has found something wrong does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn lmtp_deliver_has_an_answer_for_each_recipient() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::start(folder.path(), &["--lmtp", "0"]);
    let port = office.ports.iter().find(|(name, _)| name == "lmtp").unwrap().1;
    let server = format!("127.0.0.1:{port}");
    let message = "Subject: near\n\nGr\u{fc}\u{df}e.\n";
    let to = ["alice@localhost", "nobody@localhost", "ALICE@localhost", "bob@localhost"];
    let (code, out, errors) = run("lmtp_deliver", &[&[&*server][..], &to[..]].concat(), message);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, errors.as_str()), (Some(69), ""), "{out}");
    assert_eq!(lines[0], "250 alice@localhost 2.0.0 delivered");
    assert_eq!(lines[1], "550 nobody@localhost 5.1.1 no such user here");
    assert_eq!(lines[2], "250 ALICE@localhost 2.0.0 delivered");
    assert_eq!(lines[3], "250 bob@localhost 2.0.0 delivered");
    for user in ["alice", "bob"] {
        let inbox = inbox(folder.path(), user, 1);
        assert_eq!(inbox, ["Subject: near\r\n\r\nGr\u{fc}\u{df}e.\r\n"]);
    }
    office.kill();
    let (code, _, errors) = run("lmtp_deliver", &[&server, "alice@localhost"], message);
    assert_eq!((code, errors.lines().count()), (Some(75), 1), "{errors}");
    let (code, _, errors) = run("lmtp_deliver", &["127.0.0.1", "alice@localhost"], message);
    assert_eq!((code, errors.lines().count()), (Some(2), 1), "{errors}");
}

#[test]
fn send_composes_and_submits_with_a_result_for_each_recipient() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::start(folder.path(), &[]);
    let port = office.ports.iter().find(|(name, _)| name == "submission").unwrap().1;
    let server = format!("localhost:{port}").replace("localhost", "127.0.0.1");
    let password = folder.path().join("password");
    fs::write(&password, "wonder land\n").unwrap();
    let file = folder.path().join("map of the world.txt");
    fs::write(&file, "here be dragons\n".repeat(30_000)).unwrap();
    let certificate = folder.path().join("tls/localhost.cert.pem");
    let certificate = certificate.to_str().unwrap();
    let mut args = vec![&*server, "--from", "Alice \u{c4}. <alice@localhost>"];
    args.extend(["--to", "bob@localhost", "--cc", "nobody@localhost", "--bcc", "alice@localhost"]);
    args.extend(["--subject", "Gr\u{fc}\u{df}e", "--attach", file.to_str().unwrap()]);
    args.extend(["--user", "alice", "--password-file", password.to_str().unwrap()]);
    args.extend(["--trust", certificate]);
    let (code, out, errors) = run("send", &args, "Hello, Bob.\n");
    assert_eq!(code, Some(1), "{out}{errors}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "250 bob@localhost 2.0.0 message accepted");
    assert_eq!(lines[1], "550 nobody@localhost 5.1.1 no such user here");
    assert_eq!(lines[2], "250 alice@localhost 2.0.0 message accepted");

    let raw = &inbox(folder.path(), "bob", 1)[0];
    let message = Message::parse(raw.as_bytes());
    assert_eq!(message.root().text_field("Subject").as_deref(), Some("Gr\u{fc}\u{df}e"));
    assert!(!raw.contains("alice@localhost>\r\nBcc") && !raw.contains("\r\nBcc:"));
    let attached = message.parts().find(|part| part.file_name().is_some()).unwrap();
    assert_eq!(attached.file_name().as_deref(), Some("map of the world.txt"));
    let text = attached.text().replace("\r\n", "\n");
    assert!(text == "here be dragons\n".repeat(30_000));
    assert_eq!(inbox(folder.path(), "alice", 1).len(), 1);
}

#[test]
fn what_is_wrong_with_the_arguments_is_one_line_and_status_2() {
    let good = ["--from", "a@b", "--to", "c@d", "--text", "x", "--dry-run"];
    let wrong: [(&str, &[&str], &str); 6] = [
        ("send", &["h", "--from", "a", "--to", "c@d"], "--from <ADDRESS>"),
        ("send", &["h", "--from", "a@b"], "--to"),
        ("send", &["h:x", "--from", "a@b", "--to", "c@d"], "HOST:PORT"),
        ("send", &["h", "--attach", "/nowhere"], "--attach /nowhere: "),
        ("lmtp_deliver", &["h:24"], "ADDRESS"),
        ("lmtp_deliver", &["h:24", "no address"], "no address"),
    ];
    for (program, args, what) in wrong {
        let args =
            if what.starts_with("--attach") { [args, &good].concat() } else { args.to_vec() };
        let (code, _, errors) = run(program, &args, "");
        assert_eq!((code, errors.lines().count()), (Some(2), 1), "{args:?}: {errors}");
        assert!(errors.starts_with(program) && errors.contains(what), "{args:?}: {errors}");
    }
    let (code, out, _) = run("send", &[&["h"][..], &good].concat(), "");
    assert_eq!(code, Some(0));
    assert!(out.starts_with("Date: ") || out.contains("\r\nDate: "), "{out}");
}
