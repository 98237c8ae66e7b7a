//! THE TABLE: which command is legal when. The server answers 503 by it, the client finds misuse
//! by it.

use crate::types::Verb;

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
}

impl Standing {
    pub(crate) fn end_transaction(&mut self) {
        (self.mail, self.recipients) = (false, 0);
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
const TABLE: [Rule; 14] = {
    use {Group::*, Hello::{Extended, Plain}, Transaction::*};
    const fn rule(verb: Verb, hello: Hello, transaction: Transaction, group: Group) -> Rule {
        Rule { verb, hello, transaction, group }
    }
    [
        //   verb            hello        transaction  group
        rule(Verb::Ehlo,     Hello::None, Any,         Last),
        rule(Verb::Helo,     Hello::None, Any,         Last),
        rule(Verb::Mail,     Plain,       No,          Anywhere),
        rule(Verb::Rcpt,     Plain,       Mail,        Anywhere),
        rule(Verb::Data,     Plain,       Rcpt,        Last),
        rule(Verb::Rset,     Hello::None, Any,         Anywhere),
        rule(Verb::Vrfy,     Hello::None, Any,         Last),
        rule(Verb::Expn,     Hello::None, Any,         Last),
        rule(Verb::Help,     Hello::None, Any,         Last),
        rule(Verb::Noop,     Hello::None, Any,         Last),
        rule(Verb::Quit,     Hello::None, Any,         Last),
        rule(Verb::StartTls, Extended,    No,          Last),
        rule(Verb::Auth,     Extended,    No,          Last),
        rule(Verb::Other,    Hello::None, Any,         Last),
    ]
};

/// Whether `verb` may come where the session stands.
pub(crate) fn legal(verb: Verb, at: &Standing) -> bool {
    let Some(rule) = TABLE.iter().find(|rule| rule.verb == verb) else { return false };
    let transaction = match rule.transaction {
        Transaction::Any => true,
        Transaction::No => !at.mail,
        Transaction::Mail => at.mail,
        Transaction::Rcpt => at.mail && at.recipients > 0,
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
    TABLE.iter().find(|rule| rule.verb == verb).is_none_or(|rule| rule.group == Group::Last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_one_rule() {
        for verb in Verb::KNOWN.into_iter().chain([Verb::Other]) {
            assert_eq!(TABLE.iter().filter(|rule| rule.verb == verb).count(), 1, "{verb}");
        }
    }

    // RFC 2920 section 3.1.
    #[test]
    fn rfc2920_3_1_last_in_a_group() {
        for verb in [Verb::Ehlo, Verb::Data, Verb::Vrfy, Verb::Expn, Verb::Quit, Verb::Noop] {
            assert!(ends_group(verb), "{verb}");
        }
        for verb in [Verb::Rset, Verb::Mail, Verb::Rcpt] {
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
        at.end_transaction();
        assert!(!legal(Verb::Data, &at) && legal(Verb::Mail, &at));
    }
}
