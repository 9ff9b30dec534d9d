//! Tests of decisions.

mod applicability;
mod attestations;
mod explanations;
mod graphs;
mod guard;
mod precedence;
mod properties;
mod signed_name;
mod vulnerabilities;

use jiff::Timestamp;

use super::decide;
use crate::oci::Digest;
use crate::vex::{
    Component, Decision, Document, DocumentFormat, Finding, Fix, FoundPackage, Identity, ImageFacts,
    Inapplicable, Justification, NearMissPart, Outcome, PackageUrl, Product, Products, Profile, Rules, Scan,
    Scanned, ScannedKind, Severity, Source, SourceKind, SourceTrust, SourcedDocument, Statement,
    StatementRef, StatementSet, Status, Validity, Vulnerability, Warning,
};

const CVE: &str = "CVE-2026-0001";
const BASH: &str = "pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-13";
/// An image, and the digest of another.
const IMAGE: &str = "registry.example.com/shop/web";
const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const OTHER: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

fn component(text: &str) -> Component {
    let identity = match PackageUrl::parse(text) {
        Ok(purl) => Identity::Purl { text: text.to_owned(), purl: Box::new(purl), is_range: false },
        Err(_) => Identity::Text(text.to_owned()),
    };
    Component { identities: vec![identity] }
}

/// A product, and its subcomponents after `>`: `pkg:oci/web > pkg:deb/debian/bash pkg:deb/debian/perl`.
fn product(text: &str) -> Product {
    let (product, subcomponents) = text.split_once(" > ").unwrap_or((text, ""));
    Product {
        component: component(product),
        subcomponents: subcomponents.split_whitespace().map(component).collect(),
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A valid statement about [`CVE`] with a time of its own, on a day of January 2026.
fn statement(status: Status, day: u8, products: &[&str]) -> Statement {
    Statement {
        id: None,
        vulnerability: Vulnerability { name: Some(CVE.to_owned()), ..Vulnerability::default() },
        status,
        justification: (status == Status::NotAffected).then_some(Justification::VulnerableCodeNotPresent),
        unknown_justification: None,
        impact_statement: None,
        action_statement: None,
        status_notes: None,
        is_false_positive: false,
        is_first_fixed: false,
        timestamp: Some(time(&format!("2026-01-{day:02}T00:00:00Z"))),
        has_own_time: true,
        validity: Validity::Valid,
        products: Products::new(products.iter().map(|text| product(text)).collect()),
    }
}

fn named(mut statement: Statement, name: &str) -> Statement {
    statement.vulnerability.name = Some(name.to_owned());
    statement
}

/// A document of a source that the user trusts.
fn document(statements: Vec<Statement>) -> SourcedDocument {
    SourcedDocument {
        source: Source {
            name: "a.json".to_owned(),
            kind: SourceKind::File,
            digest: Digest::of(b"").into(),
            trust: SourceTrust::TrustedByUser,
            priority: 0,
        },
        document: Document {
            format: DocumentFormat::OpenVex,
            id: Some("https://example.com/vex/1".to_owned()),
            author: Some("Example <vex@example.com>".to_owned()),
            version: Some("1".to_owned()),
            timestamp: None,
            subjects: None,
            statements,
            remarks: Vec::new(),
            context: None,
        },
    }
}

fn trusted_as(mut sourced: SourcedDocument, trust: SourceTrust) -> SourcedDocument {
    sourced.source.trust = trust;
    sourced
}

fn by_dhi(mut sourced: SourcedDocument) -> SourcedDocument {
    sourced.document.author = Some("Docker Hardened Images <dhi@docker.com>".to_owned());
    sourced
}

/// A document that the DHI key signed.
fn signed_by_dhi(sourced: SourcedDocument) -> SourcedDocument {
    let signer = crate::trust::tests::signing::TestSigner::docker("dhi");
    let by = crate::vex::VerifiedBy::of_signature(&signer.facts());
    assert!(by.is_dhi());
    trusted_as(sourced, SourceTrust::Verified(by))
}

/// An attestation about these digests.
fn attestation(statements: Vec<Statement>, subjects: &[&str]) -> SourcedDocument {
    let mut sourced = document(statements);
    sourced.document.subjects = Some(subjects.iter().map(|&subject| subject.to_owned()).collect());
    sourced
}

fn package(purl: &str) -> FoundPackage {
    let purl = PackageUrl::parse(purl).unwrap();
    FoundPackage {
        name: purl.name().to_owned(),
        version: purl.version().map(ToOwned::to_owned),
        purl: Some(purl),
        ..FoundPackage::default()
    }
}

fn finding_of(id: &str, purl: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: Vec::new(),
        package: package(purl),
        severity: Severity::High,
        fix: Fix::Unknown,
        published: None,
        known_exploited: None,
        scores: Vec::new(),
        epss: None,
    }
}

fn image(references: &[&str]) -> Scanned {
    let (digests, tags): (Vec<&str>, Vec<&str>) = references.iter().partition(|text| text.contains('@'));
    let owned = |texts: Vec<&str>| texts.into_iter().map(ToOwned::to_owned).collect();
    Scanned {
        kind: ScannedKind::Image,
        name: references.first().map(|&text| text.to_owned()).unwrap_or_default(),
        tags: owned(tags),
        repo_digests: owned(digests),
        architecture: Some("amd64".to_owned()),
        ..Scanned::default()
    }
}

fn scan(subject: Scanned, findings: Vec<Finding>) -> Scan {
    Scan { subject, findings, suppressed_before: 0, graph: None, not_scanned: None }
}

/// A scan of [`IMAGE`] that found [`CVE`] in [`BASH`].
fn bash() -> Scan {
    scan(image(&[&format!("{IMAGE}@{DIGEST}")]), vec![finding_of(CVE, BASH)])
}

fn rules() -> Rules {
    Rules {
        profile: Profile::Dhi,
        lenient: false,
        require_verified: false,
        now: time("2026-06-01T00:00:00Z"),
    }
}

/// The decision about the only finding.
fn decide_with(scan: &Scan, facts: &ImageFacts, documents: Vec<SourcedDocument>, rules: &Rules) -> Decision {
    let mut decisions = decide(scan, facts, &StatementSet::new(documents), rules);
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

fn decision(scan: &Scan, documents: Vec<SourcedDocument>) -> Decision {
    decide_with(scan, &ImageFacts::default(), documents, &rules())
}

fn at(source: usize, index: usize) -> StatementRef {
    StatementRef { source, index }
}

/// The outcome, the deciding statement, its grade and the reason, as one text.
fn summary(decision: &Decision) -> String {
    let ruling = decision.ruling.as_ref().map(|ruling| {
        let StatementRef { source, index } = ruling.statement;
        format!(" by {source}#{index} {} {}", ruling.status.as_str(), ruling.grade)
    });
    let reason = decision.reason.map(|reason| format!(" ({})", reason.id()));
    format!("{}{}{}", decision.outcome.id(), ruling.unwrap_or_default(), reason.unwrap_or_default())
}

fn near_miss(decision: &Decision) -> &'static str {
    decision.near_miss.as_ref().map_or("none", |near_miss| near_miss.part.id())
}
