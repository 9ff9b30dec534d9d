//! `oci.referrer` for vulnerabilities, in the shape that Docker Scout attests.
//!
//! Given findings are added to the attested ones and never replace them: a report is not signed. Each element that is
//! made of findings has the member `given_by`, which no attested element has.
//!
//! `""` and `null` are true in Rego, so `fixed_by` is absent without a fix, `cisa_exploited` is a boolean or absent, and
//! `cvss` is always an object.

use std::collections::BTreeMap;

use regorus::Value;
use serde::Serialize;
use serde_json::value::RawValue;

use super::attested::{VULNERABILITIES, hidden, verified, with_image};
use super::facts_value::score;
use crate::evidence::{Finding, Findings};
use crate::policy::facts::{ImageFacts, UnknownCause};

/// The member that names the source of an element that is made of given findings.
const GIVEN_BY: &str = "given_by";

/// The value of `oci.referrer` for vulnerabilities: the attested ones and those of the given findings.
pub(super) fn referrer(facts: &ImageFacts) -> Result<Option<Value>, UnknownCause> {
    if let Some(found) = verified(facts, VULNERABILITIES)? {
        let mut statement = Value::from_json_str(found.statement.get()).map_err(|error| error.to_string())?;
        normalize(&mut statement)?;
        if let Some(findings) = &facts.findings {
            append(&mut statement, &mut made(facts, findings)?);
        }
        return Ok(Some(with_image(statement, Some(&found.attestation.image))));
    }
    let Some(findings) = &facts.findings else { return Ok(None) };
    // Findings are no answer for a signed scan that was not read.
    match hidden(facts, VULNERABILITIES) {
        Some(cause) => Err(cause),
        None => Ok(Some(with_image(made(facts, findings)?, None))),
    }
}

fn made(facts: &ImageFacts, findings: &Findings) -> Result<Value, String> {
    let text = serde_json::to_string(&statement(facts, findings)).map_err(|error| error.to_string())?;
    Value::from_json_str(&text).map_err(|error| error.to_string())
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
    given_by: &'a str,
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
    let predicate = packages.into_iter().map(|(purl, vulnerabilities)| Package {
        purl,
        given_by: &findings.source,
        vulnerabilities,
    });
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

/// Moves the elements of one predicate to the end of the other.
fn append(statement: &mut Value, given: &mut Value) {
    let attested = member_mut(statement, "predicate").and_then(|elements| elements.as_array_mut().ok());
    let given = member_mut(given, "predicate").and_then(|elements| elements.as_array_mut().ok());
    if let (Some(attested), Some(given)) = (attested, given) {
        attested.append(given);
    }
}

/// Puts the members of attested vulnerabilities into the shape above. A predicate that is no array has no answer: rules
/// over its elements would not fire.
fn normalize(statement: &mut Value) -> Result<(), String> {
    let wrong = |what: &str| format!("the attested vulnerabilities are not readable: {what}");
    let predicate = member_mut(statement, "predicate").and_then(|predicate| predicate.as_array_mut().ok());
    let packages = predicate.ok_or_else(|| wrong("the predicate is not an array"))?;
    for package in packages.iter_mut() {
        if let Ok(members) = package.as_object_mut() {
            members.remove(&Value::from(GIVEN_BY));
        }
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
            let published = Value::from("published_at");
            if !matches!(members.get(&published), Some(Value::String(text)) if !text.is_empty()) {
                members.remove(&published);
            }
            let fixed = Value::from("fixed_by");
            if let Some(version) = members.remove(&fixed).as_ref().and_then(version) {
                members.insert(fixed, version);
            }
            let exploited = Value::from("cisa_exploited");
            if let Some(is_exploited) = members.remove(&exploited).as_ref().and_then(is_exploited) {
                members.insert(exploited, Value::Bool(is_exploited));
            }
            let cvss = Value::from("cvss");
            if !matches!(members.get(&cvss), Some(Value::Object(_))) {
                members.insert(cvss.clone(), Value::new_object());
            }
            if let Some(severity) = members.get_mut(&cvss).and_then(|cvss| member_mut(cvss, "severity"))
                && !matches!(severity, Value::String(text) if !text.is_empty())
            {
                *severity = Value::from("UNSPECIFIED");
            }
        }
    }
    Ok(())
}

/// The version with a fix, as text: a value of another type is a fix that the scan names in its own way. `None`: there
/// is none.
fn version(value: &Value) -> Option<Value> {
    match value {
        Value::Undefined | Value::Null | Value::Bool(false) => None,
        Value::String(text) => (!text.is_empty()).then(|| value.clone()),
        other => Some(Value::from(other.to_string())),
    }
}

/// A boolean, or a value of another type that is none of those for "no". `None`: the scan does not tell.
fn is_exploited(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is_exploited) => Some(*is_exploited),
        Value::Undefined | Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(!text.eq_ignore_ascii_case("false")),
        other => Some(*other != Value::from(0)),
    }
}

fn member_mut<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    value.as_object_mut().ok()?.get_mut(&Value::from(name))
}
