//! Both sides authenticate each other by each mechanism, through the glue.
#![cfg(feature = "sasl")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_sasl::{
    Account, ChannelBinding, Client, Credential, Credentials, Error, External, Plain, Secret,
    Setup, Step, StoredKey, Transport, Wanted,
};
use mailwire_smtp::client::{self, Authenticated};
use mailwire_smtp::server::{self, Verdict};
use mailwire_smtp::types::{Command, Domain, Mechanism};
use mailwire_smtp::{Buf, Input, Output, Security};

const PASSWORD: &str = "hungry";

fn pump(out: &mut Output, rx: &mut Input) -> String {
    let sent = out.chunk().to_vec();
    rx.extend(&sent);
    out.advance(sent.len());
    String::from_utf8(sent).unwrap()
}

/// How the exchange ended for the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Yes,
    No,
    Broken,
}

/// Both sides, and what they said.
struct Pair {
    server: server::Connection,
    client: client::Connection,
    setup: Setup,
    said: Vec<String>,
    identity: Option<String>,
}

fn binding() -> ChannelBinding {
    ChannelBinding::tls_exporter([7; 32])
}

fn transport() -> Transport {
    Transport { random: [1; 18], bindings: vec![binding()], ..Transport::default() }
}

fn alice() -> Account {
    let mut account = Account::with_password("alice", PASSWORD);
    account.is_known_otherwise = true;
    account.token = Some("token".into());
    account.anonymous = Some("sirhc".into());
    account
}

impl Pair {
    /// A client that knows what the server offers.
    fn new(mechanisms: &[&str]) -> Self {
        let mut config = server::Config::default();
        config.mechanisms =
            mechanisms.iter().map(|it| Mechanism::new(*it).unwrap().into_owned()).collect();
        let setup = Setup {
            random: [2; 18],
            secret: "of years".into(),
            bindings: vec![binding()],
            ..Setup::default()
        };
        let server = server::Connection::new(config.into(), Security::Tls);
        let mut client = client::Connection::new(client::Config::default().into(), Security::Tls);
        client.send(&Command::Ehlo(Domain::localhost())).unwrap();
        let mut this = Self { server, client, setup, said: Vec::new(), identity: None };
        this.run(None);
        this.said.clear();
        this
    }

    /// Until nobody has anything to say.
    fn run(&mut self, mut asking: Option<&mut client::Authentication>) -> Option<End> {
        let (mut to_server, mut to_client) = (Input::default(), Input::default());
        let mut serving = server::Authentication::default();
        let mut end = None;
        for _ in 0..20 {
            self.said.push(pump(self.client.output(), &mut to_server));
            while let Some(event) = self.server.receive(&mut to_server).unwrap() {
                let make = |name: &str| self.setup.server(name);
                let mut verdict = serving.see_with(&mut self.server, &event, make).unwrap();
                if let Verdict::Lookup(lookup) = verdict {
                    let credential = match lookup.wanted {
                        _ if lookup.user != "alice" => Credential::Unknown,
                        Wanted::ScramKey(hash) => Credential::Scram(
                            StoredKey::from_password(hash, PASSWORD, b"salt", 4096).unwrap(),
                        ),
                        _ => Credential::Password(PASSWORD.into()),
                    };
                    verdict = serving.provide(&mut self.server, credential).unwrap();
                }
                let who = match verdict {
                    Verdict::NotMine => {
                        self.server.accept().unwrap();
                        continue;
                    }
                    Verdict::Proved(identity) => Some(identity.user),
                    Verdict::Due(credentials) => match credentials {
                        Credentials::Password { user, password, .. } => {
                            let long = PASSWORD.repeat(100);
                            let right = [PASSWORD.as_bytes(), long.as_bytes()];
                            right.contains(&password.expose()).then_some(user)
                        }
                        Credentials::Token { user, token, .. } => {
                            (token.expose() == b"token").then_some(user.unwrap())
                        }
                        Credentials::External { authzid } => authzid.or(Some("known".into())),
                        Credentials::Anonymous { trace } => Some(trace),
                        _ => None,
                    },
                    _ => continue,
                };
                match who {
                    Some(who) => {
                        self.identity = Some(who);
                        self.server.accept().unwrap();
                    }
                    None => drop(serving.refuse(&mut self.server).unwrap()),
                }
            }
            self.said.push(pump(self.server.output(), &mut to_client));
            while let Some(event) = self.client.receive(&mut to_client).unwrap() {
                let Some(asking) = &mut asking else { continue };
                match asking.see(&mut self.client, &event).unwrap() {
                    Authenticated::NeedKdf(kdf) => {
                        asking.derived(&mut self.client, &kdf.derive()).unwrap();
                    }
                    Authenticated::Yes => end = Some(End::Yes),
                    Authenticated::No(_) => end = Some(End::No),
                    Authenticated::Broken => end = Some(End::Broken),
                    _ => {}
                }
            }
        }
        end
    }

