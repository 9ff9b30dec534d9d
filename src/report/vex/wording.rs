//! The parts of a decision in words: why no statement applies, what differs, what to know.
//!
//! The words are for people. Nothing is decided by them.

use crate::vex::{
    Cause, Decision, Equivalence, Fix, Inapplicable, NearMissPart, Severity, SourceTrust, Statement,
    StatementRef, StatementSet, Status, Warning,
};

/// What stands for a value that is absent.
const NONE: &str = "(none)";

/// A statement as reports name it: `SOURCE#INDEX`.
pub(in crate::report) fn label(statement: StatementRef, statements: &StatementSet) -> String {
    let source = statements.documents().get(statement.source);
    let name = source.map_or("unknown", |document| document.source.name.as_str());
    format!("{name}#{}", statement.index)
}

/// Who signed a source, or that no signature of it was verified.
pub(in crate::report) fn signer(trust: &SourceTrust) -> String {
    match trust {
        SourceTrust::Verified(by) => by.signers().join(", "),
        SourceTrust::TrustedByUser => "not verified, trusted by you".to_owned(),
        SourceTrust::Unverified => "not verified".to_owned(),
        SourceTrust::Failed { .. } => "bad proof".to_owned(),
        SourceTrust::TooOld { by: Some(by), .. } => format!("{} (too old)", by.signers().join(", ")),
        SourceTrust::TooOld { by: None, .. } => "too old".to_owned(),
    }
}

/// Why a source suppresses nothing. `None` if it may suppress.
pub(super) fn mistrust(trust: &SourceTrust) -> Option<String> {
    match trust {
        SourceTrust::Verified(_) | SourceTrust::TrustedByUser => None,
        SourceTrust::Unverified => {
            Some("it is not signed by a trusted signer, so it suppresses nothing".to_owned())
        }
        SourceTrust::Failed { cause } => Some(format!("its proof is bad, so it suppresses nothing: {cause}")),
        SourceTrust::TooOld { newest: Some(newest), .. } => {
            Some(format!("its newest statement is of {newest}, which is too old, so it suppresses nothing"))
        }
        SourceTrust::TooOld { newest: None, .. } => {
            Some("its statements have no time, so it counts as too old and suppresses nothing".to_owned())
        }
    }
}

/// The reason that a statement gives for its status: the label, and the text beside it.
pub(super) fn reason(statement: &Statement) -> String {
    let label = statement.justification.map(|justification| justification.as_str().to_owned());
    let label = label.or_else(|| statement.is_false_positive.then(|| "false positive".to_owned()));
    let text = match statement.status {
        Status::Affected => statement.action_statement.as_ref().or(statement.status_notes.as_ref()),
        Status::NotAffected => statement.impact_statement.as_ref(),
        _ => statement.status_notes.as_ref(),
    };
    match (label, text) {
        (Some(label), Some(text)) => format!("{label}: {text}"),
        (Some(label), None) => label,
        (None, Some(text)) => text.clone(),
        (None, None) => String::new(),
    }
}

/// Why a finding is kept although no statement keeps it: the statement that came closest, or that there is none.
pub(super) fn why_kept(decision: &Decision) -> String {
    let refused = decision.reason.filter(|reason| *reason != Inapplicable::NoStatement).map(inapplicable);
    match (&decision.near_miss, refused) {
        (Some(near), _) => Difference::of(&near.part).line(),
        (None, None) => "no statement".to_owned(),
        (None, Some(refused)) => refused.to_owned(),
    }
}

