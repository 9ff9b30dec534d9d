//! `dhi keys update`: adds a DHI key, or fetches Sigstore's trusted root by TUF.
//!
//! A fetched key is added only if an active DHI key signed it, or if its fingerprint is given.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::super::output::write_data;
use super::super::printer::{Data, Printer};
use super::super::registry_options::path;
use super::super::session::{FilePurpose, Session};
use super::super::trust::public_key;
use super::super::trust_store::StoredTrust;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::registry::urls;
use crate::trust::{
    EndorsedKey, EndorsementProof, Endorser, KeyEndorsement, KeyId, Keyring, TrustedKey, TrustedRoot,
    TufUpdate as Fetched,
};
use crate::trust_store::{SIGSTORE_TUF_URL, Source, TufRepository};

/// URL of Docker's current signing key.
const LATEST_KEY_URL: &str = "https://dhi.io/keyring/latest.pub";

#[derive(Debug, Args)]
#[command(after_long_help = "\
A key is added only with a signature over its DER SubjectPublicKeyInfo by an active DHI key, or with \
its fingerprint. Otherwise nothing changes, and the exit code is 4.")]
pub(in crate::cli) struct Update {
    /// The new key: FILE or an https URL [default: Docker's latest]
    #[arg(long, value_name = "KEY")]
    from: Option<String>,

    /// Signature over the new key: FILE or an https URL [default: the location of the key with `.sig` appended]
    #[arg(long, value_name = "FILE", conflicts_with = "pin")]
    signature: Option<String>,

    /// Fingerprint of the new key, obtained by another way than the key: `sha256:` and 64 hex digits
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Option<String>,

    /// Update Sigstore's trusted root by TUF instead of the DHI keys
    #[arg(long, conflicts_with_all = ["from", "signature", "pin"])]
    sigstore: bool,

    /// TUF repository of a private Sigstore instance
    #[arg(long, value_name = "URL", requires = "sigstore")]
    tuf_url: Option<String>,

    /// A `root.json` of that repository, its root of trust
    #[arg(long, value_name = "FILE", requires = "tuf_url")]
    tuf_root: Option<String>,

    /// Trust the certificate authorities in FILE (PEM) besides the platform's
    #[arg(long, value_name = "FILE", env = "DHI_CA", value_parser = path())]
    ca: Vec<PathBuf>,

    /// Fetch nothing
    #[arg(long)]
    offline: bool,
}

pub(super) async fn run(arguments: &Update, printer: &Printer) -> Result<Exit, Diagnostic> {
    let session = Session::start(arguments.offline, &arguments.ca, printer)?;
    let stored = StoredTrust::of_user();
    let text = if arguments.sigstore {
        update_root(arguments, &stored, &session).await?
    } else {
        update_key(arguments, &stored, &session).await?
    };
    write_data(Data::Text(&text), printer)?;
    Ok(Exit::Pass)
}

async fn update_key(
    arguments: &Update,
    stored: &StoredTrust,
    session: &Session<'_, (), ()>,
) -> Result<String, Diagnostic> {
    let Session { limits, transport, .. } = session;
    let transport = transport.as_deref();
    let pin = arguments.pin.as_deref().map(str::parse::<KeyId>).transpose()?;
    let source = Source::parse(arguments.from.as_deref().unwrap_or(LATEST_KEY_URL))?;
    // If the stored keyring cannot be read, no request is sent.
    let known = stored.keyring(limits)?;
    let bytes = source.read(limits, transport).await?;
    let candidate = public_key(&source, bytes)?;
    let now = now();
    // A known key needs neither a proof nor a data directory.
    if let Ok(EndorsedKey::Known(key)) = known.endorse(candidate.clone(), None, now) {
        return Ok(key_report("unchanged", &key, &known));
    }
    let proof = match (pin, &arguments.signature) {
        (Some(pin), _) => Some(EndorsementProof::Pin(pin)),
        (None, Some(given)) => {
            let (_, bytes) = session.read(given, FilePurpose::Trust).await?;
            Some(EndorsementProof::signature(&bytes))
        }
        (None, None) => match source.with_suffix(".sig") {
            Some(beside) => {
                beside.find(limits, transport).await?.map(|bytes| EndorsementProof::signature(&bytes))
            }
            None => None,
        },
    };
    let refused = |error: crate::trust::Error| {
        error.to_diagnostic().fact("algorithm", candidate.algorithm()).fact("from", &source)
    };
    known.endorse(candidate.clone(), proof.as_ref(), now).map_err(refused)?;
    let lock = stored.directory()?.lock(limits).await?;
    let mut keyring = stored.keyring(limits)?;
    match keyring.endorse(candidate.clone(), proof.as_ref(), now).map_err(refused)? {
        // Another process added it meanwhile.
        EndorsedKey::Known(known) => Ok(key_report("unchanged", &known, &keyring)),
        EndorsedKey::New(key) => {
            keyring.push(key.clone());
            stored.write_keyring(&lock, &keyring)?;
            Ok(key_report("added", &key, &keyring))
        }
    }
}

