//! IMAP: a mailbox that has everything, and a client that says what it is told.

use crate::{Options, Role, Seen};
use mailwire_core::{Input, Machine, Security, Wants};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{
    Append, AppendData, AppendStep, BodyItem, CatenatePart, Code, Command, Condition, Dialect,
    Flags, Mailbox, Response, State,
};
use mailwire_imap::{client, encode, server};
use std::borrow::Cow;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A server's application. By itself it says OK to everything.
///
/// Lines: `send RESPONSE` (what follows `* `), `ok [CODE] TEXT`, `no …`, `bad …`, `accept`,
/// `challenge TEXT`, `idle`, `progress DONE [GOAL]`, `fetch SEQ ITEM...` with a body of `BODY`
/// octets by `body SEQ SECTION TEXT`.
#[derive(Debug)]
pub struct Server {
    scripted: bool,
}

impl Role for Server {
    type Machine = server::Connection;

    fn start(options: &Options) -> (Self, server::Connection) {
        let mut config = server::Config::default();
        let mut security = Security::Tls;
        let mut scripted = false;
        for (key, value) in options {
            let number = || value.parse().expect("a number");
            match (key.as_str(), value.as_str()) {
                ("application", value) => scripted = value == "script",
                ("security", "plain") => security = Security::Plain,
                ("plaintext", "allowed") => config.allow_plaintext_credentials = true,
                ("mechanisms", names) => {
                    config.mechanisms = names.split(' ').map(ToString::to_string).collect();
                }
                ("compress", "offered") => config.compress = true,
                ("unauthenticate", "offered") => config.unauthenticate = true,
                ("capabilities", names) => {
                    config.capabilities = names.split(' ').map(ToString::to_string).collect();
                }
                ("append", _) => config.limits.append = number(),
                ("command", _) => {
                    config.limits.command_before_login = value.parse().expect("a number")
                }
                ("inline_literal", _) => {}
                _ => panic!("no such option: {key}={value}"),
            }
        }
        (Self { scripted }, server::Connection::new(Arc::new(config), security))
    }

    fn see<'i>(&mut self, conn: &mut server::Connection, event: server::Event<'i>) -> Seen {
        let words = match &event {
            server::Event::Body(piece) => return Seen::Piece(piece.to_vec()),
            server::Event::Command { tag, command: Command::Login { user, password } } => {
                let password = password.expose().escape_ascii().to_string();
                format!("Login {} {} {password}", tag.as_str(), user.to_text())
            }
            server::Event::Command { tag, command } => {
                let mut out = encode::Plain::default();
                encode::command(tag.as_str(), command, &Dialect::default(), &mut out);
                visible(out.into_bytes().trim_ascii_end())
            }
            server::Event::Append { tag, append, replaced, steps, len } => {
                let flags: Vec<_> = append.flags.names().collect();
                let name = append.mailbox.name();
                let replaced = replaced.map_or(String::new(), |it| format!(" {it:?}"));
                let (tag, flags, steps) = (tag.as_str(), flags.join(" "), said(steps));
                format!("Append {tag} {name} ({flags}){replaced}{steps} {len}")
            }
            server::Event::AppendMore { steps, len } => {
                format!("AppendMore{} {len:?}", said(steps))
            }
            server::Event::AuthResponse(response) => {
                format!("AuthResponse {}", response.expose().escape_ascii())
            }
            server::Event::Refused(refused) => format!("Refused {}", refused.why),
            event => format!("{event:?}"),
        };
        if !self.scripted {
            answer(conn, &event);
        }
        Seen::Event(words)
    }

    fn act(&mut self, conn: &mut server::Connection, line: &str) -> Result<(), String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let done = match verb {
            "send" => {
                let frame = format!("* {}", rest.replace("\\n", "\r\n"));
                let response = parse::response(frame.as_bytes(), &Grammar::default())
                    .map_err(|error| error.to_string())?;
                conn.send(&response)
            }
            "ok" | "no" | "bad" => {
                let frame = format!("x {line}");
                match parse::response(frame.as_bytes(), &Grammar::default()) {
                    Ok(Response::Tagged { condition, .. }) => conn.complete(&condition),
                    other => return Err(format!("{other:?}")),
                }
            }
            "accept" => conn.accept_body(),
            "challenge" => conn.challenge(rest.as_bytes()),
            "idle" => conn.begin_idle(),
            "progress" => {
                let (done, goal) = rest.split_once(' ').unwrap_or((rest, "0"));
                let number = |text: &str| text.parse::<u32>().map_err(|error| error.to_string());
                conn.progress(number(done)?, NonZeroU32::new(number(goal)?))
            }
            _ => return Err("no such action".into()),
        };
        done.map_err(|misuse| misuse.to_string())
    }

    fn upgrade(conn: &mut server::Connection, rx: &mut Input) -> Result<(), server::Error> {
        upgrade(conn, rx, server::Connection::deflate_started)
    }

    fn misuse(&mut self, conn: &mut server::Connection) {
        assert!(conn.tls_started(&mut Input::default()).is_err());
        assert!(conn.deflate_started(&mut Input::default()).is_err());
        assert!(conn.complete(&Condition::new(State::Ok, "x")).is_err());
        assert!(conn.accept_body().is_err());
        assert!(conn.challenge(b"").is_err());
        assert!(conn.begin_idle().is_err());
        assert!(conn.progress(1, None).is_err());
        assert!(conn.send_body(b"x").is_err());
        assert!(conn.end_fetch().is_err());
    }

    fn longest_frame(&self) -> usize {
        64 * 1024
    }

    fn most_output(&self) -> usize {
        64 * 1024 + 1024
    }
}

