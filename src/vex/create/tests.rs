//! What is written is read again as it was meant.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::vex::document::{self, InvalidStatement};
use crate::vex::lint::FormFault;
use crate::vex::{Error, Justification, PackageUrl, Status};

fn new() -> NewStatements {
    NewStatements {
        vulnerabilities: vec!["CVE-2026-9".to_owned()],
        aliases: Vec::new(),
        products: vec!["pkg:npm/new@1".to_owned()],
        subcomponents: Vec::new(),
        status: Status::Fixed,
        status_notes: None,
        justification: None,
        impact_statement: None,
        action_statement: None,
    }
}

fn time() -> Timestamp {
    "2026-11-30T10:00:00Z".parse().unwrap()
}

fn amended(text: &str) -> Result<String, CreateError> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    amend(&bytes, "`x.json`", &new(), time()).map(|written| String::from_utf8(written).unwrap())
}

/// The text that is added to a minified document.
const ADDED: &str = r#"{"vulnerability":{"name":"CVE-2026-9"},"timestamp":"2026-11-30T10:00:00Z","products":[{"@id":"pkg:npm/new@1"}],"status":"fixed"}"#;

#[test]
fn a_new_document_is_valid_and_depends_on_its_content() {
    let content = NewStatements {
        vulnerabilities: vec!["CVE-2026-1".to_owned(), "CVE-2026-2".to_owned(), "CVE-2026-1".to_owned()],
        products: vec![
            "pkg:npm/a@1".to_owned(),
            "pkg:npm/a@1".to_owned(),
            "registry.example:5000/shop/web:1.2".to_owned(),
        ],
        subcomponents: vec!["pkg:deb/debian/libc6@2.41-1?arch=amd64".to_owned()],
        status: Status::NotAffected,
        justification: Some(Justification::ComponentNotPresent),
        impact_statement: Some("i \"quoted\"\n".to_owned()),
        status_notes: Some("n".to_owned()),
        ..new()
    };
    let text = create(&content, Some("Acme <vex@acme.example>"), None, time()).unwrap();
    assert_eq!(create(&content, Some("Acme <vex@acme.example>"), None, time()).unwrap(), text);
    assert_ne!(create(&content, Some("Other"), None, time()).unwrap(), text);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(value["@id"].as_str().unwrap().starts_with("https://openvex.dev/docs/public/vex-"));
    assert_eq!((&value["version"], &value["author"]), (&1.into(), &"Acme <vex@acme.example>".into()));
    let document = document::read(&Bytes::from(text), "x").unwrap().remove(0);
    assert_eq!(document.remarks, []);
    assert_eq!(document.statements.len(), 2);
    for statement in &document.statements {
        assert_eq!(document::validate(statement), Ok(()));
        assert_eq!(statement.timestamp, Some(time()));
        assert_eq!(statement.impact_statement.as_deref(), Some("i \"quoted\"\n"));
        assert_eq!(statement.products.get().len(), 2);
        assert!(statement.products.get().iter().all(|product| product.subcomponents.len() == 1));
    }
}

#[test]
fn images_become_package_urls() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    for (text, expected) in [
        (
            "python:3.13".to_owned(),
            "pkg:oci/python?repository_url=docker.io%2Flibrary%2Fpython&tag=3.13".to_owned(),
        ),
        (
            "localhost:5000/demo".to_owned(),
            "pkg:oci/demo?repository_url=localhost%3A5000%2Fdemo&tag=latest".to_owned(),
        ),
        (
            format!("dhi.io/python:3.13@{digest}"),
            format!("pkg:oci/python@{digest}?repository_url=dhi.io%2Fpython"),
        ),
    ] {
        let written = product::product(&text).unwrap();
        assert_eq!(PackageUrl::parse(&written).unwrap(), PackageUrl::parse(&expected).unwrap(), "{written}");
    }
    assert_eq!(product::product(&digest).unwrap(), digest);
    assert_eq!(product::product("pkg:npm/%40acme/table@7").unwrap(), "pkg:npm/%40acme/table@7");
}

