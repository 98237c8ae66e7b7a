//! POP3: a maildrop of two messages, and a client that says what it is told.

use crate::{Options, Role, Seen};
use mailwire_core::{Input, Security, Text};
use mailwire_pop3::{Capability, Command, Language, Maildrop, Phrase, Reply, client, server};
use std::sync::Arc;

/// A server's application. By itself it lets everyone in to a maildrop of two messages.
///
/// Lines: `open OCTETS:UID ...`, `ok TEXT`, `err TEXT`, `challenge TEXT`, `body TEXT` (with `\n`
/// for a line end; the whole message), `lines REPLY|TEXT`, `part TEXT` (a message that is not ended),
/// `abort`, `announce CAPABILITY`. `ok` and `err` take a response code in brackets.
#[derive(Debug)]
pub struct Server {
    scripted: bool,
}

/// The messages of the application that answers by itself.
pub const MESSAGES: [&str; 2] = [
    "Subject: one\r\n\r\nDo you like ketchup?\r\n.\r\n",
    "Subject: two\r\n\r\n.How about pickles?\r\nYes.\r\n",
];

impl Role for Server {
    type Machine = server::Connection;

    fn start(options: &Options) -> (Self, server::Connection) {
        let mut config = server::Config::default();
        let mut security = Security::Tls;
        let mut scripted = false;
        let mut timestamp = Text::default();
        for (key, value) in options {
            match (key.as_str(), value.as_str()) {
                ("application", value) => scripted = value == "script",
                ("security", "plain") => security = Security::Plain,
                ("plaintext", "allowed") => config.allow_plaintext_credentials = true,
                ("undeclared" | "window", _) => {}
                ("greeting", text) => config.greeting = Text::lossy(text.to_owned()),
                ("apop", text) => {
                    config.apop = true;
                    timestamp = Text::lossy(text.to_owned());
                }
                ("mechanisms", names) => {
                    config.mechanisms = names.split(' ').map(ToString::to_string).collect();
                }
                ("verbs", names) => {
                    config.verbs = names.split(' ').map(ToString::to_string).collect();
                }
                ("utf8", "messages") => config.utf8 = server::Utf8::Messages,
                ("utf8", "users") => config.utf8 = server::Utf8::MessagesAndUsers,
                ("languages", tags) => config.languages = tags.split(' ').map(language).collect(),
                ("capability", line) => {
                    config.capabilities = vec![Capability::parse(line.as_bytes())];
                }
                ("bare_lf", "allowed") => config.lenience.bare_lf = true,
                ("failed_logins", n) => config.limits.failed_logins = n.parse().expect("a number"),
                ("output", n) => config.limits.output = n.parse().expect("a number"),
                _ => panic!("no such option: {key}={value}"),
            }
        }
        let machine = server::Connection::with_timestamp(Arc::new(config), security, timestamp);
        (Self { scripted }, machine)
    }

    fn see<'i>(&mut self, conn: &mut server::Connection, event: server::Event<'i>) -> Seen {
        let words = match &event {
            server::Event::Pass(password) => {
                format!("Pass {} {}", conn.user().escape_ascii(), password.escape_ascii())
            }
            server::Event::Auth { mechanism, initial } => {
                let initial = initial.as_ref().map(|i| i.expose().escape_ascii().to_string());
                format!("Auth {mechanism} {initial:?}")
            }
            server::Event::AuthResponse(response) => {
                format!("AuthResponse {}", response.expose().escape_ascii())
            }
            server::Event::Update => {
                format!("Update {:?}", conn.maildrop().deleted().collect::<Vec<_>>())
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
            "open" => {
                let mut maildrop = Maildrop::default();
                for message in rest.split_ascii_whitespace() {
                    let (octets, id) = message.split_once(':').ok_or("expected OCTETS:UID")?;
                    let octets = octets.parse().map_err(|_| "expected a number")?;
                    maildrop.push(octets, id).map_err(|error| error.to_string())?;
                }
                conn.open(maildrop)
            }
            "ok" => conn.reply(&Reply::parse(format!("+OK {rest}").as_bytes()).ok_or("no reply")?),
            "err" => {
                conn.reply(&Reply::parse(format!("-ERR {rest}").as_bytes()).ok_or("no reply")?)
            }
            "lines" => {
                let (reply, text) = rest.split_once('|').ok_or("expected REPLY|TEXT")?;
                conn.begin_lines(&Reply::ok(Text::lossy(reply))).and_then(|()| {
                    conn.send_body(text.replace("\\n", "\r\n").as_bytes())?;
                    conn.end_body()
                })
            }
            "part" => conn
                .begin_body()
                .and_then(|()| conn.send_body(rest.replace("\\n", "\r\n").as_bytes())),
            "abort" => conn.abort_body(),
            "announce" => {
                conn.announce(vec![Capability::parse(rest.as_bytes())]);
                Ok(())
            }
            "challenge" => conn.challenge(rest.as_bytes()),
            "body" => conn.begin_body().and_then(|()| {
                conn.send_body(rest.replace("\\n", "\r\n").as_bytes())?;
                conn.end_body()
            }),
            _ => return Err("no such action".into()),
        };
        done.map_err(|misuse| misuse.to_string())
    }

    fn misuse(&mut self, conn: &mut server::Connection) {
        assert!(conn.tls_started(&mut Input::default()).is_err());
        assert!(conn.reply(&Reply::ok(Text::default())).is_err());
        assert!(conn.open(Maildrop::default()).is_err());
        assert!(conn.begin_body().is_err());
        assert!(conn.send_body(b"x").is_err());
        assert!(conn.end_body().is_err());
        assert!(conn.abort_body().is_err());
        assert!(conn.begin_lines(&Reply::ok(Text::default())).is_err());
        assert!(conn.challenge(b"").is_err());
    }

    fn longest_frame(&self) -> usize {
        12_288
    }

    fn most_output(&self) -> usize {
        64 * 1024 + 1024
    }
}

