//! SMTP and submission: takes mail for our users from anyone, and for others from our users if there
//! is a way to them. Nothing is added to a message for us: it is read as it was sent, to the octet.

use crate::listen::Service;
use crate::office::{Login, Office, PENALTY, User};
use crate::relay;
use examples::maildir::Draft;
use examples::tls::random_word;
use examples::{Link, Next, unix_now};
use mailwire_message::build::Date;
use mailwire_sasl::ChannelBinding;
use mailwire_smtp::server::{Authentication, Connection, Event};
use mailwire_smtp::types::{Code, ForwardPath, Mailbox, Notify, Rcpt, Reply, Ret};
use mailwire_smtp::{Misuse, Security, queue};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::block_in_place;
use tokio::time::sleep;

/// One connection of a client.
pub(crate) struct Session<'o> {
    office: &'o Office,
    conn: Connection,
    /// Whether mail is taken only from our own users.
    submission: bool,
    authentication: Authentication,
    bindings: Vec<ChannelBinding>,
    /// Where the client is.
    peer: SocketAddr,
    from: String,
    envid: Option<String>,
    ret: Option<Ret>,
    /// Whether each recipient is answered for.
    lmtp: bool,
    /// Who gets the message at once.
    recipients: Vec<Arc<User>>,
    /// Which of them each RCPT that was accepted means; none of them: the queue has it.
    meant: Vec<Option<usize>>,
    /// Who gets it through the queue.
    queued: Vec<queue::Recipient>,
    /// The message as it comes in, for the one and for the other.
    draft: Option<io::Result<Drafts>>,
    /// Whether the client is to wait.
    penalty: bool,
}

impl<'o> Session<'o> {
    pub(crate) fn new(
        office: &'o Office,
        conn: Connection,
        service: Service,
        peer: SocketAddr,
    ) -> Self {
        Self {
            office,
            conn,
            submission: matches!(service, Service::Submission | Service::Submissions),
            authentication: Authentication::default(),
            bindings: Vec::new(),
            peer,
            from: String::new(),
            envid: None,
            ret: None,
            lmtp: service == Service::Lmtp,
            recipients: Vec::new(),
            meant: Vec::new(),
            queued: Vec::new(),
            draft: None,
            penalty: false,
        }
    }

    /// Serves the client until it or the server has had enough.
    pub(crate) async fn run(mut self, mut link: Link) -> Result<(), Box<dyn Error + Send + Sync>> {
        let result = self.talk(&mut link).await;
        link.close(&mut self.conn).await;
        result
    }

    async fn talk(&mut self, link: &mut Link) -> Result<(), Box<dyn Error + Send + Sync>> {
        loop {
            self.bindings = link.server_bindings(&self.office.tls);
            while let Some(event) = self.conn.receive(&mut link.rx)? {
                self.answer(event)?;
            }
            if std::mem::take(&mut self.penalty) {
                sleep(PENALTY).await;
            }
            match link.turn(&mut self.conn).await? {
                Next::Tls => link.accept_tls(&mut self.conn, &self.office.tls.server).await?,
                Next::Receive => {}
                Next::Reply | Next::Deflate | Next::Close => return Ok(()),
            }
        }
    }

