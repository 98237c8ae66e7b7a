//! Which command is legal in which state: used by the server to refuse, by the client to say no
//! before anything is sent.

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

/// | command | AUTHORIZATION | TRANSACTION |
/// |---|---|---|
/// | USER PASS APOP AUTH STLS | yes | no |
/// | CAPA QUIT, unknown verbs | yes | yes |
/// | the others | no | yes |
///
/// Nothing is legal in UPDATE.
pub(crate) fn is_legal(command: &Command<'_>, state: State) -> bool {
    use Command::{Apop, Auth, AuthList, Capa, Other, Pass, Quit, Stls, User};
    match (command, state) {
        (_, State::Update) => false,
        (Capa | Quit | Other { .. }, _) => true,
        (User(_) | Pass(_) | Apop { .. } | Auth { .. } | AuthList | Stls, state) => {
            state == State::Authorization
        }
        (_, state) => state == State::Transaction,
    }
}
