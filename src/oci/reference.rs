//! A reference names one place: a repository of a registry, a layout directory or an archive of one, and a tag, a
//! name or a digest in it.
//!
//! Grammar: `[SCHEME]NAME[:TAG][@DIGEST]`. Without a scheme, or with `registry://` or Helm's `oci://`, NAME is a
//! repository and is completed as Docker completes it (`python` is `docker.io/library/python`). `oci:DIR[:NAME]` and
//! `oci-dir://DIR[:NAME]` are image layout directories, `archive:FILE[:NAME]` and `oci-archive:FILE[:NAME]` tar archives
//! of them; NAME is a tag, or an image's whole name in `index.json`, such as `shop/web:latest`. `docker-daemon:NAME` is an
//! image of the local engine, by NAME or its image ID.
//!
//! Paths and names may both have colons. The reading that is taken here ends the path at the first colon that a name
//! follows, as skopeo and podman do; [`Reference::readings`] has the others, and which path exists is for others to say.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::image_id::ImageId;
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
    /// The whole name of an image in a layout or archive, if one was written that is no tag.
    pub name: Option<ImageName>,
    /// The digest, if one was written. It decides; the tag is then only shown.
    pub digest: Option<Digest>,
}

/// A place that holds manifests and blobs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Repository {
    /// A repository of a registry.
    Remote(RemoteName),
    /// An OCI image layout directory.
    Layout(PathBuf),
    /// A tar archive of an OCI image layout.
    Archive(PathBuf),
    /// An image of the local engine, which holds no manifests: what it was pulled from is asked in its place.
    Local(LocalName),
}

/// The name of an image of a local engine. A tag or digest is that of the reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LocalName {
    /// The repository that it is tagged with, or was pulled from.
    Repository(RemoteName),
    /// Its ID, or the beginning of it.
    Id(ImageId),
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

/// The whole name of an image in `index.json` of a layout, as tools write it: `shop/web:latest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageName(String);

/// What is asked of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Version {
    /// Whatever the tag names now.
    Tag(Tag),
    /// The image of a layout or archive that has this name.
    Name(ImageName),
    /// Exactly this content.
    Digest(Digest),
    /// Whatever is called `latest`, and in a layout else its only image: no version was written.
    Unnamed,
}

impl Reference {
    /// The version that decides: the digest where there is one.
    pub fn version(&self) -> Version {
        match (&self.digest, &self.name, &self.tag) {
            (Some(digest), _, _) => Version::Digest(*digest),
            (None, Some(name), _) => Version::Name(name.clone()),
            (None, None, Some(tag)) => Version::Tag(tag.clone()),
            (None, None, None) => Version::Unnamed,
        }
    }

    /// All ways to tell path and name apart, of a reference to a layout or archive: the one with the shortest path
    /// first. They are all written in the same way.
    pub fn readings(&self) -> Vec<Self> {
        let (written, make) = match &self.repository {
            Repository::Remote(_) | Repository::Local(_) => return vec![self.clone()],
            Repository::Layout(path) => (path, Repository::Layout as fn(PathBuf) -> Repository),
            Repository::Archive(path) => (path, Repository::Archive as fn(PathBuf) -> Repository),
        };
        let mut text = written.display().to_string();
        let name = self.name.as_ref().map(ImageName::as_str).or(self.tag.as_ref().map(Tag::as_str));
        if let Some(name) = name {
            text = format!("{text}:{name}");
        }
        readings(&text, self.digest, make).collect()
    }
}

