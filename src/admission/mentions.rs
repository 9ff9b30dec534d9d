//! Recognises images in texts for programs: arguments, variables, configuration. A text is an image by its own form,
//! or by the name before it (`--image x`, `PROXY_IMAGE`, `image = "x"`). URLs, paths, versions and addresses are not
//! images.

use std::collections::HashSet;

use super::limits::{IMAGE_TEXT, PLACEHOLDER};
use crate::oci::{Reference, Repository};

/// Schemes of images in URLs.
const SCHEMES: [&str; 3] = ["docker://", "oci://", "docker-image://"];

/// Suffixes of names whose value is an image or its repository.
const NAMES_IMAGE: [&str; 12] = [
    "image",
    "img",
    "imgref",
    "images",
    "imagename",
    "imageref",
    "imagereference",
    "imagerepository",
    "imagerepo",
    "imageurl",
    "imageuri",
    "imageprefix",
];

/// Suffixes of names about how an image is pulled.
const NAMES_PULLING: [&str; 4] = ["pullpolicy", "pullsecret", "pullsecrets", "pullsecretname"];

/// Suffixes of files with pictures and disks.
const FILES: [&str; 9] = [".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp", ".iso", ".img", ".qcow2"];

/// What a name with `image` implies for its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// The value is an image.
    Image,
    /// The value is related to an image.
    Related,
}

/// Whether a name is about an image, and not about how one is pulled.
pub(super) fn is_about_image(name: &str) -> bool {
    naming(name).is_some()
}

pub(super) fn is_about_pulling(name: &str) -> bool {
    let name = plain(name);
    NAMES_PULLING.iter().any(|end| name.ends_with(end))
}

fn naming(name: &str) -> Option<Naming> {
    let name = plain(name);
    if NAMES_PULLING.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    if NAMES_IMAGE.iter().any(|end| name.ends_with(end)) {
        return Some(Naming::Image);
    }
    name.contains("image").then_some(Naming::Related)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !"-_.".contains(*c)).collect::<String>().to_ascii_lowercase()
}

/// Whether a text can only be an image: it has a registry and a tag or a digest, a repository of two parts and a
/// version, or a digest. Any part may be a placeholder (`$(REGISTRY)/app:1`).
pub(super) fn is_image(text: &str) -> bool {
    if text.len() > IMAGE_TEXT || is_url(text) {
        return false;
    }
    let first = text.split_once('/').map_or(text, |(first, _)| first);
    // The placeholder may be a registry.
    let is_filled = filled(first) != first;
    let text = &filled(text);
    let Some(reference) = remote(text) else { return false };
    let Some((host, rest)) = text.split_once('/') else { return reference.digest.is_some() };
    let last = rest.rsplit('/').next().unwrap_or_default();
    match (&reference.digest, last.split_once(':')) {
        (Some(_), _) => true,
        (None, Some((_, tag))) => {
            let has_host = is_filled || host == "localhost" || host.contains(['.', ':']);
            has_host || is_number(tag) && !is_decimal(tag) && !is_decimal(host)
        }
        // Without a tag or digest it may be another kind of name.
        (None, None) => false,
    }
}

/// Whether a text is or contains a URL of an image.
pub(super) fn is_url(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.contains(scheme))
}

/// Whether `value` is an image under this name.
pub(super) fn is_named(name: &str, value: &str) -> bool {
    let Some(naming) = naming(name) else { return false };
    let text = &filled(value);
    let is_telling = match naming {
        Naming::Image => true,
        Naming::Related => is_separated(text),
    };
    is_telling && could_be_image(text)
}

/// As [`is_named`], for a name and a value that may be adjacent by chance.
fn is_beside(name: &str, value: &str) -> bool {
    is_named(name, value) && is_separated(&filled(value))
}

/// Whether it has a path, a digest, or a tag that is not a port.
fn is_separated(text: &str) -> bool {
    text.contains(['/', '@']) || text.rsplit_once(':').is_some_and(|(_, tag)| !is_decimal(tag))
}

fn could_be_image(text: &str) -> bool {
    let is_file = FILES.iter().any(|end| text.ends_with(end));
    text.len() <= IMAGE_TEXT
        && !text.contains("://")
        && !text.starts_with(['/', '.', '~', '-'])
        && !["true", "false", "null", "none", "auto", "always", "never"].contains(&text)
        && !is_file
        && (!is_number(text) || text.contains(['/', ':', '@']))
        && remote(text).is_some()
}

fn remote(text: &str) -> Option<Reference> {
    let reference: Reference = text.parse().ok()?;
    matches!(reference.repository, Repository::Remote(_)).then_some(reference)
}

