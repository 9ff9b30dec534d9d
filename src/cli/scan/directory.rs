//! The temporary directory of a scan, for copies of images and logins.
//!
//! Invariant: only this user can read it, and it is removed whenever the process ends in an orderly way: at the end of the
//! run, and by a signal.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};

/// The name of the login file, which Docker defines.
const LOGIN_FILE: &str = "config.json";
/// How often the removal is tried while other threads still write files.
const REMOVALS: usize = 64;

/// A directory that is removed when it is dropped.
pub(super) struct ScanDirectory(tempfile::TempDir);

impl ScanDirectory {
    /// Makes the directory, whatever the umask is.
    ///
    /// # Errors
    ///
    /// `output/write` if it cannot be made.
    pub(super) fn new() -> Result<Self, Diagnostic> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("dhi-scan-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        builder.tempdir().map(Self).map_err(|error| {
            let what = format!("no temporary directory can be made: {}", IoCause(&error));
            Diagnostic::new(Code::OUTPUT_WRITE, what).remedy(Remedy::ChooseTemporaryDirectory)
        })
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a login file that only this user can read. Returns its directory.
    ///
    /// # Errors
    ///
    /// `output/write` if it cannot be written.
    pub(super) fn write_login(&self, text: &str) -> Result<PathBuf, Diagnostic> {
        let directory = self.path().join("logins");
        write_private(&directory, text).map(|()| directory.clone()).map_err(|error| {
            let what = format!("`{}` cannot be written: {}", directory.display(), IoCause(&error));
            Diagnostic::new(Code::OUTPUT_WRITE, what)
        })
    }
}

/// Removes the directory, while other threads may still write into it.
pub(super) fn remove(directory: &Path) {
    for _ in 0..REMOVALS {
        if std::fs::remove_dir_all(directory).is_ok() || !directory.exists() {
            return;
        }
    }
}

fn write_private(directory: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;

    let mut builder = std::fs::DirBuilder::new();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

        builder.mode(0o700);
        options.mode(0o600);
    }
    // Its parent is not made again after its removal.
    match builder.create(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    options.open(directory.join(LOGIN_FILE))?.write_all(text.as_bytes())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_this_user_can_read_logins() {
        let directory = ScanDirectory::new().unwrap();
        for text in ["{\"auths\":{\"first\":{}}}", "{}"] {
            let logins = directory.write_login(text).unwrap();
            assert_eq!(std::fs::read_to_string(logins.join(LOGIN_FILE)).unwrap(), text);
            let modes = [directory.path(), &logins, &logins.join(LOGIN_FILE)].map(mode);
            assert_eq!(modes, [0o700, 0o700, 0o600]);
        }
        let path = directory.path().to_owned();
        remove(&path);
        assert!(!path.exists());
        assert!(directory.write_login("{}").is_err() && !path.exists());
    }
}
