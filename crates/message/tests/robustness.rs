//! The `mime` cases of `../shared/cases/robustness.jsonl`: published attacks and damage, and what
//! is made of each. Those of the builder (`BUILD-…`) are in its own tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::Input;
use mailwire_message::DefectKind as D;
use mailwire_message::{Kind, Limits, Message, PartRef, Reader};
use mailwire_testkit::cases::{self, Case as Read};
use mailwire_testkit::cuts::Cut;

/// A case, and what must be of it.
type Case = (&'static str, fn(&Message<'_>));

const CASES: &[Case] = &[
    ("MIME-01", |m| {
        assert_eq!(bodies(m), ["one"]);
        flagged(m, D::DuplicateField);
        assert_eq!(m.root().fields_named("Content-Type").count(), 2);
        assert!(m.views().iter().any(|view| &m.raw()[view.body.clone()] == b"two"));
    }),
    ("MIME-06", |m| {
        assert_eq!(m.parts().count(), 1);
        flagged(m, D::NotAField);
    }),
    ("MIME-07", |m| {
        assert_eq!(&*m.root().body(), b"SGVsbG8=\r\n");
        flagged(m, D::UnknownEncoding);
    }),
    ("MIME-10", |m| {
        assert_eq!(bodies(m), ["one"]);
        flagged(m, D::EncodedMultipart);
    }),
    ("MIME-11", |m| {
        assert_eq!(&*m.root().body(), b"Hello");
        flagged(m, D::Base64Junk);
        assert!(Message::parse_strict(m.raw(), &Limits::default()).is_err());
    }),
    ("MIME-12", |m| {
        assert_eq!(&*m.root().body(), b"Hello");
        flagged(m, D::Base64Padding);
    }),
    ("MIME-13", |m| {
        assert_eq!(&*m.root().body(), b"Hello");
        flagged(m, D::Base64Padding);
    }),
    ("MIME-14", |m| {
        assert_eq!(String::from_utf8_lossy(&m.root().body()), "a=ZZb=4\r\ncde=\r\n");
        flagged(m, D::BadEscape);
    }),
    ("MIME-18", |m| {
        assert_eq!(bodies(m), ["x", "y"]);
        flagged(m, D::DelimiterSuffix);
        assert!(Message::parse_strict(m.raw(), &Limits::default()).is_err());
    }),
    ("MIME-19", |m| {
        assert_eq!(m.root().kind(), Kind::Multipart);
        assert_eq!(m.parts().count(), 1);
        assert!(m.root().body_raw().starts_with(b"foo--A"));
    }),
    ("MIME-20", |m| assert_eq!(m.parts().count(), 1)),
    ("MIME-22", |m| {
        assert_eq!(bodies(m), ["x"]);
        flagged(m, D::BadBoundary);
    }),
    ("MIME-26", |m| {
        assert_eq!(bodies(m), ["x"]);
        flagged(m, D::ContinuedBoundary);
    }),
    ("MIME-28", |m| {
        assert_eq!(bodies(m), ["one"]);
        flagged(m, D::DuplicateParameter);
    }),
    ("MIME-30", |m| {
        assert_eq!(bodies(m), ["x"]);
        assert_eq!(m.parts().count(), 3);
        flagged(m, D::DuplicateBoundary);
    }),
    ("MIME-35", |m| {
        assert_eq!(m.root().body_raw(), b"body\r\n");
        flagged(m, D::BareCr);
    }),
    ("MIME-37", |m| {
        assert_eq!(&*m.root().body(), b"Hello");
        flagged(m, D::NotAField);
        assert_eq!(m.root().fields().count(), 3);
    }),
    ("MIME-39", |m| {
        assert_eq!(m.root().body_raw(), b"body\r\n");
        assert!(m.root().field("X").is_some());
        flagged(m, D::BlankFoldedLine);
    }),
    ("MIME-41", |m| {
        assert_eq!(m.root().file_name().as_deref(), Some("a.txt"));
        flagged(m, D::DuplicateParameter);
    }),
    ("MIME-42", |m| assert!(m.root().file_name().is_none_or(|name| !name.contains('b')))),
    ("MIME-43", |m| {
        assert_eq!(m.root().file_name().as_deref(), Some("evil.exe"));
        flagged(m, D::ConflictingParameter);
    }),
    ("MIME-45", |m| assert_eq!(m.root().file_name().as_deref(), Some("payload.exe"))),
    // The name as it stands; that it is safe as the name of a file is for the caller to see to.
    ("MIME-46", |m| {
        let name = m.root().file_name().unwrap();
        assert!(!name.contains(['\r', '\n']));
        assert!(name.starts_with("../../a"));
        flagged(m, D::Nul);
    }),
    ("MIME-47", |m| assert_eq!(m.root().text_field("Subject").as_deref(), Some("\u{20ac}"))),
    ("MIME-48", |m| {
        let subject = m.root().text_field("Subject").unwrap();
        assert!(!subject.contains(['\r', '\n', '\0']), "{subject:?}");
    }),
    ("MIME-50", |m| assert!(m.root().text_field("Subject").unwrap().len() <= 200_000)),
    ("MIME-52", |m| {
        let _ = m.root().text();
    }),
    ("MIME-53", |m| assert!(m.root().text().contains('\u{fffd}'))),
    ("MIME-56", |m| {
        flagged(m, D::EncodedMessage);
        let mut part = m.root().enclosed();
        let mut levels = 0;
        while let Some(enclosed) = part {
            levels += 1;
            part = enclosed.message().root().enclosed();
        }
        assert!(levels <= 3);
    }),
    ("MIME-57", |m| {
        assert_eq!(m.parts().count(), 10_000);
        flagged(m, D::TooManyParts);
        let last = m.parts().last().unwrap();
        assert_eq!((last.kind(), last.body_range().end), (Kind::Leaf, m.raw().len()));
    }),
    ("MIME-58", |m| {
        assert_eq!(m.root().fields().count(), 10_000);
        flagged(m, D::TooManyFields);
        assert_eq!(m.root().body_range().end, m.raw().len());
        assert!(m.root().is_limited());
    }),
    ("MIME-59", |m| {
        let subject = m.root().field("Subject").unwrap();
        assert_eq!(subject.raw().len(), Limits::default().field);
        flagged(m, D::FieldTooLong);
    }),
    ("MIME-60", |m| {
        assert!(m.root().text_field("Subject").unwrap().len() <= Limits::default().field);
    }),
    ("MIME-61", |m| {
        flagged(m, D::FieldTooLong);
        let _ = m.root().content_type();
    }),
    ("MIME-64", |m| {
        assert!(m.root().date("Date").is_none());
        assert!(m.root().field("Date").is_some());
    }),
    ("MIME-65", |m| {
        let _ = m.root().date("Date");
    }),
    ("MIME-67", |m| {
        assert_eq!(m.parts().count(), 3);
        assert_eq!(m.parts().nth(2).unwrap().text_field("Subject").as_deref(), Some("in"));
        flagged(m, D::ImpliedMessage);
    }),
    ("MIME-68", |m| assert_eq!(m.parts().count(), 1)),
    ("MIME-69", |m| assert_eq!(m.root().body_raw(), b"a\0b")),
    ("MIME-71", |m| assert_eq!(m.root().text_field("Parse").as_deref(), Some("x"))),
];

