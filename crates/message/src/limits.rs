//! What is too much for one message.

/// What is too much for one message. Content past a limit stays reachable: as one part that is not
/// divided, as a field of its own.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// How deep parts may be nested, the message itself counted. Default 64.
    pub depth: usize,
    /// How many parts there may be. Default 10,000.
    pub parts: usize,
    /// The longest field in octets; what is behind becomes a field without a name. Default
    /// 262,144.
    pub field: usize,
    /// How many defects are noted. Default 100.
    pub defects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, parts: 10_000, field: 256 * 1024, defects: 100 }
    }
}
