//! imap_sync as people run it: the real program, against the post office, over loopback.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use office::{Office, Talk, example};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
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
        let place = Self { dir, office };
        for inner in ["new", "cur", "tmp"] {
            fs::create_dir_all(place.maildir().join(inner)).unwrap();
        }
        place
    }

    fn maildir(&self) -> PathBuf {
        self.dir.path().join("mail")
    }

    fn command(&self, security: &str, options: &[&str]) -> Command {
        let service = if security == "tls" { "imaps" } else { "imap" };
        let mut command = Command::new(example("imap_sync"));
        command
            .arg(format!("localhost:{}", self.office.port(service)))
            .args(["--user", "alice", "--security", security, "--trust"])
            .arg(self.dir.path().join("data/tls/localhost.cert.pem"))
            .arg("--maildir")
            .arg(self.maildir())
            .args(options)
            .env("IMAP_PASSWORD", "wonder land")
            .stdin(Stdio::null());
        command
    }

    /// Runs it, which must end well; what it said.
    #[track_caller]
    fn sync(&self, options: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command("none", options).output().unwrap();
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

fn message(n: u32) -> String {
    format!("Subject: m{n}\r\n\r\nThis is message {n}.\r\n")
}

fn append(imap: &mut Talk, folder: &str, flags: &str, text: &str) {
    imap.ask(&format!("t APPEND {folder} ({flags}) {{{}}}", text.len()), "+");
    imap.ask(text, "t OK");
}

/// The number of a message, by its text.
fn number(text: &str) -> u32 {
    let digits = text.split("Subject: m").nth(1).unwrap_or_else(|| panic!("{text}"));
    digits.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// A message at one end: where it is, and its flags as letters.
type Messages<T> = BTreeMap<u32, (T, String)>;

/// The messages of the selected folder, by unique identifier. Each may be there only once.
#[track_caller]
fn there(imap: &mut Talk) -> Messages<u32> {
    let mut found = Messages::new();
    // The folder may be empty.
    let told = imap.ask("t UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])", "t ");
    for part in told.split(" FETCH (UID ").skip(1) {
        let uid = part.split(' ').next().unwrap().parse().unwrap();
        let flags = part.split_once("FLAGS (").unwrap().1.split(')').next().unwrap();
        let letter = |(name, letter)| flags.contains(name).then_some(letter);
        let known =
            [("Draft", 'D'), ("Flagged", 'F'), ("Answered", 'R'), ("Seen", 'S'), ("Deleted", 'T')];
        let letters: String = known.into_iter().filter_map(letter).collect();
        let twice = found.insert(number(part), (uid, letters));
        assert_eq!(twice, None, "{told}");
    }
    found
}

/// The messages that lie in a folder. Each may be there only once, and must be whole.
#[track_caller]
fn here(folder: &Path) -> Messages<PathBuf> {
    let mut found = Messages::new();
    for inner in ["new", "cur"] {
        for entry in fs::read_dir(folder.join(inner)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            let letters = name.split_once(":2,").map_or("", |(_, letters)| letters).to_owned();
            let number = number(&text);
            assert_eq!(text, message(number));
            assert_eq!(found.insert(number, (path, letters)), None, "{number} is there twice");
        }
    }
    found
}

#[test]
fn what_changes_at_one_end_changes_at_the_other() {
    for way in ["plain", "condstore", "qresync"] {
        let place = Place::new();
        let by = ["--by", way];
        let mut imap = place.login();
        imap.imap("CREATE Work/v1.0");
        append(&mut imap, "Work/v1.0", "\\Answered", &message(1));
        append(&mut imap, "INBOX", "", &message(2));
        append(&mut imap, "INBOX", "\\Seen", &message(3));
        fs::write(place.maildir().join("cur/1.here:2,F"), message(4)).unwrap();
        // Of other programs: with LF only.
        fs::write(place.maildir().join("new/2.here"), message(5).replace('\r', "")).unwrap();
        for inner in ["new", "cur", "tmp"] {
            fs::create_dir_all(place.maildir().join(".Play").join(inner)).unwrap();
        }
        fs::write(place.maildir().join(".Play/new/3.here"), message(6)).unwrap();

        let said = place.sync(&by);

        assert_eq!(said, "new: 3 here, 3 there; removed: 0 here, 0 there; flags: 0\n", "{way}");
        imap.imap("SELECT INBOX");
        let flags = |n: u32, imap: &mut Talk| there(imap).get(&n).map(|(_, flags)| flags.clone());
        assert_eq!(there(&mut imap).keys().copied().collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert_eq!(flags(4, &mut imap).unwrap(), "F");
        let lf = place.maildir().join("new");
        let five = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("message 5");
        let five = fs::read_dir(lf).unwrap().map(|entry| entry.unwrap().path()).find(five);
        fs::write(five.unwrap(), message(5)).unwrap();
        assert_eq!(here(&place.maildir())[&3].1, "S");
        assert_eq!(here(&place.maildir().join(".Work.v1&AC4-0"))[&1].1, "R");
        let nothing = "new: 0 here, 0 there; removed: 0 here, 0 there; flags: 0\n";
        assert_eq!(place.sync(&by), nothing, "{way}");

        // Flags at both ends, of one message too; removed at both ends; moved here.
        imap.imap("SELECT INBOX");
        let files = here(&place.maildir());
        let uids = there(&mut imap);
        imap.imap(&format!("UID STORE {} +FLAGS (\\Flagged)", uids[&3].0));
        let renamed = |path: &Path, letters: &str| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let base = name.split_once(":2,").map_or(name, |(base, _)| base);
            fs::rename(path, place.maildir().join("cur").join(format!("{base}:2,{letters}")))
                .unwrap();
        };
        renamed(&files[&3].0, "R");
        imap.imap(&format!("UID STORE {} +FLAGS (\\Deleted)", uids[&2].0));
        imap.imap("EXPUNGE");
        fs::remove_file(&files[&4].0).unwrap();
        let name = files[&5].0.file_name().unwrap();
        fs::rename(&files[&5].0, place.maildir().join(".Play/new").join(name)).unwrap();

        let said = place.sync(&by);

        assert!(said.contains("removed: 1 here, 2 there"), "{way}: {said}");
        imap.imap("SELECT INBOX");
        assert_eq!(there(&mut imap).keys().copied().collect::<Vec<_>>(), [3]);
        assert_eq!(flags(3, &mut imap).unwrap(), "FR");
        assert_eq!(here(&place.maildir())[&3].1, "FR");
        imap.imap("SELECT Play");
        assert_eq!(there(&mut imap).keys().copied().collect::<Vec<_>>(), [5, 6]);
        assert_eq!(place.sync(&by), nothing, "{way}");
    }
}

#[test]
fn another_life_of_a_folder_doubles_nothing_and_loses_nothing() {
    let place = Place::new();
    let mut imap = place.login();
    imap.imap("CREATE Work");
    for n in 1..=3 {
        append(&mut imap, "Work", "", &message(n));
    }
    place.sync(&[]);
    imap.imap("DELETE Work");
    imap.imap("CREATE Work");
    // In another order, one is missing, one is new.
    for n in [4, 3, 1] {
        append(&mut imap, "Work", "", &message(n));
    }

    let said = place.sync(&[]);

    assert!(said.starts_with("new: 1 here, 1 there; removed: 0 here, 0 there"), "{said}");
    imap.imap("SELECT Work");
    assert_eq!(there(&mut imap).keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(here(&place.maildir().join(".Work")).len(), 4);
    assert!(place.sync(&[]).starts_with("new: 0 here, 0 there; removed: 0 here, 0 there"));
}

/// One number after the other, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n.max(1) as u64).unwrap()
    }

    fn pick(&mut self, numbers: &[u32]) -> Option<u32> {
        numbers.get(self.below(numbers.len())).copied()
    }
}

#[test]
fn killed_at_any_time_between_random_changes_it_loses_and_doubles_nothing() {
    let place = Place::new();
    let mut imap = place.login();
    imap.imap("SELECT INBOX");
    let mut random = Random(2026);
    // The messages that there must be, and those that were at both ends when a run last ended well.
    let (mut alive, mut settled) = (std::collections::BTreeSet::new(), Vec::new());
    let (mut next, mut kills, mut ends) = (1, 0, 0);
    for round in 0..60 {
        for _ in 0..1 + random.below(8) {
            match random.below(6) {
                0 | 1 => {
                    append(&mut imap, "INBOX", "", &message(next));
                    alive.insert(next);
                    next += 1;
                }
                2 | 3 => {
                    let path = place.maildir().join(format!("new/{next}.here"));
                    fs::write(path, message(next)).unwrap();
                    alive.insert(next);
                    next += 1;
                }
                what => {
                    let Some(n) = random.pick(&settled) else { continue };
                    let at_server = random.below(2) == 0;
                    if what == 4 && at_server {
                        // By another that may have been removed by a run in the meantime.
                        if let Some((uid, _)) = there(&mut imap).get(&n) {
                            imap.imap(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"));
                            imap.imap(&format!("UID EXPUNGE {uid}"));
                        }
                        alive.remove(&n);
                        settled.retain(|other| *other != n);
                    } else if what == 4 {
                        if let Some((path, _)) = here(&place.maildir()).get(&n) {
                            fs::remove_file(path).unwrap();
                        }
                        alive.remove(&n);
                        settled.retain(|other| *other != n);
                    } else if at_server {
                        let flag = ["\\Seen", "\\Flagged", "\\Answered"][random.below(3)];
                        let sign = ["+", "-"][random.below(2)];
                        if let Some((uid, _)) = there(&mut imap).get(&n) {
                            imap.imap(&format!("UID STORE {uid} {sign}FLAGS.SILENT ({flag})"));
                        }
                    } else if let Some((path, _)) = here(&place.maildir()).get(&n) {
                        let letters = ["", "S", "FS", "R", "DF"][random.below(5)];
                        let name = path.file_name().unwrap().to_str().unwrap();
                        let base = name.split_once(":2,").map_or(name, |(base, _)| base);
                        let to = place.maildir().join("cur").join(format!("{base}:2,{letters}"));
                        fs::rename(path, to).unwrap();
                    }
                }
            }
        }
        let by = ["--by", ["plain", "condstore", "qresync"][random.below(3)]];
        if random.below(4) > 0 {
            let mut child = place.command("none", &by).stdout(Stdio::null()).spawn().unwrap();
            // It ends by itself sooner on some machines than on others.
            sleep(Duration::from_micros(random.below(20_000) as u64));
            kills += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        if random.below(3) == 0 || round == 59 {
            // What a killed run left at the server is looked for; what came in between may need one
            // more.
            place.sync(&by);
            place.sync(&by);
            imap.imap("NOOP");
            let (there, here) = (there(&mut imap), here(&place.maildir()));
            let of = |numbers: Vec<&u32>| numbers.into_iter().copied().collect::<Vec<u32>>();
            settled = alive.iter().copied().collect();
            assert_eq!(of(there.keys().collect()), settled, "there, in round {round}");
            assert_eq!(of(here.keys().collect()), settled, "here, in round {round}");
            for n in &settled {
                assert_eq!(there[n].1, here[n].1, "flags of {n} in round {round}");
            }
            ends += 1;
        }
    }
    assert!(kills > 15 && ends > 5 && next > 50, "{kills} {ends} {next}");
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let place = Place::new();
    for (options, code, part) in [
        (&["--folder", "nowhere"][..], 1, "there is no folder nowhere"),
        (&["--by", "magic"], 2, "--by"),
        (&["--fast"], 2, "--fast"),
        (&["--password-file", "/x"], 2, "--password-file"),
    ] {
        let output = place.command("tls", options).output().unwrap();
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), line.lines().count()), (Some(code), 1), "{line}");
        assert!(line.starts_with("imap_sync: ") && line.contains(part), "{options:?}: {line}");
    }
}
