//! Both sides against those of rsasl, another implementation of the mechanisms.
#![cfg(feature = "scram")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_core::base64;
use mailwire_sasl::{Account, ChannelBinding, Client, Credential, Credentials, HashFunction};
use mailwire_sasl::{Secret, ServerStep, Setup, Step, StoredKey, Transport, Wanted};
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::anonymous::{ANONYMOUS, AnonymousToken};
use rsasl::mechanisms::external::EXTERNAL;
use rsasl::mechanisms::login::LOGIN;
use rsasl::mechanisms::oauthbearer::OAUTHBEARER;
use rsasl::mechanisms::oauthbearer::properties::{OAuthBearerError, OAuthBearerValidate};
use rsasl::mechanisms::plain::PLAIN;
use rsasl::mechanisms::scram::properties::ScramStoredPassword;
use rsasl::mechanisms::scram::{
    SCRAM_SHA1, SCRAM_SHA1_PLUS, SCRAM_SHA256, SCRAM_SHA256_PLUS, SCRAM_SHA512, SCRAM_SHA512_PLUS,
};
use rsasl::mechanisms::xoauth2::XOAUTH2;
use rsasl::mechanisms::xoauth2::properties::XOAuth2Validate;
use rsasl::mechname::Mechname;
use rsasl::prelude::{
    Mechanism, Registry, SASLClient, SASLConfig, SASLServer, SessionError, State,
};
use rsasl::property::{
    AuthId, AuthzId, ChannelBindings, OAuthBearerToken, OverrideCBType, Password,
};
use rsasl::validate::{Validate, Validation, ValidationError};
use std::sync::Arc;

/// All that rsasl has: by default it leaves out those with -PLUS.
static REGISTERED: &[Mechanism] = &[
    SCRAM_SHA512_PLUS,
    SCRAM_SHA256_PLUS,
    SCRAM_SHA1_PLUS,
    SCRAM_SHA512,
    SCRAM_SHA256,
    SCRAM_SHA1,
    OAUTHBEARER,
    XOAUTH2,
    PLAIN,
    LOGIN,
    EXTERNAL,
    ANONYMOUS,
];
const MECHANISMS: [&str; 12] = [
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "OAUTHBEARER",
    "XOAUTH2",
    "PLAIN",
    "LOGIN",
    "EXTERNAL",
    "ANONYMOUS",
];
const USER: &str = "\u{e9}ric";
// Both sides must prepare it.
const PASSWORD: &str = "pen\u{ad}cil\u{2168}";
const SALT: &[u8] = b"sixteen octets!!";
const BINDING: [u8; 32] = [7; 32];

fn key(name: &str) -> StoredKey {
    let mut hashes = HashFunction::ALL.into_iter();
    let hash = hashes.find(|hash| [hash.mechanism(), hash.plus_mechanism()].contains(&name));
    StoredKey::from_password(hash.unwrap(), PASSWORD, SALT, 4096).unwrap()
}

/// What rsasl asks for, on either side.
struct Peer {
    password: &'static str,
    plus: bool,
}

/// What rsasl's server found out: who, and with what.
struct Seen;

impl Validation for Seen {
    type Value = String;
}

