//! The models of the scanners, on documents and scans that are made here. The recorded behaviour of the scanners is in
//! `tests/shared_data.rs`, and the real Grype answers in `tests/peers/vex`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::oci::Digest;
use crate::vex::{
    DocumentFormat, Finding, Fix, FoundPackage, Graph, ImageFacts, Inapplicable, Justification, LazyDigest,
    Outcome, PackageUrl, Profile, Rules, Scanned, ScannedKind, Severity, Source, SourceKind, SourceTrust,
    SourcedDocument, Status, Warning, document,
};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const IMAGE: &str = "pkg:oci/app?repository_url=registry.example.com%2Fteam%2Fapp";
const PACKAGE: &str = "pkg:npm/table@1.0.0";

/// A source for each document, in this order.
fn statements(documents: &[Value], trust: &SourceTrust, kind: &SourceKind) -> StatementSet {
    let sourced = |value: &Value| {
        let bytes = Bytes::from(value.to_string());
        let source = Source {
            name: "vex.json".to_owned(),
            kind: kind.clone(),
            digest: LazyDigest::of(bytes.clone()),
            trust: trust.clone(),
            priority: 0,
        };
        let read = document::read(&bytes, "vex.json").unwrap();
        read.into_iter().map(move |document| SourcedDocument { source: source.clone(), document })
    };
    StatementSet::new(documents.iter().flat_map(sourced).collect())
}

fn openvex(statements: &[Value]) -> Value {
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "Example",
        "version": 1, "timestamp": "2026-01-01T00:00:00Z", "statements": statements,
    })
}

fn statement(product: &Value, status: &str, time: &str) -> Value {
    json!({
        "vulnerability": {"name": "CVE-2026-1"}, "products": [product], "status": status, "timestamp": time,
        "justification": if status == "not_affected" { json!("vulnerable_code_not_present") } else { Value::Null },
    })
}

fn product(purl: &str) -> Value {
    json!({"@id": purl})
}

fn scan(purl: Option<&str>) -> Scan {
    let finding = Finding {
        id: "CVE-2026-1".to_owned(),
        aliases: vec!["GHSA-aaaa-bbbb-cccc".to_owned()],
        package: FoundPackage {
            purl: purl.map(|purl| PackageUrl::parse(purl).unwrap()),
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
            name: "registry.example.com/team/app:1".to_owned(),
            tags: vec!["registry.example.com/team/app:1".to_owned()],
            repo_digests: vec![format!("registry.example.com/team/app@{DIGEST}")],
            architecture: Some("amd64".to_owned()),
            ..Scanned::default()
        },
        findings: vec![finding],
        suppressed_before: 0,
        graph: None,
        not_scanned: None,
    }
}

/// A graph of these nodes: a name, its package URL, its parents. The first is the root, the last the found package.
fn graph(nodes: &[(&str, &str, &[&str])]) -> Graph {
    let at = |name: &str| nodes.iter().position(|(known, ..)| *known == name).unwrap();
    Graph {
        nodes: nodes.iter().map(|(_, purl, _)| PackageUrl::parse(purl).ok()).collect(),
        parents: nodes.iter().map(|(.., parents)| parents.iter().map(|name| at(name)).collect()).collect(),
        root: 0,
    }
}

fn trusted(documents: &[Value]) -> StatementSet {
    statements(documents, &SourceTrust::TrustedByUser, &SourceKind::File)
}

fn answer(scan: &Scan, documents: &[Value]) -> EngineAnswers {
    answers(scan, &ImageFacts::default(), &trusted(documents))[0]
}

fn in_graph(nodes: &[(&str, &str, &[&str])], products: &[&str]) -> EngineAnswer {
    let mut scan = scan(Some(PACKAGE));
    scan.subject = Scanned { kind: ScannedKind::Files, ..Scanned::default() };
    scan.graph = Some(graph(nodes));
    scan.findings[0].package.node = Some(nodes.len() - 1);
    let time = "2026-01-01T00:00:00Z";
    let made: Vec<_> = products.iter().map(|purl| statement(&product(purl), "not_affected", time)).collect();
    answer(&scan, &[openvex(&made)]).trivy
}

const OLD: &str = "2026-01-01T00:00:00Z";
const NEW: &str = "2026-02-01T00:00:00Z";