/// The ways to tell path and name apart in `text`, at its colons from left to right, and as a path alone last.
fn readings(
    text: &str,
    digest: Option<Digest>,
    make: fn(PathBuf) -> Repository,
) -> impl Iterator<Item = Reference> {
    let named = text.match_indices(':').filter_map(move |(at, _)| {
        let (path, name) = (text.get(..at)?, text.get(at + 1..)?);
        let (tag, name) = match name.parse::<Tag>() {
            Ok(tag) => (Some(tag), None),
            Err(_) => (None, Some(name.parse::<ImageName>().ok()?)),
        };
        let repository = make(PathBuf::from(path));
        (!path.is_empty()).then_some(Reference { repository, tag, name, digest })
    });
    let whole = make(PathBuf::from(text));
    named.chain([Reference { repository: whole, tag: None, name: None, digest }])
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
            Some((first, rest)) if begins_with_host(text) => (first.to_ascii_lowercase(), rest.to_owned()),
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

impl ImageName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageName {
    type Err = Error;

    /// Reads what the image specification allows in `org.opencontainers.image.ref.name`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = text.bytes();
        let well_formed = bytes.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-:/@+".contains(&byte))
            && text.bytes().last().is_some_and(|last| last.is_ascii_alphanumeric() || b"_-".contains(&last))
            && text.len() <= 2 * REPOSITORY_NAME;
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            let cause = "it is not the name of an image".to_owned();
            Err(Error::Reference { text: text.to_owned(), cause, remedy: None })
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
    let is_local = ["oci:", "oci-dir:", "ocidir:", "archive:", "oci-archive:", "docker-archive:"]
        .iter()
        .any(|local| text.starts_with(local));
    if (is_local && in_registry(text).is_none()) || text.starts_with(['.', '/', '~']) {
        return None;
    }
    // The last one: a password may hold an `@`.
    let mut rests =
        text.rmatch_indices('@').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let is_digest = |rest: &str| ["sha256:", "sha512:"].iter().any(|digest| rest.starts_with(digest));
    // Without a path it may be a version, as other package managers write it: `dhi.io/python@3.13`.
    let is_place = |(before, rest): &(&str, &str)| {
        !is_digest(rest) && (rest.contains('/') || before.contains(':') && rest.contains(['.', ':']))
    };
    rests.find(is_place).map(|(_, rest)| rest)
}

/// What follows Helm's `oci://`. A third slash begins a path, since no host is empty.
fn in_registry(text: &str) -> Option<&str> {
    text.strip_prefix("oci://").filter(|rest| !rest.starts_with('/'))
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
    ["oci:", "oci-archive:", "archive:", "docker-archive:", LOCAL_ENGINE, "containers-storage:"];

/// The scheme of images of the local engine.
const LOCAL_ENGINE: &str = "docker-daemon:";

/// Schemes of other tools, refused by name: read as a host or path they would silently mean something else.
const FOREIGN_SCHEMES: [&str; 11] = [
    "docker://",
    "oci-layout://",
    "image://",
    "local://",
    "fs://",
    "sbom://",
    "archive://",
    "docker-archive:",
    "docker-daemon://",
    "ocidir://",
    "containers-storage:",
];

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text, Some(suggestion))
    }
}

/// Finds what to write in place of a text.
type Suggest = fn(&str) -> Option<Remedy>;