impl SessionCallback for Peer {
    fn callback(
        &self,
        session: &SessionData,
        context: &Context,
        request: &mut Request,
    ) -> Result<(), SessionError> {
        let name = session.mechanism().mechanism.as_str();
        if request.is::<ScramStoredPassword>() {
            let text = key(name).encode();
            let text = std::str::from_utf8(text.expose()).unwrap();
            let (stored, server) = text.rsplit_once('$').unwrap().1.split_once(':').unwrap();
            let decode = |text: &str| base64::decode(text.as_bytes()).unwrap();
            let (stored, server) = (decode(stored), decode(server));
            let found = ScramStoredPassword::new(4096, SALT, &stored, &server);
            request.satisfy::<ScramStoredPassword>(&found)?;
        }
        let right = token(context) == Some("token");
        let wrong = OAuthBearerError::new("invalid_token", None, None);
        request.satisfy::<OAuthBearerValidate>(&if right { Ok(()) } else { Err(wrong) })?;
        request.satisfy::<XOAuth2Validate>(&if right { Ok(()) } else { Err("{}") })?;
        if name == "EXTERNAL" || name == "OAUTHBEARER" {
            request.satisfy::<AuthzId>("ann")?;
        }
        let token = if self.password == PASSWORD { "token" } else { "another" };
        // It does not prepare the password of SCRAM (and that of PLAIN is what it was).
        let password = mailwire_sasl::saslprep(self.password).unwrap();
        request
            .satisfy::<AuthId>(USER)?
            .satisfy::<Password>(password.as_bytes())?
            .satisfy::<OAuthBearerToken>(token)?
            .satisfy::<AnonymousToken>("sirhc")?
            .satisfy::<OverrideCBType>("tls-exporter")?
            .satisfy::<ChannelBindings>(&BINDING)?;
        Ok(())
    }

    fn enable_channel_binding(&self) -> bool {
        self.plus
    }

    fn validate(
        &self,
        _: &SessionData,
        context: &Context,
        validate: &mut Validate<'_>,
    ) -> Result<(), ValidationError> {
        validate.with::<Seen, _>(|| {
            let password = context.get_ref::<Password>().map(String::from_utf8_lossy);
            let words = [
                context.get_ref::<AuthId>(),
                context.get_ref::<AuthzId>(),
                context.get_ref::<AnonymousToken>(),
                token(context),
                password.as_deref(),
            ];
            let words = words.into_iter().flatten().filter(|word| !word.is_empty());
            Ok(words.collect::<Vec<_>>().join(" "))
        })?;
        Ok(())
    }
}

/// Its server of OAUTHBEARER tells the scheme with the token.
fn token<'c>(context: &'c Context<'_>) -> Option<&'c str> {
    let token = context.get_ref::<OAuthBearerToken>()?;
    Some(token.strip_prefix("Bearer ").unwrap_or(token))
}

fn peer(name: &str, password: &'static str) -> Arc<SASLConfig> {
    let plus = name.ends_with("-PLUS");
    let registry = Registry::with_mechanisms(REGISTERED);
    SASLConfig::builder().with_registry(registry).with_callback(Peer { password, plus }).unwrap()
}

fn ours(name: &str, password: &str) -> Box<dyn Client + Send> {
    let mut account = Account::with_password(USER, password);
    account.token = Some(if password == PASSWORD { "token" } else { "another" }.into());
    account.is_known_otherwise = true;
    account.anonymous = Some("sirhc".into());
    if name == "EXTERNAL" {
        account.authzid = "ann".into();
    }
    let transport = Transport {
        is_private: true,
        bindings: vec![ChannelBinding::tls_exporter(BINDING)],
        random: *b"really quite fresh",
        ..Transport::default()
    };
    // As if the server offered a binding too, so that none is missed.
    account.begin(name, [name, "SCRAM-SHA-1-PLUS"], &transport).unwrap()
}

/// Our client, rsasl's server: what the server saw, and whether the client is content.
fn our_client(name: &str, password: &str) -> Result<(String, bool), String> {
    let mut client = ours(name, password);
    let server = SASLServer::<Seen>::new(peer(name, PASSWORD));
    let mut server = server.start_suggested(Mechname::parse(name.as_bytes()).unwrap()).unwrap();
    let mut response = client.initial();
    for _ in 0..6 {
        let mut challenge = Vec::new();
        let state = server.step(response.as_ref().map(Secret::expose), &mut challenge);
        let state = state.map_err(|error| error.to_string())?;
        if state.is_running() || state.has_sent_message() {
            response = match client.answer(&challenge).map_err(|error| error.to_string())? {
                Step::Respond(response) => Some(response),
                _ => Some(Secret::default()),
            };
        }
        if let State::Finished(_) = state {
            return Ok((server.validation().ok_or("nobody was seen")?, client.may_end()));
        }
    }
    panic!("{name} did not end");
}

