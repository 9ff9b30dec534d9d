//! Why a package is in a lock.

use std::collections::HashSet;

use super::model::{Package, PlatformLock, Reason};

/// One step from the definition to a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The package.
    pub package: &'a Package,
    /// The package that brought it. `None` if the definition asks for it.
    pub by: Option<&'a str>,
}

impl PlatformLock {
    /// The steps from the definition to the package `name`, the requested package first. Empty if the lock does not have
    /// it.
    ///
    /// A first step with a `by` was brought by a package that is not in the lock, since the base image has it. Reasons in
    /// a circle, which only an edited lock has, end where they began.
    #[must_use]
    pub fn why(&self, name: &str) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        let mut seen = HashSet::new();
        let mut next = self.package(name);
        while let Some(package) = next.filter(|package| seen.insert(package.name.as_str())) {
            let by = match &package.reason {
                Reason::Requested(_) | Reason::Implied => None,
                Reason::Needed(dependency) => Some(dependency.by.as_str()),
                Reason::Condition { by, .. } => Some(by.as_str()),
            };
            steps.push(Step { package, by });
            next = by.and_then(|by| self.package(by));
        }
        steps.reverse();
        steps
    }
}
