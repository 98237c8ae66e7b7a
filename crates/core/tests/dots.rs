//! The dot reader and writer against models small enough to be believed.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use mailwire_core::Input;
use mailwire_core::dots::{BareNewlines, DotReader, DotSearch, DotWriter, Piece};
use std::sync::LazyLock;

static SEARCH: LazyLock<DotSearch> = LazyLock::new(DotSearch::new);

/// What a body is: its content, and how much of `wire` it took when it ended.
fn model(wire: &[u8]) -> (Vec<u8>, Option<usize>) {
    let mut content = Vec::new();
    let mut at = 0;
    let mut line_start = true;
    while at < wire.len() {
        if line_start && wire[at..].starts_with(b".\r\n") {
            return (content, Some(at + 3));
        }
        if line_start && wire[at] == b'.' {
            at += 1;
            line_start = false;
            continue;
        }
        content.push(wire[at]);
        line_start = wire[at] == b'\n' && at > 0 && wire[at - 1] == b'\r';
        at += 1;
    }
    (content, None)
}

/// Reads `pieces` until the end, or until they are used up.
fn read<'a>(
    rx: &mut Input,
    pieces: impl Iterator<Item = &'a [u8]>,
    content: &mut Vec<u8>,
) -> Option<u64> {
    let mut reader = DotReader::new();
    let start = rx.position();
    content.clear();
    for piece in pieces {
        rx.extend(piece);
        loop {
            // With and without a search of its own, which must not matter.
            let piece = match content.len() % 2 {
                0 => reader.next(rx),
                _ => reader.next_with(rx, &SEARCH),
            };
            match piece {
                Piece::Content(range) => content.extend_from_slice(rx.slice(range)),
                Piece::End => return Some(rx.position() - start),
                Piece::NeedMore => break,
            }
        }
    }
    None
}

fn check(wire: &[u8], rx: &mut Input, content: &mut Vec<u8>) {
    let (expected, end) = model(wire);
    for split in 0..=wire.len() + 1 {
        let ended = if split <= wire.len() {
            read(rx, [&wire[..split], &wire[split..]].into_iter(), content)
        } else {
            read(rx, wire.chunks(1), content)
        };
        assert_eq!(
            ended,
            end.map(|n| n as u64),
            "{:?} at {split}",
            wire.escape_ascii().to_string()
        );
        if end.is_some() {
            assert_eq!(*content, expected, "{:?} at {split}", wire.escape_ascii().to_string());
        } else {
            // All is content at once, but a CR that may be the start of a line end (design 1.5, trap 6).
            let undecided = usize::from(expected.ends_with(b"\r"));
            assert_eq!(*content, expected[..expected.len() - undecided], "{wire:?} at {split}");
        }
        let _ = rx.drain();
    }
}

#[test]
fn every_string_up_to_ten_octets_at_every_split_is_as_in_the_model() {
    let letters = *b".\r\na";
    let (mut rx, mut content) = (Input::default(), Vec::new());
    for len in 0..=10u32 {
        for n in 0..4usize.pow(len) {
            let wire: Vec<u8> = (0..len).map(|digit| letters[n >> (2 * digit) & 3]).collect();
            check(&wire, &mut rx, &mut content);
        }
    }
}

// CVE-2023-51764 and its kin: what other servers took for the end.
#[test]
fn nothing_else_is_the_end() {
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r\n.\r\r\n", "\r.\r", "\r\n.\r", "\n.\r"] {
        let wire = format!("one{end}MAIL FROM:<evil@example.org>\r\n");
        for split in 0..wire.len() {
            let (mut rx, mut content) = (Input::default(), Vec::new());
            let pieces = [&wire.as_bytes()[..split], &wire.as_bytes()[split..]];

            assert_eq!(read(&mut rx, pieces.into_iter(), &mut content), None, "{end:?}");
        }
    }
}

fn written(newlines: BareNewlines, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = DotWriter::new(newlines);
    for piece in pieces {
        writer.write(piece, &mut out);
    }
    writer.finish(&mut out);
    out
}

/// `content` with every line end a CRLF, and one at the end.
fn normal(content: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(content.to_vec()).unwrap();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut text = text.replace('\n', "\r\n");
    if !text.is_empty() && !text.ends_with("\r\n") {
        text.push_str("\r\n");
    }
    text.into_bytes()
}

#[test]
fn what_is_written_is_read_back() {
    let letters = *b".\r\na";
    for len in 0..=7u32 {
        for n in 0..4usize.pow(len) {
            let content: Vec<u8> = (0..len).map(|digit| letters[n >> (2 * digit) & 3]).collect();
            for split in 0..=content.len() {
                let pieces = [&content[..split], &content[split..]];

                let converted = written(BareNewlines::Convert, &pieces);
                let kept = written(BareNewlines::Keep, &pieces);

                assert_eq!(
                    model(&converted),
                    (normal(&content), Some(converted.len())),
                    "{content:?}"
                );
                let mut whole = content.clone();
                if !whole.is_empty() && !whole.ends_with(b"\r\n") {
                    whole.extend_from_slice(b"\r\n");
                }
                assert_eq!(model(&kept), (whole, Some(kept.len())), "{content:?} {split}");
            }
        }
    }
}

// Design 1.5, trap 6: only the dot after a line end is undecided, not the line end.
#[test]
fn a_line_end_is_content_at_once() {
    let (mut rx, mut reader) = (Input::default(), DotReader::new());
    rx.extend(b"one\r\n");

    let Piece::Content(range) = reader.next(&mut rx) else { panic!("held back") };

    assert_eq!(rx.slice(range), b"one\r\n");
    assert_eq!(reader.next(&mut rx), Piece::NeedMore);
}
