//! What a caller can do wrong.

/// The caller used a machine in a way that the protocol cannot express. Nothing was changed.
///
/// Never caused by the peer: the same program makes the same mistake every run.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A reply was given but none is due. Answer each event once.
    #[error("a reply was given but none is due")]
    NoReplyDue,
    /// The reply is of a class that the command cannot have (354 to MAIL).
    #[error("the reply does not fit what is due")]
    WrongReply,
    /// The command is not legal in the state that the session is in.
    #[error("the command does not fit the state of the session")]
    WrongState,
    /// The peer does not offer what the command needs.
    #[error("the peer does not offer this")]
    NotOffered,
    /// Credentials would travel in the clear. Use TLS, or allow it in the configuration.
    #[error("credentials may not be sent over a plain connection")]
    Insecure,
    /// The command, or a part of it, is longer than the limit that the peer set.
    #[error("longer than the peer accepts")]
    TooLong,
    /// As many commands are in progress as the limit allows. Wait until one is done.
    #[error("too many commands are in progress")]
    TooMany,
    /// Body bytes were given but no body is being sent.
    #[error("body bytes were given but no body is being sent")]
    NoBody,
    /// More body bytes were given than were announced.
    #[error("more body bytes were given than were announced")]
    BodyTooLong,
    /// The body was ended before all the announced bytes were given.
    #[error("fewer body bytes were given than were announced")]
    BodyTooShort,
    /// A command was given in the middle of a body.
    #[error("a body is being sent")]
    InBody,
    /// No upgrade to TLS was agreed.
    #[error("no upgrade is in progress")]
    NotUpgrading,
    /// An upgrade to TLS is in progress: nothing can be sent until it is done.
    #[error("an upgrade is in progress")]
    Upgrading,
    /// The output must be sent before the stream is upgraded.
    #[error("the output must be sent before the stream is upgraded")]
    OutputNotFlushed,
    /// The connection is over.
    #[error("the connection is closed")]
    Closed,
}
