//! The policies that `--policy` names: one that decides, and policies in Rego that are added to it.

use std::path::Path;

#[cfg(feature = "rego")]
use super::policy::one_policy;
use super::printer::Printer;
#[cfg(feature = "rego")]
use super::session::Session;
use crate::diagnostic::{Code, Diagnostic, Remedy, closest};
use crate::policy::BuiltIn;
#[cfg(feature = "rego")]
use crate::policy::rego::{BUILT_IN, RegoPolicy, built_in};
#[cfg(feature = "rego")]
use crate::policy::{NotEvaluatedReason, PolicySet, PolicySource};

/// The former name of the policy `attested`.
const FORMER: &str = "none";

/// The policies that decide, of which one is chosen.
const DECIDING: [BuiltIn; 3] = [BuiltIn::DhiOrDhiBased, BuiltIn::Attested, BuiltIn::Signed];

/// The policies that a command line names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NamedPolicies {
    /// The policy that decides. `None`: none is named.
    pub(super) deciding: Option<BuiltIn>,
    /// The policies in Rego, as they are named.
    pub(super) rego: Vec<String>,
}

impl NamedPolicies {
    /// Tells the policy that decides from those in Rego. Nothing is read.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if two policies would decide, `policy/selection` for a name that no policy has.
    pub(super) fn of(names: &[String], printer: &Printer) -> Result<Self, Diagnostic> {
        let mut named = Self::default();
        for name in names {
            if name == FORMER {
                printer.note("the policy `none` is now named `attested`: write `--policy attested`");
            }
            match deciding(name) {
                Some(policy) => match named.deciding.replace(policy) {
                    Some(other) if other != policy => return Err(both(other, policy)),
                    _ => {}
                },
                None => {
                    check(name)?;
                    if !named.rego.contains(name) {
                        named.rego.push(name.clone());
                    }
                }
            }
        }
        Ok(named)
    }
}

/// The names of all policies that are part of the program.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let deciding = DECIDING.iter().map(|policy| policy.as_str());
    #[cfg(feature = "rego")]
    let all = deciding
        .chain(BUILT_IN.iter().map(|policy| policy.name).filter(|name| self::deciding(name).is_none()));
    #[cfg(not(feature = "rego"))]
    let all = deciding;
    all
}

/// The policy with this name, if it is one that decides.
fn deciding(name: &str) -> Option<BuiltIn> {
    let name = if name == FORMER { BuiltIn::Attested.as_str() } else { name };
    DECIDING.into_iter().find(|policy| policy.as_str() == name)
}

fn both(one: BuiltIn, other: BuiltIn) -> Diagnostic {
    let what = format!(
        "`--policy {}` and `--policy {}` contradict each other: one policy decides",
        one.as_str(),
        other.as_str()
    );
    let text = "give one of them; policies in Rego are added to it".to_owned();
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
}

/// Checks that a policy in Rego has this name, or that it is a file.
#[cfg(feature = "rego")]
fn check(name: &str) -> Result<(), Diagnostic> {
    if built_in(name).is_some() || is_file(name) { Ok(()) } else { Err(unknown(name)) }
}

/// No policy in Rego can be evaluated.
#[cfg(not(feature = "rego"))]
fn check(name: &str) -> Result<(), Diagnostic> {
    match is_file(name) {
        true => {
            let what =
                format!("`--policy {name}` names a policy in Rego, and this build of dhi evaluates none");
            Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what))
        }
        false => Err(unknown(name)),
    }
}

/// Whether it is the path or URL of a file, and not a name.
fn is_file(name: &str) -> bool {
    name.ends_with(".rego") || name.contains('/') || Path::new(name).exists()
}

fn unknown(name: &str) -> Diagnostic {
    let names: Vec<&str> = names().collect();
    let text = match closest(name, names.iter().copied()) {
        Some(closest) => format!("write `--policy {closest}`"),
        None => "name one of them, or a file such as `./policy.rego`".to_owned(),
    };
    Diagnostic::new(Code::POLICY_SELECTION, format!("no policy is named `{name}`"))
        .fact("policies", names.join(", "))
        .remedy(Remedy::ChangeCommandLine { text })
}

