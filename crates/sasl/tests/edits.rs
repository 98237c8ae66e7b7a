//! Exchanges that somebody changes on their way authenticate nobody.
#![cfg(all(feature = "scram", feature = "legacy"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_sasl::{Account, ChannelBinding, HashFunction, Kdf, Setup, Step, Transport};
use mailwire_testkit::sasl::{MECHANISMS, check, check_edits, play};
use proptest::prelude::*;

#[test]
fn what_nobody_changes_succeeds() {
    for mechanism in MECHANISMS {
        check(mechanism, |_, _| {});
    }
}

// Every message, every octet: changed to each of a few others, taken out, doubled, and all behind
// it cut off.
#[test]
fn no_change_of_one_octet_authenticates() {
    for mechanism in MECHANISMS {
        let messages = play(mechanism, |_, _| {}).messages;
        for (n, (_, sent, _)) in messages.iter().enumerate() {
            for at in 0..=sent.len() {
                let edit = |change: &dyn Fn(&mut Vec<u8>)| {
                    check(mechanism, |number, message| {
                        if number == n {
                            change(message);
                        }
                    });
                };
                edit(&|message| message.truncate(at));
                edit(&|message| message.insert(at, b'='));
                if at == sent.len() {
                    continue;
                }
                edit(&|message| {
                    message.remove(at);
                });
                edit(&|message| message.insert(at, message[at]));
                for change in [1, 2, 0x20, 0x80] {
                    edit(&|message| message[at] ^= change);
                }
                for with in [0, 1, b',', b'=', b'A'] {
                    edit(&|message| message[at] = with);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_edits_authenticate(data in prop::collection::vec(any::<u8>(), 0..60)) {
        check_edits(&data);
    }

    // Whatever the peer says, nothing panics, and nothing is believed.
    #[test]
    fn arbitrary_peers_are_survived(
        said in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[nypacrsivem=,]{0,12}[a-zA-Z0-9+/=,]{0,30}".prop_map(String::into_bytes),
            ],
            1..5,
        ),
    ) {
        let bindings = vec![ChannelBinding::tls_exporter([7; 32])];
        let setup = Setup { bindings: bindings.clone(), ..Setup::default() };
        let mut account = Account::with_password("ann", "pencil");
        account.token = Some("token".into());
        account.is_known_otherwise = true;
        account.anonymous = Some("x".into());
        let transport = Transport { is_private: true, bindings, ..Transport::default() };
        for name in setup.mechanisms() {
            let mut server = setup.server(name).unwrap();
            let mut client = account.begin(name, setup.mechanisms(), &transport).unwrap();
            let _ = client.initial();
            for message in &said {
                let _ = server.step(Some(message));
                if let Ok(Step::NeedKdf(kdf)) = client.step(message) {
                    let kdf = Kdf::new(HashFunction::Sha1, "", kdf.salt(), 1);
                    let _ = client.derived(&kdf.derive());
                }
            }
            if name.starts_with("SCRAM") {
                prop_assert!(!client.may_end(), "{}", name);
            }
        }
    }
}
