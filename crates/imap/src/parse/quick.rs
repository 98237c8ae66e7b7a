//! Items of FETCH, envelopes, body structures and LIST that are written as the RFC has them, as nearly
//! all are: each octet is looked at once, and nothing is weighed. Where something else stands, nothing
//! is consumed, and the grammar of [`fetch`](super::fetch), [`body`](super::body) and
//! [`list`](crate::ext) reads it, which tolerates and explains.

use super::cursor::Cursor;
use super::fixed::{FIXED, fixed_date_time, number};
use super::string::{clean_prefix, clean_prefix_before};
use crate::types::{
    Address, Addresses, Disposition, Envelope, FetchData, FetchItems, Few, Flags, Leaf, LeafKind,
    List, ListAttribute, ListAttributes, Mailbox, Multipart, Parameters, SystemFlag,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

#[cfg(test)]
use super::whole::is_off;

/// Whether nothing is to be read here: only tests want that, to compare.
#[cfg(not(test))]
const fn is_off() -> bool {
    false
}

type NString<'a> = Option<Cow<'a, [u8]>>;

/// A value and what is left behind it; `None` where it is not written as the RFC has it.
type Quick<'a, T> = Option<(T, &'a [u8])>;

/// Addresses or parameters that are read so, and flags and attributes: of more, and of more than
/// there may be, the others keep count.
const MOST: usize = 100;
const MOST_FLAGS: usize = 8;

