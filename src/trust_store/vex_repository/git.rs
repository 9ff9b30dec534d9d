//! Fetches a repository with an installed git: the newest commit of its default branch, and nothing else.
//!
//! Invariant: git gets fixed arguments, no configuration of the user or the machine, no terminal, and one protocol. It
//! checks nothing out, so no hook, filter or link of the repository has an effect; the content is taken as an archive,
//! with the bounds of every archive. A login is in the environment of git, never in its arguments or the URL.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use tokio::process::Command;

use super::archive;
use super::copy::Copy;
use super::error::RepositoryError;
use super::fetched::Fetched;
use super::list::RepositoryEntry;
use super::manifest::Manifest;
use super::pack::{Pack, PackReader};
use super::record::StoredManifest;
use super::url::MANIFEST;
use crate::diagnostic::IoCause;
use crate::limits::{Exceeded, read_whole};
use crate::registry::subprocess::{Bounds, run_bounded};
use crate::registry::urls::Url;
use crate::registry::{Credentials, SiteLogin, Transport};
use crate::trust_store::archive::ArchiveError;
use crate::trust_store::limits::{VEX_FETCH_TIME, VEX_GIT_ANSWER, VEX_GIT_FILES};

/// The time between two measurements of what git stored.
const MEASURE: Duration = Duration::from_millis(200);
/// Variables that git gets: where programs are, proxies, and certificate authorities.
const PASSED_ON: [&str; 17] = [
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMPDIR",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "LD_LIBRARY_PATH",
];

/// One fetch of a repository.
pub(super) struct GitFetch<'a> {
    pub(super) repository: &'a RepositoryEntry,
    pub(super) remote: &'a Url,
    pub(super) transport: &'a Transport,
    pub(super) credentials: &'a Credentials,
    /// A directory for temporary files.
    pub(super) scratch: &'a Path,
    pub(super) now: Timestamp,
}

