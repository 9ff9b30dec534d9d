//! Parses references. Each refusal has its cause.

use std::path::PathBuf;

use super::login::{after_login, without_login};
use super::repository::begins_with_host;
use super::scheme::{LOCAL_ENGINE, UNSUPPORTED_SCHEMES, strip_helm_scheme};
use super::url::from_url;
use super::{LocalName, Reference, RemoteName, Repository, Tag, readings};
use crate::diagnostic::Remedy;
use crate::oci::hex::is_hex;
use crate::oci::{Digest, Error, ImageId};

/// Suggests a remedy for a malformed reference.
pub(super) type Suggest = fn(&str) -> Option<Remedy>;

/// Parses a reference. `suggest` gives the remedy of the error. It is `None` while a suggestion itself is parsed.
pub(super) fn read(text: &str, suggest: Option<Suggest>) -> Result<Reference, Error> {
    let wrong =
        |cause: String, remedy: Option<Remedy>| Error::Reference { text: text.to_owned(), cause, remedy };
    let suggestion = |text: &str| suggest.and_then(|suggest| suggest(text));
    if text.is_empty() {
        return Err(wrong("it is empty".to_owned(), Some(Remedy::CheckVariable)));
    }
    if let Some(rest) = after_login(text) {
        let host = rest.split('/').next().unwrap_or_default();
        return Err(Error::Reference {
            text: without_login(text),
            cause: "it contains a login, which is not shown".to_owned(),
            remedy: Some(Remedy::WriteWithoutLogin { host: host.to_owned(), text: rest.to_owned() }),
        });
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("it has control characters".to_owned(), suggestion(text.trim())));
    }
    if let Some(scheme) = UNSUPPORTED_SCHEMES.iter().find(|scheme| text.starts_with(**scheme)) {
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
        return Err(wrong("a reference is not a URL".to_owned(), suggestion(&from_url(rest))));
    }
    if strip_helm_scheme(text).is_none() {
        let path = text.strip_prefix("oci-dir://").or_else(|| text.strip_prefix("oci:"));
        if let Some(directory) = path {
            return layout_or_archive(directory, Repository::Layout)
                .map_err(|(cause, remedy)| wrong(cause, remedy));
        }
        let path = text.strip_prefix("oci-archive:").or_else(|| text.strip_prefix("archive:"));
        if let Some(file) = path {
            return layout_or_archive(file, Repository::Archive)
                .map_err(|(cause, remedy)| wrong(cause, remedy));
        }
    }
    match text.strip_prefix(LOCAL_ENGINE) {
        Some(name) => local_engine_image(text, name, suggest),
        None => remote(text, suggest),
    }
}

