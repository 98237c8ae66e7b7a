//! Names: of message files, with flags in them, and of folders.

use super::{MAX_NAME, now};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The flags that every folder has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SystemFlags(u8);

impl SystemFlags {
    /// `\Draft`
    pub const DRAFT: Self = Self(1);
    /// `\Flagged`
    pub const FLAGGED: Self = Self(2);
    /// `\Answered`
    pub const ANSWERED: Self = Self(4);
    /// `\Seen`
    pub const SEEN: Self = Self(8);
    /// `\Deleted`
    pub const DELETED: Self = Self(16);

    const LETTERS: [(Self, u8); 5] = [
        (Self::DRAFT, b'D'),
        (Self::FLAGGED, b'F'),
        (Self::ANSWERED, b'R'),
        (Self::SEEN, b'S'),
        (Self::DELETED, b'T'),
    ];

    /// Whether all of `flags` are among these.
    #[must_use]
    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These and those of `flags`.
    #[must_use]
    pub fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// These but those of `flags`.
    #[must_use]
    pub fn without(self, flags: Self) -> Self {
        Self(self.0 & !flags.0)
    }
}

/// What is marked on a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flags {
    /// The flags that every folder has.
    pub system: SystemFlags,
    /// Bit n is the keyword that is the folder's n-th.
    pub keywords: u32,
}

impl Flags {
    /// What follows the `:2,` of a file name. Letters of other programs are in the second value.
    pub(super) fn parse(letters: &str) -> (Self, String) {
        let mut flags = Self::default();
        let mut others = String::new();
        for letter in letters.bytes() {
            let system = SystemFlags::LETTERS.iter().find(|(_, known)| *known == letter);
            match (system, letter) {
                (Some((flag, _)), _) => flags.system = flags.system.with(*flag),
                (None, b'a'..=b'z') => flags.keywords |= 1 << (letter - b'a'),
                _ => others.push(char::from(letter)),
            }
        }
        (flags, others)
    }

    /// The letters of these and of `others`, sorted as Maildir wants them.
    pub(super) fn letters(self, others: &str) -> String {
        let mut letters: Vec<u8> = others.bytes().collect();
        for (flag, letter) in SystemFlags::LETTERS {
            if self.system.contains(flag) {
                letters.push(letter);
            }
        }
        letters.extend((b'a'..=b'z').filter(|letter| self.keywords >> (letter - b'a') & 1 == 1));
        letters.sort_unstable();
        letters.into_iter().map(char::from).collect()
    }
}

/// A name that no other file has or will have. Sorts after those made before it.
pub(super) fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let (seconds, micros, pid) = (since.as_secs(), since.subsec_micros(), std::process::id());
    format!("{seconds}.M{micros:06}Q{n}P{pid}.mailwire")
}

/// The name for a message whose octets are served as they are: `S` is how long the file is, `W`
/// how long the message is with CRLF line ends, as Dovecot writes them.
pub(super) fn for_message(size: u64) -> String {
    format!("{},S={size},W={size}", unique())
}

/// The same for a copy: `I` is the name that the message had first.
pub(super) fn for_copy(of: &str) -> String {
    let identity = identity(of);
    match size(of) {
        Some(size) => format!("{},I={identity}", for_message(size)),
        None => format!("{},I={identity}", unique()),
    }
}

/// What is the same of a message and its copies.
pub(super) fn identity(base: &str) -> &str {
    let mut fields = base.split(',');
    let first = fields.next().unwrap_or_default();
    fields.find_map(|field| field.strip_prefix("I=")).unwrap_or(first)
}

/// What the name says of how long the message is, when the file is served as it is.
pub(super) fn size(base: &str) -> Option<u64> {
    let field = |key: &str| {
        let value = base.split(',').skip(1).find_map(|field| field.strip_prefix(key))?;
        value.parse::<u64>().ok()
    };
    field("W=").filter(|wire| field("S=") == Some(*wire))
}

/// When a message with that name was delivered, to sort those of other programs; 0 when it does
/// not say.
pub(super) fn delivered(base: &str) -> u64 {
    base.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}

/// The directory of a folder: `A/B` is `.A.B`. A `.` in a name is written `&AC4-`, which in
/// modified UTF-7 is the same character and which nothing else is written as.
pub(super) fn directory(name: &str) -> Option<String> {
    let legal = |level: &str| {
        !level.is_empty()
            && level.bytes().all(|b| (b' '..0x7f).contains(&b))
            && !level.contains(DOT)
    };
    if name.len() > MAX_NAME || !name.split('/').all(legal) {
        return None;
    }
    Some(format!(".{}", name.replace('.', DOT).replace('/', ".")))
}

/// The folder that a directory is.
pub(super) fn folder(directory: &str) -> Option<String> {
    let name = directory.strip_prefix('.')?.replace('.', "/").replace(DOT, ".");
    (self::directory(&name)? == directory).then_some(name)
}

const DOT: &str = "&AC4-";

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_into_a_name_and_come_out_the_same() {
        let flags =
            Flags { system: SystemFlags::SEEN.with(SystemFlags::DELETED), keywords: 1 | 1 << 25 };

        let letters = flags.letters("P");

        assert_eq!(letters, "PSTaz");
        assert_eq!(Flags::parse(&letters), (flags, "P".into()));
    }

    #[test]
    fn folder_names_and_directories_are_one_to_one() {
        for (name, directory) in [
            ("A", ".A"),
            ("A/B", ".A.B"),
            ("v1.2/x", ".v1&AC4-2.x"),
            ("Entw&APw-rfe", ".Entw&APw-rfe"),
        ] {
            assert_eq!(super::directory(name).as_deref(), Some(directory));
            assert_eq!(folder(directory).as_deref(), Some(name));
        }
        for bad in ["", "/A", "A//B", "A/", "a\u{e9}", "a\0", "&AC4-", &"x".repeat(201)] {
            assert_eq!(super::directory(bad), None, "{bad}");
        }
        for bad in ["A", ".", "..", ".A..B"] {
            assert_eq!(folder(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_size_is_believed_when_the_file_has_crlf() {
        assert_eq!(size("1.M2.host,S=10,W=10"), Some(10));
        assert_eq!(size("1.M2.host,S=10,W=12"), None);
        assert_eq!(size("1.M2.host,S=10"), None);
        assert_eq!(size(&for_message(7)), Some(7));
    }

    #[test]
    fn copies_of_copies_are_the_same_message() {
        let first = for_message(7);
        let copy = for_copy(&for_copy(&first));

        assert_ne!(first, copy);
        assert_eq!((identity(&copy), size(&copy)), (identity(&first), Some(7)));
        let foreign = for_copy("5.other");
        assert_eq!((identity(&foreign), size(&foreign)), ("5.other", None));
    }

    #[test]
    fn later_names_sort_later() {
        let names: Vec<_> = (0..100).map(|_| unique()).collect();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
