//! Fetches a repository over HTTP: its manifest, then its archive from the first location that has a usable one.

use jiff::Timestamp;

use super::archive;
use super::copy::Copy;
use super::error::RepositoryError;
use super::fetched::Fetched;
use super::list::RepositoryEntry;
use super::manifest::Manifest;
use super::pack::Pack;
use super::record::StoredManifest;
use crate::limits::Exceeded;
use crate::registry::transport::{HttpResponse, Profile, Redirects, StatusClass, TransportError, named_url};
use crate::registry::urls::{DisplayUrl, Url};
use crate::registry::{Credentials, SiteLogin, Transport};
use crate::trust_store::archive::ArchiveError;
use crate::trust_store::limits::{VEX_ARCHIVE, VEX_FETCH_TIME, VEX_MANIFEST, VEX_MANIFEST_TIME, VEX_TAG};

const CONTENT: Profile = Profile {
    redirects: Redirects::Follow,
    success: &[200],
    absent: &[404, 410],
    attempts: u32::MAX,
    time: Some(VEX_FETCH_TIME),
};
const UNLESS_UNCHANGED: Profile = Profile { success: &[200, 304], ..CONTENT };
const MANIFEST: Profile = Profile { time: Some(VEX_MANIFEST_TIME), ..CONTENT };
const NOT_MODIFIED: u16 = 304;

/// One fetch of a repository.
pub(super) struct HttpFetch<'a> {
    pub(super) repository: &'a RepositoryEntry,
    /// The address of the repository. Its origin alone gets the login.
    pub(super) site: &'a Url,
    pub(super) transport: &'a Transport,
    pub(super) credentials: &'a Credentials,
    pub(super) now: Timestamp,
}

/// The archive of a location.
enum Located {
    Unchanged,
    Archive { pack: Pack, tag: Option<String> },
}

