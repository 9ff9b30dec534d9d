//! Renderers: pure functions from a result to text.
//!
//! No renderer decides anything: all formats show the same verdict. Text from outside is escaped, so that it cannot add
//! lines, markup or terminal commands. A new format for pipelines is a variant of [`PipelineFormat`] and a file beside
//! `sarif.rs`.

mod attestations;
mod base;
pub(crate) mod columns;
mod compare;
mod cosign;
pub(crate) mod digests;
mod errors;
mod finding;
mod folding;
pub(crate) mod github;
mod hints;
mod html;
mod image;
mod item;
pub(crate) mod json;
mod junit;
mod keys;
mod last_line;
mod lines;
mod local_image;
pub(crate) mod markdown;
mod page;
mod parts;
mod pipeline;
mod platform_rows;
#[cfg(feature = "rego")]
mod policy;
pub(crate) mod remarks;
mod run_policies;
mod sarif;
pub(crate) mod sarif_document;
mod scan;
mod signed;
pub(crate) mod style;
pub(crate) mod table;
mod tree;
mod verify;
mod verify_table;
mod vex;
mod wrap;

pub use attestations::{list, list_json};
pub use base::base;
pub use compare::{
    Attested, ComparedImage, ComparedLayer, Comparison, Databases, Files, ImageUser, Package, PrivilegedFile,
    Program, Runtime, Writable, WritableBy, WritablePath,
};
pub use cosign::{Cosign, comment, quoted};
pub(crate) use errors::Errors;
pub use finding::{Severity, render_diagnostic};
pub use hints::{ErrorPage, HintTexts};
pub use html::{Page, VerdictPage};
pub use image::{AppliedException, Image, RequestedReference, Run};
pub use item::{ItemResult, Location, ReportItem};
pub use json::base_json;
pub use keys::{keys, keys_json};
pub use last_line::LastLine;
pub use page::render as page;
pub use parts::{Frame, Parts, Renderer};
pub use pipeline::{Pipeline, PipelineFormat};
#[cfg(feature = "rego")]
pub use policy::{
    CaseFileResult, CaseResult, CasesRun, EvaluatedImage, PolicyList, PolicyProof, PolicyResult, PolicyRun,
    ResultFileError,
};
#[cfg(feature = "rego")]
use run_policies::RECORDED;
pub use run_policies::RunPolicies;
pub use scan::{FindingSource, SARIF_RUNS, ScanRun, ScanTable, ScannedImage};
pub use signed::{Signed, SignedObject, signed_json};
pub use style::Style;
pub use table::{age, verdict};
pub use tree::tree;
pub use verify::{VerifyEnd, VerifyRenderer};
pub use verify_table::Layout;
pub use vex::{AppliedRun, DecidedFinding, ImageEvidence, LintRun, Listed, Shown};