impl<'a> Cursor<'a, '_> {
    /// An envelope, or `None` and nothing is consumed.
    pub(super) fn quick_envelope(&mut self) -> Option<Box<Envelope<'a>>> {
        let rest = self.short_enough()?.strip_prefix(b"(")?;
        let most = self.bounds().parts.min(MOST);
        let mut envelope = Box::<Envelope<'a>>::default();
        let mut rest = {
            let (date, rest) = nstring(rest)?;
            let (subject, rest) = nstring(rest.strip_prefix(b" ")?)?;
            (envelope.date, envelope.subject) = (date, subject);
            rest
        };
        for list in [
            &mut envelope.from,
            &mut envelope.sender,
            &mut envelope.reply_to,
            &mut envelope.to,
            &mut envelope.cc,
            &mut envelope.bcc,
        ] {
            rest = addresses(rest.strip_prefix(b" ")?, most, list)?;
        }
        let (in_reply_to, rest) = nstring(rest.strip_prefix(b" ")?)?;
        let (message_id, rest) = nstring(rest.strip_prefix(b" ")?)?;
        (envelope.in_reply_to, envelope.message_id) = (in_reply_to, message_id);
        self.go_on(rest.strip_prefix(b")")?);
        Some(envelope)
    }

    /// A part that is not divided and no message, behind its parenthesis, and its end; or `None`:
    /// then `leaf` may be filled in part.
    pub(super) fn quick_leaf(&mut self, leaf: &mut Leaf<'a>) -> Option<()> {
        let most = self.bounds().items.min(MOST);
        let (kind, rest) = string(self.short_enough()?)?;
        let (subtype, rest) = string(rest.strip_prefix(b" ")?)?;
        let rest = parameters(rest.strip_prefix(b" ")?, most, &mut leaf.parameters)?;
        let (id, rest) = nstring(rest.strip_prefix(b" ")?)?;
        let (description, rest) = nstring(rest.strip_prefix(b" ")?)?;
        let (encoding, rest) = string(rest.strip_prefix(b" ")?)?;
        let (octets, mut rest) = number(rest.strip_prefix(b" ")?)?;
        leaf.kind = Cow::Borrowed(kind);
        leaf.subtype = Cow::Borrowed(subtype);
        (leaf.id, leaf.description) = (id, description);
        leaf.encoding = Cow::Borrowed(encoding);
        leaf.octets = octets;
        if kind.eq_ignore_ascii_case(b"TEXT") {
            let (lines, behind) = number(rest.strip_prefix(b" ")?)?;
            leaf.content = LeafKind::Text { lines };
            rest = behind;
        }
        let rest = match rest {
            [b')', rest @ ..] => rest,
            [b' ', rest @ ..] => {
                let (md5, rest) = nstring(rest)?;
                (leaf.md5, leaf.extended) = (md5, true);
                let Leaf { disposition, language, location, .. } = leaf;
                told(rest, most, disposition, language, location)?
            }
            _ => return None,
        };
        self.go_on(rest);
        Some(())
    }

    /// Parameters and the rest of a multipart behind its subtype, and its end; or `None`: then
    /// `multipart` is as it was.
    pub(super) fn quick_end(&mut self, multipart: &mut Multipart<'a>) -> Option<()> {
        let rest = self.short_enough()?.strip_prefix(b" ")?;
        let most = self.bounds().items.min(MOST);
        let Multipart { disposition, language, location, .. } = multipart;
        let rest = parameters(rest, most, &mut multipart.parameters)
            .and_then(|rest| told(rest, most, disposition, language, location));
        let Some(rest) = rest else {
            multipart.parameters = Parameters::new();
            (*disposition, *language, *location) = (None, Few::new(), None);
            return None;
        };
        multipart.extended = true;
        self.go_on(rest);
        Some(())
    }

    /// What LIST says of a mailbox, from the space behind the word to the end of the line; or `None`:
    /// then nothing is consumed, and `list` may be filled in part.
    pub(crate) fn quick_list(&mut self, list: &mut List<'a>) -> Option<()> {
        let rest = self.short_enough()?.strip_prefix(b" (")?;
        let rest = list_attributes(rest, self.bounds().items, &mut list.attributes)?;
        let (delimiter, rest) = match rest {
            [b' ', b'"', b @ (b'!' | b'#'..=b'[' | b']'..=b'~'), b'"', b' ', rest @ ..] => {
                (Some(char::from(*b)), rest)
            }
            _ => (None, rest.strip_prefix(b" NIL ")?),
        };
        // Modified UTF-7 has to be checked.
        let text = rest.strip_prefix(b"\"")?;
        let (name, rest) = text.split_at_checked(clean_prefix_before(text, b'&'))?;
        if rest != b"\"" || self.grammar.utf8 && name.contains(&127) {
            return None;
        }
        self.go_on(&[]);
        list.delimiter = delimiter;
        list.mailbox = Mailbox::plain(name);
        Some(())
    }

    /// Numbers that are not 0, a space before each, as many as are there.
    pub(crate) fn quick_numbers(&mut self, numbers: &mut Vec<u32>) {
        let mut rest = if is_off() { return } else { self.rest() };
        // Every turn consumes a number.
        while let [b' ', first @ b'1'..=b'9', digits @ ..] = rest {
            let (mut n, mut left) = (u32::from(first - b'0'), digits);
            while let [b @ b'0'..=b'9', more @ ..] = left {
                n = n.wrapping_mul(10).wrapping_add(u32::from(b - b'0'));
                left = more;
            }
            // More digits may not fit.
            if digits.len() - left.len() > 8 {
                break;
            }
            numbers.push(n);
            rest = left;
        }
        self.go_on(rest);
    }

    /// What is left, if no string in it can be longer than one may be.
    fn short_enough(&self) -> Option<&'a [u8]> {
        let rest = self.rest();
        (!is_off() && rest.len() <= self.bounds().string).then_some(rest)
    }
}

/// Disposition, language and location, as far as they are told, and the end of the part.
#[inline(always)]
fn told<'a>(
    rest: &'a [u8],
    most: usize,
    disposition: &mut Option<Disposition<'a>>,
    language: &mut Few<Cow<'a, [u8]>, 1>,
    location: &mut NString<'a>,
) -> Option<&'a [u8]> {
    let rest = match rest {
        [b')', rest @ ..] => return Some(rest),
        [b' ', b'N', b'I', b'L', rest @ ..] => rest,
        [b' ', b'(', rest @ ..] => {
            let (kind, rest) = string(rest)?;
            let (kind, none) = (Cow::Borrowed(kind), Parameters::new());
            let to = disposition.insert(Disposition { kind, parameters: none });
            parameters(rest.strip_prefix(b" ")?, most, &mut to.parameters)?.strip_prefix(b")")?
        }
        _ => return None,
    };
    let rest = match rest {
        [b')', rest @ ..] => return Some(rest),
        [b' ', b'N', b'I', b'L', rest @ ..] => rest,
        [b' ', rest @ ..] => {
            let (one, rest) = string(rest)?;
            language.push(Cow::Borrowed(one));
            rest
        }
        _ => return None,
    };
    match rest {
        [b')', rest @ ..] => Some(rest),
        [b' ', rest @ ..] => {
            let (one, rest) = nstring(rest)?;
            *location = one;
            rest.strip_prefix(b")")
        }
        _ => None,
    }
}

