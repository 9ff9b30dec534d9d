//! `oci.referrer` for OpenVEX: all statements of all verified documents as one, projected onto the image's packages.
//!
//! Policies compare `products[].@id` with the package URL of a finding as text and ignore subcomponents and times. So
//! each statement names the package URLs that it covers, and a product stays only in the newest statement about it and
//! the vulnerability. Of statements of one time, the least favourable counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use regorus::Value;
use serde_json::Value as Json;

use super::attested::{Found, OPEN_VEX, SBOM, VULNERABILITIES, all_verified, sole_statement, with_image};
use crate::policy::facts::{ImageFacts, UnknownCause};
use crate::vex::PackageUrl;

/// A software bill of materials in SPDX.
const SPDX: &str = "https://spdx.dev/Document";

/// A statement with what decides whether it counts.
struct Claim {
    statement: Json,
    time: Option<Timestamp>,
    /// How favourable its status is: 0 is the least.
    favour: u8,
    /// All names of the vulnerability.
    names: BTreeSet<String>,
    /// The `@id`s that it covers, each with the product as written, if it was written.
    products: BTreeMap<String, Option<Json>>,
}

/// The rank of a statement among those about one product. The greatest counts.
type Rank = (Option<Timestamp>, std::cmp::Reverse<u8>);

/// The value of `oci.referrer` for OpenVEX.
pub(super) fn referrer(facts: &ImageFacts) -> Result<Option<Value>, UnknownCause> {
    let documents = all_verified(facts, OPEN_VEX)?;
    let packages = Packages::of(facts);
    let mut claims = Vec::new();
    for document in &documents {
        add_document(document, facts, &packages, &mut claims)?;
    }
    claims.extend(of_findings(facts));
    let Some(image) = documents.first().map(|document| document.attestation.image.as_str()) else {
        return Ok((!claims.is_empty()).then(|| object(facts, None, &newest(claims))));
    };
    Ok(Some(object(facts, Some(image), &newest(claims))))
}

/// The package URLs of the image, as they are written, by type, namespace and name.
struct Packages {
    by_name: BTreeMap<String, Vec<(String, PackageUrl)>>,
}

impl Packages {
    fn of(facts: &ImageFacts) -> Self {
        let mut texts = BTreeSet::new();
        if let Some(Ok(spdx)) = sole_statement(facts, SPDX).map(|raw| serde_json::from_str::<Json>(raw.get()))
        {
            let packages = items(spdx.pointer("/predicate/packages"));
            let references = packages.flat_map(|package| items(&package["externalRefs"]));
            texts.extend(references.filter_map(|one| text(&one["referenceLocator"])));
        }
        if let Some(Ok(sbom)) = sole_statement(facts, SBOM).map(|raw| serde_json::from_str::<Json>(raw.get()))
        {
            let artifacts = items(sbom.pointer("/predicate/artifacts"));
            texts.extend(artifacts.filter_map(|one| text(&one["purl"])));
        }
        let attested = sole_statement(facts, VULNERABILITIES);
        if let Some(Ok(found)) = attested.map(|raw| serde_json::from_str::<Json>(raw.get())) {
            texts.extend(items(found.get("predicate")).filter_map(|one| text(&one["purl"])));
        }
        let findings = facts.findings.iter().flat_map(|findings| &findings.all);
        texts.extend(findings.filter_map(|finding| finding.purl.clone()));
        let mut by_name: BTreeMap<String, Vec<(String, PackageUrl)>> = BTreeMap::new();
        for written in texts {
            if let Ok(purl) = PackageUrl::parse(&written) {
                by_name.entry(purl.unversioned().to_string()).or_default().push((written, purl));
            }
        }
        Self { by_name }
    }

    /// The packages that the package URL of a statement names: each part that it has is equal.
    fn named_by(&self, statement: &PackageUrl) -> impl Iterator<Item = &str> {
        let candidates = self.by_name.get(&statement.unversioned().to_string()).into_iter().flatten();
        let is_named = move |found: &PackageUrl| {
            (statement.version().is_none() || statement.version() == found.version())
                && (statement.subpath().is_none() || statement.subpath() == found.subpath())
                && statement.qualifiers().iter().all(|(name, value)| found.qualifier(name) == Some(value))
        };
        candidates.filter(move |(_, found)| is_named(found)).map(|(written, _)| written.as_str())
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.by_name.values().flatten().map(|(written, _)| written.as_str())
    }
}

/// Adds the statements of a document. A document that is not readable has no answer, since it may limit another.
fn add_document(
    document: &Found<'_>,
    facts: &ImageFacts,
    packages: &Packages,
    claims: &mut Vec<Claim>,
) -> Result<(), String> {
    let wrong = |what: &str| format!("the VEX document {} {what}", document.attestation.digest.short());
    let read: Json = serde_json::from_str(document.statement.get())
        .map_err(|error| wrong(&format!("is not JSON: {error}")))?;
    let predicate = read.get("predicate").unwrap_or(&Json::Null);
    let Some(statements) = predicate["statements"].as_array() else {
        return Err(wrong("has no array `statements`"));
    };
    let time_of = |of: &Json| time(&of["last_updated"]).or_else(|| time(&of["timestamp"]));
    for statement in statements {
        let Some(status) = statement["status"].as_str() else {
            return Err(wrong("has a statement without `status`"));
        };
        let vulnerability = &statement["vulnerability"];
        let names = [&vulnerability["name"], &vulnerability["@id"]].into_iter().filter_map(text);
        claims.push(Claim {
            time: time_of(statement).or_else(|| time_of(predicate)),
            favour: favour(status),
            names: names.chain(items(&vulnerability["aliases"]).filter_map(text)).collect(),
            products: products(statement, status, facts, packages),
            statement: statement.clone(),
        });
    }
    Ok(())
}

