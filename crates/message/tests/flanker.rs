//! The addresses of flanker's tests: which are valid, which are not, read and written.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::build::Mailbox;
use mailwire_message::header::AddressList;
use std::collections::BTreeMap;

/// What is made of an address: it is written as one, and it is read as one.
fn judged(line: &str) -> (bool, bool) {
    let writes = Mailbox::new(line).is_ok();
    let list = AddressList::parse(line.as_bytes());
    let mut mailboxes = list.mailboxes();
    let one = mailboxes.next().and_then(|mailbox| mailbox.address());
    let reads = one.as_deref() == Some(line)
        && mailboxes.next().is_none()
        && list.addresses().len() == 1
        && list.defects().is_empty();
    (writes, reads)
}

/// The addresses that are listed, with what is made of them, each with a reason.
fn listed() -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for line in include_str!("flanker_differences.txt").lines() {
        if !line.starts_with("# ") {
            let [address, what, reason] = *line.split('\t').collect::<Vec<_>>() else {
                panic!("{line}")
            };
            assert!(reason.len() > 10, "{line}");
            known.insert(address.to_owned(), what.to_owned());
        }
    }
    known
}

#[test]
fn addresses_are_as_valid_as_flanker_says() {
    let Some(root) = mailwire_testkit::shared("corpus/messages/flanker/tests/fixtures") else {
        return;
    };
    let (mut seen, mut differ) = (0, BTreeMap::new());
    let files = [
        ("mailbox_valid", "", true),
        ("mailbox_invalid", "", false),
        ("abridged_localpart_valid", "@example.com", true),
        ("abridged_localpart_invalid", "@example.com", false),
    ];
    for (file, domain, valid) in files {
        let text = std::fs::read_to_string(root.join(format!("{file}.txt"))).unwrap();
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("# "));
        for line in lines.filter(|line| *line != "#") {
            seen += 1;
            let address = format!("{line}{domain}");
            let found = judged(&address);
            if found != (valid, valid) {
                let what = match found {
                    (true, true) => "valid",
                    (true, false) => "written",
                    (false, true) => "read",
                    (false, false) => "invalid",
                };
                differ.insert(address.escape_debug().to_string(), what.to_owned());
            }
        }
    }
    println!("{seen} addresses");
    for (address, what) in &differ {
        println!("{address}\t{what}");
    }
    assert!(seen > 350, "{seen}");
    assert_eq!(differ, listed(), "what differs, and flanker_differences.txt");
}
