//! IMAP: a server that says OK to everything, and a client that sends what it is told.

use crate::play::{Shown, play, variant};
use crate::{Role, Side, Wrong, limit, no_limit, text};
use mailwire_core::Security;
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Command, Condition, Response, State};
use mailwire_imap::{client, encode, server};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn run(side: &Side) -> Result<(), Wrong> {
    match side.role {
        Role::Server => serve(side),
        Role::Client => send(side),
    }
}

fn serve(side: &Side) -> Result<(), Wrong> {
    side.no_commands()?;
    let mut config = server::Config::default();
    config.allow_plaintext_credentials = true;
    for (name, n) in side.limits()? {
        let limits = &mut config.limits;
        match name {
            "command" => limits.command = limit(name, n)?,
            "command_before_login" => limits.command_before_login = limit(name, n)?,
            "append" => limits.append = n,
            "depth" => limits.bounds.depth = limit(name, n)?,
            "output" => limits.output = limit(name, n)?,
            "refused" => limits.refused = limit(name, n)?,
            "failed_logins" => limits.failed_logins = limit(name, n)?,
            _ => {
                let known =
                    "command, command_before_login, append, depth, output, refused, failed_logins";
                return Err(no_limit(name, known));
            }
        }
    }
    let conn = server::Connection::new(Arc::new(config), Security::Plain);
    play(side, conn, |conn, event| see(conn, &event), variant)
}

fn see(conn: &mut server::Connection, event: &server::Event<'_>) -> Result<Shown, Wrong> {
    use server::Event;
    let object = match event {
        Event::Command { tag, command } => {
            let arguments = format!("{command:?}");
            json!({
                "event": "Command", "tag": tag.as_str(), "name": command.name(),
                "uid": command.is_uid(), "arguments": arguments,
            })
        }
        Event::Append { tag, append, len, .. } => {
            let flags: Vec<&str> = append.flags.names().collect();
            json!({
                "event": "Append", "tag": tag.as_str(), "mailbox": append.mailbox.name(),
                "flags": flags, "date": append.date.map(|date| date.unix()), "len": len,
            })
        }
        Event::Body(piece) => return Ok(Shown::Body(piece.to_vec())),
        Event::BodyRefused(syntax) => {
            json!({ "event": "BodyRefused", "at": syntax.at, "expected": syntax.expected })
        }
        Event::Refused(refused) => {
            let (line, why) = (text(refused.line), refused.why.to_string());
            json!({ "event": "Refused", "why": why, "line": line })
        }
        event => json!({ "event": variant(event) }),
    };
    let ok = Condition::new(State::Ok, "done");
    let done = match event {
        Event::Append { .. } => conn.accept_body(),
        Event::Command { command: Command::Idle, .. } => conn.begin_idle(),
        Event::Command { command: Command::Authenticate { initial: None, .. }, .. } => {
            conn.challenge(b"")
        }
        Event::Command { .. } | Event::BodyEnd | Event::AuthResponse(_) | Event::Done => {
            conn.complete(&ok)
        }
        _ => Ok(()),
    };
    done.map_err(|misuse| misuse.to_string())?;
    Ok(Shown::Event(object))
}

fn send(side: &Side) -> Result<(), Wrong> {
    let mut config = client::Config::default();
    config.allow_plaintext_credentials = true;
    for (name, n) in side.limits()? {
        match name {
            "response" => config.limits.response = limit(name, n)?,
            "inline_literal" => config.limits.inline_literal = n,
            "depth" => config.limits.bounds.depth = limit(name, n)?,
            _ => return Err(no_limit(name, "response, inline_literal, depth")),
        }
    }
    let mut conn = client::Connection::new(Arc::new(config), Security::Plain);
    for line in &side.send {
        let wrong = |why: String| format!("--send {line:?}: {why}");
        // The machine gives the tags.
        let frame = format!("x {line}");
        let (_, command) = parse::command(frame.as_bytes(), &Grammar::default())
            .map_err(|bad| wrong(bad.syntax.to_string()))?;
        let sent = match command {
            Command::Idle => conn.idle(),
            command => conn.send(&command),
        };
        sent.map_err(|misuse| wrong(misuse.to_string()))?;
    }
    play(side, conn, |conn, event| hear(conn, &event), variant)
}

fn hear(conn: &mut client::Connection, event: &client::Event<'_>) -> Result<Shown, Wrong> {
    use client::Event;
    let condition = |event: &str, tag: Value, condition: &Condition<'_>| {
        let code = condition.code.as_ref().map(|code| format!("{code:?}"));
        json!({
            "event": event, "tag": tag, "state": condition.state.as_str(), "code": code,
            "text": condition.text.as_str(),
        })
    };
    let object = match event {
        Event::Greeting(greeting) => condition("Greeting", Value::Null, greeting),
        Event::Done { tag, condition: how } => condition("Done", json!(tag.to_string()), how),
        Event::Response(response) => {
            let mut line = Vec::new();
            encode::response(response, &mut line);
            let details = format!("{response:?}");
            let kind = variant(response);
            let written = text(line.trim_ascii_end());
            match response {
                Response::Exists(n) | Response::Recent(n) | Response::Expunge(n) => {
                    json!({ "event": "Response", "kind": kind, "number": n })
                }
                Response::Search(numbers) => {
                    json!({ "event": "Response", "kind": kind, "numbers": numbers.numbers })
                }
                _ => json!({
                    "event": "Response", "kind": kind, "written": written, "details": details,
                }),
            }
        }
        Event::BodyStart { seq, section, len } => {
            json!({ "event": "BodyStart", "seq": seq, "section": format!("{section:?}"), "len": len })
        }
        Event::Body(piece) => return Ok(Shown::Body(piece.to_vec())),
        Event::SendBody { tag, len } => {
            json!({ "event": "SendBody", "tag": tag.to_string(), "len": len })
        }
        Event::Challenge { tag, data } => {
            json!({ "event": "Challenge", "tag": tag.to_string(), "data": text(data.expose()) })
        }
        Event::Idling(tag) => json!({ "event": "Idling", "tag": tag.to_string() }),
        Event::Skipped { response, why } => json!({
            "event": "Skipped", "at": why.at, "expected": why.expected, "response": text(response),
        }),
        event => json!({ "event": variant(event) }),
    };
    if let Event::Challenge { .. } = event {
        conn.cancel().map_err(|misuse| misuse.to_string())?;
    }
    Ok(Shown::Event(object))
}