fn answer(conn: &mut server::Connection, event: &server::Event<'_>) {
    let ok = Condition::new(State::Ok, "done");
    let done = match event {
        server::Event::Append { .. } | server::Event::AppendMore { len: Some(_), .. } => {
            conn.accept_body()
        }
        server::Event::Command { command: Command::Idle, .. } => conn.begin_idle(),
        server::Event::Command { command: Command::Authenticate { initial: None, .. }, .. } => {
            conn.challenge(b"")
        }
        server::Event::Command { command: Command::Select(..), .. } => {
            conn.send(&Response::Exists(3)).and_then(|()| {
                conn.send(&Response::Flags(Flags::new()))?;
                conn.complete(&ok.clone().with_code(Code::ReadWrite))
            })
        }
        server::Event::Command { .. }
        | server::Event::BodyEnd
        | server::Event::AuthResponse(_)
        | server::Event::Done => conn.complete(&ok),
        _ => Ok(()),
    };
    done.expect("an answer that fits");
}

/// A client's application: sends the commands it is told to. By itself it sends those of a whole
/// session before the first byte comes.
///
/// Lines: a command without its tag; `append MAILBOX LEN`, `message TEXT` (`\n` for a line end),
/// `idle`, `done`, `respond TEXT`, `cancel`.
#[derive(Debug)]
pub struct Client;

impl Role for Client {
    type Machine = client::Connection;

    fn start(options: &Options) -> (Self, client::Connection) {
        let mut config = client::Config::default();
        let mut security = Security::Tls;
        for (key, value) in options {
            match (key.as_str(), value.as_str()) {
                ("security", "plain") => security = Security::Plain,
                ("plaintext", "allowed") => config.allow_plaintext_credentials = true,
                ("inline_literal", n) => {
                    config.limits.inline_literal = n.parse().expect("a number")
                }
                _ => {}
            }
        }
        let mut conn = client::Connection::new(Arc::new(config), security);
        if options.is_empty() {
            for line in
                ["LOGIN ann pass", "SELECT INBOX", "FETCH 1:* (FLAGS)", "UID SEARCH ALL", "LOGOUT"]
            {
                let frame = format!("x {line}");
                let (_, command) =
                    parse::command(frame.as_bytes(), &Grammar::default()).expect("a command");
                conn.send(&command).expect("a command that fits");
            }
        }
        (Self, conn)
    }

