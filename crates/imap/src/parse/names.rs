//! Names that are known, as numbers: to find one among many is a search by halves, not one comparison
//! after another.

/// A name in upper case as two numbers, the first octet of each the lowest: the first eight octets and
/// those behind them. Names hold no NUL, so two are the same exactly when their keys are.
///
/// Two numbers and not one of twice the size: what is written as halves and read whole is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Key(u64, u64);

/// The key of what has more than sixteen octets, or none: of no name.
pub(crate) const NONE: Key = Key(0, 0);

/// The key of a name.
#[inline]
pub(crate) fn key(name: &[u8]) -> Key {
    // The first eight and the last eight: what is in both is told once.
    let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) else {
        return Key(upper(short(name)), 0);
    };
    let first = upper(u64::from_le_bytes(*first));
    match name.len() {
        8 => Key(first, 0),
        n @ 9..=16 => Key(first, upper(u64::from_le_bytes(*last) >> (8 * (16 - n)))),
        _ => NONE,
    }
}

/// The same, for names that are rare.
#[inline(never)]
pub(super) fn odd_key(name: &[u8]) -> Key {
    key(name)
}

/// Fewer than eight octets as a number, the first the lowest.
#[inline(always)]
pub(super) fn short(name: &[u8]) -> u64 {
    let half = |four: &[u8; 4]| u64::from(u32::from_le_bytes(*four));
    match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (Some(first), Some(last)) => half(first) | half(last) << (8 * (name.len() - 4)),
        _ => name.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)),
    }
}

/// Eight octets of this value.
const fn eight(b: u8) -> u64 {
    u64::from_ne_bytes([b; 8])
}

/// The highest bit of each octet that is one of US-ASCII from `first` to `last`.
#[inline(always)]
fn within(word: u64, first: u8, last: u8) -> u64 {
    let low = word & eight(0x7f);
    let from_first = low + eight(0x80 - first);
    let behind_last = low + eight(0x7f - last);
    from_first & !behind_last & !word & eight(0x80)
}

/// Eight octets with the small letters of US-ASCII as capitals.
#[inline(always)]
fn upper(word: u64) -> u64 {
    word ^ within(word, b'a', b'z') >> 2
}

/// The first octets of `text`, as many as there are of eight.
#[inline(always)]
fn first_eight(text: &[u8]) -> u64 {
    text.first_chunk::<8>().map_or_else(|| short(text), |octets| u64::from_le_bytes(*octets))
}

/// The [key] of the letters, digits, `-`, `.` and `/` that `text` begins with, and how many they are,
/// 1 to 15; `None` where it begins with fewer or more.
#[inline(always)]
pub(super) fn plain(text: &[u8]) -> Option<(Key, usize)> {
    // How many of eight are such, and these in upper case. Of the octets from 0x40 on, small letters
    // become capitals, and no others become letters.
    let plain = |word: u64| {
        let word = word & !((word & eight(0x40)) >> 1);
        let others = (within(word, b'A', b'Z') | within(word, b'-', b'9')) ^ eight(0x80);
        match others.trailing_zeros() / 8 {
            8 => (word, 8),
            n => (word & ((1 << (8 * n)) - 1), n as usize),
        }
    };
    match plain(first_eight(text)) {
        (_, 0) => None,
        (first, n @ 1..=7) => Some((Key(first, 0), n)),
        (first, _) => match plain(first_eight(text.get(8..)?)) {
            (_, 8) => None,
            (second, n) => Some((Key(first, second), 8 + n)),
        },
    }
}

/// The key of a known name, which is in upper case.
const fn known(name: &str) -> Key {
    let (name, mut at, mut key) = (name.as_bytes(), name.len(), Key(0, 0));
    assert!(at <= 16 && at > 0, "no name of sixteen octets");
    while let Some((last, rest)) = name.split_at(at).0.split_last() {
        let half = if at > 8 { &mut key.1 } else { &mut key.0 };
        *half = *half << 8 | *last as u64;
        at = rest.len();
    }
    key
}

macro_rules! names {
    ($($name:ident $(= $text:literal)?),* $(,)?) => {
        $(pub(crate) const $name: Key = known(names!(@ $name $($text)?));)*
        #[cfg(test)]
        const ALL_NAMES: &[&str] = &[$(names!(@ $name $($text)?)),*];
    };
    (@ $name:ident) => { stringify!($name) };
    (@ $name:ident $text:literal) => { $text };
}

