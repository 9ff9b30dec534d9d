//! Several documents as one OpenVEX 0.2.0 document, for tools that read one.
//!
//! Invariant: each statement means in the result what it means in its document. It gets the time that it has there, and
//! the subjects of its attestation if it has no products. A statement that no document of its own can express, such as
//! one whose products match nothing, is left out and counted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::scan_report::layout::{Layout, NewValue};
use super::written_open_vex::{WrittenComponent, WrittenDocument, WrittenProduct, WrittenStatement};
use super::{Document, PackageUrl, SourcedDocument, Statement, Status, Validity, decide};
use crate::oci::Digest;

/// The author of a document that names none, as in go-vex.
pub(super) const UNKNOWN_AUTHOR: &str = "Unknown Author";

/// A document, and the digest of its bytes.
#[derive(Clone, Copy, Debug)]
pub struct MergeSource<'a> {
    /// The document.
    pub document: &'a Document,
    /// The digest of its bytes. The id of the result depends on it.
    pub digest: Digest,
    /// Whether it is by the makers of Docker Hardened Images, as its signature, its author or its id tells.
    pub is_dhi: bool,
}

impl<'a> MergeSource<'a> {
    /// A document of a source.
    pub fn of(sourced: &'a SourcedDocument) -> Self {
        let SourcedDocument { source, document } = sourced;
        Self { document, digest: source.digest.get(), is_dhi: decide::is_dhi(sourced) }
    }
}

/// The result of merging documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The document.
    pub text: String,
    /// How many statements it has.
    pub statements: usize,
    /// How many statements occurred before with the same content, and are written once.
    pub repeated: usize,
    /// How many statements are left out: their status or vulnerability is not known, or no product of them can match.
    pub left_out: usize,
}

/// Merges documents. The order of `sources` does not change the result.
///
/// `repository` is that of the image which attestations are about, such as `dhi.io/python`; `time` is that of the new
/// document. All statements have a time of their own, so it overrules nothing.
pub fn merge(sources: &[MergeSource<'_>], repository: Option<&str>, time: Timestamp) -> Merged {
    let mut sources = sources.to_vec();
    sources.sort_by_key(|source| source.digest);
    // By vulnerability, then time, as go-vex sorts; then by text, so that the result has one order.
    let mut unique: BTreeMap<(String, Timestamp, String), WrittenStatement<'_>> = BTreeMap::new();
    let (mut repeated, mut left_out) = (0, 0);
    for source in &sources {
        for statement in &source.document.statements {
            let Some(written) = written(statement, source.document, repository) else {
                left_out += 1;
                continue;
            };
            let content = Layout::document(&WrittenStatement { id: None, ..written.clone() }.value());
            let name = statement.vulnerability.name.clone().unwrap_or_default();
            let before = unique.len();
            unique.entry((name, written.timestamp, content)).or_insert(written);
            repeated += usize::from(unique.len() == before);
        }
    }
    let mut inputs: Vec<String> = sources.iter().map(|source| source.digest.to_string()).collect();
    inputs.dedup();
    let id =
        format!("https://openvex.dev/docs/merged/vex-{}", Digest::of(inputs.join("\n").as_bytes()).hex());
    let author = author(&sources);
    let statements: Vec<NewValue<'_>> = unique.values().map(WrittenStatement::value).collect();
    let count = statements.len();
    let text = WrittenDocument { id: &id, author: &author, timestamp: time, statements }.text();
    Merged { text, statements: count, repeated, left_out }
}

/// The makers of Docker Hardened Images, with the address by which they are recognized among other authors.
const DHI_AUTHOR: &str = "Docker Hardened Images <dhi@docker.com>";

/// The authors of all documents, each once. Those of Docker Hardened Images are named wherever a signature, an author or
/// an id tells that a document is theirs: the result has none of these, and the origin guard would not apply to it.
fn author(sources: &[MergeSource<'_>]) -> String {
    let mut authors: Vec<&str> = Vec::new();
    authors.extend(sources.iter().any(|source| source.is_dhi).then_some(DHI_AUTHOR));
    for author in sources.iter().filter_map(|source| source.document.author.as_deref()) {
        let is_bare = author.trim().eq_ignore_ascii_case("Docker Hardened Images");
        let author = if is_bare { DHI_AUTHOR } else { author };
        if !authors.contains(&author) {
            authors.push(author);
        }
    }
    authors.sort_unstable();
    if authors.is_empty() { UNKNOWN_AUTHOR.to_owned() } else { authors.join(", ") }
}

/// A statement with its time and products. `None`: it cannot be expressed.
fn written<'a>(
    statement: &'a Statement,
    document: &Document,
    repository: Option<&str>,
) -> Option<WrittenStatement<'a>> {
    if statement.status == Status::Unknown || statement.validity == Validity::NoVulnerability {
        return None;
    }
    let products = match statement.products.get() {
        [] => subjects(document, repository),
        products => products
            .iter()
            .flat_map(|product| {
                let parts: Vec<_> = product.subcomponents.iter().flat_map(WrittenComponent::of).collect();
                // Without the parts that match nothing the product as a whole would be meant.
                let is_meant = product.subcomponents.is_empty() || !parts.is_empty();
                let components = if is_meant { WrittenComponent::of(&product.component) } else { Vec::new() };
                let product = move |component| WrittenProduct { component, subcomponents: parts.clone() };
                components.into_iter().map(product)
            })
            .collect(),
    };
    if products.is_empty() {
        return None;
    }
    // A false positive has no other reason, and OpenVEX has no such status.
    let is_unexplained = statement.justification.is_none() && statement.impact_statement.is_none();
    let false_positive = (statement.is_false_positive && is_unexplained).then_some("false positive");
    Some(WrittenStatement {
        id: statement.id.as_deref(),
        vulnerability: &statement.vulnerability,
        timestamp: statement.timestamp.unwrap_or_else(oldest),
        products,
        status: statement.status,
        status_notes: statement.status_notes.as_deref(),
        justification: statement
            .justification
            .map(super::Justification::as_str)
            .or(statement.unknown_justification.as_deref()),
        impact_statement: statement.impact_statement.as_deref().or(false_positive),
        action_statement: statement.action_statement.as_deref(),
    })
}

