//! What `dhi keys update` stored counts in every command, and what cannot be read of it is never passed over.

use jiff::Timestamp;

use super::printer::Printer;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Limits;
use crate::trust::{Keyring, TrustedRoot, TufUpdate};
use crate::trust_store::{self, DataDirectory, DataLock};

/// The DHI keys that were added.
const RING: &str = "keyring.json";
/// What is known of the trusted root, which has a file of its own.
const RECORD: &str = "sigstore.json";

/// The user's data directory.
pub(super) struct StoredTrust {
    /// None where the user has no home.
    directory: Option<DataDirectory>,
}

impl StoredTrust {
    pub(super) fn of_user() -> Self {
        Self { directory: DataDirectory::of_user() }
    }

    /// The directory, for who wants to change it.
    pub(super) fn directory(&self) -> Result<&DataDirectory, Diagnostic> {
        self.directory.as_ref().ok_or_else(|| {
            Diagnostic::new(Code::OUTPUT_WRITE, "there is no place to store it: no data directory is known")
                .remedy(Remedy::SetVariable { names: &["HOME", "XDG_DATA_HOME"] })
        })
    }

    /// The DHI keys that count: those of the program and those that were added.
    pub(super) fn ring(&self, limits: &Limits) -> Result<Keyring, Diagnostic> {
        match self.read(RING, limits)? {
            None => Keyring::dhi(),
            Some((bytes, origin)) => Keyring::dhi_with_ring_file(&bytes, &origin),
        }
        .map_err(|error| {
            error.to_diagnostic().maybe_remedy(
                self.directory.as_ref().map(|directory| Remedy::MendKeyring {
                    path: directory.file(RING).display().to_string(),
                }),
            )
        })
    }

    pub(super) fn write_ring(&self, lock: &DataLock, ring: &Keyring) -> Result<(), Diagnostic> {
        Ok(self.directory()?.write(lock, RING, ring.endorsed_json().as_bytes())?)
    }

    /// The trusted root that came by TUF, else the embedded one. An old one is a note.
    pub(super) fn root(&self, limits: &Limits, printer: &Printer) -> Result<TrustedRoot, Diagnostic> {
        let Some(update) = self.record(limits)? else {
            return Ok(TrustedRoot::public_good()?);
        };
        let name = update.file_name();
        let Some((bytes, origin)) = self.read(&name, limits)? else {
            let what = format!("the trusted root {} that was fetched is gone", update.digest);
            return Err(Diagnostic::new(Code::TRUST_KEY_FILE, what).maybe_remedy(self.remedy()));
        };
        let root = TrustedRoot::from_update(&bytes, update, &origin)
            .map_err(|error| error.to_diagnostic().maybe_remedy(self.remedy()))?;
        if let Some(days) = root.update().and_then(|update| update.stale_days(Timestamp::now())) {
            printer.note(&format!(
                "the {} is {days} days old; `dhi keys update --sigstore` fetches the one of now",
                root.origin()
            ));
        }
        Ok(root)
    }

    /// What is known of the trusted root that came by TUF, if one did.
    pub(super) fn record(&self, limits: &Limits) -> Result<Option<TufUpdate>, Diagnostic> {
        let Some((bytes, origin)) = self.read(RECORD, limits)? else { return Ok(None) };
        TufUpdate::from_json(&bytes, &origin)
            .map(Some)
            .map_err(|error| error.to_diagnostic().maybe_remedy(self.remedy()))
    }

    /// Puts a trusted root in the place of `before`. Whoever reads meanwhile finds the one or the other.
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
            directory.write(lock, RECORD, update.to_json().as_bytes())?;
            match before.filter(|before| before.digest != update.digest) {
                Some(before) => directory.remove(lock, &before.file_name()),
                None => Ok(()),
            }
        };
        Ok(write()?)
    }

    /// The file of the trusted root that came by TUF.
    pub(super) fn root_file(&self, update: &TufUpdate) -> Option<String> {
        Some(self.directory.as_ref()?.file(&update.file_name()).display().to_string())
    }

    fn remedy(&self) -> Option<Remedy> {
        let record = self.directory.as_ref()?.file(RECORD);
        Some(Remedy::RemoveRootRecord { path: record.display().to_string() })
    }

    fn read(&self, name: &str, limits: &Limits) -> Result<Option<(Vec<u8>, String)>, Diagnostic> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let bytes = directory.read(name, limits)?;
        Ok(bytes.map(|bytes| (bytes, format!("`{}`", directory.file(name).display()))))
    }
}