#[test]
fn grype_takes_the_oldest_and_trivy_the_newest() {
    let keeps = statement(&product(PACKAGE), "under_investigation", NEW);
    let suppresses = statement(&product(PACKAGE), "not_affected", OLD);
    for documents in [[keeps.clone(), suppresses.clone()], [suppresses, keeps]] {
        let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), &[openvex(&documents)]);
        assert_eq!((grype.outcome, grype.why), (EngineOutcome::Suppressed, EngineWhy::OldestOfSeveral));
        assert_eq!((trivy.outcome, trivy.why, trivy.by), (EngineOutcome::Kept, EngineWhy::Package, None));
    }
}

#[test]
fn of_equal_times_grype_takes_the_last_and_trivy_the_first() {
    let made = ["not_affected", "fixed"].map(|status| statement(&product(PACKAGE), status, OLD));
    let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), &[openvex(&made)]);
    assert_eq!((grype.by.unwrap().index, trivy.by.unwrap().index), (1, 0));
}

#[test]
fn grype_asks_about_the_image_first() {
    let image = format!("pkg:oci/app@{DIGEST}?repository_url=registry.example.com%2Fteam");
    let made =
        [statement(&product(PACKAGE), "fixed", OLD), statement(&product(&image), "under_investigation", NEW)];
    let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), &[openvex(&made)]);
    assert_eq!((grype.outcome, grype.why), (EngineOutcome::Kept, EngineWhy::ImageBeforePackage));
    assert_eq!((trivy.outcome, trivy.why), (EngineOutcome::Suppressed, EngineWhy::Package));
}

#[test]
fn trivy_knows_images_by_full_path_and_grype_by_parent() {
    let full = answer(&scan(Some(PACKAGE)), &[openvex(&[statement(&product(IMAGE), "fixed", OLD)])]);
    assert_eq!((full.grype.outcome, full.trivy.outcome), (EngineOutcome::Kept, EngineOutcome::Suppressed));
    assert_eq!(full.trivy.why, EngineWhy::Image);
    let parent = "pkg:oci/app?repository_url=registry.example.com%2Fteam";
    let parent = answer(&scan(Some(PACKAGE)), &[openvex(&[statement(&product(parent), "fixed", OLD)])]);
    assert_eq!(
        (parent.grype.outcome, parent.trivy.outcome),
        (EngineOutcome::Suppressed, EngineOutcome::Kept)
    );
}

#[test]
fn a_statement_under_another_id_is_named_as_the_reason() {
    let mut one = statement(&product(PACKAGE), "fixed", OLD);
    one["vulnerability"] = json!({"name": "GHSA-aaaa-bbbb-cccc"});
    let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), &[openvex(&[one])]);
    assert_eq!((grype.why, trivy.why), (EngineWhy::OtherId, EngineWhy::OtherId));
}

#[test]
fn what_the_report_lacks_makes_an_answer_unknown() {
    let image = openvex(&[statement(&product("pkg:oci/other"), "fixed", OLD)]);
    let EngineAnswers { grype, trivy } = answer(&scan(None), std::slice::from_ref(&image));
    assert_eq!((grype.why, trivy.why), (EngineWhy::NoPackageUrl, EngineWhy::NoPackageUrl));
    let mut unnamed = scan(Some(PACKAGE));
    unnamed.subject = Scanned::default();
    let EngineAnswers { grype, trivy } = answer(&unnamed, &[image]);
    assert_eq!((grype.why, trivy.why), (EngineWhy::NoSubject, EngineWhy::NoSubject));
    let ancestor = openvex(&[statement(&product("pkg:npm/shop@1"), "fixed", OLD)]);
    let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), &[ancestor]);
    assert_eq!((grype.outcome, grype.why), (EngineOutcome::Kept, EngineWhy::NoProductMatch));
    assert_eq!((trivy.outcome, trivy.why), (EngineOutcome::Unknown, EngineWhy::NoGraph));
    // The package in another version does not depend on itself, and Trivy writes no `os_name`.
    for other in ["pkg:npm/table@2.0.0", "pkg:deb/debian/shop@1?os_name=debian"] {
        let other = openvex(&[statement(&product(other), "fixed", OLD)]);
        assert_eq!(answer(&scan(Some(PACKAGE)), &[other]).trivy.why, EngineWhy::NoProductMatch);
    }
}

