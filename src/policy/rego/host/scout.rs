//! Functions about packages, vulnerabilities and bases, answered from verified documents and from given findings.

use std::collections::BTreeMap;

use regorus::Value;
use serde::Serialize;

use super::attested::{SBOM, VULNERABILITIES};
use super::image_values::ImageValues;
use super::referrer::of_type;
use super::reply::{Reply, text};
use crate::oci::Reference;
use crate::policy::facts::BaseFacts;
use crate::vex::PackageUrl;

/// `scout.parse_purl(purl)`.
pub(super) fn parse_purl(_: &ImageValues, arguments: &[Value]) -> Reply {
    #[derive(Serialize)]
    struct Parts<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        namespace: Option<&'a str>,
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<&'a str>,
        qualifiers: BTreeMap<&'a str, &'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        subpath: Option<&'a str>,
    }
    let purl = match text(arguments, 0).map(PackageUrl::parse) {
        Ok(Ok(purl)) => purl,
        Ok(Err(error)) => return Reply::unanswered(error.to_string()),
        Err(reply) => return reply,
    };
    let qualifiers = purl.qualifiers().iter();
    let parts = Parts {
        kind: purl.kind(),
        namespace: purl.namespace(),
        name: purl.name(),
        version: purl.version(),
        qualifiers: qualifiers.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        subpath: purl.subpath(),
    };
    given(&parts)
}

/// `scout.vulnerabilities(purls)`: the elements of the vulnerabilities for these packages.
pub(super) fn vulnerabilities(host: &ImageValues, arguments: &[Value]) -> Reply {
    let asked: Vec<&Value> = match arguments.first() {
        Some(Value::Array(purls)) => purls.iter().collect(),
        Some(Value::Set(purls)) => purls.iter().collect(),
        _ => return Reply::unanswered("argument 1 is not an array of package URLs"),
    };
    let all = match of_type(host, VULNERABILITIES).data() {
        Ok(value) => value,
        Err(reply) => return reply,
    };
    let packages = member(&all, "statement").and_then(|statement| member(statement, "predicate"));
    let packages = packages.and_then(|packages| packages.as_array().ok());
    let found = packages.into_iter().flat_map(|packages| packages.iter());
    let found = found.filter(|package| member(package, "purl").is_some_and(|purl| asked.contains(&purl)));
    Reply::given(Value::from(found.cloned().collect::<Vec<Value>>()))
}

/// `scout.base_image()`: the proven base, else what the Scout SBOM records.
pub(super) fn base_image(host: &ImageValues, _: &[Value]) -> Reply {
    if let Some(base) = &host.facts.base {
        return given(&[proven_base(base)]);
    }
    let sbom = match of_type(host, SBOM).data() {
        Ok(sbom) => sbom,
        Err(reply) => return reply,
    };
    let source = member(&sbom, "statement")
        .and_then(|statement| member(statement, "predicate"))
        .and_then(|predicate| member(predicate, "source"));
    match source.and_then(|source| member(source, "base_images")) {
        Some(bases @ Value::Array(_)) => Reply::given(bases.clone()),
        _ => Reply::absent(),
    }
}

/// An element of `base_images` of a Scout SBOM.
fn proven_base(base: &BaseFacts) -> serde_json::Value {
    let repository = base.reference.parse::<Reference>().ok().map(|reference| reference.repository);
    let host = repository.as_ref().and_then(|repository| repository.host()).unwrap_or_default();
    let path = base.name.clone().or_else(|| repository.as_ref().map(ToString::to_string));
    serde_json::json!({
        "images": [{"digest": base.digest, "repository": {"host": host, "repo": path}}],
    })
}

/// `scout.package_provenance(purl)`.
pub(super) fn package_provenance(host: &ImageValues, arguments: &[Value]) -> Reply {
    let Some(purl @ Value::String(_)) = arguments.first() else {
        return Reply::unanswered("argument 1 is not a text");
    };
    let sbom = match of_type(host, SBOM).data() {
        Ok(sbom) => sbom,
        Err(reply) => return reply,
    };
    let packages = member(&sbom, "statement")
        .and_then(|statement| member(statement, "predicate"))
        .and_then(|predicate| member(predicate, "artifacts"))
        .and_then(|artifacts| artifacts.as_array().ok());
    let package = packages
        .into_iter()
        .flat_map(|packages| packages.iter())
        .find(|package| member(package, "purl") == Some(purl));
    match package.and_then(|package| member(package, "provenance")) {
        Some(Value::Null) | None => Reply::absent(),
        Some(provenance) => Reply::given(provenance.clone()),
    }
}

fn given<T: Serialize>(value: &T) -> Reply {
    let text = serde_json::to_string(value).unwrap_or_default();
    match Value::from_json_str(&text) {
        Ok(value) => Reply::given(value),
        Err(error) => Reply::unanswered(error.to_string()),
    }
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object().ok()?.get(&Value::from(name))
}
