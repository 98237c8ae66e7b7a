//! A client and a server of one protocol that authenticate each other by each mechanism of SASL.
//!
//! A protocol says in a [`Protocol`] what its machines need; each check here is a test of its.

use mailwire_core::{Buf, Input, Output, Security};
use mailwire_sasl::profile::{
    Authenticated, ClientAuthentication, ClientProfile, ServerAuthentication, ServerProfile,
    Verdict,
};
use mailwire_sasl::{
    Account, ChannelBinding, Client, Credential, Credentials, Error, External, Plain, Secret,
    Setup, Step, StoredKey, Transport, Wanted,
};
use std::fmt::{self, Write};

/// Looks at an event of a client.
pub type Hear<'a, C> = &'a mut dyn FnMut(&mut C, &<C as ClientProfile>::Event<'_>);
/// Looks at an event of a server, and says whether it has answered it.
pub type Serve<'a, S> = &'a mut dyn FnMut(&mut S, &<S as ServerProfile>::Event<'_>) -> bool;

/// What the checks need of a protocol.
pub trait Protocol {
    /// Its client.
    type Client: ClientProfile + fmt::Debug;
    /// Its server.
    type Server: ServerProfile + fmt::Debug;
    /// The command that begins an exchange.
    const COMMAND: &'static str;
    /// What a server says that believes the first command after [`Protocol::OFFER`].
    const SUCCESS: &'static str;
    /// A greeting, and the answer to what [`Protocol::client`] asked: PLAIN and LOGIN.
    const OFFER: &'static str;
    /// How many octets of a password are too many to go with the command.
    const LONG: usize;

    /// A client that has asked what the server offers.
    fn client(security: Security, allow_plaintext: bool) -> Self::Client;
    /// A server that offers these mechanisms.
    fn server(mechanisms: &[&str], security: Security, allow_plaintext: bool) -> Self::Server;
    /// What a client says that asks what is offered, and begins by that mechanism without a look.
    fn begin(mechanism: &str) -> String;
    /// Gives every event to `see`.
    fn hear(client: &mut Self::Client, rx: &mut Input, see: Hear<'_, Self::Client>);
    /// Gives every event to `see`, and accepts what it says it has not answered.
    fn serve(server: &mut Self::Server, rx: &mut Input, see: Serve<'_, Self::Server>);
    /// Answers that the client is authenticated.
    fn welcome(server: &mut Self::Server);
    /// What the client sends.
    fn from_client(client: &mut Self::Client) -> &mut Output;
    /// What the server sends.
    fn from_server(server: &mut Self::Server) -> &mut Output;
}

/// Makes a test of each check, for one [`Protocol`].
#[macro_export]
macro_rules! test_authentication {
    ($protocol:ty) => {
        $crate::test_authentication!($protocol:
            every_mechanism_succeeds_where_it_is_the_only_one,
            the_best_that_is_offered_is_chosen,
            wrong_passwords_fail_and_the_connection_goes_on,
            a_refused_token_has_its_extra_step,
            long_initial_responses_fall_back_and_empty_ones_are_an_equals_sign,
            a_client_that_cannot_accept_a_challenge_cancels,
            success_without_the_servers_signature_is_none,
            passwords_are_not_shown_to_whoever_listens,
            passwords_are_not_shown_to_whoever_debugs,
            mechanisms_that_bind_to_tls_are_only_offered_over_tls,
        );
    };
    ($protocol:ty: $($check:ident,)*) => {
        $(
            #[test]
            fn $check() {
                $crate::authentication::$check::<$protocol>();
            }
        )*
    };
}

const PASSWORD: &str = "hungry";

fn pump(out: &mut Output, rx: &mut Input) -> String {
    let sent = out.chunk().to_vec();
    rx.extend(&sent);
    out.advance(sent.len());
    String::from_utf8(sent).expect("machines write UTF-8")
}

/// How the exchange ended for the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Yes,
    No,
    Broken,
}

/// Both sides, and what they said.
struct Pair<P: Protocol> {
    server: P::Server,
    client: P::Client,
    setup: Setup,
    said: Vec<String>,
    /// What `Debug` shows of everything, at every step.
    shown: String,
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

/// The identity, if the credentials are right.
fn checked<P: Protocol>(credentials: Credentials) -> Option<String> {
    match credentials {
        Credentials::Password { user, password, .. } => {
            let long = "x".repeat(P::LONG);
            let right = [PASSWORD.as_bytes(), long.as_bytes()];
            right.contains(&password.expose()).then_some(user)
        }
        Credentials::Token { user, token, .. } => user.filter(|_| token.expose() == b"token"),
        Credentials::External { authzid } => authzid.or(Some("known".into())),
        Credentials::Anonymous { trace } => Some(trace),
        _ => None,
    }
}

impl<P: Protocol> Pair<P> {
    /// A client that knows what the server offers.
    fn new(mechanisms: &[&str]) -> Self {
        let setup = Setup {
            random: [2; 18],
            secret: "of years".into(),
            bindings: vec![binding()],
            ..Setup::default()
        };
        let mut this = Self {
            server: P::server(mechanisms, Security::Tls, false),
            client: P::client(Security::Tls, false),
            setup,
            said: Vec::new(),
            shown: String::new(),
            identity: None,
        };
        this.run(None);
        this.said.clear();
        this
    }

    /// Until nobody has anything to say.
    fn run(&mut self, mut asking: Option<&mut ClientAuthentication<P::Client>>) -> Option<End> {
        let (mut to_server, mut to_client) = (Input::default(), Input::default());
        let mut serving = ServerAuthentication::default();
        let mut end = None;
        for _ in 0..20 {
            let all = (&self.client, &self.server, &asking);
            write!(self.shown, "{all:?}").expect("a string takes all");
            self.said.push(pump(P::from_client(&mut self.client), &mut to_server));
            write!(self.shown, "{to_server:?}").expect("a string takes all");
            let (setup, identity, shown) = (&self.setup, &mut self.identity, &mut self.shown);
            P::serve(&mut self.server, &mut to_server, &mut |server, event| {
                write!(shown, "{server:?}").expect("a string takes all");
                let make = |name: &str| setup.server(name);
                let mut verdict = serving.see_with(server, event, make).expect("it may answer");
                if let Verdict::Lookup(lookup) = verdict {
                    let credential = match lookup.wanted {
                        _ if lookup.user != "alice" => Credential::Unknown,
                        Wanted::ScramKey(hash) => {
                            let key = StoredKey::from_password(hash, PASSWORD, b"salt", 4096);
                            Credential::Scram(key.expect("the password is good"))
                        }
                        _ => Credential::Password(PASSWORD.into()),
                    };
                    verdict = serving.provide(server, credential).expect("it may answer");
                }
                let who = match verdict {
                    Verdict::NotMine => return false,
                    Verdict::Proved(identity) => Some(identity.user),
                    Verdict::Due(credentials) => checked::<P>(credentials),
                    _ => return true,
                };
                if who.is_some() {
                    *identity = who;
                    P::welcome(server);
                } else {
                    serving.refuse(server).expect("it may answer");
                }
                true
            });
            self.said.push(pump(P::from_server(&mut self.server), &mut to_client));
            P::hear(&mut self.client, &mut to_client, &mut |client, event| {
                let Some(asking) = &mut asking else { return };
                match asking.see(client, event).expect("it may answer") {
                    Authenticated::NeedKdf(kdf) => {
                        asking.derived(client, &kdf.derive()).expect("it may answer");
                    }
                    Authenticated::Yes => end = Some(End::Yes),
                    Authenticated::No(_) => end = Some(End::No),
                    Authenticated::Broken => end = Some(End::Broken),
                    _ => {}
                }
            });
        }
        end
    }

    fn begin(&mut self, account: &Account) -> ClientAuthentication<P::Client> {
        let asking = ClientAuthentication::choose(&mut self.client, account, &transport());
        asking.expect("a mechanism will do")
    }

    fn choose(&mut self, account: &Account) -> Option<End> {
        let mut asking = self.begin(account);
        self.run(Some(&mut asking))
    }

    fn by(&mut self, mechanism: Box<dyn Client + Send>) -> Option<End> {
        let asking = ClientAuthentication::begin(&mut self.client, mechanism);
        self.run(Some(&mut asking.expect("the mechanism is offered")))
    }
}

/// Each alone.
pub fn every_mechanism_succeeds_where_it_is_the_only_one<P: Protocol>() {
    let bindings = vec![binding()];
    for name in (Setup { bindings, ..Setup::default() }).mechanisms() {
        let mut pair = Pair::<P>::new(&[name]);
        // The setup binds, so a client must not say that binding was not offered.
        if name.starts_with("SCRAM") && !name.ends_with("-PLUS") {
            pair.setup.bindings.clear();
        }
        assert_eq!(pair.choose(&alice()), Some(End::Yes), "{name}: {:?}", pair.said);
        let who = match name {
            "EXTERNAL" => "known",
            "ANONYMOUS" => "sirhc",
            _ => "alice",
        };
        assert_eq!(pair.identity.as_deref(), Some(who), "{name}");
    }
}

/// Of several.
pub fn the_best_that_is_offered_is_chosen<P: Protocol>() {
    let mut account = Account::with_password("alice", PASSWORD);
    for (offered, best) in [
        (&["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"][..], "SCRAM-SHA-256-PLUS"),
        (&["LOGIN", "PLAIN", "SCRAM-SHA-512"], "SCRAM-SHA-512"),
        (&["LOGIN", "PLAIN", "XOAUTH2"], "PLAIN"),
    ] {
        assert_eq!(Pair::<P>::new(offered).begin(&account).mechanism(), best);
    }
    account.password = None;
    let client = &mut Pair::<P>::new(&["PLAIN"]).client;
    let none = ClientAuthentication::choose(client, &account, &transport());
    assert_eq!(none.err(), Some(Error::NoMechanism));
}

/// And those of nobody.
pub fn wrong_passwords_fail_and_the_connection_goes_on<P: Protocol>() {
    for name in ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] {
        let mut pair = Pair::<P>::new(&[name]);
        if name == "SCRAM-SHA-256" {
            pair.setup.bindings.clear();
        }
        let wrong = Account::with_password("alice", "thirsty");
        assert_eq!(pair.choose(&wrong), Some(End::No), "{name}");
        let nobody = Account::with_password("nobody", PASSWORD);
        if name.starts_with("SCRAM") {
            assert_eq!(pair.choose(&nobody), Some(End::No), "{name}");
            assert_eq!(pair.identity.take(), None);
        }
        assert_eq!(pair.choose(&alice()), Some(End::Yes), "{name}");
    }
}

/// A server that refuses a token says why, and waits to hear something before it ends.
pub fn a_refused_token_has_its_extra_step<P: Protocol>() {
    for (name, answer) in [("OAUTHBEARER", "AQ==\r\n"), ("XOAUTH2", "\r\n")] {
        let mut pair = Pair::<P>::new(&[name]);
        let mut asking = pair.begin(&Account::with_token("alice", "stale"));
        assert_eq!(pair.run(Some(&mut asking)), Some(End::No));
        assert!(asking.refusal().is_some_and(|why| why.starts_with(b"{\"status\":")));
        assert!(pair.said.iter().any(|said| said == answer), "{name}: {:?}", pair.said);
        let right = Account::with_token("alice", "token");
        assert_eq!(pair.choose(&right), Some(End::Yes));
    }
}

/// As RFC 4954, RFC 5034 and RFC 4959 write them.
pub fn long_initial_responses_fall_back_and_empty_ones_are_an_equals_sign<P: Protocol>() {
    let mut pair = Pair::<P>::new(&["PLAIN"]);
    let long =
        Plain::new("alice", "x".repeat(P::LONG).as_str()).expect("it is no longer than is taken");
    assert_eq!(pair.by(Box::new(long)), Some(End::Yes));
    assert!(pair.said[0].ends_with(&format!("{} PLAIN\r\n", P::COMMAND)), "{:?}", pair.said);

    let mut pair = Pair::<P>::new(&["EXTERNAL"]);
    let external = External::new("").expect("nobody is somebody");
    assert_eq!(pair.by(Box::new(external)), Some(End::Yes));
    assert!(pair.said[0].ends_with(&format!("{} EXTERNAL =\r\n", P::COMMAND)), "{:?}", pair.said);
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

/// And may try again.
pub fn a_client_that_cannot_accept_a_challenge_cancels<P: Protocol>() {
    let mut pair = Pair::<P>::new(&["LOGIN"]);
    assert_eq!(pair.by(Box::new(Picky)), Some(End::No));
    assert!(pair.said.iter().any(|said| said == "*\r\n"), "{:?}", pair.said);
    assert_eq!(pair.identity, None);
    assert_eq!(pair.choose(&alice()), Some(End::Yes));
}

/// SASL-04 and SMTP-CL-29 of the robustness cases.
pub fn success_without_the_servers_signature_is_none<P: Protocol>() {
    let mut client = Pair::<P>::new(&["SCRAM-SHA-256"]).client;
    let account = Account::with_password("alice", PASSWORD);
    let transport = Transport { bindings: Vec::new(), ..transport() };
    let asking = ClientAuthentication::choose(&mut client, &account, &transport);
    let mut asking = asking.expect("the mechanism will do");
    let mut rx = Input::default();
    rx.extend(P::SUCCESS.as_bytes());
    let mut seen = 0;
    P::hear(&mut client, &mut rx, &mut |client, event| {
        assert!(matches!(asking.see(client, event), Ok(Authenticated::Broken)));
        seen += 1;
    });
    assert_eq!(seen, 1);
}

/// Neither by [`ClientAuthentication::choose`] nor by [`ClientAuthentication::begin`].
pub fn passwords_are_not_shown_to_whoever_listens<P: Protocol>() {
    let client = |allow_plaintext| {
        let mut client = P::client(Security::Plain, allow_plaintext);
        let mut rx = Input::default();
        rx.extend(P::OFFER.as_bytes());
        P::hear(&mut client, &mut rx, &mut |_, _| {});
        client
    };
    let choose = |client: &mut P::Client, allow_plaintext| {
        let transport = Transport { allow_plaintext, ..transport() };
        let account = Account::with_password("alice", PASSWORD);
        ClientAuthentication::choose(client, &account, &transport).err()
    };
    let mut strict = client(false);
    assert_eq!(choose(&mut strict, false), Some(Error::Insecure));
    assert_eq!(choose(&mut strict, true), Some(Error::Insecure));
    let plain = Box::new(Plain::new("alice", PASSWORD).expect("it is usable"));
    assert!(ClientAuthentication::begin(&mut strict, plain).is_err());

    let mut open = client(true);
    assert_eq!(choose(&mut open, false), Some(Error::Insecure));
    assert_eq!(choose(&mut open, true), None);
}

/// Since there is nothing to bind to elsewhere.
pub fn mechanisms_that_bind_to_tls_are_only_offered_over_tls<P: Protocol>() {
    for (security, offered) in [(Security::Plain, false), (Security::Tls, true)] {
        let mut server = P::server(&["PLAIN", "SCRAM-SHA-256-PLUS"], security, true);
        let mut rx = Input::default();
        rx.extend(P::begin("SCRAM-SHA-256-PLUS").as_bytes());
        let mut begun = false;
        P::serve(&mut server, &mut rx, &mut |server, event| {
            let mine = <P::Server as ServerProfile>::asked(event).is_some();
            begun |= mine;
            if mine {
                server.fail(true).expect("it may answer");
            }
            mine
        });
        assert_eq!(begun, offered);
        let said = pump(P::from_server(&mut server), &mut Input::default());
        assert_eq!(said.contains("-PLUS"), offered, "{said}");
    }
}

/// Who prints a machine, or what it was given and is to send, sees how much, and not what.
pub fn passwords_are_not_shown_to_whoever_debugs<P: Protocol>() {
    for name in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256-PLUS"] {
        let mut pair = Pair::<P>::new(&[name]);
        assert_eq!(pair.choose(&alice()), Some(End::Yes), "{name}");
        // As it is, and as either mechanism has it in base64.
        for secret in [PASSWORD, "AGFsaWNlAGh1bmdyeQ", "aHVuZ3J5"] {
            let octets: Vec<_> = secret.bytes().map(|b| b.to_string()).collect();
            let shown = |text: &str| pair.shown.contains(text);
            assert!(!shown(secret) && !shown(&octets.join(", ")), "{name}: {}", pair.shown);
        }
    }
}
