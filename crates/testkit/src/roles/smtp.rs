//! SMTP: a server that says yes, and a client that sends one message.
#![allow(clippy::unwrap_used, reason = "a test kit panics to report")]

use crate::{Options, Role, Seen};
use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server::{self, BareNewlines, Protocol};
use mailwire_smtp::types::{
    Attributes, Code, Command, Domain, Extension, ForwardPath, Mail, Mechanism, Other, Params,
    Rcpt, Reply, ReversePath,
};
use mailwire_smtp::{Misuse, Secret, Security, Text};

/// A server's application. By itself it says yes to all but recipients `@elsewhere` and passwords
/// that are not alice's `hungry`; with `@ server=script` it does what the transcript says.
///
/// Lines: `accept`, `250 TEXT` (with `\\n` for a line end), `recipient INDEX 250 TEXT`,
/// `challenge TEXT`, `expire`.
#[derive(Debug, Default)]
pub struct Server {
    scripted: bool,
    login: Option<Vec<u8>>,
    mechanism: String,
}

fn number<T: std::str::FromStr<Err = std::num::ParseIntError>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The configuration that options ask for.
pub fn server_config(options: &Options) -> server::Config {
    let mut config = server::Config::default();
    config.name = Domain::new("hamburger.edu").unwrap();
    for (key, value) in options {
        match key.as_str() {
            "greeting" => config.greeting = Some(Text::new(value.clone()).unwrap()),
            "starttls" => config.starttls = value == "yes",
            "auth" => {
                config.mechanisms =
                    value.split(' ').map(|name| Mechanism::new(name.to_owned()).unwrap()).collect();
            }
            "plaintext" => config.allow_plaintext_credentials = value == "yes",
            "newlines" if value == "normalise" => config.bare_newlines = BareNewlines::Normalise,
            "newlines" => config.bare_newlines = BareNewlines::Keep,
            // `none`, or keywords with commas between that are added.
            "extensions" => {
                if value == "none" {
                    config.extensions.clear();
                }
                for keyword in value.split(',').filter(|word| !matches!(*word, "" | "none")) {
                    let extension = Extension::new(keyword, Text::default()).unwrap();
                    config.extensions.push(extension.into_owned());
                }
            }
            "lmtp" => config.protocol = Protocol::Lmtp,
            "proxy" => config.proxy = value == "yes",
            "errors" => config.limits.errors = number(value),
            "message" => config.limits.message = number(value),
            "line" => config.limits.line = number(value),
            "recipients" => config.limits.recipients = number(value),
            "idle" => config.limits.idle_commands = number(value),
            "server" | "client" | "tls" | "one_by_one" | "chunk" | "window" => {}
            _ => panic!("no such option: {key}"),
        }
    }
    config
}

impl Server {
    fn authenticate(&mut self, machine: &mut server::Connection, response: Option<&[u8]>) {
        let answered = match (self.mechanism.as_str(), response) {
            ("LOGIN", None) => machine.challenge(b"Username:"),
            ("LOGIN", Some(user)) if self.login.is_none() => {
                self.login = Some(user.to_vec());
                machine.challenge(b"Password:")
            }
            ("LOGIN", Some(b"hungry")) if self.login.as_deref() == Some(b"alice") => {
                machine.accept()
            }
            ("PLAIN", None) => machine.challenge(b""),
            ("PLAIN", Some(b"\0alice\0hungry")) => machine.accept(),
            _ => machine.reply(&Reply::new(Code::BAD_CREDENTIALS, "5.7.8 wrong")),
        };
        answered.unwrap();
    }
}

impl Role for Server {
    type Machine = server::Connection;

    fn start(options: &Options) -> (Self, server::Connection) {
        let config = server_config(options);
        let role = Self {
            scripted: options.get("server").is_some_and(|value| value == "script"),
            ..Self::default()
        };
        (role, server::Connection::new(config.into(), Security::Plain))
    }

