//! The packages that `apt-get install` would install, without recommended ones, with a reason for each.
//!
//! The search is apt's (2.6, classic solver): a depth-first walk that marks packages (`install`), then a repair of
//! what is broken by scores (`repair`), then a sweep of what nobody needs (`sweep`). It is greedy, and gives up
//! where apt does. It differs from apt in these points, all on purpose:
//!
//! * of providers that rank equally the first by name is taken, and a warning names all;
//! * a dependency that only an excluded package would meet is waived, and listed;
//! * an installed package is never removed;
//! * an unknown name is never read as a pattern.
//!
//! The invariant: in a [`Selection`] every relation of every package holds, but the waived ones.

mod failure;
mod install;
mod repair;
mod sources;
mod state;
mod sweep;
#[cfg(test)]
mod tests;
mod universe;
mod wanted;

pub use sources::{Rank, Source, Universe};

use crate::builder::packages::request::Request;
use crate::builder::packages::selection::Selection;
use crate::builder::packages::unsolved::Unsolved;
use state::{Exclusions, Search};

/// Finds the packages of a request.
///
/// # Errors
///
/// Where apt would fail, or the search has too many steps.
pub fn resolve<'a>(universe: Universe<'a>, requests: &'a [Request]) -> Result<Selection, Unsolved> {
    let has_exclusions = requests.iter().any(|request| matches!(request, Request::Exclude { .. }));
    let strict = search(universe, requests, Exclusions::Hold);
    match strict {
        // A dependency is waived only where apt finds no way around the exclusions.
        Err(Unsolved::Failures(_)) if has_exclusions => search(universe, requests, Exclusions::Waive),
        answer => answer,
    }
}

fn search<'a>(
    universe: Universe<'a>,
    requests: &'a [Request],
    exclusions: Exclusions,
) -> Result<Selection, Unsolved> {
    let mut search = Search::new(universe, exclusions);
    let wanted = search.want(requests)?;
    search.exclude(&wanted);
    for one in &wanted.packages {
        search.mark_requested(one)?;
    }
    for one in &wanted.packages {
        search.install_requested(one)?;
    }
    search.repair()?;
    let failures = search.failures(&wanted)?;
    if !failures.is_empty() {
        return Err(Unsolved::Failures(failures));
    }
    search.select(&wanted)
}
