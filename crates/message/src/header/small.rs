//! Fields whose values are small, and how values of many fields are read.

use super::address::first_mailbox;
use super::encoded_word::encoded_word_len;
use super::{
    AddressList, AuthenticationResults, ListCommand, Mailbox, MessageIds, TagList, clean, text,
};
use crate::encoding::base64;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::keyword::number;

/// How important a message is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Importance {
    /// Not very.
    Low,
    /// As others.
    Normal,
    /// Very.
    High,
}

/// Who wrote a message (RFC 3834 section 5, RFC 5436 section 2.7.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Automation {
    /// A person: `no`.
    No,
    /// A program by itself: `auto-generated`.
    Generated,
    /// A program, as the answer to a message: `auto-replied`.
    Replied,
    /// A program, of a message that came: `auto-notified`.
    Notified,
    /// Something else that is not a person.
    Other,
}

pub(super) fn list(value: &[u8]) -> Option<AddressList<'_>> {
    Some(AddressList::parse(value))
}

pub(super) fn ids(value: &[u8]) -> Option<MessageIds<'_>> {
    Some(MessageIds::new(value))
}

pub(super) fn id(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    MessageIds::new(value).next()
}

pub(super) fn shown(value: &[u8]) -> Option<Cow<'_, str>> {
    Some(clean(text(value)))
}

/// Words with commas between, comments aside.
pub(super) fn words(value: &[u8]) -> Option<Vec<String>> {
    /// How many are kept.
    const MOST: usize = 1000;
    let (mut words, mut rest, mut at) = (Vec::new(), value, 0);
    // Every turn passes a comma, or a word that may hold some.
    while let Some(n) = rest.get(at..).and_then(|it| memchr::memchr3(b',', b'"', b'=', it)) {
        let inside = rest.get(at + n..).unwrap_or_default();
        at += n;
        match inside.first() {
            Some(b',') => {
                words.push(word(rest.get(..at).unwrap_or_default()));
                (rest, at) = (rest.get(at + 1..).unwrap_or_default(), 0);
                if words.len() > MOST {
                    break;
                }
            }
            // A quote that does not close opens nothing.
            Some(b'"') => {
                let end = inside.get(1..).and_then(|it| memchr::memchr(b'"', it));
                at += end.map_or(1, |end| end + 2);
                if end.is_none() {
                    let more = rest.split(|&b| b == b',').take(MOST).map(word);
                    words.extend(more);
                    rest = &[];
                    break;
                }
            }
            _ => at += encoded_word_len(inside).unwrap_or(1),
        }
    }
    words.push(word(rest));
    words.retain(|word| !word.is_empty());
    words.truncate(MOST);
    Some(words)
}

fn word(value: &[u8]) -> String {
    let value = value.trim_ascii();
    let quoted = value.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\""));
    clean(text(quoted.filter(|it| !it.contains(&b'"')).unwrap_or(value))).into_owned()
}

pub(super) fn command(value: &[u8]) -> Option<ListCommand<'_>> {
    Some(ListCommand::parse(value))
}

pub(super) fn tags(value: &[u8]) -> Option<TagList<'_>> {
    Some(TagList::new(value))
}

pub(super) fn results(value: &[u8]) -> Option<AuthenticationResults<'_>> {
    Some(AuthenticationResults::parse(value)).filter(|results| !results.server.is_empty())
}

pub(super) fn return_path(value: &[u8]) -> Option<Mailbox<'_>> {
    first_mailbox(value)
}

fn without_white(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    match value.iter().any(u8::is_ascii_whitespace) {
        false => Cow::Borrowed(value),
        true => value.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect(),
    }
}

pub(super) fn uri(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    Some(without_white(value)).filter(|uri| !uri.is_empty())
}

/// `type; address`
pub(super) fn typed(value: &[u8]) -> Option<[Cow<'_, [u8]>; 2]> {
    let at = memchr::memchr(b';', value)?;
    let (kind, address) = value.split_at_checked(at)?;
    Some([without_white(kind), without_white(address.get(1..)?)])
}

fn bare(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    use super::words::{Piece, Pieces};
    Pieces::new(value).filter_map(|piece| match piece {
        Piece::Word(word) => Some(word),
        _ => None,
    })
}

/// Digits and a dot, comments anywhere (RFC 2045 section 4).
pub(super) fn version(value: &[u8]) -> Option<(u8, u8)> {
    let mut words = bare(value).flat_map(|word| word.split(|&b| b == b'.'));
    let mut part = || u8::try_from(number(words.find(|word| !word.is_empty())?)?).ok();
    Some((part()?, part()?))
}

pub(super) fn md5(value: &[u8]) -> Option<[u8; 16]> {
    let mut out = Vec::new();
    let mut decoder = base64::Decoder::default();
    decoder.decode(value.get(..value.len().min(200))?, &mut out);
    decoder.finish(&mut out);
    out.try_into().ok()
}

pub(super) fn one_click(value: &[u8]) -> Option<()> {
    without_white(value).eq_ignore_ascii_case(b"List-Unsubscribe=One-Click").then_some(())
}

pub(super) fn automation(value: &[u8]) -> Option<Automation> {
    let word = bare(value).next()?;
    let is = |known: &str| word.eq_ignore_ascii_case(known.as_bytes());
    Some(match () {
        () if is("no") => Automation::No,
        () if is("auto-generated") => Automation::Generated,
        () if is("auto-replied") => Automation::Replied,
        () if is("auto-notified") => Automation::Notified,
        () => Automation::Other,
    })
}

pub(super) fn importance(value: &[u8]) -> Option<Importance> {
    let word = bare(value).next()?;
    let is = |names: &[&str]| names.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()));
    match () {
        () if is(&["1", "2", "high", "urgent", "highest"]) => Some(Importance::High),
        () if is(&["3", "normal"]) => Some(Importance::Normal),
        () if is(&["4", "5", "low", "lowest", "non-urgent"]) => Some(Importance::Low),
        () => None,
    }
}
