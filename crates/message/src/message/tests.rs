use super::*;
use crate::DefectKind;
use std::format;
use std::string::ToString;

const MIXED: &str = "From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npreamble\r\n\
    --x y\r\n\r\nfirst\r\n\
    --x y \t\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n\
    --x y\r\nContent-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n\
    --x y--\r\nepilogue\r\n";

#[test]
fn parts_lie_where_they_are() {
    let message = Message::parse(MIXED.as_bytes());
    let bodies: Vec<_> =
        message.parts().map(|part| part.body_raw().escape_ascii().to_string()).collect();

    assert_eq!(
        bodies.get(1..),
        Some(
            &[
                "first".to_string(),
                "Subject: inner\\r\\n\\r\\ninside".into(),
                "inside".into(),
                "iVBO".into()
            ][..]
        )
    );
    let children: Vec<_> = message.root().children().map(|part| part.index()).collect();
    assert_eq!(children, [1, 2, 4]);
    assert_eq!(message.parts().nth(3).unwrap().text_field("Subject").as_deref(), Some("inner"));
    assert_eq!(&*message.parts().nth(4).unwrap().body(), b"\x89PN");
    let defects: Vec<_> = message.defects().iter().map(|defect| defect.kind).collect();
    assert_eq!(defects, [DefectKind::DelimiterPadding]);
}

/// RFC 2046 section 5.1.1: the line end before a delimiter belongs to it, any other to the content.
#[test]
fn a_multipart_ends_behind_the_line_of_its_last_delimiter() {
    for (between, end) in
        [("\r\n", ""), ("\r\n\r\n", "\r\n"), ("\n\n", "\n"), ("\r\nx\r\n", "\r\nx")]
    {
        let raw = format!(
            "Content-Type: multipart/mixed; boundary=o\n\n--o\n\
             Content-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--{between}--o--\n"
        );
        let message = Message::parse(raw.as_bytes());
        let inner = message.parts().nth(1).unwrap();

        assert_eq!(inner.body_raw(), format!("--i\n\nx\n--i--{end}").as_bytes(), "{between:?}");
    }
}

#[test]
fn text_and_files_are_told_apart() {
    let message = Message::parse(MIXED.as_bytes());

    assert_eq!(message.text_part("plain").unwrap().text(), "first");
    // RFC 8621 section 4.1.4: a picture that is not said to be an attachment is shown.
    let files: Vec<_> = message.attachments().map(|part| part.index()).collect();
    assert_eq!(files, [2]);
}

#[test]
fn line_ends_of_any_kind_are_read() {
    let message = MIXED.replace("\r\n", "\n");
    let message = Message::parse(message.as_bytes());
    assert_eq!(message.parts().count(), 5);
    assert_eq!(message.parts().nth(1).unwrap().body_raw(), b"first");
}

#[test]
fn what_is_wrong_is_said() {
    let kinds = |raw: &str| -> Vec<_> {
        Message::parse(raw.as_bytes()).defects().iter().map(|defect| defect.kind).collect()
    };
    assert_eq!(
        kinds("Subject : a\r\nno field\r\n\r\n"),
        [DefectKind::SpaceBeforeColon, DefectKind::NotAField]
    );
    assert_eq!(kinds("Subject: a\r\n"), [DefectKind::NoEmptyLine]);
    assert_eq!(kinds("Content-Type: multipart/mixed\r\n\r\n"), [DefectKind::NoBoundary]);
    assert_eq!(
        kinds("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: b\r\n--b\r\n\r\nx"),
        [DefectKind::NoMimeVersion, DefectKind::NoEmptyLine, DefectKind::NotClosed]
    );
    assert_eq!(
        kinds("Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"),
        [DefectKind::DuplicateField]
    );
}

#[test]
fn depth_and_parts_are_limited_and_nothing_is_lost() {
    let nested =
        |n: usize| "Content-Type: message/rfc822\r\n\r\n".repeat(n) + "Subject: x\r\n\r\ny";
    for (n, parts) in [(98, 99), (99, 100), (100, 100), (1000, 100)] {
        let raw = nested(n);
        let message = Message::parse(raw.as_bytes());
        assert_eq!(message.parts().count(), parts, "{n}");
        assert!(message.parts().last().unwrap().raw().ends_with(b"y"));
    }
    let many = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\nx\r\n".repeat(12_000)
    );
    let message = Message::parse(many.as_bytes());
    assert_eq!(message.parts().count(), 10_000);
    assert!(message.parts().last().unwrap().raw().len() > 10_000);
}

#[test]
fn deep_nesting_needs_no_stack() {
    let raw = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let mut limits = Limits::default();
    (limits.depth, limits.parts) = (usize::MAX, usize::MAX);
    let parse = move || {
        let message = Message::parse_with_limits(raw.as_bytes(), &limits);
        assert!(message.clone().parts().count() > 99_999);
        assert!(format!("{message:?}").len() > 1_000_000);
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(parse).unwrap().join().unwrap();
}
