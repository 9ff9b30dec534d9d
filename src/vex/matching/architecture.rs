//! Architectures, which distributions, Go and the kernel name differently.

/// The names of one architecture. The first is Go's.
const NAMES: [&[&str]; 5] = [
    &["amd64", "x86_64", "x86-64"],
    &["arm64", "aarch64"],
    &["386", "i386", "i486", "i586", "i686", "x86"],
    &["ppc64le", "ppc64el"],
    &["loong64", "loongarch64"],
];

/// How an architecture of a statement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchitectureMatch {
    /// By the same name.
    Equal,
    /// By another name of it, or because the statement is about all.
    Equivalent,
}

/// Compares the architecture that a statement names with the one that was found. `all` in a statement is any.
pub(super) fn compare(statement: &str, found: Option<&str>) -> Option<ArchitectureMatch> {
    if found == Some(statement) {
        return Some(ArchitectureMatch::Equal);
    }
    let is_met = statement == "all" || found.is_some_and(|found| go_name(found) == go_name(statement));
    is_met.then_some(ArchitectureMatch::Equivalent)
}

/// The name of an architecture in images: `amd64` of `x86_64`.
pub(super) fn go_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let names = NAMES.iter().find(|names| names.contains(&name.as_str()));
    names.and_then(|names| names.first()).map_or(name, |go_name| (*go_name).to_owned())
}
