//! The document `input` and the host functions over real evidence, and their page.

use std::fmt::Write as _;
use std::sync::Arc;

use dhi::evidence::{Evidence, PlatformEvidence, PolicyInput};
use dhi::policy::facts::ImageFacts;
use dhi::policy::rego::{RegoPolicy, host_functions, input};
use dhi::trust::LogPolicy;
use dhi::verify::{KeepStatements, Options};
use dhi::{Evaluator, PublicKey, Registries, TrustedRoot, Verifier, VerifierBuilder};
use serde_json::Value;

use super::holds;
use crate::support::env::{KEY, ROOT, TestEnv, fixture, read, trust};
use crate::support::registry::InMemoryRegistry;

const PAGE: &str = "docs/policies/input.md";

/// The evidence about a fixture, with everything that policies read.
fn evidence(reference: &str, keep: bool) -> Evidence {
    let reference = reference.parse().unwrap();
    let options = Options {
        keep_statements: if keep { KeepStatements::All } else { KeepStatements::None },
        keep_documents: keep,
        ..Options::of(&reference)
    };
    let registry = Registries::open(dhi::Limits::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let trust = trust(LogPolicy::VerifyIfPresent);
    runtime.block_on(dhi::verify::verify(&registry, &reference, &trust, &options)).unwrap()
}

fn facts(evidence: &Evidence) -> Vec<ImageFacts> {
    let needed = PolicyInput::default();
    evidence.images().map(|(key, _)| ImageFacts::of(evidence, key, &needed).unwrap()).collect()
}

/// What a verification with these added policies keeps of statements and documents.
fn kept(policies: &[&str]) -> Vec<bool> {
    let builder = Verifier::builder()
        .key("fixture", PublicKey::from_pem(&read(KEY), KEY).unwrap())
        .trusted_root(TrustedRoot::from_json(read(ROOT).as_bytes(), ROOT).unwrap())
        .evaluator(Evaluator::in_process());
    let policies = policies.iter().map(|name| Arc::new(RegoPolicy::parse("a.rego", &holds(name)).unwrap()));
    let verifier = policies.fold(builder, VerifierBuilder::rego).build().unwrap();
    let registry = Registries::open(dhi::Limits::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reference = "oci:fixtures/python:3.13".parse().unwrap();
    let decision = runtime.block_on(verifier.verify(&registry, &reference)).unwrap();
    let evidence = decision.evidence().unwrap();
    let documents = evidence
        .platforms
        .iter()
        .flat_map(|image| [&image.documents.manifest, &image.documents.config].map(Option::is_some));
    let root = [evidence.root.document.is_some()];
    documents.chain(root).chain(decision.statements().map(|statement| statement.bytes().is_some())).collect()
}

/// They can be large, and only policies in Rego read them.
#[test]
fn statements_are_kept_only_if_a_policy_reads_them() {
    let (without, with) = (kept(&[]), kept(&["a"]));
    assert!(without.len() > 20 && without.len() == with.len(), "{without:?} {with:?}");
    assert!(without.iter().all(|is_kept| !is_kept), "{without:?}");
    assert!(with.iter().all(|is_kept| *is_kept), "{with:?}");
}

#[test]
fn facts_hold_what_verified_and_the_documents_as_fetched() {
    for (layout, tag) in [("python", "3.13"), ("chart", "1.42.0"), ("bundles", "1.4")] {
        let evidence = evidence(&format!("oci:fixtures/{layout}:{tag}"), true);
        let all = facts(&evidence);
        assert_eq!(all.len(), evidence.platforms.len(), "{layout}");
        for (facts, image) in all.iter().zip(&evidence.platforms) {
            let PlatformEvidence { digest, documents, .. } = image;
            let manifest = facts.manifest.as_ref().unwrap().get();
            assert!(digest.matches(documents.manifest.as_ref().unwrap()), "{layout}");
            assert_eq!(manifest.as_bytes(), documents.manifest.as_ref().unwrap(), "{layout}");
            if let Some(config) = &image.config {
                let document = facts.config.as_ref().unwrap().document.as_ref().unwrap();
                assert!(config.digest.matches(document.get().as_bytes()), "{layout}");
            }
            let verified = image.verified(evidence.root.digest);
            let verified: Vec<(String, String)> = verified
                .map(|(_, attested)| {
                    let whole = std::str::from_utf8(attested.whole().unwrap().bytes()).unwrap();
                    (attested.statement().predicate_type.clone(), whole.to_owned())
                })
                .collect();
            let recorded = facts.attestations.iter().filter_map(|attestation| {
                let statement = attestation.statement.as_ref()?.get().to_owned();
                Some((attestation.predicate_type.clone()?, statement))
            });
            assert_eq!(recorded.collect::<Vec<_>>(), verified, "{layout}");
        }
    }
}

#[test]
fn documents_are_kept_only_on_request() {
    let evidence = evidence("oci:fixtures/python:3.13", false);
    assert_eq!(evidence.root.document, None);
    for facts in facts(&evidence) {
        assert!(facts.manifest.is_none() && facts.index.is_none());
        assert!(facts.config.unwrap().document.is_none());
        assert!(facts.attestations.iter().all(|attestation| attestation.statement.is_none()));
    }
}

#[test]
fn recording_facts_sends_no_further_request() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    let host = registry.host();
    let reference = format!("{host}/dhi/python:3.13");
    let lines = |more: &[&str]| {
        registry.clear_log();
        let arguments = [&["--plain-http", &host, "--format", "json"], more, &[&reference]].concat();
        let run = TestEnv::new().verify(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let mut lines = registry.lines();
        lines.sort();
        lines
    };
    assert_eq!(lines(&["--facts"]), lines(&[]));
}

/// The text of the page between two comments is made here.
#[test]
fn the_page_of_the_input_is_current() {
    let mut functions = String::from("| function | answer |\n|---|---|\n");
    for function in host_functions() {
        let arguments = match (function.name, function.arity.unwrap()) {
            (name, 1) if name.starts_with("oci.referrer") => "type",
            (name, 2) if name.starts_with("oci.") => "ref, digest",
            (name, 1) if name.starts_with("oci.") => "ref",
            ("cosign.verify_images", _) => "refs, opts",
            ("cosign.verify_image", _) => "ref, opts",
            ("cosign.verify_dsse", _) => "envelope, opts",
            ("gpg.verify_commit", _) => "commit, signature, key",
            ("scout.vulnerabilities", _) => "purls",
            (_, 0) => "",
            _ => "purl",
        };
        writeln!(functions, "| `{}({arguments})` | {} |", function.name, function.about).unwrap();
    }
    let evidence = evidence("oci:fixtures/python:3.13", true);
    let mut example: Value = serde_json::from_str(&input(&facts(&evidence)[0])).unwrap();
    shorten(&mut example);
    let example = format!("```json\n{}\n```\n", serde_json::to_string_pretty(&example).unwrap());
    let current = read(PAGE);
    let written = with_part(&with_part(&current, "functions", &functions), "example", &example);
    if std::env::var_os("DHI_UPDATE").is_some() {
        std::fs::write(crate::support::env::project().join(PAGE), &written).unwrap();
        return;
    }
    assert!(written == current, "{PAGE} is stale: DHI_UPDATE=1 cargo test --test it rego::host");
}

fn with_part(page: &str, name: &str, part: &str) -> String {
    let start = format!("<!-- {name} -->\n");
    let (before, rest) = page.split_once(&start).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{start}\n{part}\n<!-- end -->{after}")
}

/// Cuts each list after two elements, and the members that only the SBOM gives.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.truncate(2);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}
