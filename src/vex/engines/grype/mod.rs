//! What Grype does (version [`VERSION`]) with VEX files on the command line.
//!
//! It merges all OpenVEX files. A statement about what was scanned decides before one about the package. Of several
//! that match, the oldest decides. A CSAF document counts as valid: Grype reads one that fails its validation as go-vex
//! does, which knows no package URLs of it.

mod csaf;
pub(super) mod identities;
pub mod ignore_rules;

pub use csaf::newest_first;

use crate::vex::matching::go_vex::{Identifier, component_matches};
use crate::vex::{Document, DocumentFormat, Finding, Scan, ScannedKind};

use super::answer::{EngineAnswer, EngineWhy, Unreadable};
use super::candidates::{self, Candidate, Candidates};

/// The version that is modelled.
pub const VERSION: &str = "0.110.0";

/// Grype, about one scan.
pub(super) struct Grype<'a> {
    candidates: &'a Candidates<'a>,
    reading: Reading,
    subject: Vec<Identifier>,
    kind: ScannedKind,
}

/// How it reads the documents. The first one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// There are none.
    Nothing,
    /// All as OpenVEX.
    OpenVex,
    /// All as CSAF.
    Csaf,
    /// It stops.
    Refused(Unreadable),
}

impl<'a> Grype<'a> {
    pub(super) fn new(candidates: &'a Candidates<'a>, scan: &Scan) -> Self {
        Self {
            candidates,
            reading: reading(candidates),
            subject: identities::identities(&scan.subject),
            kind: scan.subject.kind,
        }
    }

    /// What it does with a finding.
    pub(super) fn answer(&self, finding: &Finding) -> EngineAnswer {
        match self.reading {
            Reading::Nothing => EngineAnswer::kept(EngineWhy::NoDocument),
            Reading::Refused(cause) => EngineAnswer::error(cause),
            Reading::Csaf => csaf::answer(self.candidates, finding),
            Reading::OpenVex => self.answer_of_openvex(finding),
        }
    }

    fn answer_of_openvex(&self, finding: &Finding) -> EngineAnswer {
        // CSAF after OpenVEX is read by go-vex, which knows its products by their ids only.
        let found: Vec<_> = self.named(&finding.id).collect();
        if found.is_empty() {
            let other = finding.aliases.iter().any(|alias| self.named(alias).next().is_some());
            return EngineAnswer::kept(if other { EngineWhy::OtherId } else { EngineWhy::NoStatement });
        }
        let Some(package) = finding.package.purl.as_ref().map(Identifier::from) else {
            return EngineAnswer::unknown(EngineWhy::NoPackageUrl);
        };
        let about_package = || found.iter().copied().filter(|one| one.product(&package, None).is_some());
        for name in &self.subject {
            let matching = || {
                let matches = |one: &Candidate<'_>| one.product(name, Some(&package)).is_some();
                found.iter().copied().filter(matches)
            };
            if let Some(first) = candidates::first(matching()) {
                let differs = |one: Candidate<'_>| effect(&one) != effect(&first);
                let why = if matching().any(differs) {
                    EngineWhy::OldestOfSeveral
                } else if about_package().any(differs) {
                    EngineWhy::ImageBeforePackage
                } else {
                    EngineWhy::Image
                };
                return EngineAnswer::ruled(first.at, first.statement.status, why);
            }
        }
        let first = candidates::first(about_package());
        // Without the subject, a statement about it may decide first.
        if self.kind == ScannedKind::Unknown && self.may_be_about_subject(&found, &package) {
            return EngineAnswer::unknown(EngineWhy::NoSubject);
        }
        let Some(first) = first else { return EngineAnswer::kept(EngineWhy::NoProductMatch) };
        let differs = |one: Candidate<'_>| effect(&one) != effect(&first);
        let why = if about_package().any(differs) { EngineWhy::OldestOfSeveral } else { EngineWhy::Package };
        EngineAnswer::ruled(first.at, first.statement.status, why)
    }

    /// Whether a product other than the package may be what was scanned.
    fn may_be_about_subject(&self, found: &[Candidate<'_>], package: &Identifier) -> bool {
        let products = found.iter().flat_map(|one| one.statement.products.get());
        products.into_iter().any(|product| {
            !component_matches(&product.component, package)
                && (product.subcomponents.is_empty()
                    || product.subcomponents.iter().any(|component| component_matches(component, package)))
        })
    }

    fn named(&self, id: &str) -> impl Iterator<Item = Candidate<'a>> {
        let open_vex =
            |one: &Candidate<'_>| matches!(one.format, DocumentFormat::OpenVex | DocumentFormat::OpenVexOld);
        self.candidates.of(id).iter().copied().filter(open_vex)
    }
}

/// Whether the statement suppresses.
fn effect(one: &Candidate<'_>) -> bool {
    one.statement.status.suppresses()
}

fn reading(candidates: &Candidates<'_>) -> Reading {
    let documents: Vec<_> = candidates.documents().map(|(_, document)| document).collect();
    match documents.first().map(|document| document.format) {
        None => Reading::Nothing,
        Some(DocumentFormat::Csaf) => {
            let all = documents.iter().all(|document| document.format == DocumentFormat::Csaf);
            if all { Reading::Csaf } else { Reading::Refused(Unreadable::NotCsaf) }
        }
        Some(DocumentFormat::OpenVexOld) => Reading::Refused(Unreadable::OldVersion),
        Some(DocumentFormat::OpenVex | DocumentFormat::CycloneDx) => {
            let refused = documents.iter().find_map(|document| refusal(document));
            refused.map_or(Reading::OpenVex, Reading::Refused)
        }
    }
}

/// Why go-vex does not merge a document.
fn refusal(document: &Document) -> Option<Unreadable> {
    let version = match document.format {
        DocumentFormat::CycloneDx => return Some(Unreadable::Format),
        DocumentFormat::Csaf => return None,
        DocumentFormat::OpenVex | DocumentFormat::OpenVexOld => {
            document.context.as_deref().and_then(|context| context.strip_prefix(CONTEXT))
        }
    };
    // A context without a version is that of 0.0.1.
    let readable = match version.map(|version| version.strip_prefix('/').unwrap_or(version)) {
        Some("v0.2.0") => DocumentFormat::OpenVex,
        Some("" | "v0.0.1") => DocumentFormat::OpenVexOld,
        Some(_) => return Some(Unreadable::Context),
        None => return Some(Unreadable::Format),
    };
    if document.format != readable {
        return Some(Unreadable::Context);
    }
    let timeless = document.statements.iter().any(|statement| statement.timestamp.is_none());
    timeless.then_some(Unreadable::NoTime)
}

const CONTEXT: &str = "https://openvex.dev/ns";
