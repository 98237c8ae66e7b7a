//! What the POP3 server says, in German: for clients that say LANG (RFC 6856 section 3).

use mailwire_core::Text;
use mailwire_pop3::{Language, Phrase};

const WORDS: [(Phrase, &str); 26] = [
    (Phrase::SendPassword, "das Passwort bitte"),
    (Phrase::Opened, "{messages} Nachrichten ({octets} Oktette)"),
    (Phrase::Listing, "{messages} Nachrichten ({octets} Oktette)"),
    (Phrase::Message, "{octets} Oktette"),
    (Phrase::Mechanisms, "die Verfahren"),
    (Phrase::Capabilities, "die Fähigkeiten"),
    (Phrase::Languages, "die Sprachen"),
    (Phrase::LanguageChanged, "ab hier auf Deutsch"),
    (Phrase::Utf8, "ab hier UTF-8"),
    (Phrase::Marked, "zum Löschen vorgemerkt"),
    (Phrase::Reset, "nichts ist mehr vorgemerkt"),
    (Phrase::Top, "der Anfang der Nachricht"),
    (Phrase::Bye, "auf Wiedersehen"),
    (Phrase::Cancelled, "Anmeldung abgebrochen"),
    (Phrase::NotBase64, "das ist nicht base64"),
    (Phrase::Syntax, "das ist kein Befehl"),
    (Phrase::TooLong, "die Zeile ist zu lang"),
    (Phrase::BareLf, "Zeilen enden mit CRLF"),
    (Phrase::Nul, "NUL in der Zeile"),
    (Phrase::NotUtf8, "das ist nicht UTF-8"),
    (Phrase::Unknown, "unbekannter Befehl"),
    (Phrase::WrongState, "das geht hier nicht"),
    (Phrase::Insecure, "nicht ohne TLS"),
    (Phrase::NoSuchMessage, "diese Nachricht gibt es nicht"),
    (Phrase::NoSuchMechanism, "dieses Verfahren gibt es nicht"),
    (Phrase::NoSuchLanguage, "diese Sprache gibt es nicht"),
];

pub(crate) fn german() -> Option<Language> {
    let german = Language::new("de", Text::lossy("Deutsch")).ok()?;
    Some(
        WORDS
            .iter()
            .fold(german, |language, (phrase, words)| language.with(*phrase, Text::lossy(*words))),
    )
}
