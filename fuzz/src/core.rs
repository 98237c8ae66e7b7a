//! Targets for `mailwire-core`.

use crate::cut;
use mailwire_core::dots::{BareNewlines, DotReader, DotWriter, Piece};
use mailwire_core::{Input, Newlines, base64};

/// The dot reader gives the same content however the bytes are cut, and what the dot writer writes
/// is read back.
pub fn dots(data: &[u8]) {
    let (pieces, data) = cut(data);
    let read = |pieces: &[&[u8]]| {
        let (mut rx, mut reader) = (Input::default(), DotReader::new());
        let (mut content, mut newlines) = (Vec::new(), Newlines::default());
        for piece in pieces {
            rx.extend(piece);
            loop {
                match reader.next(&mut rx) {
                    Piece::Content(range) => {
                        newlines.look(rx.slice(range.clone()));
                        content.extend_from_slice(rx.slice(range));
                    }
                    Piece::End => {
                        newlines.end();
                        return (content, Some(rx.position()), newlines.any_bare());
                    }
                    Piece::NeedMore => break,
                }
            }
        }
        (content, None, newlines.any_bare())
    };
    let whole = read(&[data]);
    let cut = read(&pieces);
    assert_eq!((&whole.0, whole.1), (&cut.0, cut.1));
    if whole.1.is_some() {
        assert_eq!(whole.2, cut.2);
    }

    let mut written = Vec::new();
    let mut writer = DotWriter::new(BareNewlines::Convert);
    for piece in &pieces {
        writer.write(piece, &mut written);
    }
    writer.finish(&mut written);
    let (content, end, bare) = read(&[&written]);
    assert_eq!(end, Some(written.len() as u64), "the end is where it was written");
    assert!(!bare, "bare newlines are converted");
    assert!(content.is_empty() || content.ends_with(b"\r\n"));
}

/// What is encoded is decoded to the same, and what is decoded has one encoding.
pub fn base64(data: &[u8]) {
    let mut text = Vec::new();
    base64::encode(data, &mut text);
    assert_eq!(base64::decode(&text).as_deref(), Ok(data));
    if let Ok(bytes) = base64::decode(data) {
        let mut again = Vec::new();
        base64::encode(&bytes, &mut again);
        assert_eq!(again, data);
    }
}
