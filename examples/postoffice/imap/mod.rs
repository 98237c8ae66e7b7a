//! IMAP: a user's folders, by several programs at once.

mod append;
mod bodies;
mod candidate;
mod contents;
mod decoding;
mod fetch;
mod folders;
mod list;
mod messages;
mod metadata;
mod notify;
mod progress;
mod quota;
mod search;
mod select;
mod selected;
mod sort;

use crate::office::{Login, MAX_MESSAGE, Office, PENALTY, User};
use append::Appending;
use examples::{Link, Next};
use fetch::Wanted;
use folders::{missing, name};
use mailwire_core::{Input, Misuse};
use mailwire_imap::server::{Authentication, Connection, Event};
use mailwire_imap::types::{Code, Command, Condition, Replaced, Response, State};
use mailwire_sasl::ChannelBinding;
use search::Search;
use selected::Selected;
use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How often an idling session looks whether another program has changed the folder.
const LOOK: Duration = Duration::from_secs(3);

/// What this server can do besides what the machine does by itself.
pub(crate) fn capabilities() -> Vec<String> {
    let names = [
        "IMAP4rev2",
        "UIDPLUS",
        "MOVE",
        "CONDSTORE",
        "QRESYNC",
        "UIDONLY",
        "UTF8=ACCEPT",
        "ESEARCH",
        "SEARCHRES",
        "SORT",
        "SORT=DISPLAY",
        "ESORT",
        "THREAD=ORDEREDSUBJECT",
        "THREAD=REFERENCES",
        "PARTIAL",
        "WITHIN",
        "BINARY",
        "OBJECTID",
        "PREVIEW",
        "SAVEDATE",
        "STATUS=SIZE",
        "LIST-EXTENDED",
        "LIST-STATUS",
        "SPECIAL-USE",
        "CREATE-SPECIAL-USE",
        "METADATA",
        "ACL",
        "RIGHTS=kxte",
        "NOTIFY",
        "INPROGRESS",
        "MULTIAPPEND",
        "CATENATE",
        "REPLACE",
        "QUOTA",
        "QUOTA=RES-STORAGE",
    ];
    let limit = format!("APPENDLIMIT={MAX_MESSAGE}");
    names.map(str::to_owned).into_iter().chain([limit]).collect()
}

/// What ENABLE takes.
const ENABLED: [&str; 5] = ["CONDSTORE", "QRESYNC", "UIDONLY", "UTF8=ACCEPT", "IMAP4rev2"];

/// One connection of a client.
pub(crate) struct Session<'o> {
    office: &'o Office,
    conn: Connection,
    user: Option<Arc<User>>,
    view: Option<Selected>,
    authentication: Authentication,
    bindings: Vec<ChannelBinding>,
    append: Option<Appending>,
    /// What the client wants to be told (RFC 5465).
    watching: Option<notify::Watching>,
    /// Whether the client is to wait.
    penalty: bool,
}

/// How a command ended.
type Answer = Result<Condition<'static>, Failure>;

/// Why a command could not be done.
enum Failure {
    /// The client is told.
    Disk(io::Error),
    /// It makes no sense where the session is.
    State,
    /// The session ends.
    Fatal(Box<dyn Error + Send + Sync>),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Fatal(misuse.into())
    }
}

impl<'o> Session<'o> {
    pub(crate) fn new(office: &'o Office, conn: Connection) -> Self {
        Self {
            office,
            conn,
            user: None,
            view: None,
            authentication: Authentication::default(),
            bindings: Vec::new(),
            append: None,
            watching: None,
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
            // Commands borrow from the input while their answers are sent.
            let mut rx = std::mem::take(&mut link.rx);
            let result = self.commands(&mut rx, link).await;
            link.rx = rx;
            result?;
            if std::mem::take(&mut self.penalty) {
                sleep(PENALTY).await;
            }
            match self.turn(link).await? {
                Next::Tls => link.accept_tls(&mut self.conn, &self.office.tls.server).await?,
                Next::Deflate => {
                    let received = self.conn.deflate_started(&mut link.rx)?;
                    link.deflate(received);
                }
                Next::Receive => {}
                Next::Reply | Next::Close => return Ok(()),
            }
        }
    }

