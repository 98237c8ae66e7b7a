//! Flags and keywords.

use crate::types::string::ATOM;
use alloc::borrow::Cow;
use alloc::vec::Vec;
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

/// A set of flags. Costs no allocation when all are system flags.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Flags<'a> {
    system: u8,
    keywords: Vec<Cow<'a, str>>,
}

impl<'a> Flags<'a> {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a flag; keywords are the same in any case.
    pub fn insert(&mut self, flag: Flag<'a>) {
        match flag {
            Flag::System(flag) => self.system |= flag as u8,
            Flag::Keyword(name) if self.has_keyword(&name) => {}
            Flag::Keyword(name) => self.keywords.push(name),
        }
    }

    /// Takes a flag away.
    pub fn remove(&mut self, flag: &Flag<'_>) {
        match flag {
            Flag::System(flag) => self.system &= !(*flag as u8),
            Flag::Keyword(name) => self.keywords.retain(|known| !known.eq_ignore_ascii_case(name)),
        }
    }

    /// Whether a system flag is set.
    #[must_use]
    pub fn has(&self, flag: SystemFlag) -> bool {
        self.system & flag as u8 != 0
    }

    /// Whether a keyword is set, in any case.
    #[must_use]
    pub fn has_keyword(&self, name: &str) -> bool {
        self.keywords.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether none is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.system == 0 && self.keywords.is_empty()
    }

    /// The names, system flags first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let system = SystemFlag::ALL.into_iter().filter(|flag| self.has(*flag));
        system.map(|flag| -> &str { flag.as_str() }).chain(self.keywords.iter().map(|name| &**name))
    }

    /// The keywords, and the flags that not every server knows.
    #[must_use]
    pub fn keywords(&self) -> &[Cow<'a, str>] {
        &self.keywords
    }

    /// The same, owned.
    #[must_use]
    pub fn into_owned(self) -> Flags<'static> {
        let keywords = self.keywords.into_iter().map(|name| Cow::Owned(name.into_owned()));
        Flags { system: self.system, keywords: keywords.collect() }
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
    fn a_name_that_could_break_a_line_is_no_flag() {
        for (name, at) in [("a b", 1), ("\\", 1), ("", 0), ("\\a)", 2), ("a\r\n", 1)] {
            assert_eq!(Flag::new(name).map_err(|e| e.at), Err(at), "{name:?}");
        }
    }
}