fn leaves<'m, 'a>(message: &'m Message<'a>) -> impl Iterator<Item = PartRef<'m, 'a>> {
    message.parts().filter(|part| part.kind() == Kind::Leaf)
}

fn bodies(message: &Message<'_>) -> Vec<String> {
    leaves(message).map(|part| String::from_utf8_lossy(part.body_raw()).into_owned()).collect()
}

fn flagged(message: &Message<'_>, kind: D) {
    let defects = message.examine();
    assert!(defects.iter().any(|defect| defect.kind == kind), "{kind:?} is not in {defects:?}");
}

#[test]
fn every_case_is_read_as_it_must_be() {
    let mut cases = cases::of("mime");
    cases.retain(|case| !case.id.starts_with("BUILD"));
    let mut wrong = Vec::new();
    for Read { id, input, .. } in &cases {
        let (_, check) = CASES.iter().find(|(known, _)| *known == id.as_str()).unwrap();
        let checked = std::panic::catch_unwind(|| {
            check(&Message::parse(input));
            agrees(input);
        });
        if checked.is_err() {
            wrong.push(id);
        }
    }
    assert!(cases.is_empty() || cases.len() == CASES.len(), "{} cases", cases.len());
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The reader of streams sees as many parts, fields and defects.
fn agrees(raw: &[u8]) {
    let message = Message::parse(raw);
    let fields: usize = message.parts().map(|part| part.fields().count()).sum();
    for cut in [Cut::Every(4096), Cut::Random(3)] {
        let (mut reader, mut rx) = (Reader::default(), Input::default());
        let (mut parts, mut seen) = (0, 0);
        let mut drain = |rx: &mut Input| {
            while let Some(event) = reader.receive(rx) {
                match event {
                    mailwire_message::Event::PartStart { .. } => parts += 1,
                    mailwire_message::Event::Field { .. } => seen += 1,
                    _ => {}
                }
            }
            reader.defect_count()
        };
        for piece in cut.pieces(raw) {
            rx.extend(piece);
            drain(&mut rx);
            assert!(rx.len() <= 256 * 1024, "{} octets are held", rx.len());
        }
        rx.close();
        let defects = drain(&mut rx);
        assert_eq!(
            (parts, seen, defects),
            (message.parts().count(), fields, message.defect_count())
        );
    }
}