/// rsasl's client, our server: whom the server saw, and whether the client is content.
fn our_server(name: &str, password: &'static str) -> Result<(String, bool), String> {
    let client = SASLClient::new(peer(name, password));
    let mut client = client.start_suggested(&[Mechname::parse(name.as_bytes()).unwrap()]).unwrap();
    let bindings = match name.ends_with("-PLUS") {
        true => vec![ChannelBinding::tls_exporter(BINDING)],
        false => Vec::new(),
    };
    let secret = "secret".into();
    let setup = Setup { random: *b"fresh on this side", secret, bindings, ..Setup::default() };
    let mut server = setup.server(name).unwrap();
    let mut step = if client.are_we_first() {
        let mut first = Vec::new();
        client.step(None, &mut first).map_err(|error| error.to_string())?;
        server.step(Some(&first))
    } else {
        server.step(None)
    };
    let mut finished = false;
    for _ in 0..8 {
        match step.map_err(|error| error.to_string())? {
            ServerStep::Challenge(challenge) => {
                let mut response = Vec::new();
                let state = client.step(Some(&challenge), &mut response);
                finished = state.map_err(|error| error.to_string())?.is_finished();
                step = server.step(Some(&response));
            }
            ServerStep::NeedCredential(lookup) => {
                assert!(matches!(lookup.wanted, Wanted::ScramKey(_)));
                step = server.provide(match lookup.user.as_str() {
                    USER => Credential::Scram(key(name)),
                    _ => Credential::Unknown,
                });
            }
            ServerStep::Verify(Credentials::Token { token, .. }) if token.expose() != b"token" => {
                step = server.refuse();
            }
            ServerStep::Verify(credentials) => {
                let seen = match credentials {
                    Credentials::Password { user, password, .. } => {
                        format!("{user} {}", String::from_utf8_lossy(password.expose()))
                    }
                    Credentials::External { authzid } => authzid.unwrap(),
                    Credentials::Anonymous { trace } => trace,
                    Credentials::Token { user, .. } => format!("{} token", user.unwrap()),
                    _ => panic!("{name}"),
                };
                return Ok((seen, true));
            }
            ServerStep::Done(identity) => return Ok((identity.user, finished)),
            ServerStep::Refused => return Err("refused".into()),
            other => panic!("{other:?}"),
        }
    }
    panic!("{name} did not end");
}

fn expected(name: &str) -> String {
    match name {
        "OAUTHBEARER" | "XOAUTH2" => format!("{USER} token"),
        // Prepared by rsasl.
        "PLAIN" => format!("{USER} pencilIX"),
        "LOGIN" => format!("{USER} {PASSWORD}"),
        "EXTERNAL" => "ann".into(),
        "ANONYMOUS" => "sirhc".into(),
        _ => USER.into(),
    }
}

#[test]
fn our_client_authenticates_to_rsasl() {
    for name in MECHANISMS {
        assert_eq!(our_client(name, PASSWORD), Ok((expected(name), true)), "{name}");
    }
}

#[test]
fn rsasl_authenticates_to_our_server() {
    for name in MECHANISMS {
        let seen = match name {
            "OAUTHBEARER" => "ann token".into(),
            "LOGIN" => expected("PLAIN"),
            _ => expected(name),
        };
        assert_eq!(our_server(name, PASSWORD), Ok((seen, true)), "{name}");
    }
}

#[test]
fn wrong_passwords_and_tokens_fail() {
    for name in MECHANISMS {
        if name.starts_with("SCRAM") {
            assert!(our_client(name, "pencils").is_err(), "{name}");
        } else if matches!(name, "OAUTHBEARER" | "XOAUTH2") {
            let content = our_client(name, "pencils").map(|(_, content)| content);
            assert_ne!(content, Ok(true), "{name}");
        } else {
            continue;
        }
        assert!(our_server(name, "pencils").is_err(), "{name}");
    }
}
