//! SMTP and the protocol that differs from it in two places.

/// What is spoken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Protocol {
    /// SMTP, or submission.
    #[default]
    Smtp,
    /// LMTP (RFC 2033): LHLO for EHLO, and an answer to the message for each recipient.
    Lmtp,
}