/// Refuses policies that the command line names and that a configuration or another option switches off: what it
/// requires cannot be switched off by a file.
///
/// # Errors
///
/// `usage/arguments` for the first of `named` that is not evaluated.
#[cfg(feature = "rego")]
pub(super) fn check_evaluated<'a>(
    set: &PolicySet,
    named: impl IntoIterator<Item = &'a str>,
) -> Result<(), Diagnostic> {
    let off = |name: &str| set.not_evaluated().iter().find(|off| off.name == name);
    let Some(off) = named.into_iter().find_map(off) else { return Ok(()) };
    let (by, text) = match &off.reason {
        NotEvaluatedReason::Disabled { config } => {
            (format!("`{config}` switches it off"), "leave it out, or change `enabled`")
        }
        NotEvaluatedReason::NeedsSettings => {
            ("it has no settings".to_owned(), "give its settings in a file with `--policy-config`")
        }
        NotEvaluatedReason::NotRequested => {
            ("`--only-policy` leaves it out".to_owned(), "leave it out, or add it to `--only-policy`")
        }
    };
    let what = format!("the policy `{}` is required, and {by}", off.name);
    let remedy = Remedy::ChangeCommandLine { text: text.to_owned() };
    Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy))
}

/// Reads the policy in Rego with this name, or in this file.
///
/// # Errors
///
/// Why it cannot be used.
#[cfg(feature = "rego")]
pub(super) async fn read<R, T>(
    name: &str,
    session: &Session<'_, R, T>,
) -> Result<(RegoPolicy, PolicySource), Diagnostic> {
    if let Some(policy) = built_in(name) {
        return Ok((one_policy::built_in(policy)?, PolicySource::BuiltIn));
    }
    if Path::new(name).is_dir() {
        let what = format!("`--policy {name}` is a directory");
        let text =
            "name one file; `dhi policy eval --policy-dir DIR` evaluates all files of a directory".to_owned();
        return Err(Diagnostic::new(Code::POLICY_SELECTION, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    Ok((one_policy::read(name, session).await?, PolicySource::File))
}

#[cfg(all(test, feature = "rego"))]
mod tests {
    use super::*;
    use crate::diagnostic::Exit;

    fn named(names: &[&str]) -> Result<NamedPolicies, Diagnostic> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        NamedPolicies::of(&names, &Printer::new(&[]))
    }

    #[test]
    fn one_policy_decides_and_others_are_added() {
        let of = |deciding, rego: &[&str]| {
            Ok(NamedPolicies { deciding, rego: rego.iter().map(|name| (*name).to_owned()).collect() })
        };
        assert_eq!(named(&[]), of(None, &[]));
        assert_eq!(named(&["non-root"]), of(None, &["non-root"]));
        assert_eq!(named(&["a.rego", "a.rego"]), of(None, &["a.rego"]));
        assert_eq!(named(&["non-root", "signed"]), of(Some(BuiltIn::Signed), &["non-root"]));
        assert_eq!(named(&["none", "attested"]), of(Some(BuiltIn::Attested), &[]));
        assert_eq!(named(&["a.rego", "rules/b", "src"]), of(None, &["a.rego", "rules/b", "src"]));
        // The Rust policy of this name decides. The one in Rego is for `dhi policy eval`.
        assert_eq!(named(&["dhi-or-dhi-based"]), of(Some(BuiltIn::DhiOrDhiBased), &[]));
    }

    #[test]
    fn two_deciding_policies_and_unknown_names_are_errors() {
        let error = named(&["attested", "signed"]).unwrap_err();
        assert_eq!((error.code, error.exit()), (Code::USAGE_ARGUMENTS, Exit::Usage));
        for (name, hint) in [("nonroot", "write `--policy non-root`"), ("zzz", "name one of them")] {
            let error = named(&[name]).unwrap_err();
            assert_eq!((error.code, error.exit()), (Code::POLICY_SELECTION, Exit::Usage));
            let [Remedy::ChangeCommandLine { text }] = error.remedies.as_slice() else { panic!("{error:?}") };
            assert!(text.starts_with(hint), "{text}");
        }
    }
}