#[test]
fn trivy_needs_a_statement_on_every_path() {
    let nodes: [(&str, &str, &[&str]); 4] = [
        ("root", "", &[]),
        ("a", "pkg:npm/a@1", &["root"]),
        ("b", "pkg:npm/b@1", &["root"]),
        ("package", PACKAGE, &["a", "b"]),
    ];
    let one = in_graph(&nodes, &["pkg:npm/a@1"]);
    assert_eq!((one.outcome, one.why), (EngineOutcome::Kept, EngineWhy::UnassessedPath));
    let both = in_graph(&nodes, &["pkg:npm/a@1", "pkg:npm/b@1"]);
    assert_eq!((both.outcome, both.why), (EngineOutcome::Suppressed, EngineWhy::EveryPath));
    assert_eq!(both.by.unwrap().index, 1, "what it finds on the last path");
    assert_eq!(in_graph(&nodes, &["pkg:npm/c@1"]).why, EngineWhy::NoProductMatch);
}

#[test]
fn cycles_in_the_graph_are_followed_as_trivy_does() {
    // The way back adds nothing.
    let back: [(&str, &str, &[&str]); 4] = [
        ("root", "", &[]),
        ("shop", "pkg:npm/shop@1", &["root"]),
        ("a", "pkg:npm/a@1", &["package", "shop"]),
        ("package", PACKAGE, &["a"]),
    ];
    assert_eq!(in_graph(&back, &["pkg:npm/shop@1"]).outcome, EngineOutcome::Suppressed);
    // A dead end behind a cycle counts as reaching the root.
    let dead_end: [(&str, &str, &[&str]); 5] = [
        ("root", "", &[]),
        ("shop", "pkg:npm/shop@1", &["root"]),
        ("b", "pkg:npm/b@1", &["a"]),
        ("a", "pkg:npm/a@1", &["b", "shop"]),
        ("package", PACKAGE, &["a"]),
    ];
    assert_eq!(in_graph(&dead_end, &["pkg:npm/shop@1"]).why, EngineWhy::UnassessedPath);
    // A package that depends on itself.
    let own: [(&str, &str, &[&str]); 3] = [
        ("root", "", &[]),
        ("shop", "pkg:npm/shop@1", &["root"]),
        ("package", PACKAGE, &["package", "shop"]),
    ];
    assert_eq!(in_graph(&own, &["pkg:npm/shop@1"]).outcome, EngineOutcome::Suppressed);
}

#[test]
fn graphs_with_many_paths_take_no_exponential_time() {
    // 40 layers of two nodes have 2^40 paths.
    let names: Vec<(String, String)> =
        (0..40).map(|layer| (format!("l{layer}"), format!("r{layer}"))).collect();
    let build = |is_cyclic: bool| {
        let mut graph = Graph {
            nodes: vec![None, PackageUrl::parse("pkg:npm/shop@1").ok()],
            parents: vec![vec![], vec![0]],
            root: 0,
        };
        for (layer, (left, right)) in names.iter().enumerate() {
            let below = if layer == 0 { vec![1] } else { vec![2 * layer, 2 * layer + 1] };
            for name in [left, right] {
                graph.nodes.push(PackageUrl::new("npm", None, name, Some("1")).ok());
                graph.parents.push(below.clone());
            }
        }
        graph.nodes.push(PackageUrl::parse(PACKAGE).ok());
        let last = graph.parents.len();
        graph.parents.push(vec![last - 1, last - 2]);
        if is_cyclic {
            graph.parents[2].insert(0, last - 1);
        }
        graph
    };
    let shop = openvex(&[statement(&product("pkg:npm/shop@1"), "fixed", OLD)]);
    let ask = |graph: Graph| {
        let mut scan = scan(Some(PACKAGE));
        scan.findings[0].package.node = Some(graph.nodes.len() - 1);
        scan.graph = Some(graph);
        answer(&scan, std::slice::from_ref(&shop)).trivy
    };
    assert_eq!(ask(build(false)).outcome, EngineOutcome::Suppressed);
    assert_eq!(ask(build(true)).why, EngineWhy::TooManyPaths);
}

