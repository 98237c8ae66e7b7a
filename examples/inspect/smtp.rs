//! SMTP: a server that accepts everything, and a client that sends what it is told.

use crate::play::{Shown, play, variant};
use crate::{Role, Side, Wrong, limit, no_limit, text};
use mailwire_core::Security;
use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server;
use mailwire_smtp::types::{
    Attribute, Attributes, Extension, Mechanism, Params, Protocol, Reply, Words,
};
use mailwire_smtp::{Misuse, Text, parse};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn run(side: &Side, protocol: Protocol) -> Result<(), Wrong> {
    match side.role {
        Role::Server => serve(side, protocol),
        Role::Client => send(side, protocol),
    }
}

fn serve(side: &Side, protocol: Protocol) -> Result<(), Wrong> {
    side.no_commands()?;
    let mut config = server::Config::default();
    config.protocol = protocol;
    // Everything that a machine can take, so that all of it is seen.
    config.extensions.extend([
        Extension::Chunking,
        Extension::BinaryMime,
        Extension::Dsn,
        Extension::RequireTls,
        Extension::DeliverBy(None),
        Extension::MtPriority(Words::default()),
        Extension::Rrvs,
        Extension::Etrn,
        Extension::Atrn,
        Extension::Burl(Words::default()),
        Extension::XClient(Words::new(Text::lossy("NAME ADDR PORT PROTO HELO LOGIN"))),
        Extension::XForward(Words::new(Text::lossy("NAME ADDR PORT PROTO HELO SOURCE"))),
        Extension::Prdr,
        Extension::XVerp,
    ]);
    config.starttls = true;
    config.allow_plaintext_credentials = true;
    config.mechanisms =
        ["PLAIN", "LOGIN"].into_iter().filter_map(|name| Mechanism::new(name).ok()).collect();
    for (name, n) in side.limits()? {
        let limits = &mut config.limits;
        match name {
            "line" => limits.line = limit(name, n)?,
            "auth_line" => limits.auth_line = limit(name, n)?,
            "output" => limits.output = limit(name, n)?,
            "recipients" => limits.recipients = limit(name, n)?,
            "message" => limits.message = n,
            "idle_commands" => limits.idle_commands = limit(name, n)?,
            "errors" => limits.errors = limit(name, n)?,
            "auth_failures" => limits.auth_failures = limit(name, n)?,
            _ => {
                let known = "line, auth_line, output, recipients, message, idle_commands, errors, \
                             auth_failures";
                return Err(no_limit(name, known));
            }
        }
    }
    let conn = server::Connection::new(Arc::new(config), Security::Plain);
    play(side, conn, |conn, event| see(conn, &event), variant)
}

fn see(conn: &mut server::Connection, event: &server::Event<'_>) -> Result<Shown, Wrong> {
    use server::Event;
    let mut answered = true;
    let object = match event {
        Event::Hello(hello) => {
            json!({ "event": "Hello", "domain": hello.domain.as_str(), "extended": hello.extended })
        }
        Event::Mail(mail) => {
            json!({ "event": "Mail", "from": mail.from.as_str(), "params": params(&mail.params) })
        }
        Event::Rcpt(rcpt) => {
            json!({ "event": "Rcpt", "to": rcpt.to.as_str(), "params": params(&rcpt.params) })
        }
        Event::Body(piece) => return Ok(Shown::Body(piece.to_vec())),
        Event::BodyRefused(why) => {
            answered = false;
            json!({ "event": "BodyRefused", "why": format!("{why:?}") })
        }
        Event::Auth { mechanism, initial } => {
            json!({ "event": "Auth", "mechanism": mechanism.as_str(), "initial": initial.is_some() })
        }
        Event::AuthCancelled => {
            answered = false;
            json!({ "event": "AuthCancelled" })
        }
        Event::Verify(of) => json!({ "event": "Verify", "of": of }),
        Event::Expand(of) => json!({ "event": "Expand", "of": of }),
        Event::Help(of) => json!({ "event": "Help", "of": of }),
        Event::Burl { url, last } => json!({ "event": "Burl", "url": url, "last": last }),
        Event::Etrn(of) => json!({ "event": "Etrn", "of": of }),
        Event::Atrn(of) => json!({ "event": "Atrn", "of": of }),
        Event::XClient(all) => json!({ "event": "XClient", "attributes": attributes(all) }),
        Event::XForward(all) => json!({ "event": "XForward", "attributes": attributes(all) }),
        Event::Proxy(proxy) => {
            answered = false;
            let addresses = proxy.addresses.map(|(from, to)| [from.to_string(), to.to_string()]);
            json!({ "event": "Proxy", "addresses": addresses })
        }
        Event::Unsynchronised(verb) => {
            answered = false;
            json!({ "event": "Unsynchronised", "verb": verb.map(|verb| verb.as_str()) })
        }
        Event::Other { verb, rest } => json!({ "event": "Other", "verb": verb, "rest": rest }),
        Event::Refused(refused) => {
            answered = false;
            let (line, why) = (text(refused.line), format!("{:?}", refused.why));
            json!({ "event": "Refused", "why": why, "line": line })
        }
        event => json!({ "event": variant(event) }),
    };
    let done = match event {
        _ if !answered => Ok(()),
        Event::Auth { initial: None, .. } => conn.challenge(b""),
        _ => conn.accept(),
    };
    done.map_err(|misuse: Misuse| misuse.to_string())?;
    Ok(Shown::Event(object))
}