impl Reference {
    /// Reads a reference. What `suggest` finds is part of the error; it is not asked while it is at work itself.
    fn read(text: &str, suggest: Option<Suggest>) -> Result<Self, Error> {
        let wrong =
            |cause: String, remedy: Option<Remedy>| Error::Reference { text: text.to_owned(), cause, remedy };
        let suggestion = |text: &str| suggest.and_then(|suggest| suggest(text));
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
        if text.chars().any(char::is_control) {
            return Err(wrong("it has control characters".to_owned(), suggestion(text.trim())));
        }
        if let Some(scheme) = FOREIGN_SCHEMES.iter().find(|scheme| text.starts_with(**scheme)) {
            let rest = text.trim_start_matches(scheme).trim_start_matches('/');
            let path = text.trim_start_matches(scheme);
            return Err(wrong(
                format!("the scheme `{scheme}` is not known"),
                match *scheme {
                    "docker://" | "image://" => suggestion(rest),
                    "ocidir://" | "oci-layout://" => suggestion(&format!("oci:{path}")),
                    "archive://" => suggestion(&format!("archive:{path}")),
                    "docker-daemon://" => suggestion(&format!("{LOCAL_ENGINE}{rest}")),
                    "docker-archive:" => Some(Remedy::WriteLayoutOfDockerArchive),
                    _ => Some(Remedy::WriteReference),
                },
            ));
        }
        if let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) {
            return Err(wrong("a reference is not a URL".to_owned(), suggestion(&of_url(rest))));
        }
        if in_registry(text).is_none() {
            let path = text.strip_prefix("oci-dir://").or_else(|| text.strip_prefix("oci:"));
            if let Some(directory) = path {
                return local(directory, Repository::Layout).map_err(|(cause, remedy)| wrong(cause, remedy));
            }
            let path = text.strip_prefix("oci-archive:").or_else(|| text.strip_prefix("archive:"));
            if let Some(file) = path {
                return local(file, Repository::Archive).map_err(|(cause, remedy)| wrong(cause, remedy));
            }
        }
        match text.strip_prefix(LOCAL_ENGINE) {
            Some(name) => of_engine(text, name, suggest),
            None => remote(text, suggest),
        }
    }
}

/// A reference to a registry.
fn remote(text: &str, suggest: Option<Suggest>) -> Result<Reference, Error> {
    let wrong =
        |cause: String, remedy: Option<Remedy>| Error::Reference { text: text.to_owned(), cause, remedy };
    let suggestion = |text: &str| suggest.and_then(|suggest| suggest(text));
    if text.contains(' ') {
        return Err(wrong("it has spaces".to_owned(), suggestion(text.trim())));
    }
    if text.contains('$') {
        return Err(wrong("`$` begins a variable".to_owned(), Some(Remedy::CheckVariable)));
    }
    if text.starts_with(['.', '/', '~']) {
        let remedy = Remedy::WriteScheme { path: text.to_owned() };
        return Err(wrong("a path is not a name".to_owned(), Some(remedy)));
    }
    if let Some(id) = engine_id(text) {
        let cause = "it is the ID of an image in an engine of this machine, not a name".to_owned();
        return Err(wrong(cause, Some(Remedy::NameEngineImage { id: id.to_owned() })));
    }
    let whole = in_registry(text).or_else(|| text.strip_prefix("registry://")).unwrap_or(text);
    let (name, digest) = match whole.rsplit_once('@') {
        Some((name, digest)) => {
            let digest = digest.parse().map_err(|error: Error| wrong(error.to_string(), None))?;
            (name, Some(digest))
        }
        None => (whole, None),
    };
    // A colon after the last slash begins a tag; before it, a port.
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    if in_registry(text).is_some() && !begins_with_host(name) {
        let host = name.split('/').next().unwrap_or_default();
        let remedy = Remedy::WriteAsLayout { path: format!("/{whole}") };
        return Err(wrong(format!("`{host}` is not a registry host"), Some(remedy)));
    }
    let parsed = tag.map(str::parse::<Tag>).transpose().map_err(|_| {
        let tag = tag.unwrap_or_default();
        // Helm writes the `+` of a chart's version so.
        let remedy = tag.contains('+').then(|| suggestion(&whole.replace('+', "_"))).flatten();
        wrong(format!("`{tag}` is not a tag"), remedy)
    })?;
    let repository = RemoteName::parse(name).map_err(|error| match error {
        Error::Reference { cause, remedy, .. } => wrong(
            cause,
            remedy.map(|remedy| match remedy {
                // What follows the name stays.
                Remedy::Write { text } => {
                    Remedy::Write { text: format!("{text}{}", whole.get(name.len()..).unwrap_or_default()) }
                }
                other => other,
            }),
        ),
        other => other,
    })?;
    let tag = parsed.or_else(|| digest.is_none().then(Tag::latest));
    Ok(Reference { repository: Repository::Remote(repository), tag, name: None, digest })
}