#[test]
fn a_document_that_a_scanner_cannot_read_is_its_error() {
    let fine = openvex(&[statement(&product(PACKAGE), "fixed", OLD)]);
    let with = |member: &str, value: Value| {
        let mut document = fine.clone();
        document[member] = value;
        document
    };
    let old = json!({
        "@context": "https://openvex.dev/ns", "@id": "x", "author": "x", "version": "1", "timestamp": OLD,
        "statements": [{"vulnerability": "CVE-2026-1", "products": [PACKAGE], "status": "fixed"}],
    });
    let bom = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "vulnerabilities": [{"id": "CVE-2026-1", "analysis": {"state": "resolved"}, "affects": [{"ref": PACKAGE}]}],
    });
    let mut timeless = with("timestamp", Value::Null);
    timeless["statements"][0]["timestamp"] = Value::Null;
    let causes = |documents: &[Value]| {
        let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), documents);
        [grype, trivy].map(|answer| match answer.why {
            EngineWhy::Unreadable(cause) => Some(cause),
            _ => None,
        })
    };
    let context = |text: &str| with("@context", json!(text));
    assert_eq!(causes(std::slice::from_ref(&fine)), [None, None]);
    assert_eq!(causes(&[context("https://openvex.dev/ns/v0.9.0")]), [Some(Unreadable::Context), None]);
    assert_eq!(causes(&[context("https://openvex.dev/ns")]), [Some(Unreadable::Context), None]);
    assert_eq!(
        causes(&[with("@context", Value::Null)]),
        [Some(Unreadable::Format), Some(Unreadable::Format)]
    );
    assert_eq!(causes(&[timeless]), [Some(Unreadable::NoTime), None]);
    assert_eq!(
        causes(std::slice::from_ref(&old)),
        [Some(Unreadable::OldVersion), Some(Unreadable::OldVersion)]
    );
    // As a later file, go-vex converts it.
    assert_eq!(causes(&[fine.clone(), old]), [None, Some(Unreadable::OldVersion)]);
    assert_eq!(causes(&[fine, bom]), [Some(Unreadable::Format), Some(Unreadable::NotACycloneDxReport)]);
}

