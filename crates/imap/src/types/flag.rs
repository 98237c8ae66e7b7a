//! Flags and keywords.

use crate::types::string::ATOM;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use mailwire_core::Invalid;

/// The flags that every server knows (RFC 9051 section 2.3.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum SystemFlag {
    /// `\Answered`.
    Answered = 1,
    /// `\Flagged`.
    Flagged = 2,
    /// `\Deleted`.
    Deleted = 4,
    /// `\Seen`.
    Seen = 8,
    /// `\Draft`.
    Draft = 16,
    /// `\Recent`: the session is the first to know of the message (RFC 3501).
    Recent = 32,
    /// `\*` in PERMANENTFLAGS: new keywords can be made.
    Any = 64,
}

impl SystemFlag {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 7] = [
        Self::Answered,
        Self::Flagged,
        Self::Deleted,
        Self::Seen,
        Self::Draft,
        Self::Recent,
        Self::Any,
    ];

    /// With its backslash.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "\\Answered",
            Self::Flagged => "\\Flagged",
            Self::Deleted => "\\Deleted",
            Self::Seen => "\\Seen",
            Self::Draft => "\\Draft",
            Self::Recent => "\\Recent",
            Self::Any => "\\*",
        }
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        // Their lengths tell all but two apart.
        let flag = match text {
            [b'\\', b'*'] => return Some(Self::Any),
            [b'\\', _, _, _, _] => Self::Seen,
            [b'\\', _, _, _, _, _] => Self::Draft,
            [b'\\', _, _, _, _, _, _] => Self::Recent,
            [b'\\', b'F' | b'f', _, _, _, _, _, _] => Self::Flagged,
            [b'\\', _, _, _, _, _, _, _] => Self::Deleted,
            [b'\\', _, _, _, _, _, _, _, _] => Self::Answered,
            _ => return None,
        };
        text.eq_ignore_ascii_case(flag.as_str().as_bytes()).then_some(flag)
    }
}

/// A flag or keyword by its name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Flag<'a> {
    /// One that every server knows.
    System(SystemFlag),
    /// A keyword, or another flag with its backslash.
    Keyword(Cow<'a, str>),
}

impl<'a> Flag<'a> {
    /// A flag or keyword of this name.
    ///
    /// # Errors
    ///
    /// When the name is not an atom, or not an atom behind a backslash.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Result<Self, Invalid> {
        let name = name.into();
        if let Some(flag) = SystemFlag::parse(name.as_bytes()) {
            return Ok(Self::System(flag));
        }
        let atom = name.strip_prefix('\\').unwrap_or(&name);
        let at = ATOM.prefix(atom.as_bytes());
        if at < atom.len() || atom.is_empty() {
            return Err(Invalid { what: "a flag", at: at + name.len() - atom.len() });
        }
        Ok(Self::Keyword(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::System(flag) => flag.as_str(),
            Self::Keyword(name) => name,
        }
    }
}

/// A set of flags, which are written as they came: in their order and in their case. Costs no
/// allocation when all are system flags. Two sets are the same if they hold the same system flags,
/// and the same keywords in the same order.
#[derive(Clone, Default)]
pub struct Flags<'a> {
    system: u8,
    /// How many flags stand before each system flag, by its bit; [`NAMED`] for one that is in `named`.
    places: [u8; 7],
    /// Keywords, and system flags in an unusual case or behind very many others.
    named: Vec<Cow<'a, str>>,
}

/// The place of a system flag whose name is kept.
const NAMED: u8 = u8::MAX;

impl<'a> Flags<'a> {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a flag; keywords are the same in any case.
    pub fn insert(&mut self, flag: Flag<'a>) {
        match flag {
            Flag::System(flag) => self.insert_system(flag),
            Flag::Keyword(name) if self.has_keyword(&name) => {}
            Flag::Keyword(name) => self.named.push(name),
        }
    }

    #[inline]
    pub(crate) fn insert_system(&mut self, flag: SystemFlag) {
        if self.has(flag) {
            return;
        }
        let before = self.in_places().count_ones() as usize + self.named.len();
        match u8::try_from(before) {
            Ok(place) if place < NAMED => {
                self.system |= flag as u8;
                self.set_place(flag, place);
            }
            _ => self.insert_written(flag, flag.as_str()),
        }
    }

    /// Adds a system flag behind so many others.
    #[inline]
    pub(crate) fn insert_behind(&mut self, flag: SystemFlag, before: &mut u8) {
        if !self.has(flag) {
            self.system |= flag as u8;
            self.set_place(flag, *before);
            *before += 1;
        }
    }

    /// Adds a system flag that is written like this.
    pub(crate) fn insert_written(&mut self, flag: SystemFlag, name: &'a str) {
        if !self.has(flag) {
            self.system |= flag as u8;
            self.set_place(flag, NAMED);
            self.named.push(Cow::Borrowed(name));
        }
    }

    /// Takes a flag away.
    pub fn remove(&mut self, flag: &Flag<'_>) {
        let gone = match flag {
            Flag::System(flag) if !self.has(*flag) => return,
            Flag::System(flag) => {
                self.system &= !(*flag as u8);
                match self.place(*flag) {
                    NAMED => self.take_named(flag.as_str()),
                    place => Some(place),
                }
            }
            Flag::Keyword(name) => self.take_named(name),
        };
        let Some(gone) = gone else { return };
        for place in &mut self.places {
            if *place != NAMED && *place > gone {
                *place -= 1;
            }
        }
    }

