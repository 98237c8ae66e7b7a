//! POP3: a server with a maildrop of two messages that lets everyone in, and a client that sends
//! what it is told.

use crate::play::{Shown, play, variant};
use crate::{Role, Side, Wrong, limit, no_limit, text};
use mailwire_core::{Security, Text};
use mailwire_pop3::{Command, Maildrop, Reply, client, server};
use serde_json::{Value, json};
use std::sync::Arc;

const MESSAGES: [&str; 2] =
    ["Subject: one\r\n\r\nfirst\r\n.\r\n", "Subject: two\r\n\r\nsecond\r\nthird\r\n"];

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
    config.mechanisms = vec!["PLAIN".into()];
    for (name, n) in side.limits()? {
        let limits = &mut config.limits;
        match name {
            "line" => limits.line = limit(name, n)?,
            "auth_line" => limits.auth_line = limit(name, n)?,
            "output" => limits.output = limit(name, n)?,
            "refused_before_login" => limits.refused_before_login = limit(name, n)?,
            "refused_after_login" => limits.refused_after_login = limit(name, n)?,
            "failed_logins" => limits.failed_logins = limit(name, n)?,
            _ => {
                let known = "line, auth_line, output, refused_before_login, refused_after_login, failed_logins";
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
        Event::Pass(_) => json!({ "event": "Pass", "user": text(conn.user()) }),
        Event::Apop { name, .. } => json!({ "event": "Apop", "name": text(name) }),
        Event::Auth { mechanism, initial } => {
            json!({ "event": "Auth", "mechanism": mechanism, "initial": initial.is_some() })
        }
        Event::Retr(message) => json!({ "event": "Retr", "message": message }),
        Event::Top { message, lines } => {
            json!({ "event": "Top", "message": message, "lines": lines })
        }
        Event::Update => {
            let deleted: Vec<u32> = conn.maildrop().deleted().collect();
            json!({ "event": "Update", "deleted": deleted })
        }
        Event::Other { verb, rest } => json!({ "event": "Other", "verb": verb, "rest": rest }),
        Event::Refused(refused) => {
            let (line, why) = (text(refused.line), refused.why.to_string());
            json!({ "event": "Refused", "why": why, "line": line })
        }
        event => json!({ "event": variant(event) }),
    };
    let done = match event {
        Event::Pass(_)
        | Event::Apop { .. }
        | Event::Auth { initial: Some(_), .. }
        | Event::AuthResponse(_) => {
            let mut maildrop = Maildrop::default();
            for (message, id) in MESSAGES.iter().zip(["uid-1", "uid-2"]) {
                maildrop.push(message.len() as u64, id).map_err(|error| error.to_string())?;
            }
            conn.open(maildrop)
        }
        Event::Auth { initial: None, .. } => conn.challenge(b""),
        Event::Retr(message) | Event::Top { message, .. } => {
            let at = usize::try_from(*message).unwrap_or_default().wrapping_sub(1);
            let body = MESSAGES.get(at).copied().unwrap_or_default();
            conn.begin_body()
                .and_then(|()| conn.send_body(body.as_bytes()))
                .and_then(|()| conn.end_body())
        }
        Event::StartTls | Event::Update | Event::Other { .. } => {
            conn.reply(&Reply::ok(Text::default()))
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
            "line" => config.limits.line = limit(name, n)?,
            "command" => config.limits.command = limit(name, n)?,
            "lines" => config.limits.lines = limit(name, n)?,
            "capabilities" => config.limits.capabilities = limit(name, n)?,
            "window" => config.limits.window = limit(name, n)?,
            "window_octets" => config.limits.window_octets = limit(name, n)?,
            _ => {
                let known = "line, command, lines, capabilities, window, window_octets";
                return Err(no_limit(name, known));
            }
        }
    }
    let mut conn = client::Connection::new(Arc::new(config), Security::Plain);
    for line in &side.send {
        let wrong = |why: String| format!("--send {line:?}: {why}");
        let command = Command::parse(line.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        conn.send(&command).map_err(|misuse| wrong(misuse.to_string()))?;
    }
    play(side, conn, |conn, event| hear(conn, &event), variant)
}

fn hear(conn: &mut client::Connection, event: &client::Event<'_>) -> Result<Shown, Wrong> {
    use client::Event;
    let reply = |event: &str, reply: &Reply<'_>| -> Value {
        let code = reply.code.as_ref().map(|code| code.as_str().to_owned());
        json!({ "event": event, "ok": reply.is_ok(), "code": code, "text": reply.text.as_str() })
    };
    let object = match event {
        Event::Greeting(greeting) => {
            let timestamp = conn.timestamp();
            json!({ "event": "Greeting", "ok": greeting.is_ok(), "timestamp": timestamp, "text": greeting.text.as_str() })
        }
        Event::Reply { reply: answer, .. } => reply("Reply", answer),
        Event::Stat { messages, octets, .. } => {
            json!({ "event": "Stat", "messages": messages, "octets": octets })
        }
        Event::Listed { message, octets, .. } => {
            json!({ "event": "Listed", "message": message, "octets": octets })
        }
        Event::UniqueId { message, id, .. } => {
            json!({ "event": "UniqueId", "message": message, "id": id.as_str() })
        }
        Event::Capability { capability, .. } => {
            json!({ "event": "Capability", "capability": format!("{capability:?}") })
        }
        Event::Language { tag, description, .. } => {
            json!({ "event": "Language", "tag": tag, "description": description })
        }
        Event::Line { line, .. } => json!({ "event": "Line", "line": text(line) }),
        Event::Message { reply: answer, .. } => reply("Message", answer),
        Event::Body(piece) => return Ok(Shown::Body(piece.to_vec())),
        Event::Challenge { data, .. } => {
            json!({ "event": "Challenge", "data": text(data.expose()) })
        }
        Event::Farewell(answer) => reply("Farewell", answer),
        Event::Anomaly { what, .. } => json!({ "event": "Anomaly", "what": format!("{what:?}") }),
        event => json!({ "event": variant(event) }),
    };
    if let Event::Challenge { .. } = event {
        conn.cancel().map_err(|misuse| misuse.to_string())?;
    }
    Ok(Shown::Event(object))
}
