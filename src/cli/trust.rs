//! The flags that say what is trusted.

use clap::Args;
use jiff::Timestamp;

use super::identity::IdentityArguments;
use super::session::{Read, Session};
use super::trust_store::StoredTrust;
use super::verifier::worded;
use crate::diagnostic::{Code, Diagnostic, PublicKeyForm, Remedy};
use crate::gate::{Verifier, VerifierBuilder};
use crate::report::Cosign;
use crate::trust::{Keyring, LogPolicy, PublicKey, Threshold, Trust, TrustedKey, TrustedRoot};
use crate::trust_store::Source;

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
    /// Whether a flag says who must have signed, or what must prove it.
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

    /// What cosign has to be told for the same check.
    pub(super) fn cosign<'a>(&'a self, trust: &'a Trust, plain_http: &'a [String]) -> Cosign<'a> {
        let stored = || trust.root.update().and_then(|update| StoredTrust::of_user().root_file(update));
        let trusted_root = self.trusted_root.clone().or_else(stored);
        Cosign { trust, trusted_root, plain_http }
    }

    /// Reads everything that the flags name, and adds it to `builder`.
    pub(super) async fn add_to<R, T>(
        &self,
        builder: VerifierBuilder,
        session: &Session<'_, R, T>,
    ) -> Result<VerifierBuilder, Diagnostic> {
        let stored = StoredTrust::of_user();
        // Whatever is given: this ring has the keys of Docker, for which its rule for names holds.
        let mut builder = builder.docker_keyring(stored.ring(&session.limits)?).threshold(self.threshold);
        if let Some(file) = &self.keyring {
            let (source, bytes) = session.read(file, Read::Trust).await?;
            builder = builder.keyring(Keyring::from_json(&bytes, &source.to_string())?);
        }
        for text in &self.key {
            builder = builder.trusted_key(key(text, session).await?);
        }
        // An identity replaces Docker's keys, as a key does.
        if self.keyring.is_none() && self.key.is_empty() && self.identity.is_empty() {
            builder = builder.docker_keys().map_err(worded)?;
        }
        for text in &self.attestor_key {
            builder = builder.trusted_attestor(key(text, session).await?);
        }
        builder = builder.trusted_root(match &self.trusted_root {
            Some(file) => {
                let (source, bytes) = session.read(file, Read::Trust).await?;
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
    /// With what `verifier` trusts now.
    pub(super) fn with_trust(self, verifier: &Verifier, now: Timestamp) -> Session<'a, R, Trust> {
        let Self { limits, transport, printer, registry, trust: _ } = self;
        Session { limits, transport, printer, registry, trust: verifier.trust_at(now) }
    }
}

fn threshold(text: &str) -> Result<Threshold, String> {
    let count: usize = text.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
    Threshold::new(count).ok_or_else(|| "with 0 nothing would have to be signed".to_owned())
}

/// The keys that flags name, in their order.
pub(super) async fn given<R, T>(keys: &[String], session: &Session<'_, R, T>) -> Result<Keyring, Diagnostic> {
    let dhi = StoredTrust::of_user().ring(&session.limits)?;
    let mut given = Vec::with_capacity(keys.len());
    for text in keys {
        given.push(key(text, session).await?.with_known_dates(&dhi));
    }
    Ok(Keyring::of(given))
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
    Ok(TrustedKey::active(source.name(), key, source.written()))
}