/// A quoted string that holds nothing to be looked at twice.
#[inline(always)]
fn string(rest: &[u8]) -> Quick<'_, &[u8]> {
    let [b'"', text @ ..] = rest else { return None };
    let (text, rest) = text.split_at_checked(clean_prefix(text))?;
    Some((text, rest.strip_prefix(b"\"")?))
}

/// Such a string, or NIL.
#[inline(always)]
fn nstring(rest: &[u8]) -> Quick<'_, NString<'_>> {
    match rest {
        [b'N', b'I', b'L', rest @ ..] => Some((None, rest)),
        _ => string(rest).map(|(text, rest)| (Some(Cow::Borrowed(text)), rest)),
    }
}

/// The start of a FETCH response: its number, and what is left from the parenthesis on.
#[inline(always)]
pub(super) fn fetch_start(rest: &[u8]) -> Quick<'_, u32> {
    if is_off() {
        return None;
    }
    let (seq, rest) = number(rest.strip_prefix(b"* ")?)?;
    let seq = u32::try_from(seq).ok().filter(|seq| *seq != 0)?;
    let rest = rest.strip_prefix(b" FETCH ")?;
    rest.starts_with(b"(").then_some((seq, rest))
}

/// Such items of FETCH as are read at once, behind the parenthesis, and what is left then: nothing, if
/// that was all of the response.
#[inline]
pub(super) fn fetch_items<'a>(
    mut rest: &'a [u8],
    most: usize,
    data: &mut FetchItems<'a>,
) -> (&'a [u8], bool) {
    for _ in 0..most.min(8) {
        let Some(behind) = fetch_data(rest, most, data) else { break };
        match behind {
            [b')'] => return (&[], true),
            // More spaces than one are an anomaly, and so is one at the end.
            [b' ', next @ ..] if matches!(next, [b'A'..=b'Z', ..]) => rest = next,
            _ => return (behind, false),
        }
    }
    (rest, false)
}

/// An item of FETCH that clients ask of every message, from its name to the octet behind its value,
/// and what is left from there on. It is made where it stays.
#[inline(always)]
pub(super) fn fetch_data<'a>(
    rest: &'a [u8],
    most: usize,
    data: &mut FetchItems<'a>,
) -> Option<&'a [u8]> {
    if is_off() {
        return None;
    }
    let ends = |rest: &'a [u8]| matches!(rest, [b' ' | b')', ..]).then_some(rest);
    match *rest.first()? {
        b'U' => {
            let (uid, rest) = number(rest.strip_prefix(b"UID ")?)?;
            let (uid, rest) = (u32::try_from(uid).ok().filter(|uid| *uid != 0)?, ends(rest)?);
            data.push(FetchData::Uid(uid));
            Some(rest)
        }
        b'F' => {
            let (found, rest) = flags(rest.strip_prefix(b"FLAGS ")?, most)?;
            let rest = ends(rest)?;
            data.push(FetchData::Flags(found));
            Some(rest)
        }
        b'M' => {
            let (mod_seq, rest) = number(rest.strip_prefix(b"MODSEQ (")?)?;
            let rest = ends(rest.strip_prefix(b")")?)?;
            data.push(FetchData::ModSeq(Some(mod_seq).filter(|n| *n != 0)?));
            Some(rest)
        }
        b'I' => {
            let (text, rest) = rest.strip_prefix(b"INTERNALDATE ")?.split_first_chunk::<FIXED>()?;
            let (date, rest) = (fixed_date_time(text)?, ends(rest)?);
            data.push(FetchData::InternalDate(date));
            Some(rest)
        }
        b'R' => {
            let (size, rest) = number(rest.strip_prefix(b"RFC822.SIZE ")?)?;
            let rest = ends(rest)?;
            data.push(FetchData::Rfc822Size(size));
            Some(rest)
        }
        _ => None,
    }
}