/// A reference to an image of the local engine, which calls it `name`.
fn of_engine(text: &str, name: &str, suggest: Option<Suggest>) -> Result<Reference, Error> {
    let within = |error: Error| match error {
        Error::Reference { cause, remedy, .. } => {
            let remedy = remedy.map(|remedy| match remedy {
                Remedy::Write { text } => Remedy::Write { text: format!("{LOCAL_ENGINE}{text}") },
                other => other,
            });
            Error::Reference { text: text.to_owned(), cause, remedy }
        }
        other => other,
    };
    if ImageId::is_meant(name) {
        let repository = Repository::Local(LocalName::Id(name.parse().map_err(within)?));
        return Ok(Reference { repository, tag: None, name: None, digest: None });
    }
    let reference = remote(name, suggest).map_err(within)?;
    match reference.repository {
        Repository::Remote(name) => {
            Ok(Reference { repository: Repository::Local(LocalName::Repository(name)), ..reference })
        }
        _ => Ok(reference),
    }
}

/// Whether `name` begins with a registry host, as Docker tells a host from a namespace.
fn begins_with_host(name: &str) -> bool {
    name.split_once('/').is_some_and(|(first, _)| {
        first.contains(['.', ':']) || first == "localhost" || first.starts_with('[')
    })
}

/// The ID by which an engine of this machine knows an image: `sha256:` and 12 to 64 hex digits, 64 of them alone, or the
/// 12 that lists of images show. No repository of Docker Hub has such a name; Docker refuses 64 digits itself.
fn engine_id(text: &str) -> Option<&str> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let is_id = match (hex.len(), hex.len() == text.len()) {
        (64, _) | (12..=63, false) => true,
        (12, true) => hex.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    (is_hex && is_id).then_some(text)
}

/// What to write in place of a reference that is wrong, where that is a reference or can be made one.
fn suggestion(text: &str) -> Option<Remedy> {
    match Reference::read(text, None) {
        Ok(_) => Some(Remedy::Write { text: text.to_owned() }),
        Err(Error::Reference { remedy: remedy @ Some(Remedy::Write { .. }), .. }) => remedy,
        Err(_) => None,
    }
}

/// The reference that a URL without its scheme stands for, as browsers and registries show them.
fn of_url(rest: &str) -> String {
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host == "hub.docker.com" {
        let path = path.strip_suffix("/tags").unwrap_or(path);
        return path.strip_prefix("_/").or_else(|| path.strip_prefix("r/")).unwrap_or(path).to_owned();
    }
    let path = path.strip_prefix("v2/").unwrap_or(path);
    match path.split_once("/manifests/") {
        Some((name, version)) if version.contains(':') => format!("{host}/{name}@{version}"),
        Some((name, version)) => format!("{host}/{name}:{version}"),
        None => format!("{host}/{path}"),
    }
}

/// A path, what it holds the image under, and a digest behind the last `@` if it begins like one.
fn local(text: &str, make: fn(PathBuf) -> Repository) -> Result<Reference, (String, Option<Remedy>)> {
    let is_digest = |digest: &str| digest.starts_with("sha256:") || digest.starts_with("sha512:");
    let (text, digest) = match text.rsplit_once('@').filter(|(_, digest)| is_digest(digest)) {
        Some((text, digest)) => {
            (text, Some(digest.parse::<Digest>().map_err(|error| (error.to_string(), None))?))
        }
        None => (text, None),
    };
    // `//` after a scheme would be read as part of another scheme.
    let text = match text.strip_prefix("//") {
        Some(rest) => format!("/{}", rest.trim_start_matches('/')),
        None => text.to_owned(),
    };
    if text.is_empty() || text.starts_with(':') {
        return Err(("the path is missing".to_owned(), None));
    }
    if text.ends_with(':') {
        return Err(("a name is missing behind its last `:`".to_owned(), Some(Remedy::CheckVariable)));
    }
    readings(&text, digest, make).next().ok_or(("the path is missing".to_owned(), None))
}

