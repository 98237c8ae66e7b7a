//! POP3: each function makes the type that it is named after.

use super::text;
use mailwire_core::{Secret, Text};
use mailwire_pop3::{Argument, Code, Command, Reply, Status};
use proptest::prelude::*;

/// What USER and PASS take: anything but nothing and control characters.
pub fn argument() -> impl Strategy<Value = Argument<'static>> {
    let texts = prop_oneof![text::evil(), "[ -~]{1,20}", "\\PC{1,20}"];
    texts.prop_filter_map("an argument", |text| {
        Argument::new(text.into_bytes()).ok().filter(|argument| !argument.as_bytes().is_empty())
    })
}

pub fn command() -> impl Strategy<Value = Command<'static>> {
    let number = any::<u32>;
    // Spaces at the ends of what is no password belong to nobody.
    let word = || "[!-~]{1,12}".prop_map(|name| Argument::new(name.into_bytes()).unwrap());
    prop_oneof![
        word().prop_map(Command::User),
        argument().prop_map(Command::Pass),
        (word(), any::<[u8; 16]>()).prop_map(|(name, digest)| Command::Apop { name, digest }),
        ("[A-Z0-9_-]{1,20}", prop::option::of(prop::collection::vec(any::<u8>(), 0..20))).prop_map(
            |(mechanism, initial)| Command::Auth {
                mechanism: Text::new(mechanism).unwrap(),
                initial: initial.map(Secret::new),
            }
        ),
        prop::sample::select(vec![
            Command::AuthList,
            Command::Stls,
            Command::Capa,
            Command::Stat,
            Command::Noop,
            Command::Rset,
            Command::Quit,
        ]),
        prop::option::of(number()).prop_map(Command::List),
        prop::option::of(number()).prop_map(Command::Uidl),
        number().prop_map(Command::Retr),
        number().prop_map(Command::Dele),
        (number(), any::<u64>()).prop_map(|(message, lines)| Command::Top { message, lines }),
    ]
}

pub fn code() -> impl Strategy<Value = Code<'static>> {
    prop_oneof![
        prop::sample::select(vec![
            Code::Auth,
            Code::InUse,
            Code::LoginDelay,
            Code::SysPerm,
            Code::SysTemp,
        ]),
        "X-[A-Z/]{1,9}".prop_map(|name| Code::Other(Text::new(name).unwrap())),
    ]
}

pub fn reply() -> impl Strategy<Value = Reply<'static>> {
    let text = prop_oneof!["[!-Z^-~][ -~]{0,20}[!-~]", Just(String::new())];
    (any::<bool>(), prop::option::of(code()), text).prop_map(|(ok, code, text)| Reply {
        status: if ok { Status::Ok } else { Status::Err },
        code,
        text: Text::new(text).unwrap(),
    })
}
