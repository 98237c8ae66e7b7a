//! Which command is legal in which state: used by the server to refuse, by the client to say no
//! before anything is sent.

use crate::evaluate::names_modseq;
use crate::types::{Command, Dialect, FetchItem, FetchModifier, SelectOption, StatusItem};

/// Where a session is (RFC 9051 section 3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SessionState {
    /// The client must log in.
    NotAuthenticated,
    /// The client is known and must select a mailbox.
    Authenticated,
    /// A mailbox is selected.
    Selected,
    /// The connection is being closed.
    Logout,
}

/// | commands | legal |
/// |---|---|
/// | CAPABILITY NOOP LOGOUT ID, unknown ones | in any state |
/// | STARTTLS AUTHENTICATE LOGIN | not authenticated |
/// | CHECK CLOSE UNSELECT EXPUNGE SEARCH FETCH STORE COPY MOVE | selected |
/// | the others | authenticated or selected |
pub(crate) fn is_legal(command: &Command<'_>, state: SessionState) -> bool {
    use SessionState::{Authenticated, Logout, NotAuthenticated, Selected};
    match command {
        Command::Capability
        | Command::Noop
        | Command::Logout
        | Command::Id(_)
        | Command::Language(_)
        | Command::Comparator(_)
        | Command::Other { .. } => state != Logout,
        Command::StartTls | Command::Authenticate { .. } | Command::Login { .. } => {
            state == NotAuthenticated
        }
        Command::Check
        | Command::Close
        | Command::Unselect
        | Command::Expunge { .. }
        | Command::Search { .. }
        | Command::Fetch { .. }
        | Command::Store { .. }
        | Command::Copy { .. }
        | Command::Move { .. }
        | Command::Replace { .. }
        | Command::Sort(_)
        | Command::Thread(_)
        | Command::Convert(_)
        | Command::CancelUpdate(_)
        | Command::UidBatches { .. }
        | Command::StoreAnnotation(_)
        | Command::StoreLabels(_) => state == Selected,
        _ => matches!(state, Authenticated | Selected),
    }
}

/// Whether EXPUNGE may be told while this command is answered: not while it speaks of sequence
/// numbers (RFC 9051 section 7.5.1).
pub(crate) fn allows_expunge(command: &Command<'_>) -> bool {
    !matches!(
        command,
        Command::Fetch { uid: false, .. }
            | Command::Store { uid: false, .. }
            | Command::Search { uid: false, .. }
    ) && !matches!(command, Command::Sort(sort) if !sort.uid)
        && !matches!(command, Command::Thread(thread) if !thread.uid)
}

/// Whether a command speaks of sequence numbers, which an EXPUNGE that the client has not seen yet
/// would make others (RFC 9051 section 5.5).
pub(crate) fn uses_sequence(command: &Command<'_>) -> bool {
    match command {
        Command::Fetch { uid, .. }
        | Command::Store { uid, .. }
        | Command::Copy { uid, .. }
        | Command::Move { uid, .. }
        | Command::Replace { uid, .. } => !uid,
        Command::Convert(convert) => !convert.uid,
        Command::StoreAnnotation(store) => !store.uid,
        Command::StoreLabels(store) => !store.uid,
        Command::Search { .. } | Command::Sort(_) | Command::Thread(_) => true,
        _ => false,
    }
}

/// Whether an EXPUNGE may come while a command is answered and make the sequence numbers of one
/// that was sent behind it others.
pub(crate) fn may_expunge(command: &Command<'_>) -> bool {
    allows_expunge(command)
        && !matches!(
            command,
            Command::Login { .. }
                | Command::Capability
                | Command::Id(_)
                | Command::Select(..)
                | Command::Examine(..)
        )
}

/// Whether the client shows by a command that it knows mod-sequences: from here on they are told
/// (RFC 7162 section 3.1, "CONDSTORE enabling command").
pub(crate) fn enables_condstore(command: &Command<'_>) -> bool {
    match command {
        Command::Select(_, options) | Command::Examine(_, options) => options
            .iter()
            .any(|option| matches!(option, SelectOption::CondStore | SelectOption::QResync(_))),
        Command::Status { items, .. } => {
            items.iter().any(|item| matches!(item, StatusItem::HighestModSeq))
        }
        Command::Fetch { items, modifiers, .. } => {
            items.iter().any(|item| matches!(item, FetchItem::ModSeq))
                || modifiers.iter().any(|it| matches!(it, FetchModifier::ChangedSince(_)))
        }
        Command::Store { modifiers, .. } => !modifiers.is_empty(),
        Command::Search { key, .. } => names_modseq(key),
        Command::Sort(sort) => names_modseq(&sort.key),
        Command::Thread(thread) => names_modseq(&thread.key),
        _ => false,
    }
}

/// Whether a command needs what was not enabled: QRESYNC in SELECT and VANISHED in FETCH (RFC 7162
/// sections 3.2.5 and 3.2.6).
pub(crate) fn needs_qresync(command: &Command<'_>, dialect: &Dialect) -> bool {
    !dialect.qresync
        && match command {
            Command::Select(_, options) | Command::Examine(_, options) => {
                options.iter().any(|option| matches!(option, SelectOption::QResync(_)))
            }
            Command::Fetch { modifiers, .. } => {
                modifiers.iter().any(|it| matches!(it, FetchModifier::Vanished))
            }
            _ => false,
        }
}
