//! Schemes of references: those that are read, and those of other tools, which are refused by name.

/// Schemes that look like a host with a port.
pub(super) const SCHEMES: [&str; 6] =
    ["oci:", "oci-archive:", "archive:", "docker-archive:", LOCAL_ENGINE, "containers-storage:"];

/// The scheme of images of the local engine.
pub(super) const LOCAL_ENGINE: &str = "docker-daemon:";

/// Schemes of other tools. They are refused by name, since as a host or path they would mean something else.
pub(super) const UNSUPPORTED_SCHEMES: [&str; 11] = [
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

/// The text after Helm's `oci://`. `None` before a third slash, which begins a path, since no host is empty.
pub(super) fn strip_helm_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("oci://").filter(|rest| !rest.starts_with('/'))
}
