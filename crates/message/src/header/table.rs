//! Tables of what kind each octet is, made at compile time.

use crate::mime::is_same;

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

/// Where names are in a list of some dozens: found by their lengths and a few letters, in any case,
/// and compared with one.
pub(crate) struct Places([u8; 256]);

impl Places {
    const EMPTY: u8 = u8::MAX;

    /// The places in a list.
    #[allow(clippy::indexing_slicing, reason = "a mistake does not compile")]
    #[allow(clippy::cast_possible_truncation, reason = "there are fewer names than 255")]
    pub(crate) const fn of(names: &[&str]) -> Self {
        assert!(names.len() < 128, "more names than have places");
        let (mut places, mut at) = ([Self::EMPTY; 256], 0);
        while at < names.len() {
            let mut slot = slot(names[at].as_bytes());
            while places[slot] != Self::EMPTY {
                slot = (slot + 1) % 256;
            }
            places[slot] = at as u8;
            at += 1;
        }
        Self(places)
    }

    /// The place of a name, which is `ftext`, in that list.
    #[inline]
    pub(crate) fn find(&self, name: &[u8], names: &[&str]) -> Option<usize> {
        let mut slot = slot(name);
        // Every turn passes a name that has the same slot, or one behind it.
        loop {
            let at = usize::from(*self.0.get(slot)?);
            // Nothing is at the place that says that there is none.
            let known = names.get(at)?.as_bytes();
            if known.len() == name.len() && is_same(name, known) {
                return Some(at);
            }
            slot = (slot + 1) % 256;
        }
    }
}

/// Where to begin to look for a name.
const fn slot(name: &[u8]) -> usize {
    let ([first, ..], [.., last]) = (name, name) else { return 0 };
    let third = match name {
        [_, _, b, ..] => *b,
        _ => 0,
    };
    let (first, third, last) = (*first & 31, third & 31, *last & 31);
    (name.len() * 11 + first as usize * 27 + third as usize * 37 + last as usize * 17) % 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::fields::NAMES;

    #[test]
    fn names_are_found_in_any_case_and_few_are_compared() {
        const PLACES: Places = Places::of(NAMES);
        let mut alike = 0;
        for (at, name) in NAMES.iter().enumerate() {
            for name in [name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
                assert_eq!(PLACES.find(name.as_bytes(), NAMES), Some(at), "{name}");
            }
            let mut other = name.as_bytes().to_vec();
            if let Some(b) = other.get_mut(1) {
                *b = b'~';
            }
            assert_eq!(PLACES.find(&other, NAMES), None);
            alike += usize::from(PLACES.0[slot(name.as_bytes())] != u8::try_from(at).unwrap());
        }
        assert_eq!(PLACES.find(b"", NAMES), None);
        assert!(alike < NAMES.len() / 8, "{alike} names have the slots of others");
    }
}