/// A number, or a version: `80`, `1.2.3`, `v3`, `10m`, `2026-01-01`.
fn is_number(text: &str) -> bool {
    text == "latest" || text.strip_prefix('v').unwrap_or(text).starts_with(|c: char| c.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Replaces each placeholder by as many `x`, so that positions in the text stay the same.
fn filled(text: &str) -> String {
    const MARKS: [(&str, &str); 5] = [("$(", ")"), ("${{", "}}"), ("${", "}"), ("{{", "}}"), ("<", ">")];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'text: while let Some(at) = rest.find(['$', '{', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        for (open, close) in MARKS {
            let Some(inner) = from.strip_prefix(open) else { continue };
            // Placeholders are short and on one line; other text has another syntax.
            let near =
                inner.char_indices().nth(PLACEHOLDER).and_then(|(end, _)| inner.get(..end)).unwrap_or(inner);
            let within = near.lines().next().unwrap_or_default();
            let is_word = |name: &str| open != "<" || !name.is_empty() && name.bytes().all(is_of_name);
            if let Some(end) = within.find(close)
                && inner.get(..end).is_some_and(is_word)
            {
                let length = open.len() + end + close.len();
                out.extend(std::iter::repeat_n('x', length));
                rest = from.get(length..).unwrap_or_default();
                continue 'text;
            }
        }
        let bare =
            from.strip_prefix('$').map(|name| name.bytes().take_while(|byte| is_of_name(*byte)).count());
        let length = match bare {
            Some(count) if count > 0 => {
                out.extend(std::iter::repeat_n('x', 1 + count));
                1 + count
            }
            _ => {
                out.push_str(from.get(..1).unwrap_or_default());
                1
            }
        };
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The images in a text, each once. `before` is the name that the previous argument gives to the first word;
/// afterwards it is the name that the last word gives to the next argument.
pub(super) fn within<'a>(text: &'a str, before: &mut Option<String>) -> Vec<&'a str> {
    let filled = filled(text);
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for (start, word) in words(&filled) {
        let name = before.take();
        // `a=b=image`: tables of images by version.
        let (set, value) = word.rsplit_once('=').map_or((None, word), |(set, value)| (Some(set), value));
        let name_of = set.map(|set| set.rsplit('=').next().unwrap_or(set)).or(name.as_deref());
        let is_found = is_image(value)
            || name_of.is_some_and(|name| match name.starts_with('-') {
                true => is_named(name, value),
                false => is_beside(name, value),
            });
        let offset = start + word.len() - value.len();
        if is_found {
            let own = text.get(offset..offset + value.len()).unwrap_or_default();
            if known.insert(own) {
                found.push(own);
            }
        } else {
            *before = name_of_next(word, name);
        }
    }
    found
}

/// The name that a word gives to the next word: a flag, `name:`, or a name of several parts. A single `=` or `:`
/// keeps the previous name.
fn name_of_next(word: &str, before: Option<String>) -> Option<String> {
    if ["=", ":"].contains(&word) {
        return before;
    }
    let name = word.strip_suffix([':', '=']).unwrap_or(word);
    let ends = name.len() < word.len();
    let is_compound = name.contains(['-', '_', '.']);
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| is_of_name(byte) || b"-.".contains(&byte))
        && is_about_image(name);
    // `image = x`: the equals sign is the next word.
    (is_name && (ends || is_compound || name.eq_ignore_ascii_case("image"))).then(|| name.to_owned())
}