    fn choose(&mut self, account: &Account) -> End {
        let asking = client::Authentication::choose(&mut self.client, account, &transport());
        self.run(Some(&mut asking.unwrap())).unwrap()
    }

    fn by(&mut self, mechanism: Box<dyn Client + Send>) -> End {
        let mut asking = client::Authentication::begin(&mut self.client, mechanism).unwrap();
        self.run(Some(&mut asking)).unwrap()
    }
}

#[test]
fn every_mechanism_succeeds_where_it_is_the_only_one() {
    let bindings = vec![binding()];
    for name in (Setup { bindings, ..Setup::default() }).mechanisms() {
        let mut pair = Pair::new(&[name]);
        // The setup binds, so a client must not say that binding was not offered.
        if name.starts_with("SCRAM") && !name.ends_with("-PLUS") {
            pair.setup.bindings.clear();
        }
        assert_eq!(pair.choose(&alice()), End::Yes, "{name}: {:?}", pair.said);
        let who = match name {
            "EXTERNAL" => "known",
            "ANONYMOUS" => "sirhc",
            _ => "alice",
        };
        assert_eq!(pair.identity.as_deref(), Some(who), "{name}");
    }
}

#[test]
fn the_best_that_is_offered_is_chosen() {
    let mut account = Account::with_password("alice", PASSWORD);
    for (offered, best) in [
        (&["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"][..], "SCRAM-SHA-256-PLUS"),
        (&["LOGIN", "PLAIN", "SCRAM-SHA-512"], "SCRAM-SHA-512"),
        (&["LOGIN", "PLAIN", "XOAUTH2"], "PLAIN"),
    ] {
        let mut pair = Pair::new(offered);
        let asking = client::Authentication::choose(&mut pair.client, &account, &transport());
        assert_eq!(asking.unwrap().mechanism(), best);
    }
    account.password = None;
    let none =
        client::Authentication::choose(&mut Pair::new(&["PLAIN"]).client, &account, &transport());
    assert_eq!(none.err(), Some(Error::NoMechanism));
}

#[test]
fn wrong_passwords_fail_and_the_connection_goes_on() {
    for name in ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] {
        let mut pair = Pair::new(&[name]);
        if name == "SCRAM-SHA-256" {
            pair.setup.bindings.clear();
        }
        let wrong = Account::with_password("alice", "thirsty");
        assert_eq!(pair.choose(&wrong), End::No, "{name}");
        let nobody = Account::with_password("nobody", PASSWORD);
        if name.starts_with("SCRAM") {
            assert_eq!(pair.choose(&nobody), End::No, "{name}");
        }
        assert_eq!(pair.identity.take().filter(|_| name.starts_with("SCRAM")), None);
        assert_eq!(pair.choose(&alice()), End::Yes, "{name}");
    }
}

// A server that refuses a token says why, and waits to hear something before it ends.
#[test]
fn a_refused_token_has_its_extra_step() {
    for (name, answer) in [("OAUTHBEARER", "AQ==\r\n"), ("XOAUTH2", "\r\n")] {
        let mut pair = Pair::new(&[name]);
        let account = Account::with_token("alice", "stale");
        let asking = client::Authentication::choose(&mut pair.client, &account, &transport());
        let mut asking = asking.unwrap();
        assert_eq!(pair.run(Some(&mut asking)), Some(End::No));
        assert!(asking.refusal().unwrap().starts_with(b"{\"status\":"));
        assert!(pair.said.iter().any(|said| said == answer), "{name}: {:?}", pair.said);
        assert_eq!(pair.choose(&Account::with_token("alice", "token")), End::Yes);
    }
}