#[test]
fn what_cannot_match_or_is_not_valid_is_refused() {
    let refused = |change: &dyn Fn(&mut NewStatements)| {
        let mut content = new();
        change(&mut content);
        create(&content, None, None, time()).unwrap_err()
    };
    let form = |text: &str| {
        let text = text.to_owned();
        refused(&move |content| content.products = vec![text.clone()])
    };
    assert!(matches!(form("pkg:npm/router@<7.2"), CreateError::Form { fault: FormFault::Range, .. }));
    assert!(matches!(
        form("pkg:npm/%40acme%2Ftable@1"),
        CreateError::Form { fault: FormFault::NamespaceInName, .. }
    ));
    assert!(matches!(form("cpe:2.3:a:x"), CreateError::Form { fault: FormFault::Cpe, .. }));
    assert!(matches!(form("pkg:npm"), CreateError::Document(Error::PackageUrl { .. })));
    assert!(matches!(form("Unknown Product"), CreateError::Product { .. }));
    assert!(matches!(form("oci:layout:1.0"), CreateError::Product { .. }));
    assert!(matches!(form("openssl"), CreateError::Product { .. }));
    assert_eq!(refused(&|content| content.products.clear()), CreateError::NoProduct);
    let error = refused(&|content| content.subcomponents = vec!["libc6".to_owned()]);
    assert_eq!(
        error.to_string(),
        "`libc6` is not a product: it is not a package URL, which begins with `pkg:`"
    );
    assert_eq!(
        refused(&|content| content.vulnerabilities[0].push(' ')),
        CreateError::Vulnerability("CVE-2026-9 ".to_owned())
    );
    let aliases = refused(&|content| {
        content.vulnerabilities.push("CVE-2026-1".to_owned());
        content.aliases.push("GHSA-1".to_owned());
    });
    assert_eq!(aliases, CreateError::AliasesOfSeveral);
    let without_reason = refused(&|content| content.status = Status::NotAffected);
    assert_eq!(without_reason, CreateError::Invalid(InvalidStatement::NoReason));
    let empty = refused(&|content| content.status_notes = Some(" ".to_owned()));
    assert_eq!(empty, CreateError::Empty("status notes"));
    assert_eq!(create(&new(), Some(""), None, time()), Err(CreateError::Empty("author")));
    assert_eq!(create(&new(), None, Some("no iri"), time()), Err(CreateError::Id("no iri".to_owned())));
    assert!(create(&new(), None, Some("urn:x:1"), time()).unwrap().contains(r#""@id": "urn:x:1""#));
}

#[test]
fn a_minified_document_stays_minified() {
    let text = r#"{"@context":"https://openvex.dev/ns/v0.2.0","x":[1.50,"\u003c"],"statements":[{"vulnerability":{"name":"CVE-1"},"status":"fixed"},{"timestamp":"2026-02-01T00:00:00Z","status":"fixed"},{"timestamp":null}],"timestamp":"2026-01-01T02:00:00+02:00","last_updated":"2026-02-01T00:00:00Z","version":156}"#;
    let expected = text
        .replace(r#"[{"vulnerability""#, r#"[{"timestamp":"2026-01-01T02:00:00+02:00","vulnerability""#)
        .replace(
            r#"{"timestamp":null}]"#,
            &format!(r#"{{"timestamp":"2026-01-01T02:00:00+02:00"}},{ADDED}]"#),
        )
        .replace(r#""last_updated":"2026-02-01T00:00:00Z""#, r#""last_updated":"2026-11-30T10:00:00Z""#)
        .replace("156", "157");
    assert_eq!(amended(text).unwrap(), expected);
}

#[test]
fn an_indented_document_keeps_its_indentation_and_line_ends() {
    let lines = [
        "\u{feff}{",
        "    \"version\": 1,",
        "    \"statements\": [",
        "        {",
        "            \"status\": \"fixed\"",
        "        }",
        "    ]",
        "}",
        "",
    ];
    let expected = [
        "\u{feff}{",
        "    \"version\": 2,",
        "    \"last_updated\": \"2026-11-30T10:00:00Z\",",
        "    \"statements\": [",
        "        {",
        "            \"status\": \"fixed\"",
        "        },",
        "        {",
        "            \"vulnerability\": {",
        "                \"name\": \"CVE-2026-9\"",
        "            },",
        "            \"timestamp\": \"2026-11-30T10:00:00Z\",",
        "            \"products\": [",
        "                {",
        "                    \"@id\": \"pkg:npm/new@1\"",
        "                }",
        "            ],",
        "            \"status\": \"fixed\"",
        "        }",
        "    ]",
        "}",
        "",
    ];
    for end in ["\n", "\r\n"] {
        assert_eq!(amended(&lines.join(end)).unwrap(), expected.join(end));
    }
}

#[test]
fn a_document_without_statements_or_version_gets_them() {
    let written = amended(r#"{"statements":[ ],"version":null}"#).unwrap();
    assert_eq!(
        written,
        format!(r#"{{"statements":[{ADDED}],"version":2,"last_updated":"2026-11-30T10:00:00Z"}}"#)
    );
    let written = amended(r#"{"timestamp":"2026-01-01T00:00:00Z","statements":[{}]}"#).unwrap();
    let expected = format!(
        r#"{{"version":2,"timestamp":"2026-01-01T00:00:00Z","last_updated":"2026-11-30T10:00:00Z","statements":[{{"timestamp":"2026-01-01T00:00:00Z"}},{ADDED}]}}"#
    );
    assert_eq!(written, expected);
}

#[test]
fn documents_that_cannot_take_statements_are_refused() {
    for (text, cause) in [
        (
            r#"{"statements":[{"vulnerability":"CVE-1","products":["pkg:npm/a"],"status":"fixed"}]}"#,
            "it is OpenVEX 0.0.1",
        ),
        (r#"{"document":{"csaf_version":"2.0"}}"#, "it is CSAF"),
        (r#"{"bomFormat":"CycloneDX"}"#, "it is CycloneDX"),
        ("{\"statements\":[]}\n{\"statements\":[]}", "it has several documents"),
        (
            r#"{"payloadType":"","payload":""}"#,
            "it is an attestation, whose signature would not match any more",
        ),
    ] {
        let document = "`x.json`".to_owned();
        assert_eq!(amended(text), Err(CreateError::NotAmendable { document, cause }));
    }
    for newer in [
        r#"{"timestamp":"2026-12-01T00:00:00Z","statements":[]}"#,
        r#"{"last_updated":"2026-12-01T00:00:00Z","statements":[]}"#,
        r#"{"statements":[{"timestamp":"2026-12-01T00:00:00Z"}]}"#,
    ] {
        assert!(matches!(amended(newer), Err(CreateError::OlderTime { .. })), "{newer}");
    }
    for version in ["1.5", "\"x\"", "18446744073709551615", "-1", "[]"] {
        let error = amended(&format!(r#"{{"statements":[],"version":{version}}}"#)).unwrap_err();
        assert!(matches!(error, CreateError::Document(Error::Document { .. })), "{error}");
    }
    assert!(matches!(amended("no JSON"), Err(CreateError::Document(_))));
}

proptest! {
    /// Old statements keep what they mean, whatever the layout of the document.
    #[test]
    fn old_statements_keep_their_meaning(
        times in proptest::collection::vec(proptest::option::of(0..1_700_000_000_i64), 0..5),
        document_time in proptest::option::of(0..1_700_000_000_i64),
        version in proptest::option::of(0..1000_u32),
        is_minified in any::<bool>(),
    ) {
        let text = |seconds: i64| Timestamp::from_second(seconds).unwrap().to_string();
        let mut document = serde_json::json!({ "@context": "https://openvex.dev/ns/v0.2.0", "author": "a" });
        if let Some(time) = document_time {
            document["timestamp"] = text(time).into();
        }
        if let Some(version) = version {
            document["version"] = version.into();
        }
        let statements = times.iter().map(|time| {
            let mut statement = serde_json::json!({ "vulnerability": { "name": "CVE-1" }, "status": "fixed" });
            if let Some(time) = time {
                statement["timestamp"] = text(*time).into();
            }
            statement
        });
        document["statements"] = statements.collect();
        let written = if is_minified { document.to_string() } else { serde_json::to_string_pretty(&document).unwrap() };
        let read = |text: &str| document::read(&Bytes::copy_from_slice(text.as_bytes()), "x").unwrap().remove(0);
        let (before, after) = (read(&written), read(&amended(&written).unwrap()));
        prop_assert_eq!(after.statements.len(), before.statements.len() + 1);
        for (before, after) in before.statements.iter().zip(&after.statements) {
            prop_assert_eq!(before.timestamp, after.timestamp);
        }
        prop_assert_eq!(after.statements.last().unwrap().timestamp, Some(time()));
        prop_assert_eq!(after.version, Some((version.unwrap_or(1) + 1).to_string()));
        let again = read(&amended(&amended(&written).unwrap()).unwrap());
        prop_assert_eq!(again.statements.len(), before.statements.len() + 2);
    }
}
