//! Capabilities (RFC 2449 section 6, and the IANA registry).

use crate::reply::lossy;
use alloc::vec::Vec;
use mailwire_core::keyword::{number, trim, word};
use mailwire_core::{Sink, Text};

/// One line of the answer to CAPA: those of the IANA registry, and any other as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Capability {
    /// TOP is there.
    Top,
    /// USER and PASS are there.
    User,
    /// AUTH is there, with these mechanisms and an initial response.
    Sasl(Vec<Text<'static>>),
    /// Replies may begin with a response code.
    RespCodes,
    /// The least seconds between logins.
    LoginDelay {
        /// How many seconds.
        seconds: u32,
        /// It is the most for anyone; CAPA after login says it for this user.
        per_user: bool,
    },
    /// Commands may be sent before the replies to earlier ones.
    Pipelining,
    /// How long messages are kept.
    Expire {
        /// The least days that a message is kept; 0: it may be deleted when it was fetched. `None`:
        /// the server never deletes.
        days: Option<u32>,
        /// It is the least for anyone; CAPA after login says it for this user.
        per_user: bool,
    },
    /// UIDL is there.
    Uidl,
    /// Who wrote the server.
    Implementation(Text<'static>),
    /// STLS is there (RFC 2595).
    Stls,
    /// `[AUTH]` tells wrong credentials from other failures (RFC 3206).
    AuthRespCode,
    /// UTF8 is there (RFC 6856).
    Utf8 {
        /// Names and passwords may be UTF-8 too.
        user: bool,
    },
    /// LANG is there (RFC 6856).
    Lang,
    /// Another line, as it came; also one of the above whose arguments are none that its RFC
    /// knows.
    Other(Text<'static>),
}

impl Capability {
    /// Parses a line without its end. Never fails: what is not known is kept.
    #[must_use]
    pub fn parse(line: &[u8]) -> Self {
        let (name, rest) = word(trim(line));
        Self::known(name, trim(rest)).unwrap_or_else(|| Self::Other(lossy(line).into_owned()))
    }

    fn known(name: &[u8], rest: &[u8]) -> Option<Self> {
        let alone = |capability| rest.is_empty().then_some(capability);
        let is = |text: &[u8], keyword: &str| text.eq_ignore_ascii_case(keyword.as_bytes());
        // A number and perhaps USER.
        let value = || match word(rest) {
            (value, []) => Some((value, false)),
            (value, user) => is(trim(user), "USER").then_some((value, true)),
        };
        let small = |digits| u32::try_from(number(digits)?).ok();
        match () {
            () if is(name, "TOP") => alone(Self::Top),
            () if is(name, "USER") => alone(Self::User),
            () if is(name, "SASL") => {
                let names = rest.split(|&b| b == b' ').filter(|name| !name.is_empty());
                Some(Self::Sasl(names.map(|name| lossy(name).into_owned()).collect()))
            }
            () if is(name, "RESP-CODES") => alone(Self::RespCodes),
            () if is(name, "LOGIN-DELAY") => {
                let (seconds, per_user) = value()?;
                Some(Self::LoginDelay { seconds: small(seconds)?, per_user })
            }
            () if is(name, "PIPELINING") => alone(Self::Pipelining),
            () if is(name, "EXPIRE") => {
                let (days, per_user) = value()?;
                let days = if is(days, "NEVER") { None } else { Some(small(days)?) };
                Some(Self::Expire { days, per_user })
            }
            () if is(name, "UIDL") => alone(Self::Uidl),
            () if is(name, "IMPLEMENTATION") => {
                Some(Self::Implementation(lossy(rest).into_owned()))
            }
            () if is(name, "STLS") => alone(Self::Stls),
            () if is(name, "AUTH-RESP-CODE") => alone(Self::AuthRespCode),
            () if is(name, "UTF8") && is(rest, "USER") => Some(Self::Utf8 { user: true }),
            () if is(name, "UTF8") => alone(Self::Utf8 { user: false }),
            () if is(name, "LANG") => alone(Self::Lang),
            () => None,
        }
    }

    /// The tag: the first word of the line.
    #[must_use]
    pub fn tag(&self) -> &str {
        match self {
            Self::Top => "TOP",
            Self::User => "USER",
            Self::Sasl(_) => "SASL",
            Self::RespCodes => "RESP-CODES",
            Self::LoginDelay { .. } => "LOGIN-DELAY",
            Self::Pipelining => "PIPELINING",
            Self::Expire { .. } => "EXPIRE",
            Self::Uidl => "UIDL",
            Self::Implementation(_) => "IMPLEMENTATION",
            Self::Stls => "STLS",
            Self::AuthRespCode => "AUTH-RESP-CODE",
            Self::Utf8 { .. } => "UTF8",
            Self::Lang => "LANG",
            Self::Other(line) => line.as_str().split_ascii_whitespace().next().unwrap_or_default(),
        }
    }

    /// Writes the line and its CRLF, its dot doubled if it begins with one.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        let user = |per_user: &bool| if *per_user { " USER" } else { "" };
        if let Self::Other(line) = self {
            out.put(if line.as_str().starts_with('.') { b"." } else { b"" });
            out.put(line.as_str().as_bytes());
        } else {
            out.put(self.tag().as_bytes());
        }
        match self {
            Self::Sasl(mechanisms) => {
                for mechanism in mechanisms {
                    out.put(b" ");
                    out.put(mechanism.as_str().as_bytes());
                }
            }
            Self::LoginDelay { seconds, per_user } => {
                out.put(b" ");
                out.put_number(u64::from(*seconds));
                out.put(user(per_user).as_bytes());
            }
            Self::Expire { days, per_user } => {
                out.put(b" ");
                match days {
                    Some(days) => out.put_number(u64::from(*days)),
                    None => out.put(b"NEVER"),
                }
                out.put(user(per_user).as_bytes());
            }
            Self::Implementation(text) => {
                out.put(b" ");
                out.put(text.as_str().as_bytes());
            }
            Self::Utf8 { user: true } => out.put(b" USER"),
            _ => {}
        }
        out.put(b"\r\n");
    }
}

/// What a server says it can do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// All of them, in the server's order.
    #[must_use]
    pub fn as_slice(&self) -> &[Capability] {
        &self.0
    }

    /// Whether `capability` is among them; arguments count.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        self.0.contains(capability)
    }

    /// Whether one with this tag is among them, in any case, whatever its arguments.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.0.iter().any(|capability| capability.tag().eq_ignore_ascii_case(tag))
    }

    /// The mechanisms that AUTH takes, in the server's order.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        let names = self.0.iter().filter_map(|capability| match capability {
            Capability::Sasl(names) => Some(names),
            _ => None,
        });
        names.flatten().map(Text::as_str)
    }

    /// Whether AUTH can be tried with a mechanism of this name, in any case.
    #[must_use]
    pub fn has_mechanism(&self, name: &str) -> bool {
        self.mechanisms().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The least seconds between logins, and whether that may differ for this user.
    #[must_use]
    pub fn login_delay(&self) -> Option<(u32, bool)> {
        self.0.iter().find_map(|capability| match capability {
            Capability::LoginDelay { seconds, per_user } => Some((*seconds, *per_user)),
            _ => None,
        })
    }

    /// The least days that messages are kept (`None`: for ever), and whether that may differ for
    /// this user.
    #[must_use]
    pub fn expire(&self) -> Option<(Option<u32>, bool)> {
        self.0.iter().find_map(|capability| match capability {
            Capability::Expire { days, per_user } => Some((*days, *per_user)),
            _ => None,
        })
    }

    pub(crate) fn push(&mut self, capability: Capability) {
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
    fn lines_come_back() {
        for line in [
            "TOP",
            "USER",
            "SASL",
            "SASL PLAIN LOGIN",
            "RESP-CODES",
            "LOGIN-DELAY 900",
            "LOGIN-DELAY 900 USER",
            "PIPELINING",
            "EXPIRE 60 USER",
            "EXPIRE 0",
            "EXPIRE NEVER",
            "UIDL",
            "IMPLEMENTATION Shlemazle-Plotz-v302",
            "STLS",
            "AUTH-RESP-CODE",
            "UTF8",
            "UTF8 USER",
            "LANG",
            "X-NEW thing",
        ] {
            let capability = Capability::parse(line.as_bytes());
            let mut out = Vec::new();
            capability.encode(&mut out);
            assert_eq!(out, [line.as_bytes(), b"\r\n"].concat());
            let other = matches!(capability, Capability::Other(_));
            assert_eq!(other, line.starts_with("X-"), "{line}");
            assert_eq!(Some(capability.tag()), line.split(' ').next());
        }
    }

    // RFC 2449 section 5: tags have no case.
    #[test]
    fn what_servers_say_is_understood() {
        for (line, capability) in [
            ("top ", Capability::Top),
            ("Expire  31  user", Capability::Expire { days: Some(31), per_user: true }),
            ("expire never", Capability::Expire { days: None, per_user: false }),
            ("EXPIRE soon", Capability::Other(Text::lossy("EXPIRE soon"))),
            ("LOGIN-DELAY", Capability::Other(Text::lossy("LOGIN-DELAY"))),
            ("UTF8 MORE", Capability::Other(Text::lossy("UTF8 MORE"))),
        ] {
            assert_eq!(Capability::parse(line.as_bytes()), capability);
        }
    }

    #[test]
    fn capabilities_are_asked_by_what_they_mean() {
        let known: Capabilities = ["SASL PLAIN", "EXPIRE 31 USER", "LOGIN-DELAY 5", "utf8 MORE"]
            .iter()
            .map(|line| Capability::parse(line.as_bytes()))
            .collect();

        assert!(known.has_mechanism("plain") && !known.has_mechanism("LOGIN"));
        assert!(known.has_tag("UTF8") && !known.has_tag("LANG"));
        assert_eq!(known.expire(), Some((Some(31), true)));
        assert_eq!(known.login_delay(), Some((5, false)));
    }

    // POP3-S-20 of the robustness cases.
    #[test]
    fn a_line_stays_one_line() {
        let forged = "x\r\n.\r\n+OK forged";
        assert!(Text::new(forged).is_err());
        let mut out = Vec::new();
        Capability::Implementation(Text::lossy(forged)).encode(&mut out);
        assert_eq!(out, b"IMPLEMENTATION x  .  +OK forged\r\n");

        let mut out = Vec::new();
        Capability::Other(Text::lossy(".")).encode(&mut out);
        assert_eq!(out, b"..\r\n");
    }
}
