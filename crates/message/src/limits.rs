//! What is too much for one message.

/// What is too much for one message. Content past a limit stays reachable: as one part that is not
/// divided, and a [`Defect`](crate::Defect) says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Limits {
    /// How deep parts may be nested, multiparts and messages together, the message itself counted.
    /// Default 100.
    pub depth: usize,
    /// How many parts there may be. What follows belongs to the last one. Default 10,000.
    pub parts: usize,
    /// How many times a message may be encoded in a message that is encoded, and still be opened
    /// by [`PartRef::enclosed`](crate::PartRef::enclosed). Default 3.
    pub encoded_depth: usize,
    /// The longest field in octets. What is behind is in the header, but in no field. Default
    /// 102,400.
    pub field: usize,
    /// How many octets the header of a part may have; it ends there, and the rest is the body of a
    /// part that is not divided. Default 10 MiB.
    pub header: usize,
    /// How many octets all headers together may have. Default 50 MiB.
    pub headers: usize,
    /// How many fields the header of a part may have; it ends there. Default 10,000.
    pub fields: usize,
    /// The longest name of a field in octets; a line that has a longer one is no field. Default
    /// 1,000.
    pub name: usize,
    /// How many parameters of a field are looked at for the structure. Default 128.
    pub parameters: usize,
    /// The longest boundary in octets; a multipart that has a longer one is not divided. One of
    /// more than 70 (RFC 2046 section 5.1.1) is a defect already. Default 2,048.
    pub boundary: usize,
    /// How many addresses of a field are kept; the others are counted. Default 10,000.
    pub addresses: usize,
    /// How many defects are noted; the others are counted. Default 100.
    pub defects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 100,
            parts: 10_000,
            encoded_depth: 3,
            field: 100 * 1024,
            header: 10 * 1024 * 1024,
            headers: 50 * 1024 * 1024,
            fields: 10_000,
            name: 1000,
            parameters: 128,
            boundary: 2048,
            addresses: 10_000,
            defects: 100,
        }
    }
}
