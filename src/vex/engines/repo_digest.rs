//! References to images by digest, as go-containerregistry reads them (`name.NewDigest`). Both scanners use it.

/// A reference by digest: `debian@sha256:…` is `library/debian` of `index.docker.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vex) struct RepoDigest<'a> {
    registry: &'a str,
    repository: String,
    /// `sha256:` and 64 hex digits.
    pub(in crate::vex) digest: &'a str,
}

impl<'a> RepoDigest<'a> {
    /// Reads `NAME@sha256:HEX`. `None`: it is none.
    pub(in crate::vex) fn parse(text: &'a str) -> Option<Self> {
        let (name, digest) = text.split_once('@')?;
        let hex = digest.strip_prefix("sha256:")?;
        if hex.len() != 64 || !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let name = without_tag(name);
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
            _ => (DOCKER_HUB, name),
        };
        let registry = if registry == "docker.io" { DOCKER_HUB } else { registry };
        if repository.is_empty() || !repository.bytes().all(is_allowed) {
            return None;
        }
        let is_official = registry == DOCKER_HUB && !repository.contains('/');
        let repository = if is_official { format!("library/{repository}") } else { repository.to_owned() };
        Some(Self { registry, repository, digest })
    }

    /// The registry and the path in it.
    pub(in crate::vex) fn path(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The last part of the path.
    pub(in crate::vex) fn last_part(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }
}

fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/')
}

/// A name without its tag. A colon before the last slash begins a port.
pub(in crate::vex) fn without_tag(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    }
}

/// How go-containerregistry writes Docker Hub.
const DOCKER_HUB: &str = "index.docker.io";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_as_go_containerregistry_does() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (name, path) in [
            ("debian", "index.docker.io/library/debian"),
            ("docker.io/acme/app:1", "index.docker.io/acme/app"),
            ("localhost/app", "localhost/app"),
            ("localhost:5000/demo/app:1", "localhost:5000/demo/app"),
            ("registry-1.docker.io/app", "registry-1.docker.io/app"),
        ] {
            let reference = format!("{name}@{digest}");
            let read = RepoDigest::parse(&reference).unwrap();
            assert_eq!((read.path(), read.digest), (path.to_owned(), digest.as_str()));
        }
        for not_one in ["debian:12", "debian@sha256:12", &format!("Debian@{digest}"), &format!("@{digest}")] {
            assert_eq!(RepoDigest::parse(not_one), None, "{not_one}");
        }
    }
}