fn key_report(what: &str, key: &TrustedKey, keyring: &Keyring) -> String {
    let mut text = format!("{what}  {}  {}, {}", key.name, key.key.algorithm(), key.state.as_str());
    match key.endorsement().map(KeyEndorsement::endorser) {
        None => {}
        Some(Endorser::Pin) => text.push_str(", accepted by its fingerprint"),
        Some(Endorser::Key(id)) => {
            let name = keyring.get(id).map_or_else(|| id.short(), |key| key.name.clone());
            let _ = write!(text, ", signed by {name}");
        }
    }
    format!("{text}\n{}\n", key.key.id())
}

async fn update_root(
    arguments: &Update,
    stored: &StoredTrust,
    session: &Session<'_, (), ()>,
) -> Result<String, Diagnostic> {
    let Session { limits, transport, .. } = session;
    let repository = match (&arguments.tuf_url, &arguments.tuf_root) {
        (Some(url), None) if urls::has_login(url) => TufRepository::new(url, Vec::new()),
        (Some(url), Some(file)) => {
            let (_, bytes) = session.read(file, FilePurpose::Trust).await?;
            TufRepository::new(url, bytes)
        }
        (Some(url), None) if !urls::has_login(url) && url.trim_end_matches('/') != SIGSTORE_TUF_URL => {
            return Err(Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                format!("there is no root of trust for `{}`", urls::display_url(url)),
            )
            .remedy(Remedy::GiveTufRoot));
        }
        _ => TufRepository::sigstore(),
    }?;
    let before = stored.record(limits)?;
    // A forgotten flag must not change from a private instance to the public one.
    if let Some(before) = before.as_ref().filter(|before| before.url != repository.url())
        && arguments.tuf_url.is_none()
    {
        let what = format!("the trusted root in use is from `{}`", before.url);
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what)
            .remedy(Remedy::NameTufRepository { public: SIGSTORE_TUF_URL }));
    }
    let Some(transport) = transport else {
        let what = format!("`{}` needs the network, which `--offline` forbids", repository.url());
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::UseFetchedRoot));
    };
    let directory = stored.directory()?;
    let lock = directory.lock(limits).await?;
    let now = now();
    let bytes = repository.trusted_root(directory, &lock, transport, limits, now).await?;
    let update = Fetched::new(repository.url(), now, &bytes);
    // A root that no command could use is not stored.
    let origin = format!("`{}` of `{}`", update.file_name(), update.url);
    let root = TrustedRoot::from_update(&bytes, update.clone(), &origin)?;
    let before = stored.record(limits)?;
    stored.write_root(&lock, &bytes, &update, before.as_ref())?;
    let same = before.is_some_and(|before| before.digest == update.digest);
    let what = if same { "unchanged" } else { "updated" };
    Ok(format!("{what}  {}\n{}\n", root.origin(), update.digest))
}

/// The time in whole seconds, as it is shown and stored.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default()
}