/// The subjects of the attestation around a document, as products.
fn subjects(document: &Document, repository: Option<&str>) -> Vec<WrittenProduct> {
    let digests = document.subjects.iter().flatten().filter_map(|digest| digest.parse::<Digest>().ok());
    let product = |digest: Digest| {
        let id = image(repository, &digest).unwrap_or_else(|| digest.to_string());
        WrittenProduct { component: WrittenComponent::of_id(id), subcomponents: Vec::new() }
    };
    digests.map(product).collect()
}

/// The package URL of an image with this digest in a repository.
fn image(repository: Option<&str>, digest: &Digest) -> Option<String> {
    let repository = repository?;
    let name = repository.rsplit('/').next()?;
    let purl = PackageUrl::new("oci", None, name, Some(&digest.to_string())).ok()?;
    Some(purl.with_qualifier("repository_url", repository).ok()?.to_string())
}

/// The time of a statement that has none: in go-vex it counts as the year 1.
fn oldest() -> Timestamp {
    Date::constant(1, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::MIN, |time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::vex::{Source, SourceKind, SourceTrust, document};

    fn read(text: &str) -> Document {
        document::read(&Bytes::copy_from_slice(text.as_bytes()), "x").unwrap().remove(0)
    }

    fn merged(documents: &[String], repository: Option<&str>) -> (Merged, Value) {
        let read: Vec<Document> = documents.iter().map(|text| read(text)).collect();
        let sources = read.iter().zip(documents);
        let sources: Vec<_> = sources
            .map(|(document, text)| MergeSource {
                document,
                digest: Digest::of(text.as_bytes()),
                is_dhi: false,
            })
            .collect();
        let time = "2026-11-30T00:00:00Z".parse().unwrap();
        let merged = merge(&sources, repository, time);
        let backwards: Vec<_> = sources.iter().rev().copied().collect();
        assert_eq!(merge(&backwards, repository, time), merged);
        let again = self::read(&merged.text);
        assert_eq!(again.statements.len(), merged.statements);
        assert!(again.statements.iter().all(|statement| statement.has_own_time));
        let value = serde_json::from_str(&merged.text).unwrap();
        (merged, value)
    }

    fn document(time: &str, author: &str, statements: &Value) -> String {
        json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": author, "timestamp": time, "version": 4,
            "statements": statements,
        })
        .to_string()
    }

    #[test]
    fn statements_keep_their_meaning_and_occur_once() {
        let first = json!({
            "@id": "one", "vulnerability": { "name": "CVE-2026-2" }, "status": "fixed",
            "products": [{ "@id": "pkg:npm/a@1", "hashes": { "sha-256": "ab".repeat(32) }, "subcomponents": [{ "@id": "pkg:npm/b" }] }],
        });
        let again = json!({
            "@id": "two", "vulnerability": { "name": "CVE-2026-2" }, "status": "fixed", "timestamp": "2026-01-01T01:00:00+01:00",
            "products": [{ "@id": "pkg:npm/a@1", "hashes": { "sha-256": "AB".repeat(32) }, "subcomponents": [{ "@id": "pkg:npm/b" }] }],
        });
        let newer = json!({
            "vulnerability": { "name": "CVE-2026-1", "aliases": ["GHSA-1"] }, "products": [{ "@id": "pkg:npm/c@1" }],
            "status": "not_affected", "justification": "component_not_present", "status_notes": "n",
        });
        let documents = [
            document("2026-01-01T00:00:00Z", "Docker Hardened Images", &json!([first, newer])),
            document("2026-03-01T00:00:00Z", "Acme <vex@acme.example>", &json!([again])),
        ];
        let (merged, value) = merged(&documents, None);
        assert_eq!((merged.statements, merged.repeated, merged.left_out), (2, 1, 0));
        assert_eq!(value["author"], "Acme <vex@acme.example>, Docker Hardened Images <dhi@docker.com>");
        assert_eq!(value["timestamp"], "2026-11-30T00:00:00Z");
        let names: Vec<_> = value["statements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|statement| &statement["vulnerability"]["name"])
            .collect();
        assert_eq!(names, ["CVE-2026-1", "CVE-2026-2"]);
        assert_eq!(value["statements"][0]["vulnerability"]["aliases"][0], "GHSA-1");
        let mut expected = again;
        expected["timestamp"] = "2026-01-01T00:00:00Z".into();
        expected["products"][0]["hashes"]["sha-256"] = "ab".repeat(32).into();
        expected["@id"] = value["statements"][1]["@id"].clone();
        assert_eq!(value["statements"][1], expected);
    }

    #[test]
    fn documents_of_hardened_images_stay_recognizable() {
        let text = document("2026-01-01T00:00:00Z", "Example", &json!([]));
        let mut document = read(&text);
        document.id = Some("https://dhi.docker.com/vex/1".to_owned());
        let source = Source {
            name: "x".to_owned(),
            kind: SourceKind::File,
            digest: Digest::of(text.as_bytes()).into(),
            trust: SourceTrust::TrustedByUser,
            priority: 0,
        };
        let mut sourced = SourcedDocument { source, document };
        let time = "2026-11-30T00:00:00Z".parse().unwrap();
        let merged = merge(&[MergeSource::of(&sourced)], None, time);
        sourced.document = read(&merged.text);
        assert!(decide::is_dhi(&sourced));
    }

    #[test]
    fn an_attestation_without_products_names_its_subject() {
        let predicate = document(
            "2026-01-01T00:00:00Z",
            "a",
            &json!([{ "vulnerability": { "name": "CVE-2026-1" }, "status": "fixed" }]),
        );
        let predicate: Value = serde_json::from_str(&predicate).unwrap();
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://openvex.dev/ns/v0.2.0", "predicate": predicate,
            "subject": [{ "digest": { "sha256": "ab".repeat(32) } }],
        });
        let (_, value) = merged(&[statement.to_string()], Some("dhi.io/python"));
        let id = format!("pkg:oci/python@sha256%3A{}?repository_url=dhi.io%2Fpython", "ab".repeat(32));
        let product = &value["statements"][0]["products"][0]["@id"];
        let read = |text: &str| PackageUrl::parse(text).unwrap();
        assert_eq!(read(product.as_str().unwrap()), read(&id));
        let (_, value) = merged(&[statement.to_string()], None);
        assert_eq!(value["statements"][0]["products"][0]["@id"], format!("sha256:{}", "ab".repeat(32)));
        // Without an attestation it is about nothing.
        let (left, _) = merged(&[predicate.to_string()], None);
        assert_eq!((left.statements, left.left_out), (0, 1));
    }

    #[test]
    fn what_matches_nothing_is_left_out_and_never_widened() {
        let statements = json!([
            { "vulnerability": { "name": "CVE-2026-1" }, "status": "fixed", "products": [{ "@id": "pkg:oci/a", "subcomponents": [{}] }] },
            { "vulnerability": { "name": "CVE-2026-1" }, "status": "fixed", "products": [{}] },
            { "vulnerability": { "name": "CVE-2026-1" }, "status": "odd", "products": [{ "@id": "pkg:npm/a" }] },
            { "status": "fixed", "products": [{ "@id": "pkg:npm/a" }] },
        ]);
        let (left, value) = merged(&[document("2026-01-01T00:00:00Z", "a", &statements)], None);
        assert_eq!((left.statements, left.left_out), (0, 4));
        assert_eq!(value["statements"], json!([]));
    }

    #[test]
    fn other_formats_and_missing_times_are_expressed() {
        let csaf = json!({
            "document": { "csaf_version": "2.0", "publisher": { "name": "A" } },
            "product_tree": { "full_product_names": [{ "product_id": "p", "product_identification_helper":
                { "purls": ["pkg:npm/a@1", "pkg:npm/b@1"], "cpe": "cpe:2.3:a:x" } }] },
            "vulnerabilities": [{ "cve": "CVE-2026-1", "product_status": { "fixed": ["p"] } }],
        });
        let cyclone_dx = json!({
            "bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": { "timestamp": "2026-01-01T00:00:00Z" },
            "vulnerabilities": [{ "id": "CVE-2026-2", "analysis": { "state": "false_positive" }, "affects": [{ "ref": "pkg:npm/c@1" }] }],
        });
        let (merged, value) = merged(&[csaf.to_string(), cyclone_dx.to_string()], None);
        assert_eq!(merged.statements, 2);
        let [first, second] = value["statements"].as_array().unwrap().as_slice() else { panic!() };
        assert_eq!(first["timestamp"], "0001-01-01T00:00:00Z");
        assert_eq!(
            first["products"],
            json!([{ "@id": "pkg:npm/a@1", "identifiers": { "cpe23": "cpe:2.3:a:x" } }, { "@id": "pkg:npm/b@1" }])
        );
        assert_eq!(second["impact_statement"], "false positive");
    }
}
