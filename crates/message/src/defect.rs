//! What was wrong with a message.

/// Something that a message should not have, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Defect {
    /// The offset in the message, in octets.
    pub at: u64,
    /// What it is.
    pub kind: DefectKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DefectKind {
    /// A line of a header is no field: it is kept as one without a name.
    NotAField,
    /// White space before the colon of a field.
    SpaceBeforeColon,
    /// A header ends without an empty line.
    NoEmptyLine,
    /// A second field where there may be one; the first counts.
    DuplicateField,
    /// A multipart names no boundary: it is one part that is not divided.
    NoBoundary,
    /// A multipart ends without its closing delimiter.
    NotClosed,
    /// Content behind the closing delimiter of a multipart.
    Epilogue,
    /// A multipart, or a message in a message, whose transfer encoding is not allowed there: it is
    /// one part that is not divided.
    EncodedMultipart,
    /// A field is longer than the limit.
    FieldTooLong,
    /// Parts are nested deeper than the limit.
    TooDeep,
    /// There are as many parts as the limit allows: what follows is not divided.
    TooManyParts,
}