    fn answer(&mut self, event: Event<'_>) -> Result<(), Misuse> {
        match event {
            Event::Mail(_) if self.submission && !self.conn.session().is_authenticated() => {
                let text = "5.7.0 authentication required";
                self.conn.reply(&Reply::new(Code::AUTHENTICATION_REQUIRED, text))
            }
            Event::Mail(mail) => {
                self.recipients.clear();
                self.meant.clear();
                self.queued.clear();
                self.from = mail.from.as_str().to_owned();
                self.envid = mail.params.env_id().map(Into::into);
                self.ret = mail.params.ret();
                self.conn.accept()
            }
            Event::Rcpt(rcpt) => self.recipient(&rcpt),
            Event::Data => {
                if self.recipients.is_empty() && self.queued.is_empty() {
                    return self.conn.accept();
                }
                match block_in_place(|| self.begin()) {
                    Ok(drafts) => {
                        self.draft = Some(Ok(drafts));
                        self.conn.accept()
                    }
                    Err(error) => self.trouble(&error),
                }
            }
            Event::Body(piece) => {
                if let Some(Ok(drafts)) = &mut self.draft {
                    if let Err(error) = drafts.write(piece) {
                        self.draft = Some(Err(error));
                    }
                }
                Ok(())
            }
            Event::Etrn(domain) => {
                let relay = self.office.relay.as_ref();
                let allowed = self.conn.session().is_authenticated();
                match relay.is_some_and(|relay| allowed && relay.flush(domain)) {
                    true => self.conn.accept(),
                    false => {
                        let code = Code::new(459).unwrap_or(Code::REFUSED);
                        self.conn.reply(&Reply::new(code, "4.7.1 not for you"))
                    }
                }
            }
            Event::BodyEnd => {
                let delivered = block_in_place(|| self.deliver());
                if self.lmtp {
                    return self.answer_each(&delivered);
                }
                match delivered.into_iter().find_map(Result::err) {
                    None => self.conn.accept(),
                    Some(error) => self.trouble(&error),
                }
            }
            Event::BodyRefused(_) => {
                self.draft = None;
                Ok(())
            }
            Event::Auth { .. } | Event::AuthResponse(_) | Event::AuthCancelled => {
                self.authenticate(&event)
            }
            Event::Refused(_) => Ok(()),
            // The ordinary yes is all that HELO, STARTTLS, RSET, NOOP, VRFY, HELP and QUIT need,
            // and to what is not known it is a no.
            _ => self.conn.accept(),
        }
    }

    fn recipient(&mut self, rcpt: &Rcpt<'_>) -> Result<(), Misuse> {
        let user = match &rcpt.to {
            ForwardPath::Postmaster => self.office.users.values().next(),
            ForwardPath::Mailbox(mailbox) => {
                if !mailbox.domain().eq_ignore_ascii_case(&self.office.domain) {
                    return self.outwards(rcpt, mailbox);
                }
                match &*mailbox.local() {
                    local if local.eq_ignore_ascii_case("postmaster") => {
                        self.office.local(local).or_else(|| self.office.users.values().next())
                    }
                    local => self.office.local(local),
                }
            }
        };
        let Some(user) = user else {
            return self.conn.reply(&Reply::new(Code::REFUSED, "5.1.1 no such user here"));
        };
        match block_in_place(|| self.office.is_over_quota(user, 1, 0)) {
            Ok(false) => {}
            Ok(true) => {
                let full = Reply::new(Code::NO_ROOM, "4.2.2 the mailbox is full");
                return self.conn.reply(&full);
            }
            Err(error) => return self.trouble(&error),
        }
        if rcpt.params.notify().is_some_and(|notify| notify.has(Notify::SUCCESS)) {
            // Who wants to hear of it hears of it from the queue.
            let name = &user.account.name;
            self.queued.push(queued(rcpt, format!("{}{name}", relay::LOCAL)));
            self.meant.push(None);
        } else {
            let known = self.recipients.iter().position(|known| Arc::ptr_eq(known, user));
            self.meant.push(Some(known.unwrap_or(self.recipients.len())));
            if known.is_none() {
                self.recipients.push(user.clone());
            }
        }
        self.conn.accept()
    }

    /// Mail for another domain: from our users only, and where there is a way.
    fn outwards(&mut self, rcpt: &Rcpt<'_>, to: &Mailbox<'_>) -> Result<(), Misuse> {
        let ours = self.conn.session().is_authenticated();
        let relay = self.office.relay.as_ref().filter(|_| ours);
        let Some(relay) = relay else {
            let text = "5.7.1 no relaying: that domain is not ours";
            return self.conn.reply(&Reply::new(Code::REFUSED, text));
        };
        let Some(destination) = relay.destination(to.domain()) else {
            let text = "5.1.2 there is no way to that domain";
            return self.conn.reply(&Reply::new(Code::REFUSED, text));
        };
        self.queued.push(queued(rcpt, destination.to_owned()));
        self.meant.push(None);
        self.conn.accept()
    }

    fn begin(&self) -> io::Result<Drafts> {
        let local = self.recipients.first().map(|first| first.mail.inbox()?.draft());
        let relay = self.office.relay.as_ref().filter(|_| !self.queued.is_empty());
        let mut onwards = relay.map(|relay| relay.draft()).transpose()?;
        if let Some(draft) = &mut onwards {
            draft.write(self.stamp()?.as_bytes())?;
        }
        Ok(Drafts { local: local.transpose()?, onwards })
    }

