//! The bodies of the fuzz targets: each a function of bytes that panics when something is wrong.
//!
//! They are a library so that `tests/replay.rs` can run every corpus file on stable.

pub mod core;

/// A fuzz target: its name, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[("base64", core::base64), ("dots", core::dots)];

/// Data whose first octets say how the rest is cut: how many there are, then the sizes of the
/// pieces, over and over. Returns the pieces, and the rest whole.
#[must_use]
pub fn cut(data: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let Some((&n, rest)) = data.split_first() else { return (Vec::new(), data) };
    let (sizes, data) = rest.split_at(usize::from(n % 8).min(rest.len()));
    let mut sizes = sizes.iter().map(|&size| usize::from(size) + 1).cycle();
    let (mut pieces, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(1).min(rest.len());
        let (piece, more) = rest.split_at(size);
        pieces.push(piece);
        rest = more;
    }
    (pieces, data)
}

/// Runs the files named on the command line through a target: how a finding is looked at on
/// stable.
///
/// # Panics
///
/// When a file cannot be read, and where the target does.
pub fn replay(target: fn(&[u8])) {
    for file in std::env::args_os().skip(1) {
        let data = std::fs::read(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        target(&data);
    }
}
