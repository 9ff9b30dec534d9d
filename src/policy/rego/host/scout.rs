//! Functions about packages, vulnerabilities and bases, answered from verified documents and from given findings.
//!
//! Vulnerabilities have the shape of Scout's attestation. `""` and `null` are true in Rego, so `fixed_by` is absent
//! without a fix, `cisa_exploited` is a boolean or absent, and `cvss` is always an object.

use std::collections::BTreeMap;

use regorus::Value;
use serde::Serialize;
use serde_json::value::RawValue;

use super::facts_value::score;
use super::host_facts::HostFacts;
use super::referrer::{SBOM, of_type, verified, with_image};
use super::reply::{Reply, text};
use crate::evidence::{Finding, Findings};
use crate::oci::Reference;
use crate::policy::facts::{BaseFacts, ImageFacts};
use crate::vex::PackageUrl;

/// Vulnerabilities as Docker Scout attests them: an array with one element for each package.
pub(super) const VULNERABILITIES: &str = "https://scout.docker.com/vulnerabilities/v0.1";

/// `scout.parse_purl(purl)`.
pub(super) fn parse_purl(_: &HostFacts, arguments: &[Value]) -> Reply {
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

/// The value of `oci.referrer` for vulnerabilities: the attested ones, else those of the given findings.
pub(super) fn vulnerability_referrer(facts: &ImageFacts) -> Result<Option<Value>, String> {
    if let Some(found) = verified(facts, VULNERABILITIES)? {
        let mut statement = Value::from_json_str(found.statement.get()).map_err(|error| error.to_string())?;
        normalize(&mut statement)?;
        return Ok(Some(with_image(statement, Some(&found.attestation.image))));
    }
    let Some(findings) = &facts.findings else { return Ok(None) };
    let statement = serde_json::to_string(&statement(facts, findings)).map_err(|error| error.to_string())?;
    let statement = Value::from_json_str(&statement).map_err(|error| error.to_string())?;
    Ok(Some(with_image(statement, None)))
}

/// A statement of Docker Scout's shape.
#[derive(Serialize)]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    subject: [Subject<'a>; 1],
    predicate: Vec<Package<'a>>,
}

#[derive(Serialize)]
struct Subject<'a> {
    name: &'a str,
    digest: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Package<'a> {
    purl: &'a str,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    source_id: &'a str,
    aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cisa_exploited: Option<bool>,
    cvss: Cvss<'a>,
}

#[derive(Serialize)]
struct Cvss<'a> {
    severity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<&'a RawValue>,
}

/// Findings that VEX suppresses are among them: policies read VEX themselves.
fn statement<'a>(facts: &'a ImageFacts, findings: &'a Findings) -> Statement<'a> {
    let mut packages: BTreeMap<&str, Vec<Vulnerability<'a>>> = BTreeMap::new();
    for finding in &findings.all {
        // Without `purl`, a rule that prints it would not fire.
        packages.entry(finding.purl.as_deref().unwrap_or_default()).or_default().push(vulnerability(finding));
    }
    let predicate = packages.into_iter().map(|(purl, vulnerabilities)| Package { purl, vulnerabilities });
    Statement {
        kind: "https://in-toto.io/Statement/v1",
        predicate_type: VULNERABILITIES,
        subject: [Subject {
            name: &facts.name,
            digest: [(facts.digest.algorithm(), facts.digest.hex())].into(),
        }],
        predicate: predicate.collect(),
    }
}

fn vulnerability(finding: &Finding) -> Vulnerability<'_> {
    Vulnerability {
        source_id: &finding.id,
        aliases: &finding.aliases,
        fixed_by: finding.fixed_by.as_deref().filter(|version| !version.is_empty()),
        published_at: finding.published_at.map(|time| time.to_string()),
        cisa_exploited: finding.known_exploited,
        cvss: Cvss { severity: &finding.severity, score: score(finding) },
    }
}

/// Puts the members of attested vulnerabilities into the shape above. A predicate that is no array has no answer: rules
/// over its elements would not fire.
fn normalize(statement: &mut Value) -> Result<(), String> {
    let wrong = |what: &str| format!("the attested vulnerabilities are not readable: {what}");
    let predicate = member_mut(statement, "predicate").and_then(|predicate| predicate.as_array_mut().ok());
    let packages = predicate.ok_or_else(|| wrong("the predicate is not an array"))?;
    for package in packages.iter_mut() {
        if !matches!(member_mut(package, "purl"), Some(Value::String(_))) {
            return Err(wrong("a package has no `purl`"));
        }
        let found = match member_mut(package, "vulnerabilities") {
            None | Some(Value::Null) => continue,
            Some(found) => found.as_array_mut().map_err(|_| wrong("`vulnerabilities` is not an array"))?,
        };
        for vulnerability in found.iter_mut() {
            if !matches!(member_mut(vulnerability, "source_id"), Some(Value::String(_))) {
                return Err(wrong("a vulnerability has no `source_id`"));
            }
            let members =
                vulnerability.as_object_mut().map_err(|_| wrong("a vulnerability is not an object"))?;
            for name in ["fixed_by", "published_at"] {
                let name = Value::from(name);
                if !matches!(members.get(&name), Some(Value::String(text)) if !text.is_empty()) {
                    members.remove(&name);
                }
            }
            let exploited = Value::from("cisa_exploited");
            if !matches!(members.get(&exploited), Some(Value::Bool(_))) {
                members.remove(&exploited);
            }
            let cvss = Value::from("cvss");
            if !matches!(members.get(&cvss), Some(Value::Object(_))) {
                members.insert(cvss, Value::new_object());
            }
        }
    }
    Ok(())
}

/// `scout.vulnerabilities(purls)`: the elements of the vulnerabilities for these packages.
pub(super) fn vulnerabilities(host: &HostFacts, arguments: &[Value]) -> Reply {
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
pub(super) fn base_image(host: &HostFacts, _: &[Value]) -> Reply {
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
pub(super) fn package_provenance(host: &HostFacts, arguments: &[Value]) -> Reply {
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

fn member_mut<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    value.as_object_mut().ok()?.get_mut(&Value::from(name))
}
