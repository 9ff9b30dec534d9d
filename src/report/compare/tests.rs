//! The same comparison in every format.

use std::borrow::Cow;

use serde_json::Value;

use super::*;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::evidence::{BaseAnswer, NotProven, PlatformBase, PlatformKey};
use crate::oci::Digest;
use crate::report::{AppliedRun, ErrorPage, FindingSource, HintTexts, ScannedImage};
use crate::vex::gating::judge;
use crate::vex::{
    Applied, AppliedReport, AppliedScan, Decision, Finding, Fix, FoundPackage, Gate, GateResult, ImageFacts,
    Outcome, Profile, Rules, Scan, Scanned, Severity, StatementSet,
};

struct Hints;

impl HintTexts for Hints {
    fn remedy(&self, _: &Remedy) -> Cow<'static, str> {
        "do this".into()
    }

    fn pages(&self) -> &[ErrorPage] {
        &[]
    }
}

fn package(kind: &str, name: &str, version: &str) -> Package {
    Package { kind: kind.to_owned(), namespace: None, name: name.to_owned(), version: version.to_owned() }
}

fn layer(content: &str, size: u64) -> ComparedLayer {
    let digest = Digest::of(content.as_bytes());
    ComparedLayer { digest, size, diff_id: Some(digest) }
}

fn program(path: &str, names: &[&str]) -> Program {
    Program { path: path.to_owned(), names: names.iter().map(|name| (*name).to_owned()).collect() }
}

/// An ordinary image.
fn ordinary() -> ComparedImage {
    let digest = Digest::of(b"ordinary");
    let nothing = NotProven::Nothing {
        claims: false,
        flattened: false,
        own: None,
        candidates: Vec::new(),
        remedy: None,
    };
    ComparedImage {
        reference: "docker.io/library/web:1".to_owned(),
        digest,
        platform: "linux/amd64".to_owned(),
        base: Some(PlatformBase {
            key: PlatformKey { position: 0, digest },
            label: "linux/amd64".to_owned(),
            answer: BaseAnswer::NotDhi(Box::new(nothing)),
            candidates: Vec::new(),
            summaries: Vec::new(),
        }),
        attested: Attested::None,
        layers: vec![layer("base", 48_500_000), layer("apt", 12_000_000)],
        runtime: Ok(Runtime {
            entrypoint: vec!["/entry.sh".to_owned(), "a b".to_owned()],
            ports: vec!["80/tcp".to_owned()],
            ..Runtime::default()
        }),
        files: Ok(Files {
            count: 12_345,
            unpacked: 1_234_567_890,
            user: Ok(ImageUser { name: Some("root".to_owned()), id: 0, group: 0, other_groups: Vec::new() }),
            shells: vec![program("/usr/bin/bash", &["bash"]), program("/usr/bin/dash", &["dash", "sh"])],
            package_managers: vec![program("/usr/bin/apt", &["apt"])],
            privileged: vec![PrivilegedFile {
                path: "/usr/bin/su".to_owned(),
                set_user: true,
                set_group: false,
                capabilities: false,
            }],
            writable: Some(Writable::Everything),
            databases: Databases {
                read: vec!["/var/lib/dpkg/status".to_owned()],
                unread: Vec::new(),
                packages: vec![
                    package("deb", "bash", "5.2"),
                    package("deb", "libc6", "2.40"),
                    package("deb", "zlib1g", "1.3"),
                ],
            },
        }),
        sbom: Ok(None),
    }
}

/// A small image on the same first layer.
fn small() -> ComparedImage {
    let mut image = ordinary();
    image.reference = "registry.example.com/web:2".to_owned();
    image.digest = Digest::of(b"small");
    image.layers.pop();
    image.attested = Attested::Verified;
    if let Ok(runtime) = &mut image.runtime {
        runtime.user = "app".to_owned();
    }
    if let Ok(files) = &mut image.files {
        files.user =
            Ok(ImageUser { name: Some("app".to_owned()), id: 1000, group: 1000, other_groups: Vec::new() });
        files.shells = Vec::new();
        files.package_managers = Vec::new();
        files.privileged = Vec::new();
        files.writable = Some(Writable::Paths {
            paths: vec![WritablePath {
                path: "/home/app".to_owned(),
                by: WritableBy::Owner,
                is_directory: true,
            }],
            temporary: vec!["/tmp".to_owned()],
        });
        files.databases.packages = vec![
            package("deb", "libc6", "2.41"),
            package("deb", "tzdata", "2026a"),
            package("deb", "zlib1g", "1.3"),
        ];
    }
    image
}

