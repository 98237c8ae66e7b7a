//! Exchanges by each mechanism of SASL that somebody between client and server changes.
//!
//! Whatever is changed, nobody may be authenticated but by what was really said: [`check`] plays an
//! exchange whose messages an edit may change on their way, and says what is wrong with how it
//! ended.

use mailwire_sasl::{
    Anonymous, ChannelBinding, Client, CramMd5, Credential, Credentials, External, HashFunction,
    Login, Nonce, OAuth, Plain, Scram, Secret, Server, ServerStep, Setup, Step, StoredKey,
};

/// The mechanisms that exchanges are played by.
pub const MECHANISMS: [&str; 13] = [
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
    "CRAM-MD5",
    "EXTERNAL",
    "ANONYMOUS",
];
/// More messages than any exchange has.
const MOST: usize = 12;
const USER: &str = "ann";
const PASSWORD: &str = "pencil";
const TOKEN: &str = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

/// What was sent in an exchange, and what arrived.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// Each message: whether it is the client's, as it was sent, and as it arrived.
    pub messages: Vec<(bool, Vec<u8>, Vec<u8>)>,
    /// Whether the server took the client for the user.
    pub accepted: bool,
    /// Whether the client would believe it if it were told so.
    pub believed: bool,
}

/// Plays an exchange of a client and a server that agree. `edit` gets each message and its number,
/// and may change it.
///
/// # Panics
///
/// When the exchange does not end, or the mechanism is not one of [`MECHANISMS`].
pub fn play(mechanism: &str, mut edit: impl FnMut(usize, &mut Vec<u8>)) -> Exchange {
    let mut client = client(mechanism);
    let mut server = server(mechanism);
    let mut exchange = Exchange::default();
    let mut deliver = |exchange: &mut Exchange, from_client: bool, sent: &[u8]| {
        let mut arrived = sent.to_vec();
        edit(exchange.messages.len(), &mut arrived);
        exchange.messages.push((from_client, sent.to_vec(), arrived.clone()));
        arrived
    };
    let initial = client.initial();
    let initial = initial.map(|initial| deliver(&mut exchange, true, initial.expose()));
    let mut step = server.step(initial.as_deref());
    loop {
        assert!(exchange.messages.len() < MOST, "{mechanism}: the exchange does not end");
        step = match step {
            Ok(ServerStep::Challenge(challenge)) => {
                let challenge = deliver(&mut exchange, false, &challenge);
                let Ok(answer) = client.answer(&challenge) else { break };
                let response = match answer {
                    Step::Respond(response) => response,
                    _ => Secret::default(),
                };
                let response = deliver(&mut exchange, true, response.expose());
                server.step(Some(&response))
            }
            Ok(ServerStep::NeedCredential(lookup)) => {
                let known = lookup.user == USER && lookup.authzid.is_none();
                server.provide(if known { credential(mechanism) } else { Credential::Unknown })
            }
            Ok(ServerStep::Verify(credentials)) if credentials == right(mechanism) => {
                exchange.accepted = true;
                break;
            }
            Ok(ServerStep::Verify(_)) => server.refuse(),
            Ok(ServerStep::Done(identity)) => {
                assert_eq!((identity.user.as_str(), identity.authzid), (USER, None));
                exchange.accepted = true;
                break;
            }
            _ => break,
        };
    }
    exchange.believed = client.may_end();
    // Both are over, whatever comes.
    let _ = (client.step(b""), server.step(Some(b"")), server.refuse());
    assert!(server.step(Some(b"")).is_err(), "{mechanism}: the server went on");
    exchange
}

/// Plays an exchange and looks at how it ended.
///
/// # Panics
///
/// When somebody was authenticated who should not have been, or the exchange was left alone and
/// failed.
pub fn check(mechanism: &str, edit: impl FnMut(usize, &mut Vec<u8>)) {
    let Exchange { messages, accepted, believed } = play(mechanism, edit);
    let intact = |from: usize, to: usize| {
        messages.iter().take(to).skip(from).all(|(_, sent, arrived)| sent == arrived)
    };
    let said_by_client =
        || messages.iter().all(|(from_client, sent, arrived)| !from_client || sent == arrived);
    if intact(0, MOST) {
        assert!(accepted && believed, "{mechanism}: what nobody changed failed");
        return;
    }
    if mechanism.starts_with("SCRAM") {
        assert!(!accepted || intact(0, 3), "{mechanism}: accepted\n{messages:?}");
        // Extensions behind the signature are not signed, and mean nothing.
        let last = messages.get(3).is_some_and(|(_, sent, arrived)| {
            sent == arrived || arrived.starts_with(&[sent.as_slice(), b","].concat())
        });
        assert!(!believed || intact(0, 3) && last, "{mechanism}: believed\n{messages:?}");
    } else if mechanism.contains("OAU") {
        // Spellings that mean the same are taken; the token is what it was.
        let shown = messages.iter().any(|(_, _, arrived)| {
            arrived.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes())
        });
        assert!(!accepted || shown, "{mechanism}: accepted\n{messages:?}");
    } else if mechanism == "CRAM-MD5" {
        assert!(!accepted, "{mechanism}: accepted\n{messages:?}");
    } else {
        assert!(!accepted || said_by_client(), "{mechanism}: accepted\n{messages:?}");
    }
}