/// A list of nothing but flags that every server knows, in their usual case.
#[inline]
pub(super) fn flags(rest: &[u8], most: usize) -> Quick<'_, Flags<'static>> {
    if is_off() {
        return None;
    }
    let (mut flags, mut before) = (Flags::new(), 0);
    let mut rest = match rest {
        [b'(', b')', rest @ ..] => return Some((flags, rest)),
        rest => rest.strip_prefix(b"(")?,
    };
    for _ in 0..most.min(MOST_FLAGS) {
        let (flag, behind) = match rest {
            [b'\\', b'S', rest @ ..] => (SystemFlag::Seen, rest.strip_prefix(b"een")?),
            [b'\\', b'A', rest @ ..] => (SystemFlag::Answered, rest.strip_prefix(b"nswered")?),
            [b'\\', b'F', rest @ ..] => (SystemFlag::Flagged, rest.strip_prefix(b"lagged")?),
            [b'\\', b'R', rest @ ..] => (SystemFlag::Recent, rest.strip_prefix(b"ecent")?),
            [b'\\', b'D', b'e', rest @ ..] => (SystemFlag::Deleted, rest.strip_prefix(b"leted")?),
            [b'\\', b'D', rest @ ..] => (SystemFlag::Draft, rest.strip_prefix(b"raft")?),
            _ => return None,
        };
        flags.insert_behind(flag, &mut before);
        rest = match behind {
            [b')', rest @ ..] => return Some((flags, rest)),
            behind => behind.strip_prefix(b" ")?,
        };
    }
    None
}

/// Attributes that every server knows, in their usual case, and the end of their list.
#[inline(always)]
fn list_attributes<'a>(
    rest: &'a [u8],
    most: usize,
    attributes: &mut ListAttributes<'_>,
) -> Option<&'a [u8]> {
    if let [b')', rest @ ..] = rest {
        return Some(rest);
    }
    let mut rest = rest;
    // No more than are kept in place.
    for _ in 0..most.min(4) {
        let (attribute, behind): (_, &[u8]) = match rest {
            [b'\\', b'H', b'a', b's', b'N', b'o', rest @ ..] => {
                (ListAttribute::HasNoChildren, rest.strip_prefix(b"Children")?)
            }
            [b'\\', b'H', b'a', b's', rest @ ..] => {
                (ListAttribute::HasChildren, rest.strip_prefix(b"Children")?)
            }
            [b'\\', b'M', rest @ ..] => (ListAttribute::Marked, rest.strip_prefix(b"arked")?),
            [b'\\', b'U', rest @ ..] => (ListAttribute::Unmarked, rest.strip_prefix(b"nmarked")?),
            [b'\\', b'N', b'o', b's', rest @ ..] => {
                (ListAttribute::Noselect, rest.strip_prefix(b"elect")?)
            }
            [b'\\', b'N', b'o', b'i', rest @ ..] => {
                (ListAttribute::Noinferiors, rest.strip_prefix(b"nferiors")?)
            }
            [b'\\', b'S', b'u', rest @ ..] => {
                (ListAttribute::Subscribed, rest.strip_prefix(b"bscribed")?)
            }
            [b'\\', b'S', rest @ ..] => (ListAttribute::Sent, rest.strip_prefix(b"ent")?),
            [b'\\', b'D', rest @ ..] => (ListAttribute::Drafts, rest.strip_prefix(b"rafts")?),
            [b'\\', b'T', rest @ ..] => (ListAttribute::Trash, rest.strip_prefix(b"rash")?),
            [b'\\', b'J', rest @ ..] => (ListAttribute::Junk, rest.strip_prefix(b"unk")?),
            _ => return None,
        };
        attributes.push(attribute);
        rest = match behind {
            [b')', rest @ ..] => return Some(rest),
            behind => behind.strip_prefix(b" ")?,
        };
    }
    None
}

