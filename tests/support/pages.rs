//! Reports and VEX documents for the tests of HTML pages.

use serde_json::{Value, json};

/// Findings of one package.
const PER_PACKAGE: usize = 5;

/// Text that is dangerous in HTML, in attributes and scripts, and to readers.
pub(crate) const HOSTILE: &str = "</code></td></script></title></style>\"'><img src=x onerror=hacked()><script>hacked()</script><b \
     id=injected>&lt;&#0;\u{0}\u{1b}[2J\u{202e}\u{2028}]]>-->`<i id=injected>`{{7*7}} javascript:hacked()";

/// A report of Grype with this many findings. Every severity, fix state and length of text occurs.
pub(crate) fn report(findings: usize) -> Value {
    let severities = ["Critical", "High", "Medium", "Low", "Negligible", "Unknown"];
    let fixes = [
        ("fixed", json!(["9.1"])),
        ("not-fixed", json!([])),
        ("wont-fix", json!([])),
        ("unknown", json!([])),
    ];
    let matches = (0..findings).map(|at| {
        let (state, versions) = &fixes[at / PER_PACKAGE % fixes.len()];
        let name = format!("package-{}", at / PER_PACKAGE);
        json!({
            "vulnerability": {
                "id": id(at), "severity": severities[at % severities.len()],
                "fix": { "state": state, "versions": versions },
            },
            "relatedVulnerabilities": [],
            "artifact": {
                "name": name, "version": "1.0", "type": "npm", "purl": format!("pkg:npm/{name}@1.0"),
                "locations": [{ "path": format!("/app/node_modules/{name}/package.json") }],
            },
        })
    });
    around(&matches.collect::<Vec<_>>())
}

/// A document with a statement about three of every four findings of [`report`].
pub(crate) fn document(findings: usize) -> Value {
    let statements = (0..findings).filter(|at| at % 4 != 3).map(|at| {
        let name = format!("package-{}", at / PER_PACKAGE);
        let mut statement = json!({
            "vulnerability": { "name": id(at) }, "products": [{ "@id": format!("pkg:npm/{name}@1.0") }],
        });
        let more = match at % 4 {
            0 => json!({
                "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path",
                "impact_statement": format!("No file of {name} is read from outside."),
            }),
            1 => json!({ "status": "fixed" }),
            _ => json!({ "status": "affected", "action_statement": format!("Update {name} to 9.1.") }),
        };
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        statement
    });
    openvex(&statements.collect::<Vec<_>>())
}

/// A report and a document with text of `hostile` in every field that a page shows.
pub(crate) fn hostile(hostile: &str) -> (Value, Value) {
    let of = |id: &str, name: &str| {
        json!({
            "vulnerability": {
                "id": id, "severity": "High", "fix": { "state": "fixed", "versions": [hostile, hostile] },
            },
            "relatedVulnerabilities": [{ "id": hostile }],
            "artifact": {
                "name": name, "version": hostile, "type": "npm", "purl": "pkg:npm/table@1.0",
                "locations": [{ "path": hostile }], "upstreams": [{ "name": hostile, "version": hostile }],
            },
        })
    };
    let matches = [
        of("CVE-2026-1001", "table"),
        of("CVE-2026-1002", hostile),
        of("CVE-2026-1003", "x"),
        of(hostile, "x"),
    ];
    let statement = |id: &str, more: Value| {
        let mut statement = json!({
            "@id": hostile, "vulnerability": { "name": id, "aliases": [hostile] },
            "products": [{ "@id": "pkg:npm/table@1.0" }], "status_notes": hostile,
        });
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        statement
    };
    let mut document = openvex(&[
        statement("CVE-2026-1001", json!({ "status": "not_affected", "impact_statement": hostile })),
        statement("CVE-2026-1002", json!({ "status": "affected", "action_statement": hostile })),
        json!({
            "vulnerability": { "name": "CVE-2026-1003" }, "status": "affected", "action_statement": hostile,
            "products": [{ "@id": hostile }],
        }),
    ]);
    document["author"] = hostile.into();
    document["@id"] = hostile.into();
    let mut report = around(&matches);
    report["source"]["target"]["userInput"] = hostile.into();
    report["source"]["target"]["repoDigests"] = json!([hostile]);
    (report, document)
}

fn id(at: usize) -> String {
    format!("CVE-2026-{}", 10_000 + at)
}

fn around(matches: &[Value]) -> Value {
    let digest = format!("registry.example/shop@sha256:{}", "5".repeat(64));
    json!({
        "matches": matches,
        "source": { "type": "image", "target": {
            "userInput": "registry.example/shop:1", "repoDigests": [digest], "tags": [], "layers": [],
        } },
        "distro": { "name": "debian", "version": "13" },
        "descriptor": { "name": "grype", "version": "0.110.0" },
    })
}

fn openvex(statements: &[Value]) -> Value {
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "Acme",
        "timestamp": "2026-09-01T00:00:00Z", "version": 1, "statements": statements,
    })
}