fn compared<'a>(from: &'a ComparedImage, to: &'a ComparedImage) -> Comparison<'a> {
    Comparison { from, to, findings: None, texts: &Hints }
}

/// What a run over one image has.
struct Scanning {
    applied: Applied,
    rules: Rules,
    gate: Gate,
    result: GateResult,
}

impl Scanning {
    fn new(findings: &[(&str, Severity, Outcome)]) -> Self {
        let (findings, decisions) = findings
            .iter()
            .map(|(id, severity, outcome)| {
                let finding = Finding {
                    id: (*id).to_owned(),
                    aliases: Vec::new(),
                    package: FoundPackage {
                        name: "libc6".to_owned(),
                        version: Some("2.40".to_owned()),
                        ..FoundPackage::default()
                    },
                    severity: *severity,
                    fix: Fix::Unknown,
                    published: None,
                    known_exploited: None,
                    scores: Vec::new(),
                    epss: None,
                };
                let decision = Decision {
                    outcome: *outcome,
                    ruling: None,
                    reason: None,
                    conflict: false,
                    considered: Vec::new(),
                    near_miss: None,
                    warnings: Vec::new(),
                };
                (finding, decision)
            })
            .unzip();
        let scan = Scan {
            subject: Scanned::default(),
            findings,
            suppressed_before: 0,
            graph: None,
            not_scanned: None,
        };
        let scans = vec![AppliedScan { scan, facts: ImageFacts::default(), decisions }];
        let reports = vec![AppliedReport { name: "report".to_owned(), scans }];
        let applied = Applied { reports, statements: StatementSet::new(Vec::new()) };
        let result = judge(&applied, &Gate::default(), None);
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let rules = Rules { profile: Profile::Dhi, lenient: false, require_verified: false, now };
        Self { applied, rules, gate: Gate::default(), result }
    }

    fn image(&self) -> ScannedImage<'_> {
        let run = AppliedRun {
            applied: &self.applied,
            rules: &self.rules,
            gate: &self.gate,
            result: &self.result,
            shown: crate::report::Shown::default(),
            problems: &[],
            incomplete: &[],
            texts: &Hints,
        };
        scanned(Ok(run))
    }
}

fn scanned<'a>(result: Result<AppliedRun<'a>, &'a Diagnostic>) -> ScannedImage<'a> {
    ScannedImage {
        reference: String::new(),
        digest: None,
        source: Some(FindingSource::File { name: "report".to_owned() }),
        evidence: None,
        base: None,
        result,
    }
}

