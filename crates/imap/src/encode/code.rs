//! Conditions and response codes.

use super::out::{Out, one_line};
use crate::types::string::ATOM;
use crate::types::{Capabilities, Code, Condition, MetadataCode};
use mailwire_core::keyword::Class;

/// What can stand in brackets.
const NAME: Class = Class::graphic().without(b"]");

impl Out<'_> {
    /// A condition and its CRLF. There is always a text, as the grammar of RFC 3501 demands.
    pub(super) fn condition(&mut self, how: &Condition<'_>) {
        self.put(how.state.as_str());
        if let Some(code) = &how.code {
            self.put(" [");
            self.code(code);
            self.put("]");
        }
        self.space();
        self.put(match how.text.as_str() {
            "" => how.state.as_str(),
            text => text,
        });
        self.put("\r\n");
    }

    fn code(&mut self, code: &Code<'_>) {
        if let Some(name) = code.plain_name() {
            return self.put(name);
        }
        match code {
            Code::BadCharset(charsets) => {
                self.put("BADCHARSET");
                if !charsets.is_empty() {
                    self.space();
                    self.list(charsets, |out, charset| {
                        out.quoted_text(&alloc::string::String::from_utf8_lossy(charset));
                    });
                }
            }
            Code::Capability(known) => {
                self.put("CAPABILITY");
                self.capabilities(known);
            }
            Code::PermanentFlags(flags) => {
                self.put("PERMANENTFLAGS ");
                self.flags(flags);
            }
            Code::UidNext(n) => self.numbered("UIDNEXT ", *n),
            Code::UidValidity(n) => self.numbered("UIDVALIDITY ", *n),
            Code::Unseen(n) => self.numbered("UNSEEN ", *n),
            Code::HighestModSeq(n) => self.numbered("HIGHESTMODSEQ ", *n),
            Code::Modified(set) => {
                self.put("MODIFIED ");
                self.set(set);
            }
            Code::AppendUid { validity, uids } => {
                self.numbered("APPENDUID ", *validity);
                self.space();
                self.set(uids);
            }
            Code::CopyUid { validity, from, to } => {
                self.numbered("COPYUID ", *validity);
                self.space();
                self.set(from);
                self.space();
                self.set(to);
            }
            Code::MailboxId(id) => {
                self.put("MAILBOXID (");
                self.put(id.as_str());
                self.put(")");
            }
            Code::BadUrl(url) => self.code_text("BADURL", url),
            Code::Referral(urls) => self.code_text("REFERRAL", urls),
            Code::Metadata(MetadataCode::LongEntries(n)) => {
                self.numbered("METADATA LONGENTRIES ", *n);
            }
            Code::Metadata(MetadataCode::MaxSize(n)) => self.numbered("METADATA MAXSIZE ", *n),
            Code::Metadata(MetadataCode::TooMany) => self.put("METADATA TOOMANY"),
            Code::Metadata(MetadataCode::NoPrivate) => self.put("METADATA NOPRIVATE"),
            Code::InProgress(None) => self.put("INPROGRESS"),
            Code::InProgress(Some(progress)) => {
                self.put("INPROGRESS (");
                match &progress.tag {
                    None => self.put("NIL"),
                    Some(tag) => self.quoted_text(&tag.to_text()),
                }
                for n in [progress.done, progress.goal] {
                    self.space();
                    match n {
                        None => self.put("NIL"),
                        Some(n) => self.number(n),
                    }
                }
                self.put(")");
            }
            Code::MessageLimit(limit, last) => {
                self.numbered("MESSAGELIMIT ", *limit);
                if let Some(last) = last {
                    self.numbered(" ", *last);
                }
            }
            Code::UndefinedFilter(name) => self.code_text("UNDEFINED-FILTER", name),
            Code::NoUpdate(tag) => {
                self.put("NOUPDATE ");
                self.quoted_text(&tag.to_text());
            }
            Code::BadEvent(events) => {
                self.put("BADEVENT ");
                // Names are atoms (RFC 5465 section 8), as all that there are can be.
                self.list(events, |out, event| match ATOM.all(event.as_bytes()) {
                    true if !event.as_bytes().is_empty() => out.bytes(event.as_bytes()),
                    _ => out.quoted_text(&event.to_text()),
                });
            }
            Code::UrlMech(mechanisms) => {
                self.put("URLMECH");
                self.spaced(mechanisms, |out, mechanism| out.of_class(mechanism, &NAME));
            }
            Code::Annotations(size, no_private) => {
                self.put("ANNOTATIONS ");
                self.of_class(size, &NAME);
                self.put(if *no_private { " NOPRIVATE" } else { "" });
            }
            Code::Annotate(why) => self.code_text("ANNOTATE", why),
            Code::MaxConvertMessages(n) => self.numbered("MAXCONVERTMESSAGES ", *n),
            Code::MaxConvertParts(n) => self.numbered("MAXCONVERTPARTS ", *n),
            Code::Other(name, None) => self.of_class(name, &NAME),
            Code::Other(name, Some(rest)) => {
                if !name.is_empty() {
                    self.of_class(name, &NAME);
                }
                self.space();
                self.inside_brackets(rest);
            }
            Code::Invalid { raw, .. } => self.inside_brackets(raw),
            _ => {}
        }
    }

    fn code_text(&mut self, name: &str, text: &str) {
        self.put(name);
        self.space();
        self.inside_brackets(text);
    }

    /// Text up to what would close the brackets.
    fn inside_brackets(&mut self, text: &str) {
        let line = one_line(text.as_bytes());
        self.bytes(line.split(|&b| b == b']').next().unwrap_or_default());
    }

    pub(super) fn capabilities(&mut self, known: &Capabilities) {
        for capability in known.as_slice() {
            self.space();
            match capability.plain_name() {
                Some(name) => self.put(name),
                None => self.of_class(&alloc::string::ToString::to_string(capability), &NAME),
            }
        }
    }
}
