//! IMAP: each function makes the type that it is named after.

use mailwire_imap::types::*;
use proptest::prelude::*;
use std::borrow::Cow;

pub mod commands;
pub mod responses;

pub fn octets() -> BoxedStrategy<Octets<'static>> {
    let bytes = prop_oneof![
        "[a-zA-Z]{0,8}".prop_map(String::into_bytes),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        "\\PC{0,6}".prop_map(String::into_bytes),
        prop::collection::vec(1u8.., 0..40),
        prop::sample::select(vec![
            &b"NIL"[..],
            b"",
            b"~{3}",
            b"a\r\nb LOGOUT\r\n",
            b"{5}\r\n",
            b"\"\\",
            b"]",
            b"+x",
            b"-",
        ])
        .prop_map(<[u8]>::to_vec),
    ];
    bytes.prop_map(|bytes| Octets::new(bytes).unwrap()).boxed()
}

/// Octets with NUL, for what a literal8 can carry.
pub fn binary() -> impl Strategy<Value = Cow<'static, [u8]>> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(Cow::Owned)
}

/// Octets of a string of the server's.
pub fn string() -> impl Strategy<Value = Cow<'static, [u8]>> {
    octets().prop_map(|octets| Cow::Owned(octets.as_bytes().to_vec()))
}

pub fn nstring() -> impl Strategy<Value = Option<Cow<'static, [u8]>>> {
    prop::option::of(string())
}

pub fn atom() -> impl Strategy<Value = Cow<'static, str>> {
    "X-[A-Z0-9]{1,8}".prop_map(Cow::Owned)
}

pub fn set() -> BoxedStrategy<NumberSet> {
    let bound = || prop_oneof![(1u32..).prop_map(Bound::Number), Just(Bound::Last)];
    let ranges = prop::collection::vec((bound(), bound()), 1..5).prop_map(|ranges| {
        let mut set = NumberSet::new();
        for (start, end) in ranges {
            set.push(SetRange { start, end });
        }
        set
    });
    prop_oneof![9 => ranges, 1 => Just(NumberSet::saved())].boxed()
}

pub fn flag() -> impl Strategy<Value = Flag<'static>> {
    let name = prop::sample::select(vec!["\\Seen", "\\Deleted", "$Forwarded", "\\Odd", "x-y", "1"]);
    name.prop_map(|name| Flag::new(name).unwrap())
}

pub fn flags() -> BoxedStrategy<Flags<'static>> {
    prop::collection::vec(flag(), 0..5).prop_map(|flags| flags.into_iter().collect()).boxed()
}

pub fn mailbox() -> BoxedStrategy<Mailbox<'static>> {
    let names = prop_oneof![any::<String>(), "[&-a,]{0,9}", Just("inbox".to_owned())];
    names.prop_map(|name| Mailbox::new(&name.replace('\0', "")).unwrap().into_owned()).boxed()
}

pub fn day() -> impl Strategy<Value = Day> {
    (0i64..30_000).prop_map(Day::from_days)
}

pub fn date_time() -> impl Strategy<Value = DateTime> {
    (any::<i32>(), -900i16..900).prop_map(|(unix, zone)| {
        let mut date = DateTime::from_unix(i64::from(unix));
        date.zone = zone;
        date
    })
}

pub fn raw() -> impl Strategy<Value = Raw<'static>> {
    let values = vec!["1", "a", "(a \"b c\" (d))", "\"x\\\"y\"", "()", "1:2,7"];
    prop::sample::select(values).prop_map(|raw| Raw::new(raw.as_bytes()).unwrap())
}

/// The same, with a literal as a server announces it.
pub fn raw_told() -> impl Strategy<Value = Raw<'static>> {
    let literal = Raw::new(&b"(a {3}\r\na\0b)"[..]).unwrap();
    prop_oneof![3 => raw(), 1 => Just(literal)]
}

/// A value as RFC 4466 has it behind a name: in parentheses, or a number.
pub fn named_raw() -> impl Strategy<Value = (Cow<'static, str>, Option<Raw<'static>>)> {
    let values = vec!["1", "(a \"b c\" (d))", "()", "1:2,7", "\"x\""];
    let value = prop::sample::select(values).prop_map(|raw| Raw::new(raw.as_bytes()).unwrap());
    (atom(), prop::option::of(value))
}

pub fn some<S: Strategy>(of: S) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(of, 1..4)
}

pub fn any_number<S: Strategy>(of: S) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(of, 0..4)
}

pub fn object_id() -> impl Strategy<Value = ObjectId<'static>> {
    "[A-Za-z0-9_-]{1,9}".prop_map(|id| ObjectId::new(id).unwrap())
}

pub fn page() -> impl Strategy<Value = Page> {
    let ends = (1i64..4_294_967_295, 1i64..4_294_967_295, any::<bool>());
    ends.prop_map(|(first, last, from_end)| {
        let sign = if from_end { -1 } else { 1 };
        Page { first: sign * first, last: sign * last }
    })
}

pub fn section() -> BoxedStrategy<Section<'static>> {
    let names = || some(octets());
    let text = prop_oneof![
        Just(None),
        Just(Some(SectionText::Header)),
        Just(Some(SectionText::Text)),
        names().prop_map(|names| Some(SectionText::HeaderFields(names))),
        names().prop_map(|names| Some(SectionText::HeaderFieldsNot(names))),
    ];
    (any_number(1u32..99), text).prop_map(|(part, text)| Section { part, text }).boxed()
}

pub fn attribute() -> impl Strategy<Value = ListAttribute<'static>> {
    prop_oneof![
        Just(ListAttribute::Noselect),
        Just(ListAttribute::HasChildren),
        Just(ListAttribute::Drafts),
        Just(ListAttribute::Important),
        Just(ListAttribute::Other("\\Odd".into())),
    ]
}

pub fn status_item() -> BoxedStrategy<StatusItem<'static>> {
    prop_oneof![
        Just(StatusItem::Messages),
        Just(StatusItem::UidNext),
        Just(StatusItem::Size),
        Just(StatusItem::DeletedStorage),
        Just(StatusItem::AppendLimit),
        Just(StatusItem::MailboxId),
        atom().prop_map(StatusItem::Other),
    ]
    .boxed()
}

pub fn entry() -> impl Strategy<Value = MetadataEntry<'static>> {
    (octets(), prop::option::of(binary()))
}

pub fn id() -> impl Strategy<Value = Id> {
    any_number(("[ -~]{0,20}", prop::option::of("[ -~]{0,20}")))
}
