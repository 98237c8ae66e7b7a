//! The `sasl` cases of `../shared/cases/robustness.jsonl`.
#![cfg(feature = "scram")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_sasl::{Account, ChannelBinding, Client, Credentials, Error, ExternalServer};
use mailwire_sasl::{HashFunction, Nonce, Plain, PlainServer, Scram, Server, ServerStep, Setup};
use mailwire_sasl::{Step, Transport};

/// The value of a string in a JSON object, unescaped as far as these cases need, and what follows.
fn string<'a>(json: &'a str, key: &str) -> Option<(String, &'a str)> {
    let rest = json.split_once(&format!("\"{key}\": \""))?.1;
    let end = rest.match_indices('"').find(|(at, _)| !rest[..*at].ends_with('\\'))?.0;
    Some((rest[..end].replace("\\\\", "\\").replace("\\\"", "\""), &rest[end..]))
}

fn unescape(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut out = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        out.push(u8::from_str_radix(&part[..2], 16).unwrap());
        out.extend(part[2..].bytes());
    }
    out
}

fn input(line: &str) -> Vec<u8> {
    let Some((_, mut rest)) = line.split_once("\"segments\": [") else {
        return unescape(&string(line, "input").unwrap().0);
    };
    let mut input = Vec::new();
    while let Some((piece, after)) = string(rest, "s") {
        let n = after.split_once("\"n\": ").unwrap().1;
        let n = n.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
        input.extend(unescape(&piece).repeat(n));
        rest = after;
    }
    input
}

fn scram() -> Scram {
    let nonce = Nonce::new("clientnonce").unwrap();
    let mut client = Scram::new(HashFunction::Sha256, "user", "pencil", nonce).unwrap();
    client.initial().unwrap();
    client
}

fn verified(step: Result<ServerStep, Error>) -> Credentials {
    match step {
        Ok(ServerStep::Verify(credentials)) => credentials,
        other => panic!("{other:?}"),
    }
}

fn case(id: &str, input: &[u8]) {
    let plain = || PlainServer::default().step(Some(input));
    match id {
        "SASL-03" => assert_eq!(scram().step(input), Err(Error::Nonce)),
        "SASL-04" => {
            let mut client = scram();
            assert!(!client.may_end());
            let first = b"r=clientnonceSERVER,s=c2FsdA==,i=4096";
            assert!(matches!(client.answer(first), Ok(Step::Respond(_))));
            assert!(!client.may_end(), "success before the server's signature is none");
        }
        "SASL-06" => assert_eq!(scram().step(input), Err(Error::Extension)),
        "SASL-11" => {
            let setup = Setup::default();
            let step = setup.server("SCRAM-SHA-256").unwrap().step(Some(input));
            assert_eq!(step, Err(Error::TooLong("a message")));
        }
        "SASL-12" | "SASL-13" | "SASL-14" => assert_eq!(plain(), Err(Error::Malformed("PLAIN"))),
        "SASL-15" => {
            let Credentials::Password { authzid, user, .. } = verified(plain()) else { panic!() };
            assert_eq!((authzid.as_deref(), user.as_str()), (Some("admin"), "user"));
        }
        "SASL-19" => {
            let absent = ExternalServer::default().step(None);
            assert_eq!(absent, Ok(ServerStep::Challenge(Vec::new())));
            let empty = verified(ExternalServer::default().step(Some(input)));
            assert_eq!(empty, Credentials::External { authzid: None });
        }
        "SASL-21" => {
            let offered = std::str::from_utf8(input).unwrap().split(' ');
            let bindings = vec![ChannelBinding::tls_exporter([7; 32])];
            let transport = Transport { is_private: true, bindings, ..Transport::default() };
            let account = Account::with_password("user", "pencil");
            let chosen = account.choose(offered, &transport).unwrap();
            assert_eq!(chosen.name(), "SCRAM-SHA-256-PLUS");
        }
        other => panic!("{other} is not tested"),
    }
}

#[test]
fn every_case_ends_as_it_must() {
    let Some(path) = mailwire_testkit::shared("cases/robustness.jsonl") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let mut n = 0;
    for line in text.lines().filter(|line| line.contains("\"protocol\": \"sasl\"")) {
        let input = input(line);
        let len = line.split_once("\"input_len\": ").unwrap().1;
        assert!(len.starts_with(&format!("{},", input.len())), "{line}");
        case(&string(line, "id").unwrap().0, &input);
        n += 1;
    }
    assert!(n >= 10, "{n} cases");
}

// SMTP-CL-16: what SASL cannot carry is not sent.
#[test]
fn nul_in_a_password_is_not_sent() {
    assert!(Plain::new("user", "a\0b").is_err());
}
