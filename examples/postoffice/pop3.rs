//! POP3: the INBOX of a user, to be downloaded, and deleted.

use crate::office::{Login, Office, PENALTY, PIECE, User};
use crate::pop3_words::german;
use examples::maildir::{Folder, Uid};
use examples::{Link, Next};
use mailwire_core::{Misuse, Text};
use mailwire_pop3::server::{Authentication, Config, Connection, Event, Utf8};
use mailwire_pop3::{Capability, Code, Maildrop, Reply};
use mailwire_sasl::ChannelBinding;
use std::error::Error;
use std::io::{self, Read};
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;
use tokio::task::block_in_place;
use tokio::time::sleep;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What is offered besides what the machine does by itself.
pub(crate) fn offer(config: &mut Config) {
    config.apop = true;
    config.utf8 = Utf8::MessagesAndUsers;
    config.languages = german().into_iter().collect();
    config.capabilities = vec![
        Capability::Expire { days: None, per_user: false },
        Capability::Implementation(Text::lossy("mailwire-postoffice")),
    ];
}

/// One connection of a client.
pub(crate) struct Session<'o> {
    office: &'o Office,
    conn: Connection,
    authentication: Authentication,
    bindings: Vec<ChannelBinding>,
    open: Option<Open>,
    /// Whether the client is to wait.
    penalty: bool,
}

/// The maildrop, of which there is one session at a time.
struct Open {
    inbox: Arc<Folder>,
    /// By message number.
    uids: Vec<Uid>,
    _exclusive: OwnedMutexGuard<()>,
}

impl<'o> Session<'o> {
    pub(crate) fn new(office: &'o Office, conn: Connection) -> Self {
        Self {
            office,
            conn,
            authentication: Authentication::default(),
            bindings: Vec::new(),
            open: None,
            penalty: false,
        }
    }

    /// Serves the client until it or the server has had enough.
    pub(crate) async fn run(mut self, mut link: Link) -> Result<()> {
        let result = self.talk(&mut link).await;
        // Who has read the goodbye may come back at once.
        self.open = None;
        link.close(&mut self.conn).await;
        result
    }

    async fn talk(&mut self, link: &mut Link) -> Result<()> {
        loop {
            self.bindings = link.server_bindings(&self.office.tls);
            while let Some(event) = self.conn.receive(&mut link.rx)? {
                match event {
                    Event::Retr(message) | Event::Top { message, .. } => {
                        self.send(message, link).await?;
                    }
                    event => self.answer(event)?,
                }
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

    fn answer(&mut self, event: Event<'_>) -> std::result::Result<(), Misuse> {
        match event {
            Event::Pass(password) => {
                let user = self.office.login(self.conn.user(), password);
                self.enter(user)
            }
            Event::Apop { name, digest } => {
                let digest: String = digest.iter().map(|b| format!("{b:02x}")).collect();
                let user = self.office.apop(name, &digest, self.conn.timestamp());
                self.enter(user)
            }
            Event::Auth { .. } | Event::AuthResponse(_) | Event::AuthCancelled => {
                self.authenticate(&event)
            }
            Event::StartTls => self.conn.reply(&Reply::ok(Text::lossy("ready to start TLS"))),
            Event::Update => {
                let result = block_in_place(|| self.update());
                self.open = None;
                let reply = match result {
                    Ok(()) => Reply::ok(Text::lossy("goodbye")),
                    Err(error) => {
                        eprintln!("postoffice: mail was not deleted: {error}");
                        Reply::err(Text::lossy("some messages were not deleted"))
                    }
                };
                self.conn.reply(&reply)
            }
            Event::Quit | Event::Refused(_) => Ok(()),
            _ => self.conn.reply(&Reply::err(Text::lossy("not offered"))),
        }
    }

    fn authenticate(&mut self, event: &Event<'_>) -> std::result::Result<(), Misuse> {
        let (office, exchange, bindings) = (self.office, &mut self.authentication, &self.bindings);
        match office.authenticate(exchange, &mut self.conn, event, bindings)? {
            Login::User(user) => self.enter(Some(user)),
            Login::Failed => {
                self.penalty = true;
                Ok(())
            }
            Login::Going | Login::NotMine => Ok(()),
        }
    }

    /// Opens the maildrop of a user who proved to be one.
    fn enter(&mut self, user: Option<Arc<User>>) -> std::result::Result<(), Misuse> {
        let Some(user) = user else {
            self.penalty = true;
            let reply = Reply::err(Text::lossy("wrong name or password"));
            return self.conn.reply(&reply.with_code(Code::Auth));
        };
        let Ok(exclusive) = user.mail.exclusive.clone().try_lock_owned() else {
            let reply = Reply::err(Text::lossy("another session has the maildrop"));
            return self.conn.reply(&reply.with_code(Code::InUse));
        };
        match block_in_place(|| maildrop(&user)) {
            Ok((maildrop, inbox, uids)) => {
                self.open = Some(Open { inbox, uids, _exclusive: exclusive });
                self.conn.open(maildrop)
            }
            Err(error) => {
                eprintln!("postoffice: a maildrop cannot be read: {error}");
                let reply = Reply::err(Text::lossy("the maildrop cannot be read now"));
                self.conn.reply(&reply.with_code(Code::SysTemp))
            }
        }
    }

    async fn send(&mut self, number: u32, link: &mut Link) -> Result<()> {
        let content = block_in_place(|| {
            let open = self.open.as_ref()?;
            let at = usize::try_from(number).ok()?.checked_sub(1)?;
            open.inbox.open(*open.uids.get(at)?).ok()?
        });
        let Some((mut content, _)) = content else {
            let reply = Reply::err(Text::lossy("the message is gone"));
            return Ok(self.conn.reply(&reply)?);
        };
        self.conn.begin_body()?;
        let mut piece = vec![0; PIECE];
        while !self.conn.body_has_enough() {
            let n = block_in_place(|| content.read(&mut piece))?;
            if n == 0 {
                break;
            }
            self.conn.send_body(piece.get(..n).unwrap_or_default())?;
            if self.conn.output().queued() >= PIECE {
                link.flush(&mut self.conn).await?;
            }
        }
        Ok(self.conn.end_body()?)
    }

    fn update(&self) -> io::Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        let uid =
            |number: u32| open.uids.get(usize::try_from(number).ok()?.checked_sub(1)?).copied();
        let deleted: Vec<Uid> = self.conn.maildrop().deleted().filter_map(uid).collect();
        if deleted.is_empty() { Ok(()) } else { open.inbox.remove(&deleted) }
    }
}

fn maildrop(user: &User) -> io::Result<(Maildrop, Arc<Folder>, Vec<Uid>)> {
    let inbox = user.mail.inbox()?;
    let picture = inbox.picture(true)?;
    let mut maildrop = Maildrop::default();
    let mut uids = Vec::new();
    for entry in &picture.entries {
        let id = format!("{:x}.{}", picture.validity, entry.uid);
        maildrop.push(entry.size, &id).map_err(io::Error::other)?;
        uids.push(entry.uid);
    }
    Ok((maildrop, inbox, uids))
}
