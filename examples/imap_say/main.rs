//! Sends IMAP commands, one a line of standard input, and prints what comes of each: see `--help`.
//!
//! ```console
//! printf 'SELECT INBOX\nUID FETCH 1:* (FLAGS ENVELOPE)\n' | imap_say mail.example.org --user bob
//! ```
//!
//! Each command is read by the grammar, and so goes out in the form that the client machine gives
//! it; each response is printed as it is written again from what was understood. So a difference to
//! what a server said shows what was not.

use examples::imap::{Session, said};
use examples::options::{self, Account, Wrong};
use mailwire_imap::client::{Config, Event, Tag};
use mailwire_imap::encode;
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{
    Append, AppendData, AppendMessage, BodyItem, Command, Condition, Response, State,
};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::ExitCode;

/// Sends IMAP commands and prints what comes of each, an object of JSON a line.
///
/// Standard input holds the commands, without tags, a line each; literals are written {N+}. IDLE is
/// ended as soon as it has begun. A line that is no command is sent nowhere.
#[derive(Debug, clap::Parser)]
#[command(name = "imap_say", version)]
struct Options {
    #[command(flatten)]
    account: Account,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options: Options = match options::read("imap_say") {
        Ok(options) => options,
        Err(code) => return code,
    };
    let run = async {
        let password = options.account.password()?;
        let mut input = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut input);
        read.map_err(|error| format!("standard input: {error}"))?;
        run(&options.account, &password, &input).await
    };
    match run.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            eprintln!("imap_say: {line}");
            ExitCode::FAILURE
        }
    }
}

async fn run(account: &Account, password: &str, mut input: &[u8]) -> Result<(), Wrong> {
    let mut config = Config::default();
    // Whole responses are to be shown.
    config.limits.inline_literal = u64::MAX;
    config.limits.response = 64 << 20;
    let mut session = Session::begin(account, password, config).await?;
    let offered = session.conn.capabilities().map(|known| {
        known.as_slice().iter().map(|capability| capability.to_string()).collect::<Vec<_>>()
    });
    print(&json!({ "capabilities": offered }))?;
    // Every turn takes a command.
    while let Some((line, rest)) = frame(input) {
        input = rest;
        let shown = text(line.split(|&b| b == b'\r' || b == b'\n').next().unwrap_or_default());
        if shown.is_empty() {
            continue;
        }
        let tagged = [b"x ", line].concat();
        let grammar = Grammar::default().with_utf8(session.conn.dialect().utf8);
        let object = match parse::command(&tagged, &grammar) {
            Ok((_, command)) => say(&mut session, &command, &shown).await?,
            Err(bad) => json!({ "command": shown, "unsent": bad.to_string() }),
        };
        let over = object.get("over").is_some();
        print(&object)?;
        if over {
            return Ok(());
        }
    }
    session.end().await;
    Ok(())
}

/// Sends one command; what came of it.
async fn say(session: &mut Session, command: &Command<'_>, shown: &str) -> Result<Value, Wrong> {
    let logout = matches!(command, Command::Logout);
    let sent = match command {
        Command::Idle => session.conn.idle(),
        Command::Append { mailbox, messages } => match one(mailbox, messages) {
            Some((append, octets)) => session.conn.append(&append, octets.len() as u64),
            None => session.conn.send(command),
        },
        command => session.conn.send(command),
    };
    let tag = match sent {
        Ok(tag) => tag,
        Err(misuse) => return Ok(json!({ "command": shown, "unsent": misuse.to_string() })),
    };
    let mut heard = Heard::default();
    let ended = session.talk(|conn, event| {
        match &event {
            Event::Idling(_) => conn.done().map_err(|misuse| misuse.to_string())?,
            Event::SendBody { .. } => {
                if let Command::Append { mailbox, messages } = command {
                    if let Some((_, octets)) = one(mailbox, messages) {
                        conn.send_body(octets).map_err(|misuse| misuse.to_string())?;
                    }
                }
            }
            _ => {}
        }
        let dialect = *conn.dialect();
        heard.take(&event, &dialect);
        let odd = conn.anomalies().as_slice().iter().map(|anomaly| format!("{:?}", anomaly.what));
        heard.anomalies.extend(odd);
        Ok(done(&event, tag))
    });
    let (state, code, text) = ended.await?;
    let mut object = json!({
        "command": shown, "state": state, "code": code, "text": text,
        "responses": heard.responses, "skipped": heard.skipped, "anomalies": heard.anomalies,
    });
    if logout {
        if let Some(object) = object.as_object_mut() {
            object.insert("over".into(), json!(true));
        }
    }
    Ok(object)
}

#[derive(Default)]
struct Heard {
    responses: Vec<String>,
    skipped: Vec<String>,
    anomalies: Vec<String>,
}

impl Heard {
    fn take(&mut self, event: &Event<'_>, dialect: &mailwire_imap::types::Dialect) {
        match event {
            Event::Response(Response::Continue(_)) => {}
            Event::Response(response) => {
                let mut written = Vec::new();
                encode::response_for(response, dialect, &mut written);
                self.responses.push(text(written.strip_suffix(b"\r\n").unwrap_or(&written)));
            }
            Event::Skipped { response, why } => {
                self.skipped.push(format!("{}: {why}", text(response)));
            }
            _ => {}
        }
    }
}

fn done(event: &Event<'_>, tag: Tag) -> Option<(&'static str, Option<String>, String)> {
    let Event::Done { tag: done, condition } = event else { return None };
    let code = condition.code.clone().map(|code| {
        let mut written = Vec::new();
        let alone = Condition::new(State::Ok, "").with_code(code);
        encode::response(&Response::Condition(alone), &mut written);
        let written = text(&written);
        let code = written.trim_start_matches("* OK ");
        code.rsplit_once(']').map_or_else(String::new, |(code, _)| format!("{code}]"))
    });
    (*done == tag).then(|| (condition.state.as_str(), code, said(condition)))
}

/// An APPEND of one message without anything special.
fn one<'c>(
    mailbox: &mailwire_imap::types::Mailbox<'c>,
    messages: &'c [AppendMessage<'c>],
) -> Option<(Append<'c>, &'c [u8])> {
    let [message] = messages else { return None };
    let AppendData::Message(BodyItem::Inline(octets)) = &message.data else { return None };
    let flags = message.flags.clone().unwrap_or_default();
    Some((Append { mailbox: mailbox.clone(), flags, date: message.date }, octets))
}

/// The first command with its literals, and the rest.
fn frame(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    // Every turn passes a line, and the literal that it announces.
    loop {
        let rest = input.get(at..)?;
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| at + 1);
        let line = rest.get(..end)?.trim_ascii_end();
        at += end;
        let announced = line.strip_suffix(b"+}").and_then(|line| {
            let open = line.iter().rposition(|&b| b == b'{')?;
            std::str::from_utf8(line.get(open + 1..)?).ok()?.parse::<usize>().ok()
        });
        match announced {
            Some(n) => at += n,
            None => return Some((input.get(..at)?, input.get(at..)?)),
        }
    }
}

/// Octets as text: what is not UTF-8 as `\xHH`.
fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

fn print(object: &Value) -> Result<(), Wrong> {
    let written = writeln!(std::io::stdout().lock(), "{object}");
    written.map_err(|error| format!("standard output: {error}"))
}