/// The `@id`s that a statement covers: as written, and the package URLs of the packages that they name.
fn products(
    statement: &Json,
    status: &str,
    facts: &ImageFacts,
    packages: &Packages,
) -> BTreeMap<String, Option<Json>> {
    let mut covered: BTreeMap<String, Option<Json>> = BTreeMap::new();
    for product in items(&statement["products"]) {
        let id = text(&product["@id"]);
        let purl = id.as_deref().and_then(|id| PackageUrl::parse(id).ok());
        let subcomponents: Vec<&Json> = items(&product["subcomponents"]).collect();
        let mut project = |purl: &PackageUrl| {
            for written in packages.named_by(purl) {
                covered.entry(written.to_owned()).or_default();
            }
        };
        if let Some(purl) = &purl {
            if !subcomponents.is_empty() && names_image(purl, facts) {
                let named = subcomponents.iter().filter_map(|component| text(&component["@id"]));
                named.filter_map(|named| PackageUrl::parse(&named).ok()).for_each(|purl| project(&purl));
            } else if subcomponents.is_empty() {
                project(purl);
                // A statement about the whole image that suppresses nothing limits what others suppress.
                if names_image(purl, facts) && favour(status) == 0 {
                    covered.extend(packages.all().map(|written| (written.to_owned(), None)));
                }
            }
        }
        if let Some(id) = id {
            covered.insert(id, Some(product.clone()));
        }
    }
    covered
}

/// Whether a package URL names the image: its signed name, or its digest.
fn names_image(purl: &PackageUrl, facts: &ImageFacts) -> bool {
    let name = match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    let digest = facts.digest.to_string();
    match purl.kind() {
        "docker" => name == facts.name || purl.version() == Some(&digest),
        "oci" => purl.version() == Some(&digest),
        _ => false,
    }
}

/// The statuses that verified VEX gives to given findings.
fn of_findings(facts: &ImageFacts) -> impl Iterator<Item = Claim> {
    let findings = facts.findings.iter().flat_map(|findings| &findings.all);
    findings.filter_map(|finding| {
        let (status, purl) = (finding.vex_status.as_ref()?, finding.purl.as_ref()?);
        Some(Claim {
            statement: serde_json::json!({
                "vulnerability": {"name": finding.id, "aliases": finding.aliases},
                "status": status,
            }),
            // It was decided over all documents, whatever their times are.
            time: Some(Timestamp::MAX),
            favour: favour(status),
            names: [finding.id.clone()].into(),
            products: [(purl.clone(), None)].into(),
        })
    })
}

/// The statements, each with the products for which it is the newest. Statements that are left without one are dropped.
fn newest(claims: Vec<Claim>) -> Vec<Json> {
    let mut best: BTreeMap<(&str, &str), Rank> = BTreeMap::new();
    for claim in &claims {
        let rank = claim.rank();
        for name in &claim.names {
            for id in claim.products.keys() {
                let known = best.entry((name, id)).or_insert(rank);
                *known = (*known).max(rank);
            }
        }
    }
    let kept: Vec<Vec<bool>> = claims
        .iter()
        .map(|claim| {
            let is_newest = |id: &str| {
                claim.names.iter().all(|name| best.get(&(name.as_str(), id)) == Some(&claim.rank()))
            };
            claim.products.keys().map(|id| is_newest(id)).collect()
        })
        .collect();
    let mut statements = Vec::new();
    for (claim, kept) in claims.into_iter().zip(kept) {
        let products: Vec<Json> = claim
            .products
            .into_iter()
            .zip(kept)
            .filter(|(_, kept)| *kept)
            .map(|((id, written), _)| written.unwrap_or_else(|| serde_json::json!({ "@id": id })))
            .collect();
        let mut statement = claim.statement;
        if let Some(members) = statement.as_object_mut().filter(|_| !products.is_empty()) {
            members.insert("products".to_owned(), Json::Array(products));
            statements.push(statement);
        }
    }
    statements
}

impl Claim {
    fn rank(&self) -> Rank {
        (self.time, std::cmp::Reverse(self.favour))
    }
}

fn object(facts: &ImageFacts, image: Option<&str>, statements: &[Json]) -> Value {
    let statement = serde_json::json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": OPEN_VEX,
        "subject": [{"name": facts.name, "digest": {facts.digest.algorithm(): facts.digest.hex()}}],
        "predicate": {"@context": OPEN_VEX, "statements": statements},
    });
    with_image(Value::from(statement), image)
}

/// How favourable a status is.
fn favour(status: &str) -> u8 {
    match status {
        "not_affected" => 2,
        "fixed" => 1,
        _ => 0,
    }
}

fn items<'a>(value: impl Into<Option<&'a Json>>) -> impl Iterator<Item = &'a Json> {
    value.into().and_then(Json::as_array).into_iter().flatten()
}

fn text(value: &Json) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn time(value: &Json) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
