//! One delivery: from the queue to a server, and back to the queue with what became of it.

use super::{LOCAL, Relay, jitter, now};
use crate::office::{Office, PIECE};
use examples::courier::{Failure, Sent};
use mailwire_smtp::Invalid;
use mailwire_smtp::client::{self, Unsendable};
use mailwire_smtp::queue::{self, Attempt, Outcome, Reason, Recipient};
use mailwire_smtp::types::{ForwardPath, Orcpt, Parameter, Params, Protocol, Reply, ReversePath};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use tokio::task::block_in_place;

/// By how many Received fields a circle is known (RFC 5321 section 6.3).
const MAX_HOPS: usize = 100;

/// What is sent.
struct Mail {
    from: String,
    mail_params: Params<'static>,
    to: Vec<Recipient>,
    file: File,
    size: u64,
    looks: Looks,
}

impl Relay {
    /// Tries, and says how it went.
    pub(super) async fn deliver(&self, office: &Office, attempt: Attempt) {
        let all = |outcome: Outcome| vec![outcome; attempt.recipients.len()];
        let mail = match block_in_place(|| self.mail(&attempt)) {
            Ok(mail) => mail,
            Err(error) => {
                let reason = ours("4.3.0", format!("the message cannot be read: {error}"));
                return self.finish(&attempt, &all(Outcome::Temporary(reason)), None);
            }
        };
        if let Some(name) = attempt.destination.strip_prefix(LOCAL) {
            let outcome = match block_in_place(|| to_us(office, name, &mail.file)) {
                Ok(()) => Outcome::Delivered,
                Err(error) => Outcome::Temporary(ours("4.3.0", error.to_string())),
            };
            return self.finish(&attempt, &all(outcome), None);
        }
        if mail.looks.hops > MAX_HOPS {
            let reason = ours("5.4.6", "it goes in a circle".into());
            return self.finish(&attempt, &all(Outcome::Permanent(reason)), None);
        }
        let Some(server) = self.routes.server(&attempt.destination) else {
            let reason = ours("5.4.4", "there is no way to the domain".into());
            return self.finish(&attempt, &all(Outcome::Permanent(reason)), None);
        };
        let envelope = match envelope(&mail) {
            Ok(envelope) => envelope,
            Err(error) => {
                let reason = ours("5.1.3", error.to_string());
                return self.finish(&attempt, &all(Outcome::Permanent(reason)), None);
            }
        };
        let mut file = &mail.file;
        match server.send(&envelope, &mut file, |_| {}).await {
            Ok(sent) => {
                let is_final = server.protocol == Protocol::Lmtp;
                self.finish(&attempt, &outcomes(&sent, is_final, &server.host), None);
            }
            Err(Failure::Unsendable(Unsendable::TooManyRecipients(most))) => {
                self.finish(&attempt, &all(Outcome::TooMany), u32::try_from(most).ok());
            }
            Err(Failure::Unsendable(why)) => {
                let status = match why {
                    Unsendable::TooBig(_) => "5.3.4",
                    Unsendable::Utf8 => "5.6.7",
                    Unsendable::EightBit | Unsendable::Binary => "5.6.3",
                    Unsendable::RequireTls => "5.7.30",
                    _ => "5.3.0",
                };
                let reason = Reason { host: server.host, ..ours(status, why.to_string()) };
                self.finish(&attempt, &all(Outcome::Permanent(reason)), None);
            }
            Err(Failure::Refused(reply)) => {
                self.unreachable(&attempt, &reason(&reply, &server.host));
            }
            Err(error) => {
                let reason = Reason { host: server.host, ..ours("4.4.1", error.to_string()) };
                self.unreachable(&attempt, &reason);
            }
        }
    }

    fn mail(&self, attempt: &Attempt) -> io::Result<Mail> {
        let spool = self.spool();
        let message = spool.queue.message(attempt.message).ok_or(io::ErrorKind::NotFound)?;
        let path = spool.path(attempt.message);
        let queued = attempt.recipients.iter().filter_map(|&at| message.recipients.get(at));
        let to = queued.map(|queued| queued.recipient.clone()).collect();
        let from = message.envelope.from.clone();
        let mail_params = mail_params(&message.envelope).map_err(io::Error::other)?;
        drop(spool);
        let mut file = File::open(path)?;
        let looks = look(&file)?;
        file.rewind()?;
        let size = file.metadata()?.len();
        Ok(Mail { from, mail_params, to, file, size, looks })
    }

    fn finish(&self, attempt: &Attempt, outcomes: &[Outcome], most: Option<u32>) {
        let mut spool = self.spool();
        spool.queue.finish(now(), attempt.id, outcomes, jitter());
        if most.is_some() {
            spool.queue.limit(&attempt.destination, most);
        }
        drop(spool);
        // What the log is to say is written before anything follows from it.
        self.wake.notify_one();
    }

    fn unreachable(&self, attempt: &Attempt, reason: &Reason) {
        self.spool().queue.unreachable(now(), attempt.id, reason, jitter());
        self.wake.notify_one();
    }
}