    /// Takes a name out and says how many flags stood before it, if system flags can stand behind it.
    fn take_named(&mut self, name: &str) -> Option<u8> {
        let place = self.names().position(|known| known.eq_ignore_ascii_case(name))?;
        self.named.retain(|known| !known.eq_ignore_ascii_case(name));
        u8::try_from(place).ok()
    }

    /// Whether a system flag is set.
    #[must_use]
    #[inline]
    pub fn has(&self, flag: SystemFlag) -> bool {
        self.system & flag as u8 != 0
    }

    /// Whether a keyword is set, in any case.
    #[must_use]
    pub fn has_keyword(&self, name: &str) -> bool {
        self.keywords().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether none is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.system == 0 && self.named.is_empty()
    }

    /// The names, as they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut in_places = self.in_places();
        let mut named = self.named.iter();
        let all = in_places.count_ones() as usize + self.named.len();
        (0..all).filter_map(move |at| {
            let mut left = in_places;
            // Every turn looks at a flag that was not told yet.
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                if self.places.get(bit).copied().map(usize::from) == Some(at) {
                    in_places &= !(1 << bit);
                    return SystemFlag::ALL.get(bit).map(|flag| flag.as_str());
                }
            }
            named.next().map(|name| &**name)
        })
    }

    /// The keywords, and the flags that not every server knows.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        let named = self.named.iter().map(|name| &**name);
        named.filter(|name| SystemFlag::parse(name.as_bytes()).is_none())
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Flags<'static> {
        let named = self.named.into_iter().map(|name| Cow::Owned(name.into_owned())).collect();
        Flags { system: self.system, places: self.places, named }
    }

    /// The system flags that have places.
    fn in_places(&self) -> u8 {
        let named = |flag: &SystemFlag| self.has(*flag) && self.place(*flag) == NAMED;
        match self.named.is_empty() {
            true => self.system,
            false => SystemFlag::ALL
                .into_iter()
                .filter(named)
                .fold(self.system, |system, flag| system & !(flag as u8)),
        }
    }

    fn place(&self, flag: SystemFlag) -> u8 {
        self.places.get((flag as u8).trailing_zeros() as usize).copied().unwrap_or(NAMED)
    }

    #[inline]
    fn set_place(&mut self, flag: SystemFlag, place: u8) {
        if let Some(at) = self.places.get_mut((flag as u8).trailing_zeros() as usize) {
            *at = place;
        }
    }
}

impl PartialEq for Flags<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.system == other.system && self.keywords().eq(other.keywords())
    }
}

impl Eq for Flags<'_> {}

impl fmt::Debug for Flags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl<'a> FromIterator<Flag<'a>> for Flags<'a> {
    fn from_iter<T: IntoIterator<Item = Flag<'a>>>(iter: T) -> Self {
        let mut flags = Self::new();
        for flag in iter {
            flags.insert(flag);
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_a_set_and_have_no_case() {
        let mut flags: Flags<'_> = ["\\seen", "$Forwarded", "$forwarded", "\\XYZ"]
            .map(|n| Flag::new(n).unwrap())
            .into_iter()
            .collect();
        assert_eq!(flags.names().collect::<Vec<_>>(), ["\\Seen", "$Forwarded", "\\XYZ"]);

        flags.remove(&Flag::new("$FORWARDED").unwrap());
        flags.remove(&Flag::System(SystemFlag::Seen));

        assert_eq!(flags.names().collect::<Vec<_>>(), ["\\XYZ"]);
    }

    #[test]
    fn flags_stay_in_their_order_whatever_is_taken_away() {
        let names = ["\\Draft", "a", "\\Seen", "b", "\\*", "c", "\\Answered"];
        for gone in 0..names.len() {
            let mut flags: Flags<'_> = names.map(|n| Flag::new(n).unwrap()).into_iter().collect();
            assert_eq!(flags.names().collect::<Vec<_>>(), names);

            flags.remove(&Flag::new(names[gone]).unwrap());

            let left =
                names.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, name)| *name);
            assert_eq!(flags.names().collect::<Vec<_>>(), left.collect::<Vec<_>>());
            flags.insert(Flag::new(names[gone]).unwrap());
            assert_eq!(flags.names().last(), Some(names[gone]));
        }
    }

    #[test]
    fn system_flags_behind_very_many_keywords_stay_there() {
        let mut flags = Flags::new();
        for n in 0..300 {
            flags.insert(Flag::new(std::format!("k{n}")).unwrap());
        }
        flags.insert(Flag::System(SystemFlag::Seen));
        flags.insert(Flag::new("last").unwrap());

        assert_eq!(flags.names().skip(299).collect::<Vec<_>>(), ["k299", "\\Seen", "last"]);
        assert!(flags.has(SystemFlag::Seen) && !flags.has_keyword("\\Seen"));
        flags.remove(&Flag::new("k0").unwrap());
        flags.remove(&Flag::System(SystemFlag::Seen));
        assert_eq!(flags.names().skip(298).collect::<Vec<_>>(), ["k299", "last"]);
    }

    #[test]
    fn a_name_that_could_break_a_line_is_no_flag() {
        for (name, at) in [("a b", 1), ("\\", 1), ("", 0), ("\\a)", 2), ("a\r\n", 1)] {
            assert_eq!(Flag::new(name).map_err(|e| e.at), Err(at), "{name:?}");
        }
    }
}
