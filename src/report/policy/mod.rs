//! Renders policies in Rego, and what they decided about images.
//!
//! Verified images and recorded facts have the same renderings. What was recorded says so in every format.

mod cases;
mod folded;
mod json;
mod list;
mod pipeline;
mod result_file;
mod run;
mod table;
mod unknown;

pub use cases::{CaseFileResult, CaseResult, CasesRun};
pub use list::PolicyList;
pub use result_file::ResultFileError;
pub use run::{EvaluatedImage, PolicyProof, PolicyResult, PolicyRun};
