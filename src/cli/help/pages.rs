//! What the help of each command shows beyond its definition: examples, which come first, and the options of `-h`.

/// The additions of one command.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Page {
    /// The words of the command.
    pub(in crate::cli) command: &'static str,
    /// Command lines that can be pasted; the first one is the shortest useful one.
    pub(in crate::cli) examples: &'static [&'static str],
    /// The options that `-h` lists, by their long names and in this order. Empty: `-h` lists all options.
    pub(super) short: &'static [&'static str],
}

/// The page of a command.
pub(in crate::cli) fn page(command: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.command == command)
}

pub(super) const PAGES: &[Page] = &[
    Page {
        command: "",
        examples: &["dhi verify dhi.io/python:3.13", "dhi help trust/wrong-key"],
        short: &[],
    },
    Page {
        command: "verify",
        examples: &[
            "dhi verify dhi.io/python:3.13",
            "dhi verify --policy signed --key cosign.pub registry.example.com/api:1.0",
            "dhi verify --from images.txt --format digest",
        ],
        short: &[
            "from",
            "platform",
            "policy",
            "key",
            "namespace",
            "base",
            "exceptions",
            "offline",
            "format",
            "output",
            "quiet",
            "verbose",
        ],
    },
    Page {
        command: "base",
        examples: &[
            "dhi base dhi.io/python:3.13",
            "dhi base --base dhi.io/python:3.13 registry.example.com/acme/api:1",
            "dhi base --alias r.example.com/python=dhi.io/python r.example.com/acme/api:1",
        ],
        short: &[
            "platform",
            "base",
            "alias",
            "base-registry",
            "verify-layers",
            "namespace",
            "key",
            "offline",
            "mirror",
            "format",
            "output",
            "verbose",
        ],
    },
    #[cfg(feature = "rego")]
    Page {
        command: "policy",
        examples: &[
            "dhi policy eval dhi.io/python:3.13",
            "dhi policy list",
            "dhi policy pull registry.example.com/team/policies:1 --lock",
        ],
        short: &[],
    },
    #[cfg(feature = "rego")]
    Page {
        command: "policy eval",
        examples: &[
            "dhi policy eval dhi.io/python:3.13",
            "dhi policy eval --policy non-root --policy team.rego registry.example.com/api:1",
            "dhi policy eval --policy-dir policies facts.json",
        ],
        short: &[
            "policy",
            "policy-dir",
            "policy-bundle",
            "policy-config",
            "report-only",
            "platform",
            "key",
            "format",
            "output",
            "verbose",
        ],
    },
    #[cfg(feature = "rego")]
    Page {
        command: "policy list",
        examples: &["dhi policy list", "dhi policy list --policy-dir policies --format json"],
        short: &["policy-file", "policy-dir", "policy-config", "only-policy", "format", "verbose"],
    },
    #[cfg(feature = "rego")]
    Page {
        command: "policy test",
        examples: &["dhi policy test policies", "dhi policy test --mutate policies/has-owner.rego"],
        short: &["mutate", "format", "output", "verbose"],
    },
    #[cfg(feature = "rego")]
    Page {
        command: "policy pull",
        examples: &[
            "dhi policy pull registry.example.com/team/policies:1 --lock",
            "dhi policy pull dhi/policies:0.0.2 --output policies --bundle-key dhi-2",
        ],
        short: &["output", "force", "lock", "bundle-key", "locked", "offline"],
    },
    #[cfg(feature = "rego")]
    Page {
        command: "policy push",
        examples: &[
            "dhi policy push policies registry.example.com/team/policies:1",
            "dhi policy push policies registry.example.com/team/policies:1 --sign-key cosign.key",
        ],
        short: &["sign-key", "plain-http", "verbose"],
    },
    Page {
        command: "attest",
        examples: &[
            "dhi attest list dhi.io/python:3.13",
            "dhi attest get dhi.io/python:3.13 --predicate-type spdx --predicate",
        ],
        short: &[],
    },
    Page {
        command: "attest list",
        examples: &[
            "dhi attest list dhi.io/python:3.13",
            "dhi attest list --platform linux/amd64 --predicate-type spdx dhi.io/python:3.13",
            "dhi attest list --all --format json dhi.io/python:3.13",
        ],
        short: &[
            "platform",
            "predicate-type",
            "all",
            "key",
            "attestor-key",
            "attestations",
            "offline",
            "mirror",
            "format",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "attest get",
        examples: &[
            "dhi attest get --predicate-type spdx --predicate dhi.io/python:3.13",
            "dhi attest get --format table dhi.io/python:3.13 77d0aa4e",
            "dhi attest get --platform linux/arm64 --predicate-type openvex --verify dhi.io/python:3.13",
        ],
        short: &[
            "platform",
            "predicate-type",
            "predicate",
            "verify",
            "key",
            "attestor-key",
            "attestations",
            "offline",
            "format",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "attest add",
        examples: &[
            "dhi attest add --key team.key --type openvex --file vex.json oci:api:1.0",
            "dhi attest add --key team.key --type spdx --file s.json --platform all oci:api",
        ],
        short: &["key", "file", "predicate-type", "platform", "rekor-url", "plain-http", "format", "verbose"],
    },
    Page {
        command: "sign",
        examples: &[
            "dhi sign --key cosign.key registry.example.com/team/api:1.0",
            "dhi sign --key env://COSIGN_KEY --recursive registry.example.com/team/api:1.0",
            "dhi sign --key 'exec:kms-sign alias/release' registry.example.com/team/api:1.0",
        ],
        short: &["key", "recursive", "rekor-url", "plain-http", "format", "verbose"],
    },
    Page {
        command: "admit",
        examples: &["dhi admit check deploy/", "helm template web ./chart | dhi admit check -"],
        short: &[],
    },
    Page {
        command: "admit check",
        examples: &[
            "dhi admit check deploy/",
            "helm template web ./chart | dhi admit check -",
            "dhi admit check --resolve deploy.yaml | kubectl apply -f -",
        ],
        short: &[
            "resolve",
            "strict",
            "platform",
            "policy",
            "key",
            "namespace",
            "exceptions",
            "offline",
            "mirror",
            "format",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "vex",
        examples: &[
            "dhi vex apply grype.json --image dhi.io/python:3.13",
            "dhi vex explain CVE-2025-1234 grype.json --image dhi.io/python:3.13",
        ],
        short: &[],
    },
    Page {
        command: "scan",
        examples: &[
            "dhi scan dhi.io/python:3.13",
            "dhi scan r.example.com/api:1 --fail-on high --only-fixed",
            "dhi scan dhi.io/python:3.13 --report attestation",
        ],
        short: &[
            "scanner",
            "report",
            "severity",
            "vex",
            "fail-on",
            "only-fixed",
            "baseline",
            "format",
            "output",
            "quiet",
        ],
    },
    Page {
        command: "vex apply",
        examples: &[
            "dhi vex apply grype.json --image dhi.io/python:3.13 -o remaining.json",
            "dhi vex apply r.json --vex v.json --trust-unsigned v.json --fail-on high",
            "grype dhi.io/python:3.13 -o json | dhi vex apply - --image dhi.io/python:3.13",
        ],
        short: &[
            "image",
            "vex",
            "vex-repo",
            "trust-unsigned",
            "key",
            "attestor-key",
            "fail-on",
            "only-fixed",
            "format",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "vex explain",
        examples: &[
            "dhi vex explain CVE-2025-1234 grype.json --image dhi.io/python:3.13",
            "dhi vex explain CVE-2025-1234 trivy.json --package zlib1g --vex vex.json",
        ],
        short: &[
            "package",
            "image",
            "vex",
            "vex-repo",
            "trust-unsigned",
            "profile",
            "key",
            "attestor-key",
            "offline",
            "format",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "vex export",
        examples: &[
            "dhi vex export grype.json --for grype --image dhi.io/python:3.13 -o vex.json",
            "dhi vex export trivy.json --for trivy --vex vex.json --trust-unsigned vex.json",
        ],
        short: &[
            "for",
            "image",
            "vex",
            "vex-repo",
            "trust-unsigned",
            "max-vex-age",
            "key",
            "attestor-key",
            "author",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "vex get",
        examples: &[
            "dhi vex get dhi.io/python:3.13",
            "dhi vex get --platform linux/arm64 --verify -o vex.json dhi.io/python:3.13",
            "dhi vex get --per-attestation registry.example.com/acme/api:1",
        ],
        short: &[
            "platform",
            "per-attestation",
            "verify",
            "namespace",
            "key",
            "attestor-key",
            "skip-tlog",
            "offline",
            "output",
            "verbose",
        ],
    },
    Page {
        command: "vex create",
        examples: &[
            "dhi vex create --vuln CVE-2025-1234 --product pkg:npm/a@7.1.0 --status fixed",
            "dhi vex create vex.json --vuln CVE-2025-2 --product pkg:npm/b@1 --status fixed",
        ],
        short: &["vulnerability", "product", "subcomponent", "status", "justification", "output", "verbose"],
    },
    Page {
        command: "vex lint",
        examples: &["dhi vex lint vex.json", "dhi vex lint vex/ --report grype.json --format sarif"],
        short: &["report", "max-vex-age", "effective-time", "format", "verbose"],
    },
    Page {
        command: "vex repo",
        examples: &[
            "dhi vex repo add dhi https://github.com/docker-hardened-images/advisories",
            "dhi vex apply grype.json --vex-repo dhi --image dhi.io/python:3.13",
        ],
        short: &[],
    },
    Page {
        command: "vex repo add",
        examples: &[
            "dhi vex repo add dhi https://github.com/docker-hardened-images/advisories",
            "dhi vex repo add team https://git.example/vex.git --key vex.pub",
            "dhi vex repo add --from-trivy ~/.trivy/vex/repository.yaml",
        ],
        short: &["key", "token-env", "username", "password-env", "from-trivy", "verbose"],
    },
    Page {
        command: "vex repo list",
        examples: &["dhi vex repo list", "dhi vex repo list --format json"],
        short: &[],
    },
    Page {
        command: "vex repo update",
        examples: &["dhi vex repo update", "dhi vex repo update dhi"],
        short: &[],
    },
    Page { command: "vex repo remove", examples: &["dhi vex repo remove dhi"], short: &[] },
    #[cfg(feature = "builder")]
    Page {
        command: "build",
        examples: &[
            "dhi build image.yaml --output oci:out",
            "dhi build image.yaml --locked --output archive:image.tar",
            "dhi build image.yaml --tag r.example.com/team/redis:8 --push --key cosign.key",
        ],
        short: &["platform", "locked", "update", "tag", "output", "push", "load", "key", "offline"],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition",
        examples: &["dhi definition init -o api.yaml", "dhi definition lint api.yaml"],
        short: &[],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition diff",
        examples: &[
            "dhi definition diff old.yaml new.yaml",
            "git show main:image.yaml | dhi definition diff - image.yaml --format markdown",
        ],
        short: &["exit-code", "context", "format", "output"],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition explain",
        examples: &[
            "dhi definition explain image.yaml",
            "dhi definition explain image.yaml --platform linux/arm64 --format json",
        ],
        short: &["platform", "context", "format", "output"],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition lint",
        examples: &[
            "dhi definition lint redis.yaml",
            "dhi definition lint --context . --deny-warnings image/",
            "dhi definition lint --format github --output sarif=lint.sarif image/",
        ],
        short: &["context", "deny-warnings", "effective-time", "format", "output", "verbose"],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition init",
        examples: &[
            "dhi definition init -o api.yaml",
            "dhi definition init --distro alpine3.23 --variant dev --name r.example.com/api",
        ],
        short: &[],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition lock",
        examples: &[
            "dhi definition lock image.yaml",
            "dhi definition lock image.yaml --check",
            "dhi definition lock image.yaml --update=openssl",
            "dhi definition lock image.yaml --why libc6",
        ],
        short: &["update", "check", "why", "substitute", "output", "offline"],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition render",
        examples: &[
            "dhi definition render image.yaml",
            "dhi definition render image.yaml --platform linux/arm64 -o image-arm64.yaml",
        ],
        short: &["platform", "context", "offline", "output"],
    },
    #[cfg(feature = "builder")]
    Page {
        command: "definition schema",
        examples: &["dhi definition schema -o definition.schema.json"],
        short: &[],
    },
    Page { command: "keys", examples: &["dhi keys list", "dhi keys update"], short: &[] },
    Page {
        command: "keys list",
        examples: &["dhi keys list", "dhi keys list --key cosign.pub --format json"],
        short: &["key", "keyring", "attestor-key", "trusted-root", "offline", "format", "verbose"],
    },
    Page {
        command: "keys update",
        examples: &[
            "dhi keys update",
            "dhi keys update --from dhi-3.pub --pin sha256:FINGERPRINT",
            "dhi keys update --sigstore",
        ],
        short: &["from", "pin", "sigstore", "tuf-url", "tuf-root", "offline", "verbose"],
    },
    Page {
        command: "keys generate",
        examples: &["dhi keys generate", "dhi keys generate --output-key-prefix team"],
        short: &[],
    },
    Page { command: "cache", examples: &["dhi cache df", "dhi cache prune --older-than 7d"], short: &[] },
    Page { command: "cache df", examples: &["dhi cache df", "dhi cache df --format json"], short: &[] },
    Page {
        command: "cache prune",
        examples: &["dhi cache prune --older-than 7d", "dhi cache prune --keep 500M"],
        short: &[],
    },
    Page {
        command: "completion",
        examples: &["source <(dhi completion bash)", "dhi completion fish | source"],
        short: &["verbose"],
    },
    Page { command: "man", examples: &["dhi man | man -l -", "dhi man --dir man/man1"], short: &[] },
    Page { command: "version", examples: &["dhi version", "dhi version --format json"], short: &[] },
    Page {
        command: "help",
        examples: &["dhi help trust/wrong-key", "dhi help attest list", "dhi help exit-codes"],
        short: &[],
    },
];
