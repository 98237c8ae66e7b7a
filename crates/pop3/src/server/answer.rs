//! What the machine answers by itself.

use super::{Connection, Utf8};
use crate::language::choose;
use crate::{Capability, Command, LanguageRange, Phrase, Reply, State};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use mailwire_core::{Security, Sink, Text};

impl Connection {
    /// Answers a command that is legal and needs no application; true when it was one.
    pub(super) fn answer(&mut self, command: &Command<'_>) -> bool {
        match command {
            Command::User(name) => {
                self.user = name.as_bytes().to_vec();
                self.ok(Phrase::SendPassword);
            }
            Command::AuthList => {
                self.ok(Phrase::Mechanisms);
                let offered = |name: &&String| self.security.allows(name);
                for mechanism in self.config.mechanisms.iter().filter(offered) {
                    Capability::Other(Text::lossy(mechanism.as_str()).into_owned())
                        .encode(&mut self.out);
                }
                self.out.put(b".\r\n");
            }
            Command::Capa => self.capabilities(),
            Command::Stat => {
                let (messages, octets) = self.maildrop.stat();
                self.out.put(b"+OK ");
                self.out.put_number(u64::from(messages));
                self.out.put(b" ");
                self.out.put_number(octets);
                self.out.put(b"\r\n");
            }
            Command::List(None) => self.begin_listing(false),
            Command::Uidl(None) => self.begin_listing(true),
            Command::List(Some(number)) => self.entry(false, *number, b"+OK "),
            Command::Uidl(Some(number)) => self.entry(true, *number, b"+OK "),
            Command::Dele(number) => {
                self.maildrop.delete(*number);
                self.ok(Phrase::Marked);
            }
            Command::Rset => {
                self.maildrop.reset();
                self.ok(Phrase::Reset);
            }
            Command::Noop => Reply::ok(Text::default()).encode(&mut self.out),
            Command::Utf8 => {
                self.utf8 = true;
                self.ok(Phrase::Utf8);
            }
            Command::Lang(None) => self.languages(),
            Command::Lang(Some(range)) => self.choose_language(range),
            _ => return false,
        }
        true
    }

    /// RFC 2449 section 5: what this connection can do in this state.
    fn capabilities(&mut self) {
        self.ok(Phrase::Capabilities);
        let config = Arc::clone(&self.config);
        let out = &mut self.out;
        for own in [
            Capability::Top,
            Capability::Uidl,
            Capability::RespCodes,
            Capability::AuthRespCode,
            Capability::Pipelining,
        ] {
            own.encode(out);
        }
        if self.security == Security::Tls || config.allow_plaintext_credentials {
            Capability::User.encode(out);
            let security = self.security;
            let names = config.mechanisms.iter().filter(|name| security.allows(name));
            let names: Vec<_> = names.map(|name| Text::lossy(name.as_str()).into_owned()).collect();
            if !names.is_empty() {
                Capability::Sasl(names).encode(out);
            }
        }
        if config.stls
            && self.security == Security::Plain
            && self.state == State::Authorization
            && !self.utf8
        {
            Capability::Stls.encode(out);
        }
        match config.utf8 {
            Utf8::No => {}
            Utf8::Messages => Capability::Utf8 { user: false }.encode(out),
            Utf8::MessagesAndUsers => Capability::Utf8 { user: true }.encode(out),
        }
        if !config.languages.is_empty() {
            Capability::Lang.encode(out);
        }
        for capability in self.announced.as_ref().unwrap_or(&config.capabilities) {
            capability.encode(out);
        }
        out.put(b".\r\n");
    }

    /// RFC 6856 section 3.2: a line for each language, tag and name.
    fn languages(&mut self) {
        self.ok(Phrase::Languages);
        let mut line = |tag: &str, description: &str| {
            self.out.put(tag.as_bytes());
            if !description.is_empty() {
                self.out.put(b" ");
                self.out.put(description.as_bytes());
            }
            self.out.put(b"\r\n");
        };
        let known = &self.config.languages;
        for language in known {
            line(language.tag(), language.description());
        }
        if !known.iter().any(|language| language.tag().eq_ignore_ascii_case("en")) {
            line("en", "English");
        }
        self.out.put(b".\r\n");
    }

    fn choose_language(&mut self, range: &LanguageRange<'_>) {
        // `objection` has seen that there is one.
        self.language = choose(range, &self.config.languages).flatten();
        let words = self.words(Phrase::LanguageChanged);
        let tag = self.language().map_or("en", |language| language.tag());
        let text = format!("{tag} {words}");
        Reply::ok(Text::lossy(text)).encode(&mut self.out);
    }
}
