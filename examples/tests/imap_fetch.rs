//! imap_fetch as people run it: the real program, against the post office, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk, deliver, example};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::Duration;

struct Place {
    dir: tempfile::TempDir,
    office: Office,
    /// Where its IMAP with TLS is reached, if not where it listens.
    imaps: Option<u16>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::start(&dir.path().join("data"), &[]);
        Self { dir, office, imaps: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn port(&self, service: &str) -> u16 {
        self.office.port(service)
    }

    fn command(&self, security: &str, options: &[&str]) -> Command {
        let port = match security {
            "tls" => self.imaps.unwrap_or_else(|| self.port("imaps")),
            _ => self.port("imap"),
        };
        let mut command = Command::new(example("imap_fetch"));
        command
            .arg(format!("localhost:{port}"))
            .args(["--user", "alice", "--security", security, "--trust"])
            .arg(self.path("data/tls/localhost.cert.pem"))
            .args(options)
            .env("IMAP_PASSWORD", "wonder land")
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

    fn login(&self) -> Talk {
        let mut imap = self.office.connect("imap");
        imap.imap("LOGIN alice \"wonder land\"");
        imap
    }
}

/// The messages of a folder, sorted, each with the flags in the name of its file.
fn mail(folder: &Path) -> Vec<(String, String)> {
    let mut mail = Vec::new();
    for inner in ["new", "cur"] {
        for entry in fs::read_dir(folder.join(inner)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let flags = name.split_once(":2,").map_or("", |(_, flags)| flags).to_owned();
            mail.push((fs::read_to_string(entry.path()).unwrap(), flags));
        }
    }
    mail.sort();
    mail
}

fn append(imap: &mut Talk, folder: &str, flags: &str, text: &str) {
    imap.ask(&format!("t APPEND {folder} ({flags}) {{{}}}", text.len()), "+");
    imap.ask(text, "t OK");
}

#[test]
fn folders_are_downloaded_as_they_are_and_later_only_what_is_new() {
    let place = Place::new();
    let mut imap = place.login();
    imap.imap("CREATE Lists/v1.0");
    imap.imap("CREATE \"Entw&APw-rfe\"");
    append(&mut imap, "INBOX", "\\Seen \\Flagged", "Subject: one\r\n\r\n.\r\n..\r\n");
    append(&mut imap, "Lists/v1.0", "", "Subject: two\r\n\r\nno line end");
    // An empty literal would call the APPEND off (RFC 3502 section 3).
    append(&mut imap, "\"Entw&APw-rfe\"", "\\Draft", "\r\n");
    deliver(&place.office, "alice", "three");
    let maildir = place.path("mail");
    let to = ["--maildir", maildir.to_str().unwrap()];

    let said = place.fetch("tls", &to);
    assert!(said.starts_with("2 fetched (") && said.ends_with("), 1 folders\n"), "{said}");
    let inbox = mail(&maildir);
    assert_eq!(inbox[0], ("Subject: one\r\n\r\n.\r\n..\r\n".into(), "FS".into()));
    assert!(inbox[1].0.ends_with("\r\n\r\nthree\r\n") && inbox[1].1.is_empty(), "{inbox:?}");
    assert!(!maildir.join(".Lists").exists());

    // Another port is another account: all comes again, into folders that are not there yet too.
    let other = place.path("other");
    let said = place.fetch("starttls", &["--all", "--maildir", other.to_str().unwrap()]);
    assert!(said.starts_with("4 fetched ("), "{said}");
    assert_eq!(mail(&other), inbox);
    let two = ("Subject: two\r\n\r\nno line end".to_owned(), String::new());
    assert_eq!(mail(&other.join(".Lists.v1&AC4-0")), [two]);
    assert_eq!(mail(&other.join(".Entw&APw-rfe")), [("\r\n".to_owned(), "D".to_owned())]);

    // What was read, moved or deleted here does not come again; nor what is gone there.
    for inner in ["new", "cur"] {
        fs::remove_dir_all(maildir.join(inner)).unwrap();
    }
    assert_eq!(place.fetch("tls", &to), "0 fetched (0 octets), 1 folders\n");
    deliver(&place.office, "alice", "four");
    deliver(&place.office, "alice", "five");
    imap.imap("SELECT INBOX");
    imap.imap("STORE 3 +FLAGS (\\Deleted)");
    imap.imap("EXPUNGE");
    let said = place.fetch("tls", &to);
    assert!(said.starts_with("1 fetched ("), "{said}");
    let folder = ["--folder", "Entw\u{fc}rfe", "--quiet"];
    assert_eq!(place.fetch("tls", &[&to[..], &folder].concat()), "");
    assert_eq!(mail(&maildir.join(".Entw&APw-rfe")).len(), 1);
    // Nothing was changed there.
    let fetched = imap.imap("FETCH 1:* (FLAGS)");
    assert_eq!(fetched.matches("\\Seen").count(), 1, "{fetched}");

    // Another life of the folder.
    imap.imap("DELETE Lists/v1.0");
    imap.imap("CREATE Lists/v1.0");
    append(&mut imap, "Lists/v1.0", "", "Subject: new\r\n\r\n");
    let output = place.command("starttls", &["--all", "--maildir", other.to_str().unwrap()]);
    let output = { output }.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("Lists/v1.0: all messages have other numbers now"), "{errors}");
    assert_eq!(mail(&other.join(".Lists.v1&AC4-0")).len(), 2);
}

/// How many messages lie in the folder.
fn count(maildir: &Path) -> usize {
    ["new", "cur"]
        .map(|inner| fs::read_dir(maildir.join(inner)).map_or(0, Iterator::count))
        .iter()
        .sum()
}

/// A way to a port through which only so many octets come back until there is leave for more.
struct Narrow {
    port: u16,
    leave: Arc<AtomicUsize>,
}

impl Narrow {
    fn new(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let leave = Arc::new(AtomicUsize::new(0));
        let this = Self { port, leave: Arc::clone(&leave) };
        spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                let (mut asks, mut asked) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                spawn(move || {
                    let _ = io::copy(&mut asks, &mut asked);
                    let _ = asked.shutdown(Shutdown::Write);
                });
                let leave = Arc::clone(&leave);
                spawn(move || answers(server, client, &leave));
            }
        });
        this
    }

    fn allow(&self, octets: usize) {
        self.leave.store(octets, Ordering::Release);
    }
}

