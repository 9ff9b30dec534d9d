//! The JSON document of a comparison, with the schema `docs/schemas/compare-1.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparison::{ComparedFindings, Comparison};
use super::image::{
    Attested, ComparedImage, Databases, Files, Package, PrivilegedFile, Program, Runtime, Writable,
};
use super::package_changes::ComparedPackages;
use crate::evidence::BaseAnswer;
use crate::report::HintTexts;
use crate::report::ScannedImage;
use crate::report::json::{DiagnosticJson, text};
use crate::report::scan::words::Severities;
use crate::vex::{Finding, FindingChange, FindingChanges, InOther, Severity};

/// Version of the schema.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    /// Of the scanned image.
    verdict: Option<&'static str>,
    exit_code: u8,
    from: ImageJson<'a>,
    to: ImageJson<'a>,
    shared_layers: SharedLayersJson,
    packages: PackagesJson<'a>,
    findings: Option<FindingsJson<'a>>,
    problems: Vec<ProblemJson>,
}

/// What is wrong with the VEX of an image.
#[derive(Serialize)]
struct ProblemJson {
    image: &'static str,
    #[serde(flatten)]
    problem: DiagnosticJson,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct SharedLayersJson {
    count: usize,
    size: u64,
}

/// What is unknown is `null`, and `unknown` has the reason.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageJson<'a> {
    reference: &'a str,
    digest: String,
    platform: &'a str,
    answer: Option<&'static str>,
    base: Option<String>,
    signers: Vec<&'a str>,
    attestations: &'static str,
    compressed_size: u64,
    layers: Vec<LayerJson>,
    runtime: Option<RuntimeJson<'a>>,
    files: Option<FilesJson<'a>>,
    findings: Option<CountsJson>,
    unknown: BTreeMap<&'static str, DiagnosticJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LayerJson {
    digest: String,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeJson<'a> {
    user: &'a str,
    entrypoint: &'a [String],
    command: &'a [String],
    exposed_ports: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilesJson<'a> {
    count: u64,
    unpacked_size: u64,
    user: Option<UserJson<'a>>,
    shells: Vec<ProgramJson<'a>>,
    package_managers: Vec<ProgramJson<'a>>,
    privileged: Vec<PrivilegedJson<'a>>,
    writable: Option<WritableJson<'a>>,
    databases: DatabasesJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserJson<'a> {
    name: Option<&'a str>,
    id: u64,
    group: u64,
    other_groups: &'a [u64],
    is_root: bool,
}

#[derive(Serialize)]
struct ProgramJson<'a> {
    path: &'a str,
    names: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivilegedJson<'a> {
    path: &'a str,
    set_user: bool,
    set_group: bool,
    capabilities: bool,
}

#[derive(Serialize)]
struct WritableJson<'a> {
    everything: bool,
    paths: Vec<WritablePathJson<'a>>,
    temporary: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WritablePathJson<'a> {
    path: &'a str,
    by: &'static str,
    is_directory: bool,
}

#[derive(Serialize)]
struct DatabasesJson<'a> {
    read: &'a [String],
    unread: &'a [String],
}

#[derive(Serialize)]
struct PackagesJson<'a> {
    from: SourceJson,
    to: SourceJson,
    changes: Option<PackageChangesJson<'a>>,
}

/// Where the packages of one image are known from.
#[derive(Serialize)]
struct SourceJson {
    source: Option<&'static str>,
    count: Option<usize>,
}

#[derive(Serialize)]
struct PackageChangesJson<'a> {
    removed: Vec<PackageJson<'a>>,
    added: Vec<PackageJson<'a>>,
    changed: Vec<ChangedPackageJson<'a>>,
    equal: Vec<PackageJson<'a>>,
}

#[derive(Serialize)]
struct PackageJson<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct ChangedPackageJson<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    name: &'a str,
    from: &'a [&'a str],
    to: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingsJson<'a> {
    gone: Vec<FindingJson<'a>>,
    new: Vec<FindingJson<'a>>,
    unchanged: Vec<FindingJson<'a>>,
    by_severity: BySeverityJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingJson<'a> {
    id: &'a str,
    severity: &'static str,
    package: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_other: Option<&'static str>,
}

/// The number of findings of each severity that occurs.
type SeveritiesJson = BTreeMap<&'static str, usize>;

