//! The inputs of a verdict besides the image and its referrers, as one value with a digest.
//!
//! A new input must be added here; otherwise a summary that was made without it would be accepted for a run with it.
//!
//! What depends on the clock is stored as its present state: expired exceptions are left out, and whether a policy is
//! enforced and a key counts is a member. So a summary is not accepted after its inputs have changed with time. The
//! log policy and the skipped checks are not in the digest; they are compared by strictness.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Gate;
use crate::evidence::{Policy as _, PolicyIdentity, Requirements, SkippedCheck};
use crate::oci::{Digest, Reference};
use crate::trust::{IdentityRule, KeyState, Keyring, LogPolicy, Matcher, SctPolicy, Trust};
use crate::verify::{BaseOptions, CosignTags, Options};

/// The inputs of one verdict.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// All inputs, by name.
    pub(super) value: Value,
    /// Digest of the value as compact JSON.
    pub(super) digest: Digest,
}

impl Gate<'_> {
    /// The inputs of the verdict about `reference`, which resolved to `root`.
    pub(super) fn inputs(&self, reference: &Reference, root: &Digest, options: &Options) -> Inputs {
        // No field is skipped by `..`, so a new field does not compile until it is handled here.
        let Self {
            trust,
            policy,
            #[cfg(feature = "rego")]
                rego: _, // their identities
            findings,
            requirements,
            base,
            exceptions,
            enforce_from,
            now,
            effective_time,
            offline: _, // skipped checks
            accept: _,
        } = self;
        let Trust { keys, identities, attestors, root: logs, threshold, log: _, sct: _, effective_time: _ } =
            trust;
        let Requirements { require_root_signature } = requirements;
        // Limits are part of the version.
        let Options {
            platforms,
            predicate_types,
            scope: _, // follows from the policy
            names,
            root_annotations,
            attestations,
            judge_enveloped,
            cosign_tags: tagged,
            keep_statements: _,
            keep_documents: _,
            limits: _,
            memory: _,
            progress: _,
        } = options;
        let BaseOptions {
            bases,
            aliases,
            registries,
            namespaces,
            accept_declared_layers,
            verify_layers,
            judge_enveloped: base_bundles,
            cosign_tags: base_tagged,
            limits: _,
            memory: _,
        } = base;
        let exceptions = exceptions.in_force(reference, root, *now).map(|(exception, is_for)| {
            json!({
                "image": exception.to_string(),
                "check": exception.check.as_str(),
                "policy": exception.policy,
                "reason": exception.reason,
                "expires": exception.expires.to_string(),
                "isForThisImage": is_for,
            })
        });
        let exceptions: Vec<Value> = exceptions.collect();
        // The order of the members is part of the digest.
        let value = json!({
            "version": env!("CARGO_PKG_VERSION"),
            // The identity of a built-in policy is its name and the version of the program.
            "policy": policy.identity().name,
            "addedPolicies": sorted(self.added_identities().into_iter().map(|added| {
                json!({ "name": added.name, "digest": added.digest.to_string() })
            })),
            "findings": sorted(findings.iter().map(|findings| json!(findings))),
            "enforced": enforce_from.is_none_or(|from| *now >= from),
            "requireIndexSignature": require_root_signature,
            "exceptions": exceptions,
            "keys": self.keys(keys),
            "attestorKeys": self.keys(attestors),
            "identities": sorted(identities.iter().map(identity)),
            "threshold": threshold.get(),
            "trustedRoot": logs.digest().to_string(),
            "effectiveTime": effective_time.map(|time| time.to_string()),
            // Policies in Rego may ask for the time. Their answers can change from day to day.
            "day": (effective_time.is_none() && self.has_added_policies())
                .then(|| now.to_zoned(TimeZone::UTC).date().to_string()),
            "platforms": set(platforms),
            // A summary of a request that is narrowed to platforms is about the images that were judged. This binds
            // it to the index, which decides what else an engine could choose.
            "index": (!platforms.is_empty()).then(|| root.to_string()),
            "predicateTypes": set(predicate_types),
            "namespaces": set(names.namespaces()),
            "signedName": names.exact(),
            "rootAnnotations": root_annotations,
            "attestations": attestations.as_ref().map(ToString::to_string),
            // The same keys verify more if the caller gave them than if they are the default.
            "bundles": judge_enveloped,
            "tags": *tagged == CosignTags::Always,
            "bases": set(bases),
            "aliases": sorted(
                aliases.iter().map(|alias| json!([alias.copy.to_string(), alias.original.to_string()])),
            ),
            "baseRegistries": set(registries),
            "baseNamespaces": set(namespaces),
            "baseBundles": base_bundles,
            "baseTags": *base_tagged == CosignTags::Always,
            "acceptDeclaredLayers": accept_declared_layers,
            "verifyLayers": verify_layers,
        });
        let digest = Digest::of(value.to_string().as_bytes());
        Inputs { value, digest }
    }

    /// The name of each added policy, and the digest of its source, its configuration and its data.
    pub(super) fn added_identities(&self) -> Vec<PolicyIdentity> {
        #[cfg(feature = "rego")]
        let identities = self.rego.identities();
        #[cfg(not(feature = "rego"))]
        let identities = Vec::new();
        identities
    }

    /// Digest of everything that is trusted.
    pub(super) fn keyring(inputs: &Inputs) -> Digest {
        let names = ["keys", "attestorKeys", "identities", "threshold", "trustedRoot"];
        let trusted: Vec<Option<&Value>> = names.iter().map(|name| inputs.value.get(*name)).collect();
        Digest::of(json!(trusted).to_string().as_bytes())
    }

    /// The kinds of checks that the run skips for all objects.
    pub(super) fn skipped_checks(&self) -> impl Iterator<Item = SkippedCheck> {
        SkippedCheck::ALL.into_iter().filter(|check| match check {
            SkippedCheck::TransparencyLog => self.trust.log == LogPolicy::Skip,
            // Without the transparency log, signed certificate timestamps are not checked either.
            SkippedCheck::CertificateLog => {
                self.trust.log == LogPolicy::Skip || self.trust.sct == SctPolicy::Skip
            }
            SkippedCheck::Freshness => self.offline,
        })
    }

    /// The keys with all that decides: ID, dates, and whether they count. Names and origins are for people and left
    /// out.
    fn keys(&self, ring: &Keyring) -> Value {
        sorted(ring.iter().map(|key| {
            json!({
                "id": key.key.id().to_string(),
                "dhi": key.is_dhi(),
                "state": key.state.as_str(),
                "notBefore": key.window.not_before.map(|time| time.to_string()),
                "notAfter": key.window.not_after.map(|time| time.to_string()),
                "counts": key.state == KeyState::Active && key.window.contains(self.trust.effective_time),
            })
        }))
    }
}

fn identity(rule: &IdentityRule) -> Value {
    let matcher = |matcher: &Matcher| match matcher {
        Matcher::Exact(text) => json!({ "exact": text }),
        Matcher::Pattern { text, .. } => json!({ "pattern": text }),
    };
    json!({
        "identity": matcher(rule.identity()),
        "issuer": matcher(rule.issuer()),
        "claims": sorted(rule.claims().iter().map(|(claim, value)| json!([claim.as_str(), value]))),
    })
}

/// Neither the order of options nor duplicates change a verdict.
fn sorted(values: impl Iterator<Item = Value>) -> Value {
    let values: BTreeMap<String, Value> = values.map(|value| (value.to_string(), value)).collect();
    values.into_values().collect()
}

fn set<T: ToString>(things: impl IntoIterator<Item = T>) -> Value {
    sorted(things.into_iter().map(|thing| thing.to_string().into()))
}