/// Why no statement suppresses a finding.
pub(super) fn inapplicable(reason: Inapplicable) -> &'static str {
    match reason {
        Inapplicable::NoStatement => "no statement about this vulnerability",
        Inapplicable::NoProductMatch => "no statement about this package or image",
        Inapplicable::NoJustification => "the statement gives no reason for `not_affected`",
        Inapplicable::UnknownStatus => "the status of the statement is not known",
        Inapplicable::ReachableViaUnassessedPath => {
            "a path through the dependency graph meets no statement that suppresses"
        }
        Inapplicable::RejectedInReport => "the report records that its suppression was rejected",
        Inapplicable::NotADhiImage => {
            "withheld: not a DHI: the statement is about packages of Docker Hardened Images, and this image is \
             not proven to be one"
        }
        Inapplicable::OriginNotBase => {
            "withheld: the statement is about packages of the base image, and this package is not proven to come \
             from it"
        }
        Inapplicable::AdvisoryNotAssessed => "not every vulnerability of the advisory is assessed",
        Inapplicable::AllBundledCvesAssessed => "every vulnerability of the advisory is assessed",
        Inapplicable::Unverified => "the document is not signed by a trusted signer",
        Inapplicable::ProofFailed => "the proof of the document is bad",
        Inapplicable::TooOld => "the document is too old",
        Inapplicable::OtherSubject => "the attestation is about another image",
        Inapplicable::ScannerError => "the scanner of the profile stops with an error at these documents",
        Inapplicable::ScannerUnknown => "the report lacks facts on which the answer of the scanner depends",
        Inapplicable::FeedContradiction => {
            "Docker's advisory reports the package, and Docker's statement contradicts it"
        }
        Inapplicable::ImageNotVerified => {
            "the image is known by its name alone, and only verified images are accepted"
        }
    }
}

/// A part of a statement that differs from what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report) struct Difference {
    /// The part: `version`, `qualifier distro`.
    pub(super) part: String,
    /// Its values in the statement and in the report, if the part has values. Empty: there is none.
    pub(super) values: Option<(String, String)>,
}

impl Difference {
    /// The difference in words.
    pub(in crate::report) fn of(part: &NearMissPart) -> Self {
        let values = |part: &str, statement: &str, found: &str| Self {
            part: part.to_owned(),
            values: Some((statement.to_owned(), found.to_owned())),
        };
        let words = |part: String| Self { part, values: None };
        match part {
            NearMissPart::Type { statement, found } => values("type", statement, found),
            NearMissPart::Namespace { statement, found } => values("namespace", statement, found),
            NearMissPart::Name { statement, found } => values("name", statement, found),
            NearMissPart::Version { statement, .. } if statement.is_empty() => {
                words("version: the statement names none, so only a package URL can match".to_owned())
            }
            NearMissPart::Version { statement, found } => values("version", statement, found),
            NearMissPart::Qualifier { name, statement, found } => {
                values(&format!("qualifier {name}"), statement, found)
            }
            NearMissPart::Subpath { statement, found } => values("subpath", statement, found),
            NearMissPart::SourceOnly { statement } => {
                words(format!("only source package named: {statement}"))
            }
            NearMissPart::SubcomponentNotListed => words("subcomponent not listed".to_owned()),
            NearMissPart::ImageDigest { statement, found } => values("digest", statement, found),
            NearMissPart::ImageTag { statement, found } => values("tag", statement, found),
            NearMissPart::Image { statement, found } => values("image", statement, found),
            NearMissPart::NoForm { statement } => words(format!(
                "no product form: `{statement}` is no package URL, image, digest or CPE that can match"
            )),
            NearMissPart::Subject { statement, may_be_index: true } => words(format!(
                "subject: about {}, which may be an index that this run did not verify",
                statement.join(", ")
            )),
            NearMissPart::Subject { statement, may_be_index: false } => {
                words(format!("subject: about {}, which is another image", statement.join(", ")))
            }
            NearMissPart::ProductsWithoutSubject => {
                words("the statement's products do not include the subject".to_owned())
            }
            NearMissPart::Guard(reason) => words(format!("guard: {}", inapplicable(*reason))),
            NearMissPart::Refused(reason) => words(inapplicable(*reason).to_owned()),
        }
    }

    /// `version: statement 1.22.4, found v1.22.4`.
    pub(in crate::report) fn line(&self) -> String {
        match &self.values {
            Some((statement, found)) => {
                format!("{}: statement {}, found {}", self.part, value(statement), value(found))
            }
            None => self.part.clone(),
        }
    }
}

/// A value of a part, or that there is none.
pub(super) fn value(text: &str) -> &str {
    if text.is_empty() { NONE } else { text }
}

