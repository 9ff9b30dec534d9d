//! Converts the URL of a page or manifest to a reference.

/// The reference for a URL (without its scheme) as in browsers or of a registry's manifest.
pub(super) fn from_url(rest: &str) -> String {
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
