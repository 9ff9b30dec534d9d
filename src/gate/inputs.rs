//! Everything that a verdict rests on besides the image and what hangs on it, as one value with a digest. Whoever adds
//! an input of a verdict adds it here, or a summary made without it answers for it.
//!
//! What depends on the clock stands as what it is now: exceptions that are over are gone, and whether a policy is
//! enforced and a key counts is said outright, so that a summary does not outlive what it rests on. The log policy and
//! the checks that a run leaves out are not in the digest: those are compared by strictness.

use serde_json::{Value, json};

use super::Gate;
use crate::evidence::LeftOut;
use crate::oci::{Digest, Reference};
use crate::trust::{CertificateLog, Keyring, LogPolicy, State};
use crate::verify::Options;

/// The inputs of one verdict.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// All of them, by name.
    pub(super) value: Value,
    /// Digest of the value as compact JSON.
    pub(super) digest: Digest,
}

impl Gate<'_> {
    /// The inputs of the verdict about `reference`, which resolved to `root`.
    pub(super) fn inputs(&self, reference: &Reference, root: &Digest, options: &Options) -> Inputs {
        let exceptions = self.exceptions.in_force(reference, root, self.now).map(|(exception, is_for)| {
            json!({
                "image": exception.to_string(),
                "check": exception.check.as_str(),
                "reason": exception.reason,
                "expires": exception.expires.to_string(),
                "isForThisImage": is_for,
            })
        });
        let exceptions: Vec<Value> = exceptions.collect();
        let trust = self.trust;
        // The members keep this order, which the digest covers too.
        let value = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "policy": self.policy.as_str(),
            "enforced": self.enforce_from.is_none_or(|from| self.now >= from),
            "requireIndexSignature": self.requirements.require_root_signature,
            "exceptions": exceptions,
            "keys": self.keys(&trust.keys),
            "attestorKeys": self.keys(&trust.attestors),
            "identities": set(trust.identities.iter().map(ToString::to_string)),
            "threshold": trust.threshold.get(),
            "trustedRoot": trust.root.digest().to_string(),
            "effectiveTime": self.effective_time.map(|time| time.to_string()),
            "platforms": set(options.platforms.iter().map(ToString::to_string)),
            "predicateTypes": set(options.predicate_types.iter().cloned()),
            "namespaces": set(options.names.namespaces().iter().cloned()),
            "signedName": options.names.exact(),
            "attestations": options.attestations.as_ref().map(ToString::to_string),
            "bases": set(self.base.bases.iter().map(ToString::to_string)),
            "aliases": set(self.base.aliases.iter().map(|alias| format!("{}={}", alias.copy, alias.original))),
            "baseRegistries": set(self.base.registries.iter().cloned()),
            "baseNamespaces": set(self.base.namespaces.iter().cloned()),
            "acceptDeclaredLayers": self.base.accept_declared_layers,
            "verifyLayers": self.base.verify_layers,
        });
        let digest = Digest::of(value.to_string().as_bytes());
        Inputs { value, digest }
    }

    /// Digest of everything that is trusted.
    pub(super) fn keyring(inputs: &Inputs) -> Digest {
        let names = ["keys", "attestorKeys", "identities", "threshold", "trustedRoot"];
        let trusted: Vec<Option<&Value>> = names.iter().map(|name| inputs.value.get(*name)).collect();
        Digest::of(json!(trusted).to_string().as_bytes())
    }

    /// What the whole run does not look at.
    pub(super) fn left_out(&self) -> impl Iterator<Item = LeftOut> {
        LeftOut::ALL.into_iter().filter(|left_out| match left_out {
            LeftOut::TransparencyLog => self.trust.log == LogPolicy::Skip,
            // Without the one log nobody looks at the other.
            LeftOut::CertificateLog => {
                self.trust.log == LogPolicy::Skip || self.trust.certificate_log == CertificateLog::Skip
            }
            LeftOut::Freshness => self.offline,
        })
    }

    /// Names and origins are for people; what a key is and when it counts decides.
    fn keys(&self, ring: &Keyring) -> Value {
        let mut keys: Vec<(String, Value)> = ring
            .iter()
            .map(|key| {
                let id = key.key.id().to_string();
                let counts = key.state == State::Active && key.window.contains(self.trust.at);
                let value = json!({
                    "id": id,
                    "dhi": key.is_dhi(),
                    "state": key.state.as_str(),
                    "notBefore": key.window.not_before.map(|time| time.to_string()),
                    "notAfter": key.window.not_after.map(|time| time.to_string()),
                    "counts": counts,
                });
                (id, value)
            })
            .collect();
        keys.sort_by(|(one, _), (other, _)| one.cmp(other));
        keys.into_iter().map(|(_, value)| value).collect()
    }
}

/// Sorted and each once: the order of flags decides nothing.
fn set(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    texts
}
