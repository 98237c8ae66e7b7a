//! What MimeKit takes out of files of TNEF is taken out of them.
#![cfg(feature = "tnef")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::tnef::Tnef;
use std::collections::BTreeMap;

/// The file, what MimeKit has of it that we have not, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("MAPI_OBJECT", "octets of Untitled_Attachment", OBJECT),
    ("christmas", "octets of Untitled Attachment.1", APOLOGY),
    ("christmas", "octets of Untitled Attachment.3", APOLOGY),
    ("winmail", "octets of Untitled Attachment.1", OBJECT),
    ("winmail", "octets of Untitled Attachment.2", OBJECT),
];

const OBJECT: &str = "What kind of object it is (16 octets in front) is no part of it.";
const APOLOGY: &str = "A sentence that embedded messages are not supported stands beside the message: \
    who can read the message has no use for it.";

/// What it holds: the octets of each file and of the bodies.
fn held(tnef: &Tnef<'_>, found: &mut Vec<(String, Vec<u8>)>) {
    for file in tnef.attachments() {
        let name = file.name().map_or_else(|| "Untitled Attachment".into(), |it| it.into_owned());
        found.push((name, file.data().to_vec()));
    }
    if let Some(rtf) = tnef.rtf() {
        found.push(("body.rtf".into(), rtf.text));
    }
    if let Some(html) = tnef.html() {
        found.push(("body.html".into(), html.as_bytes().to_vec()));
        found.extend(tnef.properties().octets(0x1013).map(|it| ("its octets".into(), it.to_vec())));
    }
    if let Some(text) = tnef.text() {
        found.push(("body.txt".into(), text.as_bytes().to_vec()));
    }
}

#[test]
fn files_of_tnef_are_as_mimekit_takes_them_out() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/mimekit/UnitTests/TestData/tnef")
    else {
        return;
    };
    let (mut seen, mut differ) = (0, BTreeMap::new());
    for entry in std::fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "tnef") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let raw = std::fs::read(&path).unwrap();
        let mut found = Vec::new();
        if let Some(tnef) = Tnef::parse(&raw) {
            held(&tnef, &mut found);
        }
        let listed = std::fs::read_to_string(root.join(format!("{stem}.list"))).unwrap();
        for name in listed.lines().filter(|line| !line.is_empty()) {
            seen += 1;
            if !found.iter().any(|(known, _)| known == name) {
                let names: Vec<_> = found.iter().map(|(name, _)| name).collect();
                differ.insert((stem.clone(), name.to_owned()), format!("{names:?}"));
            }
        }
        let Ok(files) = std::fs::read_dir(root.join(&stem)) else { continue };
        for file in files {
            let file = file.unwrap();
            let name = file.file_name().to_str().unwrap().to_owned();
            let octets = std::fs::read(file.path()).unwrap();
            seen += 1;
            // Those of texts were changed by the repository that they lie in.
            let unix = |octets: &[u8]| -> Vec<u8> {
                octets.iter().copied().filter(|&b| b != b'\r').collect()
            };
            if !found.iter().any(|(_, known)| unix(known) == unix(&octets)) {
                let sizes: Vec<_> =
                    found.iter().map(|(name, octets)| (name, octets.len())).collect();
                let what = format!("{} octets are not among {sizes:?}", octets.len());
                differ.insert((stem.clone(), format!("octets of {name}")), what);
            }
        }
    }
    println!("{seen} looked at");
    for (what, why) in &differ {
        println!("{what:?}: {why}");
    }
    assert!(seen > 40);
    let known: Vec<_> =
        DIFFERENCES.iter().map(|(file, what, _)| ((*file).into(), (*what).into())).collect();
    assert!(DIFFERENCES.iter().all(|(.., why)| why.len() > 20));
    assert_eq!(differ.into_keys().collect::<Vec<(String, String)>>(), known);
}
