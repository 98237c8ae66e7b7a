//! Bodies and what is made of them.

use mailwire_core::Input;
use mailwire_message::encoding::{charset, uuencode, yenc};
use mailwire_message::mbox::{self, Dialect};
use mailwire_message::report::{Delivery, Disposition, Feedback};
use mailwire_message::text::{flowed, html};
use mailwire_message::thread::{self, Item};
use mailwire_message::tnef::Tnef;

/// However it is cut, the same is decoded.
pub fn uuencode_yenc(data: &[u8]) {
    let (pieces, data) = crate::cut(data);
    let (mut one, mut whole) = (uuencode::Decoder::default(), Vec::new());
    one.decode(data, &mut whole);
    one.finish(&mut whole);
    let (mut other, mut cut) = (uuencode::Decoder::default(), Vec::new());
    pieces.iter().for_each(|piece| other.decode(piece, &mut cut));
    other.finish(&mut cut);
    assert_eq!((one.faults(), one.name(), &whole), (other.faults(), other.name(), &cut));
    for file in uuencode::files(data) {
        let _ = file.decode();
    }

    let (mut one, mut whole) = (yenc::Decoder::default(), Vec::new());
    one.decode(data, &mut whole);
    one.finish(&mut whole);
    let (mut other, mut cut) = (yenc::Decoder::default(), Vec::new());
    pieces.iter().for_each(|piece| other.decode(piece, &mut cut));
    other.finish(&mut cut);
    assert_eq!((one.faults(), one.name(), &whole), (other.faults(), other.name(), &cut));
    assert!(whole.len() <= data.len());
}

/// A label, a line end, octets: text comes of it, at most three octets for one.
pub fn charset(data: &[u8]) {
    let at = data.iter().position(|&b| b == b'\n').unwrap_or(0);
    let (label, bytes) = data.split_at(at);
    for options in [charset::Options::default(), charset::Options::default().html()] {
        let text = charset::read(Some(label), bytes, &options);
        assert!(text.text.len() <= 3 * bytes.len() + 3, "{}", text.charset);
        let _ = charset::read(None, bytes, &options);
    }
}

/// What is read is written, and read as the same.
pub fn flowed(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for space in [flowed::Space::Kept, flowed::Space::Deleted] {
        let paragraphs = flowed::read(&text, space);
        let _ = flowed::unfold(&text, space);
        let _ = flowed::write(&paragraphs, 40, space);
    }
}

/// Text comes of it, and not much more than there was.
pub fn html(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = html::unquoted(&text);
    assert!(html::to_text(&text).len() <= 120 * (text.len() + 10));
}

/// Reports are read whatever they are.
pub fn report(data: &[u8]) {
    for recipient in Delivery::parse(data).recipients {
        let _ = recipient.best_status();
    }
    let _ = (Disposition::parse(data), Feedback::parse(data));
}

/// However it is cut, the same messages are found.
pub fn mbox(data: &[u8]) {
    let (pieces, data) = crate::cut(data);
    for dialect in [Dialect::O, Dialect::Rd, Dialect::Cl, Dialect::Cl2] {
        assert_eq!(messages(dialect, &[data]), messages(dialect, &pieces), "{dialect:?}");
    }
}

fn messages(dialect: Dialect, pieces: &[&[u8]]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (mut reader, mut rx) = (mbox::Reader::new(dialect), Input::default());
    let (mut found, mut pieces) = (Vec::new(), pieces.iter());
    while !reader.is_over() {
        match pieces.next() {
            Some(piece) => rx.extend(piece),
            None => rx.close(),
        }
        while let Some(event) = reader.receive(&mut rx) {
            match event {
                mbox::Event::Message { envelope } => found.push((envelope.to_vec(), Vec::new())),
                mbox::Event::Piece(piece) => {
                    found.last_mut().expect("a message").1.extend_from_slice(piece);
                }
                _ => {}
            }
        }
    }
    found
}

/// Lines of `id references` and a subject: every message is in a thread, once.
pub fn thread(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
    let items: Vec<Item<'_>> = lines
        .iter()
        .zip(1u32..)
        .map(|(words, id)| Item {
            id,
            date: i64::from(id ^ 5),
            subject: words.last().copied().unwrap_or_default(),
            message_id: words.first().copied().unwrap_or_default(),
            references: words.get(1..).unwrap_or_default(),
        })
        .collect();
    for threads in [thread::references(&items), thread::ordered_subject(&items)] {
        let mut ids: Vec<u32> = threads.nodes.iter().filter_map(|node| node.id).collect();
        ids.sort_unstable();
        assert!(ids.iter().copied().eq(1..=u32::try_from(items.len()).expect("few")), "{text:?}");
        let _ = threads.to_imap();
    }
}

/// Whatever it is, its files lie in it, and so do the messages in it.
pub fn tnef(data: &[u8]) {
    let mut streams: Vec<_> = Tnef::parse(data).into_iter().collect();
    while let Some(tnef) = streams.pop() {
        let _ = (tnef.subject(), tnef.class(), tnef.message_id(), tnef.text(), tnef.html());
        if let Some(rtf) = tnef.rtf() {
            assert!(rtf.text.len() <= data.len() * 9);
        }
        assert!(tnef.properties().iter().count() <= data.len() / 4);
        for file in tnef.attachments() {
            assert!(file.data().is_empty() || tnef.range(file.data()).is_some());
            let _ = (file.name(), file.mime_type(), file.content_id());
            streams.extend(file.message());
        }
    }
}