names! {
    // Commands.
    APPEND,
    AUTHENTICATE,
    CANCELUPDATE,
    CAPABILITY,
    CHECK,
    CLOSE,
    COMPARATOR,
    COMPRESS,
    CONVERSIONS,
    CONVERT,
    COPY,
    CREATE,
    DELETE,
    DELETEACL,
    ENABLE,
    ESEARCH,
    EXAMINE,
    EXPUNGE,
    FETCH,
    GENURLAUTH,
    GETACL,
    GETANNOTATION,
    GETJMAPACCESS,
    GETMETADATA,
    GETQUOTA,
    GETQUOTAROOT,
    ID,
    IDLE,
    LANGUAGE,
    LIST,
    LISTRIGHTS,
    LOGIN,
    LOGOUT,
    LSUB,
    MOVE,
    MYRIGHTS,
    NAMESPACE,
    NOOP,
    NOTIFY,
    RENAME,
    REPLACE,
    RESETKEY,
    RLIST,
    RLSUB,
    SEARCH,
    SELECT,
    SETACL,
    SETANNOTATION,
    SETMETADATA,
    SETQUOTA,
    SORT,
    STARTTLS,
    STATUS,
    STORE,
    SUBSCRIBE,
    THREAD,
    UID,
    UIDBATCHES,
    UNAUTHENTICATE,
    UNSELECT,
    UNSUBSCRIBE,
    URLFETCH,
    XLIST,
    // Items of FETCH.
    ANNOTATION,
    BINARY,
    BINARY_PEEK = "BINARY.PEEK",
    BINARY_SIZE = "BINARY.SIZE",
    BODY,
    BODY_PEEK = "BODY.PEEK",
    BODYSTRUCTURE,
    EMAILID,
    ENVELOPE,
    FAST,
    FLAGS,
    FULL,
    INTERNALDATE,
    MODSEQ,
    PREVIEW,
    RFC822,
    RFC822_HEADER = "RFC822.HEADER",
    RFC822_SIZE = "RFC822.SIZE",
    RFC822_TEXT = "RFC822.TEXT",
    SAVEDATE,
    THREADID,
    X_GM_LABELS = "X-GM-LABELS",
    X_GM_MSGID = "X-GM-MSGID",
    X_GM_THRID = "X-GM-THRID",
    // Keys of SEARCH.
    ALL,
    ANSWERED,
    BCC,
    BEFORE,
    CC,
    DELETED,
    DRAFT,
    FILTER,
    FLAGGED,
    FROM,
    FUZZY,
    HEADER,
    KEYWORD,
    LARGER,
    NEW,
    NOT,
    OLD,
    OLDER,
    ON,
    OR,
    RECENT,
    SAVEDBEFORE,
    SAVEDON,
    SAVEDSINCE,
    SEEN,
    SENTBEFORE,
    SENTON,
    SENTSINCE,
    SINCE,
    SMALLER,
    SUBJECT,
    TEXT,
    TO,
    UNANSWERED,
    UNDELETED,
    UNDRAFT,
    UNFLAGGED,
    UNKEYWORD,
    UNSEEN,
    X_GM_RAW = "X-GM-RAW",
    YOUNGER,
    // Items of STATUS.
    APPENDLIMIT,
    DELETED_STORAGE = "DELETED-STORAGE",
    HIGHESTMODSEQ,
    MAILBOXID,
    MESSAGES,
    SIZE,
    UIDNEXT,
    UIDVALIDITY,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_read_at_once() {
        let is_plain = |b: &&u8| b.is_ascii_alphabetic() || (b'-'..=b'9').contains(*b);
        for len in 0..20 {
            for at in 0..len {
                for b in 0..=255u8 {
                    for behind in [b'x', b'Z', 0, 255] {
                        let mut text = std::vec![b'q'; len];
                        text[at] = b;
                        text[at + 1..].fill(behind);
                        let n = text.iter().take_while(is_plain).count();
                        let name = (1..16).contains(&n).then(|| (key(&text[..n]), n));
                        assert_eq!(plain(&text), name, "{}", text.escape_ascii());
                    }
                }
            }
        }
    }

    #[test]
    fn names_are_known_in_any_case_and_no_others_are() {
        for text in ALL_NAMES {
            let name = known(text);
            for at in 0..text.len() {
                for b in 1..=255 {
                    let mut other = text.as_bytes().to_vec();
                    other[at] = b;
                    let same = other.eq_ignore_ascii_case(text.as_bytes());
                    assert_eq!(key(&other) == name, same, "{}", other.escape_ascii());
                }
            }
            assert_eq!(key(text.to_ascii_lowercase().as_bytes()), name);
            assert_ne!(key(&text.as_bytes()[1..]), name);
            assert_ne!(key([text, "S"].concat().as_bytes()), name);
        }
        assert_eq!((key(b""), key(b"SAVEDATESUPPORTED"), key(&[b'x'; 40])), (NONE, NONE, NONE));
    }
}
