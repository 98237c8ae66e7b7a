//! A message that is changed keeps every other octet.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::{Invalid, Text};
use mailwire_message::build::{Attachment, ContentType, Part};
use mailwire_message::edit::Edit;
use mailwire_message::{Kind, Message};
use std::path::{Path, PathBuf};

const MAIL: &[u8] = b"subject:  a \r\nX-Spam: yes\r\nFrom: a@b\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n\
    --b \r\n\r\none\r\n--b\r\nA: b\r\n\r\ntwo\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
    C: d\r\n\r\nthree\r\n--b--\r\nepilogue";

fn text(value: &str) -> Text<'_> {
    Text::new(value).unwrap()
}

fn edited(raw: &[u8], change: impl FnOnce(&mut Edit<'_, '_>, &Message<'_>)) -> String {
    let message = Message::parse(raw);
    let mut edit = Edit::new(&message);
    change(&mut edit, &message);
    let out = edit.to_vec();
    assert_eq!(out.len() as u64, edit.size());
    String::from_utf8(out).unwrap()
}

#[test]
fn fields_are_changed_where_they_stand() {
    let mail = std::str::from_utf8(MAIL).unwrap();
    let out = edited(MAIL, |edit, message| {
        let root = message.root();
        edit.prepend(root, "X-First", &text("1")).unwrap();
        edit.prepend_raw(root, b"Received: from a\r\n\tby b\r\n").unwrap();
        edit.append(root, "X-Last", &text("\u{e9}")).unwrap();
        edit.replace(root, "Subject", &text("new")).unwrap();
        edit.replace(root, "X-None", &text("none")).unwrap();
        assert_eq!(edit.remove_fields(root, "x-spam"), 1);
        assert_eq!(edit.remove_fields(root, "x-ham"), 0);
        edit.append(message.parts().nth(1).unwrap(), "In-One", &text("1")).unwrap();
    });

    let expected = mail
        .replace("subject:  a \r\n", "X-First: 1\r\nReceived: from a\r\n\tby b\r\nsubject: new\r\n")
        .replace("X-Spam: yes\r\n", "")
        .replace("=b\r\n\r\n", "=b\r\nX-Last: =?utf-8?b?w6k=?=\r\nX-None: none\r\n\r\n")
        .replace("--b \r\n", "--b \r\nIn-One: 1\r\n");
    assert_eq!(out, expected);
}

#[test]
fn parts_are_removed_and_added_and_nothing_else_moves() {
    let mail = std::str::from_utf8(MAIL).unwrap();
    let without = |n: usize| {
        edited(MAIL, |edit, message| {
            edit.remove_part(message.parts().nth(n).unwrap()).unwrap();
        })
    };
    assert_eq!(without(1), mail.replace("--b \r\n\r\none\r\n", ""));
    assert_eq!(without(2), mail.replace("--b\r\nA: b\r\n\r\ntwo\r\n", ""));
    let third = "--b\r\nContent-Type: message/rfc822\r\n\r\nC: d\r\n\r\nthree\r\n";
    assert_eq!(without(3), mail.replace(third, ""));

    let out = edited(MAIL, |edit, message| {
        let file = Attachment::new(ContentType::octets(), &b"data"[..]);
        edit.append_part(message.root(), &file.into()).unwrap();
        edit.replace_part(message.parts().nth(2).unwrap(), &Part::text("2\n")).unwrap();
        edit.remove_part(message.parts().nth(1).unwrap()).unwrap();
    });
    let expected = mail
        .replace("--b \r\n\r\none\r\n", "")
        .replace(
            "A: b\r\n\r\ntwo\r\n",
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
             2\r\n\r\n",
        )
        .replace(
            "--b--",
            "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n\
             Content-Transfer-Encoding: base64\r\n\r\nZGF0YQ==\r\n--b--",
        );
    assert_eq!(out, expected);
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let out = edited(MAIL, |edit, message| {
        let (root, part) = (message.root(), message.parts().nth(1).unwrap());
        assert!(edit.remove_part(root).is_err());
        assert!(edit.remove_part(message.parts().nth(4).unwrap()).is_err());
        assert!(edit.append_part(part, &Part::text("")).is_err());
        let raw = Part::raw(&b"\r\n--b--\r\n"[..]).unwrap();
        assert!(edit.append_part(root, &raw).is_err());
        assert!(edit.prepend(root, "a b", &text("")).is_err());
        for field in [
            &b"A: b"[..],
            b"A: b\r\n\r\n",
            b"A: b\r\nC: d\r\n",
            b"A: b\n",
            b"A: b\n c\r\n",
            b"A: b\r\r\n",
            b": b\r\n",
            b"A b\r\n",
            b"A: b\r\n \t\r\n c\r\n",
        ] {
            assert!(matches!(edit.prepend_raw(root, field), Err(Invalid { .. })), "{field:?}");
        }
    });
    assert_eq!(out.as_bytes(), MAIL);

    edited(MAIL, |edit, message| {
        edit.remove_part(message.parts().nth(1).unwrap()).unwrap();
        edit.remove_part(message.parts().nth(2).unwrap()).unwrap();
        assert!(edit.remove_part(message.parts().nth(3).unwrap()).is_err());
    });
}

#[test]
fn line_ends_are_those_of_the_message_and_bodies_stay_bodies() {
    for (raw, out) in [
        ("A: b\n\nc\n", "A: b\nX: 1\n\nc\n"),
        ("A: b", "A: b\r\nX: 1\r\n"),
        ("A: b\n\r", "A: b\nX: 1\n\r"),
        ("", "X: 1\r\n"),
        ("\r\nbody\r\n", "X: 1\r\n\r\nbody\r\n"),
        ("\nbody\n", "X: 1\n\nbody\n"),
        ("no header\n", "no header\nX: 1\n"),
    ] {
        let append = |edit: &mut Edit<'_, '_>, message: &Message<'_>| {
            edit.append(message.root(), "X", &text("1")).unwrap();
        };
        assert_eq!(edited(raw.as_bytes(), append), out);
    }
}