impl HttpFetch<'_> {
    /// Fetches the repository. `manifest`, as it was last read, is used if it is recent. The entity tag of `known` is sent
    /// for the location that it is of: the caller has that content, and checked it.
    ///
    /// # Errors
    ///
    /// The error of the manifest, or of the first location if none can be used.
    pub(super) async fn fetch(
        &self,
        manifest_url: &Url,
        manifest: Option<StoredManifest>,
        known: Option<&Copy>,
    ) -> Result<Fetched, RepositoryError> {
        if let Some(manifest) = manifest.filter(|manifest| manifest.is_recent(self.now)) {
            let tried = self.locations(manifest_url, manifest, known).await;
            // The publisher may have moved the archive.
            if !matches!(tried, Err(RepositoryError::Unreachable { .. } | RepositoryError::Denied { .. })) {
                return tried;
            }
        }
        let manifest = self.manifest(manifest_url).await?;
        self.locations(manifest_url, manifest, known).await
    }

    async fn manifest(&self, url: &Url) -> Result<StoredManifest, RepositoryError> {
        let what = format!("the manifest `{}`", DisplayUrl(url));
        let answer = self.get(MANIFEST, url, &what, VEX_MANIFEST, None).await?;
        match Manifest::read(&answer.body) {
            Ok(manifest) => Ok(StoredManifest::new(manifest, self.now)),
            Err(cause) => Err(self.unusable(what, cause)),
        }
    }

    async fn locations(
        &self,
        manifest_url: &Url,
        manifest: StoredManifest,
        known: Option<&Copy>,
    ) -> Result<Fetched, RepositoryError> {
        let mut first = None;
        for location in &manifest.locations {
            match self.location(manifest_url, location, known).await {
                Ok(Located::Unchanged) => return Ok(Fetched::Unchanged { manifest }),
                Ok(Located::Archive { pack, tag }) => {
                    let location = location.clone();
                    return Ok(Fetched::Content { manifest, location, tag, pack });
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first
            .unwrap_or_else(|| self.unusable("its manifest".to_owned(), "it has no location".to_owned())))
    }

    async fn location(
        &self,
        manifest_url: &Url,
        location: &str,
        known: Option<&Copy>,
    ) -> Result<Located, RepositoryError> {
        let (text, below) = split_directory(location);
        let url = named_url(manifest_url, &text)
            .map_err(|cause| self.unusable("a location of its manifest".to_owned(), cause))?;
        let what = format!("the archive `{}`", DisplayUrl(&url));
        archive::check_name(&url).map_err(|error| self.refused(what.clone(), error))?;
        let known = known.map(|copy| &copy.record).filter(|record| record.location == location);
        let tag = known.and_then(|record| record.tag.as_deref());
        let profile = if tag.is_some() { UNLESS_UNCHANGED } else { CONTENT };
        let answer = self.get(profile, &url, &what, VEX_ARCHIVE, tag).await?;
        if answer.status == NOT_MODIFIED {
            return Ok(Located::Unchanged);
        }
        let tag = answer.header("etag").filter(|tag| tag.len() <= VEX_TAG).map(str::to_owned);
        let body = answer.body;
        let unpacked = tokio::task::spawn_blocking(move || archive::unpack(&body, &below)).await;
        let pack = unpacked
            .unwrap_or_else(|error| Err(ArchiveError::Refused(error.to_string())))
            .map_err(|error| self.refused(what.clone(), error))?;
        pack.check_index(self.name()).map_err(|cause| self.unusable(what, cause))?;
        Ok(Located::Archive { pack, tag })
    }

    /// Requests `url`. A login that is configured for the host is sent only after the host demands one.
    async fn get(
        &self,
        profile: Profile,
        url: &Url,
        what: &str,
        bound: u64,
        tag: Option<&str>,
    ) -> Result<HttpResponse, RepositoryError> {
        let may_log_in = url.origin() == self.site.origin();
        let explicit =
            if may_log_in { self.repository.login.explicit(self.name(), self.transport)? } else { None };
        let answer = self.send(profile, url, what, bound, explicit.as_ref(), tag).await?;
        let demands = matches!(answer.status, 401 | 403 | 404) && may_log_in && explicit.is_none();
        let configured = if demands {
            let login = &self.repository.login;
            login.configured(self.name(), self.site, self.credentials, self.transport).await?
        } else {
            None
        };
        let answer = match configured {
            Some(login) => self.send(profile, url, what, bound, Some(&login), tag).await?,
            None => answer,
        };
        let repository = self.name().to_owned();
        let (what, cause) = (what.to_owned(), format!("the answer is {}", answer.text));
        match (answer.class, answer.status) {
            (StatusClass::Success, _) => Ok(answer),
            (_, 401 | 403) => Err(RepositoryError::Denied { repository, what, cause }),
            _ => Err(RepositoryError::Unreachable { repository, what, cause }),
        }
    }

    async fn send(
        &self,
        profile: Profile,
        url: &Url,
        what: &str,
        bound: u64,
        login: Option<&SiteLogin>,
        tag: Option<&str>,
    ) -> Result<HttpResponse, RepositoryError> {
        self.transport.get_if_changed(profile, url, bound, login, tag).await.map_err(|error| {
            let limit = |exceeded: Exceeded| RepositoryError::Limit {
                repository: self.name().to_owned(),
                what: what.to_owned(),
                exceeded,
            };
            match error {
                TransportError::TooLong { bound, .. } => {
                    limit(Exceeded::new(format!("{} or more bytes", bound.saturating_add(1)), bound, "bytes"))
                }
                TransportError::Limit(exceeded) => limit(exceeded),
                error => RepositoryError::Unreachable {
                    repository: self.name().to_owned(),
                    what: what.to_owned(),
                    cause: error.to_string(),
                },
            }
        })
    }

    fn name(&self) -> &str {
        self.repository.name.as_str()
    }

    fn unusable(&self, what: String, cause: String) -> RepositoryError {
        RepositoryError::Unusable { repository: self.name().to_owned(), what, cause }
    }

    fn refused(&self, what: String, error: ArchiveError) -> RepositoryError {
        error.about(self.name(), what)
    }
}

/// The URL of an archive and the directory in it: `https://host/a.tar.gz//directory?query`.
fn split_directory(location: &str) -> (String, String) {
    let start = location.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = location.split_at(start);
    let (path, query) = match rest.find('?') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    match path.split_once("//") {
        Some((archive, below)) => (format!("{scheme}{archive}{query}"), below.to_owned()),
        None => (location.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slashes_separate_the_directory() {
        for (location, archive, below) in [
            ("https://h/a.tar.gz", "https://h/a.tar.gz", ""),
            ("https://h/a.tar.gz//b", "https://h/a.tar.gz", "b"),
            ("https://h/a.tar.gz//b/c?d=e//f", "https://h/a.tar.gz?d=e//f", "b/c"),
            ("a.tar.gz//b", "a.tar.gz", "b"),
            ("https://h/a?x=https://y", "https://h/a?x=https://y", ""),
        ] {
            assert_eq!(split_directory(location), (archive.to_owned(), below.to_owned()), "{location}");
        }
    }
}
