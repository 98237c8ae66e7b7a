use super::*;
use std::string::String;
use std::vec;

/// A stream that is written here.
struct Written(Vec<u8>);

impl Written {
    fn new() -> Self {
        Self([SIGNATURE, b"\x01\0"].concat())
    }

    fn attribute(mut self, level: u8, id: u32, data: &[u8]) -> Self {
        self.0.push(level);
        self.0.extend(id.to_le_bytes());
        self.0.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        self.0.extend(data);
        let sum = data.iter().fold(0_u16, |sum, &b| sum.wrapping_add(b.into()));
        self.0.extend(sum.to_le_bytes());
        self
    }
}

/// A property with one value of a length that varies.
fn property(kind: u16, id: u16, octets: &[u8]) -> Vec<u8> {
    let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
    out.extend(1_u32.to_le_bytes());
    out.extend(u32::try_from(octets.len()).unwrap().to_le_bytes());
    out.extend(octets);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    [&u32::try_from(list.len()).unwrap().to_le_bytes()[..], &list.concat()].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn named(id: u32) -> Vec<u8> {
    let mut out = [0x1f_u16.to_le_bytes(), 0x8001_u16.to_le_bytes()].concat();
    out.extend([7; 16]);
    out.extend(1_u32.to_le_bytes());
    let name = utf16("ab");
    out.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
    out.extend(&name);
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(1_u32.to_le_bytes());
    out.extend(4_u32.to_le_bytes());
    out.extend(id.to_le_bytes());
    out
}

fn sample() -> Vec<u8> {
    let mut inner = vec![9; 16];
    inner.extend(Written::new().attribute(1, 0x0001_8004, b"inner\0").0);
    let mut long = [0x03_u16.to_le_bytes(), 0x3fde_u16.to_le_bytes()].concat();
    long.extend(65001_u32.to_le_bytes());
    let message = properties(&[
        named(0x41),
        long,
        property(0x1f, 0x0037, &utf16("Gr\u{fc}\u{df}e")),
        property(0x1e, 0x1000, b"caf\xe9\0"),
        property(0x102, 0x1013, "<p>caf\u{e9}</p>\0".as_bytes()),
        property(0x1e, 0x1035, b"<1@example.org>\0"),
        property(0x102, 0x1009, b"\x13\0\0\0\x07\0\0\0MELA\0\0\0\0{\\rtf1}"),
    ]);
    let picture = properties(&[
        property(0x1f, 0x3707, &utf16("a long name.png")),
        property(0x1e, 0x370e, b"image/png\0"),
        property(0x1e, 0x3712, b"<pic@x>\0"),
        property(0x102, 0x3701, b"PNG!"),
    ]);
    let object = properties(&[property(0x0d, 0x3701, &inner)]);
    Written::new()
        .attribute(1, 0x0008_9006, b"\0\0\x01\0")
        .attribute(1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0])
        .attribute(1, 0x0007_8008, b"IPM.Note\0")
        .attribute(1, 0x0006_9003, &message)
        .attribute(2, 0x0006_9002, &[0; 14])
        .attribute(2, 0x0001_8010, b"caf\xe9.txt\0")
        .attribute(2, 0x0006_800f, b"hello")
        .attribute(2, 0x0006_9002, &[0; 14])
        .attribute(2, 0x0001_8010, b"ALONGN~1.PNG\0")
        .attribute(2, 0x0006_9005, &picture)
        .attribute(2, 0x0006_9002, &[0; 14])
        .attribute(2, 0x0006_9005, &object)
        .0
}

#[test]
fn a_message_says_what_it_is() {
    let raw = sample();
    let tnef = Tnef::parse(&raw).unwrap();

    assert!(!tnef.is_damaged());
    assert_eq!(tnef.codepage(), 1252);
    assert_eq!(tnef.subject().as_deref(), Some("Gr\u{fc}\u{df}e"));
    assert_eq!(tnef.class().as_deref(), Some("IPM.Note"));
    assert_eq!(tnef.message_id().as_deref(), Some("1@example.org"));
    assert_eq!(tnef.text().as_deref(), Some("caf\u{e9}"));
    assert_eq!(tnef.html().as_deref(), Some("<p>caf\u{e9}</p>"));
    assert_eq!(tnef.rtf().unwrap().text, b"{\\rtf1}");
    let name = tnef.properties().iter().next().unwrap().name;
    assert_eq!(name, Some(Name::Text(&[7; 16], b"a\0b\0\0\0")));
    assert_eq!(tnef.properties().text(0x8001).as_deref(), Some("A"));
}

