//! The trust that `dhi keys update` stores: added DHI keys and the trusted root fetched by TUF.
//!
//! Every command uses it. A stored file that cannot be read is an error, never ignored.

use jiff::Timestamp;

use super::printer::Printer;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Limits;
use crate::trust::{Keyring, TrustedRoot, TufUpdate};
use crate::trust_store::{self, DataDirectory, DataLock};

/// File of the DHI keys that were added.
const KEYRING_FILE: &str = "keyring.json";
/// File with the source, time and digest of the fetched trusted root, which is stored under its digest.
const ROOT_RECORD_FILE: &str = "sigstore.json";

/// The user's data directory.
pub(super) struct StoredTrust {
    /// `None` if the user has no home directory.
    directory: Option<DataDirectory>,
}

impl StoredTrust {
    pub(super) fn of_user() -> Self {
        Self { directory: DataDirectory::of_user() }
    }

    /// The directory, for writing.
    ///
    /// # Errors
    ///
    /// `output/write` if no data directory is known.
    pub(super) fn directory(&self) -> Result<&DataDirectory, Diagnostic> {
        self.directory.as_ref().ok_or_else(|| {
            Diagnostic::new(Code::OUTPUT_WRITE, "it cannot be stored: no data directory is known")
                .remedy(Remedy::SetVariable { names: &["HOME", "XDG_DATA_HOME"] })
        })
    }

    /// The trusted DHI keys: the embedded ones and those that were added.
    pub(super) fn keyring(&self, limits: &Limits) -> Result<Keyring, Diagnostic> {
        match self.read(KEYRING_FILE, limits)? {
            None => Keyring::dhi(),
            Some((bytes, origin)) => Keyring::dhi_with_ring_file(&bytes, &origin),
        }
        .map_err(|error| {
            error.to_diagnostic().maybe_remedy(self.directory.as_ref().map(|directory| Remedy::MendKeyring {
                path: directory.file(KEYRING_FILE).display().to_string(),
            }))
        })
    }

    pub(super) fn write_keyring(&self, lock: &DataLock, keyring: &Keyring) -> Result<(), Diagnostic> {
        Ok(self.directory()?.write(lock, KEYRING_FILE, keyring.endorsed_json().as_bytes())?)
    }

    /// The trusted root that was fetched by TUF, else the embedded one. Prints a note if it is old.
    ///
    /// # Errors
    ///
    /// `trust/key-file` if the stored root is missing or cannot be used.
    pub(super) fn root(&self, limits: &Limits, printer: &Printer) -> Result<TrustedRoot, Diagnostic> {
        let Some(update) = self.record(limits)? else {
            return Ok(TrustedRoot::public_good()?);
        };
        let name = update.file_name();
        let Some((bytes, origin)) = self.read(&name, limits)? else {
            let what = format!("the fetched trusted root {} is missing", update.digest);
            return Err(Diagnostic::new(Code::TRUST_KEY_FILE, what).maybe_remedy(self.remedy()));
        };
        let root = TrustedRoot::from_update(&bytes, update, &origin)
            .map_err(|error| error.to_diagnostic().maybe_remedy(self.remedy()))?;
        if let Some(days) = root.update().and_then(|update| update.stale_days(Timestamp::now())) {
            printer.note(&format!(
                "the {} is {days} days old; `dhi keys update --sigstore` fetches the current one",
                root.origin()
            ));
        }
        Ok(root)
    }

    /// The record of the trusted root that was fetched by TUF, if there is one.
    pub(super) fn record(&self, limits: &Limits) -> Result<Option<TufUpdate>, Diagnostic> {
        let Some((bytes, origin)) = self.read(ROOT_RECORD_FILE, limits)? else { return Ok(None) };
        TufUpdate::from_json(&bytes, &origin)
            .map(Some)
            .map_err(|error| error.to_diagnostic().maybe_remedy(self.remedy()))
    }

    /// Replaces the trusted root `before`. A concurrent reader finds the old or the new root.
    pub(super) fn write_root(
        &self,
        lock: &DataLock,
        bytes: &[u8],
        update: &TufUpdate,
        before: Option<&TufUpdate>,
    ) -> Result<(), Diagnostic> {
        let directory = self.directory()?;
        let write = || -> Result<(), trust_store::Error> {
            directory.write(lock, &update.file_name(), bytes)?;
            directory.write(lock, ROOT_RECORD_FILE, update.to_json().as_bytes())?;
            match before.filter(|before| before.digest != update.digest) {
                Some(before) => directory.remove(lock, &before.file_name()),
                None => Ok(()),
            }
        };
        Ok(write()?)
    }

    /// The file of the trusted root that was fetched by TUF.
    pub(super) fn root_file(&self, update: &TufUpdate) -> Option<String> {
        Some(self.directory.as_ref()?.file(&update.file_name()).display().to_string())
    }

    fn remedy(&self) -> Option<Remedy> {
        let record = self.directory.as_ref()?.file(ROOT_RECORD_FILE);
        Some(Remedy::RemoveRootRecord { path: record.display().to_string() })
    }

    fn read(&self, name: &str, limits: &Limits) -> Result<Option<(Vec<u8>, String)>, Diagnostic> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let bytes = directory.read(name, limits)?;
        Ok(bytes.map(|bytes| (bytes, format!("`{}`", directory.file(name).display()))))
    }
}
