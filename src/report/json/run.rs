//! The members of a JSON document that describe the whole run: counts, excused findings, the tool and its trust.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evidence::{Conclusion, Tally};
use crate::report::Run;
use crate::trust::{Role, TrustedKey};

/// The number of results for each conclusion.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    images: usize,
    passed: usize,
    failed: usize,
    unknown: usize,
    not_judged: usize,
}

impl Counts {
    pub(crate) fn new(tally: &Tally) -> Self {
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
pub(crate) struct ExcusesJson {
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
    pub(crate) fn of(conclusion: &Conclusion) -> Option<Self> {
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
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(crate) fn this() -> Self {
        Self { name: "dhi", version: env!("CARGO_PKG_VERSION") }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trusted<'a> {
    keys: Vec<Key<'a>>,
    attestor_keys: Vec<Key<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<Identity<'a>>,
    threshold: usize,
    trusted_root: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_root_updated: Option<String>,
    log_policy: &'static str,
    certificate_log: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<String>,
}

impl<'a> Trusted<'a> {
    pub(crate) fn new(run: &Run<'a>) -> Self {
        Self {
            keys: run.trust.keys.iter().map(|key| Key::new(key, Role::Image)).collect(),
            attestor_keys: run.trust.attestors.iter().map(|key| Key::new(key, Role::Attestor)).collect(),
            trusted_root: run.trust.root.origin(),
            trusted_root_updated: run.trust.root.update().map(|update| update.updated.to_string()),
            log_policy: run.trust.log.as_str(),
            identities: run
                .trust
                .identities
                .iter()
                .map(|rule| Identity {
                    identity: rule.identity().to_string(),
                    issuer: rule.issuer().to_string(),
                    claims: rule
                        .claims()
                        .iter()
                        .map(|(claim, value)| (claim.as_str(), value.as_str()))
                        .collect(),
                })
                .collect(),
            threshold: run.trust.threshold.get(),
            certificate_log: run.trust.sct.as_str(),
            effective_time: run.effective_time.map(|time| time.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Identity<'a> {
    identity: String,
    issuer: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<&'static str, &'a str>,
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
    vouched_by: Option<String>,
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
            origin: &key.origin,
            not_before: key.window.not_before.map(|time| time.to_string()),
            not_after: key.window.not_after.map(|time| time.to_string()),
            vouched_by: key.endorsement().map(|endorsement| endorsement.endorser().to_string()),
            added: key.endorsement().map(|endorsement| endorsement.added().to_string()),
        }
    }
}