/// The words of a text with their positions. A URL with its query is one word.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_between = |c: char| c.is_whitespace() || "\"'`,;|&(){}[]<>\\".contains(c);
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.find(|c| !is_between(c))?;
        let rest = text.get(start..)?;
        let end = start + rest.find(is_between).unwrap_or(rest.len());
        at = end;
        Some((start, text.get(start..end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(text: &str) -> Vec<&str> {
        within(text, &mut None)
    }

    #[test]
    fn images_are_recognised_by_their_form() {
        let digest = format!("nginx@sha256:{}", "a".repeat(64));
        for image in [
            "quay.io/jetstack/cert-manager-acmesolver:v1.18.2",
            "localhost/app:dev",
            "localhost:5000/team/app:1",
            "10.0.0.1:5000/app:1",
            "argoproj/argoexec:v3.6.2",
            "bitnami/os-shell:12-debian-12",
            "istio/proxyv2:latest",
            "quay.io/acme/app:${TAG}",
            "$(REGISTRY)/app:v1",
            "{{ .Values.registry }}/app:1.2",
            &digest,
        ] {
            assert!(is_image(image), "{image}");
            assert_eq!(images(&format!("run \"{image}\", then")), [image]);
        }
        for other in [
            "https://example.com/a:b",
            "http://quay.io/x/y:1",
            "postgres://user@db.example.com/name:1",
            "db.example.com:5432",
            "example.com:8080/path",
            "default/example-go:8080",
            "apps/deployments:get",
            "apps/v1",
            "/var/lib/app:ro",
            "/host.d/a:/container/b:ro",
            "1.2.3",
            "v1.2.3",
            "2026-01-01T10:00:00Z",
            "10.0.0.0/8",
            "[::1]:8080",
            "git@github.com:org/repo.git",
            "github.com/org/repo@v1.2.3",
            r"^quay\.io/.*:v1$",
            "quay.io/*:1",
            "application/json",
            "text/html;q=0.9",
            "node-role.kubernetes.io/control-plane:NoSchedule=",
            "arn:aws:iam::123456789012:role/app",
            "sha256:aaaa",
            "key=value",
            "",
        ] {
            assert_eq!(images(other), [""; 0], "{other}");
        }
    }

    #[test]
    fn values_of_image_names_are_images() {
        for (name, value) in [
            ("--image", "nginx"),
            ("-git-image", "alpine/git"),
            ("PROXY_IMAGE", "python:3"),
            ("--prometheus-default-base-image", "quay.io/prometheus/prometheus"),
            ("spark.kubernetes.container.image", "spark:v3"),
            ("IMAGE", "$(OTHER)"),
            ("IMAGE", "<IMAGE>"),
            ("sidecarImage", "${IMAGE}"),
            ("IMAGE_NAME", "team/app"),
            ("image_of_proxy", "team/app"),
        ] {
            assert!(is_named(name, value), "{name} {value}");
        }
        for (name, value) in [
            ("IMAGE_TAG", "v1.2.3"),
            ("IMAGE_DIR", "/var/images"),
            ("IMAGE_QUALITY", "high"),
            ("IMAGE_SERVER", "images.example.com:8080"),
            ("--image-gc-high-threshold", "85"),
            ("--image-pull-progress-deadline", "1m"),
            ("--image-service-endpoint", "unix:///run/x.sock"),
            ("IMAGE_PULL_POLICY", "IfNotPresent"),
            ("IMAGE_PULL_SECRET", "regcred"),
            ("HERO_IMAGE", "hero.png"),
            ("HERO_IMAGE", "https://example.com/hero"),
            ("ENABLE_IMAGE", "false"),
            ("--upstream", "team/app"),
        ] {
            assert!(!is_named(name, value), "{name} {value}");
        }
    }

    #[test]
    fn names_before_images_are_recognised_in_texts() {
        for (text, expected) in [
            ("operator --image foo/bar --verbose", &["foo/bar"][..]),
            ("exec run --proxy-image=nginx;", &["nginx"]),
            (
                "3.9.0=quay.io/a/kafka:1\n4.0.0=quay.io/a/kafka:2\n3.9.0=quay.io/a/kafka:1",
                &["quay.io/a/kafka:1", "quay.io/a/kafka:2"],
            ),
            ("a=b/c:v1,d=e/f:v2", &["b/c:v1", "e/f:v2"]),
            (
                "[runners.docker]\n  image = \"alpine:latest\"\n  helper_image = \"x/y\"",
                &["alpine:latest", "x/y"],
            ),
            ("{\"image\":\"team/app\",\"port\":80}", &["team/app"]),
            ("image: team/app\npullPolicy: Always", &["team/app"]),
            ("spark.kubernetes.container.image   team/spark", &["team/spark"]),
            ("docker run --rm -v /a:/b registry.example.com/x:1 sh", &["registry.example.com/x:1"]),
            ("the image of it is good", &[]),
            ("image: good in a line of text", &[]),
            ("images are here: a/b", &[]),
            ("--image-pull-policy Always", &[]),
        ] {
            assert_eq!(images(text), expected, "{text}");
        }
        let mut before = None;
        assert_eq!(within("--image", &mut before), [""; 0]);
        assert_eq!(within("nginx", &mut before), ["nginx"]);
        assert_eq!(within("nginx", &mut before), [""; 0]);
    }

    #[test]
    fn placeholders_keep_the_positions_of_later_text() {
        for text in [
            "",
            "$",
            "$$",
            "$(",
            "${A",
            "{{",
            "a$(B)c",
            "<A>/<B>:1",
            "{{ a }}b",
            "$A-$B",
            "é$(é)é",
            "<a b>",
            "$(\n)",
        ] {
            assert_eq!(filled(text).len(), text.len(), "{text}");
        }
        assert_eq!(filled("$(R)/a:$T"), "xxxx/a:xx");
        assert_eq!(filled("<a b>${x\n}"), "<a b>${x\n}");
    }
}
