//! Files that are streamed into a message: the same octets as from memory, however they are cut.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mailwire_core::{Misuse, Sink};
use mailwire_message::Message;
use mailwire_message::build::{
    Attachment, Builder, ContentType, Date, Mailbox, MessageId, Part, Streamed, Writer,
};

fn letter<'a>() -> Builder<'a> {
    Builder::new(Mailbox::new("alice@example.org").unwrap(), Date::from_unix(0, 0).unwrap())
        .message_id(MessageId::new("1@example.org").unwrap())
}

fn kind() -> ContentType<'static> {
    ContentType::new("image/png").unwrap()
}

fn data(n: usize) -> Vec<u8> {
    (0..=250).cycle().take(n).collect()
}

/// Gives each file in pieces that `cut` makes of it.
fn written<'d>(
    writer: &mut Writer,
    files: &[&'d [u8]],
    cut: impl Fn(&'d [u8]) -> Vec<&'d [u8]>,
) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(n) = writer.write_to(&mut out) {
        assert_eq!(writer.write_to(&mut out), Some(n), "it may be asked again");
        for piece in cut(files[n]) {
            writer.put(piece, &mut out).unwrap();
        }
        writer.end(&mut out).unwrap();
    }
    out
}

#[test]
fn every_cut_writes_what_is_written_from_memory() {
    let part = || Part::multipart("alternative", [Part::text("a\n"), Part::html("b")]).unwrap();
    let shown = || Attachment::new(kind(), &b"shown"[..]).inline(MessageId::new("c@d").unwrap());
    let builders = [
        letter(),
        letter().text("Hi\n"),
        letter().text("Grüße\n").eight_bit(),
        letter().text("Hi\n").html("<img src=cid:c@d>").attach(shown()),
        letter().text("Hi\n").attach(Attachment::new(kind(), &b"first"[..])),
        letter().content(part()),
        letter().content(part()).attach(shown()).eight_bit(),
    ];
    for builder in &builders {
        for n in [0, 1, 56, 57, 58, 115, 171] {
            let (one, two) = (data(n), data(n / 2 + 3));
            let whole = builder
                .clone()
                .attach(Attachment::new(kind(), &one).named("Menü.png").unwrap())
                .attach(Attachment::new(kind(), &two));
            let mut expected = Vec::new();
            whole.write_to(&mut expected);
            for known in [true, false] {
                let length = |data: &[u8]| known.then_some(data.len() as u64);
                let files = [
                    Streamed::new(kind(), length(&one)).named("Menü.png").unwrap(),
                    Streamed::new(kind(), length(&two)),
                ];
                let mut writer = builder.stream(&files);
                assert_eq!(writer.size(), known.then_some(expected.len() as u64));
                let octets = [&*one, &*two];
                for at in 0..=n {
                    let cut = |data: &'_ [u8]| match data.split_at_checked(at) {
                        Some((head, tail)) => [head.to_vec(), tail.to_vec()],
                        None => [data.to_vec(), Vec::new()],
                    };
                    let mut again = writer.clone();
                    let mut out = Vec::new();
                    while let Some(file) = again.write_to(&mut out) {
                        for piece in cut(octets[file]) {
                            again.put(&piece, &mut out).unwrap();
                        }
                        again.end(&mut out).unwrap();
                    }
                    assert!(out == expected, "{n} at {at}");
                }
                let bytes = written(&mut writer, &octets, |data| data.chunks(1).collect());
                assert_eq!(bytes, expected);
            }
        }
    }
}

#[test]
fn without_files_it_is_the_message() {
    let (mut expected, mut out) = (Vec::new(), Vec::new());
    letter().text("Hi\n").write_to(&mut expected);
    let mut writer = letter().text("Hi\n").stream(&[]);

    assert_eq!(writer.size(), Some(expected.len() as u64));
    assert_eq!(writer.write_to(&mut out), None);
    assert_eq!(writer.write_to(&mut out), None);
    assert_eq!(out, expected);
}

#[test]
fn a_length_that_was_said_is_kept() {
    let mut writer = letter().stream(&[Streamed::new(kind(), Some(3))]);
    let mut out = Vec::new();
    assert_eq!(writer.put(b"a", &mut out), Err(Misuse::NoBody));
    assert_eq!(writer.end(&mut out), Err(Misuse::NoBody));
    assert!(out.is_empty());

    assert_eq!(writer.write_to(&mut out), Some(0));
    assert_eq!(writer.put(b"abcd", &mut out), Err(Misuse::BodyTooLong));
    assert_eq!(writer.put(b"ab", &mut out), Ok(()));
    assert_eq!(writer.remaining(), Some(1));
    assert_eq!(writer.end(&mut out), Err(Misuse::BodyTooShort));
    assert_eq!(writer.put(b"c", &mut out), Ok(()));
    assert_eq!(writer.end(&mut out), Ok(()));

    assert_eq!(writer.write_to(&mut out), None);
    assert_eq!(writer.put(b"a", &mut out), Err(Misuse::NoBody));
    assert_eq!(&*Message::parse(&out).parts().last().unwrap().body(), b"abc");
}

/// Counts octets, and keeps none.
#[derive(Default)]
struct Counted {
    octets: u64,
    longest: usize,
}

impl Sink for Counted {
    fn put(&mut self, bytes: &[u8]) {
        self.octets += bytes.len() as u64;
        self.longest = self.longest.max(bytes.len());
    }
}

#[test]
fn a_gigabyte_goes_through_a_writer_that_holds_a_line() {
    let (piece, times) = (data(65_536), 16_384);
    let length = piece.len() as u64 * times;
    let mut writer = letter().text("Hi\n").stream(&[Streamed::new(kind(), Some(length))]);
    let mut out = Counted::default();
    assert_eq!(writer.write_to(&mut out), Some(0));
    for _ in 0..times {
        writer.put(&piece, &mut out).unwrap();
    }
    writer.end(&mut out).unwrap();
    assert_eq!(writer.write_to(&mut out), None);

    assert_eq!(Some(out.octets), writer.size());
    assert!(out.octets > length / 3 * 4 && out.longest < 8192, "{}", out.longest);
    // A machine holds no more than its type, the frame and the places of the files.
    assert!(size_of::<Writer>() < 256);
}
