//! Decisions over a scan of a case, in every profile that it names.

use bytes::Bytes;
use dhi::oci::Digest;
use dhi::vex::decide::decide;
use dhi::vex::engines::{self, EngineOutcome, EngineWhy, Unreadable};
use dhi::vex::{
    Decision, Document, Finding, Fix, FoundPackage, Graph, HardenedStatus, ImageFacts, Origin, Outcome,
    PackageUrl, Profile, RepositoryAlias, Rules, Scan, Scanned, ScannedKind, Severity, Source, SourceKind,
    SourcePackage, SourceTrust, SourcedDocument, StatementSet, document,
};
use serde_json::Value;

use crate::case::{Case, CaseGraph, CaseKind, CaseOrigin, CaseScan, CaseSource, Expected, Failure, expect};

/// The name of a profile in a case file.
pub(crate) fn profile(name: &str) -> Result<Profile, Failure> {
    let all = [Profile::Dhi, Profile::Grype, Profile::Trivy, Profile::OpenVex];
    all.into_iter()
        .find(|profile| profile.id() == name)
        .ok_or_else(|| Failure::Wrong(format!("there is no profile `{name}`")))
}

/// Reads a document of a case. It holds one.
pub(crate) fn read(value: &Value) -> Result<Document, Failure> {
    let bytes = Bytes::from(serde_json::to_vec(value).unwrap());
    read_one(&bytes)
}

pub(crate) fn read_one(bytes: &Bytes) -> Result<Document, Failure> {
    let mut documents =
        document::read(bytes, "the document").map_err(|error| Failure::Wrong(error.to_string()))?;
    match (documents.pop(), documents.is_empty()) {
        (Some(document), true) => Ok(document),
        _ => Err(Failure::Wrong("a file has not one document".to_owned())),
    }
}

/// The documents of a case count as named by the user as trusted.
pub(crate) fn trusted(documents: Vec<Document>) -> StatementSet {
    let sourced = documents.into_iter().enumerate().map(|(number, document)| SourcedDocument {
        source: Source {
            name: number.to_string(),
            kind: SourceKind::File,
            digest: Digest::of(number.to_string().as_bytes()).into(),
            trust: SourceTrust::TrustedByUser,
            priority: 0,
        },
        document,
    });
    StatementSet::new(sourced.collect())
}

