//! One message to some recipients, with a result for each.

use super::{Connection, Event, Id};
use crate::Misuse;
use crate::types::{Command, Extensions, ForwardPath, Mail, Params, Rcpt, Reply, ReversePath};
use alloc::string::ToString;
use alloc::vec::Vec;

/// What is known of a message before it is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// Who is told when it fails.
    pub from: ReversePath<'a>,
    /// Who is to have it.
    pub to: Vec<ForwardPath<'a>>,
    /// Its size in octets with line ends as CRLF, if that is known: a server that offers SIZE is
    /// told, and one whose limit is lower is not asked.
    pub size: Option<u64>,
    /// Whether it has octets beyond US-ASCII in its body: needs 8BITMIME.
    pub eight_bit: bool,
    /// Whether it has them in its header: needs SMTPUTF8. Addresses are looked at anyway.
    pub utf8: bool,
}

impl<'a> Envelope<'a> {
    /// From one to some, of unknown size, in US-ASCII.
    #[must_use]
    pub fn new(from: ReversePath<'a>, to: Vec<ForwardPath<'a>>) -> Self {
        Self { from, to, size: None, eight_bit: false, utf8: false }
    }

    fn needs_utf8(&self) -> bool {
        self.utf8 || self.from.is_utf8() || self.to.iter().any(ForwardPath::is_utf8)
    }

    /// The parameters of MAIL, or why this server cannot take it.
    fn params(&self, offered: Option<&Extensions>) -> Result<Params<'static>, Unsendable> {
        let has = |keyword| offered.is_some_and(|all| all.has(keyword));
        let mut params = Params::default();
        // The keywords differ and are well formed.
        let mut add = |keyword, value: Option<&str>| {
            if let Ok(more) = core::mem::take(&mut params).with(keyword, value) {
                params = more;
            }
        };
        if let (Some(size), Some(max)) = (self.size, offered.and_then(Extensions::size)) {
            if let Some(max) = max.filter(|&max| size > max) {
                return Err(Unsendable::TooBig(max));
            }
            add("SIZE", Some(&size.to_string()));
        }
        if self.eight_bit {
            if !has("8BITMIME") {
                return Err(Unsendable::EightBit);
            }
            add("BODY", Some("8BITMIME"));
        }
        if self.needs_utf8() {
            if !has("SMTPUTF8") {
                return Err(Unsendable::Utf8);
            }
            add("SMTPUTF8", None);
        }
        Ok(params)
    }
}

/// Why a message cannot be sent to this server, however often it is tried. Nothing was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsendable {
    /// It is larger than the server takes.
    #[error("the server takes no message of more than {0} octets")]
    TooBig(u64),
    /// It has octets beyond US-ASCII: encode it to seven bits, or give it up.
    #[error("the server does not offer 8BITMIME")]
    EightBit,
    /// An address or its header is beyond US-ASCII.
    #[error("the server does not offer SMTPUTF8")]
    Utf8,
    /// There is nobody to send it to.
    #[error("the message has no recipients")]
    NoRecipients,
    /// The caller's mistake.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// What became of the message for one recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server is responsible for it.
    Accepted(Reply<'static>),
    /// The server refused it: try again later if the code is transient, give up if not.
    Refused(Reply<'static>),
}

/// What an event meant to a [`Transaction`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// Nothing: it is about something else.
    NotMine,
    /// It was noted; more is to come.
    Going,
    /// Send the message now: `send_body` and `end_body` of the connection.
    SendBody,
    /// The outcome for each recipient is known.
    Done,
}

/// Sends one message to some recipients and collects what becomes of it for each.
///
/// All commands are queued at once and leave as the server allows. When nobody is left to send the
/// message to, it is not asked for and the transaction is reset.
///
/// A connection that ends meanwhile leaves it unfinished: with [`Error::Uncertain`] the recipients
/// in [`accepted`](Self::accepted) may or may not have it.
///
/// [`Error::Uncertain`]: crate::Error::Uncertain
#[derive(Debug)]
pub struct Transaction {
    mail: Id,
    data: Id,
    recipients: Vec<Recipient>,
    /// Answers to RCPT that have come.
    answered: usize,
    mail_refused: Option<Reply<'static>>,
    done: bool,
}

