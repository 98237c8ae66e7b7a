//! Every example of the RFCs parses strictly, and is written as something that parses to the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Command, Dialect, Lenience, Response, Tolerance};
use std::path::{Path, PathBuf};

/// The RFCs of the table of capabilities that have examples; those that are not there are passed
/// over.
const RFCS: [&str; 58] = [
    "2177", "2193", "2221", "2342", "2971", "3348", "3501", "3502", "3516", "3691", "4314", "4315",
    "4466", "4467", "4469", "4551", "4731", "4959", "4978", "5032", "5161", "5162", "5182", "5255",
    "5256", "5257", "5258", "5259", "5267", "5464", "5465", "5466", "5524", "5530", "5819", "5957",
    "6154", "6203", "6237", "6851", "6855", "7162", "7377", "7888", "7889", "8437", "8438", "8440",
    "8474", "8508", "8514", "8970", "9051", "9208", "9394", "9585", "9586", "9590",
];

/// Examples that are wrong in the RFC, or no examples: `RFC, a piece of the line, why`.
const EXCEPTIONS: &str = include_str!("data/rfc-exceptions.txt");

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/rfc");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("{} is not there: nothing to test", folder.display());
    None
}

/// A message of an example, and who says it.
#[derive(Debug)]
struct Said {
    client: bool,
    text: String,
}

/// The lines that begin with `C:` or `S:`, wrapped lines joined. Messages with literals are left out:
/// the octets in the text are not those that were counted.
fn examples(text: &str) -> (Vec<Said>, usize) {
    let mut said: Vec<Said> = Vec::new();
    let mut literals = 0;
    // How far the text of the current message is indented.
    let mut open: Option<usize> = None;
    let mut blank = 0;
    let mut skipping = false;
    for line in text.lines() {
        let is_page =
            line.starts_with("RFC ") || line.contains("[Page ") || line.starts_with('\x0c');
        if is_page {
            continue;
        }
        let trimmed = line.trim();
        if trimmed.is_empty() {
            blank += 1;
            // A page ends in the middle of an example: three empty lines or more.
            if blank == 1 {
                open = open.filter(|_| false);
            }
            continue;
        }
        blank = 0;
        let head = trimmed.get(..2).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        if head == "C:" || head == "S:" {
            let client = head == "C:";
            let rest = trimmed.get(2..).unwrap_or_default().trim();
            // What follows a literal is part of the same message.
            if skipping && client == said.last().is_some_and(|last| last.client) {
                let starts =
                    rest.starts_with("* ") || rest.split(' ').nth(1).is_some_and(|w| w == "OK");
                if !starts {
                    continue;
                }
            }
            skipping = false;
            said.push(Said { client, text: rest.to_owned() });
            open = Some(indent);
        } else if let Some(at) = open {
            if indent > at {
                let last = said.last_mut().unwrap();
                last.text.push(' ');
                last.text.push_str(trimmed);
            } else {
                open = None;
            }
        }
        let ends = said.last().is_some_and(|last| {
            let end = last.text.trim_end_matches('}').trim_end_matches('+');
            let digits = end.trim_end_matches(|c: char| c.is_ascii_digit());
            last.text.ends_with('}') && digits.ends_with('{') && digits.len() < end.len()
        });
        if ends && open.is_some() {
            literals += 1;
            skipping = true;
        }
    }
    (said.into_iter().filter(is_message).collect(), literals)
}

/// Whether it is a whole command or response: not the octets of a literal, not the answer to a
/// challenge, nothing left out.
fn is_message(said: &Said) -> bool {
    let mut words = said.text.split(' ');
    let (tag, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_tag = tag.contains(|c: char| c.is_ascii_digit())
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let elided = ["...", ". . .", "[..", "<elided>"].iter().any(|dots| said.text.contains(dots));
    let names = if said.client { is_tag } else { is_tag || tag == "*" || tag == "+" };
    names && !name.is_empty() && !elided && !said.text.contains('{')
}

fn exceptions(rfc: &str) -> Vec<&'static str> {
    let of_rfc = |line: &'static str| {
        let mut words = line.splitn(3, '\t');
        (words.next()? == rfc).then(|| words.next()).flatten()
    };
    EXCEPTIONS.lines().filter(|line| !line.starts_with('#')).filter_map(of_rfc).collect()
}

/// Strict, but for the text behind a code or a state, which many examples leave out.
fn grammar() -> Grammar<'static> {
    Grammar::strict().with_lenience(Lenience::STRICT.with(Tolerance::MissingText))
}

/// What is wrong with an example.
fn wrong(said: &Said) -> Option<String> {
    let frame = format!("{}\r\n", said.text);
    let dialect = Dialect::rev1();
    if said.client {
        let (tag, command) = match parse::command(frame.as_bytes(), &grammar()) {
            Ok(parsed) => parsed,
            Err(error) => return Some(error.to_string()),
        };
        if matches!(command, Command::Other { .. }) {
            return Some("not known".to_owned());
        }
        let mut out = Plain::default();
        encode::command(tag.as_str(), &command, &dialect, &mut out);
        let again = out.into_bytes();
        let same = parse::command(&again, &grammar()).map(|(_, again)| again);
        return (same.as_ref() != Ok(&command)).then(|| format!("{}", again.escape_ascii()));
    }
    let response = match parse::response(frame.as_bytes(), &grammar()) {
        Ok(response) => response,
        Err(error) => return Some(error.to_string()),
    };
    if matches!(response, Response::Other(_)) {
        return Some("not known".to_owned());
    }
    let mut again = Vec::new();
    encode::response(&response, &mut again);
    let same = parse::response(&again, &grammar());
    let silent = matches!(
        &response,
        Response::Tagged { condition, .. } | Response::Condition(condition)
            if condition.text.as_str().is_empty()
    );
    (same.as_ref() != Ok(&response) && !silent).then(|| format!("{}", again.escape_ascii()))
}

#[test]
fn every_example_parses_and_comes_back() {
    let Some(folder) = folder() else { return };
    let (mut tested, mut failed, mut literals) = (0, Vec::new(), 0);
    for rfc in RFCS {
        let Ok(text) = std::fs::read_to_string(folder.join(format!("rfc{rfc}.txt"))) else {
            continue;
        };
        let exceptions = exceptions(rfc);
        let mut used = vec![false; exceptions.len()];
        let (said, with_literals) = examples(&text);
        literals += with_literals;
        for said in said {
            let excused = exceptions.iter().position(|piece| said.text.contains(piece));
            match (wrong(&said), excused) {
                (Some(_), Some(at)) => used[at] = true,
                (Some(why), None) => {
                    let who = if said.client { 'C' } else { 'S' };
                    failed.push(format!("{rfc}\t{who}: {}\t{why}", said.text));
                }
                (None, _) => tested += 1,
            }
        }
        for (piece, used) in exceptions.iter().zip(used) {
            if !used {
                failed.push(format!("{rfc}: no need to except {piece}"));
            }
        }
    }
    println!("{tested} examples; {literals} with literals are left out");
    assert!(failed.is_empty(), "{} of {tested}:\n{}", failed.len(), failed.join("\n"));
    assert!(tested > 1000, "{tested}");
}
