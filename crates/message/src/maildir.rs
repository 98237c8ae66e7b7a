//! Names in a Maildir: of message files, with the flags in them, and of the folders of Maildir++.
//!
//! ```text
//! 1795525139.M123456P77.host,S=1024,W=1050:2,FSab
//! `------- base ------------------------'    `--- marks: flags and the folder's keywords
//! ```
//!
//! Files are the caller's; here are only their names. The sizes and the letters of keywords are
//! Dovecot's.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The flags that every folder has, as IMAP has them (RFC 9051 section 2.3.2).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct SystemFlags(u8);

impl SystemFlags {
    /// `\Draft`: the letter D.
    pub const DRAFT: Self = Self(1);
    /// `\Flagged`: the letter F.
    pub const FLAGGED: Self = Self(2);
    /// `\Answered`: the letter R.
    pub const ANSWERED: Self = Self(4);
    /// `\Seen`: the letter S.
    pub const SEEN: Self = Self(8);
    /// `\Deleted`: the letter T.
    pub const DELETED: Self = Self(16);

    const KNOWN: [(Self, u8, &'static str); 5] = [
        (Self::DRAFT, b'D', "\\Draft"),
        (Self::FLAGGED, b'F', "\\Flagged"),
        (Self::ANSWERED, b'R', "\\Answered"),
        (Self::SEEN, b'S', "\\Seen"),
        (Self::DELETED, b'T', "\\Deleted"),
    ];

    /// The flag that IMAP calls so, in any case.
    #[must_use]
    pub fn of_imap(name: &str) -> Option<Self> {
        Self::KNOWN.iter().find(|(.., known)| known.eq_ignore_ascii_case(name)).map(|it| it.0)
    }

    /// What IMAP calls these.
    ///
    /// ```
    /// use mailwire_message::maildir::SystemFlags;
    ///
    /// let flags = SystemFlags::SEEN.with(SystemFlags::FLAGGED);
    /// assert_eq!(flags.imap().collect::<Vec<_>>(), ["\\Flagged", "\\Seen"]);
    /// ```
    pub fn imap(self) -> impl Iterator<Item = &'static str> {
        let known = Self::KNOWN.into_iter().filter(move |(flag, ..)| self.contains(*flag));
        known.map(|(.., name)| name)
    }

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
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Flags {
    /// The flags that every folder has.
    pub system: SystemFlags,
    /// Bit n, below 26, is the keyword that is the folder's n-th: the letters a to z.
    pub keywords: u32,
}

impl Flags {
    /// What follows the `:2,` of a file name. Letters that mean neither (`P`, a message that was
    /// passed on; those of other programs) are in the second value, to be written again.
    ///
    /// ```
    /// use mailwire_message::maildir::{Flags, SystemFlags};
    ///
    /// let (flags, others) = Flags::parse("PSb");
    /// assert_eq!((flags.system, flags.keywords), (SystemFlags::SEEN, 0b10));
    /// assert_eq!((&*others, &*flags.marks(&others)), ("P", "PSb"));
    /// ```
    #[must_use]
    pub fn parse(marks: &str) -> (Self, String) {
        let mut flags = Self::default();
        let mut others = String::new();
        for letter in marks.chars() {
            let system = SystemFlags::KNOWN.iter().find(|(_, it, _)| char::from(*it) == letter);
            match (system, letter) {
                (Some((flag, ..)), _) => flags.system = flags.system.with(*flag),
                (None, 'a'..='z') => flags.keywords |= 1 << (u32::from(letter) - u32::from('a')),
                _ => others.push(letter),
            }
        }
        (flags, others)
    }

    /// The letters of these and of `others`, in the order of ASCII, as Maildir wants them.
    #[must_use]
    pub fn marks(self, others: &str) -> String {
        let mut letters: Vec<char> = others.chars().collect();
        for (flag, letter, _) in SystemFlags::KNOWN {
            if self.system.contains(flag) {
                letters.push(char::from(letter));
            }
        }
        let keywords = ('a'..='z').zip(0..).filter(|(_, n)| self.keywords >> n & 1 == 1);
        letters.extend(keywords.map(|(letter, _)| letter));
        letters.sort_unstable();
        letters.into_iter().collect()
    }
}

/// The name of a message file, taken apart.
///
/// ```
/// use mailwire_message::maildir::{FileName, SystemFlags};
///
/// let name = FileName::parse("1795525139.M1P7.host,S=1024,W=1050:2,FS");
/// assert!(name.flags().system.contains(SystemFlags::SEEN));
/// assert_eq!((name.size(), name.wire_size()), (Some(1024), Some(1050)));
/// assert_eq!((name.delivered(), name.identity()), (Some(1_795_525_139), "1795525139.M1P7.host"));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct FileName<'n> {
    base: &'n str,
    marks: Option<&'n str>,
}