/// The shared corpus, if it is there.
fn corpus() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        mailwire_testkit::shared("corpus/messages").into_iter().collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// `piece` put at its place, or the octets between removed: nothing else differs.
fn differs_by_one_cut(shorter: &[u8], longer: &[u8]) -> bool {
    let n = shorter.iter().zip(longer).take_while(|(a, b)| a == b).count();
    let rest = shorter.len() - n;
    longer.len() >= shorter.len() && shorter[n..] == longer[longer.len() - rest..]
}

fn check(path: &Path) -> (usize, usize) {
    let raw = std::fs::read(path).unwrap();
    let message = Message::parse(&raw);
    let root = message.root();
    assert!(Edit::new(&message).to_vec() == raw, "{path:?}");

    for append in [false, true] {
        let mut edit = Edit::new(&message);
        if append {
            edit.append(root, "X-Mailwire", &text("1")).unwrap();
        } else {
            edit.prepend(root, "X-Mailwire", &text("1")).unwrap();
        }
        let out = edit.to_vec();
        assert!(differs_by_one_cut(&raw, &out), "{path:?}");
        let read = Message::parse(&out);
        assert_eq!(read.root().text_field("X-Mailwire").as_deref(), Some("1"), "{path:?}");
        assert_eq!(read.parts().count(), message.parts().count(), "{path:?} {append}");

        // What was added is removed again.
        let mut edit = Edit::new(&read);
        assert_eq!(edit.remove_fields(read.root(), "X-Mailwire"), 1);
        let back = edit.to_vec();
        assert!(back == raw || back.trim_ascii() == raw.trim_ascii(), "{path:?}");
    }

    let (mut dropped, mut refused) = (0, 0);
    for part in message.parts().skip(1) {
        let mut edit = Edit::new(&message);
        if edit.remove_part(part).is_err() {
            refused += usize::from(part.parent().unwrap().kind() == Kind::Multipart);
            continue;
        }
        dropped += 1;
        let out = edit.to_vec();
        assert!(differs_by_one_cut(&out, &raw), "{path:?}");
        let kept: Vec<_> = others(&message, part.index());
        let read = Message::parse(&out);
        let left = read.parts().skip(1).filter(|it| it.kind() == Kind::Leaf);
        let left: Vec<_> = left.map(|it| it.body_raw().to_vec()).collect();
        assert!(kept == left, "{path:?} part {}", part.index());
    }
    (dropped, refused)
}

/// The bodies of the leaves that are not in a part.
fn others(message: &Message<'_>, dropped: usize) -> Vec<Vec<u8>> {
    let inside = |mut part: mailwire_message::PartRef<'_, '_>| loop {
        if part.index() == dropped {
            return true;
        }
        match part.parent() {
            Some(parent) => part = parent,
            None => return false,
        }
    };
    let leaves = message.parts().skip(1).filter(|it| it.kind() == Kind::Leaf && !inside(*it));
    leaves.map(|it| it.body_raw().to_vec()).collect()
}

#[test]
fn every_message_of_the_corpus_keeps_its_octets() {
    let files = corpus();
    let (mut dropped, mut refused) = (0, 0);
    for path in &files {
        let (some, none) = check(path);
        (dropped, refused) = (dropped + some, refused + none);
    }
    println!("{} files, {dropped} parts dropped, {refused} that are the only ones", files.len());
}
