//! Lists of which the first few items cost no allocation.

use crate::types::FetchData;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::{Deref, DerefMut};

/// A list of which up to `N` items are kept in place, and more on the heap. Reads as a slice.
///
/// ```
/// use mailwire_imap::types::Few;
///
/// let mut uids: Few<u32, 2> = [7, 8].into();
/// uids.push(9);
/// assert_eq!(*uids, [7, 8, 9]);
/// assert_eq!(uids.iter().sum::<u32>(), 24);
/// ```
#[derive(Clone)]
pub struct Few<T, const N: usize>(Kept<T, N>);

/// Items of a FETCH response, in order.
pub type FetchItems<'a> = Few<FetchData<'a>, 5>;

#[derive(Clone)]
enum Kept<T, const N: usize> {
    /// So many; those behind them are empty values.
    Few(u8, [T; N]),
    Many(Vec<T>),
}

impl<T: Default, const N: usize> Few<T, N> {
    /// None.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        const { assert!(N < 256) };
        Self(Kept::Few(0, core::array::from_fn(|_| T::default())))
    }

    /// Adds one.
    #[inline]
    pub fn push(&mut self, item: T) {
        match &mut self.0 {
            Kept::Few(len, items) => match items.get_mut(usize::from(*len)) {
                Some(free) => {
                    // An empty value owns nothing: dropping it would cost and do nothing.
                    core::mem::forget(core::mem::replace(free, item));
                    *len += 1;
                }
                None => self.spill(item),
            },
            Kept::Many(items) => items.push(item),
        }
    }

    /// Adds one that does not fit in place.
    #[cold]
    fn spill(&mut self, item: T) {
        match &mut self.0 {
            Kept::Few(_, items) => {
                let mut many = Vec::new();
                many.reserve_exact(2 * N + 2);
                many.extend(items.iter_mut().map(core::mem::take));
                many.push(item);
                self.0 = Kept::Many(many);
            }
            Kept::Many(items) => items.push(item),
        }
    }
}

impl<T: Default, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Deref for Few<T, N> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Kept::Few(len, items) => items.get(..usize::from(*len)).unwrap_or_default(),
            Kept::Many(items) => items,
        }
    }
}

impl<T, const N: usize> DerefMut for Few<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Kept::Few(len, items) => items.get_mut(..usize::from(*len)).unwrap_or_default(),
            Kept::Many(items) => items,
        }
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for Few<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Few<T, N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq, const N: usize> Eq for Few<T, N> {}

impl<T: Hash, const N: usize> Hash for Few<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T, const N: usize> From<Vec<T>> for Few<T, N> {
    fn from(items: Vec<T>) -> Self {
        Self(Kept::Many(items))
    }
}

impl<T: Default, const N: usize, const M: usize> From<[T; M]> for Few<T, N> {
    fn from(items: [T; M]) -> Self {
        Self::from_iter(items)
    }
}

impl<T: Default, const N: usize> FromIterator<T> for Few<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        let mut items = Self::new();
        for item in iter {
            items.push(item);
        }
        items
    }
}

impl<T: Default, const N: usize> Extend<T> for Few<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        for item in iter {
            self.push(item);
        }
    }
}

impl<T, const N: usize> IntoIterator for Few<T, N> {
    type Item = T;
    type IntoIter = alloc::vec::IntoIter<T>;

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

impl<'i, T, const N: usize> IntoIterator for &'i Few<T, N> {
    type Item = &'i T;
    type IntoIter = core::slice::Iter<'i, T>;

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

    #[test]
    fn items_can_be_changed_where_they_lie() {
        let mut items: Few<u32, 2> = [1, 2, 3].into();

        items.sort_by_key(|n| core::cmp::Reverse(*n));

        assert_eq!(*items, [3, 2, 1]);
    }
}
