//! The members of a JSON document that describe the whole run: verdict, counts, exceptions, the tool and its trust.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evidence::{Conclusion, Tally};
use crate::report::{AppliedException, Run, RunPolicies};
use crate::trust::{Matcher, Role, TrustedKey, TrustedRoot};

/// Version of the schemas of all documents with verdicts.
const SCHEMA_VERSION: u32 = 2;

/// The start of each document with verdicts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head<'a> {
    schema_version: u32,
    tool: Tool,
    verdict: &'static str,
    exit_code: u8,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusesJson>,
    policy: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    added_policies: Vec<AddedPolicy>,
    trust: Trusted<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionJson<'a>>,
}

impl<'a> Head<'a> {
    pub(crate) fn new(run: &Run<'a>, exceptions: &'a [AppliedException], tally: &Tally) -> Self {
        let conclusion = tally.conclusion();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: "dhi", version: env!("CARGO_PKG_VERSION") },
            verdict: conclusion.kind().id(),
            exit_code: tally.exit().code(),
            counts: Counts::new(tally),
            excused: ExcusesJson::of(&conclusion),
            policy: run.policies.deciding_name(),
            added_policies: added_policies(run.policies),
            trust: Trusted::new(run),
            exceptions: exceptions.iter().map(ExceptionJson::new).collect(),
        }
    }
}

/// A policy that is added to the one that decides.
#[derive(Serialize)]
pub(in crate::report) struct AddedPolicy {
    name: String,
    digest: String,
}

/// The policies that are added to the one that decides.
pub(in crate::report) fn added_policies(policies: &RunPolicies) -> Vec<AddedPolicy> {
    let added = policies.added().iter();
    added.map(|added| AddedPolicy { name: added.name.clone(), digest: added.digest.to_string() }).collect()
}

/// The number of results for each conclusion.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Counts {
    images: usize,
    passed: usize,
    failed: usize,
    unknown: usize,
    not_judged: usize,
}

impl Counts {
    pub(in crate::report) fn new(tally: &Tally) -> Self {
        Self {
            images: tally.images(),
            passed: tally.passed(),
            failed: tally.failed(),
            unknown: tally.unknown(),
            not_judged: tally.not_judged(),
        }
    }
}

/// The excused findings of a run that passes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct ExcusesJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    exceptions: Option<ExcusedUntil>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_enforced: Option<ExcusedUntil>,
}

#[derive(Serialize)]
struct ExcusedUntil {
    findings: usize,
    until: String,
}

impl ExcusesJson {
    pub(in crate::report) fn of(conclusion: &Conclusion) -> Option<Self> {
        let excuses = conclusion.excuses()?;
        Some(Self {
            exceptions: excuses
                .excepted()
                .map(|(findings, until)| ExcusedUntil { findings, until: until.to_string() }),
            not_enforced: excuses
                .not_enforced()
                .map(|(findings, until)| ExcusedUntil { findings, until: until.to_string() }),
        })
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// An exception of the run, used or not.
#[derive(Serialize)]
struct ExceptionJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    check: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    reason: &'a str,
    expires: &'a str,
    status: &'static str,
}

impl<'a> ExceptionJson<'a> {
    fn new(exception: &'a AppliedException) -> Self {
        let target = Some(exception.target.as_str());
        Self {
            image: target.filter(|_| !exception.is_text),
            text: target.filter(|_| exception.is_text),
            check: exception.check.as_str(),
            policy: exception.policy.as_deref(),
            reason: &exception.reason,
            expires: &exception.expires,
            status: exception.outcome.as_str(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trusted<'a> {
    keys: Vec<Key<'a>>,
    attestor_keys: Vec<Key<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<Identity<'a>>,
    threshold: usize,
    trusted_root: TrustedRootJson<'a>,
    log_policy: &'static str,
    sct_policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<String>,
}

impl<'a> Trusted<'a> {
    fn new(run: &Run<'a>) -> Self {
        let identities = run.trust.identities.iter().map(|rule| {
            let (identity, identity_regexp) = exact_or_pattern(rule.identity());
            let (issuer, issuer_regexp) = exact_or_pattern(rule.issuer());
            let claims = rule.claims().iter().map(|(claim, value)| (claim.as_str(), value.as_str()));
            Identity { identity, identity_regexp, issuer, issuer_regexp, claims: claims.collect() }
        });
        Self {
            keys: run.trust.keys.iter().map(|key| Key::new(key, Role::Image)).collect(),
            attestor_keys: run.trust.attestors.iter().map(|key| Key::new(key, Role::Attestor)).collect(),
            identities: identities.collect(),
            threshold: run.trust.threshold.get(),
            trusted_root: TrustedRootJson::new(&run.trust.root),
            log_policy: run.trust.log.as_str(),
            sct_policy: run.trust.sct.as_str(),
            effective_time: run.effective_time.map(|time| time.to_string()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_regexp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_regexp: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<&'static str, &'a str>,
}

fn exact_or_pattern(matcher: &Matcher) -> (Option<&str>, Option<&str>) {
    match matcher {
        Matcher::Exact(text) => (Some(text), None),
        Matcher::Pattern { text, .. } => (None, Some(text)),
    }
}

/// A trusted root: a file, or one that came by TUF.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct TrustedRootJson<'a> {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tuf_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
}

impl<'a> TrustedRootJson<'a> {
    pub(in crate::report) fn new(root: &'a TrustedRoot) -> Self {
        let update = root.update();
        Self {
            digest: root.digest().to_string(),
            origin: update.is_none().then(|| unquoted(root.origin())),
            tuf_url: update.map(|update| update.url.as_str()),
            updated: update.map(|update| update.updated.to_string()),
        }
    }
}

/// The name of a file without the backticks that it has in messages.
fn unquoted(origin: &str) -> &str {
    origin.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(origin)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Key<'a> {
    name: &'a str,
    id: String,
    algorithm: &'static str,
    role: &'static str,
    state: &'static str,
    origin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endorsed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<String>,
}

impl<'a> Key<'a> {
    pub(in crate::report) fn new(key: &'a TrustedKey, role: Role) -> Self {
        Self {
            name: &key.name,
            id: key.key.id().to_string(),
            algorithm: key.key.algorithm(),
            role: role.as_str(),
            state: key.state.as_str(),
            origin: unquoted(&key.origin),
            not_before: key.window.not_before.map(|time| time.to_string()),
            not_after: key.window.not_after.map(|time| time.to_string()),
            endorsed_by: key.endorsement().map(|endorsement| endorsement.endorser().to_string()),
            added: key.endorsement().map(|endorsement| endorsement.added().to_string()),
        }
    }
}