pub(crate) fn rules(profile: Profile) -> Rules {
    Rules {
        profile,
        lenient: false,
        require_verified: false,
        // Later than every time in the files.
        now: "2027-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn run(case: &Case, documents: Vec<Document>) -> Result<(), Failure> {
    let scan = case.input("scan", &case.scan)?;
    let statements = trusted(documents);
    let facts = facts(&scan.source);
    for (name, expected) in &case.expected {
        let profile = profile(name)?;
        let expected = Expected::read(expected)?;
        let scan = scan_of(scan, profile)?;
        let result = one(profile, &scan, &facts, &statements, &expected);
        result.map_err(|failure| match failure {
            Failure::Wrong(cause) => Failure::Wrong(format!("{name}: {cause}")),
            skipped => skipped,
        })?;
    }
    Ok(())
}

/// The decision about the only finding, which is the same in explanations of the profile.
pub(crate) fn decision(
    profile: Profile,
    scan: &Scan,
    facts: &ImageFacts,
    statements: &StatementSet,
) -> Result<Decision, Failure> {
    let mut decisions = decide(scan, facts, statements, &rules(profile));
    let (Some(decision), true) = (decisions.pop(), decisions.is_empty()) else {
        return Err(Failure::Wrong("there is not one decision for one finding".to_owned()));
    };
    let answers = engines::answers(scan, facts, statements);
    let answer = match profile {
        Profile::Grype => answers[0].grype,
        Profile::Trivy => answers[0].trivy,
        Profile::Dhi | Profile::OpenVex => return Ok(decision),
    };
    expect(
        "suppressed in explanations",
        &(decision.outcome == Outcome::Suppressed),
        &(answer.outcome == EngineOutcome::Suppressed),
    )?;
    Ok(decision)
}

fn one(
    profile: Profile,
    scan: &Scan,
    facts: &ImageFacts,
    statements: &StatementSet,
    expected: &Expected,
) -> Result<(), Failure> {
    let decision = decision(profile, scan, facts, statements)?;
    if let Some(error) = &expected.error {
        return check_error(profile, scan, statements, error);
    }
    if let Some(filtered) = expected.filtered {
        expect("filtered", &filtered, &(decision.outcome == Outcome::Suppressed))?;
    }
    let ruling = decision.ruling.as_ref();
    if let Some(by) = expected.by {
        let found = ruling.map(|ruling| [ruling.statement.source, ruling.statement.index]);
        expect("by", &by, &found)?;
    }
    if let Some(status) = &expected.status {
        expect("status", &Some(status.as_str()), &ruling.map(|ruling| ruling.status.as_str()))?;
    }
    if let Some(grade) = &expected.grade {
        expect("grade", &Some(grade.clone()), &ruling.map(|ruling| ruling.grade.to_string()))?;
    }
    if let Some(reason) = &expected.reason {
        expect("reason", &Some(reason.as_str()), &decision.reason.map(dhi::vex::Inapplicable::id))?;
    }
    if let Some(statement) = &expected.statement {
        let label = |ruling: &dhi::vex::Ruling| ruling.justification.map_or("", |label| label.as_str());
        expect("statement", &Some(statement.as_str()), &ruling.map(label))?;
    }
    match &expected.source {
        Some(source) => Err(Failure::Wrong(format!("a source is not understood here: {source}"))),
        None => Ok(()),
    }
}

/// The scanner stops, for the cause that its message tells.
fn check_error(profile: Profile, scan: &Scan, statements: &StatementSet, error: &str) -> Result<(), Failure> {
    let answers = engines::answers(scan, &ImageFacts::default(), statements);
    let answer = match profile {
        Profile::Grype => answers[0].grype,
        Profile::Trivy => answers[0].trivy,
        Profile::Dhi | Profile::OpenVex => {
            return Err(Failure::Wrong(format!("no profile of a scanner that stops: {error}")));
        }
    };
    expect("outcome", &EngineOutcome::Error, &answer.outcome)?;
    let causes: &[Unreadable] = match error {
        "unable to cascade timestamp" => &[Unreadable::NoTime],
        "unsupported VEX document format" => &[Unreadable::OldVersion, Unreadable::Format],
        _ if error.starts_with("unable to get parser for version") => &[Unreadable::Context],
        // A message without a cause.
        _ => return Ok(()),
    };
    match answer.why {
        EngineWhy::Unreadable(cause) if causes.contains(&cause) => Ok(()),
        why => Err(Failure::Wrong(format!("error: expected {error:?}, found {why:?}"))),
    }
}

/// What is known about the image besides the report.
fn facts(source: &CaseSource) -> ImageFacts {
    let hardened = match (source.is_dhi, source.derived) {
        (None, _) => HardenedStatus::Unproven,
        (Some(false), _) => HardenedStatus::Neither,
        (Some(true), false) => HardenedStatus::Hardened,
        (Some(true), true) => HardenedStatus::BuiltOn,
    };
    let alias =
        |original: &String| RepositoryAlias { mirror: source.name.clone(), original: original.clone() };
    ImageFacts {
        verified: None,
        hardened,
        base_references: source.base_digests.clone(),
        aliases: source.same_as.iter().map(alias).collect(),
        ..ImageFacts::default()
    }
}

/// The scan as the scanner of the profile reports it.
pub(crate) fn scan_of(scan: &CaseScan, profile: Profile) -> Result<Scan, Failure> {
    let CaseScan { source, finding, graph } = scan;
    let text = match (profile, &finding.trivy_purl) {
        (Profile::Trivy, Some(purl)) => purl,
        _ => &finding.package_purl,
    };
    let mut package = package(text)?;
    package.sources = finding
        .upstreams
        .iter()
        .map(|upstream| SourcePackage { name: upstream.name.clone(), version: upstream.version.clone() })
        .collect();
    package.origin = match finding.origin {
        Some(CaseOrigin::Base) => Origin::Base,
        Some(CaseOrigin::Added) => Origin::Added,
        Some(CaseOrigin::Unknown) | None => Origin::Unproven,
    };
    let graph = graph.as_ref().map(|graph| graph_of(graph, &mut package)).transpose()?;
    let subject = Scanned {
        kind: match source.kind {
            CaseKind::Image => ScannedKind::Image,
            CaseKind::Directory | CaseKind::File => ScannedKind::Files,
            CaseKind::Sbom => ScannedKind::Sbom,
        },
        name: source.name.clone(),
        tags: source.tags.clone(),
        repo_digests: source.repo_digests.clone(),
        architecture: source.arch.clone(),
        ..Scanned::default()
    };
    let finding = Finding { aliases: finding.aliases.clone(), ..finding_of(&finding.vuln_id, package) };
    Ok(Scan { subject, findings: vec![finding], suppressed_before: 0, graph, not_scanned: None })
}

pub(crate) fn package(text: &str) -> Result<FoundPackage, Failure> {
    let purl = PackageUrl::parse(text).map_err(|error| Failure::Wrong(error.to_string()))?;
    Ok(FoundPackage {
        name: purl.name().to_owned(),
        version: purl.version().map(ToOwned::to_owned),
        purl: Some(purl),
        ..FoundPackage::default()
    })
}

pub(crate) fn finding_of(id: &str, package: FoundPackage) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: Vec::new(),
        package,
        severity: Severity::Unknown,
        fix: Fix::Unknown,
        published: None,
        known_exploited: None,
        scores: Vec::new(),
        epss: None,
    }
}

fn graph_of(graph: &CaseGraph, package: &mut FoundPackage) -> Result<Graph, Failure> {
    let ids: Vec<&String> = graph.nodes.keys().collect();
    let position = |id: &String| {
        let found = ids.iter().position(|known| *known == id);
        found.ok_or_else(|| Failure::Wrong(format!("the graph has no node `{id}`")))
    };
    let mut nodes = Vec::new();
    for purl in graph.nodes.values() {
        nodes.push(match purl {
            Value::Null => None,
            Value::String(purl) => {
                Some(PackageUrl::parse(purl).map_err(|error| Failure::Wrong(error.to_string()))?)
            }
            other => return Err(Failure::Wrong(format!("{other} is no node"))),
        });
    }
    let mut parents = vec![Vec::new(); ids.len()];
    for (node, above) in &graph.parents {
        parents[position(node)?] = above.iter().map(position).collect::<Result<_, _>>()?;
    }
    package.node = Some(position(&graph.leaf)?);
    Ok(Graph { nodes, parents, root: position(&graph.root)? })
}
