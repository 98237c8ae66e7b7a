//! SMTP: each function makes the type that it is named after.

use super::text;
use mailwire_smtp::types::{
    Attribute, Attributes, Code, Command, Domain, ForwardPath, Mail, Mechanism, Orcpt, Other,
    Parameter, Params, Rcpt, Reply, ReversePath, Rrvs,
};
use mailwire_smtp::{Secret, Text};
use proptest::prelude::*;

pub fn params() -> impl Strategy<Value = Params<'static>> {
    prop::collection::vec(("[A-Z0-9][A-Z0-9-]{0,5}", prop::option::of("[!-<>-~]{1,6}")), 0..5)
        .prop_map(|all| {
            all.into_iter().fold(Params::default(), |params, (keyword, value)| {
                let with = params.clone().with(&keyword, value.as_deref());
                with.unwrap_or(params)
            })
        })
}

pub fn attributes() -> impl Strategy<Value = Attributes<'static>> {
    prop::collection::vec(("[A-Z]{1,9}", text::evil()), 0..4).prop_map(|all| {
        let start = Attributes::default().with("ADDR", &Attribute::Unavailable).unwrap();
        all.into_iter().fold(start, |attributes, (name, value)| {
            let value = if value == "a" {
                Attribute::TemporarilyUnavailable
            } else {
                Attribute::Value(value)
            };
            let with = attributes.clone().with(&name, &value);
            with.unwrap_or(attributes)
        })
    })
}

/// A parameter of any kind of whatever a caller may have.
pub fn parameter() -> impl Strategy<Value = Parameter<'static>> {
    let text = || "[ -~\r\n\0]{0,9}|\\PC{0,9}";
    prop_oneof![
        text().prop_map(|it| Parameter::EnvId(it.into())),
        text().prop_map(|it| Parameter::Submitter(it.into())),
        text().prop_map(|it| Parameter::Auth(Some(it.into()))),
        text().prop_map(|it| Parameter::HoldUntil(it.into())),
        text().prop_map(|it| Parameter::Solicit(it.into())),
        text().prop_map(|it| Parameter::TransId(it.into())),
        text().prop_map(|it| Parameter::XVerp(Some(it.into()))),
        (text(), any::<Option<u64>>())
            .prop_map(|(it, timeout)| Parameter::Mtrk { certifier: it.into(), timeout }),
        (text(), any::<Option<bool>>())
            .prop_map(|(it, or_continue)| Parameter::Rrvs(Rrvs { since: it.into(), or_continue })),
        ("rfc822|utf-8|x-a", text())
            .prop_filter_map("an address", |(kind, it)| Orcpt::new(kind, it).ok())
            .prop_map(Parameter::Orcpt),
        any::<i8>().prop_map(Parameter::MtPriority),
    ]
}

pub fn command() -> impl Strategy<Value = Command<'static>> {
    let text = || text::evil().prop_map(|text| Text::lossy(text).into_owned());
    prop_oneof![
        text::evil().prop_filter_map("a domain", |name| Domain::new(name).ok().map(Command::Ehlo)),
        "[a-z.]{1,9}".prop_map(|name| Command::Helo(Domain::new(name).unwrap())),
        (text::evil(), params()).prop_filter_map("a path", |(path, params)| {
            ReversePath::new(path).ok().map(|from| Command::Mail(Mail { from, params }))
        }),
        (text::evil(), params()).prop_filter_map("a path", |(path, params)| {
            ForwardPath::new(path).ok().map(|to| Command::Rcpt(Rcpt { to, params }))
        }),
        Just(Command::Data),
        Just(Command::Rset),
        Just(Command::Quit),
        Just(Command::StartTls),
        "[a-z.]{1,9}".prop_map(|name| Command::Lhlo(Domain::new(name).unwrap())),
        (any::<u64>(), any::<bool>()).prop_map(|(size, last)| Command::Bdat { size, last }),
        ("[!-~]{1,20}", any::<bool>())
            .prop_map(|(url, last)| Command::Burl { url: Text::new(url).unwrap(), last }),
        "[!-~]{1,9}".prop_map(|name| Command::Etrn(Text::new(name).unwrap())),
        "[!-~]{0,9}".prop_map(|name| Command::Atrn(Text::new(name).unwrap())),
        attributes().prop_map(Command::XClient),
        attributes().prop_map(Command::XForward),
        text().prop_map(Command::Vrfy),
        text().prop_map(Command::Expn),
        text().prop_map(Command::Help),
        text().prop_map(Command::Noop),
        ("[A-Z0-9_-]{1,20}", prop::option::of(prop::collection::vec(any::<u8>(), 0..20))).prop_map(
            |(name, initial)| Command::Auth {
                mechanism: Mechanism::new(name).unwrap(),
                initial: initial.map(Secret::new),
            }
        ),
        ("[a-zA-Z-]{1,9}", text()).prop_filter_map("a verb", |(verb, rest)| {
            Other::new(verb, rest).ok().map(Command::Other)
        }),
    ]
}

pub fn reply() -> impl Strategy<Value = Reply<'static>> {
    (200..600u16, "[ -~\r\n\0]{0,40}|(2|4|5)\\.[0-9]{1,4}\\.[0-9]{1,3} ?[a-z\n]{0,9}|\\PC{0,600}")
        .prop_map(|(code, text)| Reply::new(Code::new(code).unwrap(), text))
}