    fn see<'i>(&mut self, _: &mut client::Connection, event: client::Event<'i>) -> Seen {
        let condition = |condition: &Condition<'_>| {
            let mut line = Vec::new();
            let condition = condition.clone();
            encode::response(&Response::Condition(condition), &mut line);
            line.trim_ascii_end().get(2..).unwrap_or_default().escape_ascii().to_string()
        };
        Seen::Event(match &event {
            client::Event::Body(piece) => return Seen::Piece(piece.to_vec()),
            client::Event::Greeting(greeting) => format!("Greeting {}", condition(greeting)),
            client::Event::Done { tag, condition: how } => format!("Done {tag} {}", condition(how)),
            client::Event::Response(response) => {
                let mut line = Vec::new();
                encode::response(response, &mut line);
                format!("Response {}", visible(line.trim_ascii_end()))
            }
            client::Event::BodyStart { seq, len, .. } => format!("BodyStart {seq} {len}"),
            client::Event::SendBody { tag, len } => format!("SendBody {tag} {len}"),
            client::Event::Challenge { data, .. } => {
                format!("Challenge {}", data.expose().escape_ascii())
            }
            client::Event::Skipped { why, .. } => format!("Skipped {why}"),
            event => format!("{event:?}"),
        })
    }

    fn act(&mut self, conn: &mut client::Connection, line: &str) -> Result<(), String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let done = match verb {
            "append" => {
                let (mailbox, len) = rest.rsplit_once(' ').ok_or("expected MAILBOX LEN")?;
                let mailbox = Mailbox::new(mailbox).map_err(|error| error.to_string())?;
                let append = Append { mailbox, flags: Flags::new(), date: None };
                conn.append(&append, len.parse().map_err(|_| "expected a number")?).map(|_| ())
            }
            "message" => conn.send_body(rest.replace("\\n", "\r\n").as_bytes()),
            "idle" => conn.idle().map(|_| ()),
            "done" => conn.done(),
            "respond" => conn.respond(rest.as_bytes()),
            "cancel" => conn.cancel(),
            "authenticate" => {
                let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
                let initial = (!initial.is_empty()).then(|| initial.replace("\\0", "\0"));
                let initial = initial.map(|text| mailwire_core::Secret::new(text.into_bytes()));
                conn.authenticate(mechanism, initial).map(|_| ())
            }
            "login" => {
                let (user, password) = rest.split_once(' ').ok_or("expected NAME PASSWORD")?;
                conn.login(user, password).map(|_| ())
            }
            _ => {
                let frame = format!("x {}", line.replace("\\n", "\r\n"));
                let (_, mut command) = parse::command(frame.as_bytes(), &Grammar::default())
                    .map_err(|error| error.to_string())?;
                stream(&mut command);
                if let Command::Other { name: Cow::Borrowed(name), .. } = &command {
                    return Err(format!("no such command: {name}"));
                }
                conn.send(&command).map(|_| ())
            }
        };
        done.map_err(|misuse| misuse.to_string())
    }

    fn upgrade(conn: &mut client::Connection, rx: &mut Input) -> Result<(), client::Error> {
        upgrade(conn, rx, client::Connection::deflate_started)
    }

    fn misuse(&mut self, conn: &mut client::Connection) {
        assert!(conn.tls_started(&mut Input::default()).is_err());
        assert!(conn.deflate_started(&mut Input::default()).is_err());
        assert!(conn.respond(b"").is_err());
        assert!(conn.cancel().is_err());
        assert!(conn.send(&Command::Idle).is_err());
        assert!(conn.send_body(b"x").is_err());
    }

    fn longest_frame(&self) -> usize {
        4 << 20
    }
}

/// Goes on as the machine wants, as if nothing were compressed or encrypted.
fn upgrade<M: Machine>(
    conn: &mut M,
    rx: &mut Input,
    deflate_started: impl FnOnce(&mut M, &mut Input) -> Result<Vec<u8>, M::Error>,
) -> Result<(), M::Error> {
    if conn.wants() != Wants::Deflate {
        return conn.tls_started(rx);
    }
    let compressed = deflate_started(conn, rx)?;
    rx.extend(&compressed);
    Ok(())
}

/// Of the messages of a command only their lengths are sent with it; `message` gives the octets.
fn stream(command: &mut Command<'_>) {
    let messages = match command {
        Command::Append { messages, .. } => &mut messages[..],
        Command::Replace { message, .. } => std::slice::from_mut(&mut **message),
        _ => return,
    };
    let streamed = |octets: &mut BodyItem<'_>| {
        if let BodyItem::Inline(here) = octets {
            *octets = BodyItem::Streamed(here.len() as u64);
        }
    };
    for message in messages {
        match &mut message.data {
            AppendData::Message(octets) | AppendData::Utf8(octets) => streamed(octets),
            AppendData::Catenate(parts) => parts.iter_mut().for_each(|part| {
                if let CatenatePart::Text(octets) = part {
                    streamed(octets);
                }
            }),
            _ => {}
        }
    }
}

/// The steps of an APPEND in words.
fn said(steps: &[AppendStep<'_>]) -> String {
    let words = steps.iter().map(|step| match step {
        AppendStep::Url(url) => format!(" {}", url.to_text()),
        AppendStep::Message { flags, .. } => {
            format!(" message ({})", flags.names().collect::<Vec<_>>().join(" "))
        }
        step => format!(" {step:?}"),
    });
    words.collect()
}

/// Bytes as a transcript shows them: what is not printable escaped, quotes and backslashes not.
fn visible(bytes: &[u8]) -> String {
    let show = |b: &u8| match b {
        b' '..=b'~' => char::from(*b).to_string(),
        b => b.escape_ascii().to_string(),
    };
    bytes.iter().map(show).collect()
}
