//! One message to some recipients, with a result for each.

use super::{Connection, Event, Id};
use crate::types::{
    BodyType, Command, Extensions, ForwardPath, Mail, Parameter, Params, Protocol, Rcpt, Reply,
    ReversePath,
};
use crate::{Error, Misuse, Security};
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
    /// Whether it has lines that are too long, NUL, or line ends that must not be touched: needs
    /// BINARYMIME and CHUNKING.
    pub binary: bool,
    /// Whether octets beyond US-ASCII stand in its header: needs SMTPUTF8. Addresses are looked at
    /// anyway.
    pub utf8: bool,
    /// Whether it may go no further than TLS goes (RFC 8689): needs REQUIRETLS, on TLS.
    pub require_tls: bool,
    /// Whether it is sent in chunks (BDAT) where the server offers that. Default no.
    pub prefer_chunks: bool,
    /// Whether an answer for each recipient is asked for where the server offers PRDR. Default no.
    pub prefer_prdr: bool,
    /// More parameters of MAIL: RET, ENVID, AUTH, BY and the like. Those of DSN are left out where the
    /// server does not offer it, which [`Transaction::without_dsn`] tells; others must be offered.
    pub mail_params: Params<'a>,
    /// Parameters of RCPT, for each of `to`: NOTIFY, ORCPT, RRVS. None where there are fewer.
    pub rcpt_params: Vec<Params<'a>>,
}

impl<'a> Envelope<'a> {
    /// From one to some, of unknown size, in US-ASCII.
    #[must_use]
    pub fn new(from: ReversePath<'a>, to: Vec<ForwardPath<'a>>) -> Self {
        Self {
            from,
            to,
            size: None,
            eight_bit: false,
            binary: false,
            utf8: false,
            require_tls: false,
            prefer_chunks: false,
            prefer_prdr: false,
            mail_params: Params::default(),
            rcpt_params: Vec::new(),
        }
    }

    fn needs_utf8(&self) -> bool {
        self.utf8 || self.from.is_utf8() || self.to.iter().any(ForwardPath::is_utf8)
    }

    /// The parameters of MAIL, or why this server cannot take it.
    fn params(&self, conn: &Connection) -> Result<Params<'static>, Unsendable> {
        let offered = conn.extensions();
        let has = |keyword| offered.is_some_and(|all| all.has(keyword));
        let mut params = for_this(&self.mail_params, has("DSN"));
        let mut add = |parameter: Parameter<'_>| -> Result<(), Unsendable> {
            // What the application has added itself stands.
            if params.has(parameter.keyword()) {
                return Ok(());
            }
            params = core::mem::take(&mut params)
                .with_parameter(&parameter)
                .map_err(|_| Unsendable::Misuse(Misuse::TooLong))?;
            Ok(())
        };
        if let (Some(size), Some(max)) = (self.size, offered.and_then(Extensions::size)) {
            if let Some(max) = max.filter(|&max| size > max) {
                return Err(Unsendable::TooBig(max));
            }
            add(Parameter::Size(size))?;
        }
        if self.binary {
            if !has("BINARYMIME") || !has("CHUNKING") {
                return Err(Unsendable::Binary);
            }
            add(Parameter::Body(BodyType::BinaryMime))?;
        } else if self.eight_bit {
            if !has("8BITMIME") {
                return Err(Unsendable::EightBit);
            }
            add(Parameter::Body(BodyType::EightBitMime))?;
        }
        if self.needs_utf8() {
            if !has("SMTPUTF8") {
                return Err(Unsendable::Utf8);
            }
            add(Parameter::SmtpUtf8)?;
        }
        if self.require_tls {
            if !has("REQUIRETLS") || conn.security() == Security::Plain {
                return Err(Unsendable::RequireTls);
            }
            add(Parameter::RequireTls)?;
        }
        if self.prefer_prdr && has("PRDR") {
            add(Parameter::Prdr)?;
        }
        Ok(params)
    }

    /// Whether the server takes so many, as far as LIMITS says.
    fn fits(&self, conn: &Connection) -> Result<(), Unsendable> {
        let offered = conn.extensions();
        let limits = offered.and_then(Extensions::limits);
        if let Some(max) = limits.and_then(|limits| limits.rcpt_max()) {
            if self.to.len() as u64 > max {
                return Err(Unsendable::TooManyRecipients(max));
            }
        }
        if conn.used.mail_is_full(offered) {
            return Err(Unsendable::TooManyMessages);
        }
        if !conn.used.domains_fit(&self.to, offered) {
            return Err(Unsendable::TooManyDomains);
        }
        Ok(())
    }
}