fn params(params: &Params<'_>) -> Value {
    params.iter().map(|param| (param.keyword.to_string(), json!(param.value))).collect()
}

fn attributes(all: &Attributes<'_>) -> Value {
    let word = |attribute| match attribute {
        Attribute::Value(text) => json!(text),
        Attribute::Unavailable => json!(null),
        Attribute::TemporarilyUnavailable => json!(false),
    };
    all.iter().map(|(name, attribute)| (name.to_string(), word(attribute))).collect()
}

fn send(side: &Side, protocol: Protocol) -> Result<(), Wrong> {
    let mut config = client::Config::default();
    config.protocol = protocol;
    config.tls = Tls::Optional;
    config.allow_plaintext_credentials = true;
    for (name, n) in side.limits()? {
        match name {
            "line" => config.limits.line = limit(name, n)?,
            "lines" => config.limits.lines = limit(name, n)?,
            "reply" => config.limits.reply = limit(name, n)?,
            _ => return Err(no_limit(name, "line, lines, reply")),
        }
    }
    let mut conn = client::Connection::new(Arc::new(config), Security::Plain);
    for line in &side.send {
        let wrong = |why: String| format!("--send {line:?}: {why}");
        let command = parse::command(line.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        conn.send(&command).map_err(|misuse| wrong(misuse.to_string()))?;
    }
    play(side, conn, |conn, event| hear(conn, &event), variant)
}

fn hear(conn: &mut client::Connection, event: &client::Event<'_>) -> Result<Shown, Wrong> {
    use client::Event;
    let reply = |event: &str, to: Value, reply: &Reply<'_>| {
        let code = reply.code();
        let enhanced = reply.enhanced().map(|e| {
            format!("{}.{}.{}", code.to_string().get(..1).unwrap_or_default(), e.subject, e.detail)
        });
        json!({
            "event": event, "to": to, "code": code.to_string(), "enhanced": enhanced,
            "text": reply.text(),
        })
    };
    let object = match event {
        Event::Greeting(greeting) => reply("Greeting", Value::Null, greeting),
        Event::Reply { to, reply: answer } => reply("Reply", json!(to.verb().as_str()), answer),
        Event::RecipientReply { reply: answer, .. } => reply("RecipientReply", Value::Null, answer),
        Event::SendBody { to } => json!({ "event": "SendBody", "to": to.verb().as_str() }),
        Event::Challenge { data, .. } => json!({ "event": "Challenge", "data": text(data) }),
        Event::Farewell(answer) => reply("Farewell", Value::Null, answer),
        event => json!({ "event": variant(event) }),
    };
    let done = match event {
        // There is no message to send: an empty one is.
        Event::SendBody { .. } => conn.end_body(),
        Event::Challenge { .. } => conn.cancel(),
        _ => Ok(()),
    };
    done.map_err(|misuse| misuse.to_string())?;
    Ok(Shown::Event(object))
}
