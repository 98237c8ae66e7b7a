//! ENVELOPE (RFC 9051 section 7.5.2).

use super::address::{EnvelopeAddress, envelope_addresses};
use super::write::{nstring, one_line, words};
use crate::PartRef;
use crate::header::Field;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The fields of a message that IMAP tells in an ENVELOPE, nothing decoded. In text for people one
/// space stands for all white space.
///
/// Of several address fields of the same name all addresses are told, so that none can be hidden
/// behind another; of other fields the last counts, as in Dovecot.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Envelope<'a> {
    /// Date.
    pub date: Option<Cow<'a, [u8]>>,
    /// Subject.
    pub subject: Option<Cow<'a, [u8]>>,
    /// From.
    pub from: Vec<EnvelopeAddress>,
    /// Sender; where there is none, From.
    pub sender: Vec<EnvelopeAddress>,
    /// Reply-To; where there is none, From.
    pub reply_to: Vec<EnvelopeAddress>,
    /// To.
    pub to: Vec<EnvelopeAddress>,
    /// Cc.
    pub cc: Vec<EnvelopeAddress>,
    /// Bcc.
    pub bcc: Vec<EnvelopeAddress>,
    /// In-Reply-To.
    pub in_reply_to: Option<Cow<'a, [u8]>>,
    /// Message-ID.
    pub message_id: Option<Cow<'a, [u8]>>,
}

impl<'a> Envelope<'a> {
    /// The envelope of a message with these fields.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = Field<'a>>) -> Self {
        let mut envelope = Self::default();
        for field in fields {
            envelope.add(field);
        }
        for list in [&mut envelope.sender, &mut envelope.reply_to] {
            if list.is_empty() {
                list.clone_from(&envelope.from);
            }
        }
        envelope
    }

    fn add(&mut self, field: Field<'a>) {
        let name = field.name();
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        let list = match name.len() {
            4 if is("from") => &mut self.from,
            6 if is("sender") => &mut self.sender,
            8 if is("reply-to") => &mut self.reply_to,
            2 if is("to") => &mut self.to,
            2 if is("cc") => &mut self.cc,
            3 if is("bcc") => &mut self.bcc,
            _ => {
                let text = match name.len() {
                    4 if is("date") => &mut self.date,
                    7 if is("subject") => {
                        self.subject = Some(subject(field));
                        return;
                    }
                    11 if is("in-reply-to") => &mut self.in_reply_to,
                    10 if is("message-id") => &mut self.message_id,
                    _ => return,
                };
                *text = Some(one_line(field.value()));
                return;
            }
        };
        list.extend(envelope_addresses(&one_line(field.value())).into_iter().map(|mut address| {
            address.name = address.name.map(|name| words(&name).into_owned());
            address
        }));
    }

    /// Writes it as IMAP has it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'(');
        nstring(self.date.as_deref(), out);
        out.push(b' ');
        nstring(self.subject.as_deref(), out);
        for list in [&self.from, &self.sender, &self.reply_to, &self.to, &self.cc, &self.bcc] {
            out.push(b' ');
            addresses(list, out);
        }
        out.push(b' ');
        nstring(self.in_reply_to.as_deref(), out);
        out.push(b' ');
        nstring(self.message_id.as_deref(), out);
        out.push(b')');
    }
}

fn subject(field: Field<'_>) -> Cow<'_, [u8]> {
    match one_line(field.value()) {
        Cow::Borrowed(line) => words(line),
        Cow::Owned(line) => Cow::Owned(words(&line).into_owned()),
    }
}

fn addresses(list: &[EnvelopeAddress], out: &mut Vec<u8>) {
    if list.is_empty() {
        return out.extend_from_slice(b"NIL");
    }
    out.push(b'(');
    for address in list {
        let all = [&address.name, &address.route, &address.mailbox, &address.host];
        for (at, text) in all.into_iter().enumerate() {
            out.push(if at == 0 { b'(' } else { b' ' });
            nstring(text.as_deref(), out);
        }
        out.push(b')');
    }
    out.push(b')');
}

/// The ENVELOPE of a message: the whole one, or one inside.
///
/// ```
/// use mailwire_message::{Message, imap};
///
/// let message = Message::parse(b"From: J <j@example.org>\r\nSubject: hi\r\n\r\n");
/// let mut out = Vec::new();
/// imap::envelope(message.root()).write(&mut out);
/// let from = "((\"J\" NIL \"j\" \"example.org\"))";
/// let told = format!("(NIL \"hi\" {from} {from} {from} NIL NIL NIL NIL NIL)");
/// assert_eq!(out, told.as_bytes());
/// ```
#[must_use]
pub fn envelope<'a>(message: PartRef<'_, 'a>) -> Envelope<'a> {
    Envelope::of(message.whole_fields())
}
