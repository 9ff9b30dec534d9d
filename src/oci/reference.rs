//! A reference names one place: a repository of a registry, a layout directory or an archive of one, and a tag
//! or digest in it.
//!
//! Grammar: `[SCHEME]NAME[:TAG][@DIGEST]`. Without a scheme, or with `registry://`, NAME is a repository and is
//! completed as Docker completes it (`python` is `docker.io/library/python`). `oci:DIR` and `oci-dir://DIR` are
//! image layout directories, `archive:FILE` and `oci-archive:FILE` tar archives of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::limits::REPOSITORY_NAME;
use super::{Digest, Error};
use crate::diagnostic::Remedy;

/// Docker Hub as people write it.
pub const DOCKER_HUB: &str = "docker.io";
/// The registry of Docker Hardened Images.
pub const DHI: &str = "dhi.io";
/// Where Docker stores attestations of images on Docker Hub.
pub const SCOUT: &str = "registry.scout.docker.com";

/// A repository and the version asked for in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Where.
    pub repository: Repository,
    /// The tag, if one was written or implied.
    pub tag: Option<Tag>,
    /// The digest, if one was written. It decides; the tag is then only shown.
    pub digest: Option<Digest>,
}

/// A place that holds manifests and blobs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Repository {
    /// A repository of a registry.
    Remote(RemoteName),
    /// An OCI image layout directory.
    Layout(PathBuf),
    /// A tar archive of an OCI image layout.
    Archive(PathBuf),
}

/// Registry host and repository path, both well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteName {
    host: String,
    path: String,
}

/// A well-formed tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// What is asked of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// Whatever the tag names now.
    Tag(Tag),
    /// Exactly this content.
    Digest(Digest),
    /// Whatever is called `latest`, and in a layout else its only image: no version was written.
    Unnamed,
}

impl Reference {
    /// The version that decides: the digest where there is one.
    pub fn version(&self) -> Version {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => Version::Digest(*digest),
            (None, Some(tag)) => Version::Tag(tag.clone()),
            (None, None) => Version::Unnamed,
        }
    }
}

impl RemoteName {
    /// Reads `HOST/PATH` or a Docker short name, without tag or digest.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |cause: &str, remedy: Option<Remedy>| Error::Reference {
            text: text.to_owned(),
            cause: cause.to_owned(),
            remedy,
        };
        let (host, path) = match text.split_once('/') {
            Some((first, rest))
                if first.contains(['.', ':']) || first == "localhost" || first.starts_with('[') =>
            {
                (first.to_ascii_lowercase(), rest.to_owned())
            }
            _ => (DOCKER_HUB.to_owned(), text.to_owned()),
        };
        // Rules hang on these names: another spelling of them is not another registry.
        let host = match host.strip_suffix(":443").unwrap_or(&host) {
            DOCKER_HUB | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
                DOCKER_HUB.to_owned()
            }
            known @ (DHI | SCOUT) => known.to_owned(),
            _ => host,
        };
        if !is_host(&host) {
            return Err(wrong(&format!("`{host}` is not a registry host"), None));
        }
        // Written again, it would be read as a directory or a file.
        if let Some(scheme) = SCHEMES.iter().find(|scheme| host.starts_with(**scheme)) {
            return Err(wrong(&format!("`{scheme}` begins no name of a registry"), None));
        }
        let path = if host == DOCKER_HUB && !path.contains('/') { format!("library/{path}") } else { path };
        if path.is_empty() || path == "library/" {
            return Err(wrong("the repository name is empty", None));
        }
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let lower = text.to_ascii_lowercase();
            let remedy = Self::parse(&lower).is_ok().then_some(Remedy::Write { text: lower });
            return Err(wrong("repository names are lower case", remedy));
        }
        if let Some(bad) = path.split('/').find(|component| !is_component(component)) {
            return Err(wrong(&format!("`{bad}` cannot be part of a repository name"), None));
        }
        if host.len() + path.len() + 1 > REPOSITORY_NAME {
            return Err(wrong(&format!("the name is longer than {REPOSITORY_NAME} characters"), None));
        }
        Ok(Self { host, path })
    }

    /// The registry's host, with its port where one was written: `docker.io`, `localhost:5000`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository's path on that host: `library/python`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl Tag {
    /// `latest`.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = text.bytes();
        let well_formed = bytes.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            && text.len() <= 128;
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Reference { text: text.to_owned(), cause: "it is not a tag".to_owned(), remedy: None })
        }
    }
}

impl From<&Digest> for Tag {
    /// The tag of the referrers tag schema.
    fn from(digest: &Digest) -> Self {
        Self(digest.fallback_tag())
    }
}

