//! The flags that say what is trusted.

use clap::Args;
use jiff::Timestamp;

use super::identity::IdentityArguments;
use super::session::{Read, Session};
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

    /// Key of somebody else who attaches attestations; never proves that an image is a DHI
    #[arg(long, value_name = "KEY")]
    attestor_key: Vec<String>,

    /// How many different keys or identities must have signed each object
    #[arg(long, value_name = "N", default_value = "1", value_parser = threshold, hide_default_value = true)]
    threshold: Threshold,

    /// Sigstore trusted root whose logs and authorities count, instead of the one of `dhi keys update --sigstore` or the embedded one
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<String>,

    /// Do not look at transparency log proofs, nor at the log of certificates
    #[arg(long, conflicts_with = "require_tlog")]
    skip_tlog: bool,

    /// Demand a good transparency log proof of every signature
    #[arg(long)]
    require_tlog: bool,

    /// Do not demand that certificates are in a log of certificates (private instances without one)
    #[arg(long)]
    skip_sct: bool,

    /// Time at which keys and certificates must be valid where no log or timestamp proves the time of a signature (RFC 3339; default: now)
    #[arg(long, value_name = "TIME")]
    pub(super) effective_time: Option<Timestamp>,

    #[command(flatten)]
    identity: IdentityArguments,
}

impl TrustArguments {
    /// Whether the caller gave keys or identities of his own.
    pub(super) fn gives_keys(&self) -> bool {
        !self.identity.is_empty()
            || !self.key.is_empty()
            || self.keyring.is_some()
            || !self.attestor_key.is_empty()
    }

    /// Whether the caller gave keys of attestors.
    pub(super) fn gives_attestor_keys(&self) -> bool {
        !self.attestor_key.is_empty()
    }

    /// Whether a flag says who must have signed, or what must prove it.
    pub(super) fn demands_proof(&self) -> bool {
        self.gives_keys()
            || self.threshold != Threshold::ONE
            || self.trusted_root.is_some()
            || self.require_tlog
            || self.effective_time.is_some()
    }

    /// Attestations of others, and keyless ones, are what cosign stores under tags.
    pub(super) fn tagged(&self) -> Tagged {
        if self.attestor_key.is_empty() && self.identity.is_empty() {
            Tagged::WhenUnanswered
        } else {
            Tagged::Always
        }
    }

    /// What cosign has to be told for the same check.
    pub(super) fn cosign<'a>(&'a self, trust: &'a Trust, plain_http: &'a [String]) -> Cosign<'a> {
        let stored = || trust.root.update().and_then(|update| StoredTrust::of_user().root_file(update));
        let trusted_root = self.trusted_root.clone().or_else(stored);
        Cosign { trust, trusted_root, plain_http }
    }

    /// Reads everything that the flags name.
    async fn read<R, T>(&self, session: &Session<'_, R, T>) -> Result<Trust, Diagnostic> {
        let stored = StoredTrust::of_user();
        // Whatever is given: which keys are Docker's, and so under the rule for their names, this ring says.
        let dhi = stored.ring(&session.limits)?;
        let keys = match (&self.keyring, self.key.as_slice()) {
            (Some(file), _) => {
                let (source, bytes) = session.read(file, Read::Trust).await?;
                Keyring::from_json(&bytes, &source.to_string())?.mark_dhi_keys(&dhi)
            }
            // Who names an identity asks for that one, not for Docker's key as well.
            (None, []) if !self.identity.is_empty() => Keyring::default(),
            (None, []) => dhi.clone(),
            (None, keys) => ring(keys, &dhi, session).await?,
        };
        let attestors = ring(&self.attestor_key, &dhi, session).await?;
        let root = match &self.trusted_root {
            Some(file) => {
                let (source, bytes) = session.read(file, Read::Trust).await?;
                TrustedRoot::from_json(&bytes, &source.to_string())?
            }
            None => stored.root(&session.limits, session.printer)?,
        };
        let log = match (self.skip_tlog, self.require_tlog) {
            (true, _) => LogPolicy::Skip,
            (_, true) => LogPolicy::Require,
            _ => LogPolicy::VerifyIfPresent,
        };
        let certificate_log = if self.skip_sct { SctPolicy::Skip } else { SctPolicy::Require };
        let identities = self.identity.rules()?;
        let authorities = (keys.iter().count() + identities.len()).max(attestors.iter().count());
        if self.threshold.get() > authorities {
            let what = format!("{} must sign, and {authorities} could", self.threshold.get());
            return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::GiveSigners));
        }
        Ok(Trust {
            keys,
            identities,
            attestors,
            root,
            log,
            sct: certificate_log,
            threshold: self.threshold,
            effective_time: self.effective_time.unwrap_or_else(Timestamp::now),
        })
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// With what the flags trust.
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
    Threshold::new(count).ok_or_else(|| "with 0 nothing would have to be signed".to_owned())
}

/// The keys that flags name, in their order.
pub(super) async fn given<R, T>(keys: &[String], session: &Session<'_, R, T>) -> Result<Keyring, Diagnostic> {
    let dhi = StoredTrust::of_user().ring(&session.limits)?;
    ring(keys, &dhi, session).await
}

async fn ring<R, T>(
    keys: &[String],
    dhi: &Keyring,
    session: &Session<'_, R, T>,
) -> Result<Keyring, Diagnostic> {
    let mut ring = Vec::with_capacity(keys.len());
    for text in keys {
        ring.push(match text.as_str() {
            "dhi-1" => TrustedKey::dhi_1()?,
            "dhi-2" => TrustedKey::dhi_2()?,
            _ => key(text, dhi, session).await?,
        });
    }
    Ok(Keyring::of(ring))
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
    let (source, bytes) = session.read(text, Read::Key).await?;
    let key = public_key(&source, bytes)?;
    if matches!(source, Source::Url(_)) {
        session.printer.note(&format!(
            "{source} gave key {} ({}); only TLS vouches for it: compare the id with its owner's, save the file and \
             give that",
            key.id(),
            key.algorithm()
        ));
    }
    // A DHI key keeps its dates, however it was given.
    let known = [TrustedKey::dhi_2(), TrustedKey::dhi_1()].into_iter().flatten().chain(dhi.iter().cloned());
    let known = known.into_iter().find(|known| known.key.id() == key.id());
    Ok(known.unwrap_or_else(|| TrustedKey::active(source.name(), key, source.written())))
}