fn hash(mechanism: &str) -> Option<HashFunction> {
    let name = mechanism.strip_suffix("-PLUS").unwrap_or(mechanism);
    HashFunction::ALL.into_iter().find(|hash| hash.mechanism() == name)
}

fn binding() -> ChannelBinding {
    ChannelBinding::tls_exporter([7; 32])
}

fn client(mechanism: &str) -> Box<dyn Client> {
    const GOOD: &str = "the account is good";
    if let Some(hash) = hash(mechanism) {
        let nonce = Nonce::from_random(b"that of the client");
        let scram = Scram::new(hash, USER, PASSWORD, nonce).expect(GOOD).with_iterations(1..=9);
        return Box::new(match mechanism.ends_with("-PLUS") {
            true => scram.with_binding(binding()).expect(GOOD),
            false => scram,
        });
    }
    match mechanism {
        "OAUTHBEARER" => Box::new(OAuth::bearer(USER, TOKEN).expect(GOOD).to("host", 143)),
        "XOAUTH2" => Box::new(OAuth::xoauth2(USER, TOKEN).expect(GOOD)),
        "PLAIN" => Box::new(Plain::new(USER, PASSWORD).expect(GOOD)),
        "LOGIN" => Box::new(Login::new(USER, PASSWORD).expect(GOOD)),
        "CRAM-MD5" => Box::new(CramMd5::new(USER, PASSWORD).expect(GOOD)),
        "EXTERNAL" => Box::new(External::new(USER).expect(GOOD)),
        _ => Box::new(Anonymous::new(USER).expect(GOOD)),
    }
}

fn server(mechanism: &str) -> Box<dyn Server> {
    let plus = mechanism.ends_with("-PLUS");
    let setup = Setup {
        random: *b"that of the server",
        secret: "the server's secret".into(),
        iterations: 2,
        bindings: if plus { vec![binding()] } else { Vec::new() },
        ..Setup::default()
    };
    setup.server(mechanism).expect("the mechanism is known")
}

fn credential(mechanism: &str) -> Credential {
    match hash(mechanism) {
        Some(hash) => {
            let key = StoredKey::from_password(hash, PASSWORD, b"sixteen octets!!", 2);
            Credential::Scram(key.expect("the password is good"))
        }
        None => Credential::Password(PASSWORD.into()),
    }
}

fn right(mechanism: &str) -> Credentials {
    match mechanism {
        "OAUTHBEARER" | "XOAUTH2" => Credentials::Token {
            user: Some(USER.into()),
            token: TOKEN.into(),
            server: (mechanism == "OAUTHBEARER").then(|| ("host".into(), Some(143))),
        },
        "EXTERNAL" => Credentials::External { authzid: Some(USER.into()) },
        "ANONYMOUS" => Credentials::Anonymous { trace: USER.into() },
        _ => Credentials::Password { authzid: None, user: USER.into(), password: PASSWORD.into() },
    }
}

/// A change of a message, made of octets: which message, what kind of change, where, and with what.
/// Returns how many octets it took.
pub fn edit(data: &[u8], number: usize, message: &mut Vec<u8>) -> usize {
    let [which, kind, at, with, rest @ ..] = data else { return data.len() };
    let text = rest.get(..usize::from(with & 15)).unwrap_or(rest);
    let taken = 4 + text.len();
    if usize::from(*which) % 8 != number {
        return taken;
    }
    let at = usize::from(*at) * message.len().div_ceil(256).max(1);
    let at = at.min(message.len());
    match kind % 7 {
        // Takes octets out.
        0 => drop(message.drain(at..(at + text.len()).min(message.len()))),
        1 => drop(message.splice(at..at, text.iter().copied())),
        2 => drop(message.splice(at..(at + text.len()).min(message.len()), text.iter().copied())),
        3 => message.extend_from_slice(text),
        4 => {
            for (octet, &mask) in message.iter_mut().skip(at).zip(text) {
                *octet ^= mask;
            }
        }
        5 => message.truncate(at),
        _ => *message = text.to_vec(),
    }
    taken
}

/// Plays an exchange by the mechanism that the first octet names, with the edits that the others
/// are.
///
/// # Panics
///
/// As [`check`].
pub fn check_edits(data: &[u8]) {
    let Some((&mechanism, edits)) = data.split_first() else { return };
    let mechanism = MECHANISMS[usize::from(mechanism) % MECHANISMS.len()];
    check_edits_of(mechanism, edits);
}

/// Plays an exchange by that mechanism with these edits.
///
/// # Panics
///
/// As [`check`].
pub fn check_edits_of(mechanism: &str, edits: &[u8]) {
    check(mechanism, |number, message| {
        let mut rest = edits;
        // Every turn takes at least four octets, or all.
        while !rest.is_empty() {
            let taken = edit(rest, number, message);
            rest = &rest[taken.min(rest.len())..];
        }
    });
}
