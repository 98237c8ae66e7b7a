//! The names of fields that the structure of a message, its envelope or its defects depend on.

/// A name that is known, found without comparing with all of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Name {
    /// Any other.
    #[default]
    Other,
    Date,
    From,
    Sender,
    ReplyTo,
    To,
    Cc,
    Bcc,
    MessageId,
    InReplyTo,
    References,
    Subject,
    MimeVersion,
    ContentType,
    ContentTransferEncoding,
    ContentDisposition,
    ContentId,
    ContentDescription,
    ContentLanguage,
    ContentLocation,
    ContentMd5,
    Received,
    /// A line that is no field.
    None,
}

impl Name {
    /// A name in any case.
    pub(crate) fn of(name: &[u8]) -> Self {
        let Some(first) = name.first() else { return Self::None };
        let (expected, found): (&[u8], Self) = match (name.len(), first | 0x20) {
            (2, b't') => (b"to", Self::To),
            (2, b'c') => (b"cc", Self::Cc),
            (3, b'b') => (b"bcc", Self::Bcc),
            (4, b'f') => (b"from", Self::From),
            (4, b'd') => (b"date", Self::Date),
            (6, b's') => (b"sender", Self::Sender),
            (7, b's') => (b"subject", Self::Subject),
            (8, b'r') if name.get(2).is_some_and(|b| b | 0x20 == b'p') => {
                (b"reply-to", Self::ReplyTo)
            }
            (8, b'r') => (b"received", Self::Received),
            (10, b'm') => (b"message-id", Self::MessageId),
            (10, b'r') => (b"references", Self::References),
            (10, b'c') => (b"content-id", Self::ContentId),
            (11, b'i') => (b"in-reply-to", Self::InReplyTo),
            (11, b'c') => (b"content-md5", Self::ContentMd5),
            (12, b'c') => (b"content-type", Self::ContentType),
            (12, b'm') => (b"mime-version", Self::MimeVersion),
            (16, b'c') if name.get(9).is_some_and(|b| b | 0x20 == b'a') => {
                (b"content-language", Self::ContentLanguage)
            }
            (16, b'c') => (b"content-location", Self::ContentLocation),
            (19, b'c') if name.get(9).is_some_and(|b| b | 0x20 == b'i') => {
                (b"content-disposition", Self::ContentDisposition)
            }
            (19, b'c') => (b"content-description", Self::ContentDescription),
            (25, b'c') => (b"content-transfer-encoding", Self::ContentTransferEncoding),
            _ => return Self::Other,
        };
        if is_same(name, expected) { found } else { Self::Other }
    }

    /// Whether a header may have one of it (RFC 5322 section 3.6, RFC 2045).
    pub(crate) fn is_single(self) -> bool {
        !matches!(self, Self::Other | Self::None | Self::Received)
    }

    /// One bit for each name.
    pub(crate) fn bit(self) -> u32 {
        1 << (self as u8)
    }
}

/// Whether two names of the same length are the same in any case, where both are `ftext`. Eight
/// octets are compared in one step, the last of them twice.
#[inline]
pub(crate) fn is_same(name: &[u8], lower: &[u8]) -> bool {
    const CASE: u64 = u64::from_ne_bytes([0x20; 8]);
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes) | CASE;
    let (Some(end), Some(other)) = (name.last_chunk(), lower.last_chunk()) else {
        return name.eq_ignore_ascii_case(lower);
    };
    word(end) == word(other)
        && name
            .chunks_exact(8)
            .zip(lower.chunks_exact(8))
            .all(|(a, b)| a.first_chunk().map(word) == b.first_chunk().map(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case_and_no_other() {
        for (name, expected) in [
            ("DATE", Name::Date),
            ("from", Name::From),
            ("Sender", Name::Sender),
            ("reply-To", Name::ReplyTo),
            ("to", Name::To),
            ("CC", Name::Cc),
            ("bcc", Name::Bcc),
            ("Message-Id", Name::MessageId),
            ("In-Reply-To", Name::InReplyTo),
            ("References", Name::References),
            ("Subject", Name::Subject),
            ("Mime-Version", Name::MimeVersion),
            ("content-type", Name::ContentType),
            ("Content-Transfer-Encoding", Name::ContentTransferEncoding),
            ("Content-Disposition", Name::ContentDisposition),
            ("Content-ID", Name::ContentId),
            ("Content-Description", Name::ContentDescription),
            ("Content-Language", Name::ContentLanguage),
            ("Content-Location", Name::ContentLocation),
            ("Content-MD5", Name::ContentMd5),
            ("Received", Name::Received),
            ("Receivex", Name::Other),
            ("X-To", Name::Other),
            ("", Name::None),
        ] {
            assert_eq!(Name::of(name.as_bytes()), expected, "{name}");
        }
    }
}