fn addresses<'a>(rest: &'a [u8], most: usize, list: &mut Addresses<'a>) -> Option<&'a [u8]> {
    let mut rest = match rest {
        [b'N', b'I', b'L', rest @ ..] => return Some(rest),
        rest => rest.strip_prefix(b"(")?,
    };
    for _ in 0..most {
        let (name, behind) = nstring(rest.strip_prefix(b"(")?)?;
        let (adl, behind) = nstring(behind.strip_prefix(b" ")?)?;
        let (mailbox, behind) = nstring(behind.strip_prefix(b" ")?)?;
        let (host, behind) = nstring(behind.strip_prefix(b" ")?)?;
        list.push(Address { name, adl, mailbox, host });
        rest = behind.strip_prefix(b")")?;
        if let [b')', rest @ ..] = rest {
            return Some(rest);
        }
    }
    None
}

fn parameters<'a>(rest: &'a [u8], most: usize, list: &mut Parameters<'a>) -> Option<&'a [u8]> {
    let mut rest = match rest {
        [b'N', b'I', b'L', rest @ ..] => return Some(rest),
        rest => rest.strip_prefix(b"(")?,
    };
    for _ in 0..most {
        let (name, behind) = string(rest)?;
        let (value, behind) = string(behind.strip_prefix(b" ")?)?;
        list.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        rest = match behind {
            [b')', rest @ ..] => return Some(rest),
            behind => behind.strip_prefix(b" ")?,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Grammar;

    /// `text` with every octet replaced by every other.
    fn damaged(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        (0..text.len()).flat_map(move |at| {
            (0..=255).map(move |b| {
                let mut text = text.to_vec();
                text[at] = b;
                text
            })
        })
    }

    #[test]
    fn items_that_are_read_at_once_are_what_is_read_by_parts() {
        let items: [&[u8]; 7] = [
            b"UID 4294967295 ",
            b"FLAGS () ",
            b"FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft \\Recent))",
            b"FLAGS (\\Seen \\Seen) ",
            b"MODSEQ (12345678901234) ",
            b"INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" ",
            b"RFC822.SIZE 4096)",
        ];
        let grammar = Grammar::strict();
        let mut quick = 0;
        for text in items.iter().flat_map(|text| damaged(text)) {
            let mut items = FetchItems::new();
            let Some(rest) = fetch_data(&text, usize::MAX, &mut items) else {
                assert!(items.is_empty());
                continue;
            };
            let Some(found) = items.into_iter().next() else { panic!("no item") };
            let mut by_parts = Cursor::inside(&text, &grammar);
            let same = match &found {
                FetchData::Flags(_) => {
                    by_parts.go_on(&text[6..]);
                    by_parts.flags_by_parts(false).map(FetchData::Flags)
                }
                _ => by_parts.fetch_data(),
            };
            assert_eq!((Ok(&found), rest), (same.as_ref(), by_parts.rest()));
            if let (FetchData::Flags(found), Ok(FetchData::Flags(same))) = (&found, &same) {
                assert!(found.names().eq(same.names()), "{}", text.escape_ascii());
            }
            assert!(by_parts.into_anomalies().is_empty());
            quick += 1;
        }
        assert!(quick > 500, "{quick}");
    }

    #[test]
    fn lists_that_are_read_at_once_are_what_is_read_by_parts() {
        let lists: [&[u8]; 5] = [
            b" (\\HasNoChildren \\Marked) \"/\" \"Archive/1990/folder\"",
            b" () NIL \"inbox\"",
            b" (\\HasChildren \\Unmarked \\Noselect \\Sent) \".\" \"a&AOk-\"",
            b" (\\Noinferiors \\Subscribed \\Drafts) \"/\" \"\"",
            b" (\\Trash \\Junk) \"|\" \"x y\"",
        ];
        let mut quick = 0;
        for utf8 in [false, true] {
            let grammar = Grammar::strict().with_utf8(utf8);
            for text in lists.iter().flat_map(|text| damaged(text)) {
                let mut at_once = Cursor::inside(&text, &grammar);
                let mut found = List::default();
                if at_once.quick_list(&mut found).is_none() {
                    continue;
                }
                let mut by_parts = Cursor::inside(&text, &grammar);
                assert_eq!(by_parts.list_by_parts(), Ok(found), "{}", text.escape_ascii());
                assert_eq!(at_once.rest(), by_parts.rest());
                assert!(by_parts.into_anomalies().is_empty());
                quick += 1;
            }
        }
        assert!(quick > 5000, "{quick}");
    }

    #[test]
    fn numbers_that_are_read_at_once_are_what_is_read_by_parts() {
        let grammar = Grammar::strict();
        let read = |text: &[u8], quick: bool| {
            let (mut cursor, mut numbers) = (Cursor::inside(text, &grammar), Vec::new());
            if quick {
                cursor.quick_numbers(&mut numbers);
            }
            let outcome = cursor.numbers_by_parts(&mut numbers);
            (numbers, outcome, cursor.rest().to_vec())
        };
        for text in damaged(b" 1 4294967295 999999999 1000000000 20 (MODSEQ 7)") {
            assert_eq!(read(&text, true), read(&text, false), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_is_read_at_once_is_what_is_read_by_parts() {
        let envelope = b"(\"a date\" NIL ((NIL NIL \"ann\" \"x.test\")(\"B\" NIL \"b\" NIL)) NIL \
            ((\"\" \"\" \"\" \"\")) NIL NIL NIL \"long enough for two words\" \"<1@x>\") ";
        let leaves: [&[u8]; 4] = [
            b"\"text\" \"plain\" (\"charset\" \"utf-8\" \"x\" \"\") NIL NIL \"7bit\" 1152 23) ",
            b"\"Image\" \"png\" NIL \"<id>\" \"what it is\" \"base64\" 0 NIL (\"inline\" NIL) NIL NIL) ",
            b"\"text\" \"x\" NIL NIL NIL \"8bit\" 1 2 \"md5\" NIL \"en\" \"there\") ",
            b"\"message\" \"rfc822\" NIL NIL NIL \"8bit\" 1 NIL NIL) ",
        ];
        let ends: [&[u8]; 3] = [
            b" (\"boundary\" \"=_x\") (\"attachment\" (\"filename\" \"a b\")) NIL NIL) ",
            b" NIL NIL \"en\") ",
            b" (\"a\" \"b\") NIL NIL \"there\") ",
        ];
        let mut quick = 0;
        for grammar in [Grammar::strict(), Grammar::default()] {
            for text in damaged(envelope) {
                let mut at_once = Cursor::inside(&text, &grammar);
                let Some(found) = at_once.quick_envelope() else { continue };
                let (mut by_parts, mut same) =
                    (Cursor::inside(&text, &grammar), Envelope::default());
                assert_eq!(by_parts.envelope_fields(&mut same), Ok(()), "{}", text.escape_ascii());
                assert_eq!((*found, at_once.rest()), (same, by_parts.rest()));
                assert!(by_parts.into_anomalies().is_empty());
                quick += 1;
            }
            for text in leaves.iter().flat_map(|text| damaged(text)) {
                let (mut at_once, mut found) = (Cursor::inside(&text, &grammar), Leaf::default());
                if at_once.quick_leaf(&mut found).is_none() {
                    continue;
                }
                let (mut by_parts, mut same) = (Cursor::inside(&text, &grammar), Leaf::default());
                let start = by_parts.leaf_by_parts(&mut same);
                assert!(matches!(start, Ok(super::super::body::Start::Leaf)));
                assert_eq!((found, at_once.rest()), (same, by_parts.rest()));
                assert!(by_parts.into_anomalies().is_empty());
                quick += 1;
            }
            for text in ends.iter().flat_map(|text| damaged(text)) {
                let (mut at_once, mut found) =
                    (Cursor::inside(&text, &grammar), Multipart::default());
                let outcome = at_once.quick_end(&mut found);
                if outcome.is_none() {
                    assert_eq!(found, Multipart::default());
                    continue;
                }
                let mut same = Multipart::default();
                let mut by_parts = Cursor::inside(&text, &grammar);
                assert_eq!(by_parts.end_by_parts(&mut same), Ok(()), "{}", text.escape_ascii());
                assert_eq!((found, at_once.rest()), (same, by_parts.rest()));
                assert!(by_parts.into_anomalies().is_empty());
                quick += 1;
            }
        }
        // Most octets are in strings, where most others may stand.
        assert!(quick > 30_000, "{quick}");
    }
}