/// Ends when one of the two is at its end.
fn answers(mut server: TcpStream, mut client: TcpStream, leave: &AtomicUsize) {
    let mut piece = [0; 4096];
    while let Ok(n @ 1..) = server.read(&mut piece) {
        let less = |leave: usize| leave.checked_sub(n);
        while leave.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_err() {
            sleep(Duration::from_millis(1));
        }
        if client.write_all(&piece[..n]).is_err() {
            return;
        }
    }
    let _ = client.shutdown(Shutdown::Write);
}

#[test]
fn ended_at_any_time_it_goes_on_and_each_message_is_there_once() {
    const MESSAGES: usize = 60;
    let mut place = Place::new();
    let filler = "The quick brown fox jumps over the lazy dog.\r\n".repeat(1500) + "The end.";
    for n in 0..MESSAGES {
        deliver(&place.office, "alice", &format!("this is {n}\r\n{filler}"));
    }
    let maildir = place.path("mail");
    let options = ["--no-compress", "--maildir", maildir.to_str().unwrap()];
    let way = Narrow::new(place.office.port("imaps"));
    place.imaps = Some(way.port);

    const TERM: i32 = 15;
    const KILL: i32 = 9;
    let mut seen = 0;
    for signal in [TERM, KILL, KILL, KILL] {
        // It cannot come to its end: ten messages of those that are left get through, in part.
        way.allow(10 * filler.len());
        let mut child = place.command("tls", &options).stdout(Stdio::null()).spawn().unwrap();
        while count(&maildir) < seen + 5 {
            assert_eq!(child.try_wait().unwrap(), None, "it ended");
            sleep(Duration::from_millis(1));
        }
        let arguments = [format!("-{signal}"), child.id().to_string()];
        assert!(Command::new("kill").args(arguments).status().unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(signal));
        seen = count(&maildir);
    }
    assert!(seen < MESSAGES);
    way.allow(usize::MAX);

    let said = place.fetch("tls", &options);

    assert!(said.starts_with(&format!("{} fetched", MESSAGES - seen)), "{seen}: {said}");
    let mail = mail(&maildir);
    assert_eq!(mail.len(), MESSAGES);
    let distinct: BTreeSet<&str> = mail
        .iter()
        .map(|(text, _)| {
            assert!(text.ends_with("The end.\r\n"), "it is whole");
            text.split("\r\n").find(|line| line.starts_with("this is ")).unwrap()
        })
        .collect();
    assert_eq!(distinct.len(), MESSAGES);
}