    /// A turn, and while the client idles also whatever happens to the folder.
    async fn turn(&mut self, link: &mut Link) -> io::Result<Next> {
        if let (Some(watching), None) = (&self.watching, &self.append) {
            let tells = self.conn.is_idling() || watching.tells_selected();
            let view = self.view.as_mut().filter(|_| tells);
            let changed = async {
                match view {
                    Some(view) => {
                        let _ = view.changes.changed().await;
                        view.changes.mark_changed();
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                next = link.turn(&mut self.conn) => return next,
                () = changed => {}
                () = sleep(notify::LOOK) => {}
            }
            return told(self.tell_watched(link).await);
        }
        let Some(view) = self.view.as_mut().filter(|_| self.conn.is_idling()) else {
            return link.turn(&mut self.conn).await;
        };
        let force = tokio::select! {
            next = link.turn(&mut self.conn) => return next,
            _ = view.changes.changed() => {
                view.changes.mark_changed();
                false
            }
            () = sleep(LOOK) => true,
        };
        told(self.tell(true, force))
    }

    async fn commands(
        &mut self,
        rx: &mut Input,
        link: &mut Link,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.bindings = link.server_bindings(&self.office.tls);
        while let Some(event) = self.conn.receive(rx)? {
            if self.authenticate(&event)? {
                continue;
            }
            let (answer, may_expunge, force) = match event {
                Event::Command { tag, command } => {
                    let may_expunge = match &command {
                        Command::Fetch { uid, .. }
                        | Command::Store { uid, .. }
                        | Command::Search { uid, .. } => *uid,
                        Command::Sort(sort) => sort.uid,
                        Command::Thread(thread) => thread.uid,
                        _ => true,
                    };
                    let force = matches!(command, Command::Noop | Command::Check);
                    (self.command(tag.as_str(), command, link).await, may_expunge, force)
                }
                Event::Append { append, replaced, steps, len, .. } => {
                    (self.begin_append(&append, replaced, &steps, len), true, false)
                }
                Event::AppendMore { steps, len } => (self.append_more(&steps, len), true, false),
                Event::Body(piece) => {
                    self.append_piece(piece);
                    continue;
                }
                Event::BodyEnd => (self.end_append().map(Some), true, false),
                Event::BodyRefused(_) => {
                    self.append = None;
                    continue;
                }
                Event::Done => (Ok(Some(yes("idled"))), true, false),
                _ => continue,
            };
            let condition = match answer {
                Ok(Some(condition)) => match self.tell(may_expunge, force) {
                    Ok(()) => condition,
                    Err(failure) => failure.condition()?,
                },
                // The answer comes later.
                Ok(None) => continue,
                Err(failure) => failure.condition()?,
            };
            self.conn.complete(&condition)?;
        }
        Ok(())
    }

    async fn command(
        &mut self,
        tag: &str,
        command: Command<'_>,
        link: &mut Link,
    ) -> Result<Option<Condition<'static>>, Failure> {
        let answer = match &command {
            Command::Noop | Command::Check => Ok(yes("nothing else is new")),
            Command::StartTls => Ok(yes("ready to start TLS")),
            Command::Compress(_) => Ok(yes("compressing")),
            Command::Unauthenticate => {
                (self.user, self.view, self.watching) = (None, None, None);
                Ok(yes("who are you?"))
            }
            Command::Login { user, password } => {
                let user = self.office.login(user.as_bytes(), password.expose());
                Ok(self.enter(user))
            }
            Command::Id(_) => {
                let name = ("name".to_owned(), Some("mailwire postoffice".to_owned()));
                self.conn.send(&Response::Id(vec![name]))?;
                Ok(yes("told"))
            }
            Command::Enable(names) => {
                let known = |name: &&Cow<'_, str>| {
                    ENABLED.iter().any(|known| known.eq_ignore_ascii_case(name))
                };
                let names = names.iter().filter(known).cloned().collect();
                self.conn.send(&Response::Enabled(names))?;
                Ok(yes("enabled"))
            }
            Command::Select(mailbox, options) => self.select(mailbox, options, false),
            Command::Examine(mailbox, options) => self.select(mailbox, options, true),
            Command::Create(mailbox, options) => self.create(mailbox, options),
            Command::Delete(mailbox) => self.delete(mailbox),
            Command::Rename { from, to } => self.rename(from, to),
            Command::Subscribe(mailbox) => self.subscribe(mailbox, true),
            Command::Unsubscribe(mailbox) => self.subscribe(mailbox, false),
            Command::List(query) => self.list(query),
            Command::Lsub { reference, pattern } => self.lsub(reference, pattern),
            Command::Namespace => self.namespace(),
            Command::GetMetadata(wanted) => self.get_metadata(wanted),
            Command::SetMetadata { mailbox, entries } => self.set_metadata(mailbox, entries),
            Command::Notify(notify) => self.notify(notify),
            Command::Quota(command) => self.quota(command),
            Command::Acl(command) => self.acl(command),
            Command::Status { mailbox, items } => self.status(mailbox, items),
            Command::Idle => {
                self.conn.begin_idle()?;
                self.tell(true, true)?;
                return Ok(None);
            }
            Command::Close => self.close(true),
            Command::Unselect => self.close(false),
            Command::Expunge { uids } => self.expunge(uids.as_ref()),
            Command::Search { uid, charset, key, returns } => {
                let (uid, returns, charset) = (*uid, returns.as_deref(), charset.as_ref());
                self.search(&Search { tag, uid, returns, charset, key }, link)
            }
            Command::Sort(sort) => self.sort(tag, sort, link),
            Command::Thread(thread) => self.thread(thread, link),
            Command::Fetch { uid, set, items, modifiers } => {
                self.fetch(&Wanted { uid: *uid, set, items, modifiers }, link).await
            }
            Command::Store { uid, set, modifiers, action, silent, flags } => {
                self.store(*uid, set, modifiers, *action, *silent, flags)
            }
            Command::Append { mailbox, messages } => self.append_urls(mailbox, messages),
            Command::Replace { uid, number, mailbox, message } => {
                let replaced = Replaced { uid: *uid, number: *number };
                self.replace_by_urls(replaced, mailbox, message)
            }
            Command::Copy { uid, set, mailbox } => self.copy(*uid, set, mailbox, link),
            Command::Move { uid, set, mailbox } => self.move_to(*uid, set, mailbox, link),
            _ => Ok(Condition::new(State::Bad, "unknown command")),
        };
        answer.map(Some)
    }