/// What follows `USER:PASSWORD@` or `USER@` in a text that was meant to be a reference: a host and a path. A digest
/// follows an `@` too, and a directory may have one in its name.
fn behind_login(text: &str) -> Option<&str> {
    if ["oci:", "oci-dir:", "ocidir:", "archive:", "oci-archive:", "docker-archive:"]
        .iter()
        .any(|local| text.starts_with(local))
        || text.starts_with(['.', '/', '~'])
    {
        return None;
    }
    // The last one: a password may hold an `@`.
    let mut rests = text.rmatch_indices('@').map(|(at, _)| text.get(at + 1..).unwrap_or_default());
    let is_digest = |rest: &str| ["sha256:", "sha512:"].iter().any(|digest| rest.starts_with(digest));
    let is_place = |rest: &&str| !is_digest(rest) && rest.contains(['/', '.', ':']);
    rests.find(is_place)
}

/// The text, which may be shown: without what stands before a host where a login does.
pub fn without_login(text: &str) -> String {
    match behind_login(text) {
        Some(rest) => format!("***@{rest}"),
        None => text.to_owned(),
    }
}

fn is_component(text: &str) -> bool {
    let outer =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    // Between letters and digits: one `.`, one or two `_`, or any number of `-` (distribution reference grammar).
    let separators = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    outer(text.bytes().next())
        && outer(text.bytes().last())
        && separators
            .into_iter()
            .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'))
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() || !(rest.is_empty() || rest.starts_with(':')) {
                return false;
            }
            ("v6", rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // A port has one spelling: no sign, no zero before it.
    let is_port =
        |port: &str| port.starts_with(|c: char| matches!(c, '1'..='9')) && port.parse::<u16>().is_ok();
    name.split('.').all(label) && port.is_none_or(is_port)
}

/// Schemes that look like a host with a port.
const SCHEMES: [&str; 6] =
    ["oci:", "oci-archive:", "archive:", "docker-archive:", "docker-daemon:", "containers-storage:"];

/// Schemes of other tools, refused by name: read as a host or path they would silently mean something else.
const FOREIGN_SCHEMES: [&str; 10] = [
    "docker://",
    "image://",
    "local://",
    "fs://",
    "sbom://",
    "archive://",
    "docker-archive:",
    "docker-daemon:",
    "ocidir://",
    "containers-storage:",
];

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong =
            |cause: String, remedy: Option<Remedy>| Error::Reference { text: text.to_owned(), cause, remedy };
        if text.is_empty() {
            return Err(wrong("it is empty".to_owned(), Some(Remedy::CheckVariable)));
        }
        if let Some(rest) = behind_login(text) {
            let host = rest.split('/').next().unwrap_or_default();
            return Err(Error::Reference {
                text: without_login(text),
                cause: "it has a login in it, which nothing may repeat".to_owned(),
                remedy: Some(Remedy::WriteWithoutLogin { host: host.to_owned(), text: rest.to_owned() }),
            });
        }
        if text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(wrong("it has spaces or control characters".to_owned(), None));
        }
        if let Some(scheme) = FOREIGN_SCHEMES.iter().find(|scheme| text.starts_with(**scheme)) {
            let rest = text.trim_start_matches(scheme).trim_start_matches('/');
            return Err(wrong(
                format!("the scheme `{scheme}` is not known"),
                Some(match *scheme {
                    "docker://" | "image://" => Remedy::Write { text: rest.to_owned() },
                    "ocidir://" => Remedy::Write { text: format!("oci:{rest}") },
                    "archive://" => Remedy::Write { text: format!("archive:{rest}") },
                    "docker-archive:" => Remedy::WriteLayoutOfDockerArchive,
                    _ => Remedy::WriteReference,
                }),
            ));
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            let rest = text.split_once("://").map_or(text, |(_, rest)| rest).trim_start_matches("v2/");
            return Err(wrong(
                "a reference is not a URL".to_owned(),
                Some(Remedy::Write { text: rest.to_owned() }),
            ));
        }
        let (name, digest) = match text.rsplit_once('@') {
            Some((name, digest)) => {
                let digest = digest.parse().map_err(|error: Error| wrong(error.to_string(), None))?;
                (name, Some(digest))
            }
            None => (text, None),
        };
        if let Some(directory) = name.strip_prefix("oci-dir://").or_else(|| name.strip_prefix("oci:")) {
            return local(directory, digest, Repository::Layout).map_err(|cause| wrong(cause, None));
        }
        if let Some(file) = name.strip_prefix("oci-archive:").or_else(|| name.strip_prefix("archive:")) {
            return local(file, digest, Repository::Archive).map_err(|cause| wrong(cause, None));
        }
        if name.contains('$') {
            return Err(wrong("`$` begins a variable".to_owned(), Some(Remedy::CheckVariable)));
        }
        if name.starts_with(['.', '/', '~']) {
            let remedy = Remedy::WriteScheme { path: text.to_owned() };
            return Err(wrong("a path is not a name".to_owned(), Some(remedy)));
        }
        let name = name.strip_prefix("registry://").unwrap_or(name);
        // A colon after the last slash begins a tag; before it, a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let tag = match tag {
            Some(tag) => Some(tag.parse::<Tag>().map_err(|_| wrong(format!("`{tag}` is not a tag"), None))?),
            None if digest.is_none() => Some(Tag::latest()),
            None => None,
        };
        let repository = RemoteName::parse(name).map_err(|error| match error {
            Error::Reference { cause, remedy, .. } => wrong(cause, remedy),
            other => other,
        })?;
        Ok(Self { repository: Repository::Remote(repository), tag, digest })
    }
}

