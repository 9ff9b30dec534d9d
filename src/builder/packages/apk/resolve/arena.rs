//! Names and packages by number.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The number of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NameId(u32);

/// The number of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PackageId(u32);

/// A number that an [`Arena`] counts.
pub(super) trait Id: Copy {
    /// The number at a position.
    fn at(position: usize) -> Self;
    /// The position of the number.
    fn position(self) -> usize;
}

macro_rules! id {
    ($type:ident) => {
        impl Id for $type {
            fn at(position: usize) -> Self {
                // The limits of an index are far below.
                Self(u32::try_from(position).unwrap_or(u32::MAX))
            }

            fn position(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(NameId);
id!(PackageId);

/// Values by their number. A number that one arena gave out is valid in every arena of the same length.
#[derive(Clone, Debug)]
pub(super) struct Arena<I, T> {
    values: Vec<T>,
    id: PhantomData<I>,
}

impl<I: Id, T> Arena<I, T> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), id: PhantomData }
    }

    /// An arena with a value for each of another one.
    pub(super) fn like<U>(other: &Arena<I, U>, value: impl FnMut(&U) -> T) -> Self {
        Self { values: other.values.iter().map(value).collect(), id: PhantomData }
    }

    pub(super) fn push(&mut self, value: T) -> I {
        self.values.push(value);
        I::at(self.values.len() - 1)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.values.len()).map(I::at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.values.iter()
    }
}

#[expect(clippy::indexing_slicing, reason = "numbers come from an arena of this length")]
impl<I: Id, T> Index<I> for Arena<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.values[id.position()]
    }
}

#[expect(clippy::indexing_slicing, reason = "numbers come from an arena of this length")]
impl<I: Id, T> IndexMut<I> for Arena<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.values[id.position()]
    }
}