impl<'n> FileName<'n> {
    /// Takes the last part of a path. Any name is one: what does not look like it has no marks.
    #[must_use]
    pub fn parse(name: &'n str) -> Self {
        match name.split_once(":2,") {
            Some((base, marks)) => Self { base, marks: Some(marks) },
            None => Self { base: name, marks: None },
        }
    }

    /// What stays the same when flags change.
    #[must_use]
    pub fn base(&self) -> &'n str {
        self.base
    }

    /// What follows the `:2,`; none when there is no such thing, as in `new`.
    #[must_use]
    pub fn marks(&self) -> Option<&'n str> {
        self.marks
    }

    /// The flags of the marks.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags::parse(self.marks.unwrap_or_default()).0
    }

    /// How many octets the file has, if the name says so: `S=`.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.field("S=")?.parse().ok()
    }

    /// How many octets the message has with CRLF line ends, if the name says so: `W=`.
    #[must_use]
    pub fn wire_size(&self) -> Option<u64> {
        self.field("W=")?.parse().ok()
    }

    /// What is the same of a message and its copies: the name that [`copy`] noted, else what stands
    /// in front of the first comma.
    #[must_use]
    pub fn identity(&self) -> &'n str {
        let unique = self.base.split(',').next().unwrap_or_default();
        self.field("I=").unwrap_or(unique)
    }

    /// When the message was delivered, in seconds since 1970, if the name says so.
    #[must_use]
    pub fn delivered(&self) -> Option<u64> {
        self.base.split('.').next()?.parse().ok()
    }

    fn field(&self, key: &str) -> Option<&'n str> {
        self.base.split(',').skip(1).find_map(|field| field.strip_prefix(key))
    }
}

/// What makes the name of a message unlike all others. Two programs differ in the host or the
/// process, two messages of one program in the count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unique<'n> {
    /// Seconds since 1970.
    pub seconds: u64,
    /// Microseconds of that second.
    pub micros: u32,
    /// How many names this program made before.
    pub count: u32,
    /// The number of the process.
    pub process: u32,
    /// The name of the machine. Its `/`, `:` and `,` are written in octal.
    pub host: &'n str,
}

impl Unique<'_> {
    /// The name: `1795525139.M000123Q0P77.host`. Those of one second sort by their time.
    #[must_use]
    pub fn name(&self) -> String {
        let Self { seconds, micros, count, process, .. } = self;
        let mut name = format!("{seconds}.M{micros:06}Q{count}P{process}.");
        for c in self.host.chars() {
            match c {
                '/' => name.push_str("\\057"),
                ':' => name.push_str("\\072"),
                ',' => name.push_str("\\054"),
                c if c.is_control() => {}
                c => name.push(c),
            }
        }
        name
    }
}

/// A unique name with the sizes that readers then need not count: of the file, and of the message
/// with CRLF line ends.
#[must_use]
pub fn sized(unique: &str, size: u64, wire_size: u64) -> String {
    format!("{unique},S={size},W={wire_size}")
}

/// The name for a copy of the message that is called `of`, under another name, which may have
/// sizes: `I` is the name that the message had first.
#[must_use]
pub fn copy(base: &str, of: &str) -> String {
    format!("{base},I={}", FileName::parse(of).identity())
}

/// The most octets that the name of a folder may have here.
pub const LONGEST_FOLDER: usize = 200;

