//! Where VEX comes from: only statements that a trusted signer signed, or that the user trusts, suppress findings, and
//! only if they are about the scanned image. Everything else is said.

mod attestations;
mod base_image;
mod files;
mod get;
mod index_or_platform;
mod requests;

use std::path::PathBuf;

use dhi::gate::Verifier;
use dhi::gate::vex::{Error, Loaded, ReportSubject, VexOptions};
use dhi::trust::PublicKey;
use dhi::vex::{
    Decision, Finding, Fix, FoundPackage, Outcome, PackageUrl, Profile, Rules, Scan, Scanned, ScannedKind,
    Severity, StatementSet, decide,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::base::{BaseFixture, Image, Pushed, wait};
use crate::support::test_sigstore::key::Key;

const OPENVEX: &str = "https://openvex.dev/ns/v0.2.0";
const APP: &str = "registry.example.com/acme/app";
const CVE: &str = "CVE-2026-1000";
const PURL: &str = "pkg:deb/debian/bash@5.2?arch=amd64";

fn now() -> Timestamp {
    "2026-10-01T00:00:00Z".parse().unwrap()
}

/// An OpenVEX document with one `not_affected` statement about these products.
fn vex(products: &[Value]) -> Value {
    let mut statement = json!({
        "vulnerability": { "name": CVE },
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    });
    if !products.is_empty() {
        statement["products"] = products.into();
    }
    json!({
        "@context": OPENVEX,
        "@id": "https://acme.example/vex/1",
        "author": "Acme",
        "timestamp": "2026-09-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    })
}

/// The package as the product of a statement.
fn package() -> Value {
    json!({ "@id": "pkg:deb/debian/bash@5.2" })
}

/// The image of a descriptor with the package in it, as the product of a statement.
fn in_image(image: &Value) -> Value {
    let digest = image["digest"].as_str().unwrap();
    json!({ "@id": format!("pkg:oci/app@{digest}"), "subcomponents": [package()] })
}

/// A report about an image with this digest, which names one vulnerability of one package.
fn scan(reference: Option<&str>, purl: &str) -> Scan {
    let purl = PackageUrl::parse(purl).unwrap();
    let finding = Finding {
        id: CVE.to_owned(),
        aliases: Vec::new(),
        package: FoundPackage {
            name: purl.name().to_owned(),
            version: purl.version().map(str::to_owned),
            purl: Some(purl),
            ..FoundPackage::default()
        },
        severity: Severity::High,
        fix: Fix::Unknown,
        published: None,
        known_exploited: None,
        scores: Vec::new(),
        epss: None,
    };
    Scan {
        subject: Scanned {
            kind: ScannedKind::Image,
            name: "app".to_owned(),
            repo_digests: reference.map(str::to_owned).into_iter().collect(),
            architecture: Some("amd64".to_owned()),
            ..Scanned::default()
        },
        findings: vec![finding],
        suppressed_before: 0,
        graph: None,
        not_scanned: None,
    }
}

/// Registries of all hosts, a trusted key, and an image.
struct Situation {
    fixture: BaseFixture,
    app: Pushed,
}

impl Situation {
    /// An image of two platforms that nobody signed.
    fn new() -> Self {
        let fixture = BaseFixture::empty();
        let app = fixture.push(&format!("{APP}:1"), &[Image::of("ab"), Image::of("ac").on("arm64")]);
        Self { fixture, app }
    }

    /// The image for amd64.
    fn amd64(&self) -> &Value {
        &self.app.images[0]
    }

    /// A report about the image for amd64.
    fn scan(&self) -> Scan {
        scan(Some(&format!("{APP}@{}", self.amd64()["digest"].as_str().unwrap())), PURL)
    }

    /// Attaches a VEX attestation to the image for amd64.
    fn attest(&self, predicate: &Value, key: Option<&Key>) -> Value {
        let signed = key.map(|key| (key, "acme/app"));
        self.fixture.attest(APP, self.amd64(), OPENVEX, predicate, signed)
    }

    fn verifier(&self) -> Verifier {
        let key = PublicKey::from_pem(&self.fixture.key.pem(), "team.pub").unwrap();
        Verifier::builder().key("team", key).at(now()).build().unwrap()
    }

    /// Loads VEX for the report. By default, that of the image.
    fn load(&self, scan: &Scan, change: impl FnOnce(&mut VexOptions)) -> Result<Loaded, Error> {
        load_with(&self.verifier(), &self.fixture, scan, |options| {
            options.image = Some(format!("{APP}:1").parse().unwrap());
            change(options);
        })
    }

    /// Loads the VEX of the image, and decides about the only finding.
    fn apply(&self) -> Applied {
        let scan = self.scan();
        Applied::of(self.load(&scan, |_| {}).unwrap(), scan)
    }

    /// The same with files alone.
    fn apply_files(&self, paths: &[&str], change: impl FnOnce(&mut VexOptions)) -> Applied {
        let scan = self.scan();
        let loaded = self.load(&scan, |options| {
            options.image = None;
            options.paths = paths.iter().map(PathBuf::from).collect();
            change(options);
        });
        Applied::of(loaded.unwrap(), scan)
    }
}

fn load_with(
    verifier: &Verifier,
    fixture: &BaseFixture,
    scan: &Scan,
    change: impl FnOnce(&mut VexOptions),
) -> Result<Loaded, Error> {
    let mut options = VexOptions::default();
    change(&mut options);
    let report = ReportSubject { report: "report.json", subject: &scan.subject };
    wait(verifier.load_vex(&fixture.registry, &options, &[report], now()))
}

/// The decision about the only finding of a report, and what was said about sources.
struct Applied {
    decision: Decision,
    /// `CODE: MESSAGE` of each problem.
    problems: Vec<String>,
}

impl Applied {
    fn of(loaded: Loaded, mut scan: Scan) -> Self {
        let subject = scan.subject.clone();
        loaded.set_origins(&subject, scan.findings.iter_mut().map(|finding| &mut finding.package));
        let facts = loaded.facts(&subject);
        let problems = loaded.problems.iter().map(|problem| {
            let diagnostic = &problem.diagnostic;
            format!("{}: {}", diagnostic.code, diagnostic.message)
        });
        let problems = problems.collect();
        let rules = Rules { profile: Profile::Dhi, lenient: false, require_verified: false, now: now() };
        let mut decisions = decide::decide(&scan, &facts, &StatementSet::new(loaded.documents), &rules);
        assert_eq!(decisions.len(), 1);
        Self { decision: decisions.remove(0), problems }
    }

    #[track_caller]
    fn assert_suppressed(&self) {
        assert_eq!(self.decision.outcome, Outcome::Suppressed, "{:#?}\n{:#?}", self.decision, self.problems);
    }

    /// That the finding is kept, and that this was said about a source.
    #[track_caller]
    fn assert_kept(&self, said: &str) {
        let all = format!("{:#?}\n{:#?}", self.problems, self.decision);
        assert_eq!(self.decision.outcome, Outcome::Kept, "{all}");
        assert!(all.contains(said), "`{said}` is missing in:\n{all}");
    }
}