    /// Answers what belongs to an exchange; true when it did.
    fn authenticate(&mut self, event: &Event<'_>) -> Result<bool, Misuse> {
        let (office, exchange, bindings) = (self.office, &mut self.authentication, &self.bindings);
        match office.authenticate(exchange, &mut self.conn, event, bindings)? {
            Login::User(user) => {
                let condition = self.enter(Some(user));
                self.conn.complete(&condition)?;
            }
            Login::Failed => self.penalty = true,
            Login::Going => {}
            Login::NotMine => return Ok(false),
        }
        Ok(true)
    }

    fn enter(&mut self, user: Option<Arc<User>>) -> Condition<'static> {
        self.penalty = user.is_none();
        self.user = user;
        match self.user {
            Some(_) => yes("welcome"),
            None => no("wrong name or password").with_code(Code::AuthenticationFailed),
        }
    }

    fn user(&self) -> Result<Arc<User>, Failure> {
        self.user.clone().ok_or(Failure::State)
    }

    /// Says something that is not about a command.
    fn say(&mut self, code: Code<'static>, text: &'static str) -> Result<(), Misuse> {
        self.conn.send(&Response::Condition(yes(text).with_code(code)))
    }
}

impl Failure {
    /// What the client is told of it, if the session goes on.
    fn condition(self) -> Result<Condition<'static>, Box<dyn Error + Send + Sync>> {
        let error = match self {
            Self::Fatal(error) => return Err(error),
            Self::State => return Ok(Condition::new(State::Bad, "not now")),
            Self::Disk(error) => error,
        };
        let (text, code) = match error.kind() {
            io::ErrorKind::NotFound => ("there is no such mailbox", "NONEXISTENT"),
            io::ErrorKind::AlreadyExists => ("there is one already", "ALREADYEXISTS"),
            io::ErrorKind::InvalidInput => ("there cannot be such a mailbox", "CANNOT"),
            _ => {
                eprintln!("postoffice: a folder cannot be used: {error}");
                ("the mail cannot be reached now", "UNAVAILABLE")
            }
        };
        Ok(no(text).with_code(Code::named(code)))
    }
}

/// What there is to do after news was told.
fn told(result: Result<(), Failure>) -> io::Result<Next> {
    match result {
        Ok(()) => Ok(Next::Receive),
        Err(Failure::Disk(error)) => Err(error),
        Err(Failure::State) => Err(io::Error::other("news at the wrong time")),
        Err(Failure::Fatal(error)) => Err(io::Error::other(error)),
    }
}

fn fatal(error: io::Error) -> Failure {
    Failure::Fatal(error.into())
}

fn yes(text: &'static str) -> Condition<'static> {
    Condition::new(State::Ok, text)
}

fn no(text: &'static str) -> Condition<'static> {
    Condition::new(State::No, text)
}