/// Parses a reference to a registry.
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
        let cause = "it is the ID of an image in a local engine, not a name".to_owned();
        return Err(wrong(cause, Some(Remedy::NameEngineImage { id: id.to_owned() })));
    }
    let whole = strip_helm_scheme(text).or_else(|| text.strip_prefix("registry://")).unwrap_or(text);
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
    if strip_helm_scheme(text).is_some() && !begins_with_host(name) {
        let host = name.split('/').next().unwrap_or_default();
        let remedy = Remedy::WriteAsLayout { path: format!("/{whole}") };
        return Err(wrong(format!("`{host}` is not a registry host"), Some(remedy)));
    }
    let parsed = tag.map(str::parse::<Tag>).transpose().map_err(|_| {
        let tag = tag.unwrap_or_default();
        // Helm replaces the `+` of a chart's version in this way.
        let remedy = tag.contains('+').then(|| suggestion(&whole.replace('+', "_"))).flatten();
        wrong(format!("`{tag}` is not a tag"), remedy)
    })?;
    let repository = RemoteName::parse(name).map_err(|error| match error {
        Error::Reference { cause, remedy, .. } => wrong(
            cause,
            remedy.map(|remedy| match remedy {
                // Keep the tag and digest after the name.
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

/// Parses a reference to an image of the local engine with this name.
fn local_engine_image(text: &str, name: &str, suggest: Option<Suggest>) -> Result<Reference, Error> {
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
    if ImageId::is_intended(name) {
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

/// The image ID of a local engine: `sha256:` and 12 to 64 hex digits, 64 digits alone, or the 12 that lists of images
/// show. No repository of Docker Hub has such a name; Docker itself refuses names of 64 hex digits.
fn engine_id(text: &str) -> Option<&str> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let is_id = match (hex.len(), hex.len() == text.len()) {
        (64, _) | (12..=63, false) => true,
        (12, true) => hex.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    (is_hex(hex) && is_id).then_some(text)
}

/// Parses a path, a name, and a digest after the last `@` if it begins like a digest.
fn layout_or_archive(
    text: &str,
    make: fn(PathBuf) -> Repository,
) -> Result<Reference, (String, Option<Remedy>)> {
    let is_digest = |digest: &str| digest.starts_with("sha256:") || digest.starts_with("sha512:");
    let (text, digest) = match text.rsplit_once('@').filter(|(_, digest)| is_digest(digest)) {
        Some((text, digest)) => {
            (text, Some(digest.parse::<Digest>().map_err(|error| (error.to_string(), None))?))
        }
        None => (text, None),
    };
    // Otherwise `//` after the scheme would be read as part of another scheme.
    let text = match text.strip_prefix("//") {
        Some(rest) => format!("/{}", rest.trim_start_matches('/')),
        None => text.to_owned(),
    };
    if text.is_empty() || text.starts_with(':') {
        return Err(("the path is missing".to_owned(), None));
    }
    if text.ends_with(':') {
        return Err(("a name is missing after its last `:`".to_owned(), Some(Remedy::CheckVariable)));
    }
    readings(&text, digest, make).next().ok_or(("the path is missing".to_owned(), None))
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
    fn a_host_cannot_look_like_a_layout_or_archive_scheme() {
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
    fn charts_are_named_as_in_helm() {
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
    fn image_ids_are_not_names_on_docker_hub() {
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
    fn errors_have_a_remedy_if_the_intention_is_known() {
        let error = |text: &str| match text.parse::<Reference>() {
            Err(Error::Reference { cause, remedy, .. }) => (cause, remedy),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(error(""), ("it is empty".to_owned(), Some(Remedy::CheckVariable)));
        for text in ["$IMAGE", "${IMAGE}:1", "r.example.com/api:$TAG", "r.example.com/$Name"] {
            let expected = ("`$` begins a variable".to_owned(), Some(Remedy::CheckVariable));
            assert_eq!(error(text), expected, "{text}");
        }
        assert!(show("oci:a$b:1").starts_with("oci:"), "a directory may be called so");
        for text in ["./dir:1", "../dir", "/dir/x.tar"] {
            assert_eq!(error(text).1, Some(Remedy::WriteScheme { path: text.to_owned() }));
        }
        assert_eq!(error("Acme/API").1, Some(Remedy::Write { text: "acme/api".to_owned() }));
        // In lower case it would not be a reference either.
        assert_eq!(error("Acme/API_").1, None);
    }

    #[test]
    fn malformed_references_are_refused() {
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
        fn printed_references_parse_to_the_same_value(text in "\\PC{0,60}") {
            if let Ok(reference) = text.parse::<Reference>() {
                proptest::prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
            }
        }

        #[test]
        fn every_name_of_the_grammar_is_parsed(host in "[a-z]{1,8}\\.[a-z]{2,3}(:[1-9][0-9]{0,3})?", path in "[a-z0-9]{1,9}(/[a-z0-9]{1,9}){0,3}", tag in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}") {
            let text = format!("{host}/{path}:{tag}");
            proptest::prop_assert_eq!(text.parse::<Reference>().unwrap().to_string().len() >= text.len(), true);
        }
    }
}
