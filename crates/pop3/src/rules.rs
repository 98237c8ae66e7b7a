//! Which command is legal in which state and where it leads: used by the server to refuse and to
//! step, by the client to say no before anything is sent.

use crate::Command;

/// Where a session is (RFC 1939 section 3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Before the client is known.
    Authorization,
    /// The maildrop is open and locked.
    Transaction,
    /// After QUIT in TRANSACTION: messages that were marked are deleted now, and only now.
    Update,
}

/// What a command is in a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Legal {
    No,
    /// Legal, and the session stays where it is.
    Yes,
    /// Legal, and this is where the session is after `+OK`.
    To(State),
}

/// The table: what a command is in AUTHORIZATION and in TRANSACTION. In UPDATE nothing is legal.
fn row(command: &Command<'_>) -> [Legal; 2] {
    use Command::{
        Apop, Auth, AuthList, Capa, Dele, Lang, List, Noop, Other, Pass, Quit, Retr, Rset, Stat,
        Stls, Top, Uidl, User, Utf8,
    };
    use Legal::{No, To, Yes};
    match command {
        User(_) | AuthList | Stls | Utf8 => [Yes, No],
        Pass(_) | Apop { .. } | Auth { .. } => [To(State::Transaction), No],
        Quit => [Yes, To(State::Update)],
        Capa | Lang(_) | Other { .. } => [Yes, Yes],
        Stat | List(_) | Retr(_) | Dele(_) | Noop | Rset | Top { .. } | Uidl(_) => [No, Yes],
    }
}

fn legal(command: &Command<'_>, state: State) -> Legal {
    let [authorization, transaction] = row(command);
    match state {
        State::Authorization => authorization,
        State::Transaction => transaction,
        State::Update => Legal::No,
    }
}

/// Whether the command is legal in the state.
pub(crate) fn is_legal(command: &Command<'_>, state: State) -> bool {
    legal(command, state) != Legal::No
}

/// Where the session is once the command was answered with `+OK`.
pub(crate) fn after(command: &Command<'_>, state: State) -> State {
    match legal(command, state) {
        Legal::To(next) => next,
        Legal::Yes | Legal::No => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 1939 sections 4 to 7, RFC 2449 section 5, RFC 2595 section 4, RFC 5034 section 4, RFC
    // 6856 sections 2 and 3.
    #[test]
    fn the_table_is_that_of_the_rfcs() {
        use State::{Authorization, Transaction, Update};
        let (no, a, t, u) = (None, Some(Authorization), Some(Transaction), Some(Update));
        for (line, authorization, transaction) in [
            ("USER bob", a, no),
            ("PASS x", t, no),
            ("APOP bob c4c9334bac560ecc979e58001b3e22fb", t, no),
            ("AUTH PLAIN", t, no),
            ("AUTH", a, no),
            ("STLS", a, no),
            ("UTF8", a, no),
            ("LANG", a, t),
            ("LANG es", a, t),
            ("CAPA", a, t),
            ("QUIT", a, u),
            ("XTND", a, t),
            ("STAT", no, t),
            ("LIST", no, t),
            ("LIST 1", no, t),
            ("RETR 1", no, t),
            ("DELE 1", no, t),
            ("NOOP", no, t),
            ("RSET", no, t),
            ("TOP 1 0", no, t),
            ("UIDL", no, t),
        ] {
            let command = Command::parse(line.as_bytes()).unwrap();
            let leads = |state| is_legal(&command, state).then(|| after(&command, state));
            assert_eq!(leads(Authorization), authorization, "{line}");
            assert_eq!(leads(Transaction), transaction, "{line}");
            assert_eq!(leads(Update), None, "{line}");
        }
    }
}