/// A difference in writing that did not count.
pub(in crate::report) fn equivalence(equivalence: Equivalence) -> &'static str {
    match equivalence {
        Equivalence::Epoch => "the epoch of the version is written in another place",
        Equivalence::Architecture => "another name of the architecture",
        Equivalence::Distribution => "another spelling of the distribution, or a release that includes it",
        Equivalence::RepositoryUrl => "`repository_url` with or without the name of the image",
        Equivalence::ImageAlias => "another name of the registry, or an alias of the repository",
        Equivalence::SignedName => "the name under which the DHI key signed the image",
        Equivalence::VulnerabilityAlias => "an alias of the vulnerability",
        Equivalence::Advisory => "all vulnerabilities of the advisory",
    }
}

/// What to know about a decision.
pub(in crate::report) fn warning(warning: &Warning, statements: &StatementSet) -> String {
    match warning {
        Warning::ShadowedSuppression { older, newer, inherited_time } => {
            let time = if *inherited_time {
                ", which has no time of its own and takes that of its document"
            } else {
                ", which is newer"
            };
            format!(
                "the suppressing statement {} is shadowed by {}{time}",
                dated(*older, statements),
                dated(*newer, statements)
            )
        }
        Warning::ShadowedKeeping { older, newer } => format!(
            "statement {}, which keeps the finding, is overruled by {}, which is newer",
            dated(*older, statements),
            dated(*newer, statements)
        ),
        Warning::AnyVersion => {
            "the statement names no version, so it matches every version of the package".to_owned()
        }
        Warning::NameOnly => "the statement names the image without a repository".to_owned(),
        Warning::PackageName => {
            "the report has no package URL; the package matches by name and version alone".to_owned()
        }
        Warning::UnverifiedImage => {
            "the image is known by its name alone; no digest was verified".to_owned()
        }
        Warning::UnverifiedSource => {
            "the source is not signed by a trusted signer; it counts because you trust it".to_owned()
        }
        Warning::FutureTime { statement } => {
            format!("statement {} has a time in the future", dated(*statement, statements))
        }
        Warning::NoGraph => {
            "the report has no dependency graph, so statements about packages that depend on this one were not \
             evaluated"
                .to_owned()
        }
        Warning::OverruledByPriority { statement } => format!(
            "statement {} contradicts this decision; its source has a lower priority",
            dated(*statement, statements)
        ),
        Warning::IgnoredKeeping { statement } => format!(
            "statement {} keeps the finding and does not count, because its source is not verified",
            dated(*statement, statements)
        ),
        Warning::IgnoredStatus { statement } => format!(
            "statement {} does not count, because its status is not known; it may be one that keeps the finding",
            dated(*statement, statements)
        ),
        Warning::UnboundReport => {
            "the report names no digest; that it is about the verified image is what you state".to_owned()
        }
        Warning::AssumedHardened => "that the image is hardened is what you state".to_owned(),
    }
}

/// `vex.json#1 of 2026-03-10T00:00:00Z`.
fn dated(statement: StatementRef, statements: &StatementSet) -> String {
    let label = label(statement, statements);
    let time = statements.get(statement).and_then(|(_, statement)| statement.timestamp);
    time.map_or(label.clone(), |time| format!("{label} of {time}"))
}

/// Why a finding counts for the gate.
pub(in crate::report) fn causes(causes: &[Cause]) -> String {
    let words = causes.iter().map(|cause| match cause {
        Cause::Severity(Severity::Unknown) => "no known severity".to_owned(),
        Cause::Severity(severity) => format!("severity {}", severity.id()),
        Cause::Status(status) => format!("status {}", status.as_str()),
        Cause::UnverifiedSource => "suppressed by a source that is not verified".to_owned(),
        Cause::UnverifiedImage => "suppressed for an image that is not verified".to_owned(),
        Cause::UnboundReport => "suppressed in a report that names no digest".to_owned(),
        Cause::AssumedHardened => "suppressed since you state that the image is hardened".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The versions without the vulnerability. Empty if the report does not record any.
pub(super) fn fix(fix: &Fix) -> String {
    match fix {
        Fix::Fixed(versions) => versions.join(", "),
        Fix::NotFixed => "none".to_owned(),
        Fix::WontFix => "won't fix".to_owned(),
        Fix::Unknown => String::new(),
    }
}

/// `1 finding`, `2 findings`.
pub(in crate::report) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