#[test]
fn the_table_has_the_facts_and_the_changes() {
    let (from, to) = (ordinary(), small());
    let (before, after) = (
        Scanning::new(&[
            ("CVE-1", Severity::Critical, Outcome::Kept),
            ("CVE-2", Severity::Low, Outcome::Kept),
            ("CVE-3", Severity::High, Outcome::Kept),
        ]),
        Scanning::new(&[
            ("CVE-2", Severity::Low, Outcome::Kept),
            ("CVE-3", Severity::High, Outcome::Suppressed),
            ("CVE-4", Severity::High, Outcome::Kept),
        ]),
    );
    let (before, after) = (before.image(), after.image());
    let comparison = Comparison { findings: Some([&before, &after]), ..compared(&from, &to) };
    let table = comparison.table(Style::default());
    let expected = "\
  from  docker.io/library/web:1  sha256:FROM
  to    registry.example.com/web:2  sha256:TO

  FACT              FROM                                            TO
  proven            neither hardened nor built on a hardened image  neither hardened nor built on a hardened image
  attestations      none                                            signed by a trusted signer
  platform          linux/amd64                                     linux/amd64
  compressed size   60.5 MB                                         48.5 MB
  unpacked size     1.2 GB                                          1.2 GB
  files             12345                                           12345
  layers            2                                               1, the first shared (48.5 MB)
  packages          3 of dpkg and apk                               3 of dpkg and apk
  user              root: 0:0 (root)                                1000:1000 (app)
  entrypoint        /entry.sh 'a b'                                 /entry.sh 'a b'
  command           none                                            none
  exposed ports     1: 80/tcp                                       1: 80/tcp
  shells            2: /usr/bin/bash, /usr/bin/dash (as dash, sh)     none by name
  package managers  1: /usr/bin/apt                                 none by name
  privileged files  1: /usr/bin/su (set-user-ID)                    none
  writable paths    all: the user is root                           1: /home/app (owner); temporary: /tmp
  findings          3: 1 critical, 1 high, 1 low; 0 suppressed      2: 1 high, 1 low; 1 suppressed
  scan              findings of report                              findings of report

  CHANGE   PACKAGE     FROM  TO
  changed  deb libc6   2.40  2.41
  added    deb tzdata  -     2026a
  removed  deb bash    5.2   -

  CHANGE  FINDING  SEVERITY  PACKAGE     IN THE OTHER IMAGE
  new     CVE-4    high      libc6 2.40  not reported
  gone    CVE-1    critical  libc6 2.40  not reported
  gone    CVE-3    high      libc6 2.40  suppressed

  FINDINGS   BY SEVERITY
  gone       2: 1 critical, 1 high
  new        1: 1 high
  unchanged  1: 1 low

  compared  packages: 1 removed, 1 added, 1 changed, 1 equal; findings: 2 gone, 1 new, 1 unchanged
  pass  2 of 3 findings remain; no gate is set
";
    let table = table.replace(&from.digest.hex(), "FROM").replace(&to.digest.hex(), "TO");
    let squeezed = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(squeezed(&table), squeezed(expected), "{table}");
    let markdown = comparison.markdown();
    for part in [
        "## dhi: packages: 1 removed, 1 added, 1 changed, 1 equal; findings: 2 gone, 1 new, 1 unchanged\n",
        "| user | root: `0:0` (root) | `1000:1000` (app) |\n",
        "| gone | 2: 1 critical, 1 high |\n",
        "| `gone` | `CVE-3` | `high` | `libc6 2.40` | `suppressed` |\n",
        "| `changed` | `deb libc6` | `2.40` | `2.41` |\n",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    let json: Value = serde_json::from_str(&comparison.json()).unwrap();
    assert_eq!(json["findings"]["gone"][1]["inOther"], "suppressed");
    assert_eq!(json["findings"]["bySeverity"]["gone"]["critical"], 1);
    assert_eq!(json["to"]["findings"]["suppressed"], 1);
    assert_eq!(json["sharedLayers"]["count"], 1);
    assert_eq!(json["packages"]["changes"]["changed"][0]["to"][0], "2.41");
    assert_eq!(json["to"]["files"]["writable"]["paths"][0]["by"], "owner");
}

#[test]
fn what_is_unknown_is_never_none() {
    let (from, mut to) = (ordinary(), small());
    let unread = Diagnostic::new(Code::LIMITS_EXCEEDED, "layer 2 cannot be read");
    to.files = Err(unread.clone());
    let failed = Diagnostic::new(Code::VEX_REPORT, "no report");
    let scan = Scanning::new(&[("CVE-1", Severity::High, Outcome::Kept)]);
    let (before, after) = (scan.image(), scanned(Err(&failed)));
    let comparison = Comparison { findings: Some([&before, &after]), ..compared(&from, &to) };
    let table = comparison.table(Style::default());
    for fact in [
        "unpacked size",
        "shells",
        "package managers",
        "privileged files",
        "writable paths",
        "packages",
        "findings",
    ] {
        let line = table.lines().find(|line| line.trim_start().starts_with(fact)).unwrap();
        assert!(line.ends_with("  unknown"), "{line}");
    }
    for part in [
        "layer 2 cannot be read",
        "no report",
        "packages: not compared, since both lists must be from the same kind of source; \
         findings: not compared, since those of one image are unknown",
    ] {
        assert!(table.contains(part), "{part}\n{table}");
        assert!(comparison.markdown().contains(part.split(',').next().unwrap()), "{part}");
    }
    let json: Value = serde_json::from_str(&comparison.json()).unwrap();
    assert_eq!(json["to"]["files"], Value::Null);
    assert_eq!(json["to"]["unknown"]["files"]["code"], "limits/exceeded");
    assert_eq!(json["to"]["unknown"]["findings"]["code"], "vex/report");
    assert_eq!(json["findings"], Value::Null);
    assert_eq!(json["packages"]["changes"], Value::Null);
    assert_eq!(json["packages"]["to"]["source"], Value::Null);
}

#[test]
fn packages_are_compared_from_one_kind_of_source() {
    let change = |from: &ComparedImage, to: &ComparedImage| {
        let json: Value = serde_json::from_str(&compared(from, to).json()).unwrap();
        let packages = &json["packages"];
        let source = |side: &str| packages[side]["source"].as_str().unwrap_or("none").to_owned();
        (source("from"), source("to"), packages["changes"].is_object())
    };
    let named = |from: &str, to: &str, changes| (from.to_owned(), to.to_owned(), changes);
    let with_sbom = |mut image: ComparedImage| {
        image.sbom = Ok(Some(vec![package("deb", "libc6", "2.40")]));
        image
    };
    let without_database = |mut image: ComparedImage| {
        if let Ok(files) = &mut image.files {
            files.databases = Databases::default();
        }
        image
    };
    let with_rpm = |mut image: ComparedImage| {
        if let Ok(files) = &mut image.files {
            files.databases.unread = vec!["/var/lib/rpm/rpmdb.sqlite".to_owned()];
        }
        image
    };
    for (from, to, expected) in [
        (with_sbom(ordinary()), with_sbom(small()), named("sbom", "sbom", true)),
        (ordinary(), with_sbom(small()), named("databases", "databases", true)),
        (ordinary(), with_sbom(without_database(small())), named("databases", "sbom", false)),
        (ordinary(), without_database(small()), named("databases", "none", false)),
        (with_rpm(ordinary()), small(), named("none", "databases", false)),
        (with_rpm(with_sbom(ordinary())), with_sbom(small()), named("sbom", "sbom", true)),
    ] {
        assert_eq!(change(&from, &to), expected);
    }
}

#[test]
fn layers_are_shared_by_content_from_the_first_on() {
    let shared = |from: &[ComparedLayer], to: &[ComparedLayer]| {
        let (mut one, mut other) = (ordinary(), small());
        one.layers = from.to_vec();
        other.layers = to.to_vec();
        let json: Value = serde_json::from_str(&compared(&one, &other).json()).unwrap();
        (json["sharedLayers"]["count"].as_u64().unwrap(), json["sharedLayers"]["size"].as_u64().unwrap())
    };
    let (a, b) = (layer("a", 10), layer("b", 20));
    let again = ComparedLayer { digest: Digest::of(b"other compression"), size: 7, ..a };
    let unknown = ComparedLayer { diff_id: None, ..again };
    assert_eq!(shared(&[a, b], &[a, b]), (2, 30));
    assert_eq!(shared(&[a, b], &[again, a]), (1, 7));
    assert_eq!(shared(&[b, a], &[a]), (0, 0));
    assert_eq!(shared(&[a], &[unknown]), (0, 0));
    assert_eq!(shared(&[unknown], &[unknown]), (1, 7));
}

#[test]
fn text_from_outside_stays_text() {
    const EVIL: &str = "a`|\n<b>\u{1b}[2J";
    let (mut from, to) = (ordinary(), small());
    from.reference = EVIL.to_owned();
    if let Ok(files) = &mut from.files {
        files.shells = vec![program(EVIL, &["sh"])];
        files.databases.packages = vec![package("deb", EVIL, EVIL)];
    }
    if let Ok(runtime) = &mut from.runtime {
        runtime.entrypoint = vec![EVIL.to_owned()];
    }
    let comparison = compared(&from, &to);
    for text in [comparison.table(Style::default()), comparison.markdown(), comparison.json()] {
        assert!(!text.contains('\u{1b}') && !text.contains("\n<b>"), "{text}");
    }
    let markdown = comparison.markdown();
    assert!(
        markdown.lines().filter(|line| line.contains("<b>")).all(|line| line.starts_with("| ")),
        "{markdown}"
    );
}
