//! THE TABLE: which command is legal when. The server answers 503 by it, the client finds misuse
//! by it.

use crate::types::{Param, Verb};

/// How far a session is, as either side sees it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Standing {
    pub(crate) hello: Hello,
    pub(crate) secure: bool,
    pub(crate) authenticated: bool,
    /// MAIL was accepted (on a client: or sent).
    pub(crate) mail: bool,
    /// How many RCPT were accepted (on a client: or sent).
    pub(crate) recipients: u32,
    /// A chunk of the message was accepted (on a client: or sent).
    pub(crate) chunks: bool,
}

impl Standing {
    pub(crate) fn end_transaction(&mut self) {
        (self.mail, self.recipients, self.chunks) = (false, 0, false);
    }
}

#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Hello {
    #[default]
    None,
    /// HELO: no extensions.
    Plain,
    /// EHLO.
    Extended,
}

/// What a command needs, and what it does to a group of commands.
struct Rule {
    verb: Verb,
    /// The least hello.
    hello: Hello,
    transaction: Transaction,
    group: Group,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Transaction {
    /// It does not matter.
    Any,
    /// None may be open.
    No,
    /// MAIL must have been accepted.
    Mail,
    /// So must at least one RCPT.
    Rcpt,
    /// The same, and chunks may have been sent.
    Chunks,
}

/// RFC 2920 section 3.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Group {
    /// Others may follow at once.
    Anywhere,
    /// What follows waits for its reply.
    Last,
}

#[rustfmt::skip]
const TABLE: [Rule; 21] = {
    use {Group::*, Hello::{Extended, Plain}, Transaction::*};
    const fn rule(verb: Verb, hello: Hello, transaction: Transaction, group: Group) -> Rule {
        Rule { verb, hello, transaction, group }
    }
    [
        //   verb            hello        transaction  group
        rule(Verb::Ehlo,     Hello::None, Any,         Last),
        rule(Verb::Helo,     Hello::None, Any,         Last),
        rule(Verb::Lhlo,     Hello::None, Any,         Last),
        rule(Verb::Mail,     Plain,       No,          Anywhere),
        rule(Verb::Rcpt,     Plain,       Mail,        Anywhere),
        rule(Verb::Data,     Plain,       Rcpt,        Last),
        rule(Verb::Bdat,     Plain,       Chunks,      Anywhere),
        rule(Verb::Burl,     Extended,    Chunks,      Last),
        rule(Verb::Rset,     Hello::None, Any,         Anywhere),
        rule(Verb::Vrfy,     Hello::None, Any,         Last),
        rule(Verb::Expn,     Hello::None, Any,         Last),
        rule(Verb::Help,     Hello::None, Any,         Last),
        rule(Verb::Noop,     Hello::None, Any,         Last),
        rule(Verb::Quit,     Hello::None, Any,         Last),
        rule(Verb::StartTls, Extended,    No,          Last),
        rule(Verb::Auth,     Extended,    No,          Last),
        rule(Verb::Etrn,     Plain,       No,          Last),
        rule(Verb::Atrn,     Extended,    No,          Last),
        rule(Verb::XClient,  Hello::None, No,          Last),
        rule(Verb::XForward, Plain,       No,          Last),
        rule(Verb::Other,    Hello::None, Any,         Last),
    ]
};

/// Whether `verb` may come where the session stands.
pub(crate) fn legal(verb: Verb, at: &Standing) -> bool {
    let Some(rule) = rule(verb) else { return false };
    let transaction = match rule.transaction {
        Transaction::Any => true,
        Transaction::No => !at.mail,
        Transaction::Mail => at.mail && !at.chunks,
        Transaction::Rcpt => at.mail && at.recipients > 0 && !at.chunks,
        Transaction::Chunks => at.mail && at.recipients > 0,
    };
    let once = match verb {
        Verb::StartTls => !at.secure,
        Verb::Auth => !at.authenticated,
        _ => true,
    };
    at.hello >= rule.hello && transaction && once
}

/// Whether nothing may be sent behind `verb` before its reply has come.
pub(crate) fn ends_group(verb: Verb) -> bool {
    rule(verb).is_none_or(|rule| rule.group == Group::Last)
}

/// The rules stand in the order of the verbs, which a test sees to.
fn rule(verb: Verb) -> Option<&'static Rule> {
    TABLE.get(verb as usize).filter(|rule| rule.verb == verb)
}

/// On which command a parameter may stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Mail,
    Rcpt,
    /// It is not known.
    Either,
}

