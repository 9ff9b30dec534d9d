//! Policies in Rego: `dhi policy`, `dhi verify --policy` and `dhi admit check --policy`.

mod admit;
mod built_in;
mod bundles;
mod cases;
mod contract;
mod eval;
mod hints;
mod host;
#[cfg(target_os = "linux")]
mod limits;
mod list;
#[cfg(target_os = "linux")]
mod process;
mod proof;
mod recorded;
mod verify;

/// A policy with this name that passes if nothing in `rules` makes a violation.
fn policy(name: &str, rules: &str) -> String {
    format!(
        "# METADATA\n# title: {name}\n# custom:\n#   name: {name}\npackage docker.scout\n\nimport rego.v1\n\n\
         default pass := false\n\npass if count(violation) == 0\n\n\
         violation contains v if {{\n\tfalse\n\tv := {{\"message\": \"\", \"detail\": {{}}}}\n}}\n\n{rules}"
    )
}

/// A policy with this name that every image passes.
fn holds(name: &str) -> String {
    policy(name, "")
}
