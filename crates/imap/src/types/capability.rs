//! What a server can do.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A capability by its name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Capability {
    /// `IMAP4rev1` (RFC 3501).
    Imap4Rev1,
    /// `IMAP4rev2` (RFC 9051).
    Imap4Rev2,
    /// `STARTTLS`.
    StartTls,
    /// `LOGINDISABLED`: LOGIN is refused here.
    LoginDisabled,
    /// `AUTH=`: this mechanism.
    Auth(String),
    /// `SASL-IR` (RFC 4959): AUTHENTICATE takes an initial response.
    SaslIr,
    /// `LITERAL+` (RFC 7888): non-synchronising literals of any size.
    LiteralPlus,
    /// `LITERAL-` (RFC 7888): of up to 4,096 octets.
    LiteralMinus,
    /// `IDLE` (RFC 2177).
    Idle,
    /// `NAMESPACE` (RFC 2342).
    Namespace,
    /// `UNSELECT` (RFC 3691).
    Unselect,
    /// `UIDPLUS` (RFC 4315).
    UidPlus,
    /// `MOVE` (RFC 6851).
    Move,
    /// `CHILDREN` (RFC 3348).
    Children,
    /// `ID` (RFC 2971).
    Id,
    /// `ENABLE` (RFC 5161).
    Enable,
    /// Another, as it came.
    Other(String),
}

impl Capability {
    const PLAIN: [(&'static str, Self); 15] = [
        ("IMAP4rev1", Self::Imap4Rev1),
        ("IMAP4rev2", Self::Imap4Rev2),
        ("STARTTLS", Self::StartTls),
        ("LOGINDISABLED", Self::LoginDisabled),
        ("SASL-IR", Self::SaslIr),
        ("LITERAL+", Self::LiteralPlus),
        ("LITERAL-", Self::LiteralMinus),
        ("IDLE", Self::Idle),
        ("NAMESPACE", Self::Namespace),
        ("UNSELECT", Self::Unselect),
        ("UIDPLUS", Self::UidPlus),
        ("MOVE", Self::Move),
        ("CHILDREN", Self::Children),
        ("ID", Self::Id),
        ("ENABLE", Self::Enable),
    ];

    /// The capability called `name`, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        if let Some((head, mechanism)) = name.split_at_checked(5) {
            if head.eq_ignore_ascii_case("AUTH=") {
                return Self::Auth(mechanism.to_string());
            }
        }
        let known = Self::PLAIN.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map_or_else(|| Self::Other(name.to_string()), |(_, capability)| capability)
    }
}

impl core::fmt::Display for Capability {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Auth(mechanism) => write!(f, "AUTH={mechanism}"),
            Self::Other(name) => f.write_str(name),
            plain => {
                let known = Self::PLAIN.into_iter().find(|(_, capability)| capability == plain);
                f.write_str(known.map_or("", |(name, _)| name))
            }
        }
    }
}

/// All that a server says it can do, in its order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// Whether `capability` is among them.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        self.0.contains(capability)
    }

    /// Whether AUTHENTICATE can be tried with a mechanism of this name, in any case.
    #[must_use]
    pub fn has_mechanism(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|known| matches!(known, Capability::Auth(m) if m.eq_ignore_ascii_case(name)))
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Capability] {
        &self.0
    }

    /// Adds one.
    pub fn push(&mut self, capability: Capability) {
        self.0.push(capability);
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<T: IntoIterator<Item = Capability>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for name in ["IMAP4rev1", "AUTH=PLAIN", "LITERAL+", "X-GM-EXT-1", "ID"] {
            assert_eq!(Capability::parse(name).to_string(), name);
        }
        assert_eq!(Capability::parse("imap4REV1"), Capability::Imap4Rev1);
    }
}
