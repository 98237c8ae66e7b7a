//! The items of a FETCH response: a few cost no allocation.

use crate::types::FetchData;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

/// How many items are kept in place.
const IN_PLACE: usize = 5;

/// Items of a FETCH response, in order. Up to five are kept in place.
#[derive(Clone)]
pub struct FetchItems<'a>(Kept<'a>);

#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "so that a few items cost no allocation")]
enum Kept<'a> {
    Few(u8, [FetchData<'a>; IN_PLACE]),
    Many(Vec<FetchData<'a>>),
}

impl<'a> FetchItems<'a> {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        const NONE: FetchData<'_> = FetchData::Uid(0);
        Self(Kept::Few(0, [NONE; IN_PLACE]))
    }

    /// Adds one.
    #[inline]
    pub fn push(&mut self, data: FetchData<'a>) {
        match &mut self.0 {
            Kept::Few(len, items) => match items.get_mut(usize::from(*len)) {
                Some(free) => {
                    // What is replaced owns nothing: dropping it would cost and do nothing.
                    core::mem::forget(core::mem::replace(free, data));
                    *len += 1;
                }
                None => {
                    let mut many: Vec<_> = items.iter_mut().map(core::mem::take).collect();
                    many.push(data);
                    self.0 = Kept::Many(many);
                }
            },
            Kept::Many(items) => items.push(data),
        }
    }
}

impl Default for FetchItems<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Deref for FetchItems<'a> {
    type Target = [FetchData<'a>];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Kept::Few(len, items) => items.get(..usize::from(*len)).unwrap_or_default(),
            Kept::Many(items) => items,
        }
    }
}

impl fmt::Debug for FetchItems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for FetchItems<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for FetchItems<'_> {}

impl<'a> From<Vec<FetchData<'a>>> for FetchItems<'a> {
    fn from(items: Vec<FetchData<'a>>) -> Self {
        Self(Kept::Many(items))
    }
}

impl<'a> FromIterator<FetchData<'a>> for FetchItems<'a> {
    fn from_iter<T: IntoIterator<Item = FetchData<'a>>>(iter: T) -> Self {
        let mut items = Self::new();
        for data in iter {
            items.push(data);
        }
        items
    }
}

impl<'a> IntoIterator for FetchItems<'a> {
    type Item = FetchData<'a>;
    type IntoIter = alloc::vec::IntoIter<FetchData<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        match self.0 {
            Kept::Few(len, items) => {
                let few: Vec<_> = items.into_iter().take(usize::from(len)).collect();
                few.into_iter()
            }
            Kept::Many(items) => items.into_iter(),
        }
    }
}

impl<'i, 'a> IntoIterator for &'i FetchItems<'a> {
    type Item = &'i FetchData<'a>;
    type IntoIter = core::slice::Iter<'i, FetchData<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_in_order_however_many_they_are() {
        for n in [0, 1, 5, 6, 7, 20] {
            let items: FetchItems<'_> = (0..n).map(FetchData::Uid).collect();

            assert_eq!(items.len(), usize::try_from(n).unwrap());
            assert!(items.iter().zip(0..).all(|(data, uid)| *data == FetchData::Uid(uid)));
            let vec: Vec<_> = (0..n).map(FetchData::Uid).collect();
            assert_eq!(items.clone().into_iter().collect::<Vec<_>>(), vec);
            assert_eq!(items, FetchItems::from(vec));
        }
    }
}