/// Parameters, without those of DSN when the server does not offer that.
fn for_this(params: &Params<'_>, dsn: bool) -> Params<'static> {
    let mut kept = Params::default();
    for param in params.iter() {
        let of_dsn = crate::rules::extension_of(&param).0 == "DSN";
        if !of_dsn || dsn {
            // They were a list before.
            let more = core::mem::take(&mut kept).with(param.keyword, param.value);
            kept = more.unwrap_or_default();
        }
    }
    kept
}

/// Why a message cannot be sent to this server on this connection. Nothing was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsendable {
    /// It is larger than the server takes.
    #[error("the server takes no message of more than {0} octets")]
    TooBig(u64),
    /// It has octets beyond US-ASCII: encode it to seven bits, or give it up.
    #[error("the server does not offer 8BITMIME")]
    EightBit,
    /// It is binary: encode it to lines, or give it up.
    #[error("the server does not offer BINARYMIME")]
    Binary,
    /// An address or its header is beyond US-ASCII.
    #[error("the server does not offer SMTPUTF8")]
    Utf8,
    /// It may go no further than TLS goes.
    #[error("the server does not offer REQUIRETLS, or not on TLS")]
    RequireTls,
    /// It has more recipients than the server takes at a time: send it to some, then to others.
    #[error("the server takes no more than {0} recipients of a message")]
    TooManyRecipients(u64),
    /// The server takes no more messages on this connection: make another.
    #[error("the server takes no more messages on this connection")]
    TooManyMessages,
    /// The server takes no more domains of recipients on this connection: make another, for each.
    #[error("the server takes no recipients of more domains on this connection")]
    TooManyDomains,
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
    /// The connection ended before the message was sent whole: try again.
    Unsent,
    /// The connection ended after the message was sent and before it was answered: it may or may not
    /// be delivered, and trying again may deliver it twice.
    Uncertain,
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
    /// Where the answer to the message comes: the DATA, or the chunks when they are begun.
    data: Option<Id>,
    recipients: Vec<Recipient>,
    /// Answers to RCPT that have come.
    answered: usize,
    mail_refused: Option<Reply<'static>>,
    chunks: Option<Binary>,
    without_dsn: bool,
    lmtp: bool,
    done: bool,
}

/// Whether chunks are sent as they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Binary {
    Yes,
    No,
}

#[derive(Debug)]
struct Recipient {
    id: Id,
    answer: Option<Reply<'static>>,
    outcome: Option<Outcome>,
}

