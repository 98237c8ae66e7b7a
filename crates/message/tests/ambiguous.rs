//! Mail that readers disagree about is flagged, and other mail is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::{Message, Severity};
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn flags(raw: &[u8], from: Severity) -> Vec<String> {
    let defects = Message::parse(raw).examine();
    let told = defects.iter().filter(|defect| defect.severity() >= from);
    told.map(|defect| format!("{:?}", defect.kind)).collect()
}

#[test]
fn ambiguous_mail_is_flagged() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/ambiguous") else { return };
    let files = files(&root);
    let mut missed = Vec::new();
    for path in &files {
        let flags = flags(&std::fs::read(path).unwrap(), Severity::Note);
        println!("{} {flags:?}", path.file_name().unwrap().display());
        if flags.is_empty() {
            missed.push(path.file_name().unwrap().to_owned());
        }
    }
    println!("{} of {} are flagged; not {missed:?}", files.len() - missed.len(), files.len());
    assert!(missed.len() * 20 <= files.len());
}

/// Real mail from a folder that holds nothing else: `MAILWIRE_MAIL`. Without it there is nothing to
/// count.
#[test]
fn well_formed_mail_is_not() {
    let Some(folder) = std::env::var_os("MAILWIRE_MAIL") else { return };
    let mut counts = std::collections::BTreeMap::new();
    let (mut seen, mut flagged) = (0, 0);
    for path in files(Path::new(&folder))
        .iter()
        .filter(|path| path.extension().is_none_or(|it| it != "json"))
    {
        let flags = flags(&std::fs::read(path).unwrap(), Severity::Ambiguous);
        seen += 1;
        flagged += usize::from(!flags.is_empty());
        let mut flags = flags;
        flags.sort();
        flags.dedup();
        for flag in flags {
            let one = counts.entry(flag).or_insert((0, path.clone()));
            one.0 += 1;
        }
    }
    println!("{flagged} of {seen} {counts:#?}");
    assert!(flagged * 100 <= seen);
}
