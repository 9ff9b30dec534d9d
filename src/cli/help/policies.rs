//! The help about policies.

use std::fmt::Write as _;

use super::super::error_pages::wrapped;
use crate::policy::BuiltIn;
#[cfg(feature = "rego")]
use crate::policy::rego::{self, BUILT_IN, ConfigKey, RegoPolicy};

/// A policy: its name, what passes, and an example.
struct About {
    policy: BuiltIn,
    passes: &'static str,
    judges: &'static str,
    use_for: &'static str,
    example: &'static str,
}

const POLICIES: [About; 3] = [
    About {
        policy: BuiltIn::DhiOrDhiBased,
        passes: "Each platform is a Docker Hardened Image, or built on one.",
        judges: "All signatures and attestations, and the layers and provenance that prove the base. An image that is \
                 built on a hardened one needs no attestations of its own.",
        use_for: "Deployments. It is the default of `dhi verify` and `dhi admit check`.",
        example: "dhi verify registry.example.com/acme/api:1",
    },
    About {
        policy: BuiltIn::Attested,
        passes: "Each platform, or the index that lists it, has an attestation by a trusted signer, and every signature \
                 and attestation verifies.",
        judges: "All signatures and attestations; not the base. It is the default with `--predicate-type`.",
        use_for: "Images with attestations of your own team, with `--key` or `--certificate-identity`.",
        example: "dhi verify --policy attested --key cosign.pub registry.example.com/team/api:1.0",
    },
    About {
        policy: BuiltIn::Signed,
        passes: "The object that the reference names has a signature by a trusted signer.",
        judges: "Only that signature, as `cosign verify` does; no attestation.",
        use_for: "Images that are only signed.",
        example: "dhi verify --policy signed --key cosign.pub registry.example.com/team/api:1.0",
    },
];

/// What holds for all of them.
const NOTES: [&str; 3] = [
    "Policies in Rego are added to the one that decides: `--policy NAME` or `--policy FILE.rego`, repeatable. \
     `dhi policy list` has those that are built in, and `dhi policy eval IMAGE` shows what each decides.",
    "`dhi help NAME` describes one, such as `dhi help attested` or `dhi help non-root`.",
    "`--exceptions FILE` excuses single findings.",
];

/// The names of all policies.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let deciding = POLICIES.iter().map(|about| about.policy.as_str());
    #[cfg(feature = "rego")]
    let deciding = {
        let others = BUILT_IN.iter().filter(|policy| policy.name != BuiltIn::DhiOrDhiBased.as_str());
        deciding.chain(others.map(|policy| policy.name))
    };
    deciding
}

/// All policies in short.
pub(super) fn all(width: usize) -> String {
    let mut text = "Policies decide what passes. `--policy NAME` selects one.\n\n".to_owned();
    for About { policy, passes, .. } in POLICIES {
        text.push_str(&wrapped(&format!("  {:18}", policy.as_str()), passes, width));
    }
    text.push('\n');
    for sentence in NOTES {
        text.push_str(&wrapped("", sentence, width));
    }
    text
}

/// The page of one policy.
pub(super) fn page(name: &str, width: usize) -> Option<String> {
    let Some(about) = POLICIES.iter().find(|about| about.policy.as_str() == name) else {
        return rego_page(name, width);
    };
    let About { policy, passes, judges, use_for, example } = about;
    let mut text = format!("Policy `{}`\n\n", policy.as_str());
    for (name, sentences) in [("passes", passes), ("judges", judges), ("use for", use_for)] {
        text.push_str(&wrapped(&format!("{name:9}"), sentences, width));
    }
    let _ = writeln!(text, "{:9}{example}", "example");
    Some(text)
}

/// The page of a built-in policy in Rego: what its metadata say, and its settings.
#[cfg(feature = "rego")]
fn rego_page(name: &str, width: usize) -> Option<String> {
    let policy = rego::built_in(name)?;
    let parsed = RegoPolicy::parse(policy.name, policy.source).ok()?;
    let mut text = format!("Policy `{name}`\n\n");
    let description = parsed.metadata().description.as_deref().unwrap_or_default();
    text.push_str(&wrapped("about    ", description, width));
    for ConfigKey { name, default } in policy.config {
        let default = default.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&wrapped("setting  ", &format!("{name}: {default}"), width));
    }
    text.push_str(&wrapped("page     ", &format!("docs/policies/{name}.md"), width));
    let _ = writeln!(text, "example  dhi verify --policy {name} registry.example.com/acme/api:1");
    Some(text)
}

#[cfg(not(feature = "rego"))]
fn rego_page(_: &str, _: usize) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_policies_are_parsed() {
        for About { example, .. } in POLICIES {
            assert!(crate::cli::command_line().try_get_matches_from(example.split(' ')).is_ok(), "{example}");
        }
    }
}
