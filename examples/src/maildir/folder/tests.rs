//! Folders on a real file system.

use super::*;
use crate::maildir::Maildir;
use std::io::Read;
use std::sync::Arc;

struct Box(tempfile::TempDir, Maildir);

impl Box {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mail = Maildir::open(&dir.path().join("mail")).unwrap();
        Self(dir, mail)
    }

    fn folder(&self, name: &str) -> Arc<Folder> {
        self.1.create(name).unwrap();
        self.1.folder(name).unwrap().unwrap()
    }

    /// As a program started anew sees it.
    fn again(&self) -> Maildir {
        Maildir::open(&self.0.path().join("mail")).unwrap()
    }
}

fn put(folder: &Folder, text: &str, flags: Flags) -> Uid {
    let mut draft = folder.draft().unwrap();
    draft.write(text.as_bytes()).unwrap();
    draft.finish(None).unwrap();
    folder.append(&draft, flags).unwrap().1
}

fn read(folder: &Folder, uid: Uid) -> String {
    let mut text = String::new();
    folder.open(uid).unwrap().unwrap().0.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn uids_flags_and_keywords_are_the_same_after_a_restart() {
    let mail = Box::new();
    let folder = mail.folder("A/v1.2");
    let bits = folder.keywords(&["$Forwarded", "work"]).unwrap().unwrap();
    let flags = Flags { system: SystemFlags::SEEN.with(SystemFlags::FLAGGED), keywords: bits };
    let (one, two) = (put(&folder, "one\r\n", flags), put(&folder, "two\r\n", Flags::default()));
    let gone = put(&folder, "gone\r\n", Flags::default());
    folder.remove(&[gone]).unwrap();
    let before = folder.picture(false).unwrap();

    let again = mail.again().folder("A/v1.2").unwrap().unwrap();
    let after = again.picture(true).unwrap();

    assert_eq!((after.validity, after.next), (before.validity, gone + 1));
    assert_eq!((&after.entries, &after.keywords), (&before.entries, &before.keywords));
    assert_eq!((read(&again, one), read(&again, two)), ("one\r\n".into(), "two\r\n".into()));
    assert!(again.open(gone).unwrap().is_none());
}

#[test]
fn what_other_programs_do_is_seen() {
    let mail = Box::new();
    let folder = mail.folder("A");
    let uid = put(&folder, "one\r\n", Flags::default());
    let (new, cur) = (folder.directory.join("new"), folder.directory.join("cur"));
    let file = fs::read_dir(&new).unwrap().next().unwrap().unwrap().file_name();
    let file = file.to_str().unwrap();
    fs::rename(new.join(file), cur.join(format!("{file}:2,SF"))).unwrap();
    fs::write(cur.join("5.other"), "from\nmutt\n").unwrap();
    fs::write(new.join("4.other"), "earlier\n").unwrap();

    assert!(folder.refresh().unwrap());
    let picture = folder.picture(false).unwrap();

    let flags = SystemFlags::SEEN.with(SystemFlags::FLAGGED);
    assert_eq!(picture.entries[0].uid, uid);
    assert_eq!(picture.entries[0].flags.system, flags);
    assert_eq!(read(&folder, uid + 1), "earlier\r\n");
    assert_eq!(read(&folder, uid + 2), "from\r\nmutt\r\n");
    assert_eq!(picture.entries[2].size, 12);
    // Letters in an order of their own do not stop us from working on it.
    let flags = folder.mark(uid, |it| Flags { system: SystemFlags::DELETED, ..it.flags });
    assert_eq!(flags.unwrap().unwrap().flags.system, SystemFlags::DELETED);
    // Renamed behind our back: found again.
    fs::rename(cur.join("5.other"), cur.join("5.other:2,T")).unwrap();
    assert_eq!(read(&folder, uid + 2), "from\r\nmutt\r\n");
    folder.expunge(|_| true).unwrap();
    assert_eq!(folder.picture(true).unwrap().entries.len(), 1);
}

#[test]
fn copies_and_moves_keep_flags_keywords_and_dates() {
    let mail = Box::new();
    let (a, b) = (mail.folder("A"), mail.folder("B"));
    b.keywords(&["other"]).unwrap();
    let bits = a.keywords(&["work"]).unwrap().unwrap();
    let flags = Flags { system: SystemFlags::ANSWERED, keywords: bits };
    let (one, two) = (put(&a, "one\r\n", flags), put(&a, "two\r\n", Flags::default()));
    let date = a.open(one).unwrap().unwrap().1;

    assert_eq!(a.copy(&[one, two], &b, &mut || {}).unwrap(), [(one, 1), (two, 2)]);
    assert_eq!(a.transfer(&[one], &b, &mut || {}).unwrap(), [(one, 3)]);

    let (in_a, in_b) = (a.picture(true).unwrap(), b.picture(true).unwrap());
    assert_eq!(in_a.entries.iter().map(|e| e.uid).collect::<Vec<_>>(), [two]);
    assert_eq!(in_b.entries.iter().map(|e| e.uid).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(in_b.keywords, ["other", "work"]);
    assert_eq!(in_b.entries[2].flags, Flags { keywords: 2, ..flags });
    assert_eq!(read(&b, 3), "one\r\n");
    assert_eq!(b.open(3).unwrap().unwrap().1, date);
    // Renamed behind our back: found again.
    let uid = put(&a, "three\r\n", flags);
    let new = a.directory.join("new");
    let file = fs::read_dir(&new).unwrap().map(|file| file.unwrap().file_name());
    let file = file.map(|file| file.into_string().unwrap()).find(|file| file.contains(":2,R"));
    let file = file.unwrap();
    fs::rename(new.join(&file), new.join(file.replace(":2,R", ":2,RS"))).unwrap();
    assert_eq!(a.transfer(&[uid, 999], &mail.folder("C"), &mut || {}).unwrap(), [(uid, 1)]);
    assert_eq!(mail.folder("C").picture(true).unwrap().entries.len(), 1);
    // Into itself: a new UID at the end.
    assert_eq!(b.transfer(&[1], &b, &mut || {}).unwrap(), [(1, 4)]);
    assert_eq!(
        mail.again().folder("B").unwrap().unwrap().picture(true).unwrap().entries,
        b.picture(true).unwrap().entries
    );
}

#[test]
fn delivered_mail_is_new_until_a_session_claims_it() {
    let mail = Box::new();
    let inbox = mail.1.inbox().unwrap();
    let mut draft = inbox.draft().unwrap();
    draft.write(b"mail\r\n").unwrap();
    assert!(inbox.deliver(&draft).is_err(), "not finished");
    draft.finish(None).unwrap();
    inbox.deliver(&draft).unwrap();
    let _ = inbox.picture(true).unwrap();
    inbox.deliver(&draft).unwrap();
    drop(draft);

    assert_eq!(inbox.picture(true).unwrap().recent, [1, 2]);
    assert_eq!(inbox.picture_claiming_recent(true).unwrap().recent, [1, 2]);
    assert!(inbox.picture(true).unwrap().recent.is_empty());
    assert_eq!(fs::read_dir(inbox.directory.join("tmp")).unwrap().count(), 0);
}

#[test]
fn folders_are_made_listed_renamed_and_removed() {
    let mail = Box::new();
    let held = mail.folder("A/B/C");
    put(&held, "x\r\n", Flags::default());
    assert!(!mail.1.create("A/B").unwrap());
    mail.1.delete("A").unwrap();
    let names = |mail: &Maildir| {
        let listed = mail.list().unwrap().into_iter();
        listed.map(|l| (l.name, l.exists, l.children)).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&mail.1),
        [
            ("INBOX".into(), true, false),
            ("A".into(), false, true),
            ("A/B".into(), true, true),
            ("A/B/C".into(), true, false)
        ]
    );

    assert!(mail.1.rename("A/B", "X/Y").unwrap());

    assert!(held.picture(true).is_err(), "the old name is gone");
    let moved = mail.1.folder("X/Y/C").unwrap().unwrap();
    assert_eq!(read(&moved, 1), "x\r\n");
    assert!(mail.1.folder("A/B/C").unwrap().is_none());
    assert!(mail.1.rename("X/Y", "X/Y/Z").is_err() && mail.1.delete("INBOX").is_err());
    for bad in ["a//b", "/", "A\nB"] {
        assert!(mail.1.create(bad).is_err(), "{bad}");
    }
    assert!(mail.1.rename("inbox", "Old").unwrap());
    assert!(mail.1.folder("Old").unwrap().is_some());

    mail.1.subscribe("Old", true).unwrap();
    mail.1.subscribe("inbox", true).unwrap();
    mail.1.subscribe("Old", false).unwrap();
    assert_eq!(mail.again().subscriptions().unwrap().into_iter().collect::<Vec<_>>(), ["INBOX"]);
}

#[test]
fn a_keyword_too_many_is_refused_and_changes_nothing() {
    let mail = Box::new();
    let folder = mail.folder("A");
    let names: Vec<String> = (0..27).map(|n| format!("k{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    assert_eq!(folder.keywords(&names[..26]).unwrap(), Some((1 << 26) - 1));
    assert_eq!(folder.keywords(&names).unwrap(), None);
    assert_eq!(folder.keywords(&["K3"]).unwrap(), Some(8));
    assert_eq!(
        mail.again().folder("A").unwrap().unwrap().picture(true).unwrap().keywords,
        names[..26]
    );
}

#[test]
fn each_change_has_a_mod_sequence_also_those_of_other_programs_while_nobody_was_there() {
    let mail = Box::new();
    let folder = mail.folder("A");
    let uids = [1, 2, 3].map(|_| put(&folder, "x\r\n", Flags::default()));
    let of = |folder: &Folder| {
        let picture = folder.picture(true).unwrap();
        let entries = picture.entries.iter().map(|entry| (entry.uid, entry.modseq));
        (picture.highest, entries.collect::<Vec<_>>())
    };
    assert_eq!(of(&folder), (4, vec![(1, 2), (2, 3), (3, 4)]));
    let seen = |it: &Entry| Flags { system: it.flags.system.with(SystemFlags::SEEN), ..it.flags };
    folder.mark(uids[0], seen).unwrap();
    assert_eq!(folder.mark(uids[0], seen).unwrap().unwrap().modseq, 5, "nothing has changed");
    folder.remove(&[uids[1]]).unwrap();
    assert_eq!(of(&folder), (6, vec![(1, 5), (3, 4)]));
    assert_eq!(folder.gone_since(5).unwrap().unwrap(), [2]);

    let again = mail.again().folder("A").unwrap().unwrap();
    assert_eq!(of(&again), of(&folder));
    assert_eq!(again.gone_since(5).unwrap().unwrap(), [2]);

    // mutt marks one, removes one and leaves one while the program is not there.
    let (new, cur) = (folder.directory.join("new"), folder.directory.join("cur"));
    for file in fs::read_dir(&cur).unwrap() {
        let file = file.unwrap().path();
        fs::rename(&file, format!("{}F", file.display()).replace(":2,SF", ":2,FS")).unwrap();
    }
    for file in fs::read_dir(&new).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    fs::write(new.join("9.other"), "new\n").unwrap();
    let again = mail.again().folder("A").unwrap().unwrap();
    let (highest, entries) = of(&again);
    assert_eq!(entries, [(1, 8), (4, 9)]);
    assert_eq!((highest, again.gone_since(6).unwrap().unwrap()), (9, vec![3]));
}

fn batch(folder: &Folder) -> Option<(PathBuf, String)> {
    let files = fs::read_dir(&folder.directory).unwrap().map(|file| file.unwrap().path());
    let path = files.into_iter().find(|path| path.to_str().unwrap().contains("mailwire-batch"))?;
    let text = fs::read_to_string(&path).unwrap();
    Some((path, text))
}

#[test]
fn a_batch_that_was_not_committed_is_undone_at_the_next_start() {
    let mail = Box::new();
    let (from, to) = (mail.folder("A"), mail.folder("B"));
    let uids: Vec<Uid> = (0..3).map(|_| put(&from, "x\r\n", Flags::default())).collect();
    let kept = put(&to, "kept\r\n", Flags::default());
    let journal = to.directory.join("mailwire-journal");
    let before = fs::read(&journal).unwrap();
    let mut record = None;
    from.copy(&uids, &to, &mut || record = batch(&to).or(record.take())).unwrap();
    // It is gone when all is there.
    assert_eq!((batch(&to), to.picture(true).unwrap().entries.len()), (None, 4));

    // The program had ended in the middle of the lines of the journal.
    let whole = fs::read(&journal).unwrap();
    let (path, text) = record.unwrap();
    for cut in [before.len(), before.len() + 20, whole.len() - 1] {
        let names =
            fs::read_dir(to.directory.join("new")).unwrap().map(|file| file.unwrap().path());
        let files: Vec<(PathBuf, Vec<u8>)> =
            names.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        fs::write(&journal, &whole[..cut]).unwrap();
        fs::write(&path, &text).unwrap();

        let again = mail.again().folder("B").unwrap().unwrap();

        let entries = again.picture(true).unwrap().entries;
        assert_eq!(entries.iter().map(|entry| entry.uid).collect::<Vec<_>>(), [kept], "{cut}");
        assert_eq!(batch(&again), None);
        for (path, octets) in files {
            fs::write(path, octets).unwrap();
        }
    }
    fs::write(&journal, &whole).unwrap();
    fs::write(&path, &text).unwrap();
    let again = mail.again().folder("B").unwrap().unwrap();
    assert_eq!((batch(&again), again.picture(true).unwrap().entries.len()), (None, 4));
}

#[test]
fn a_replacement_that_was_committed_is_completed_at_the_next_start() {
    let mail = Box::new();
    let (from, to) = (mail.folder("A"), mail.folder("INBOX"));
    let (old, other) = (put(&from, "old\r\n", Flags::default()), put(&from, "x", Flags::default()));
    let mut draft = to.draft().unwrap();
    draft.write(b"new\r\n").unwrap();
    draft.finish(None).unwrap();
    // What is recorded while it is at work.
    let goes = |folder: &Folder, uid| {
        folder.with(|loaded| Ok(loaded.find(uid).unwrap().base.to_string())).unwrap()
    };
    let base = goes(&from, old);

    let (_, new) = to.append(&draft, Flags::default()).unwrap();
    let record = format!("mailwire-batch {new}\n+ {}\n- .A {base}\n", goes(&to, new));
    fs::write(to.directory.join("mailwire-batch-1"), record).unwrap();

    let again = mail.again();
    let uids = |name: &str| {
        let entries = again.folder(name).unwrap().unwrap().picture(true).unwrap().entries;
        entries.iter().map(|entry| entry.uid).collect::<Vec<_>>()
    };
    assert_eq!((uids("A"), uids("INBOX")), (vec![other], vec![new]));
    // The same without a crash.
    let (_, newer) = from.replace(&draft, Flags::default(), (&to, new)).unwrap();
    assert_eq!((uids("A"), uids("INBOX")), (vec![other, newer], vec![]));
}
