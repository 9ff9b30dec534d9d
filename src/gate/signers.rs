//! The signers that a caller trusts, and the settings that follow from them.
//!
//! Without a key or identity there is no [`Trust`]. A key of Docker keeps its dates, however it is given.
//! Attestations that hold their own signature are judged only if the caller chose the signers.

use jiff::Timestamp;

use super::error::BuildError;
use crate::trust::{IdentityRule, Keyring, LogPolicy, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use crate::verify::CosignTags;

/// The signers that a caller trusts, and what must prove the time of a signature.
#[derive(Clone, Debug)]
pub(super) struct Signers {
    /// Docker's keys, if they differ from the embedded ones.
    pub(super) docker: Option<Keyring>,
    /// Whether Docker's keys are trusted.
    pub(super) docker_counts: bool,
    /// Keys that are given one by one.
    pub(super) keys: Vec<TrustedKey>,
    /// Keyrings, in which the caller set the dates.
    pub(super) rings: Vec<Keyring>,
    pub(super) identities: Vec<IdentityRule>,
    pub(super) attestors: Vec<TrustedKey>,
    /// The trusted root. `None`: that of Sigstore's public instance.
    pub(super) root: Option<TrustedRoot>,
    pub(super) log: LogPolicy,
    pub(super) sct: SctPolicy,
    pub(super) threshold: Threshold,
}

impl Signers {
    /// No signers, and the default checks of the command.
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

    /// Whether attestations that hold their own signature are judged: only if the caller gave keys or identities.
    pub(super) fn judge_enveloped(&self) -> bool {
        !self.keys.is_empty()
            || !self.rings.is_empty()
            || !self.identities.is_empty()
            || !self.attestors.is_empty()
    }

    /// When cosign's tags are read: cosign stores attestations by other signers, and keyless ones, under tags.
    pub(super) fn cosign_tags(&self) -> CosignTags {
        if self.attestors.is_empty() && self.identities.is_empty() {
            CosignTags::IfNeeded
        } else {
            CosignTags::Always
        }
    }

    /// What a verification at the time `at` trusts.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoSigner`], [`BuildError::Threshold`], and [`BuildError::Trust`] if an embedded key or root
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