#[test]
fn long_initial_responses_fall_back_and_empty_ones_are_an_equals_sign() {
    let mut pair = Pair::new(&["PLAIN"]);
    let long = Plain::new("alice", PASSWORD.repeat(100).as_str()).unwrap();
    assert_eq!(pair.by(Box::new(long)), End::Yes);
    assert!(pair.said[0].ends_with("AUTH PLAIN\r\n"), "{:?}", pair.said);

    let mut pair = Pair::new(&["EXTERNAL"]);
    assert_eq!(pair.by(Box::new(External::new("").unwrap())), End::Yes);
    assert!(pair.said[0].ends_with("AUTH EXTERNAL =\r\n"), "{:?}", pair.said);
}

/// A client's mechanism that accepts nothing.
struct Picky;

impl Client for Picky {
    fn name(&self) -> &str {
        "LOGIN"
    }

    fn initial(&mut self) -> Option<Secret> {
        None
    }

    fn step(&mut self, _: &[u8]) -> Result<Step, Error> {
        Err(Error::Malformed("LOGIN"))
    }
}

#[test]
fn a_client_that_cannot_accept_a_challenge_cancels() {
    let mut pair = Pair::new(&["LOGIN"]);
    assert_eq!(pair.by(Box::new(Picky)), End::No);
    assert!(pair.said.iter().any(|said| said == "*\r\n"), "{:?}", pair.said);
    assert_eq!(pair.identity, None);
    assert_eq!(pair.choose(&alice()), End::Yes);
}

// SASL-04 and SMTP-CL-29 of the robustness cases.
#[test]
fn success_without_the_servers_signature_is_none() {
    let mut client = Pair::new(&["SCRAM-SHA-256"]).client;
    let account = Account::with_password("alice", PASSWORD);
    let transport = Transport { bindings: Vec::new(), ..transport() };
    let mut asking = client::Authentication::choose(&mut client, &account, &transport).unwrap();
    let mut rx = Input::default();
    rx.extend(b"235 2.7.0 welcome\r\n");
    let event = client.receive(&mut rx).unwrap().unwrap();
    assert_eq!(asking.see(&mut client, &event), Ok(Authenticated::Broken));
}

#[test]
fn passwords_are_not_shown_to_whoever_listens() {
    let mut config = client::Config::default();
    config.tls = client::Tls::Optional;
    let mut client = client::Connection::new(config.clone().into(), Security::Plain);
    let mut rx = Input::default();
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250 AUTH PLAIN LOGIN\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    let choose = |client: &mut client::Connection, allow_plaintext| {
        let transport = Transport { allow_plaintext, ..transport() };
        let account = Account::with_password("alice", PASSWORD);
        client::Authentication::choose(client, &account, &transport).err()
    };
    assert_eq!(choose(&mut client, false), Some(Error::Insecure));
    assert_eq!(choose(&mut client, true), Some(Error::Insecure));

    config.allow_plaintext_credentials = true;
    let mut client = client::Connection::new(config.into(), Security::Plain);
    client.send(&Command::Ehlo(Domain::localhost())).unwrap();
    rx.extend(b"220 x\r\n250-x\r\n250 AUTH PLAIN LOGIN\r\n");
    while client.receive(&mut rx).unwrap().is_some() {}
    assert_eq!(choose(&mut client, false), Some(Error::Insecure));
    assert_eq!(choose(&mut client, true), None);
}

#[test]
fn mechanisms_that_bind_to_tls_are_only_offered_over_tls() {
    for (security, offered) in [(Security::Plain, false), (Security::Tls, true)] {
        let mut config = server::Config::default();
        config.allow_plaintext_credentials = true;
        let mechanisms = ["PLAIN", "SCRAM-SHA-256-PLUS"];
        config.mechanisms =
            mechanisms.iter().map(|it| Mechanism::new(*it).unwrap().into_owned()).collect();
        let mut server = server::Connection::new(config.into(), security);
        let mut rx = Input::default();
        rx.extend(b"EHLO x\r\nAUTH SCRAM-SHA-256-PLUS\r\n");
        let mut begun = false;
        while let Some(event) = server.receive(&mut rx).unwrap() {
            begun |= matches!(&event, server::Event::Auth { .. });
            if begun {
                break;
            }
            if !matches!(&event, server::Event::Refused(_)) {
                server.accept().unwrap();
            }
        }
        assert_eq!(begun, offered);
        let said = server.output().chunk().to_vec();
        assert_eq!(String::from_utf8(said).unwrap().contains("-PLUS"), offered);
    }
}
