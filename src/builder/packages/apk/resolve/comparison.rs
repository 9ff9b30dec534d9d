//! Which of two packages is better for a name.

use std::cmp::{Ordering, Reverse};

use super::state::Search;
use super::universe::Provider;
use crate::builder::packages::apk::version;

impl<'a> Search<'_, 'a> {
    /// Compares two packages that have or provide a name. The better one is greater:
    ///
    /// 1. one that nothing rules out, whose dependencies were propagated, with fewer relations against it;
    /// 2. one from an allowed repository, then from a preferred one;
    /// 3. an installed one, unless two packages provide the name without a version;
    /// 4. the higher version of the name, then, of one package, its own version;
    /// 5. the higher `provider_priority`, then an installed one;
    /// 6. one from an earlier repository.
    pub(super) fn compare(&self, one: &Provider<'a>, other: &Provider<'a>) -> Ordering {
        let (a, b) = (&self.packages[one.package], &self.packages[other.package]);
        let (known_a, known_b) =
            (&self.universe.packages[one.package], &self.universe.packages[other.package]);
        let is_same_name = known_a.name == known_b.name;
        let installed = known_a.is_installed.cmp(&known_b.is_installed);
        let keeps_installed = is_same_name || !one.version.is_empty() || !other.version.is_empty();
        a.is_selectable
            .cmp(&b.is_selectable)
            .then(a.was_propagated.cmp(&b.was_propagated))
            .then(b.conflicts.cmp(&a.conflicts))
            .then(a.is_allowed.cmp(&b.is_allowed))
            .then(a.is_preferred.cmp(&b.is_preferred))
            .then(if keeps_installed { installed } else { Ordering::Equal })
            .then_with(|| version::compare(one.version, other.version))
            .then_with(|| match is_same_name {
                true => version::compare(known_a.entry.version, known_b.entry.version),
                false => Ordering::Equal,
            })
            .then(known_a.entry.provider_priority.cmp(&known_b.entry.provider_priority))
            .then(installed)
            .then(Reverse(known_a.first_repository()).cmp(&Reverse(known_b.first_repository())))
    }
}
