//! The demonstration: the post office writes to itself with our own clients, and looks whether
//! what comes back is what was sent.

use crate::listen::{Service, connect, say};
use crate::office::{Office, User};
use examples::{Link, Next, Trace, tls};
use mailwire_core::Text;
use mailwire_imap::client as imap;
use mailwire_imap::types::{
    BodyItem, FetchData, FetchItem, Mailbox as Inbox, NumberSet, Response, Section, State,
};
use mailwire_message::build::{Attachment, Builder, ContentType, Date, Mailbox, MessageId};
use mailwire_pop3::{Argument, client as pop3};
use mailwire_sasl::{Account, Transport};
use mailwire_smtp::Security;
use mailwire_smtp::client::{
    self as smtp, Authenticated, Authentication, Envelope, Progress, Transaction,
};
use mailwire_smtp::types::{Command, Domain, ForwardPath, ReversePath, Verb};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A stamp, as a bitmap that is text.
const STAMP: &str = "P1\n9 5\n\
    1 1 1 1 1 1 1 1 1\n\
    1 1 0 0 0 0 0 1 1\n\
    1 0 1 0 0 0 1 0 1\n\
    1 0 0 1 1 1 0 0 1\n\
    1 1 1 1 1 1 1 1 1\n";

/// Plays it.
pub(crate) async fn play(office: &Office, places: &[(Service, SocketAddr)]) -> Result<()> {
    let at = |service| {
        let place = places.iter().find(|(known, _)| *known == service);
        place
            .map(|(_, address)| *address)
            .ok_or_else(|| format!("it needs {service}, which is off"))
    };
    let from = office.users.values().next().ok_or("it needs a user")?;
    let to = office.users.values().next_back().ok_or("it needs a user")?;
    let message = compose(office, from, to)?;

    say(&format!("\n{} sends by submission:", from.account.name));
    let delivered = send(office, at(Service::Submission)?, from, to, &message).await?;
    say(&format!("\n{} reads by POP3:", to.account.name));
    let by_pop3 = read_pop3(office, at(Service::Pop3)?, to).await?;
    say(&format!("\n{} reads by IMAP:", to.account.name));
    let by_imap = read_imap(office, at(Service::Imap)?, to).await?;

    let identical = by_pop3 == [&*message] && by_imap == [&*message];
    say("");
    say(&format!(
        "delivered {delivered}, read back {} by POP3 and {} by IMAP, {}",
        by_pop3.len(),
        by_imap.len(),
        if identical { "identical" } else { "different" }
    ));
    if delivered == 1 && identical {
        Ok(())
    } else {
        Err("not all came back as it was sent".into())
    }
}

/// A message with a subject that is not English, and a picture.
fn compose(office: &Office, from: &User, to: &User) -> Result<Vec<u8>> {
    let mailbox = |user: &User| Mailbox::new(format!("{}@{}", user.account.name, office.domain));
    #[expect(clippy::disallowed_methods, reason = "programs may read the clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let date = Date::from_unix(i64::try_from(now)?, 0).ok_or("it needs a clock")?;
    let picture = Attachment::new(ContentType::new("image/x-portable-bitmap")?, STAMP.as_bytes());
    let mut message = Vec::new();
    Builder::new(mailbox(from)?, date)
        .to(mailbox(to)?)
        .subject(Text::new("Grüße aus dem Postamt ✉")?)
        .message_id(MessageId::of(&tls::random_word(16)?, &office.domain)?)
        .text("Do you like ketchup?\nHow about pickles?\n.\nThe line above is a dot.\n")
        .attach(picture.named("Briefmarke №1.pbm")?)
        .write_to(&mut message);
    Ok(message)
}

/// Sends a message, and says to how many it was delivered.
async fn send(
    office: &Office,
    address: SocketAddr,
    from: &User,
    to: &User,
    message: &[u8],
) -> Result<usize> {
    let mailbox = |user: &User| format!("{}@{}", user.account.name, office.domain);
    let (sender, recipient) = (mailbox(from), mailbox(to));
    let mut envelope =
        Envelope::new(ReversePath::new(&*sender)?, vec![ForwardPath::new(&*recipient)?]);
    envelope.size = Some(message.len() as u64);
    let account = Account::with_password(&from.account.name, from.account.password.as_str());

    let mut conn = smtp::Connection::new(Arc::default(), Security::Plain);
    let mut link = Link::new(connect(address).await?).traced(Some(Trace::new("  smtp", true)));
    let mut authentication = None;
    let mut transaction = None;
    let mut delivered = 0;
    loop {
        while let Some(event) = conn.receive(&mut link.rx)? {
            if let Some(open) = &mut transaction {
                match Transaction::see(open, &mut conn, &event)? {
                    Progress::SendBody => {
                        conn.send_body(message)?;
                        conn.end_body()?;
                    }
                    Progress::Done => {
                        let accepted =
                            |o: &Option<&_>| matches!(o, Some(smtp::Outcome::Accepted(_)));
                        delivered = open.outcomes().filter(accepted).count();
                        transaction = None;
                        conn.send(&Command::Quit)?;
                    }
                    _ => {}
                }
                continue;
            }
            if let Some(open) = &mut authentication {
                match Authentication::see(open, &mut conn, &event)? {
                    Authenticated::NeedKdf(kdf) => {
                        open.derived(&mut conn, &kdf.derive())?;
                    }
                    Authenticated::Yes => {
                        authentication = None;
                        transaction = Some(Transaction::begin(&mut conn, &envelope)?);
                    }
                    Authenticated::Going => {}
                    other => return Err(format!("the server said {other:?}").into()),
                }
                continue;
            }
            match event {
                smtp::Event::Greeting(reply) if reply.is_positive() => {
                    conn.send(&Command::Ehlo(Domain::localhost()))?;
                }
                smtp::Event::Reply { to, reply } if reply.is_positive() => match to.verb() {
                    Verb::Ehlo if conn.security() == Security::Plain => {
                        conn.send(&Command::StartTls)?;
                    }
                    Verb::Ehlo => {
                        // SCRAM, bound to the TLS connection.
                        let bindings = link.client_bindings();
                        let random = tls::random()?;
                        let transport = Transport { bindings, random, ..Transport::default() };
                        let begun = Authentication::choose(&mut conn, &account, &transport)?;
                        authentication = Some(begun);
                    }
                    _ => {}
                },
                smtp::Event::StartTls => {}
                other => return Err(format!("the server said {other:?}").into()),
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                link.connect_tls(&mut conn, &office.tls.client, "localhost").await?;
                conn.send(&Command::Ehlo(Domain::localhost()))?;
            }
            Next::Close | Next::Deflate => break,
            _ => {}
        }
    }
    link.close(&mut conn).await;
    Ok(delivered)
}