    fn see<'i>(&mut self, machine: &mut server::Connection, event: server::Event<'i>) -> Seen {
        use server::Event;
        let words = match &event {
            Event::Hello(hello) if hello.extended => format!("Ehlo {}", hello.domain),
            Event::Hello(hello) => format!("Helo {}", hello.domain),
            Event::Mail(mail) => format!("Mail <{}>{}", mail.from, shown(&mail.params)),
            Event::Rcpt(rcpt) => format!("Rcpt <{}>{}", rcpt.to, shown(&rcpt.params)),
            Event::Data => "Data".into(),
            Event::Body(piece) => return Seen::Piece(piece.to_vec()),
            Event::BodyEnd => "BodyEnd".into(),
            Event::BodyRefused(why) => return Seen::Event(format!("BodyRefused {why:?}")),
            Event::Auth { mechanism, initial } => {
                let initial = initial.map(|bytes| bytes.expose().escape_ascii().to_string());
                format!("Auth {mechanism} {}", initial.unwrap_or_else(|| "nothing".into()))
            }
            Event::AuthResponse(bytes) => format!("AuthResponse {}", bytes.expose().escape_ascii()),
            Event::AuthCancelled => return Seen::Event("AuthCancelled".into()),
            Event::StartTls => "StartTls".into(),
            Event::Reset => "Reset".into(),
            Event::Verify(text) => format!("Verify {text}"),
            Event::Expand(text) => format!("Expand {text}"),
            Event::Help(text) => format!("Help {text}"),
            Event::Noop => "Noop".into(),
            Event::Quit => "Quit".into(),
            Event::Burl { url, last } => format!("Burl {url}{}", if *last { " LAST" } else { "" }),
            Event::Etrn(text) => format!("Etrn {text}"),
            Event::Atrn(text) => format!("Atrn {text}"),
            Event::XClient(all) => format!("XClient{}", attributes(all)),
            Event::XForward(all) => format!("XForward{}", attributes(all)),
            Event::Proxy(proxy) => return Seen::Event(format!("Proxy {:?}", proxy.addresses)),
            Event::Unsynchronised(verb) => {
                return Seen::Event(format!("Unsynchronised {verb:?}"));
            }
            Event::Other { verb, rest } => format!("Other {verb} {rest}"),
            Event::Refused(refused) => {
                let why = format!("{:?}", refused.why);
                let why = why.split(['(', ' ']).next().unwrap();
                return Seen::Event(format!("Refused {why}: {}", refused.line.escape_ascii()));
            }
            other => panic!("no words for {other:?}"),
        };
        if !self.scripted {
            match event {
                Event::Auth { mechanism, initial } => {
                    self.mechanism = mechanism.as_str().to_ascii_uppercase();
                    self.login = None;
                    self.authenticate(machine, initial.map(|bytes| bytes.expose()));
                }
                Event::AuthResponse(bytes) => self.authenticate(machine, Some(bytes.expose())),
                Event::Rcpt(rcpt) if rcpt.to.as_str().ends_with("@elsewhere") => {
                    let text = format!("5.7.1 no relaying for {}", rcpt.to);
                    machine.reply(&Reply::new(Code::REFUSED, text)).unwrap();
                }
                _ => machine.accept().unwrap(),
            }
        }
        Seen::Event(words)
    }

    fn act(&mut self, machine: &mut server::Connection, line: &str) -> Result<(), String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let done = match verb {
            "accept" => machine.accept(),
            "challenge" => machine.challenge(rest.as_bytes()),
            "expire" => {
                machine.expire();
                Ok(())
            }
            "recipient" => {
                let (index, line) = rest.split_once(' ').ok_or("no answer")?;
                machine.reply_recipient(number(index), &reply(line)?)
            }
            _ => machine.reply(&reply(line)?),
        };
        done.map_err(|misuse| misuse.to_string())
    }

    fn misuse(&mut self, machine: &mut server::Connection) {
        assert_eq!(machine.accept(), Err(Misuse::NoReplyDue));
        assert_eq!(machine.reply(&Reply::new(Code::OK, "ok")), Err(Misuse::NoReplyDue));
        assert_eq!(machine.challenge(b"x"), Err(Misuse::NoReplyDue));
        assert!(machine.tls_started(&mut Default::default()).is_err());
    }
}