/// What we have to say ourselves.
fn ours(status: &str, text: String) -> Reason {
    Reason { status: status.into(), text, ..Reason::default() }
}

/// Into the INBOX of one of us.
fn to_us(office: &Office, name: &str, mut file: &File) -> io::Result<()> {
    let user = office.local(name).ok_or(io::ErrorKind::NotFound)?;
    let inbox = user.mail.inbox()?;
    let mut draft = inbox.draft()?;
    let mut piece = vec![0; PIECE];
    loop {
        let n = file.read(&mut piece)?;
        match piece.get(..n) {
            None | Some([]) => break,
            Some(piece) => draft.write(piece)?,
        }
    }
    draft.finish(None)?;
    inbox.deliver(&draft)
}

/// What a message asks of servers.
struct Looks {
    /// It has octets beyond US-ASCII.
    eight_bit: bool,
    /// Its header has.
    utf8: bool,
    /// How many servers have passed it on.
    hops: usize,
}

fn look(file: &File) -> io::Result<Looks> {
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let (mut beyond, mut in_header, mut line) = (false, true, Vec::new());
    let mut hops = 0;
    while in_header {
        line.clear();
        // A line that is longer than any may be is looked at in pieces.
        reader.by_ref().take(64 * 1024).read_until(b'\n', &mut line)?;
        in_header = !matches!(line.as_slice(), [] | b"\r\n" | b"\n");
        beyond |= !line.is_ascii();
        hops += usize::from(line.get(..9).is_some_and(|it| it.eq_ignore_ascii_case(b"Received:")));
    }
    let header = beyond;
    loop {
        let piece = reader.fill_buf()?;
        beyond |= !piece.is_ascii();
        let n = piece.len();
        if n == 0 || beyond {
            return Ok(Looks { eight_bit: beyond, utf8: header, hops });
        }
        reader.consume(n);
    }
}

fn mail_params(envelope: &queue::Envelope) -> Result<Params<'static>, Invalid> {
    let mut params = Params::default();
    if let Some(ret) = envelope.ret {
        params = params.with_parameter(&Parameter::Ret(ret))?;
    }
    if let Some(id) = &envelope.envid {
        params = params.with_parameter(&Parameter::EnvId(id.as_str().into()))?;
    }
    Ok(params.into_owned())
}

fn envelope(mail: &Mail) -> Result<client::Envelope<'_>, Invalid> {
    let to = mail.to.iter().map(|it| ForwardPath::new(it.address.as_str()));
    let from = ReversePath::new(mail.from.as_str())?;
    let mut envelope = client::Envelope::new(from, to.collect::<Result<_, _>>()?);
    envelope.size = Some(mail.size);
    envelope.eight_bit = mail.looks.eight_bit;
    envelope.utf8 = mail.looks.utf8;
    envelope.mail_params = mail.mail_params.clone();
    for recipient in &mail.to {
        let mut params = Params::default();
        if let Some(notify) = recipient.notify {
            params = params.with_parameter(&Parameter::Notify(notify))?;
        }
        if let Some((kind, address)) = recipient.orcpt.as_deref().and_then(|it| it.split_once(';'))
        {
            params = params.with_parameter(&Parameter::Orcpt(Orcpt::new(kind, address)?))?;
        }
        envelope.rcpt_params.push(params.into_owned());
    }
    Ok(envelope)
}

fn outcomes(sent: &Sent, is_final: bool, host: &str) -> Vec<Outcome> {
    let any = sent.outcomes.iter().any(|it| matches!(it, client::Outcome::Accepted(_)));
    let outcome = |outcome: &client::Outcome| match outcome {
        client::Outcome::Accepted(_) if is_final => Outcome::Delivered,
        client::Outcome::Accepted(_) => Outcome::Relayed { dsn: sent.tells },
        // RFC 5321 section 4.5.3.1.10; many say 452 without more.
        client::Outcome::Refused(reply) if any && reply.code().get() == 452 => Outcome::TooMany,
        client::Outcome::Refused(reply) if reply.code().get() >= 500 => {
            Outcome::Permanent(reason(reply, host))
        }
        client::Outcome::Refused(reply) => Outcome::Temporary(reason(reply, host)),
        lost => {
            let text = "the connection was lost".into();
            let reason = Reason { status: "4.4.2".into(), text, host: host.into(), code: 0 };
            match lost {
                client::Outcome::Uncertain => Outcome::Uncertain(reason),
                _ => Outcome::Temporary(reason),
            }
        }
    };
    sent.outcomes.iter().map(outcome).collect()
}

fn reason(reply: &Reply<'_>, host: &str) -> Reason {
    let class = reply.code().get() / 100;
    let status = reply.enhanced().map(|it| format!("{class}.{}.{}", it.subject, it.detail));
    Reason {
        code: reply.code().get(),
        status: status.unwrap_or_default(),
        text: reply.text(),
        host: host.into(),
    }
}
