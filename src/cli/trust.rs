//! The trust flags: keys, identities, logs, thresholds and times.
//!
//! An embedded DHI key keeps its dates and its name rule, however a flag names it.

use clap::Args;
use jiff::Timestamp;

use super::identity::IdentityArguments;
use super::session::{FilePurpose, Session};
use super::trust_store::StoredTrust;
use crate::diagnostic::{Code, Diagnostic, PublicKeyForm, Remedy};
use crate::report::Cosign;
use crate::trust::{Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use crate::trust_store::Source;
use crate::verify::Tagged;

#[derive(Debug, Args)]
#[command(next_help_heading = "Trust")]
pub(super) struct TrustArguments {
    /// Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,

    /// Keyring file instead of the DHI key: JSON with ids, states and dates
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    keyring: Option<String>,

    /// Key of a third party that attaches attestations; never proves that an image is a DHI
    #[arg(long, value_name = "KEY")]
    attestor_key: Vec<String>,

    /// Number of different keys or identities that must have signed each object
    #[arg(long, value_name = "N", default_value = "1", value_parser = threshold, hide_default_value = true)]
    threshold: Threshold,

    /// Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<String>,

    /// Do not check transparency log proofs, nor certificate transparency
    #[arg(long, conflicts_with = "require_tlog")]
    skip_tlog: bool,

    /// Require a valid transparency log proof for every signature
    #[arg(long)]
    require_tlog: bool,

    /// Do not require that a certificate transparency log has the certificates (for private instances without one)
    #[arg(long)]
    skip_sct: bool,

    /// Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)
    #[arg(long, value_name = "TIME")]
    pub(super) effective_time: Option<Timestamp>,

    #[command(flatten)]
    identity: IdentityArguments,
}

impl TrustArguments {
    /// Whether a flag gives keys or identities.
    pub(super) fn gives_keys(&self) -> bool {
        !self.identity.is_empty()
            || !self.key.is_empty()
            || self.keyring.is_some()
            || !self.attestor_key.is_empty()
    }

    /// Whether a flag gives keys of attestors.
    pub(super) fn gives_attestor_keys(&self) -> bool {
        !self.attestor_key.is_empty()
    }

    /// Whether a flag requires a signer or a proof.
    pub(super) fn demands_proof(&self) -> bool {
        self.gives_keys()
            || self.threshold != Threshold::ONE
            || self.trusted_root.is_some()
            || self.require_tlog
            || self.effective_time.is_some()
    }

    /// When tags are searched for attestations. cosign stores third-party and keyless attestations under tags.
    pub(super) fn tagged(&self) -> Tagged {
        if self.attestor_key.is_empty() && self.identity.is_empty() {
            Tagged::WhenUnanswered
        } else {
            Tagged::Always
        }
    }

    /// The parameters of the equivalent cosign command.
    pub(super) fn cosign<'a>(&'a self, trust: &'a Trust, plain_http: &'a [String]) -> Cosign<'a> {
        let stored = || trust.root.update().and_then(|update| StoredTrust::of_user().root_file(update));
        let trusted_root = self.trusted_root.clone().or_else(stored);
        Cosign { trust, trusted_root, plain_http }
    }

    /// Reads everything that the flags name.
    ///
    /// # Errors
    ///
    /// The error of a key, keyring or trusted root that cannot be used; `usage/arguments` if fewer keys and identities
    /// are given than `--threshold` needs.
    async fn read<R, T>(&self, session: &Session<'_, R, T>) -> Result<Trust, Diagnostic> {
        let stored = StoredTrust::of_user();
        // The name rule applies to Docker's keys, whichever flag gives them: this keyring identifies them.
        let dhi = stored.keyring(&session.limits)?;
        let keys = match (&self.keyring, self.key.as_slice()) {
            (Some(file), _) => {
                let (source, bytes) = session.read(file, FilePurpose::Trust).await?;
                Keyring::from_json(&bytes, &source.to_string())?.mark_dhi_keys(&dhi)
            }
            // An identity replaces Docker's key.
            (None, []) if !self.identity.is_empty() => Keyring::default(),
            (None, []) => dhi.clone(),
            (None, keys) => keyring_of(keys, &dhi, session).await?,
        };
        let attestors = keyring_of(&self.attestor_key, &dhi, session).await?;
        let root = match &self.trusted_root {
            Some(file) => {
                let (source, bytes) = session.read(file, FilePurpose::Trust).await?;
                TrustedRoot::from_json(&bytes, &source.to_string())?
            }
            None => stored.root(&session.limits, session.printer)?,
        };
        let log = match (self.skip_tlog, self.require_tlog) {
            (true, _) => LogPolicy::Skip,
            (_, true) => LogPolicy::Require,
            _ => LogPolicy::VerifyIfPresent,
        };
        let sct = if self.skip_sct { SctPolicy::Skip } else { SctPolicy::Require };
        let identities = self.identity.rules()?;
        let signers = (keys.iter().count() + identities.len()).max(attestors.iter().count());
        let threshold = self.threshold.get();
        if threshold > signers {
            let given = if signers == 1 { "1 was given".to_owned() } else { format!("{signers} were given") };
            let message = format!("`--threshold {threshold}` needs {threshold} keys or identities, {given}");
            return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, message).remedy(Remedy::GiveSigners));
        }
        Ok(Trust {
            keys,
            identities,
            attestors,
            root,
            log,
            sct,
            threshold: self.threshold,
            effective_time: self.effective_time.unwrap_or_else(Timestamp::now),
        })
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// Adds the trust that the flags describe.
    pub(super) async fn with_trust(
        self,
        trust: &TrustArguments,
    ) -> Result<Session<'a, R, Trust>, Diagnostic> {
        let trust = trust.read(&self).await?;
        let Self { limits, transport, printer, registry, trust: _ } = self;
        Ok(Session { limits, transport, printer, registry, trust })
    }
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let count: usize = text.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
    Threshold::new(count).ok_or_else(|| "the threshold must be at least 1".to_owned())
}