#[derive(Serialize)]
struct BySeverityJson {
    gone: SeveritiesJson,
    new: SeveritiesJson,
    unchanged: SeveritiesJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountsJson {
    remaining: SeveritiesJson,
    suppressed: usize,
}

/// Renders the document, which ends with a line feed.
pub(super) fn json(comparison: &Comparison<'_>) -> String {
    let shared = comparison.shared_layers();
    let packages = comparison.packages();
    let findings = comparison.compared_findings();
    let [of_from, of_to] = comparison.findings.map_or([None, None], |findings| findings.map(Some));
    text(&Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "dhi", version: env!("CARGO_PKG_VERSION") },
        verdict: of_to.map(|scanned| scanned.kind().id()),
        exit_code: comparison.exit().code(),
        from: ImageJson::new(comparison.from, of_from, comparison.texts),
        to: ImageJson::new(comparison.to, of_to, comparison.texts),
        shared_layers: SharedLayersJson { count: shared.count, size: shared.size },
        packages: PackagesJson::new(&packages),
        findings: match &findings {
            ComparedFindings::Changes(changes) => Some(FindingsJson::new(changes)),
            ComparedFindings::NotScanned | ComparedFindings::Unknown => None,
        },
        problems: problems("from", of_from, comparison.texts)
            .chain(problems("to", of_to, comparison.texts))
            .collect(),
    })
}

fn problems<'a>(
    image: &'static str,
    scanned: Option<&'a ScannedImage<'_>>,
    texts: &'a dyn HintTexts,
) -> impl Iterator<Item = ProblemJson> + 'a {
    let run = scanned.and_then(|scanned| scanned.result.as_ref().ok());
    let problems = run.into_iter().flat_map(|run| run.incomplete.iter().chain(run.problems));
    problems.map(move |found| ProblemJson { image, problem: DiagnosticJson::new(found, texts) })
}

impl<'a> ImageJson<'a> {
    fn new(image: &'a ComparedImage, scanned: Option<&ScannedImage<'_>>, texts: &dyn HintTexts) -> Self {
        let answer = image.base.as_ref().map(|base| &base.answer);
        let (base, hardened) = match answer {
            Some(BaseAnswer::Dhi(hardened)) => (None, Some(hardened)),
            Some(BaseAnswer::DhiBased(base)) => (Some(format!("{base:#}")), Some(&base.hardened)),
            _ => (None, None),
        };
        let mut unknown: BTreeMap<&'static str, DiagnosticJson> = Comparison::unknown(image)
            .into_iter()
            .map(|(fact, found)| (fact, DiagnosticJson::new(&found, texts)))
            .collect();
        if let Some(Err(found)) = scanned.map(|scanned| &scanned.result) {
            unknown.insert("findings", DiagnosticJson::new(found, texts));
        }
        Self {
            reference: &image.reference,
            digest: image.digest.to_string(),
            platform: &image.platform,
            answer: answer.map(BaseAnswer::as_str),
            base,
            signers: hardened.iter().flat_map(|hardened| &hardened.signers).map(String::as_str).collect(),
            attestations: match image.attested {
                Attested::Verified => "verified",
                Attested::Unverified => "unverified",
                Attested::None => "none",
                Attested::Unknown => "unknown",
            },
            compressed_size: image.layers.iter().map(|layer| layer.size).sum(),
            layers: image
                .layers
                .iter()
                .map(|layer| LayerJson {
                    digest: layer.digest.to_string(),
                    size: layer.size,
                    diff_id: layer.diff_id.map(|digest| digest.to_string()),
                })
                .collect(),
            runtime: image.runtime.as_ref().ok().map(RuntimeJson::new),
            files: image.files.as_ref().ok().map(FilesJson::new),
            findings: scanned.and_then(CountsJson::new),
            unknown,
        }
    }
}

impl<'a> RuntimeJson<'a> {
    fn new(runtime: &'a Runtime) -> Self {
        let Runtime { user, entrypoint, command, ports } = runtime;
        Self { user, entrypoint, command, exposed_ports: ports }
    }
}

