//! The scripts of `../shared/corpus/imap-scripts` against the post office, over loopback: what
//! James tests itself with. A clone of the project does not have them; then this says so and passes.
//!
//! `data/imap-scripts.txt` says in which state of a session each script begins, and which ones go
//! otherwise here, and why.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod office;
mod script;

use office::Office;
use script::{Line, Wire, answer};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a session begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Begin {
    /// Nobody has logged in.
    Plain,
    Authenticated,
    /// With four messages, made by a script.
    Selected,
}

/// The script that makes the mailbox of those that begin there.
const SETUP: &str = "SelectedStateSetup";

/// What is known of the scripts.
#[derive(Default)]
struct Known {
    begins: BTreeMap<String, Begin>,
    /// The commands that are answered otherwise here, by script; of a script that cannot be played
    /// to its end, `*`.
    differ: BTreeSet<(String, String)>,
}

impl Known {
    fn read() -> Self {
        let text = include_str!("data/imap-scripts.txt");
        let mut known = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let parts: Vec<&str> = line.split(" | ").collect();
            let (begin, names) = match parts[..] {
                ["plain", names] => (Begin::Plain, names),
                ["selected", names] => (Begin::Selected, names),
                [name, command, _why] => {
                    known.differ.insert((name.to_owned(), command.to_owned()));
                    continue;
                }
                _ => panic!("{line}"),
            };
            known.begins.extend(names.split(' ').map(|name| (name.to_owned(), begin)));
        }
        known
    }

    fn begin(&self, name: &str) -> Begin {
        self.begins.get(name).copied().unwrap_or(Begin::Authenticated)
    }
}

#[test]
fn what_james_expects_is_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/imap-scripts");
    if !folder.exists() {
        eprintln!("not on this machine, so not checked: {}", folder.display());
        return;
    }
    let mut files = files(&folder);
    files.extend(self::files(&folder.join("aclIntegration")));
    assert!(files.len() > 90, "{} scripts", files.len());
    let setup = fs::read_to_string(folder.join(SETUP).with_extension("test")).unwrap();
    let setup = script::read(&setup);
    let known = Known::read();
    let (mut wrong, mut names) = (Vec::new(), BTreeSet::new());
    for (name, mut differences) in played(&files, &known, &setup) {
        if known.differ.contains(&(name.clone(), "*".to_owned())) {
            if differences.is_empty() {
                wrong.push(format!("{name} passes, and is listed"));
            }
        } else {
            for (_, command) in known.differ.iter().filter(|(script, _)| *script == name) {
                let before = differences.len();
                differences.retain(|(sent, _)| sent != command);
                if differences.len() == before {
                    wrong.push(format!("{name} | {command} passes, and is listed"));
                }
            }
            let lines = differences.iter().map(|(sent, what)| format!("{name} | {sent}\n  {what}"));
            wrong.extend(lines);
        }
        names.insert(name);
    }
    let listed = known.differ.iter().map(|(name, _)| name).chain(known.begins.keys());
    wrong.extend(listed.filter(|name| !names.contains(*name)).map(|name| format!("no {name}")));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// What goes otherwise, by script. Several are played at once: they wait for the disk.
fn played(files: &[PathBuf], known: &Known, setup: &[Line]) -> Vec<(String, Differences)> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
                    let text = fs::read(file).unwrap();
                    let lines = script::read(&String::from_utf8_lossy(&text));
                    let begin = known.begin(&name);
                    let setup = if begin == Begin::Selected { setup } else { &[] };
                    let differences = play(&lines, begin, setup);
                    done.lock().unwrap().push((name, differences));
                }
            });
        }
    });
    let mut done: Vec<_> = done.into_inner().unwrap();
    done.sort();
    done
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|end| end == "test")).collect();
    files.sort();
    files
}

/// The commands that are answered otherwise, and how.
type Differences = Vec<(String, String)>;

/// Plays a script against a post office of its own.
fn play(lines: &[Line], begin: Begin, setup: &[Line]) -> Differences {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &["--user", "imapuser:password"]);
    let mut play = Play { office: &office, begin, wires: BTreeMap::new(), session: String::new() };
    let differences = play.lines(setup);
    assert!(differences.is_empty(), "{differences:?}");
    play.lines(lines)
}

struct Play<'o> {
    office: &'o Office,
    begin: Begin,
    wires: BTreeMap<String, Wire>,
    session: String,
}

impl Play<'_> {
    fn lines(&mut self, lines: &[Line]) -> Differences {
        let mut lines = lines.iter().peekable();
        // The greeting is read already.
        lines.next_if(|line| matches!(line, Line::Server(_)));
        let (mut sent, mut differences) = (None, Vec::new());
        while let Some(line) = lines.next() {
            match line {
                Line::Session(name) => self.session.clone_from(name),
                Line::Again => drop(self.wires.remove(&self.session)),
                Line::Client(text) => {
                    // Further lines are of a literal.
                    sent.get_or_insert(text);
                    self.wire().send(text);
                }
                Line::Server(first) => {
                    let mut expected = vec![first.clone()];
                    while let Some(Line::Server(next)) =
                        lines.next_if(|line| matches!(line, Line::Server(_)))
                    {
                        expected.push(next.clone());
                    }
                    let answer = self.wire().responses();
                    if let Err(what) = answer::compare(&expected, &answer) {
                        differences.push((sent.cloned().unwrap_or_default(), what));
                    }
                    // A command goes on behind a continuation.
                    sent = sent.filter(|_| first.starts_with("\\+ "));
                }
            }
        }
        differences
    }

    /// The connection of the session, made when it is first spoken on.
    fn wire(&mut self) -> &mut Wire {
        let (port, begin) = (self.office.port("imap"), self.begin);
        self.wires.entry(self.session.clone()).or_insert_with(|| {
            let mut wire = Wire::connect(port);
            if begin != Begin::Plain {
                // James subscribes to the INBOX by itself.
                for command in ["LOGIN imapuser password", "SUBSCRIBE INBOX"] {
                    wire.send(&format!("begin {command}"));
                    assert!(wire.responses().last().unwrap().starts_with("begin OK"));
                }
            }
            wire
        })
    }
}
