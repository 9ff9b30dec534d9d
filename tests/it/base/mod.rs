//! Base images: children of every kind, built here and judged by the library against an in-memory registry, and the
//! command `dhi base`.

mod children;
mod command;
mod contacts;
mod facts;
mod inherited;
mod layers;
mod mutations;
mod summaries;
mod withheld;

use dhi::evidence::{BaseAnswer, Candidate, PlatformBase};

use crate::support::base::{APP, BaseFixture, CHAIN_ID, child, one, python, wait};

impl BaseFixture {
    /// Answer and exit code.
    fn answers(&self) -> (&'static str, u8) {
        code(&self.app())
    }
}

fn code(platform: &PlatformBase) -> (&'static str, u8) {
    (platform.answer.as_str(), platform.answer.exit().code())
}

/// Reference, layers, all layers, and kind of proof of a proven base.
fn base(platform: &PlatformBase) -> (String, usize, usize, &'static str) {
    let BaseAnswer::DhiBased(base) = &platform.answer else { panic!("{platform:#?}") };
    (base.reference.repository.to_string(), base.boundary.layers, base.child_layers, base.proof.as_str())
}

/// What became of the candidate that was named so.
fn candidate<'a>(platform: &'a PlatformBase, named: &str) -> &'a Candidate {
    let found = platform.candidates.iter().find(|candidate| candidate.named.starts_with(named));
    found.unwrap_or_else(|| panic!("{named} is not among {:#?}", platform.candidates))
}

/// The id of what is wrong.
fn id(platform: &PlatformBase) -> &'static str {
    platform.answer.diagnostic().unwrap_or_else(|| panic!("{platform:#?}")).code.as_str()
}