impl<'a> FilesJson<'a> {
    fn new(files: &'a Files) -> Self {
        let Databases { read, unread, .. } = &files.databases;
        Self {
            count: files.count,
            unpacked_size: files.unpacked,
            user: files.user.as_ref().ok().map(|user| UserJson {
                name: user.name.as_deref(),
                id: user.id,
                group: user.group,
                other_groups: &user.other_groups,
                is_root: user.id == 0,
            }),
            shells: programs(&files.shells),
            package_managers: programs(&files.package_managers),
            privileged: files.privileged.iter().map(privileged).collect(),
            writable: files.writable.as_ref().map(WritableJson::new),
            databases: DatabasesJson { read, unread },
        }
    }
}

fn programs(programs: &[Program]) -> Vec<ProgramJson<'_>> {
    programs.iter().map(|Program { path, names }| ProgramJson { path, names }).collect()
}

fn privileged(file: &PrivilegedFile) -> PrivilegedJson<'_> {
    let PrivilegedFile { path, set_user, set_group, capabilities } = file;
    PrivilegedJson { path, set_user: *set_user, set_group: *set_group, capabilities: *capabilities }
}

impl<'a> WritableJson<'a> {
    fn new(writable: &'a Writable) -> Self {
        match writable {
            Writable::Everything => Self { everything: true, paths: Vec::new(), temporary: &[] },
            Writable::Paths { paths, temporary } => Self {
                everything: false,
                paths: paths
                    .iter()
                    .map(|path| WritablePathJson {
                        path: &path.path,
                        by: path.by.as_str(),
                        is_directory: path.is_directory,
                    })
                    .collect(),
                temporary,
            },
        }
    }
}

impl<'a> PackagesJson<'a> {
    fn new(packages: &'a ComparedPackages<'a>) -> Self {
        let source = |list: super::package_changes::PackageList<'_>| SourceJson {
            source: list.id(),
            count: list.packages().map(<[Package]>::len),
        };
        let all = |packages: &[&'a Package]| packages.iter().copied().map(package).collect();
        Self {
            from: source(packages.from),
            to: source(packages.to),
            changes: packages.changes.as_ref().map(|changes| PackageChangesJson {
                removed: all(&changes.removed),
                added: all(&changes.added),
                changed: changes
                    .changed
                    .iter()
                    .map(|changed| ChangedPackageJson {
                        kind: &changed.package.kind,
                        namespace: changed.package.namespace.as_deref(),
                        name: &changed.package.name,
                        from: &changed.from,
                        to: &changed.to,
                    })
                    .collect(),
                equal: all(&changes.equal),
            }),
        }
    }
}

fn package(package: &Package) -> PackageJson<'_> {
    let Package { kind, namespace, name, version } = package;
    PackageJson { kind, namespace: namespace.as_deref(), name, version }
}

impl<'a> FindingsJson<'a> {
    fn new(changes: &FindingChanges<'a>) -> Self {
        let changed = |list: &[FindingChange<'a>]| {
            list.iter().map(|one| finding(one.finding, Some(one.other))).collect()
        };
        let counts = |list: &[FindingChange<'a>]| severities(list.iter().map(|one| one.finding));
        Self {
            gone: changed(&changes.gone),
            new: changed(&changes.new),
            unchanged: changes.unchanged.iter().map(|one| finding(one, None)).collect(),
            by_severity: BySeverityJson {
                gone: counts(&changes.gone),
                new: counts(&changes.new),
                unchanged: severities(changes.unchanged.iter().copied()),
            },
        }
    }
}

fn finding(finding: &Finding, other: Option<InOther>) -> FindingJson<'_> {
    FindingJson {
        id: &finding.id,
        severity: finding.severity.id(),
        package: &finding.package.name,
        version: finding.package.version.as_deref(),
        purl: finding.package.purl.as_ref().map(ToString::to_string),
        in_other: other.map(|other| match other {
            InOther::Suppressed => "suppressed",
            InOther::NotReported => "not-reported",
        }),
    }
}

impl CountsJson {
    /// `None`: the findings are unknown.
    fn new(scanned: &ScannedImage<'_>) -> Option<Self> {
        scanned.result.as_ref().ok()?;
        let [before, after] = scanned.severities();
        Some(Self { remaining: counts(after), suppressed: before.total().saturating_sub(after.total()) })
    }
}

fn severities<'a>(findings: impl Iterator<Item = &'a Finding>) -> SeveritiesJson {
    counts(findings.collect())
}

fn counts(severities: Severities) -> SeveritiesJson {
    let counts = Severity::ALL.iter().map(|severity| (severity.id(), severities.of(*severity)));
    counts.filter(|(_, count)| *count > 0).collect()
}