#[derive(Debug)]
struct Recipient {
    id: Id,
    answer: Option<Reply<'static>>,
    outcome: Option<Outcome>,
}

impl Transaction {
    /// Queues MAIL, a RCPT for each recipient, and DATA.
    ///
    /// # Errors
    ///
    /// When this server cannot take the message, or the connection cannot begin a transaction.
    pub fn begin(conn: &mut Connection, envelope: &Envelope<'_>) -> Result<Self, Unsendable> {
        if envelope.to.is_empty() {
            return Err(Unsendable::NoRecipients);
        }
        let params = envelope.params(conn.extensions())?;
        let mail = conn.send(&Command::Mail(Mail { from: envelope.from.clone(), params }))?;
        let mut recipients = Vec::new();
        for to in &envelope.to {
            let rcpt = Rcpt { to: to.clone(), params: Params::default() };
            let id = conn.send(&Command::Rcpt(rcpt))?;
            recipients.push(Recipient { id, answer: None, outcome: None });
        }
        let data = conn.send(&Command::Data)?;
        Ok(Self { mail, data, recipients, answered: 0, mail_refused: None, done: false })
    }

    /// Looks at an event. Give it every event until it is [`Progress::Done`].
    ///
    /// # Errors
    ///
    /// Those of [`Connection::send`] when the transaction must be reset.
    pub fn see(&mut self, conn: &mut Connection, event: &Event<'_>) -> Result<Progress, Misuse> {
        let (to, reply) = match event {
            Event::SendBody { to } if *to == self.data => return Ok(Progress::SendBody),
            Event::Reply { to, reply } => (*to, reply),
            _ => return Ok(Progress::NotMine),
        };
        if to == self.mail {
            if !reply.is_positive() {
                self.mail_refused = Some(reply.clone().into_owned());
            }
            return Ok(Progress::Going);
        }
        if to == self.data {
            return self.data_answered(conn, reply);
        }
        // They are answered in the order they were sent.
        match self.recipients.get_mut(self.answered) {
            Some(recipient) if recipient.id == to => {
                recipient.answer = Some(reply.clone().into_owned());
                self.answered += 1;
                Ok(Progress::Going)
            }
            _ => Ok(Progress::NotMine),
        }
    }

    /// What became of it for each recipient, in the order of the envelope; `None` where that is
    /// not known (yet).
    pub fn outcomes(&self) -> impl ExactSizeIterator<Item = Option<&Outcome>> {
        self.recipients.iter().map(|recipient| recipient.outcome.as_ref())
    }

    /// Whether the server accepted each recipient, in the order of the envelope.
    pub fn accepted(&self) -> impl ExactSizeIterator<Item = bool> {
        self.recipients
            .iter()
            .map(|recipient| recipient.answer.as_ref().is_some_and(Reply::is_positive))
    }

    /// Whether the outcome for each recipient is known.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// DATA was refused, or the message answered.
    fn data_answered(
        &mut self,
        conn: &mut Connection,
        reply: &Reply<'_>,
    ) -> Result<Progress, Misuse> {
        for recipient in &mut self.recipients {
            let refused = match (&self.mail_refused, &recipient.answer) {
                (Some(mail), _) => Some(mail),
                (None, Some(answer)) if !answer.is_positive() => Some(answer),
                _ => None,
            };
            recipient.outcome = Some(match refused {
                Some(refused) => Outcome::Refused(refused.clone()),
                None if reply.is_positive() => Outcome::Accepted(reply.clone().into_owned()),
                None => Outcome::Refused(reply.clone().into_owned()),
            });
        }
        self.done = true;
        if conn.is_open(self.mail) {
            conn.send(&Command::Rset)?;
        }
        Ok(Progress::Done)
    }
}