fn csaf(product_status: &Value, relationships: &Value) -> Value {
    let branch = |id: &str, purl: &str| {
        json!({"category": "product_version", "name": id, "product":
            {"name": id, "product_id": id, "product_identification_helper": {"purl": purl}}})
    };
    json!({
        "document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "x",
            "publisher": {"category": "vendor", "name": "x", "namespace": "https://example.com"},
            "tracking": {"id": "x", "version": "1", "status": "final", "current_release_date": OLD,
                "initial_release_date": OLD, "revision_history": []}},
        "product_tree": {"branches": [branch("TABLE", PACKAGE), branch("SHOP", "pkg:npm/shop@1")],
            "relationships": relationships},
        "vulnerabilities": [{"cve": "CVE-2026-1", "product_status": product_status,
            "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["TABLE", "SHOP", "BOTH"]}]}],
    })
}

#[test]
fn csaf_is_read_by_package_urls_as_each_scanner_reads_it() {
    let none = json!([]);
    let EngineAnswers { grype, trivy } =
        answer(&scan(Some(PACKAGE)), &[csaf(&json!({"known_not_affected": ["TABLE"]}), &none)]);
    assert_eq!([grype.outcome, trivy.outcome], [EngineOutcome::Suppressed; 2]);
    // Grype compares text: a qualifier is a difference. For Trivy, more qualifiers are not.
    let qualified = scan(Some("pkg:npm/table@1.0.0?arch=all"));
    let EngineAnswers { grype, trivy } =
        answer(&qualified, &[csaf(&json!({"known_not_affected": ["TABLE"]}), &none)]);
    assert_eq!([grype.outcome, trivy.outcome], [EngineOutcome::Kept, EngineOutcome::Suppressed]);
    let EngineAnswers { grype, .. } = answer(
        &scan(Some(PACKAGE)),
        &[csaf(&json!({"known_not_affected": ["TABLE"], "known_affected": ["TABLE"]}), &none)],
    );
    assert_eq!((grype.outcome, grype.why), (EngineOutcome::Unknown, EngineWhy::RandomOrder));
    // After CSAF, Grype reads nothing else.
    let first = csaf(&json!({"known_not_affected": ["TABLE"]}), &none);
    let EngineAnswers { grype, .. } = answer(&scan(Some(PACKAGE)), &[first.clone(), openvex(&[])]);
    assert_eq!(grype.why, EngineWhy::Unreadable(Unreadable::NotCsaf));
    // After OpenVEX, it knows no package URLs of CSAF.
    let EngineAnswers { grype, .. } = answer(&scan(Some(PACKAGE)), &[openvex(&[]), first]);
    assert_eq!((grype.outcome, grype.why), (EngineOutcome::Kept, EngineWhy::NoStatement));
}

/// Trivy's `CSAF.match` looks at two lists, Grype's `matchesVexStatus` at all.
#[test]
fn first_fixed_of_csaf_is_fixed_for_grype_alone() {
    let outcomes = |status: Value| {
        let EngineAnswers { grype, trivy } = answer(&scan(Some(PACKAGE)), &[csaf(&status, &json!([]))]);
        [grype.outcome, trivy.outcome]
    };
    let (suppressed, kept) = (EngineOutcome::Suppressed, EngineOutcome::Kept);
    assert_eq!(outcomes(json!({"fixed": ["TABLE"]})), [suppressed; 2]);
    assert_eq!(outcomes(json!({"first_fixed": ["TABLE"]})), [suppressed, kept]);
    // In both lists, it is fixed, whichever list is first.
    for both in [
        json!({"first_fixed": ["TABLE"], "fixed": ["TABLE"]}),
        json!({"fixed": ["TABLE"], "first_fixed": ["TABLE"]}),
    ] {
        assert_eq!(outcomes(both)[1], suppressed);
    }
}

#[test]
fn trivy_stops_at_a_csaf_relationship_of_the_package_itself() {
    let relationship = |product: &str, of: &str| {
        json!([{"category": "default_component_of", "product_reference": product,
            "relates_to_product_reference": of, "full_product_name": {"name": "BOTH", "product_id": "BOTH"}}])
    };
    let status = json!({"known_not_affected": ["BOTH"]});
    let own = answer(&scan(Some(PACKAGE)), &[csaf(&status, &relationship("SHOP", "TABLE"))]);
    assert_eq!(own.trivy.why, EngineWhy::Unreadable(Unreadable::SelfRelationship));
    let other = answer(&scan(Some(PACKAGE)), &[csaf(&status, &relationship("TABLE", "SHOP"))]);
    assert_eq!(other.trivy.why, EngineWhy::NoGraph);
}

#[test]
fn grype_asks_the_newest_advisory_first() {
    let time = |text: &str| text.parse().ok();
    let order =
        grype::newest_first(&[None, time("x"), time("2026-01-01T00:00:00Z"), time("2025-01-01T00:00:00Z")]);
    assert_eq!(order, [2, 3, 0, 1]);
}

#[test]
fn trivy_reads_one_attestation_of_an_image() {
    let kind = SourceKind::Image { attestation: Digest::of(b"a") };
    let both = [
        openvex(&[statement(&product("pkg:npm/other@1.0.0"), "fixed", OLD)]),
        openvex(&[statement(&product(PACKAGE), "fixed", OLD)]),
    ];
    let set = statements(&both, &SourceTrust::TrustedByUser, &kind);
    let answer = answers(&scan(Some(PACKAGE)), &ImageFacts::default(), &set)[0];
    assert_eq!(
        [answer.grype.outcome, answer.trivy.outcome],
        [EngineOutcome::Suppressed, EngineOutcome::Unknown]
    );
}

#[test]
fn in_no_profile_an_unverified_document_suppresses() {
    let documents = [openvex(&[statement(&product(PACKAGE), "fixed", OLD)])];
    let rules =
        |profile| Rules { profile, lenient: true, require_verified: false, now: NEW.parse().unwrap() };
    let failed = SourceTrust::Failed { cause: "trust/signature: bad".to_owned() };
    for (trust, outcome, reason) in [
        (SourceTrust::TrustedByUser, Outcome::Suppressed, None),
        (SourceTrust::Unverified, Outcome::Kept, Some(Inapplicable::Unverified)),
        (failed, Outcome::Kept, Some(Inapplicable::ProofFailed)),
    ] {
        let set = statements(&documents, &trust, &SourceKind::File);
        for profile in [Profile::Grype, Profile::Trivy, Profile::OpenVex] {
            let decisions = decide(&scan(Some(PACKAGE)), &ImageFacts::default(), &set, &rules(profile));
            assert_eq!((decisions[0].outcome, decisions[0].reason), (outcome, reason), "{profile:?}");
        }
    }
}

#[test]
fn in_every_profile_what_nobody_verified_is_told() {
    let image = json!({"@id": IMAGE, "subcomponents": [{"@id": PACKAGE}]});
    let of = |product: &Value, status, profile| {
        let rules = Rules { profile, lenient: true, require_verified: true, now: NEW.parse().unwrap() };
        let set = trusted(&[openvex(&[statement(product, status, OLD)])]);
        let mut decisions = decide(&scan(Some(PACKAGE)), &ImageFacts::default(), &set, &rules);
        decisions.remove(0)
    };
    for profile in [Profile::Grype, Profile::Trivy, Profile::OpenVex] {
        let decision = of(&product(PACKAGE), "fixed", profile);
        assert_eq!(decision.warnings, [Warning::UnverifiedSource], "{profile:?}");
        assert_eq!(of(&product("pkg:npm/other@1"), "fixed", profile).warnings, [], "{profile:?}");
    }
    let decision = of(&image, "fixed", Profile::Trivy);
    assert_eq!(decision.outcome, Outcome::Suppressed);
    assert_eq!(decision.warnings, [Warning::UnverifiedImage, Warning::UnverifiedSource]);
}

#[test]
fn in_no_profile_an_attestation_of_another_image_suppresses() {
    let about = |digest: &str| {
        json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns/v0.2.0",
            "subject": [{"name": "app", "digest": {"sha256": digest}}],
            "predicate": openvex(&[statement(&product(PACKAGE), "fixed", OLD)]),
        })
    };
    let rules =
        |profile| Rules { profile, lenient: true, require_verified: false, now: NEW.parse().unwrap() };
    for profile in [Profile::Grype, Profile::Trivy, Profile::OpenVex] {
        let decide = |digest: &str| {
            let decisions = decide(
                &scan(Some(PACKAGE)),
                &ImageFacts::default(),
                &trusted(&[about(digest)]),
                &rules(profile),
            );
            (decisions[0].outcome, decisions[0].reason)
        };
        assert_eq!(decide(&"a".repeat(64)), (Outcome::Suppressed, None), "{profile:?}");
        assert_eq!(decide(&"b".repeat(64)), (Outcome::Kept, Some(Inapplicable::OtherSubject)), "{profile:?}");
    }
}

