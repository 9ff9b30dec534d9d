//! VEX: statements about vulnerabilities, applied to the findings of scanner reports.
//!
//! 1. `scan_report` reads a report of a scanner: what was scanned, and its findings.
//! 2. `document` reads VEX documents. Each has a [`Source`], which records who signed it.
//! 3. `decide` finds the statements for each finding, and decides which one counts.
//! 4. `scan_report` writes the report again, with only the decisions added.
//!
//! Invariant: a statement suppresses a finding only if its source may ([`SourceTrust`]), if it is valid, and if it is
//! about the scanned image and the found package. Everything that came close and did not apply is part of the decision.

pub mod age;
pub mod applied;
mod codes;
pub mod create;
pub mod decide;
pub mod decision;
pub mod document;
pub mod engines;
pub mod error;
mod exactness;
pub mod export;
pub mod finding;
pub mod finding_changes;
pub mod gating;
pub mod image_facts;
mod json_reader;
pub mod limits;
pub mod lint;
pub mod matching;
pub mod merge;
mod package_index;
pub mod package_url;
mod policy_findings;
pub mod repository;
pub mod rules;
pub mod scan_report;
pub mod scanned;
pub mod source;
pub mod statement;
pub mod statement_set;
mod written_open_vex;

pub use applied::{Applied, AppliedReport, AppliedScan};
pub use codes::CODES;
pub use decision::{
    ComponentGrade, Considered, Decision, Equivalence, Grade, Inapplicable, NearMiss, NearMissPart, Outcome,
    ProductGrade, Profile, Ruling, StatementRef, Warning,
};
pub use error::Error;
pub use finding::{Finding, Fix, FoundPackage, Origin, Severity, SourcePackage};
pub use finding_changes::{FindingChange, FindingChanges, InOther, finding_changes};
pub use gating::{Cause, Counting, Gate, GateResult, Position};
pub use image_facts::{HardenedStatus, ImageFacts, RepositoryAlias, VerifiedImage};
pub use package_url::PackageUrl;
pub use policy_findings::NotBound;
pub use rules::Rules;
pub use scanned::{Graph, Scan, Scanned, ScannedKind};
pub use source::{LazyDigest, Source, SourceKind, SourceTrust, VerifiedBy};
pub use statement::{
    Component, Document, DocumentFormat, Identity, Justification, Product, Products, Remark, Statement,
    Status, UnreadProducts, Validity, Vulnerability,
};
pub use statement_set::{SourcedDocument, StatementSet};