#[test]
fn files_are_where_they_lie() {
    let raw = sample();
    let tnef = Tnef::parse(&raw).unwrap();
    let [text, picture, message] = tnef.attachments() else { panic!() };

    assert_eq!((text.name().as_deref(), text.data()), (Some("caf\u{e9}.txt"), &b"hello"[..]));
    assert_eq!((text.mime_type(), text.content_id()), (None, None));
    assert_eq!(&raw[tnef.range(text.data()).unwrap()], b"hello");
    assert_eq!(tnef.range(b"hello"), None);

    assert_eq!(picture.name().as_deref(), Some("a long name.png"));
    assert_eq!(picture.mime_type().as_deref(), Some("image/png"));
    assert_eq!(picture.content_id().as_deref(), Some("pic@x"));
    assert_eq!(picture.data(), b"PNG!");
    assert!(picture.message().is_none());

    let inner = message.message().unwrap();
    assert_eq!(inner.subject().as_deref(), Some("inner"));
    assert!(tnef.range(message.data()).is_some());
}

#[test]
fn every_cut_is_damage_and_nothing_else_goes_wrong() {
    let raw = sample();
    for n in 0..raw.len() {
        match Tnef::parse(&raw[..n]) {
            None => assert!(n < 6),
            Some(tnef) => {
                let whole = Tnef::attributes(&raw[..n]).unwrap().all(|it| it.is_sound);
                assert!(tnef.is_damaged() || whole, "{n}");
                assert!(tnef.attachments().len() <= 3);
                let _ = (tnef.text(), tnef.html(), tnef.rtf(), tnef.subject());
            }
        }
    }
}

#[test]
fn every_octet_may_be_wrong() {
    let raw = sample();
    for at in 6..raw.len() {
        for b in [0, 0xff, raw[at] ^ 1, raw[at] ^ 0x10] {
            let mut raw = raw.clone();
            raw[at] = b;
            let tnef = Tnef::parse(&raw).unwrap();
            for attachment in tnef.attachments() {
                let _ = (attachment.name(), attachment.message().is_some());
                assert!(tnef.range(attachment.data()).is_some() || attachment.data().is_empty());
            }
            assert!(tnef.properties().iter().count() < raw.len());
        }
    }
}

#[test]
fn sums_and_what_follows_are_looked_at() {
    let mut raw = Written::new().attribute(1, 0x0001_8004, b"x\0").0;
    assert!(!Tnef::parse(&raw).unwrap().is_damaged());
    *raw.last_mut().unwrap() ^= 1;
    let tnef = Tnef::parse(&raw).unwrap();
    assert!(tnef.is_damaged());
    assert_eq!(tnef.subject().as_deref(), Some("x"));
    assert!(Tnef::parse(b"not TNEF").is_none());
}

#[test]
fn what_is_announced_is_not_believed() {
    let mut many = u32::MAX.to_le_bytes().to_vec();
    many.extend([0x03, 0x10, 1, 0]);
    many.extend(u32::MAX.to_le_bytes());
    many.extend([5, 0, 0, 0]);
    let properties = Properties { data: &many, codepage: 0 };
    assert_eq!(properties.iter().count(), 0);
    let nothing = [u32::MAX.to_le_bytes(), [1, 0, 1, 0]].concat();
    assert_eq!(Properties { data: &nothing, codepage: 0 }.iter().count(), 1);
    let none = [u32::MAX.to_le_bytes(), [1, 0x10, 1, 0], u32::MAX.to_le_bytes()].concat();
    assert_eq!(Properties { data: &none, codepage: 0 }.iter().count(), 1);
}

#[test]
fn codepages_are_charsets() {
    #[cfg(feature = "encoding")]
    for codepage in [932, 936, 949, 950, 1250, 1251, 1258, 20866, 28592, 50220, 65001, 437, 850] {
        assert!(crate::encoding::charset::is_known(&label(codepage)), "{codepage}");
    }
    assert_eq!(text8("\u{e9}\0x".as_bytes(), 65001), "\u{e9}");
    assert_eq!(text8(b"\xe9", 0), String::from("\u{e9}"));
}