impl Repository {
    /// The registry's host, for a remote repository.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Remote(name) => Some(name.host()),
            Self::Layout(_) | Self::Archive(_) | Self::Local(_) => None,
        }
    }

    /// The directory of a layout, or the file of an archive.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Remote(_) | Self::Local(_) => None,
            Self::Layout(path) | Self::Archive(path) => Some(path),
        }
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(name) => name.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(name) => name.fmt(f),
            Self::Layout(path) => write!(f, "oci:{}", path.display()),
            Self::Archive(path) => write!(f, "archive:{}", path.display()),
            Self::Local(name) => write!(f, "{LOCAL_ENGINE}{name}"),
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
            Self::Name(name) => name.fmt(f),
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
        if let Some(name) = &self.name {
            write!(f, ":{name}")?;
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
        assert_eq!(show("oci:///tmp/x:1"), "oci:/tmp/x:1");
        assert_eq!(show("oci:my dir/a@b:1"), "oci:my dir/a@b:1");
        assert_eq!(show(&format!("archive:x.tar:t@{DIGEST}")), format!("archive:x.tar:t@{DIGEST}"));
        for text in ["archive:", "oci:", "oci:dir:", "oci::1", "oci-dir://", "oci:dir@sha256:00", "oci:a\tb"]
        {
            assert!(show(text).starts_with("error"), "{text}");
        }
    }

    #[test]
    fn a_name_in_a_layout_begins_at_the_first_colon_and_every_other_reading_is_known() {
        let read = |text: &str| -> Vec<(String, Version)> {
            let reference: Reference = text.parse().unwrap();
            let readings = reference.readings();
            assert_eq!(readings[0], reference, "{text}");
            assert!(readings.iter().all(|reading| reading.to_string() == text), "{text}");
            let parts = |reading: &Reference| {
                (reading.repository.path().unwrap().display().to_string(), reading.version())
            };
            readings.iter().map(parts).collect()
        };
        let name = |text: &str| Version::Name(text.parse().unwrap());
        let tag = |text: &str| Version::Tag(text.parse().unwrap());
        let path = |text: &str| text.to_owned();
        assert_eq!(
            read("oci:all:shop/web:latest"),
            [
                (path("all"), name("shop/web:latest")),
                (path("all:shop/web"), tag("latest")),
                (path("all:shop/web:latest"), Version::Unnamed),
            ]
        );
        assert_eq!(read("archive:x.tar:1"), [(path("x.tar"), tag("1")), (path("x.tar:1"), Version::Unnamed)]);
        assert_eq!(read("oci:dir"), [(path("dir"), Version::Unnamed)]);
        assert_eq!(
            read("oci:a:docker.io/b/c@x"),
            [(path("a"), name("docker.io/b/c@x")), (path("a:docker.io/b/c@x"), Version::Unnamed)]
        );
        // What cannot be a name is part of the path.
        assert_eq!(read("oci:a: b:1"), [(path("a: b"), tag("1")), (path("a: b:1"), Version::Unnamed)]);
        let reference: Reference = format!("oci:all:shop/web:1@{DIGEST}").parse().unwrap();
        assert_eq!(reference.version(), Version::Digest(DIGEST.parse().unwrap()));
        assert!(reference.readings().iter().all(|reading| reading.digest == reference.digest));
    }

    #[test]
    fn charts_are_named_as_helm_names_them() {
        for (text, whole) in [
            ("oci://ghcr.io/acme/chart:1", "ghcr.io/acme/chart:1"),
            ("oci://localhost:5000/chart", "localhost:5000/chart:latest"),
            ("oci://registry-1.docker.io/acme/chart:1.0", "docker.io/acme/chart:1.0"),
        ] {
            assert_eq!(show(text), whole);
        }
        assert_eq!(show(&format!("oci://h.io/c@{DIGEST}")), format!("h.io/c@{DIGEST}"));
        let remedy = |text: &str| match text.parse::<Reference>() {
            Err(Error::Reference { remedy, .. }) => remedy,
            other => panic!("{text}: {other:?}"),
        };
        let layout = Remedy::WriteAsLayout { path: "/tmp/dir:1".to_owned() };
        assert_eq!(remedy("oci://tmp/dir:1"), Some(layout));
        assert_eq!(remedy("oci://h.io/c:1.0+b"), Some(Remedy::Write { text: "h.io/c:1.0_b".to_owned() }));
        let Some(Remedy::WriteWithoutLogin { host, .. }) = remedy("oci://user:Sup3r@h.io/c:1") else {
            panic!("a login")
        };
        assert_eq!(host, "h.io");
    }

    #[test]
    fn ids_of_engines_are_no_names_of_docker_hub() {
        let hex = "3f2a9c".repeat(11)[..64].to_owned();
        for id in [
            hex.clone(),
            format!("sha256:{hex}"),
            "3f2a9c1b2d3e".to_owned(),
            "sha256:3f2a9c1b2d3e".to_owned(),
        ] {
            let Err(Error::Reference { cause, remedy, .. }) = id.parse::<Reference>() else { panic!("{id}") };
            assert!(cause.contains("ID of an image"), "{cause}");
            assert_eq!(remedy, Some(Remedy::NameEngineImage { id }));
        }
        for name in
            ["deadbeefcafe", "sha256", "sha256:1", "sha256:latest", "acme/3f2a9c1b2d3e", "3f2a9c1b2d3e:1"]
        {
            assert!(name.parse::<Reference>().is_ok(), "{name}");
        }
    }

    #[test]
    fn a_corrected_reference_keeps_tag_and_digest() {
        for (text, corrected) in [
            ("Python:3.13", "python:3.13".to_owned()),
            ("ghcr.io/Acme-Tools/App:1.2.3", "ghcr.io/acme-tools/app:1.2.3".to_owned()),
            (&format!("ghcr.io/Acme/App@{DIGEST}"), format!("ghcr.io/acme/app@{DIGEST}")),
            (&format!("ghcr.io/Acme/App:V1@{DIGEST}"), format!("ghcr.io/acme/app:V1@{DIGEST}")),
            ("docker://GHCR.io/Acme/App:V1", "ghcr.io/acme/app:V1".to_owned()),
            ("oci://ghcr.io/Acme/Chart:1", "ghcr.io/acme/chart:1".to_owned()),
            (" python:3.13 ", "python:3.13".to_owned()),
            ("python:3.13\n", "python:3.13".to_owned()),
            ("https://ghcr.io/v2/acme/app/manifests/1.0", "ghcr.io/acme/app:1.0".to_owned()),
            ("https://hub.docker.com/r/acme/app/tags?page=1", "acme/app".to_owned()),
            ("https://hub.docker.com/_/python", "python".to_owned()),
            (&format!("docker://dhi.io/python:1@{DIGEST}"), format!("dhi.io/python:1@{DIGEST}")),
            ("ocidir://my/dir:1", "oci:my/dir:1".to_owned()),
            ("oci-layout:///tmp/dir", "oci:/tmp/dir".to_owned()),
        ] {
            let Err(Error::Reference { remedy, .. }) = text.parse::<Reference>() else { panic!("{text}") };
            assert!(corrected.parse::<Reference>().is_ok(), "{corrected}");
            assert_eq!(remedy, Some(Remedy::Write { text: corrected }), "{text}");
        }
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
        assert!(!without_login("oci://user:Sup3r@h/p:1").contains("Sup"));
        let digest = format!("h/p@sha256:{}", "0".repeat(64));
        for text in [
            digest.as_str(),
            "oci:a:b@c/d:1",
            "archive:x@y.tar:1",
            "python:3.13@latest",
            "dhi.io/python@3.13",
        ] {
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
