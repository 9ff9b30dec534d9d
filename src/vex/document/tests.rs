//! Tests over whole documents: real ones, and those of public situations.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::diagnostic::ToDiagnostic;
use crate::oci::Encoding;
use crate::vex::{DocumentFormat, Identity, Justification, Remark, Statement, Status, Validity};

/// A folder of the shared data, if it is there.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if path.exists() {
        return Some(path);
    }
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: there is no ../shared/data/{folder}, so not run: {test}");
    None
}

/// The files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn read_text(text: &str) -> Result<Vec<Document>, Error> {
    read(&Bytes::copy_from_slice(text.as_bytes()), "`x.json`")
}

fn one(text: &str) -> Document {
    let mut documents = read_text(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn file(path: &Path) -> Document {
    one(&fs::read_to_string(path).unwrap())
}

/// The texts of the products of a statement, each with its subcomponents.
fn products(statement: &Statement) -> Vec<(Vec<String>, Vec<String>)> {
    let texts = |component: &crate::vex::Component| -> Vec<String> {
        let text = |identity: &Identity| match identity {
            Identity::Purl { text, purl, is_range } => {
                format!(
                    "{text}{}{}",
                    if *is_range { " range" } else { "" },
                    if purl.name().is_empty() { "?" } else { "" }
                )
            }
            Identity::Hash(text) | Identity::Cpe(text) | Identity::Text(text) => text.clone(),
            Identity::BomLink { serial, version, bom_ref, versions } => {
                format!("{serial}/{version}#{} {versions:?}", bom_ref.as_deref().unwrap_or_default())
            }
        };
        component.identities.iter().map(text).collect()
    };
    let products = statement.products.get().iter();
    products
        .map(|product| (texts(&product.component), product.subcomponents.iter().flat_map(texts).collect()))
        .collect()
}

#[test]
fn every_document_of_the_shared_data_is_read() {
    let Some(folder) = shared("vex") else { return };
    let mut count = 0;
    for path in files(&folder) {
        let name = path.display().to_string();
        let bytes = Bytes::from(fs::read(&path).unwrap());
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let read = read(&bytes, &name);
        let is_csaf = value["document"].is_object();
        if !value["statements"].is_array() && !is_csaf {
            assert!(matches!(read, Err(Error::Shape { .. })), "{name}: {read:?}");
            continue;
        }
        let documents = read.unwrap();
        let [document] = documents.as_slice() else { panic!("{name}: {} documents", documents.len()) };
        count += 1;
        if is_csaf {
            assert_eq!(document.format, DocumentFormat::Csaf);
            assert_eq!(listed(&value), listed_of(document), "{name}");
            continue;
        }
        let expected = value["statements"].as_array().unwrap();
        assert_eq!(document.statements.len(), expected.len(), "{name}");
        for (statement, expected) in document.statements.iter().zip(expected) {
            check_open_vex(statement, expected, &value);
        }
    }
    assert!(count >= 25, "{count}");
}

/// Compares a statement with its JSON, as another reader has it.
fn check_open_vex(statement: &Statement, expected: &Value, document: &Value) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    assert_eq!(statement.id, text(&expected["@id"]));
    let vulnerability = &expected["vulnerability"];
    assert_eq!(statement.vulnerability.name, text(vulnerability).or_else(|| text(&vulnerability["name"])));
    assert_eq!(statement.status.as_str(), expected["status"].as_str().unwrap());
    assert_eq!(
        statement.justification.map(|label| label.as_str().to_owned()),
        text(&expected["justification"])
    );
    assert_eq!(statement.impact_statement, text(&expected["impact_statement"]));
    assert_eq!(statement.has_own_time, expected["timestamp"].is_string());
    let time = text(&expected["timestamp"]).or_else(|| text(&document["timestamp"]));
    assert_eq!(statement.timestamp, time.map(|time| time.parse().unwrap()));
    let id = |component: &Value| text(component).or_else(|| text(&component["@id"]));
    let none = Vec::new();
    let list = |value: &Value| value.as_array().unwrap_or(&none).clone();
    let common = list(&expected["subcomponents"]);
    let products_expected: Vec<_> = list(&expected["products"])
        .iter()
        .map(|product| {
            let own = list(&product["subcomponents"]);
            let subcomponents: Vec<String> = own.iter().chain(&common).filter_map(id).collect();
            (id(product).into_iter().collect::<Vec<_>>(), subcomponents)
        })
        .collect();
    let found = products(statement);
    assert_eq!(found.len(), products_expected.len());
    for ((found, found_parts), (expected, parts)) in found.iter().zip(&products_expected) {
        assert!(expected.iter().all(|id| found.contains(id)), "{found:?} {expected:?}");
        assert_eq!(found_parts, parts);
    }
}

/// How often each status is in a CSAF document.
fn listed(value: &Value) -> Vec<usize> {
    let count = |lists: &[&str]| -> usize {
        let vulnerabilities = value["vulnerabilities"].as_array().unwrap().iter();
        vulnerabilities
            .map(|vulnerability| {
                let ids = lists
                    .iter()
                    .filter_map(|list| vulnerability["product_status"][list].as_array())
                    .flatten();
                let ids: std::collections::BTreeSet<_> = ids.map(|id| id.as_str().unwrap()).collect();
                ids.len()
            })
            .sum()
    };
    vec![
        count(&["known_not_affected"]),
        count(&["fixed", "first_fixed"]),
        count(&["under_investigation"]),
        count(&["known_affected", "first_affected", "last_affected"]),
    ]
}

fn listed_of(document: &Document) -> Vec<usize> {
    [Status::NotAffected, Status::Fixed, Status::UnderInvestigation, Status::Affected]
        .map(|status| {
            let statements = document.statements.iter().filter(|statement| statement.status == status);
            statements.map(|statement| statement.products.get().len()).sum()
        })
        .to_vec()
}

#[test]
fn cyclone_dx_reports_are_read_as_documents() {
    let Some(folder) = shared("scans/cyclonedx") else { return };
    for path in files(&folder) {
        let value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let none = Vec::new();
        let entries = value["vulnerabilities"].as_array().unwrap_or(&none);
        let assessed = entries.iter().filter(|entry| entry["analysis"]["state"].is_string()).count();
        let document = file(&path);
        assert_eq!(document.statements.len(), assessed, "{}", path.display());
        assert_eq!(document.remarks.contains(&Remark::NoStatements), assessed == 0, "{}", path.display());
        for statement in &document.statements {
            assert!(!products(statement).is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn csaf_reasons_count_for_the_products_they_name() {
    let Some(folder) = shared("bugs-vex/16-csaf-reasons") else { return };
    let document = file(&folder.join("vex.csaf.json"));
    assert_eq!(document.author.as_deref(), Some("Acme"));
    assert_eq!(document.id.as_deref(), Some("ACME-VEX-1"));
    let of = |name: &str, status| -> &Statement {
        let has = |statement: &&Statement| {
            statement.status == status && products(statement).iter().any(|(ids, _)| ids[0].contains(name))
        };
        document.statements.iter().find(has).unwrap()
    };
    let facts = |name, status| {
        let Statement { justification, impact_statement, validity, .. } = of(name, status);
        (*justification, impact_statement.as_deref(), *validity)
    };
    let not_affected = |name| facts(name, Status::NotAffected);
    let (valid, without) = (Validity::Valid, Validity::NoJustification);
    assert_eq!(not_affected("alpha"), (Some(Justification::VulnerableCodeNotPresent), None, valid));
    assert_eq!(not_affected("bravo"), (Some(Justification::VulnerableCodeNotInExecutePath), None, valid));
    assert_eq!(not_affected("charlie"), (None, Some("The parser is never called"), valid));
    assert_eq!(not_affected("delta"), (None, None, without));
    assert_eq!(not_affected("echo"), (None, None, without));
    assert_eq!(not_affected("foxtrot"), (None, None, without));
    assert_eq!(of("foxtrot", Status::NotAffected).unknown_justification.as_deref(), Some("not_used_here"));
    let golf = of("golf", Status::Affected);
    assert_eq!(golf.action_statement.as_deref(), Some("Update to 9.0.0"));
    assert_eq!(not_affected("golf").0, Some(Justification::VulnerableCodeNotInExecutePath));
    assert!(
        matches!(document.remarks.as_slice(), [Remark::Ignored(cause)] if cause.contains("not_used_here"))
    );
}

#[test]
fn cyclone_dx_states_and_reasons_are_read() {
    let Some(folder) = shared("bugs-vex/18-cyclonedx-statements-on-the-project") else { return };
    let document = file(&folder.join("vex.cdx.json"));
    let facts: Vec<_> = document
        .statements
        .iter()
        .map(|statement| {
            assert_eq!(products(statement).len(), 1);
            assert!(products(statement)[0].0.contains(&"pkg:maven/example.acme/shop-api@1.4.0".to_owned()));
            let Statement { status, validity, impact_statement, is_false_positive, .. } = statement;
            (*status, *validity, impact_statement.as_deref(), *is_false_positive)
        })
        .collect();
    let valid = Validity::Valid;
    let expected = [
        (Status::Affected, valid, None, false),
        (Status::NotAffected, valid, Some("router is not started"), false),
        (Status::NotAffected, valid, Some("queue is switched off"), false),
        (Status::NotAffected, Validity::NoJustification, None, false),
        (Status::NotAffected, valid, None, true),
        (Status::UnderInvestigation, valid, None, false),
    ];
    assert_eq!(facts, expected);
    let time = document.statements[0].timestamp.unwrap().to_string();
    assert_eq!(time, "2026-11-21T10:00:00Z");
}

#[test]
fn byte_order_marks_are_read_and_utf_16_is_named() {
    let Some(folder) = shared("bugs-vex/20-files-from-another-system") else { return };
    let bytes = |name| Bytes::from(fs::read(folder.join(name)).unwrap());
    assert_eq!(read(&bytes("vex-bom.json"), "x").unwrap()[0].statements.len(), 1);
    for (name, encoding) in
        [("vex-utf16le.json", Encoding::Utf16), ("vex-utf16be-no-mark.json", Encoding::Utf16Big)]
    {
        let error = read(&bytes(name), name).unwrap_err();
        assert_eq!(error, Error::Encoding { document: name.to_owned(), encoding });
        assert_eq!(error.to_string(), format!("{name} cannot be read: it is UTF-16, not UTF-8"));
    }
}

#[test]
fn attestations_are_read_in_each_form() {
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "a", "timestamp": "2026-01-01T00:00:00Z",
        "version": 3, "statements": [{ "vulnerability": { "name": "CVE-2026-1" }, "status": "fixed" }],
    });
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns/v0.2.0",
        "subject": [{ "name": "x", "digest": { "sha256": "ab".repeat(32) } }], "predicate": document,
    });
    let payload = STANDARD.encode(statement.to_string());
    let envelope = json!({
        "payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{ "sig": "AAAA" }],
    });
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "x" }, "tlogEntries": [] }, "dsseEnvelope": envelope,
    });
    let lines = format!("{envelope}\r\n\n{statement}\n{document}\n");
    let read = read_text(&lines).unwrap();
    assert_eq!(read.len(), 3);
    let subjects = Some(vec![format!("sha256:{}", "ab".repeat(32))]);
    for (document, subjects) in [
        (&read[0], &subjects),
        (&read[1], &subjects),
        (&read[2], &None),
        (&one(&bundle.to_string()), &subjects),
        (&of_statement(&Bytes::from(statement.to_string()), "x").unwrap(), &subjects),
    ] {
        assert_eq!(&document.subjects, subjects);
        assert_eq!(document.version.as_deref(), Some("3"));
        assert_eq!(document.statements[0].vulnerability.name.as_deref(), Some("CVE-2026-1"));
        assert!(document.statements[0].products.get().is_empty());
    }
    // What is not a statement about VEX is named.
    for (text, expected) in [
        (
            envelope.to_string().replace("vnd.in-toto", "vnd.x"),
            "its payload has the type application/vnd.x+json",
        ),
        (
            statement.to_string().replace("statements", "packages").replace("@context", "c"),
            "has none of `statements`",
        ),
        (statement.to_string().replace("Statement/v1", "Statement/v9"), "which is not an in-toto statement"),
        (
            format!(
                r#"{{"predicateType":"a","_type":"https://in-toto.io/Statement/v1","subject":[],"predicate":{statement}}}"#
            ),
            "another attestation",
        ),
        (
            r#"{"predicateType":"a","_type":"https://in-toto.io/Statement/v1","subject":[]}"#.to_owned(),
            "no predicate",
        ),
    ] {
        let error = read_text(&text).unwrap_err();
        assert!(matches!(error, Error::Shape { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(of_statement(&Bytes::from(document.to_string()), "x").is_err());
    assert!(matches!(read_text(&format!("{document} {document}")), Err(Error::Document { .. })));
}

/// A document with all members that are read.
const WHOLE: &str = r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"i","author":"a","version":1,"statements":[
{"@id":"s","vulnerability":{"@id":"u","name":"CVE-2026-1","aliases":["GHSA-1"]},"timestamp":"2026-01-02T03:04:05.678Z",
"products":[{"@id":"pkg:npm/a@1","identifiers":{"purl":"pkg:npm/b@1","cpe23":"cpe:2.3:a:x"},"hashes":{"sha-256":"ABCD"},
"subcomponents":[{"@id":"pkg:npm/c@1"},{}]}],"status":"not_affected","justification":"component_not_present",
"impact_statement":"i","action_statement":"a","status_notes":"n"}],"timestamp":"2026-01-01T00:00:00Z"}"#;

#[test]
fn all_members_of_open_vex_are_read() {
    let document = one(WHOLE);
    assert_eq!(document.remarks, []);
    assert_eq!((document.id.as_deref(), document.author.as_deref()), (Some("i"), Some("a")));
    let [statement] = document.statements.as_slice() else { panic!() };
    assert_eq!(statement.vulnerability.iri.as_deref(), Some("u"));
    assert_eq!(statement.vulnerability.aliases, ["GHSA-1"]);
    assert_eq!(statement.status_notes.as_deref(), Some("n"));
    assert_eq!(statement.action_statement.as_deref(), Some("a"));
    assert_eq!(statement.timestamp.unwrap().to_string(), "2026-01-02T03:04:05.678Z");
    let [product] = statement.products.get() else { panic!() };
    assert!(matches!(&product.component.identities[..], [
        Identity::Purl { text: a, .. }, Identity::Purl { text: b, .. }, Identity::Cpe(cpe), Identity::Hash(hash),
    ] if a == "pkg:npm/a@1" && b == "pkg:npm/b@1" && cpe == "cpe:2.3:a:x" && hash == "abcd"));
    // A component that names nothing stays: without it the product as a whole would be meant.
    assert_eq!(product.subcomponents.len(), 2);
    assert_eq!(product.subcomponents[1].identities, []);
}

#[test]
fn a_cut_document_is_an_error_with_its_place() {
    for end in 0..WHOLE.len() {
        let error = read_text(&WHOLE[..end]).unwrap_err();
        assert!(matches!(error, Error::Document { .. } | Error::Shape { .. }), "{end}: {error}");
    }
    let error = read_text(&WHOLE[..WHOLE.len() - 1]).unwrap_err().to_string();
    assert_eq!(
        error,
        "`x.json` is not a readable VEX document: line 5, column 102: the text ends, where `,` or `}` must be"
    );
}

#[test]
fn wrong_types_and_ambiguous_members_are_errors() {
    for (from, to, cause) in [
        (r#""status":"not_affected""#, r#""status":5"#, "expected a string, found a number"),
        (r#""products":["#, r#""products":5,"x":["#, "expected a list, found a number"),
        (
            r#""products":[{"@id":"pkg:npm/a@1""#,
            r#""products":[{"@id":["pkg:npm/a@1"]"#,
            "expected a string, found a list",
        ),
        (r#"{}]}]"#, r#"5]}]"#, "expected a string, found a number"),
        (r#"{"sha-256":"ABCD"}"#, r#"["ABCD"]"#, "expected an object, found a list"),
        (r#"2026-01-02T03:04:05.678Z"#, "yesterday", "yesterday is not a time as in RFC 3339"),
        (r#""aliases":["GHSA-1"]"#, r#""aliases":"GHSA-1""#, "expected a list, found a string"),
        (r#""status":"#, r#""Status":"fixed","status":"#, "occurs in two spellings"),
        (r#""status":"#, r#""status":"fixed","status":"#, "member `status` occurs twice"),
        (
            r#"{"@id":"pkg:npm/c@1"}"#,
            r#"{"@id":"pkg:npm/c@1","@id":"pkg:npm/d@1"}"#,
            "member `@id` occurs twice",
        ),
        (r#""version":1"#, r#""version":1,"x":{"y":1,"y":2}"#, "member `y` occurs twice"),
        (
            r#""version":1"#,
            &format!(r#""version":1,"x":{}{}"#, "[".repeat(100), "]".repeat(100)),
            "nested deeper than 100",
        ),
    ] {
        let text = WHOLE.replacen(from, to, 1);
        assert_ne!(text, WHOLE);
        let error = read_text(&text).unwrap_err();
        assert!(matches!(&error, Error::Document { cause: found, .. } if found.contains(cause)), "{error}");
    }
    let error = read_text(&WHOLE.replace(r#""status":"#, "\"status\":5,\n \"x\":")).unwrap_err();
    assert!(matches!(error, Error::Document { line: 4, column: 55, .. }), "{error}");
    let bytes = WHOLE.replace("CVE", "\u{1}").replace('\u{1}', "C\u{7f}");
    let mut bytes = bytes.into_bytes();
    let at = bytes.iter().position(|byte| *byte == 0x7f).unwrap();
    bytes[at] = 0xff;
    let error = read(&bytes.into(), "x").unwrap_err();
    assert!(
        matches!(&error, Error::Document { line: 2, cause, .. } if cause == "the text is not UTF-8"),
        "{error}"
    );
}

#[test]
fn labels_spelling_and_unknown_members_never_fail_a_document() {
    let text = WHOLE
        .replace("@context", "@Context")
        .replace("statements", "STATEMENTS")
        .replace("\"subcomponents\"", "\"SubComponents\"")
        .replace("component_not_present", "code_not_present")
        .replace("\"impact_statement\":\"i\"", "\"impact_statement\":\" \",\"supplier\":{\"a\":[1e999]}")
        .replace("/v0.2.0", "/v0.9.0");
    let document = one(&text);
    assert_eq!(document.remarks, [Remark::UnknownVersion("https://openvex.dev/ns/v0.9.0".to_owned())]);
    let [statement] = document.statements.as_slice() else { panic!() };
    assert_eq!(statement.validity, Validity::NoJustification);
    assert_eq!(statement.unknown_justification.as_deref(), Some("code_not_present"));
    assert_eq!(statement.products.get()[0].subcomponents.len(), 2);
    let unknown = one(&WHOLE.replace("not_affected", "resolved"));
    assert_eq!(
        (unknown.statements[0].status, unknown.statements[0].validity),
        (Status::Unknown, Validity::UnknownStatus)
    );
    let unnamed = one(r#"{"statements":[{"status":"fixed","vulnerability":{}}, {"status":"fixed"}]}"#);
    assert!(unnamed.statements.iter().all(|statement| statement.validity == Validity::NoVulnerability));
    assert_eq!(unnamed.remarks, [Remark::UnknownVersion(String::new()), Remark::NoTime { statements: 2 }]);
    assert_eq!(
        unnamed.remarks[0].to_string(),
        "it names no version of its format, so it was read by its shape"
    );
    assert_eq!(
        one(r#"{"@context":"https://openvex.dev/ns","statements":[]}"#).remarks,
        [Remark::NoStatements]
    );
}

#[test]
fn what_is_no_vex_document_is_named() {
    for text in [
        "{}",
        "[]",
        "5",
        "{\"spdxVersion\":\"SPDX-2.3\"}",
        "{\"document\":{}}",
        "{\"bomFormat\":\"x\"}",
        "{\"@context\":\"x\"}",
        "",
    ] {
        assert!(matches!(read_text(text), Err(Error::Shape { .. })), "{text}");
    }
    assert!(matches!(read_text("no JSON"), Err(Error::Document { line: 1, column: 1, .. })));
}

fn csaf(tree: &Value, vulnerability: &Value) -> Document {
    let text = json!({
        "document": { "csaf_version": "2.1", "tracking": { "current_release_date": "2026-01-01T00:00:00Z" } },
        "vulnerabilities": [vulnerability], "product_tree": tree,
    });
    one(&text.to_string())
}

#[test]
fn csaf_relationships_ranges_and_unknown_ids_are_resolved() {
    let helper = |purl: &str| json!({ "purl": purl });
    let tree = json!({
        "branches": [{
            "category": "vendor", "branches": [
                { "product": { "product_id": "range", "product_identification_helper": helper("pkg:npm/a") },
                  "category": "product_version_range" },
                { "branches": [{ "product": { "product_id": "inner", "product_identification_helper": helper("pkg:npm/b") } }],
                  "category": "product_version_range" },
                { "category": "product_version", "product": { "product_id": "any",
                  "product_identification_helper": { "purls": ["pkg:npm/c", "pkg:npm/d@1"], "cpe": "cpe:/a:c",
                  "hashes": [{ "file_hashes": [{ "algorithm": "sha256", "value": "AB" }], "filename": "f" }] } } },
            ],
        }],
        "full_product_names": [{ "product_id": "os", "name": "OS", "product_identification_helper": { "cpe": "cpe:/o:x" } },
            { "product_id": "named", "name": "nginx" }],
        "relationships": [
            { "category": "external_component_of", "product_reference": "any", "relates_to_product_reference": "os",
              "full_product_name": { "product_id": "any-os", "name": "" } },
            { "category": "default_component_of", "product_reference": "named", "relates_to_product_reference": "any",
              "full_product_name": { "product_id": "named-any", "name": "" } },
            { "category": "unheard_of", "product_reference": "any", "relates_to_product_reference": "any",
              "full_product_name": { "product_id": "odd", "name": "" } },
        ],
    });
    let ids = ["range", "inner", "any", "named", "any-os", "named-any", "odd", "missing"];
    let document = csaf(
        &tree,
        &json!({ "ids": [{ "text": "X-1" }, { "text": "X-2" }], "product_status": { "fixed": ids } }),
    );
    let [statement] = document.statements.as_slice() else { panic!("{document:?}") };
    assert_eq!(statement.vulnerability.name.as_deref(), Some("X-1"));
    assert_eq!(statement.vulnerability.aliases, ["X-2"]);
    let none = || Vec::new();
    let any = || ["pkg:npm/c", "pkg:npm/d@1", "cpe:/a:c", "ab"].map(str::to_owned).to_vec();
    let expected = [
        (vec!["pkg:npm/a range".to_owned()], none()),
        (vec!["pkg:npm/b range".to_owned()], none()),
        (any(), none()),
        (none(), none()),
        (vec!["cpe:/o:x".to_owned()], any()),
        (any(), none()),
        (none(), none()),
        (none(), none()),
    ];
    assert_eq!(products(statement), expected);
    // The component that is not known stays a component: the product as a whole is not meant.
    assert_eq!(statement.products.get()[5].subcomponents.len(), 1);
}

#[test]
fn csaf_recommended_counts_only_without_another_status() {
    let status = json!({ "recommended": ["a", "b"], "fixed": ["a"], "last_affected": ["c"] });
    let document = csaf(&json!({}), &json!({ "cve": "CVE-2026-1", "product_status": status }));
    let found: Vec<_> = document
        .statements
        .iter()
        .map(|statement| (statement.status, statement.products.get().len()))
        .collect();
    assert_eq!(found, [(Status::Fixed, 1), (Status::Affected, 2)]);
}

#[test]
fn csaf_groups_cannot_multiply_reasons_without_end() {
    let ids: Vec<String> = (0..3000).map(|number| format!("p{number}")).collect();
    let flags = vec![json!({ "label": "x", "group_ids": ["g"] }); 1500];
    let tree = json!({ "product_groups": [{ "group_id": "g", "product_ids": ids }] });
    let text = json!({ "document": { "csaf_version": "2.0" }, "product_tree": tree, "vulnerabilities": [{ "flags": flags }] });
    let error = read_text(&text.to_string()).unwrap_err();
    assert!(matches!(error, Error::Limit(_)), "{error}");
    assert!(
        error.to_string().ends_with("remediations name is over the limit of 4194304 products"),
        "{error}"
    );
}

#[test]
fn a_document_with_too_many_statements_exceeds_a_limit() {
    use crate::vex::limits::STATEMENTS;
    let of = |start: &str, one: &str, end: &str| {
        format!("{start}{}{one}{end}", format!("{one},").repeat(STATEMENTS))
    };
    let open_vex = r#"{"vulnerability":{"name":"C"},"status":"fixed"}"#;
    let cyclone_dx = r#"{"id":"C","analysis":{"state":"resolved"}}"#;
    for text in [
        of(r#"{"statements":["#, open_vex, "]}"),
        of(r#"{"document":{"csaf_version":"2.0"},"vulnerabilities":["#, "{}", "]}"),
        of(r#"{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":["#, cyclone_dx, "]}"),
    ] {
        let error = read_text(&text).unwrap_err();
        let head = text.get(..20).unwrap();
        assert_eq!(error.to_diagnostic().code.as_str(), "limits/exceeded", "{head}");
        let said = error.to_string();
        assert!(
            said.ends_with("the number of its statements is over the limit of 262144 statements"),
            "{said}"
        );
    }
}

fn affects(affects: &Value) -> Vec<Vec<String>> {
    let text = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "urn:uuid:s", "version": 2,
        "metadata": { "component": { "bom-ref": "root", "purl": "pkg:oci/shop@1" } },
        "components": [
            { "bom-ref": "a", "version": "1.0", "purl": "pkg:npm/a?x=y", "components": [{ "bom-ref": "b", "purl": "pkg:deb/d/b@1%3A2" }] },
            { "bom-ref": "twice", "purl": "pkg:npm/t@1" }, { "bom-ref": "twice", "purl": "pkg:npm/t@2" },
        ],
        "vulnerabilities": [{ "id": "CVE-2026-1", "analysis": { "state": "resolved" }, "affects": affects }],
    });
    products(&one(&text.to_string()).statements[0]).into_iter().map(|(component, _)| component).collect()
}

#[test]
fn cyclone_dx_references_are_resolved() {
    let found = affects(&json!([
        { "ref": "a" }, { "ref": "b" }, { "ref": "root" }, { "ref": "twice" }, { "ref": "nginx:1.25" },
        { "ref": "pkg:npm/z@1" }, { "ref": "urn:cdx:s/2#a" }, { "ref": "urn:cdx:s/3#a%20b" }, { "ref": "urn:cdx:q/1" },
    ]));
    let expected: [&[&str]; 9] = [
        &["urn:uuid:s/2#a []", "pkg:npm/a?x=y"],
        &["urn:uuid:s/2#b []", "pkg:deb/d/b@1%3A2"],
        &["urn:uuid:s/2#root []", "pkg:oci/shop@1"],
        &["urn:uuid:s/2#twice []"],
        &["urn:uuid:s/2#nginx:1.25 []"],
        &["pkg:npm/z@1"],
        &["urn:uuid:s/2#a []", "pkg:npm/a?x=y"],
        &["urn:uuid:s/3#a b []"],
        &["urn:uuid:q/1# []"],
    ];
    assert_eq!(found, expected);
    // Without `affects` the statement is about nothing, not about a subject.
    assert_eq!(affects(&json!([])), [Vec::<String>::new()]);
}

#[test]
fn cyclone_dx_versions_restrict_and_ranges_match_nothing() {
    let exact = json!([{ "version": "1:2" }, { "range": "vers:deb/>3" }]);
    let range = json!([{ "range": "vers:npm/<3" }]);
    let found = affects(&json!([
        { "ref": "b", "versions": exact }, { "ref": "b", "versions": range },
        { "ref": "a", "versions": [{ "version": "1.0" }] }, { "ref": "a", "versions": exact },
        { "ref": "pkg:npm/@s/z@1?k=v", "versions": range }, { "ref": "pkg:npm/z#sub", "versions": [{ "version": "1+2" }] },
        { "ref": "urn:cdx:q/1#p", "versions": exact }, { "ref": "urn:cdx:q/1#p", "versions": range }, { "ref": "a", "versions": [] },
    ]));
    let expected: [&[&str]; 9] = [
        &["urn:uuid:s/2#b [\"1:2\"]", "pkg:deb/d/b@1%3A2"],
        &["pkg:deb/d/b@1%3A2 range"],
        &["urn:uuid:s/2#a [\"1.0\"]", "pkg:npm/a?x=y"],
        &["urn:uuid:s/2#a [\"1:2\"]", "pkg:npm/a@1%3A2?x=y"],
        &["pkg:npm/@s/z@1?k=v range"],
        &["pkg:npm/z@1%2B2#sub"],
        &["urn:uuid:q/1#p [\"1:2\"]"],
        &[],
        &["urn:uuid:s/2#a []", "pkg:npm/a?x=y"],
    ];
    assert_eq!(found, expected);
}

#[test]
fn cyclone_dx_versions_that_are_affected_are_not_suppressed() {
    let version = |version: &str, status: &str| json!({ "version": version, "status": status });
    for status in ["affected", "unknown", "other"] {
        let found = affects(&json!([
            { "ref": "b", "versions": [version("1:2", status)] },
            { "ref": "a", "versions": [version("1.0", "unaffected"), version("2.0", status)] }, { "ref": "a" },
            { "ref": "pkg:npm/z", "versions": [version("1", status), { "version": "1" }, { "version": "2" }] },
            { "ref": "pkg:npm/y", "versions": [{ "range": "vers:npm/<3", "status": status }] }, { "ref": "pkg:npm/y" },
        ]));
        let expected: [&[&str]; 6] = [
            &["pkg:deb/d/b@1%3A2 range"],
            &["urn:uuid:s/2#a [\"1.0\"]", "pkg:npm/a?x=y"],
            &["pkg:npm/a?x=y range"],
            &["pkg:npm/z@2"],
            &["pkg:npm/y range"],
            &["pkg:npm/y range"],
        ];
        assert_eq!(found, expected, "{status}");
    }
}

#[test]
fn cyclone_dx_analyses_map_to_statements() {
    let of = |analysis: Value| {
        let text = json!({ "bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": [{ "id": "x", "analysis": analysis }] });
        one(&text.to_string())
    };
    for (state, status) in [
        ("resolved", Status::Fixed),
        ("resolved_with_pedigree", Status::Fixed),
        ("exploitable", Status::Affected),
        ("in_triage", Status::UnderInvestigation),
        ("false_positive", Status::NotAffected),
        ("not_affected", Status::NotAffected),
        ("other", Status::Unknown),
    ] {
        assert_eq!(of(json!({ "state": state })).statements[0].status, status);
    }
    assert!(of(json!({ "detail": "only" })).statements.is_empty());
    let reason = |label: &str, detail: Option<&str>| {
        let document = of(json!({ "state": "not_affected", "justification": label, "detail": detail }));
        let statement = document.statements.into_iter().next().unwrap();
        (statement.justification, statement.impact_statement, statement.validity)
    };
    let mitigations = Some(Justification::InlineMitigationsAlreadyExist);
    assert_eq!(
        reason("protected_at_runtime", Some("d")),
        (mitigations, Some("d".to_owned()), Validity::Valid)
    );
    let text = Some("requires_environment".to_owned());
    assert_eq!(reason("requires_environment", None), (None, text, Validity::Valid));
    let text = Some("requires_dependency: d".to_owned());
    assert_eq!(reason("requires_dependency", Some("d")), (None, text, Validity::Valid));
    assert_eq!(reason("unheard_of", None), (None, None, Validity::NoJustification));
    let times = of(
        json!({ "state": "resolved", "firstIssued": "2026-01-01T00:00:00Z", "lastUpdated": "2026-02-01T00:00:00Z" }),
    );
    assert_eq!(times.statements[0].timestamp.unwrap().to_string(), "2026-02-01T00:00:00Z");
    assert!(times.statements[0].has_own_time);
    assert_eq!(of(json!({ "state": "resolved" })).remarks, [Remark::NoTime { statements: 1 }]);
}

#[test]
fn an_unreadable_time_never_makes_a_finding_disappear() {
    let of = |state: &str, time: &str, document: Option<&str>| {
        let analysis = |state: &str, time: &str| json!({ "id": "x", "analysis": { "state": state, "lastUpdated": time } });
        let text = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.4",
            "metadata": document.map(|time| json!({ "timestamp": time })),
            "vulnerabilities": [analysis(state, time), analysis("resolved", "2026-02-01T00:00:00Z")],
        });
        let document = one(&text.to_string());
        let is_told = document.remarks.iter().any(|remark| matches!(remark, Remark::Ignored(_)));
        (document.statements[0].timestamp.map(|time| time.to_string()), is_told)
    };
    let some = |time: &str, is_told| (Some(time.to_owned()), is_told);
    for time in ["2026-11-20", "2026-11-20T12:00:00"] {
        assert_eq!(of("exploitable", time, None), some("2026-11-20T23:59:59.999999999Z", false));
        assert_eq!(of("other", time, None), some("2026-11-20T23:59:59.999999999Z", false));
        assert_eq!(of("resolved", time, None), some("2026-11-20T00:00:00Z", false));
    }
    let document = "2026-03-01T00:00:00Z";
    assert_eq!(of("in_triage", "20 Nov", Some(document)), some(document, true));
    assert_eq!(of("in_triage", "20 Nov", None), some("2026-02-01T00:00:00Z", true));
    assert_eq!(of("resolved", "20 Nov", Some(document)), (None, true));
}

#[test]
fn the_rules_for_authors_are_those_of_go_vex() {
    let check = |fields: Value| {
        let mut statement = json!({ "vulnerability": { "name": "CVE-2026-1" } });
        statement.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        validate(&one(&json!({ "statements": [statement] }).to_string()).statements[0])
    };
    let label = "component_not_present";
    for (fields, expected) in [
        (json!({ "status": "not_affected", "justification": label }), Ok(())),
        (json!({ "status": "not_affected", "impact_statement": "i" }), Ok(())),
        (json!({ "status": "affected", "action_statement": "a" }), Ok(())),
        (json!({ "status": "fixed" }), Ok(())),
        (json!({ "status": "under_investigation", "status_notes": "n" }), Ok(())),
        (json!({ "status": "resolved" }), Err(InvalidStatement::UnknownStatus)),
        (json!({ "status": "not_affected" }), Err(InvalidStatement::NoReason)),
        (
            json!({ "status": "not_affected", "justification": "x" }),
            Err(InvalidStatement::UnknownJustification("x".to_owned())),
        ),
        (
            json!({ "status": "not_affected", "justification": label, "action_statement": "a" }),
            Err(InvalidStatement::ActionStatement(Status::NotAffected)),
        ),
        (json!({ "status": "affected" }), Err(InvalidStatement::NoAction)),
        (
            json!({ "status": "affected", "action_statement": "a", "justification": label }),
            Err(InvalidStatement::Justification(Status::Affected)),
        ),
        (
            json!({ "status": "affected", "action_statement": "a", "impact_statement": "i" }),
            Err(InvalidStatement::ImpactStatement(Status::Affected)),
        ),
        (
            json!({ "status": "fixed", "action_statement": "a" }),
            Err(InvalidStatement::ActionStatement(Status::Fixed)),
        ),
        (json!({ "status": "fixed", "vulnerability": {} }), Err(InvalidStatement::NoVulnerability)),
    ] {
        assert_eq!(check(fields.clone()), expected, "{fields}");
    }
}
