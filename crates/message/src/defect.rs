//! What was wrong with a message.

use core::ops::Range;

/// Something that a message should not have, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Defect {
    /// Where it begins in the message, in octets.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// What it is.
    pub kind: DefectKind,
}

impl Defect {
    /// Where it is in the message, in octets.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// How much a defect matters.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Severity {
    /// Against the rules, but readers agree about what is meant.
    Note,
    /// Readers disagree: another one may see other parts, addresses or content.
    Ambiguous,
    /// A limit was reached: not all of the message was looked at.
    Limit,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum DefectKind {
    /// The message begins with the `From ` line of a mailbox file. It is passed over.
    FromLine,
    /// The message begins with the byte order mark of UTF-8. It is passed over.
    ByteOrderMark,
    /// A line of a header is no field: it is kept as one without a name, and the header goes on.
    NotAField,
    /// White space before the colon of a field. It is a field all the same.
    SpaceBeforeColon,
    /// A line of a header holds nothing but white space; it belongs to the field before it.
    BlankFoldedLine,
    /// A carriage return without a line feed in a header. It is content.
    BareCr,
    /// A NUL in a header. It is content.
    Nul,
    /// A header ends without an empty line: at a delimiter, or with the message.
    NoEmptyLine,
    /// A second field where there may be one; the first counts.
    DuplicateField,
    /// A second parameter of the same name; the first counts.
    DuplicateParameter,
    /// A parameter in both its plain and its extended or divided form.
    ConflictingParameter,
    /// A path of Windows as the name of a file, in quotes, with backslashes that escape nothing:
    /// `"C:\temp\x"`. They are kept; most readers eat them, and have another name.
    UnescapedPath,
    /// A Content-Type that is not type, slash, subtype; text/plain is meant.
    BadContentType,
    /// A comment in Content-Type or Content-Transfer-Encoding.
    Comment,
    /// A quoted string that does not end.
    OpenQuote,
    /// Something between parameters that is none.
    BadParameter,
    /// A part of a multipart/digest says no type: it is a message (RFC 2046 section 5.1.5), which
    /// some readers take for text.
    ImpliedMessage,
    /// A Content-Transfer-Encoding that is not known; the content is taken as it is.
    UnknownEncoding,
    /// A Content-Transfer-Encoding with something behind it.
    BadEncoding,
    /// Several types in a message without MIME-Version.
    NoMimeVersion,
    /// An encoded-word where there may be none: in a transfer encoding, a boundary, an address. It
    /// is not decoded.
    EncodedWord,
    /// An address that readers take apart differently: two in one, or one behind another.
    AmbiguousAddress,
    /// A multipart names no boundary, or one that is empty: it is one part that is not divided.
    NoBoundary,
    /// A boundary of octets that none may have, with a space at its end, which is part of it, or
    /// longer than 70 octets.
    BadBoundary,
    /// A boundary that is given in pieces, or encoded; they are put together where it is not given
    /// plain too.
    ContinuedBoundary,
    /// A boundary that is, or begins with, or begins, another that is open. The longest wins, then
    /// the innermost.
    DuplicateBoundary,
    /// A multipart whose transfer encoding is not allowed there; it is divided all the same (RFC
    /// 2045 section 6.4).
    EncodedMultipart,
    /// A message in a message that is encoded; it is one part that is not divided. See
    /// [`PartRef::enclosed`](crate::PartRef::enclosed).
    EncodedMessage,
    /// A delimiter with something behind it on its line. It divides (RFC 2046 section 5.1.1).
    DelimiterSuffix,
    /// White space behind a delimiter.
    DelimiterPadding,
    /// A multipart ends without its closing delimiter.
    NotClosed,
    /// A multipart without any part.
    NoParts,
    /// A delimiter behind the closing delimiter of its multipart. It is content.
    AfterClose,
    /// A delimiter in the middle of a line, or behind white space. It is content.
    DelimiterInLine,
    /// Octets in base64 that are none of its alphabet. They are passed over.
    Base64Junk,
    /// Base64 that goes on behind its padding, or ends in the middle of a group.
    Base64Padding,
    /// An equals sign in quoted-printable that is no escape. It stays.
    BadEscape,
    /// Quoted-printable that means what it means and is not as it should be: small letters, octets
    /// above 127, lines longer than 76 octets, white space at their ends.
    LooseQuotedPrintable,
    /// A file inside a text: uuencoded or in yEnc.
    EncodedFile,
    /// A uuencoded or yEnc file that does not begin or end, or whose lines, size or checksum are
    /// not as they should be.
    DamagedFile,
    /// Only a part of a message, or content that lies somewhere else.
    Elsewhere,
    /// A field is longer than the limit.
    FieldTooLong,
    /// A header is longer than the limit, or all are.
    HeaderTooLong,
    /// A header has more fields than the limit.
    TooManyFields,
    /// The name of a field is longer than the limit.
    NameTooLong,
    /// A field has more parameters than the limit.
    TooManyParameters,
    /// A boundary is longer than the limit.
    BoundaryTooLong,
    /// Parts are nested deeper than the limit.
    TooDeep,
    /// There are more parts than the limit allows.
    TooManyParts,
    /// What stands in a list of addresses and is none; see
    /// [`Address::Invalid`](crate::header::Address::Invalid).
    BadAddress,
    /// An address without a domain.
    NoDomain,
    /// Nothing between the angle brackets of an address.
    EmptyAddress,
    /// An angle bracket that opens and does not close, or closes what is not open.
    OpenAngle,
    /// Two addresses with no comma between them. They are two.
    MissingComma,
    /// Words behind an address. They are passed over.
    TrailingWords,
    /// A comment that does not end.
    OpenComment,
    /// A domain literal that does not end.
    OpenLiteral,
    /// A group that does not end, or an end of a group that did not begin.
    OpenGroup,
    /// A group in a group.
    NestedGroup,
    /// A dot at an end of a local part or a domain, or behind another.
    Dots,
    /// A source route, which nobody may write (RFC 5322 section 4.4).
    Route,
    /// An address longer than RFC 5321 section 4.5.3.1 allows.
    AddressTooLong,
    /// There are more addresses in a field than the limit allows.
    TooManyAddresses,
    /// A control character where there may be none.
    Control,
    /// Characters that turn the direction of text around, so that it looks like another.
    Bidirectional,
}

impl DefectKind {
    /// How much it matters.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::FromLine
            | Self::ByteOrderMark
            | Self::DelimiterPadding
            | Self::BlankFoldedLine
            | Self::NoMimeVersion
            | Self::ConflictingParameter
            | Self::ImpliedMessage
            | Self::Elsewhere
            | Self::LooseQuotedPrintable
            | Self::NoDomain
            | Self::EmptyAddress
            | Self::Route => Severity::Note,
            Self::FieldTooLong
            | Self::HeaderTooLong
            | Self::TooManyFields
            | Self::NameTooLong
            | Self::TooManyParameters
            | Self::BoundaryTooLong
            | Self::TooDeep
            | Self::TooManyParts
            | Self::TooManyAddresses => Severity::Limit,
            _ => Severity::Ambiguous,
        }
    }
}