#[test]
fn the_rules_of_grype_choose_by_status_and_vulnerability() {
    use grype::ignore_rules::{IgnoreRule, RuleEffect, matching_rule};
    let set = trusted(&[openvex(&[
        statement(&product(PACKAGE), "not_affected", OLD),
        statement(&product(PACKAGE), "affected", OLD),
    ])]);
    let document = &set.documents()[0].document;
    let [not_affected, affected] = document.statements.as_slice() else { unreachable!() };
    let rule = |vulnerability: Option<&str>, status, justification| IgnoreRule {
        vulnerability: vulnerability.map(str::to_owned),
        status,
        justification,
    };
    let matching = |rules: &[IgnoreRule], statement, format| matching_rule(rules, statement, format);
    let open = document.format;
    let defaults = IgnoreRule::defaults();
    assert_eq!(matching(&defaults, not_affected, open).unwrap().effect(), RuleEffect::Ignore);
    assert_eq!(matching(&defaults, affected, open), None);
    let added = rule(None, Status::Affected, None);
    assert_eq!(matching(&[added], affected, open).unwrap().effect(), RuleEffect::Augment);
    let other = rule(Some("CVE-2026-2"), Status::NotAffected, None);
    assert_eq!(matching(&[other], not_affected, open), None);
    let narrow = rule(None, Status::NotAffected, Some(Justification::ComponentNotPresent));
    assert_eq!(matching(std::slice::from_ref(&narrow), not_affected, open), None);
    // For CSAF, the justification of a rule has no effect.
    assert!(matching(&[narrow], not_affected, DocumentFormat::Csaf).is_some());
    assert_eq!(matching(&[], not_affected, open).unwrap().justification, not_affected.justification);
}