/// `250 TEXT`.
fn reply(line: &str) -> Result<Reply<'static>, String> {
    let (code, text) = line.split_once(' ').unwrap_or((line, ""));
    let code = code.parse().ok().and_then(Code::new).ok_or("no such action")?;
    Ok(Reply::new(code, text.replace("\\n", "\n")))
}

fn attributes(all: &Attributes<'_>) -> String {
    all.iter().map(|(name, attribute)| format!(" {name}={attribute:?}")).collect()
}

fn shown(params: &Params<'_>) -> String {
    let one = |param: mailwire_smtp::types::Param<'_>| match param.value {
        Some(value) => format!(" {}={value}", param.keyword),
        None => format!(" {}", param.keyword),
    };
    params.iter().map(one).collect()
}

/// A client's application. By itself it sends one message to two people when it is greeted; with
/// `@ client=script` it does what the transcript says.
///
/// Lines: `helo NAME`, `ehlo NAME`, `mail PATH [PARAM]...`, `rcpt PATH [PARAM]...`, `data`,
/// `body TEXT` and `auth MECHANISM [INITIAL]` (with `\\r`, `\\n`, `\\0`), `end`, `rset`, `noop`,
/// `chunk TEXT`, `last TEXT`, `chunks`, `help`, `vrfy`, `expn`, `quit`, `starttls`, `other VERB`, `respond TEXT`, `cancel`, `expire`; or
/// several of them with ` | ` between, which are done before anything is sent.
#[derive(Debug, Default)]
pub struct Client {
    scripted: bool,
}

/// The configuration that options ask for.
pub fn client_config(options: &Options) -> client::Config {
    let mut config = client::Config::default();
    config.tls = Tls::Optional;
    for (key, value) in options {
        match key.as_str() {
            "tls" if value == "required" => config.tls = Tls::Required,
            "plaintext" => config.allow_plaintext_credentials = value == "yes",
            "one_by_one" => config.one_by_one = value == "yes",
            "lmtp" => config.protocol = Protocol::Lmtp,
            "chunk" => config.chunk = number(value),
            "window" => config.window = number(value),
            _ => {}
        }
    }
    config
}

impl Role for Client {
    type Machine = client::Connection;

    fn start(options: &Options) -> (Self, client::Connection) {
        let config = client_config(options);
        let scripted = options.get("client").is_some_and(|value| value == "script");
        (Self { scripted }, client::Connection::new(config.into(), Security::Plain))
    }

