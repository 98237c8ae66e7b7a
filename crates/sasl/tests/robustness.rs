//! The `sasl` cases of `../shared/cases/robustness.jsonl`.
#![cfg(feature = "scram")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_sasl::{Account, ChannelBinding, Client, Credentials, Error, ExternalServer};
use mailwire_sasl::{HashFunction, Nonce, Plain, PlainServer, Scram, Server, ServerStep, Setup};
use mailwire_sasl::{Step, Transport};
use mailwire_testkit::cases;

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
    let cases = cases::of("sasl");
    for each in &cases {
        case(&each.id, &each.input);
    }
    assert!(cases.is_empty() || cases.len() >= 10, "{} cases", cases.len());
}

// SMTP-CL-16: what SASL cannot carry is not sent.
#[test]
fn nul_in_a_password_is_not_sent() {
    assert!(Plain::new("user", "a\0b").is_err());
}