/// A language that says some things in its own words.
fn language(tag: &str) -> Language {
    let language = Language::new(tag, Text::lossy(format!("the language {tag}"))).expect("a tag");
    language
        .with(Phrase::LanguageChanged, Text::lossy(format!("{tag} from here on")))
        .with(Phrase::Unknown, Text::lossy(format!("unknown, in {tag}")))
        .with(Phrase::Opened, Text::lossy(format!("in {tag} {{messages}} and {{octets}}")))
}

fn answer(conn: &mut server::Connection, event: &server::Event<'_>) {
    let done = match event {
        server::Event::Pass(_)
        | server::Event::Apop { .. }
        | server::Event::Auth { initial: Some(_), .. }
        | server::Event::AuthResponse(_) => {
            let mut maildrop = Maildrop::default();
            for (message, id) in MESSAGES.iter().zip(["uid-1", "uid-2"]) {
                maildrop.push(message.len() as u64, id).expect("a unique id");
            }
            conn.open(maildrop)
        }
        server::Event::Auth { initial: None, .. } => conn.challenge(b""),
        server::Event::Retr(number) | server::Event::Top { message: number, .. } => {
            conn.begin_body().and_then(|()| {
                let at = usize::try_from(*number).unwrap_or_default().wrapping_sub(1);
                conn.send_body(MESSAGES.get(at).unwrap_or(&"").as_bytes())?;
                conn.end_body()
            })
        }
        server::Event::Update | server::Event::StartTls | server::Event::Other { .. } => {
            conn.reply(&Reply::ok(Text::lossy("done")))
        }
        _ => Ok(()),
    };
    done.expect("an answer that fits");
}

/// A client's application: sends the commands it is told to. By itself it sends those of a whole
/// session before the first byte comes.
///
/// Lines: a command; `lines COMMAND` for one whose answer has several lines; `respond TEXT`;
/// `cancel`; `no COMMAND` for one that is misuse.
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
                ("undeclared", "allowed") => config.allow_undeclared_utf8 = true,
                ("window", n) => config.limits.window = n.parse().expect("a number"),
                _ => {}
            }
        }
        let mut conn = client::Connection::new(Arc::new(config), security);
        if options.is_empty() {
            for line in
                ["CAPA", "USER bob", "PASS hungry", "STAT", "LIST", "UIDL", "RETR 1", "QUIT"]
            {
                let command = Command::parse(line.as_bytes()).expect("a command");
                conn.send(&command).expect("a command that fits");
            }
        }
        (Self, conn)
    }

    fn see<'i>(&mut self, conn: &mut client::Connection, event: client::Event<'i>) -> Seen {
        let reply = |reply: &Reply<'_>| {
            let mut line = Vec::new();
            reply.encode(&mut line);
            line.trim_ascii_end().escape_ascii().to_string()
        };
        Seen::Event(match &event {
            client::Event::Body(piece) => return Seen::Piece(piece.to_vec()),
            client::Event::Greeting(text) => match conn.timestamp() {
                Some(timestamp) => format!("Greeting {} timestamp {timestamp}", reply(text)),
                None => format!("Greeting {}", reply(text)),
            },
            client::Event::Reply { reply: text, .. } => format!("Reply {}", reply(text)),
            client::Event::Stat { messages, octets, .. } => format!("Stat {messages} {octets}"),
            client::Event::Listed { message, octets, .. } => format!("Listed {message} {octets}"),
            client::Event::UniqueId { message, id, .. } => {
                format!("UniqueId {message} {}", id.as_str())
            }
            client::Event::Capability { capability, .. } => format!("Capability {capability:?}"),
            client::Event::Language { tag, description, .. } => {
                format!("Language {tag} {description}")
            }
            client::Event::Line { line, .. } => format!("Line {}", line.escape_ascii()),
            client::Event::Message { reply: text, .. } => format!("Message {}", reply(text)),
            client::Event::End { .. } => "End".into(),
            client::Event::Challenge { data, .. } => {
                format!("Challenge {}", data.expose().escape_ascii())
            }
            client::Event::Farewell(text) => format!("Farewell {}", reply(text)),
            client::Event::Anomaly { what, .. } => format!("Anomaly {what:?}"),
            event => format!("{event:?}"),
        })
    }

    fn act(&mut self, conn: &mut client::Connection, line: &str) -> Result<(), String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let done = match verb {
            "respond" => conn.respond(rest.as_bytes()),
            "cancel" => conn.cancel(),
            "lines" => {
                let command = Command::parse(rest.as_bytes()).map_err(|error| error.to_string())?;
                conn.send_for_lines(&command).map(|_| ())
            }
            "no" => {
                let command = Command::parse(rest.as_bytes()).map_err(|error| error.to_string())?;
                return match conn.send(&command) {
                    Ok(_) => Err("it was sent".into()),
                    Err(_) => Ok(()),
                };
            }
            _ => {
                let command = Command::parse(line.as_bytes()).map_err(|error| error.to_string())?;
                conn.send(&command).map(|_| ())
            }
        };
        done.map_err(|misuse| misuse.to_string())
    }

    fn misuse(&mut self, conn: &mut client::Connection) {
        assert!(conn.tls_started(&mut Input::default()).is_err());
        assert!(conn.respond(b"").is_err());
        assert!(conn.cancel().is_err());
    }

    fn longest_frame(&self) -> usize {
        8192
    }
}