/// The highest that a program's memory was, in KiB.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

#[test]
fn a_large_message_takes_no_more_memory_than_a_small_one() {
    let place = Place::new();
    let mut imap = place.login();
    let text = "Subject: large\r\n\r\n".to_owned();
    let text = text + &format!("{}\r\n", "y".repeat(998)).repeat(40_000);
    append(&mut imap, "INBOX", "", &text);
    let maildir = place.path("mail");

    let options = ["--maildir", maildir.to_str().unwrap(), "--quiet"];
    let mut child = place.command("tls", &options).spawn().unwrap();
    let mut highest = 0;
    while child.try_wait().unwrap().is_none() {
        highest = highest.max(peak(&child));
        sleep(Duration::from_millis(5));
    }

    assert!(child.wait().unwrap().success());
    assert_eq!(mail(&maildir)[0].0.len(), text.len());
    // Less than the message, which has 40 MB, and much less than twice that.
    assert!(highest > 0 && highest < 30_000, "{highest} KiB");
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let place = Place::new();
    let mail = place.path("mail");
    let mail = mail.to_str().unwrap();
    let options = |options: &[&str]| {
        let output = Command::new(example("imap_fetch"))
            .args(options)
            .env("IMAP_PASSWORD", "x")
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (arguments, part) in [
        (&["--user", "a", "--maildir", mail][..], "<HOST[:PORT]>"),
        (&["h", "--maildir", mail], "--user"),
        (&["h", "--user", "a"], "--maildir"),
        (&["h:x", "--user", "a", "--maildir", mail], "HOST:PORT"),
        (&["h", "--user", "a", "--maildir", mail, "--security", "ssl"], "--security"),
        (&["h", "--user", "a", "--maildir", mail, "--password-file", "/x"], "--password-file"),
        (&["h", "--user", "a", "--maildir", mail, "--all", "--folder", "x"], "--folder"),
        (&["h", "--user", "a", "--maildir", mail, "--fast"], "--fast"),
    ] {
        let (code, line) = options(arguments);
        assert_eq!((code, line.lines().count()), (Some(2), 1), "{arguments:?}: {line}");
        assert!(line.starts_with("imap_fetch: ") && line.contains(part), "{arguments:?}: {line}");
    }
    assert!(!Path::new(mail).exists(), "nothing was begun");
    assert_eq!(options(&["--help"]).0, Some(0));

    // A wrong password; no such folder; a certificate that nobody trusts; nobody there.
    let fails = |command: &mut Command, part: &str| {
        let output = command.output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), errors.lines().count()), (Some(1), 1), "{errors}");
        assert!(errors.contains(part), "{errors}");
    };
    let maildir = ["--maildir", mail];
    let mut wrong = place.command("tls", &maildir);
    fails(wrong.env("IMAP_PASSWORD", "wrong"), "does not let us in: ");
    fails(&mut place.command("none", &["--maildir", mail, "--folder", "X"]), "no folder X");
    let mut untrusting = Command::new(example("imap_fetch"));
    untrusting.arg(format!("localhost:{}", place.port("imaps"))).args(["--user", "alice"]);
    fails(untrusting.args(maildir).env("IMAP_PASSWORD", "wonder land"), "certificate");
    let mut nobody = Command::new(example("imap_fetch"));
    nobody.args(["localhost:1", "--user", "alice"]).args(maildir);
    fails(nobody.env("IMAP_PASSWORD", "x"), "localhost port 1");
}
