//! The signers that a caller accepts, and what follows from the choice.
//!
//! Invariants: without a key or identity there is no [`Trust`]; a key of Docker's keeps its dates however it is given;
//! attestations that carry their own signature are judged only where the caller chose the signers.

use jiff::Timestamp;

use super::error::BuildError;
use crate::trust::{IdentityRule, Keyring, LogPolicy, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use crate::verify::Tagged;

/// The signers that a caller accepts, and what must prove the time of a signature.
#[derive(Clone, Debug)]
pub(super) struct Signers {
    /// Docker's keys, where they differ from the embedded ones.
    pub(super) docker: Option<Keyring>,
    /// Whether Docker's keys may sign.
    pub(super) docker_counts: bool,
    /// Keys that are given one by one.
    pub(super) keys: Vec<TrustedKey>,
    /// Keyrings, in which the caller set the dates.
    pub(super) rings: Vec<Keyring>,
    pub(super) identities: Vec<IdentityRule>,
    pub(super) attestors: Vec<TrustedKey>,
    /// Sigstore's public instance where none is given.
    pub(super) root: Option<TrustedRoot>,
    pub(super) log: LogPolicy,
    pub(super) sct: SctPolicy,
    pub(super) threshold: Threshold,
}

impl Signers {
    /// Nobody, with the checks that the command makes by default.
    pub(super) fn none() -> Self {
        Self {
            docker: None,
            docker_counts: false,
            keys: Vec::new(),
            rings: Vec::new(),
            identities: Vec::new(),
            attestors: Vec::new(),
            root: None,
            log: LogPolicy::VerifyIfPresent,
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
        }
    }

    /// Whether attestations that carry their own signature are judged: the caller gave keys or identities for them.
    pub(super) fn judge_enveloped(&self) -> bool {
        !self.keys.is_empty()
            || !self.rings.is_empty()
            || !self.identities.is_empty()
            || !self.attestors.is_empty()
    }

    /// cosign stores attestations by other signers, and keyless ones, under tags.
    pub(super) fn tagged(&self) -> Tagged {
        if self.attestors.is_empty() && self.identities.is_empty() {
            Tagged::WhenUnanswered
        } else {
            Tagged::Always
        }
    }

    /// What a verification at `at` trusts.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoSigner`], [`BuildError::Threshold`], and [`BuildError::Trust`] where an embedded key or root
    /// cannot be read.
    pub(super) fn trust(self, at: Timestamp) -> Result<Trust, BuildError> {
        let Self { docker, docker_counts, keys, rings, identities, attestors, .. } = self;
        let docker = match docker {
            Some(ring) => ring,
            None => Keyring::dhi()?,
        };
        let dated = |keys: Vec<TrustedKey>| keys.into_iter().map(|key| key.with_known_dates(&docker));
        let from_rings = rings.into_iter().flat_map(|ring| ring.mark_dhi_keys(&docker).into_keys());
        let default = docker.iter().filter(|_| docker_counts).cloned();
        // The first of equal keys counts: `dhi-1` given by itself is active, in Docker's keyring it is not.
        let keys = Keyring::of(dated(keys).chain(from_rings).chain(default));
        let attestors = Keyring::of(dated(attestors));
        if keys.is_empty() && identities.is_empty() {
            return Err(BuildError::NoSigner);
        }
        let (needed, given) =
            (self.threshold.get(), (keys.iter().count() + identities.len()).max(attestors.iter().count()));
        if needed > given {
            return Err(BuildError::Threshold { needed, given });
        }
        let root = match self.root {
            Some(root) => root,
            None => TrustedRoot::public_good()?,
        };
        Ok(Trust {
            keys,
            identities,
            attestors,
            root,
            log: self.log,
            sct: self.sct,
            threshold: self.threshold,
            effective_time: at,
        })
    }
}
