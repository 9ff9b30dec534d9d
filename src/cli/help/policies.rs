//! The help about policies.

use std::fmt::Write as _;

use super::super::error_pages::wrapped;
use crate::policy::BuiltIn;

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

/// The names of all policies.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|about| about.policy.as_str())
}

/// All policies in short.
pub(super) fn all(width: usize) -> String {
    let mut text = "Policies decide what passes. `--policy NAME` selects one.\n\n".to_owned();
    for About { policy, passes, .. } in POLICIES {
        text.push_str(&wrapped(&format!("  {:18}", policy.as_str()), passes, width));
    }
    text.push_str("\nPolicies in Rego are added to the one that decides: `--policy NAME` or `--policy FILE.rego`, repeatable.\n");
    text.push_str("\n`dhi help NAME` describes one; `--exceptions FILE` excuses single findings.\n");
    text
}

/// The page of one policy.
pub(super) fn page(name: &str, width: usize) -> Option<String> {
    let about = POLICIES.iter().find(|about| about.policy.as_str() == name)?;
    let About { policy, passes, judges, use_for, example } = about;
    let mut text = format!("Policy `{}`\n\n", policy.as_str());
    for (name, sentences) in [("passes", passes), ("judges", judges), ("use for", use_for)] {
        text.push_str(&wrapped(&format!("{name:9}"), sentences, width));
    }
    let _ = writeln!(text, "{:9}{example}", "example");
    Some(text)
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
