//! What the machine refuses by itself, and when it has had enough.

use super::{Connection, Event, Phase, Refused, Utf8, Why};
use crate::language::choose;
use crate::rules::is_legal;
use crate::{Argument, Code, Command, Reply, State};
use alloc::format;
use mailwire_core::keyword::strip;
use mailwire_core::{Security, Text};

impl Connection {
    /// What is wrong with a command here and now.
    pub(super) fn objection(&self, command: &Command<'_>) -> Option<Why> {
        let insecure = self.security == Security::Plain && !self.config.allow_plaintext_credentials;
        let has = |number: &u32| self.maildrop.octets(*number).is_some();
        match command {
            command if !is_legal(command, self.state) => Some(Why::WrongState),
            Command::User(_)
            | Command::Pass(_)
            | Command::Apop { .. }
            | Command::Auth { .. }
            | Command::AuthList
                if insecure =>
            {
                Some(Why::Insecure)
            }
            Command::Pass(_) if self.user.is_empty() => Some(Why::WrongState),
            Command::Apop { .. } if self.timestamp.as_str().is_empty() => Some(Why::Unknown),
            Command::User(word) | Command::Pass(word) | Command::Apop { name: word, .. }
                if !self.takes(word) =>
            {
                Some(Why::NotUtf8)
            }
            Command::Auth { mechanism, .. } if !self.offers(mechanism.as_str()) => {
                Some(Why::NoSuchMechanism)
            }
            // RFC 6856 section 2.1: not behind UTF8.
            Command::Stls if self.security == Security::Tls || self.utf8 => Some(Why::WrongState),
            Command::Stls if !self.config.stls => Some(Why::Unknown),
            Command::Utf8 if self.config.utf8 == Utf8::No => Some(Why::Unknown),
            Command::Lang(_) if self.config.languages.is_empty() => Some(Why::Unknown),
            Command::Lang(Some(range)) if choose(range, &self.config.languages).is_none() => {
                Some(Why::NoSuchLanguage)
            }
            Command::List(Some(n))
            | Command::Uidl(Some(n))
            | Command::Retr(n)
            | Command::Dele(n)
                if !has(n) =>
            {
                Some(Why::NoSuchMessage)
            }
            Command::Top { message, .. } if !has(message) => Some(Why::NoSuchMessage),
            Command::Other { verb, .. } if !self.registered(verb.as_str()) => Some(Why::Unknown),
            _ => None,
        }
    }

    /// Whether a name or password is fit: RFC 6856 section 2.2 wants UTF-8 and nothing else where
    /// UTF-8 is taken.
    fn takes(&self, word: &Argument<'_>) -> bool {
        self.config.utf8 != Utf8::MessagesAndUsers || core::str::from_utf8(word.as_bytes()).is_ok()
    }

    fn offers(&self, mechanism: &str) -> bool {
        self.security.allows(mechanism)
            && self.config.mechanisms.iter().any(|known| known.eq_ignore_ascii_case(mechanism))
    }

    fn registered(&self, verb: &str) -> bool {
        self.config.verbs.iter().any(|known| known.eq_ignore_ascii_case(verb))
    }

    pub(super) fn refuse<'i>(&mut self, line: &'i [u8], why: Why) -> Event<'i> {
        if self.phase == Phase::Challenged {
            self.phase = Phase::Command;
        }
        let text = match (why, self.language()) {
            (Why::Syntax(_), None) => format!("{why}"),
            (why, _) => self.words(why.phrase()).into_owned(),
        };
        let reply = Reply::err(Text::lossy(text));
        let reply = if why == Why::Insecure { reply.with_code(Code::Auth) } else { reply };
        reply.encode(&mut self.out);
        self.count_refusal();
        // What is left of a line that is too long depends on how it was cut.
        let hidden = why == Why::TooLong
            || strip(line, "PASS").or(strip(line, "AUTH")).or(strip(line, "APOP")).is_some();
        Event::Refused(Refused { line: if hidden { &[] } else { line }, why })
    }

    /// Closes when there were too many in a row.
    pub(super) fn count_refusal(&mut self) {
        let limits = &self.config.limits;
        let most = match self.state {
            State::Authorization => limits.refused_before_login,
            _ => limits.refused_after_login,
        };
        self.refused = self.refused.saturating_add(1);
        if self.refused > most {
            self.phase = Phase::Closed;
        }
    }
}
