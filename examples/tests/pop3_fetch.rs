//! pop3_fetch as people run it: the real program, against the post office, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, deliver, example};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

struct Place {
    dir: tempfile::TempDir,
    office: Office,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::start(&dir.path().join("data"), &[]);
        Self { dir, office }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn port(&self, service: &str) -> u16 {
        self.office.ports.iter().find(|(known, _)| known == service).unwrap().1
    }

    fn command(&self, security: &str, options: &[&str]) -> Command {
        let service = if security == "tls" { "pop3s" } else { "pop3" };
        let mut command = Command::new(example("pop3_fetch"));
        command
            .arg(format!("localhost:{}", self.port(service)))
            .args(["--user", "alice", "--security", security, "--trust"])
            .arg(self.path("data/tls/localhost.cert.pem"))
            .args(options)
            .env("POP3_PASSWORD", "wonder land")
            .stdin(Stdio::null());
        command
    }

    /// Runs it, which must end well; what it said.
    fn fetch(&self, security: &str, options: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(security, options).output().unwrap();
        let (out, errors) =
            (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert!(status.success(), "{out}{errors}");
        assert_eq!(errors, "");
        out
    }

    /// How many messages are on the server: the maildrop is free again when who had it has gone.
    fn on_the_server(&self) -> usize {
        loop {
            let mut pop3 = self.office.connect("pop3");
            pop3.ask("USER alice", "+OK");
            pop3.say("PASS wonder land");
            let answer = pop3.line();
            if answer.starts_with("-ERR [IN-USE]") {
                sleep(Duration::from_millis(20));
                continue;
            }
            assert!(answer.starts_with("+OK"), "{answer}");
            let stat = pop3.ask("STAT", "+OK");
            pop3.ask("QUIT", "+OK");
            return stat.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}

/// The messages of a Maildir, sorted.
fn mail(maildir: &Path) -> Vec<String> {
    let files = fs::read_dir(maildir.join("new")).unwrap();
    let read = |entry: fs::DirEntry| fs::read_to_string(entry.path()).unwrap();
    let mut mail: Vec<String> = files.map(|entry| read(entry.unwrap())).collect();
    mail.sort();
    mail
}

/// The unique ids in the ledger that lies in a folder, in order.
fn ledger(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    for entry in entries {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with("pop3_fetch.alice%40localhost%3a") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let id =
                |line: &str| line.strip_prefix("stored ")?.split(' ').nth(1).map(str::to_owned);
            return text.lines().filter_map(id).collect();
        }
    }
    Vec::new()
}

#[test]
fn each_way_of_working_does_what_it_says() {
    let place = Place::new();
    for body in ["first", "..second\r\nFrom here\r\n..", "third"] {
        deliver(&place.office, "alice", body);
    }
    let maildir = place.path("mail");
    let to = ["--maildir", maildir.to_str().unwrap()];

    let said = place.fetch("tls", &to);
    assert!(
        said.starts_with("3 fetched (") && said.ends_with(" 0 deleted, 3 stay there\n"),
        "{said}"
    );
    let stored = mail(&maildir);
    assert_eq!(stored.len(), 3);
    assert!(stored.iter().any(|mail| mail.ends_with("\r\n\r\n.second\r\nFrom here\r\n.\r\n")));

    // Only what is new.
    deliver(&place.office, "alice", "fourth");
    let said = place.fetch("tls", &[&to[..], &["--policy", "keep"]].concat());
    assert!(said.starts_with("1 fetched ("), "{said}");
    let said = place.fetch("tls", &to);
    assert_eq!(said, "0 fetched (0 octets), 0 deleted, 4 stay there\n");

    // The ledger is that of a server and its port: over STLS nothing is known.
    let other = place.path("other");
    let said = place.fetch("stls", &["--maildir", other.to_str().unwrap()]);
    assert!(said.starts_with("4 fetched ("), "{said}");
    assert_eq!(mail(&other), mail(&maildir));

    // Days have not passed; all but the newest go; then the last.
    let said = place.fetch("tls", &[&to[..], &["--policy", "days=1"]].concat());
    assert_eq!(said, "0 fetched (0 octets), 0 deleted, 4 stay there\n");
    let said = place.fetch("tls", &[&to[..], &["--policy", "newest=1"]].concat());
    assert_eq!(said, "0 fetched (0 octets), 3 deleted, 1 stay there\n");
    assert_eq!(place.on_the_server(), 1);
    deliver(&place.office, "alice", "fifth");
    let said = place.fetch("tls", &[&to[..], &["--policy", "days=0"]].concat());
    assert!(
        said.starts_with("1 fetched (") && said.ends_with(" 1 deleted, 1 stay there\n"),
        "{said}"
    );
    let said = place.fetch("tls", &[&to[..], &["--policy", "delete", "--quiet"]].concat());
    assert_eq!(said, "");
    assert_eq!(place.on_the_server(), 0);
}

#[test]
fn an_mbox_holds_what_was_fetched_in_the_clear() {
    let place = Place::new();
    for body in ["first", "second\r\nFrom here"] {
        deliver(&place.office, "alice", body);
    }
    let mbox = place.path("mbox");

    let said = place.fetch("none", &["--mbox", mbox.to_str().unwrap(), "--policy", "delete"]);

    assert!(said.starts_with("2 fetched ("), "{said}");
    let text = fs::read_to_string(&mbox).unwrap();
    assert_eq!(text.matches("From MAILER-DAEMON ").count(), 2, "{text}");
    assert!(text.contains("\n\nsecond\n>From here\n\n") && !text.contains('\r'), "{text}");
    assert_eq!(place.on_the_server(), 0);
}

/// Waits until so many messages are in the ledger.
fn stored(child: &mut Child, maildir: &Path, n: usize) -> usize {
    loop {
        let stored = ledger(maildir).len();
        if stored >= n {
            return stored;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended with {stored} stored");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn interrupted_at_any_time_it_loses_nothing_and_deletes_nothing_that_is_not_stored() {
    const MESSAGES: usize = 60;
    let place = Place::new();
    let filler = "The quick brown fox jumps over the lazy dog.\r\n".repeat(1500) + "The end.";
    for n in 0..MESSAGES {
        deliver(&place.office, "alice", &format!("this is {n}\r\n{filler}"));
    }
    let maildir = place.path("mail");
    let options = ["--maildir", maildir.to_str().unwrap(), "--policy", "delete"];

    // By Ctrl-C, and by what cannot be caught.
    let mut known = 0;
    for (signal, number) in [("-INT", 2), ("-KILL", 9)] {
        let mut child = place.command("tls", &options).stdout(Stdio::null()).spawn().unwrap();
        stored(&mut child, &maildir, known + 8);
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(number));

        known = ledger(&maildir).len();
        assert!(known < MESSAGES, "it was interrupted in the middle");
        // What was marked to be deleted was not, without QUIT.
        assert_eq!(place.on_the_server(), MESSAGES);
        assert!(mail(&maildir).len() >= known, "all that is in the ledger is there");
    }

    let said = place.fetch("tls", &options);

    assert!(said.starts_with(&format!("{} fetched", MESSAGES - known)), "{known}: {said}");
    assert!(said.ends_with(&format!("{MESSAGES} deleted, 0 stay there\n")), "{said}");
    assert_eq!(place.on_the_server(), 0);
    let mail = mail(&maildir);
    for n in 0..MESSAGES {
        let line = format!("\r\n\r\nthis is {n}\r\n");
        let whole =
            mail.iter().filter(|mail| mail.contains(&line) && mail.ends_with("The end.\r\n"));
        assert!(whole.count() >= 1, "{n}");
    }
    // Each interruption may cost one that was stored and not yet noted.
    assert!((MESSAGES..=MESSAGES + 2).contains(&mail.len()), "{}", mail.len());
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let place = Place::new();
    deliver(&place.office, "alice", "x");
    let mail = place.path("mail");
    let mail = mail.to_str().unwrap();
    let options = |options: &[&str]| {
        let output = Command::new(example("pop3_fetch"))
            .args(options)
            .env("POP3_PASSWORD", "x")
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (arguments, part) in [
        (&["--user", "a", "--maildir", mail][..], "<HOST[:PORT]>"),
        (&["h", "--maildir", mail], "--user"),
        (&["h", "--user", "a"], "--maildir"),
        (&["h", "--user", "a", "--maildir", mail, "--mbox", "x"], "--mbox"),
        (&["h:x", "--user", "a", "--maildir", mail], "HOST:PORT"),
        (&["h", "--user", "a", "--maildir", mail, "--policy", "newest"], "newest=N"),
        (&["h", "--user", "a", "--maildir", mail, "--security", "ssl"], "--security"),
        (&["h", "--user", "a", "--maildir", mail, "--password-file", "/x"], "--password-file"),
        (&["h", "--user", "a", "--maildir", mail, "--fast"], "--fast"),
    ] {
        let (code, line) = options(arguments);
        assert_eq!((code, line.lines().count()), (Some(2), 1), "{arguments:?}: {line}");
        assert!(line.starts_with("pop3_fetch: ") && line.contains(part), "{arguments:?}: {line}");
    }
    assert!(!Path::new(mail).exists(), "nothing was begun");
    let (code, _) = options(&["--help"]);
    assert_eq!(code, Some(0));

    // A wrong password; a certificate that nobody trusts; nobody there.
    let fails = |command: &mut Command, part: &str| {
        let output = command.output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), errors.lines().count()), (Some(1), 1), "{errors}");
        assert!(errors.contains(part), "{errors}");
    };
    let maildir = ["--maildir", mail];
    fails(
        place.command("tls", &maildir).env("POP3_PASSWORD", "wrong"),
        "does not let us in: [AUTH]",
    );
    let mut untrusting = Command::new(example("pop3_fetch"));
    untrusting.arg(format!("localhost:{}", place.port("pop3s"))).args(["--user", "alice"]);
    fails(untrusting.args(maildir).env("POP3_PASSWORD", "wonder land"), "certificate");
    let mut nobody = Command::new(example("pop3_fetch"));
    nobody.args(["localhost:1", "--user", "alice"]).args(maildir);
    fails(nobody.env("POP3_PASSWORD", "x"), "localhost port 1");
    assert_eq!(place.on_the_server(), 1);
}

#[test]
fn the_post_office_serves_all_of_pop3() {
    let place = Place::new();
    deliver(&place.office, "alice", "x");
    let mut pop3 = place.office.connect("pop3");
    let capa = pop3.ask("CAPA", ".");
    for line in [
        "TOP",
        "UIDL",
        "RESP-CODES",
        "AUTH-RESP-CODE",
        "PIPELINING",
        "USER",
        "STLS",
        "UTF8 USER",
        "LANG",
        "EXPIRE NEVER",
        "IMPLEMENTATION mailwire-postoffice",
    ] {
        assert!(capa.contains(&format!("\r\n{line}\r\n")), "{line}: {capa}");
    }
    assert!(pop3.ask("LANG", ".").contains("\r\nde Deutsch\r\n"));
    assert_eq!(pop3.ask("LANG de-CH", "+OK"), "+OK de ab hier auf Deutsch\r\n");
    assert!(pop3.ask("UTF8", "+OK").contains("UTF-8"));
    assert!(pop3.ask("APOP alice 00000000000000000000000000000000", "-ERR").contains("[AUTH]"));
    pop3.ask("USER alice", "+OK");
    assert_eq!(pop3.ask("PASS wonder land", "+OK").matches("1 Nachrichten").count(), 1);
    assert_eq!(pop3.ask("RETR 2", "-ERR"), "-ERR diese Nachricht gibt es nicht\r\n");
    assert_eq!(pop3.ask("LANG *", "+OK"), "+OK de ab hier auf Deutsch\r\n");
    assert!(pop3.ask("LANG en", "+OK").starts_with("+OK en "));
}
