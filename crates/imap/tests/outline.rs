//! What is said of a message that is read in pieces is what `mailwire-message` says of it whole.
#![cfg(feature = "message")]
#![allow(clippy::unwrap_used, reason = "tests")]

use mailwire_core::Input;
use mailwire_imap::encode;
use mailwire_imap::message::Outliner;
use mailwire_imap::parse::{Grammar, response};
use mailwire_imap::types::{Fetch, FetchData, FetchItems, Response};
use mailwire_message::{Message, imap};
use std::fs;
use std::path::{Path, PathBuf};

/// What is told by the one and by the other, written alike, of ENVELOPE, BODY and BODYSTRUCTURE.
fn told(raw: &[u8], chunk: usize) -> [[String; 2]; 3] {
    let (mut outliner, mut rx) = (Outliner::default(), Input::default());
    for piece in raw.chunks(chunk.max(1)) {
        rx.extend(piece);
        outliner.read(&mut rx);
    }
    rx.close();
    outliner.read(&mut rx);
    let outline = outliner.finish();
    let written = |data: FetchData<'_>| {
        let data = FetchItems::from_iter([data]);
        let mut out = Vec::new();
        encode::response(&Response::Fetch(Fetch { seq: 1, data }), &mut out);
        out
    };
    let again = |frame: Vec<u8>| {
        let read = response(&frame, &Grammar::default());
        let read = read.unwrap_or_else(|bad| panic!("{bad}: {}", frame.escape_ascii()));
        let mut out = Vec::new();
        encode::response(&read, &mut out);
        out.escape_ascii().to_string()
    };
    let whole = Message::parse(raw);
    let (mut envelope, mut body, mut structure) = (Vec::new(), Vec::new(), Vec::new());
    imap::envelope(whole.root()).write(&mut envelope);
    imap::body(&whole, &mut body);
    imap::body_structure(&whole, &mut structure);
    let theirs = |item: &str, data: &[u8]| {
        again([format!("* 1 FETCH ({item} ").as_bytes(), data, b")\r\n"].concat())
    };
    [
        [
            again(written(FetchData::Envelope(outline.envelope().into()))),
            theirs("ENVELOPE", &envelope),
        ],
        [again(written(FetchData::Body(outline.structure(false).into()))), theirs("BODY", &body)],
        [
            again(written(FetchData::BodyStructure(outline.structure(true).into()))),
            theirs("BODYSTRUCTURE", &structure),
        ],
    ]
}

fn is_told_alike(raw: &[u8], name: &str) {
    let chunk = raw.len() / 3 + 1;
    for [ours, theirs] in told(raw, chunk) {
        assert_eq!(ours, theirs, "{name}");
    }
}

/// Messages in messages, each encoded in the one before, as it stands.
fn encoded(levels: usize) -> Vec<u8> {
    let one =
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\nSubject: n\r\n\r\n";
    (one.repeat(levels) + "Subject: inner\r\n\r\nbody\r\n").into_bytes()
}

#[test]
fn all_kinds_of_messages_are_told_alike_however_they_are_cut() {
    let messages: [&[u8]; 15] = [
        b"",
        b"Subject: x\r\n\r\nhi\r\n",
        b"Subject: bare\n\none\ntwo\r\nthree\n",
        b"Subject: a\r\n\tfolded  one\r\nFrom: A\t B <a@x>\r\nFrom: b@x\r\nTo:\r\n\r\n",
        b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\nContent-Transfer-Encoding: 7BIT\r\n\r\nx",
        b"Content-Type: text/html; x=y\r\nContent-Language: \r\nContent-MD5: q\r\n\r\nx\r\n",
        b"Content-Type: broken\r\nContent-Transfer-Encoding: a b\r\n\r\nx\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\nno part\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nnot divided\r\n",
        b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\none\n--b\n\nSubject: two\n\ntwo\n\n--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/global\r\n\r\nSubject: g\r\n\r\nx\r\n\
          --b\r\nContent-Type: Message/RFC822\r\nContent-Language: en, de\r\n\r\n\
          Content-Type: multipart/x; boundary=c\r\n\r\n--c\r\n\r\nthree\r\n--c--\r\n\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\
          Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp4\r\n--b\r\n\r\nbehind\r\n--b--\r\n",
        b"Content-Disposition: inline\r\nContent-Disposition: attachment; filename*0=a; filename*1=\"b c\"\r\n\
          Content-Disposition: late; x=y\r\nContent-ID: <1>\r\nContent-ID: <2>\r\nContent-Description: a\r\n b\r\n\
          Content-Location: x\r\nContent-Type: image/png; name=\"\xc3\xa9\"\r\n\r\nx",
        b"Subject: nul\0 and \xff\r\nFrom: \"\xc3\xa9\" <a\0@b>\r\n\r\nx",
        b"Subject: \rreturn\r\r\n\r\nx\r\r\ny\r",
    ];
    for raw in messages.into_iter().chain((0..6).map(|n| &*encoded(n).leak())) {
        for chunk in [1, 2, 7, raw.len()] {
            for [ours, theirs] in told(raw, chunk) {
                assert_eq!(ours, theirs, "{} by {chunk}", raw.escape_ascii());
            }
        }
    }
}

#[test]
fn the_messages_of_the_corpus_are_told_alike() {
    let Some(root) = mailwire_testkit::shared("corpus/messages") else { return };
    let mut found = Vec::new();
    files(&root, &mut found);
    let mut tested = 0;
    for path in found {
        let raw = fs::read(&path).unwrap();
        // Fields past the limit of an octet count are cut where messages are read in pieces.
        if raw.len() < 100 * 1024 || !has_long_field(&raw) {
            is_told_alike(&raw, &path.display().to_string());
            tested += 1;
        }
    }
    println!("{tested} tested");
    assert!(tested > 1000, "{tested}");
}

fn has_long_field(raw: &[u8]) -> bool {
    let message = Message::parse(raw);
    message
        .parts()
        .any(|part| part.whole_fields().any(|field| field.raw().len() > message.limits().field))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}
