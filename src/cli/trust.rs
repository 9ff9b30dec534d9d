//! The flags that say what is trusted.

use clap::Args;
use jiff::Timestamp;

use super::printer::Printer;
use crate::error::{Explain, Id, Problem};
use crate::limits::Limits;
use crate::sources::Source;
use crate::trust::{Keyring, LogPolicy, PublicKey, Trust, TrustedKey, TrustedRoot};

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

    /// Sigstore trusted root whose transparency logs count, instead of the embedded public one
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<String>,

    /// Do not look at transparency log proofs
    #[arg(long, conflicts_with = "require_tlog")]
    skip_tlog: bool,

    /// Demand a good transparency log proof of every signature
    #[arg(long)]
    require_tlog: bool,

    /// Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)
    #[arg(long, value_name = "TIME")]
    pub(super) effective_time: Option<Timestamp>,
}

impl TrustArguments {
    /// Whether the caller gave keys of his own.
    pub(super) fn gives_keys(&self) -> bool {
        !self.key.is_empty() || self.keyring.is_some() || !self.attestor_key.is_empty()
    }

    /// Reads everything that the flags name.
    pub(super) async fn read(
        &self,
        limits: &Limits,
        offline: bool,
        printer: &Printer,
    ) -> Result<Trust, Problem> {
        let keys = match (&self.keyring, self.key.as_slice()) {
            (Some(file), _) => {
                let source = Source::parse(file).map_err(|error| error.problem())?;
                let bytes = source.read(limits, offline).await.map_err(|error| error.problem())?;
                Keyring::from_json(&bytes, &source.to_string()).map_err(|error| error.problem())?
            }
            (None, []) => Keyring::dhi().map_err(|error| error.problem())?,
            (None, keys) => ring(keys, limits, offline, printer).await?,
        };
        let attestors = ring(&self.attestor_key, limits, offline, printer).await?;
        let root = match &self.trusted_root {
            Some(file) => {
                let source = Source::parse(file).map_err(|error| error.problem())?;
                let bytes = source.read(limits, offline).await.map_err(|error| error.problem())?;
                TrustedRoot::from_json(&bytes, &source.to_string()).map_err(|error| error.problem())?
            }
            None => TrustedRoot::public_good().map_err(|error| error.problem())?,
        };
        let log = match (self.skip_tlog, self.require_tlog) {
            (true, _) => LogPolicy::Skip,
            (_, true) => LogPolicy::Require,
            _ => LogPolicy::VerifyIfPresent,
        };
        Ok(Trust { keys, attestors, root, log, at: self.effective_time.unwrap_or_else(Timestamp::now) })
    }
}

async fn ring(
    keys: &[String],
    limits: &Limits,
    offline: bool,
    printer: &Printer,
) -> Result<Keyring, Problem> {
    let mut ring = Vec::with_capacity(keys.len());
    for text in keys {
        ring.push(match text.as_str() {
            "dhi-1" => TrustedKey::dhi_1().map_err(|error| error.problem())?,
            "dhi-2" => TrustedKey::dhi_2().map_err(|error| error.problem())?,
            _ => key(text, limits, offline, printer).await?,
        });
    }
    Ok(Keyring::of(ring))
}

async fn key(text: &str, limits: &Limits, offline: bool, printer: &Printer) -> Result<TrustedKey, Problem> {
    let source = Source::parse(text).map_err(|error| error.problem())?;
    let bytes = source.read(limits, offline).await.map_err(|error| error.problem())?;
    let pem = String::from_utf8(bytes)
        .map_err(|_| Problem::new(Id::TrustKeyFile, format!("{source} is not a PEM file")))?;
    let key = PublicKey::from_pem(&pem, &source.to_string()).map_err(|error| error.problem())?;
    if matches!(source, Source::Url(_)) {
        printer.note(&format!(
            "{source} gave key {} ({}); only TLS vouches for it: compare the id with its owner's, save the file and \
             give that",
            key.id(),
            key.algorithm()
        ));
    }
    // A DHI key keeps its dates, however it was given.
    let known = [TrustedKey::dhi_2(), TrustedKey::dhi_1()].into_iter().flatten();
    let known = known.into_iter().find(|known| known.key.id() == key.id());
    Ok(known.unwrap_or_else(|| TrustedKey::active(source.name(), key, text)))
}