/// The directory of a folder, whose levels are divided by `/` and whose name is written in
/// modified UTF-7 (RFC 3501 section 5.1.3): `A/B` is `.A.B`. A `.` in a name is written `&AC4-`,
/// which in modified UTF-7 is the same character and which nothing else is written as. `None` for
/// what cannot be the name of a folder: empty levels, other octets, more than [`LONGEST_FOLDER`].
///
/// ```
/// use mailwire_message::maildir::{directory, folder};
///
/// assert_eq!(directory("Lists/v1.2").as_deref(), Some(".Lists.v1&AC4-2"));
/// assert_eq!(folder(".Lists.v1&AC4-2").as_deref(), Some("Lists/v1.2"));
/// ```
#[must_use]
pub fn directory(folder: &str) -> Option<String> {
    let legal = |level: &str| {
        !level.is_empty()
            && level.bytes().all(|b| (b' '..0x7f).contains(&b))
            && !level.contains(DOT)
    };
    if folder.len() > LONGEST_FOLDER || !folder.split('/').all(legal) {
        return None;
    }
    Some(format!(".{}", folder.replace('.', DOT).replace('/', ".")))
}

/// The folder that a directory is, if it is one.
#[must_use]
pub fn folder(directory: &str) -> Option<String> {
    let name = directory.strip_prefix('.')?.replace('.', "/").replace(DOT, ".");
    (self::directory(&name)? == directory).then_some(name)
}

const DOT: &str = "&AC4-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_into_a_name_and_come_out_the_same() {
        let flags =
            Flags { system: SystemFlags::SEEN.with(SystemFlags::DELETED), keywords: 1 | 1 << 25 };

        let marks = flags.marks("P\u{e9}");

        assert_eq!(marks, "PSTaz\u{e9}");
        assert_eq!(Flags::parse(&marks), (flags, "P\u{e9}".into()));
    }

    #[test]
    fn every_set_of_flags_comes_back_from_letters_and_from_imap() {
        for bits in 0..32 {
            let system = SystemFlags(bits);
            let flags = Flags { system, keywords: 0 };
            assert_eq!(Flags::parse(&flags.marks("")), (flags, String::new()));
            let named = system.imap().filter_map(SystemFlags::of_imap);
            assert_eq!(named.fold(SystemFlags::default(), SystemFlags::with), system);
        }
        assert_eq!(SystemFlags::of_imap("\\seen"), Some(SystemFlags::SEEN));
        assert_eq!(SystemFlags::of_imap("\\Recent"), None);
        assert_eq!(SystemFlags::SEEN.without(SystemFlags::SEEN), SystemFlags::default());
    }

    #[test]
    fn names_of_other_programs_are_read() {
        for (name, base, marks, size, wire, delivered) in [
            ("1.2.h:2,", "1.2.h", Some(""), None, None, Some(1)),
            ("1.2.h", "1.2.h", None, None, None, Some(1)),
            ("x:2,S", "x", Some("S"), None, None, None),
            ("1.h,S=5:2,S", "1.h,S=5", Some("S"), Some(5), None, Some(1)),
            ("1.h,W=6,S=5", "1.h,W=6,S=5", None, Some(5), Some(6), Some(1)),
            (
                "1.h,S=-5,W=99999999999999999999",
                "1.h,S=-5,W=99999999999999999999",
                None,
                None,
                None,
                Some(1),
            ),
            ("S=5", "S=5", None, None, None, None),
            ("", "", None, None, None, None),
        ] {
            let it = FileName::parse(name);
            assert_eq!((it.base(), it.marks()), (base, marks), "{name}");
            assert_eq!((it.size(), it.wire_size(), it.delivered()), (size, wire, delivered));
        }
    }

    #[test]
    fn copies_of_copies_are_the_same_message() {
        let first = sized("1.M1.a", 7, 8);
        let again = copy(&sized("2.M1.a", 7, 8), &copy(&sized("3.M1.a", 7, 8), &first));
        let again = FileName::parse(&again);

        assert_eq!(again.identity(), FileName::parse(&first).identity());
        assert_eq!((again.size(), again.wire_size()), (Some(7), Some(8)));
        assert_eq!(FileName::parse(&copy("6.h", "5.other")).identity(), "5.other");
    }

    #[test]
    fn unique_names_are_one_word_of_a_path() {
        let one = Unique { seconds: 5, micros: 7, count: 0, process: 9, host: "a/b:c,d\n" };
        let name = one.name();

        assert_eq!(name, "5.M000007Q0P9.a\\057b\\072c\\054d");
        assert_eq!(FileName::parse(&sized(&name, 1, 1)).identity(), name);
        assert_ne!(Unique { count: 1, ..one }.name(), name);
        assert!(Unique { micros: 8, ..one }.name() > name);
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
}
