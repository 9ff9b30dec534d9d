//! The actions that steps can use, with their parameters.
//!
//! `helm/rudder@v1` takes some values beside `chart` or in it.

/// One action.
#[derive(Debug)]
pub(super) struct Action {
    /// The name in `uses`.
    pub(super) name: &'static str,
    /// The keys of `with`.
    pub(super) parameters: &'static [&'static str],
}

/// The action of this name, if its parameters are known.
pub(super) fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

/// The names of all actions that are no images.
pub fn names() -> impl Iterator<Item = &'static str> {
    let described = ACTIONS.iter().map(|action| action.name).filter(|name| !is_known_image(name));
    described.chain(UNDESCRIBED.iter().copied())
}

/// Actions whose parameters are not known.
const UNDESCRIBED: &[&str] = &[
    "dpkg/extract@v1",
    "dpkg/upload@v1",
    "helm/annotations@v1",
    "helm/logout@v1",
    "npm/patch@v1",
    "yarn/bump@v1",
    "yarn/patch@v1",
];

/// Whether it is an image that is an action of its own. The frontend chooses its digest.
pub(super) fn is_known_image(name: &str) -> bool {
    matches!(name, "dhi/build-pkg:0" | "dhi/go-hermetic:0")
}

macro_rules! actions {
    ($($name:literal: $($parameter:literal)*;)*) => {
        const ACTIONS: &[Action] = &[$(Action { name: $name, parameters: &[$($parameter),*] },)*];
    };
}

actions! {
    "abuild/apk@v1": "name" "description" "license" "version" "rel" "url" "arch" "depends" "depends_dev" "provides"
        "replaces" "provider_priority" "replaces_priority" "options" "install" "subpackages" "functions" "files"
        "oci-config";
    "abuild/build@v1": "command";
    "abuild/bump@v1": "name" "version" "rel" "provides" "replaces" "provider_priority" "replaces_priority"
        "subpackages" "depends" "depends_dev" "builddir" "set";
    "abuild/disable@v1": "function";
    "abuild/setup@v1": ;
    "abuild/source@v1": "source";
    "abuild/upload@v1": ;
    "cosign/verify-blob@v1": "blob" "signature" "certificate" "certificate-identity" "certificate-oidc-issuer"
        "bundle" "key" "offline";
    "deb/build@v1": "control" "dir";
    "deb/install@v1": "files";
    "dhi/build-pkg:0": "name" "description" "license" "url" "version" "rel" "section" "priority" "formats" "files"
        "subpackages" "depends" "provides" "replaces" "conflicts" "deb" "apk" "oci-config" "root";
    "dpkg/build@v1": "args" "options";
    "dpkg/bump@v1": "version" "changelog";
    "dpkg/patch@v1": "patches" "apply";
    "dpkg/source@v1": "file" "path" "remove-original";
    "git/checkout@v1": "expected-commit" "dir";
    "git/patch@v1": "patch" "patches" "options" "dir";
    "go/build@v1": "output" "packages" "ldflags" "tags" "strip" "fips" "cgo_enabled" "tidy" "trimpath"
        "experiments" "extra-args" "extra-env" "extra_env";
    "go/bump@v1": "deps" "replaces" "tidy" "download" "upgrade" "dir";
    "go/bump@v2": "deps" "replaces" "tidy" "download" "downgrade" "dir";
    "go/hermetic@v1": ;
    "gpg/verify@v1": "file" "signature" "keys" "key-filter";
    "gradle/mirror@v1": ;
    "helm/cmd@v1": "chart" "cmd";
    "helm/login@v1": "registry";
    "helm/package@v1": "chart";
    "helm/rudder@v1": "cmd" "registry" "chart" "patches" "process-templates" "debug" "updateDependencies"
        "appVersion" "chartVersion" "version";
    "mvn/mirror@v1": ;
    "mvn/patch@v1": "mvn-root" "dependencies" "dependencies-key" "properties" "downgrade";
    "npm/bump@v1": "bumps" "npm-root" "omit-dev";
    "patch@v1": "patch" "patches" "options" "dir";
    "sbom@v1": "prefix" "source" "extra-scanners";
    "spdx@v1": "name" "version" "purl" "license";
    "strip@v1": "dir";
    "yarn/bump@v2": "bumps" "yarn-root";
    "yq/patch@v1": "file" "patches";
}
