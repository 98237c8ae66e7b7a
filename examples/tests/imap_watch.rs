//! imap_watch as people run it: the real program, against the post office, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk, example};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

struct Watcher {
    child: Child,
    out: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

impl Watcher {
    fn start(data: &Path, port: u16, options: &[&str]) -> Self {
        let mut child = Command::new(example("imap_watch"))
            .arg(format!("localhost:{port}"))
            .args(["--user", "alice", "--security", "starttls", "--trust"])
            .arg(data.join("tls/localhost.cert.pem"))
            .args(options)
            .env("IMAP_PASSWORD", "wonder land")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, errors }
    }

    /// The next line that it prints.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Reads what it says of itself until a line that contains this.
    #[track_caller]
    fn warns(&mut self, part: &str) -> String {
        let mut all = String::new();
        loop {
            let from = all.len();
            assert_ne!(self.errors.read_line(&mut all).unwrap(), 0, "{all}");
            if all[from..].contains(part) {
                return all;
            }
        }
    }

    fn interrupt(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn login(office: &Office) -> Talk {
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    imap
}

fn append(imap: &mut Talk, folder: &str, text: &str) {
    imap.ask(&format!("t APPEND {folder} () {{{}}}", text.len()), "+");
    imap.ask(text, "t OK");
}

const MESSAGE: &str =
    "From: Bob <bob@example.org>\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\nx\r\n";

#[test]
fn what_changes_is_printed_by_idle_and_by_notify() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    imap.imap("CREATE Lists");
    append(&mut imap, "INBOX", MESSAGE);
    imap.imap("SELECT INBOX");
    let port = office.port("imap");
    let mut idle = Watcher::start(dir.path(), port, &["--no-notify"]);
    let mut notify = Watcher::start(dir.path(), port, &[]);
    for watcher in [&mut idle, &mut notify] {
        watcher.warns("imap_watch: 1 messages");
    }

    append(&mut imap, "INBOX", MESSAGE);
    for watcher in [&mut idle, &mut notify] {
        assert_eq!(watcher.says(), "new 2 from bob@example.org subject gr\u{fc}\u{df}e");
    }
    imap.imap("STORE 1 +FLAGS (\\Flagged $Work)");
    for watcher in [&mut idle, &mut notify] {
        assert_eq!(watcher.says(), "flags 1 \\Flagged $Work");
    }
    imap.imap("STORE 1 +FLAGS (\\Deleted)");
    imap.imap("EXPUNGE");
    for watcher in [&mut idle, &mut notify] {
        assert_eq!(watcher.says(), "flags 1 \\Flagged \\Deleted $Work");
        assert_eq!(watcher.says(), "gone 1");
    }
    // Of other folders only NOTIFY tells.
    append(&mut imap, "Lists", MESSAGE);
    let line = notify.says();
    assert!(line.starts_with("folder Lists 1 messages"), "{line}");
    append(&mut imap, "INBOX", MESSAGE);
    assert!(idle.says().starts_with("new 3 from"));
    idle.interrupt();
    notify.interrupt();
}

#[test]
fn idle_is_renewed_and_a_broken_connection_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut imap = login(&office);
    for _ in 0..3 {
        append(&mut imap, "INBOX", MESSAGE);
    }
    let port = office.port("imap");
    let mut watcher = Watcher::start(dir.path(), port, &["--renew", "1", "--trace"]);
    watcher.warns("imap_watch: 3 messages");
    watcher.warns(" C: DONE");
    watcher.warns(" IDLE");
    watcher.warns(" C: DONE");
    imap.imap("SELECT INBOX");
    imap.imap("STORE 1 +FLAGS (\\Answered)");
    assert_eq!(watcher.says(), "flags 1 \\Answered");

    // While nobody listens, things change.
    office.kill();
    watcher.warns("; again in 1 s");
    watcher.warns("; again in 2 s");
    let office = Office::start_at(dir.path(), &[("imap", port)]);
    let mut imap = login(&office);
    imap.imap("SELECT INBOX");
    imap.imap("STORE 2 +FLAGS (\\Deleted)");
    imap.imap("EXPUNGE");
    imap.imap("STORE 1 +FLAGS (\\Seen)");
    append(&mut imap, "INBOX", MESSAGE);
    watcher.warns(" SELECT INBOX (QRESYNC (");
    let mut lines = [watcher.says(), watcher.says(), watcher.says()];
    lines.sort();
    assert_eq!(
        lines,
        [
            "flags 1 \\Answered \\Seen",
            "gone 2",
            "new 4 from bob@example.org subject gr\u{fc}\u{df}e"
        ]
    );
    watcher.interrupt();
}

#[test]
fn what_cannot_be_is_said_in_one_line_and_not_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let port = office.port("imap");
    for (options, code, part) in [
        (&["--folder", "nowhere"][..], 1, "SELECT: "),
        (&["--renew", "0"], 2, "--renew"),
        (&["--renew", "x"], 2, "--renew"),
        (&["--speed", "1"], 2, "--speed"),
        (&["--password-file", "/x"], 2, "--password-file"),
    ] {
        let mut watcher = Watcher::start(dir.path(), port, options);
        let mut line = String::new();
        std::io::Read::read_to_string(&mut watcher.errors, &mut line).unwrap();
        assert_eq!(watcher.child.wait().unwrap().code(), Some(code), "{options:?}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.starts_with("imap_watch: ") && line.contains(part), "{options:?}: {line}");
    }
    office.interrupt();
}
