//! The trust flags: keys, identities, logs, thresholds and times.
//!
//! An embedded DHI key keeps its dates and its name rule, however a flag names it.

use clap::Args;
use jiff::Timestamp;

use super::identity::IdentityArguments;
use super::session::{FilePurpose, Session};
use super::trust_store::StoredTrust;
use super::verifier::with_option_names;
use crate::diagnostic::{Code, Diagnostic, PublicKeyForm, Remedy};
use crate::gate::{Verifier, VerifierBuilder};
use crate::report::Cosign;
use crate::trust::{Keyring, LogPolicy, PublicKey, Threshold, Trust, TrustedKey, TrustedRoot};
use crate::trust_store::Source;

#[derive(Debug, Args)]
#[command(next_help_heading = "Trust")]
pub(super) struct TrustArguments {
    /// Key to verify with instead of the DHI key
    ///
    /// KEY is a file, `env://VAR`, an https URL, `dhi-1` or `dhi-2`. Repeatable.
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,

    /// Keyring file instead of the DHI key
    ///
    /// FILE is JSON with the IDs, states and dates of keys.
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    keyring: Option<String>,

    /// Key that may sign attestations, not images
    ///
    /// The key of a third party that attaches attestations. It never proves that an image is hardened. Repeatable.
    #[arg(long, value_name = "KEY")]
    attestor_key: Vec<String>,

    /// Number of different keys or identities that must have signed each object
    #[arg(long, value_name = "N", default_value = "1", value_parser = threshold, hide_default_value = true)]
    threshold: Threshold,

    /// Sigstore trusted root: the logs and authorities to trust
    ///
    /// By default that of `dhi keys update --sigstore`, else the embedded one.
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

    /// Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339;
    /// default: now)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) effective_time: Option<Timestamp>,

    #[command(flatten)]
    identity: IdentityArguments,
}

impl TrustArguments {
    /// Whether a flag requires a signer or a proof.
    pub(super) fn demands_proof(&self) -> bool {
        !self.identity.is_empty()
            || !self.key.is_empty()
            || self.keyring.is_some()
            || !self.attestor_key.is_empty()
            || self.threshold != Threshold::ONE
            || self.trusted_root.is_some()
            || self.require_tlog
            || self.effective_time.is_some()
    }

    /// The parameters of the equivalent cosign command.
    pub(super) fn cosign<'a>(&'a self, trust: &'a Trust, plain_http: &'a [String]) -> Cosign<'a> {
        let stored = || trust.root.update().and_then(|update| StoredTrust::of_user().root_file(update));
        let trusted_root = self.trusted_root.clone().or_else(stored);
        Cosign { trust, trusted_root, plain_http }
    }

    /// Reads everything that the flags name, and adds it to `builder`.
    ///
    /// # Errors
    ///
    /// The error of a key, keyring or trusted root that cannot be used.
    pub(super) async fn add_to<R, T>(
        &self,
        builder: VerifierBuilder,
        session: &Session<'_, R, T>,
    ) -> Result<VerifierBuilder, Diagnostic> {
        let stored = StoredTrust::of_user();
        // The name rule applies to Docker's keys, whichever flag gives them: this keyring identifies them.
        let mut builder = builder.docker_keyring(stored.keyring(&session.limits)?).threshold(self.threshold);
        if let Some(file) = &self.keyring {
            let (source, bytes) = session.read(file, FilePurpose::Trust).await?;
            builder = builder.keyring(Keyring::from_json(&bytes, &source.to_string())?);
        }
        for text in &self.key {
            builder = builder.trusted_key(key(text, session).await?);
        }
        // An identity replaces Docker's keys, as a key does.
        if self.keyring.is_none() && self.key.is_empty() && self.identity.is_empty() {
            builder = builder.docker_keys().map_err(|error| with_option_names(&error))?;
        }
        for text in &self.attestor_key {
            builder = builder.trusted_attestor(key(text, session).await?);
        }
        builder = builder.trusted_root(match &self.trusted_root {
            Some(file) => {
                let (source, bytes) = session.read(file, FilePurpose::Trust).await?;
                TrustedRoot::from_json(&bytes, &source.to_string())?
            }
            None => stored.root(&session.limits, session.printer)?,
        });
        builder = builder.log(match (self.skip_tlog, self.require_tlog) {
            (true, _) => LogPolicy::Skip,
            (_, true) => LogPolicy::Require,
            _ => LogPolicy::VerifyIfPresent,
        });
        if self.skip_sct {
            builder = builder.skip_sct();
        }
        if let Some(time) = self.effective_time {
            builder = builder.at(time);
        }
        for identity in self.identity.rules()? {
            builder = builder.identity(identity);
        }
        Ok(builder)
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// Adds the trust of `verifier` at this time.
    pub(super) fn with_trust(self, verifier: &Verifier, now: Timestamp) -> Session<'a, R, Trust> {
        let Self { limits, transport, printer, registry, trust: _ } = self;
        Session { limits, transport, printer, registry, trust: verifier.trust_at(now) }
    }
}

/// Parses a time.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "expected a time such as `2026-01-31T12:00:00Z` (RFC 3339)".to_owned())
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
    let mut keys_found = Vec::with_capacity(keys.len());
    for text in keys {
        keys_found.push(key(text, session).await?.with_known_dates(&dhi));
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

/// The key that `text` names.
async fn key<R, T>(text: &str, session: &Session<'_, R, T>) -> Result<TrustedKey, Diagnostic> {
    match text {
        "dhi-1" => return Ok(TrustedKey::dhi_1()?),
        "dhi-2" => return Ok(TrustedKey::dhi_2()?),
        _ => {}
    }
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
    Ok(TrustedKey::active(source.name(), key, source.display()))
}
