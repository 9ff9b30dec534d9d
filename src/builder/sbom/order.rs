//! The packages of an image in one order, whatever order they are given in.

use super::error::Error;
use super::image::{BuiltImage, BuiltPackage};

/// The packages, sorted by kind, name, version and architecture.
pub(super) struct Ordered<'a> {
    /// The packages.
    pub(super) packages: Vec<&'a BuiltPackage>,
    /// What each depends on, as positions in `packages`, rising.
    pub(super) depends: Vec<Vec<usize>>,
}

impl<'a> Ordered<'a> {
    pub(super) fn of(image: &'a BuiltImage) -> Result<Self, Error> {
        let count = image.packages.len();
        let mut order: Vec<(usize, &BuiltPackage)> = image.packages.iter().enumerate().collect();
        order.sort_by_key(|(_, package)| {
            (package.ecosystem, &package.name, &package.version, &package.architecture)
        });
        let mut places = vec![0; count];
        for (place, (position, _)) in order.iter().enumerate() {
            if let Some(slot) = places.get_mut(*position) {
                *slot = place;
            }
        }
        let mut depends = Vec::with_capacity(count);
        for (_, package) in &order {
            let place = |position: &usize| {
                places.get(*position).copied().ok_or_else(|| Error::NoSuchPackage {
                    package: package.name.clone(),
                    position: *position,
                    count,
                })
            };
            let mut on = package.depends.iter().map(place).collect::<Result<Vec<_>, _>>()?;
            on.sort_unstable();
            on.dedup();
            depends.push(on);
        }
        Ok(Self { packages: order.into_iter().map(|(_, package)| package).collect(), depends })
    }
}
