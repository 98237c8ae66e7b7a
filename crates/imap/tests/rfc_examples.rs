//! Every example of the RFCs parses strictly, literals and all, and is written as something that parses
//! to the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_imap::encode::{self, Plain};
use mailwire_imap::parse::{self, Grammar};
use mailwire_imap::types::{Command, Dialect, Lenience, Response, Tolerance};
use mailwire_testkit::dialogue::{Said, said};

/// The RFCs of the table of capabilities, and what they replace; those that are not there are told.
/// The examples of SASL mechanisms are no messages of IMAP.
const RFCS: [&str; 67] = [
    "2087", "2088", "2177", "2193", "2221", "2342", "2359", "2971", "3348", "3501", "3502", "3516",
    "3691", "4314", "4315", "4466", "4467", "4469", "4551", "4731", "4959", "4978", "5032", "5161",
    "5162", "5182", "5255", "5256", "5257", "5258", "5259", "5267", "5464", "5465", "5466", "5524",
    "5530", "5550", "5819", "5957", "6154", "6203", "6237", "6785", "6851", "6855", "7162", "7377",
    "7888", "7889", "8437", "8438", "8440", "8457", "8474", "8508", "8514", "8970", "9051", "9208",
    "9394", "9585", "9586", "9590", "9698", "9738", "10022",
];

/// Examples that are wrong in the RFC, or no examples: `RFC, a piece of the line, why`.
const EXCEPTIONS: &str = include_str!("data/rfc-exceptions.txt");

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
    let frame = [said.octets.as_slice(), b"\r\n"].concat();
    let dialect = Dialect::rev1();
    if said.client {
        let (tag, command) = match parse::command(&frame, &grammar()) {
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
    let response = match parse::response(&frame, &grammar()) {
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
    let Some(folder) = mailwire_testkit::shared("rfc") else { return };
    let (mut tested, mut with_literals, mut failed, mut missing) = (0, 0, Vec::new(), Vec::new());
    for rfc in RFCS {
        let Ok(text) = std::fs::read_to_string(folder.join(format!("rfc{rfc}.txt"))) else {
            missing.push(rfc);
            continue;
        };
        let exceptions = exceptions(rfc);
        let mut used = vec![false; exceptions.len()];
        for said in said(&text).into_iter().filter(Said::is_message) {
            let shown = String::from_utf8_lossy(&said.octets).replace("\r\n", "\\r\\n");
            let excused = exceptions.iter().position(|piece| shown.contains(piece));
            match (wrong(&said), excused) {
                (Some(_), Some(at)) => used[at] = true,
                (Some(why), None) => {
                    let who = if said.client { 'C' } else { 'S' };
                    failed.push(format!("{rfc}\t{who}: {shown}\t{why}"));
                }
                (None, _) => {
                    tested += 1;
                    with_literals += usize::from(said.octets.contains(&b'\n'));
                }
            }
        }
        for (piece, used) in exceptions.iter().zip(used) {
            if !used {
                failed.push(format!("{rfc}: no need to except {piece}"));
            }
        }
    }
    println!(
        "{tested} examples, {with_literals} with literals; not there: RFC {}",
        missing.join(" ")
    );
    assert!(failed.is_empty(), "{} of {tested}:\n{}", failed.len(), failed.join("\n"));
    assert!(tested > 1000 && with_literals > 10, "{tested}, {with_literals} with literals");
}