/// The keyword of the extension that a parameter belongs to, and where it may stand. What is not
/// known belongs to an extension of its own name.
pub(crate) fn extension_of<'a>(param: &Param<'a>) -> (&'a str, Place) {
    let is = |name: &str| param.keyword.eq_ignore_ascii_case(name);
    match param.keyword.as_bytes() {
        [b'B' | b'b', ..] if is("BODY") => {
            let binary = param.value.is_some_and(|value| value.eq_ignore_ascii_case("BINARYMIME"));
            (if binary { "BINARYMIME" } else { "8BITMIME" }, Place::Mail)
        }
        [b'B' | b'b', ..] if is("BY") => ("DELIVERBY", Place::Mail),
        [b'R' | b'r', ..] if is("RET") => ("DSN", Place::Mail),
        [b'E' | b'e', ..] if is("ENVID") => ("DSN", Place::Mail),
        [b'N' | b'n', ..] if is("NOTIFY") => ("DSN", Place::Rcpt),
        [b'O' | b'o', ..] if is("ORCPT") => ("DSN", Place::Rcpt),
        [b'H' | b'h', ..] if is("HOLDFOR") || is("HOLDUNTIL") => ("FUTURERELEASE", Place::Mail),
        [b'T' | b't', ..] if is("TRANSID") => ("CHECKPOINT", Place::Mail),
        [b'S' | b's', ..] if is("SOLICIT") => ("NO-SOLICITING", Place::Mail),
        [b'R' | b'r', ..] if is("RRVS") => ("RRVS", Place::Rcpt),
        [b'C' | b'c', ..] if is("CONNEG") => ("CONNEG", Place::Rcpt),
        [b'S' | b's', ..] if is("SIZE") || is("SMTPUTF8") || is("SUBMITTER") => {
            (param.keyword, Place::Mail)
        }
        [b'A' | b'a', ..] if is("AUTH") => (param.keyword, Place::Mail),
        [b'R' | b'r', ..] if is("REQUIRETLS") => (param.keyword, Place::Mail),
        [b'M' | b'm', ..] if is("MT-PRIORITY") || is("MTRK") => (param.keyword, Place::Mail),
        [b'C' | b'c', ..] if is("CONPERM") => (param.keyword, Place::Mail),
        [b'P' | b'p', ..] if is("PRDR") => (param.keyword, Place::Mail),
        [b'X' | b'x', ..] if is("XVERP") => (param.keyword, Place::Mail),
        _ => (param.keyword, Place::Either),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_one_rule() {
        let all = Verb::KNOWN.into_iter().chain([Verb::Other]);
        assert!(TABLE.iter().map(|rule| rule.verb).eq(all));
        assert!(TABLE.iter().all(|it| rule(it.verb).is_some_and(|rule| rule.verb == it.verb)));
    }

    // RFC 2920 section 3.1.
    #[test]
    fn rfc2920_3_1_last_in_a_group() {
        for verb in [Verb::Ehlo, Verb::Data, Verb::Vrfy, Verb::Expn, Verb::Quit, Verb::Noop] {
            assert!(ends_group(verb), "{verb}");
        }
        for verb in [Verb::Rset, Verb::Mail, Verb::Rcpt, Verb::Bdat] {
            assert!(!ends_group(verb), "{verb}");
        }
    }

    #[test]
    fn a_transaction_goes_step_by_step() {
        let mut at = Standing::default();
        assert!(!legal(Verb::Mail, &at));
        at.hello = Hello::Plain;
        assert!(legal(Verb::Mail, &at) && !legal(Verb::Rcpt, &at) && !legal(Verb::Auth, &at));
        at.mail = true;
        assert!(!legal(Verb::Mail, &at) && legal(Verb::Rcpt, &at) && !legal(Verb::Data, &at));
        at.recipients = 1;
        assert!(legal(Verb::Data, &at));
        assert!(legal(Verb::Bdat, &at));
        at.chunks = true;
        assert!(legal(Verb::Bdat, &at) && !legal(Verb::Data, &at) && !legal(Verb::Rcpt, &at));
        at.end_transaction();
        assert!(!legal(Verb::Data, &at) && legal(Verb::Mail, &at));
    }

    /// The table of the guide, as the rules are.
    fn drawn() -> alloc::string::String {
        use core::fmt::Write;
        let states = [
            ("new", Standing::default()),
            ("ready (HELO)", Standing { hello: Hello::Plain, ..Standing::default() }),
            ("ready", Standing { hello: Hello::Extended, ..Standing::default() }),
            ("mail", Standing { hello: Hello::Extended, mail: true, ..Standing::default() }),
            (
                "rcpt",
                Standing {
                    hello: Hello::Extended,
                    mail: true,
                    recipients: 1,
                    ..Standing::default()
                },
            ),
            (
                "chunks",
                Standing {
                    hello: Hello::Extended,
                    mail: true,
                    recipients: 1,
                    chunks: true,
                    ..Standing::default()
                },
            ),
        ];
        let mut out = alloc::string::String::from("| |");
        for (name, _) in &states {
            write!(out, " {name} |").unwrap();
        }
        out.push_str(" |\n|---|---|---|---|---|---|---|---|\n");
        for rule in TABLE.iter().filter(|rule| rule.verb != Verb::Other) {
            write!(out, "| {} |", rule.verb).unwrap();
            for (_, at) in &states {
                let to = match rule.verb {
                    Verb::Ehlo | Verb::Lhlo => "ready",
                    Verb::Helo => "ready (HELO)",
                    Verb::Mail => "mail",
                    Verb::Rcpt => "rcpt",
                    Verb::Data | Verb::Rset if at.mail => "ready",
                    Verb::Bdat | Verb::Burl => "chunks",
                    Verb::StartTls | Verb::XClient => "new",
                    _ => ".",
                };
                write!(out, " {} |", if legal(rule.verb, at) { to } else { "" }).unwrap();
            }
            let last = if rule.group == Group::Last { "last" } else { "" };
            writeln!(out, " {last} |").unwrap();
        }
        out
    }

    #[test]
    fn the_guide_shows_the_rules() {
        let drawn = drawn();
        assert!(include_str!("guide.md").contains(&drawn), "the table of guide.md is:\n{drawn}");
    }
}