impl Transaction {
    /// Queues MAIL, a RCPT for each recipient, and DATA, or chunks where the envelope asks for them.
    ///
    /// # Errors
    ///
    /// When this server cannot take the message, or the connection cannot begin a transaction.
    pub fn begin(conn: &mut Connection, envelope: &Envelope<'_>) -> Result<Self, Unsendable> {
        if envelope.to.is_empty() {
            return Err(Unsendable::NoRecipients);
        }
        envelope.fits(conn)?;
        let params = envelope.params(conn)?;
        let has = |keyword| conn.extensions().is_some_and(|all| all.has(keyword));
        let dsn = has("DSN");
        let chunks = match envelope.binary {
            true => Some(Binary::Yes),
            false => (envelope.prefer_chunks && has("CHUNKING")).then_some(Binary::No),
        };
        let rcpts = envelope.to.iter().enumerate().map(|(n, to)| {
            let params = envelope.rcpt_params.get(n).map(|params| for_this(params, dsn));
            Rcpt { to: to.clone(), params: params.unwrap_or_default() }
        });
        let rcpts: Vec<Rcpt<'_>> = rcpts.collect();
        let offered =
            |rcpt: &Rcpt<'_>| conn.params_offered(&rcpt.params, crate::rules::Place::Rcpt);
        if !rcpts.iter().all(offered) {
            return Err(Misuse::NotOffered.into());
        }
        let mail = Mail { from: envelope.from.clone(), params };
        let mail = conn.send(&Command::Mail(mail))?;
        let mut recipients = Vec::new();
        for rcpt in rcpts {
            let id = conn.send(&Command::Rcpt(rcpt))?;
            recipients.push(Recipient { id, answer: None, outcome: None });
        }
        let data = match chunks {
            None => Some(conn.send(&Command::Data)?),
            Some(_) => None,
        };
        let is_dsn = |params: &Params<'_>| {
            params.iter().any(|param| crate::rules::extension_of(&param).0 == "DSN")
        };
        let asked = is_dsn(&envelope.mail_params) || envelope.rcpt_params.iter().any(is_dsn);
        Ok(Self {
            mail,
            data,
            recipients,
            answered: 0,
            mail_refused: None,
            chunks,
            without_dsn: asked && !dsn,
            lmtp: conn.config.protocol == Protocol::Lmtp,
            done: false,
        })
    }

    /// Looks at an event. Give it every event until it is [`Progress::Done`].
    ///
    /// # Errors
    ///
    /// Those of [`Connection::send`] when the transaction must be reset.
    pub fn see(&mut self, conn: &mut Connection, event: &Event<'_>) -> Result<Progress, Misuse> {
        let (to, reply) = match event {
            Event::SendBody { to } if Some(*to) == self.data => return Ok(Progress::SendBody),
            Event::RecipientReply { to, recipient, reply } if Some(*to) == self.data => {
                return Ok(self.recipient_answered(*recipient, reply));
            }
            Event::Reply { to, reply } => (*to, reply),
            _ => return Ok(Progress::NotMine),
        };
        if to == self.mail {
            if !reply.is_positive() {
                self.mail_refused = Some(reply.clone().into_owned());
            }
            return Ok(Progress::Going);
        }
        if Some(to) == self.data {
            return self.data_answered(conn, Some(reply));
        }
        // They are answered in the order they were sent.
        match self.recipients.get_mut(self.answered) {
            Some(recipient) if recipient.id == to => {
                recipient.answer = Some(reply.clone().into_owned());
                self.answered += 1;
            }
            _ => return Ok(Progress::NotMine),
        }
        match self.chunks {
            Some(binary) if self.answered == self.recipients.len() && !conn.is_closed() => {
                if !self.accepted().any(|accepted| accepted) || self.mail_refused.is_some() {
                    return self.data_answered(conn, None);
                }
                self.data = Some(conn.begin_chunks(binary == Binary::Yes)?);
                Ok(Progress::SendBody)
            }
            _ => Ok(Progress::Going),
        }
    }

    /// Says that the connection ended, by an error or without: what is not known of a recipient
    /// becomes [`Outcome::Uncertain`] where the message was sent whole, else
    /// [`Outcome::Unsent`].
    pub fn ended(&mut self, error: Option<&Error>) {
        let lost = match error {
            Some(Error::Uncertain) => Outcome::Uncertain,
            _ => Outcome::Unsent,
        };
        for recipient in &mut self.recipients {
            let refused = refusal(self.mail_refused.as_ref(), recipient);
            let outcome = refused.map(|refused| Outcome::Refused(refused.clone()));
            recipient.outcome.get_or_insert_with(|| outcome.unwrap_or_else(|| lost.clone()));
        }
        self.done = true;
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

    /// Whether the envelope asked for notices and the server knows nothing of them: with its yes,
    /// who asked for notices of success is to be told that the message was relayed (RFC 3461
    /// section 5.2.2).
    #[must_use]
    pub fn without_dsn(&self) -> bool {
        self.without_dsn
    }

    /// The message was answered for one recipient.
    fn recipient_answered(&mut self, rcpt: Id, reply: &Reply<'_>) -> Progress {
        let Some(recipient) = self.recipients.iter_mut().find(|it| it.id == rcpt) else {
            return Progress::NotMine;
        };
        recipient.outcome = Some(outcome(reply));
        if !self.lmtp {
            return Progress::Going;
        }
        let mail = self.mail_refused.as_ref();
        let open = |it: &Recipient| it.outcome.is_none() && refusal(mail, it).is_none();
        if self.recipients.iter().any(open) {
            return Progress::Going;
        }
        self.ended(None);
        Progress::Done
    }

    /// DATA was refused, or the message answered; or there is nobody to send it to.
    fn data_answered(
        &mut self,
        conn: &mut Connection,
        reply: Option<&Reply<'_>>,
    ) -> Result<Progress, Misuse> {
        let no = reply.filter(|reply| !reply.is_positive());
        for recipient in &mut self.recipients {
            let refused = refusal(self.mail_refused.as_ref(), recipient);
            let refused = refused.map(|refused| Outcome::Refused(refused.clone()));
            // By PRDR each was answered for; a no to all is one to each.
            let own = recipient.outcome.take().filter(|_| no.is_none());
            recipient.outcome = refused.or(own).or_else(|| reply.map(outcome));
        }
        self.done = true;
        if conn.is_open(self.mail) {
            conn.send(&Command::Rset)?;
        }
        Ok(Progress::Done)
    }
}

fn outcome(reply: &Reply<'_>) -> Outcome {
    let owned = reply.clone().into_owned();
    if reply.is_positive() { Outcome::Accepted(owned) } else { Outcome::Refused(owned) }
}

/// Why a recipient cannot have the message, whatever is answered to it.
fn refusal<'a>(
    mail: Option<&'a Reply<'static>>,
    recipient: &'a Recipient,
) -> Option<&'a Reply<'static>> {
    mail.or_else(|| recipient.answer.as_ref().filter(|answer| !answer.is_positive()))
}