    /// The trace that whoever passes mail on adds (RFC 5321 section 4.4, RFC 3848).
    fn stamp(&self) -> io::Result<String> {
        let session = self.conn.session();
        let secure = if session.security() == Security::Tls { "S" } else { "" };
        let known = if session.is_authenticated() { "A" } else { "" };
        let date = Date::from_unix(unix_now(), 0);
        let date = date.ok_or_else(|| io::Error::other("the clock is wrong"))?;
        let (name, peer, domain) = (session.name(), self.peer.ip(), &self.office.domain);
        let literal = if peer.is_ipv6() { "IPv6:" } else { "" };
        let id = random_word(12)?;
        Ok(format!(
            "Received: from {name} ([{literal}{peer}])\r\n\tby {domain} with ESMTP{secure}{known} \
             id {id};\r\n\t{date}\r\n"
        ))
    }

    /// Puts the message into the queue, and into the INBOX of each recipient: how that went for each
    /// of those, behind how it went for all. It is on disk there when this returns.
    fn deliver(&mut self) -> Vec<io::Result<()>> {
        let draft = match self.keep() {
            Ok(draft) => draft,
            Err(error) => return vec![Err(error)],
        };
        let each = self.recipients.iter().map(|user| {
            let draft = draft.as_ref().ok_or(io::ErrorKind::NotFound)?;
            user.mail.inbox()?.deliver(draft)
        });
        std::iter::once(Ok(())).chain(each).collect()
    }

    /// Finishes the message: whoever gets it through the queue has it, and it is returned for the
    /// others.
    fn keep(&mut self) -> io::Result<Option<Draft>> {
        let drafts = self.draft.take().unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        let Drafts { mut local, onwards } = drafts?;
        if let Some(draft) = &mut local {
            draft.finish(None)?;
        }
        if let (Some(mut draft), Some(relay)) = (onwards, &self.office.relay) {
            draft.finish(None)?;
            let recipients = std::mem::take(&mut self.queued);
            let mut envelope = queue::Envelope::new(self.from.as_str(), recipients);
            envelope.envid = self.envid.take();
            envelope.ret = self.ret.take();
            relay.accept(envelope, &draft)?;
        }
        Ok(local)
    }

    /// Answers for each recipient, as LMTP has it.
    fn answer_each(&mut self, delivered: &[io::Result<()>]) -> Result<(), Misuse> {
        let yes = Reply::new(Code::OK, "2.0.0 delivered");
        let no = Reply::new(Code::LOCAL_ERROR, "4.3.0 the mail cannot be stored now");
        let all = matches!(delivered.first(), Some(Ok(())));
        for (index, meant) in self.meant.iter().enumerate() {
            let own = meant.is_none_or(|it| matches!(delivered.get(it + 1), Some(Ok(()))));
            self.conn.reply_recipient(index, if all && own { &yes } else { &no })?;
        }
        for error in delivered.iter().filter_map(|it| it.as_ref().err()) {
            eprintln!("postoffice: mail was put off: {error}");
        }
        Ok(())
    }

    fn trouble(&mut self, error: &io::Error) -> Result<(), Misuse> {
        eprintln!("postoffice: mail was put off: {error}");
        self.conn.reply(&Reply::new(Code::LOCAL_ERROR, "4.3.0 the mail cannot be stored now"))
    }

    fn authenticate(&mut self, event: &Event<'_>) -> Result<(), Misuse> {
        let (office, exchange, bindings) = (self.office, &mut self.authentication, &self.bindings);
        match office.authenticate(exchange, &mut self.conn, event, bindings)? {
            Login::User(_) => self.conn.accept(),
            Login::Failed => {
                self.penalty = true;
                Ok(())
            }
            Login::Going | Login::NotMine => Ok(()),
        }
    }
}

/// A message as it comes in.
struct Drafts {
    local: Option<Draft>,
    onwards: Option<Draft>,
}

impl Drafts {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        [&mut self.local, &mut self.onwards]
            .into_iter()
            .flatten()
            .try_for_each(|it| it.write(piece))
    }
}

/// A recipient for the queue.
fn queued(rcpt: &Rcpt<'_>, destination: String) -> queue::Recipient {
    let mut recipient = queue::Recipient::new(rcpt.to.as_str(), destination);
    recipient.notify = rcpt.params.notify();
    recipient.orcpt = rcpt.params.orcpt().map(|it| format!("{};{}", it.kind(), it.address()));
    recipient
}