/// The keys that a flag names, in their order.
pub(super) async fn keyring<R, T>(
    keys: &[String],
    session: &Session<'_, R, T>,
) -> Result<Keyring, Diagnostic> {
    let dhi = StoredTrust::of_user().keyring(&session.limits)?;
    keyring_of(keys, &dhi, session).await
}

async fn keyring_of<R, T>(
    keys: &[String],
    dhi: &Keyring,
    session: &Session<'_, R, T>,
) -> Result<Keyring, Diagnostic> {
    let mut keys_found = Vec::with_capacity(keys.len());
    for text in keys {
        keys_found.push(match text.as_str() {
            "dhi-1" => TrustedKey::dhi_1()?,
            "dhi-2" => TrustedKey::dhi_2()?,
            _ => key(text, dhi, session).await?,
        });
    }
    Ok(Keyring::of(keys_found))
}

/// The key in a PEM file that came from `source`.
pub(super) fn public_key(source: &Source, bytes: Vec<u8>) -> Result<PublicKey, Diagnostic> {
    let pem = String::from_utf8(bytes).map_err(|error| {
        let diagnostic = Diagnostic::new(Code::TRUST_KEY_FILE, format!("{source} is not a PEM file"));
        // DER begins with a sequence.
        let path = match source {
            Source::File(path) if error.as_bytes().starts_with(&[0x30]) => path.display().to_string(),
            _ => return diagnostic,
        };
        diagnostic.remedy(Remedy::ConvertPublicKey { path, form: PublicKeyForm::Der })
    })?;
    Ok(PublicKey::from_pem(&pem, &source.to_string())?)
}

async fn key<R, T>(text: &str, dhi: &Keyring, session: &Session<'_, R, T>) -> Result<TrustedKey, Diagnostic> {
    let (source, bytes) = session.read(text, FilePurpose::Key).await?;
    let key = public_key(&source, bytes)?;
    if matches!(source, Source::Url(_)) {
        session.printer.note(&format!(
            "key {} ({}) from {source} is authenticated only by TLS: compare the key ID with its owner's, save \
             the file and give the file",
            key.id(),
            key.algorithm()
        ));
    }
    // A DHI key keeps its dates, however it was given.
    let known = [TrustedKey::dhi_2(), TrustedKey::dhi_1()].into_iter().flatten().chain(dhi.iter().cloned());
    let known = known.into_iter().find(|known| known.key.id() == key.id());
    Ok(known.unwrap_or_else(|| TrustedKey::active(source.name(), key, source.display())))
}