/// Reads the newest message.
async fn read_pop3(office: &Office, address: SocketAddr, user: &User) -> Result<Vec<Vec<u8>>> {
    use mailwire_pop3::Command;
    let mut conn = pop3::Connection::new(Arc::default(), Security::Plain);
    let mut link = Link::new(connect(address).await?).traced(Some(Trace::new("  pop3", true)));
    let mut messages = Vec::new();
    loop {
        while let Some(event) = conn.receive(&mut link.rx)? {
            match event {
                pop3::Event::Greeting(reply) if reply.is_ok() => {
                    conn.send(&Command::Stls)?;
                }
                pop3::Event::Stat { messages, .. } => {
                    conn.send(&Command::Retr(messages))?;
                    conn.send(&Command::Quit)?;
                }
                pop3::Event::Message { .. } => messages.push(Vec::new()),
                pop3::Event::Body(piece) => {
                    messages.last_mut().ok_or("a body of nothing")?.extend_from_slice(piece);
                }
                pop3::Event::Reply { reply, .. } if !reply.is_ok() => {
                    return Err(format!("the server said {}", reply.text.as_str()).into());
                }
                _ => {}
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                link.connect_tls(&mut conn, &office.tls.client, "localhost").await?;
                conn.send(&Command::User(Argument::new(user.account.name.as_bytes())?))?;
                conn.send(&Command::Pass(Argument::new(user.account.password.as_bytes())?))?;
                conn.send(&Command::Stat)?;
            }
            Next::Close | Next::Deflate => break,
            _ => {}
        }
    }
    link.close(&mut conn).await;
    Ok(messages)
}

/// Reads the newest message.
async fn read_imap(office: &Office, address: SocketAddr, user: &User) -> Result<Vec<Vec<u8>>> {
    use mailwire_imap::types::Command;
    let mut conn = imap::Connection::new(Arc::default(), Security::Plain);
    let mut link = Link::new(connect(address).await?).traced(Some(Trace::new("  imap", true)));
    let mut messages = Vec::new();
    let mut newest = 0;
    let mut select = None;
    loop {
        while let Some(event) = conn.receive(&mut link.rx)? {
            match event {
                imap::Event::Greeting(_) => {
                    conn.send(&Command::StartTls)?;
                }
                imap::Event::Response(Response::Exists(count)) => newest = count,
                // A long message comes in pieces before its response, a short one in it.
                imap::Event::BodyStart { .. } => messages.push(Vec::new()),
                imap::Event::Body(piece) => {
                    messages.last_mut().ok_or("a body of nothing")?.extend_from_slice(piece);
                }
                imap::Event::Response(Response::Fetch(fetch)) => {
                    for data in fetch.data {
                        let FetchData::BodySection(section) = data else { continue };
                        if let BodyItem::Inline(body) = section.body {
                            messages.push(body.into_owned());
                        }
                    }
                }
                imap::Event::Done { condition, .. } if condition.state != State::Ok => {
                    return Err(format!("the server said {}", condition.text.as_str()).into());
                }
                imap::Event::Done { tag, .. } if Some(tag) == select => {
                    let items = vec![
                        FetchItem::Uid,
                        FetchItem::Flags,
                        FetchItem::Envelope,
                        FetchItem::BodyStructure,
                        FetchItem::BodySection {
                            section: Section::default(),
                            peek: true,
                            partial: None,
                        },
                    ];
                    let set = NumberSet::of([newest]);
                    conn.send(&Command::Fetch { uid: false, set, items, modifiers: Vec::new() })?;
                    conn.send(&Command::Logout)?;
                }
                _ => {}
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                link.connect_tls(&mut conn, &office.tls.client, "localhost").await?;
                conn.login(&user.account.name, &*user.account.password)?;
                select = Some(conn.send(&Command::Select(Inbox::inbox(), Vec::new()))?);
            }
            Next::Close | Next::Deflate => break,
            _ => {}
        }
    }
    link.close(&mut conn).await;
    Ok(messages)
}