/// A directory that is removed with its content.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parent: &Path) -> io::Result<Self> {
        let random: String = (0..12).map(|_| fastrand::alphanumeric()).collect();
        let path = parent.join(format!(".git-{random}"));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl GitFetch<'_> {
    /// Fetches the repository, unless its newest commit is that of `known`.
    ///
    /// # Errors
    ///
    /// [`RepositoryError`] if git cannot be run or fails, or if the content cannot be used.
    pub(super) async fn fetch(&self, known: Option<&Copy>) -> Result<Fetched, RepositoryError> {
        let scratch =
            Scratch::new(self.scratch).map_err(|error| self.failed(&IoCause(&error).to_string()))?;
        let mut login = self.repository.login.explicit(self.name(), self.transport)?;
        let newest = match self.newest(&scratch, login.as_ref()).await {
            Err(error) if login.is_none() && self.remote.scheme() != "file" => {
                let source = &self.repository.login;
                login = source.configured(self.name(), self.remote, self.credentials, self.transport).await?;
                if login.is_none() {
                    return Err(error);
                }
                self.newest(&scratch, login.as_ref()).await
            }
            newest => newest,
        }?;
        if let Some(copy) = known
            && copy.record.tag.as_deref() == Some(&newest)
            && copy.record.location == self.remote.as_str()
        {
            let manifest = StoredManifest { read: self.now, ..copy.record.manifest.clone() };
            return Ok(Fetched::Unchanged { manifest });
        }
        let clone = scratch.0.join("clone");
        let clone_arguments: [&OsStr; 10] = [
            "clone".as_ref(),
            "--quiet".as_ref(),
            "--bare".as_ref(),
            "--depth=1".as_ref(),
            "--single-branch".as_ref(),
            "--no-tags".as_ref(),
            "--template=".as_ref(),
            "--".as_ref(),
            self.remote.as_str().as_ref(),
            clone.as_os_str(),
        ];
        self.git(&scratch, &clone_arguments, login.as_ref(), VEX_GIT_ANSWER).await?;
        let in_clone = |arguments: &[&str]| {
            let directory = format!("--git-dir={}", clone.display());
            std::iter::once(directory)
                .chain(arguments.iter().map(|text| (*text).to_owned()))
                .collect::<Vec<_>>()
        };
        let named = in_clone(&["rev-parse", "--verify", "HEAD^{commit}"]);
        let named = self.git(&scratch, &named, None, VEX_GIT_ANSWER).await?;
        let commit = commit_of(&named).ok_or_else(|| self.failed("git names no commit"))?;
        let archive = in_clone(&["archive", "--format=tar", &commit]);
        let archive = self.git(&scratch, &archive, None, VEX_GIT_FILES).await?;
        let what = format!("commit {commit}");
        let unpacked = tokio::task::spawn_blocking(move || archive::unpack(&archive, "")).await;
        let pack = unpacked
            .unwrap_or_else(|error| Err(ArchiveError::Refused(error.to_string())))
            .map_err(|error| error.about(self.name(), what.clone()))?;
        let unusable = |cause: String| RepositoryError::Unusable {
            repository: self.name().to_owned(),
            what: what.clone(),
            cause,
        };
        pack.check_index(self.name()).map_err(unusable)?;
        let manifest = manifest(&pack).map_err(unusable)?;
        Ok(Fetched::Content {
            manifest: StoredManifest::new(manifest, self.now),
            location: self.remote.as_str().to_owned(),
            tag: Some(commit),
            pack,
        })
    }

    /// The newest commit of the default branch.
    async fn newest(&self, scratch: &Scratch, login: Option<&SiteLogin>) -> Result<String, RepositoryError> {
        let listed = self
            .git(scratch, &["ls-remote", "--", self.remote.as_str(), "HEAD"], login, VEX_GIT_ANSWER)
            .await?;
        commit_of(&listed).ok_or_else(|| self.failed("it has no default branch"))
    }

    /// Runs git, and returns its standard output of at most `bound` bytes.
    async fn git(
        &self,
        scratch: &Scratch,
        arguments: &[impl AsRef<OsStr>],
        login: Option<&SiteLogin>,
        bound: u64,
    ) -> Result<Vec<u8>, RepositoryError> {
        let failed = |cause: &str| self.failed(cause);
        let messages = scratch.0.join("messages");
        let to = File::create(&messages).map_err(|error| failed(&IoCause(&error).to_string()))?;
        let mut command = Command::new("git");
        command.args(arguments).current_dir(&scratch.0).stderr(Stdio::from(to));
        self.set_environment(&mut command, &scratch.0, login);
        let bounds = Bounds { output: bound, time: VEX_FETCH_TIME };
        // Dropping the run ends git.
        let (status, output) = tokio::select! {
            ended = run_bounded(&mut command, b"", bounds) => {
                ended.map_err(|cause| failed(&format!("git: {cause}")))?
            }
            exceeded = outgrown(&scratch.0) => {
                let what = "what git stores".to_owned();
                return Err(RepositoryError::Limit { repository: self.name().to_owned(), what, exceeded });
            }
        };
        if status.success() { Ok(output) } else { Err(failed(&message(&messages, status))) }
    }

    fn set_environment(&self, command: &mut Command, home: &Path, login: Option<&SiteLogin>) {
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let mut settings: Vec<(String, String)> = [
            ("core.hooksPath", nothing),
            ("credential.helper", ""),
            ("core.askPass", ""),
            // A redirect could lead to another host.
            ("http.followRedirects", "false"),
            ("submodule.recurse", "false"),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if let Some(header) = login.and_then(SiteLogin::secret_header) {
            let origin = self.remote.origin().ascii_serialization();
            settings.push((format!("http.{origin}/.extraHeader"), format!("Authorization: {header}")));
        }
        command.env_clear();
        let passed_on = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.envs(passed_on);
        command.env("HOME", home).env("LC_ALL", "C");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", nothing);
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
        command.env("GIT_ALLOW_PROTOCOL", self.remote.scheme());
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (position, (name, value)) in settings.into_iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{position}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{position}"), value);
        }
    }

    fn name(&self) -> &str {
        self.repository.name.as_str()
    }

    fn failed(&self, cause: &str) -> RepositoryError {
        RepositoryError::Unreachable {
            repository: self.name().to_owned(),
            what: format!("`{}`", self.remote),
            cause: self.transport.displayable(cause),
        }
    }
}

/// Waits until the files in a directory are over the limit.
async fn outgrown(directory: &Path) -> Exceeded {
    loop {
        tokio::time::sleep(MEASURE).await;
        let directory = directory.to_owned();
        let size = tokio::task::spawn_blocking(move || size(&directory)).await.unwrap_or_default();
        if size > VEX_GIT_FILES {
            return Exceeded::new(format!("{size} bytes"), VEX_GIT_FILES, "bytes");
        }
    }
}

/// The size of all files in a directory. Links are not followed.
fn size(directory: &Path) -> u64 {
    let mut size = 0_u64;
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                directories.push(entry.path());
            } else {
                size = size.saturating_add(metadata.len());
            }
        }
    }
    size
}

/// The last line that git wrote, or its exit status.
fn message(file: &Path, status: ExitStatus) -> String {
    let text =
        File::open(file).ok().and_then(|file| read_whole(file, VEX_GIT_ANSWER).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let fatal = text.lines().rev().find(|line| line.starts_with("fatal: ")).or_else(|| text.lines().last());
    match fatal.map(|line| line.trim_start_matches("fatal: ").trim()).filter(|line| !line.is_empty()) {
        Some(line) => format!("git: {line}"),
        None => format!("git ended with {status}"),
    }
}

/// The commit at the start of an answer.
fn commit_of(answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let commit = text.split_whitespace().next()?;
    let is_commit = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| commit.to_owned())
}

fn manifest(pack: &Pack) -> Result<Manifest, String> {
    let mut files = PackReader::of_bytes(pack)?;
    let bytes = files.read(MANIFEST).map_err(|_| format!("it has no `{MANIFEST}`"))?;
    Manifest::read(&bytes)
}
