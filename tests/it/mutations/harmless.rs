//! The mutations that may pass: few rules, each with its reason. Any other mutation that passes is an error of the
//! verifier, or a missing rule.

use dhi::trust::LogPolicy;

use super::Job;
use super::mutants::Change;

/// Places that nothing depends on.
pub(super) struct Rule {
    /// The places, for the report.
    pub(super) what: &'static str,
    /// The reason.
    pub(super) why: &'static str,
    applies: fn(&Job<'_>, &str, &str) -> bool,
}

const LOG: &str = "/layers/*/annotations/dev.sigstore.cosign~1bundle";

/// Of several that apply the first counts.
pub(super) const RULES: [Rule; 11] = [
    Rule {
        what: "all of an object without which the image passes too",
        why: "it was not asked for, it is a signature beside a good one, or one of the index, which is not demanded",
        applies: |job, _, _| job.is_redundant,
    },
    Rule {
        what: "a log annotation where no proof is demanded",
        why: "it may be missing too; one that can be judged must be good",
        applies: |job, kind, place| {
            kind == "signature" && place.starts_with(LOG) && job.question.log != LogPolicy::Require
        },
    },
    Rule {
        what: "log annotation: numbers as text, `kindVersion`",
        why: "both spellings of a number are in use and the log signs the number; the kind is read from the body",
        applies: |job, kind, place| {
            let is_number = place.ends_with("/integratedTime") || place.ends_with("/logIndex");
            kind == "signature"
                && place.starts_with(LOG)
                && (place.contains("/kindVersion") || is_number && job.mutant.change == Change::Swapped)
        },
    },
    Rule {
        what: "lists of referrers: `annotations`, `artifactType`, no `mediaType`, an entry twice",
        why: "they only save requests: the manifest decides what it is, and is judged once",
        applies: |job, kind, place| {
            let change = job.mutant.change;
            kind == "list"
                && (place.starts_with("/*/annotations")
                    || place == "/*/artifactType"
                    || place == "/*/mediaType" && is_gone(change)
                    || place == "/*" && change == Change::Doubled)
        },
    },
    Rule {
        what: "signature manifests: no `mediaType`, one of `artifactType` and `config.mediaType`, \
               `config.artifactType`",
        why: "the first is optional; the type of an artifact is in two fields, and its content must verify",
        applies: |job, kind, place| {
            is_signature(kind)
                && (place == "/mediaType" && is_gone(job.mutant.change)
                    || ["/artifactType", "/config/mediaType", "/config/artifactType"].contains(&place))
        },
    },
    Rule {
        what: "signature manifests: `config.digest`, `config.size`",
        why: "the configuration of a signature is empty, and nobody reads it",
        applies: |_, kind, place| is_signature(kind) && ["/config/digest", "/config/size"].contains(&place),
    },
    Rule {
        what: "signature manifests: `annotations`",
        why: "free text that nobody reads",
        applies: |_, kind, place| is_signature(kind) && place.starts_with("/annotations"),
    },
    Rule {
        what: "signature manifests: a layer twice",
        why: "the same signature twice is one good signature",
        applies: |job, kind, place| {
            is_signature(kind) && place == "/layers/*" && job.mutant.change == Change::Doubled
        },
    },
    Rule {
        what: "bundle manifests: `layers.mediaType`",
        why: "the bundle itself says what it is, and must verify",
        applies: |_, kind, place| kind == "bundle manifest" && place == "/layers/*/mediaType",
    },
    Rule {
        what: "bundles: `verificationMaterial` with a hint at the key and no log entry",
        why: "a hint chooses no key: all that were given are tried, but it must be text; no log proof is demanded",
        applies: |job, kind, place| {
            kind == "bundle"
                && place.starts_with("/verificationMaterial")
                && job.question.log != LogPolicy::Require
        },
    },
    Rule {
        what: "an index whose signature is not demanded: `annotations`, no `mediaType`, no `platform`, an entry twice",
        why: "nobody signs it: each image in it is judged on its own, and its platform by its configuration",
        applies: |job, kind, place| {
            let change = job.mutant.change;
            kind == "index"
                && !job.question.root
                && (place.starts_with("/annotations")
                    || place.starts_with("/manifests/*/annotations")
                    || ["/mediaType", "/manifests/*/platform"].contains(&place) && is_gone(change)
                    || place == "/manifests/*" && change == Change::Doubled)
        },
    },
];

fn is_signature(kind: &str) -> bool {
    kind == "signature" || kind == "bundle manifest"
}

fn is_gone(change: Change) -> bool {
    matches!(change, Change::Dropped | Change::Renamed)
}

/// The rule that lets a mutation pass.
pub(super) fn rule(job: &Job<'_>, kind: &str, place: &str) -> Option<usize> {
    RULES.iter().position(|rule| (rule.applies)(job, kind, place))
}
