//! Tables of what kind each octet is, made at compile time.

/// The kinds of octets: those of each list are of its kind, all others of kind 0.
#[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
pub(crate) const fn kinds(lists: &[(&[u8], u8)]) -> [u8; 256] {
    let (mut kinds, mut list) = ([0; 256], 0);
    while list < lists.len() {
        let (octets, kind) = lists[list];
        let mut at = 0;
        while at < octets.len() {
            kinds[octets[at] as usize] = kind;
            at += 1;
        }
        list += 1;
    }
    kinds
}