    fn see<'i>(&mut self, machine: &mut client::Connection, event: client::Event<'i>) -> Seen {
        use client::Event;
        let words = match &event {
            Event::Greeting(reply) => format!("Greeting {reply}"),
            Event::Reply { to, reply } => format!("Reply {reply} to {}", to.verb()),
            Event::RecipientReply { to, recipient, reply } => {
                format!("RecipientReply {reply} to {} for {}", to.verb(), recipient.verb())
            }
            Event::SendBody { to } => format!("SendBody to {}", to.verb()),
            Event::Challenge { data, .. } => format!("Challenge {}", data.escape_ascii()),
            Event::StartTls => "StartTls".into(),
            Event::Farewell(reply) => format!("Farewell {reply}"),
            other => panic!("no words for {other:?}"),
        };
        if !self.scripted {
            // What is refused here is refused because of what the server said.
            match &event {
                Event::Greeting(_) => {
                    let ehlo = self.act(machine, "ehlo crepes.fr");
                    let _ = ehlo.or_else(|_| self.act(machine, "lhlo crepes.fr"));
                }
                Event::Reply { to, reply } => match (to.verb().as_str(), reply.is_positive()) {
                    ("EHLO", false) => {
                        let _ = self.act(machine, "helo crepes.fr");
                    }
                    ("EHLO" | "HELO" | "LHLO", true) => {
                        for line in ["mail a@b", "rcpt c@d", "rcpt e@f", "data"] {
                            let _ = self.act(machine, line);
                        }
                    }
                    ("DATA", _) => {
                        let _ = self.act(machine, "quit");
                    }
                    _ => {}
                },
                Event::SendBody { .. } => {
                    machine.send_body(b"Subject: hi\n\n.dot\n").unwrap();
                    machine.end_body().unwrap();
                }
                Event::Challenge { .. } => machine.cancel().unwrap(),
                _ => {}
            }
        }
        Seen::Event(words)
    }

    fn act(&mut self, machine: &mut client::Connection, line: &str) -> Result<(), String> {
        if let Some((first, others)) = line.split_once(" | ") {
            self.act(machine, first)?;
            return self.act(machine, others);
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let say = |misuse: Misuse| misuse.to_string();
        let text = || Text::new(rest).unwrap();
        let (path, params) = rest.split_once(' ').unwrap_or((rest, ""));
        let params =
            || params.split(' ').filter(|word| !word.is_empty()).fold(Params::default(), with);
        let unescaped =
            |text: &str| text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
        let command = match verb {
            "helo" => Command::Helo(Domain::new(rest).unwrap()),
            "lhlo" => Command::Lhlo(Domain::new(rest).unwrap()),
            "ehlo" => Command::Ehlo(Domain::new(rest).unwrap()),
            "mail" => {
                Command::Mail(Mail { from: ReversePath::new(path).unwrap(), params: params() })
            }
            "rcpt" => Command::Rcpt(Rcpt { to: ForwardPath::new(path).unwrap(), params: params() }),
            "data" => Command::Data,
            "rset" => Command::Rset,
            "noop" => Command::Noop(text()),
            "help" => Command::Help(text()),
            "vrfy" => Command::Vrfy(text()),
            "expn" => Command::Expn(text()),
            "quit" => Command::Quit,
            "starttls" => Command::StartTls,
            "auth" => {
                let (name, initial) = match rest.split_once(' ') {
                    Some((name, initial)) => (name, Some(Secret::new(unescaped(initial)))),
                    None => (rest, None),
                };
                Command::Auth { mechanism: Mechanism::new(name).unwrap(), initial }
            }
            "other" => Command::Other(Other::new(path, Text::default()).unwrap()),
            "respond" => return machine.respond(rest.as_bytes()).map_err(say),
            "cancel" => return machine.cancel().map_err(say),
            "body" => return machine.send_body(unescaped(rest).as_bytes()).map_err(say),
            "end" => return machine.end_body().map_err(say),
            "chunk" => {
                return machine
                    .send_chunk(unescaped(rest).as_bytes(), false)
                    .map(|_| ())
                    .map_err(say);
            }
            "last" => {
                return machine
                    .send_chunk(unescaped(rest).as_bytes(), true)
                    .map(|_| ())
                    .map_err(say);
            }
            "chunks" => return machine.begin_chunks(false).map(|_| ()).map_err(say),
            "expire" => {
                machine.expire();
                return Ok(());
            }
            _ => return Err("no such action".into()),
        };
        machine.send(&command).map(|_| ()).map_err(say)
    }

    fn misuse(&mut self, machine: &mut client::Connection) {
        assert_eq!(machine.send_body(b"x"), Err(Misuse::NoBody));
        assert_eq!(machine.end_body(), Err(Misuse::NoBody));
        assert_eq!(machine.respond(b"x"), Err(Misuse::NoReplyDue));
        assert_eq!(machine.cancel(), Err(Misuse::NoReplyDue));
        assert!(machine.tls_started(&mut Default::default()).is_err());
    }
}

fn with<'a>(params: Params<'a>, word: &str) -> Params<'a> {
    match word.split_once('=') {
        Some((keyword, value)) => params.with(keyword, Some(value)).unwrap(),
        None => params.with(word, None).unwrap(),
    }
}