/// A path, and a tag behind its last colon unless that has a slash behind it.
fn local(
    text: &str,
    digest: Option<Digest>,
    repository: fn(PathBuf) -> Repository,
) -> Result<Reference, String> {
    let (path, tag) = match text.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => {
            (path, Some(tag.parse::<Tag>().map_err(|_| format!("`{tag}` is not a tag"))?))
        }
        _ => (text, None),
    };
    if path.is_empty() {
        return Err("the path is missing".to_owned());
    }
    // `//` after a scheme would be read as part of another scheme.
    let path = match path.strip_prefix("//") {
        Some(rest) => format!("/{}", rest.trim_start_matches('/')),
        None => path.to_owned(),
    };
    Ok(Reference { repository: repository(PathBuf::from(path)), tag, digest })
}

impl Repository {
    /// The registry's host, for a remote repository.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Remote(name) => Some(name.host()),
            Self::Layout(_) | Self::Archive(_) => None,
        }
    }

    /// The directory of a layout, or the file of an archive.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Remote(_) => None,
            Self::Layout(path) | Self::Archive(path) => Some(path),
        }
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(name) => name.fmt(f),
            Self::Layout(path) => write!(f, "oci:{}", path.display()),
            Self::Archive(path) => write!(f, "archive:{}", path.display()),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
            Self::Unnamed => Tag::latest().fmt(f),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.repository.fmt(f)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn show(text: &str) -> String {
        text.parse::<Reference>()
            .map_or_else(|error| format!("error: {error}"), |reference| reference.to_string())
    }

    #[test]
    fn a_host_is_never_written_like_a_layout_or_an_archive() {
        for text in ["registry://oci:5000/app", "OCI-Archive:13/app", "Archive:5000/a/b", "Oci:1/x@sha256:00"]
        {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
        assert!(RemoteName::parse("oci:5000/app").is_err());
        assert_eq!(show("oci.test:5000/app"), "oci.test:5000/app:latest");
        assert_eq!(show("oci-archive:///dir/image.tar"), "archive:/dir/image.tar");
    }

    #[test]
    fn names_are_completed_as_docker_does() {
        for (text, whole) in [
            ("python", "docker.io/library/python:latest"),
            ("python:3.13", "docker.io/library/python:3.13"),
            ("acme/api", "docker.io/acme/api:latest"),
            ("docker.io/python", "docker.io/library/python:latest"),
            ("index.docker.io/acme/api:1", "docker.io/acme/api:1"),
            ("dhi.io/python:3.13", "dhi.io/python:3.13"),
            ("localhost/x", "localhost/x:latest"),
            ("localhost:5000/a/b:t", "localhost:5000/a/b:t"),
            ("[::1]:5000/a", "[::1]:5000/a:latest"),
            ("registry://ghcr.io/a/b", "ghcr.io/a/b:latest"),
            ("GHCR.io/a/b", "ghcr.io/a/b:latest"),
            ("acme/a.b-c__d/e-f---g", "docker.io/acme/a.b-c__d/e-f---g:latest"),
        ] {
            assert_eq!(show(text), whole, "{text}");
        }
        assert_eq!(show(&format!("python@{DIGEST}")), format!("docker.io/library/python@{DIGEST}"));
        assert_eq!(show(&format!("dhi.io/x:1@{DIGEST}")), format!("dhi.io/x:1@{DIGEST}"));
    }

    #[test]
    fn layouts_keep_their_path() {
        assert_eq!(show("oci:dir/sub:3.13"), "oci:dir/sub:3.13");
        assert_eq!(show("oci-dir:///tmp/x"), "oci:/tmp/x");
        assert_eq!(show(&format!("oci:dir@{DIGEST}")), format!("oci:dir@{DIGEST}"));
        assert_eq!(show(&format!("oci:dir:t@{DIGEST}")), format!("oci:dir:t@{DIGEST}"));
        assert_eq!(show("archive:dir/x.tar:3.13"), "archive:dir/x.tar:3.13");
        assert_eq!(show("oci-archive:/tmp/x.tar"), "archive:/tmp/x.tar");
        assert_eq!(show("archive:a:b/x.tar"), "archive:a:b/x.tar");
        assert_eq!(show(&format!("archive:x.tar:t@{DIGEST}")), format!("archive:x.tar:t@{DIGEST}"));
        let reference: Reference = "archive:a:b/x.tar:t".parse().unwrap();
        assert_eq!(reference.repository, Repository::Archive("a:b/x.tar".into()));
        assert_eq!(reference.tag.as_ref().map(Tag::as_str), Some("t"));
        assert!(show("archive:").starts_with("error"));
        assert!(show("archive:x.tar:not a tag").starts_with("error"));
        assert!(show("oci:").starts_with("error"));
        assert!(show("oci:dir:not a tag").starts_with("error"));
    }

    #[test]
    fn a_login_is_refused_and_not_repeated() {
        for text in [
            "https://user:Sup3r@h/p:1",
            "docker://user:Sup3r@h/p:1",
            "user:Sup3r@h/p:1",
            "user:Sup3r@h.example.com/p@sha256:0",
            "user:Sup/3r@h:5000/p:1",
            "Sup3r@h/p:1",
            "user:Sup3r@p@h/p:1",
            "http://user:Sup3r@h/a b",
        ] {
            let error = text.parse::<Reference>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("Sup"), "{text}: {shown}");
            let Error::Reference { remedy: Some(Remedy::WriteWithoutLogin { host, .. }), .. } = error else {
                panic!("{text}: {error:?}");
            };
            assert!(host.starts_with('h'), "{text}: {host}");
            assert!(!without_login(text).contains("Sup"), "{text}");
        }
        let digest = format!("h/p@sha256:{}", "0".repeat(64));
        for text in [digest.as_str(), "oci:a:b@c/d:1", "archive:x@y.tar:1", "python:3.13@latest"] {
            assert_eq!(without_login(text), text);
        }
    }

    #[test]
    fn what_was_meant_is_said_where_it_is_known() {
        let said = |text: &str| match text.parse::<Reference>() {
            Err(Error::Reference { cause, remedy, .. }) => (cause, remedy),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(said(""), ("it is empty".to_owned(), Some(Remedy::CheckVariable)));
        for text in ["$IMAGE", "${IMAGE}:1", "r.example.com/api:$TAG", "r.example.com/$Name"] {
            let expected = ("`$` begins a variable".to_owned(), Some(Remedy::CheckVariable));
            assert_eq!(said(text), expected, "{text}");
        }
        assert!(show("oci:a$b:1").starts_with("oci:"), "a directory may be called so");
        for text in ["./dir:1", "../dir", "/dir/x.tar"] {
            assert_eq!(said(text).1, Some(Remedy::WriteScheme { path: text.to_owned() }));
        }
        assert_eq!(said("Acme/API").1, Some(Remedy::Write { text: "acme/api".to_owned() }));
        // In lower case it would be none either.
        assert_eq!(said("Acme/API_").1, None);
    }

    #[test]
    fn what_is_not_a_reference_is_refused_by_cause() {
        for text in [
            "",
            " ",
            "a b",
            "Python",
            "python:",
            "python:-x",
            "dhi.io:0443/python",
            "dhi.io:+443/python",
            "python@sha256:00",
            "a//b",
            "/a",
            "a/",
            "-a",
            "a-/b",
            "a..b",
            "a___b",
            "host:99999/x",
            "host:0/x",
            "ho_st.io/x",
            "https://dhi.io/python",
            "docker://x",
            "archive://x.tar",
            "docker-archive:x.tar",
            "[::1/x",
            "a@b@c",
            "x\u{0}y",
        ] {
            assert!(show(text).starts_with("error"), "{text}: {}", show(text));
        }
        assert!(show(&format!("a/{}", "b".repeat(255))).contains("255"));
    }

    proptest::proptest! {
        #[test]
        fn reading_what_was_printed_gives_the_same(text in "\\PC{0,60}") {
            if let Ok(reference) = text.parse::<Reference>() {
                proptest::prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
            }
        }

        #[test]
        fn names_of_the_grammar_are_read(host in "[a-z]{1,8}\\.[a-z]{2,3}(:[1-9][0-9]{0,3})?", path in "[a-z0-9]{1,9}(/[a-z0-9]{1,9}){0,3}", tag in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}") {
            let text = format!("{host}/{path}:{tag}");
            proptest::prop_assert_eq!(text.parse::<Reference>().unwrap().to_string().len() >= text.len(), true);
        }
    }
}
