//! SMTP and submission: takes mail for our users, and is no relay. Nothing is added to a message:
//! it is read as it was sent, to the octet.

use crate::office::{Login, Office, PENALTY, User};
use examples::maildir::Draft;
use examples::{Link, Next};
use mailwire_sasl::ChannelBinding;
use mailwire_smtp::Misuse;
use mailwire_smtp::server::{Authentication, Connection, Event};
use mailwire_smtp::types::{Code, ForwardPath, Rcpt, Reply};
use std::error::Error;
use std::io;
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
    recipients: Vec<Arc<User>>,
    draft: Option<io::Result<Draft>>,
    /// Whether the client is to wait.
    penalty: bool,
}

impl<'o> Session<'o> {
    pub(crate) fn new(office: &'o Office, conn: Connection, submission: bool) -> Self {
        Self {
            office,
            conn,
            submission,
            authentication: Authentication::default(),
            bindings: Vec::new(),
            recipients: Vec::new(),
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
                Next::Reply | Next::Close => return Ok(()),
            }
        }
    }

    fn answer(&mut self, event: Event<'_>) -> Result<(), Misuse> {
        match event {
            Event::Mail(_) if self.submission && !self.conn.session().is_authenticated() => {
                let text = "5.7.0 authentication required";
                self.conn.reply(&Reply::new(Code::AUTHENTICATION_REQUIRED, text))
            }
            Event::Mail(_) => {
                self.recipients.clear();
                self.conn.accept()
            }
            Event::Rcpt(rcpt) => self.recipient(&rcpt),
            Event::Data => {
                let Some(first) = self.recipients.first() else { return self.conn.accept() };
                match block_in_place(|| first.mail.inbox()?.draft()) {
                    Ok(draft) => {
                        self.draft = Some(Ok(draft));
                        self.conn.accept()
                    }
                    Err(error) => self.trouble(&error),
                }
            }
            Event::Body(piece) => {
                if let Some(Ok(draft)) = &mut self.draft {
                    if let Err(error) = draft.write(piece) {
                        self.draft = Some(Err(error));
                    }
                }
                Ok(())
            }
            Event::BodyEnd => match block_in_place(|| self.deliver()) {
                Ok(()) => self.conn.accept(),
                Err(error) => self.trouble(&error),
            },
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
                    let text = "5.7.1 no relaying: that domain is not ours";
                    return self.conn.reply(&Reply::new(Code::REFUSED, text));
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
        if !self.recipients.iter().any(|known| Arc::ptr_eq(known, user)) {
            self.recipients.push(user.clone());
        }
        self.conn.accept()
    }

    /// Puts the message into the INBOX of each recipient. It is on disk there when this returns.
    fn deliver(&mut self) -> io::Result<()> {
        let draft = self.draft.take().unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        let mut draft = draft?;
        draft.finish(None)?;
        for user in &self.recipients {
            user.mail.inbox()?.deliver(&draft)?;
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
