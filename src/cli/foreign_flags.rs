//! Options of other programs, and what to write instead.
//!
//! None of them is accepted. An answer names an option that makes a check weaker only where the foreign option does the
//! same, and names the stricter way first.

use std::borrow::Cow;

use super::invocation::Invocation;
use crate::report::quoted;

/// Options of other programs that have one answer for some commands.
#[derive(Debug)]
struct Foreign {
    /// The options as they are written.
    flags: &'static [&'static str],
    /// The commands that the answer is for, by their words.
    commands: &'static [&'static str],
    /// What to write. `{value}` is the value of the foreign option, `{host}` the host of the image.
    answer: &'static str,
    /// The answer if the value is `false`.
    if_false: Option<&'static str>,
}

const VERIFY: &[&str] = &["verify", "admit check", "base", "attest list", "attest get"];
const JUDGE: &[&str] = &["verify", "admit check"];
const SELECT: &[&str] = &["verify", "admit check", "attest list", "attest get"];
const IMAGE: &[&str] = &["verify", "admit check", "base", "attest list", "attest get", "attest add", "sign"];
const STORE: &[&str] = &["sign", "attest add"];
const ONE: &[&str] = &["verify", "base", "attest list", "attest get"];
#[cfg(feature = "rego")]
const EVALUATE: &[&str] = &["policy eval"];
#[cfg(feature = "builder")]
const LINT: &[&str] = &["definition lint"];
const MANIFESTS: &[&str] = &["admit check"];
const JSON: &[&str] = &[
    "verify",
    "admit check",
    "base",
    "attest list",
    "attest add",
    "sign",
    "keys list",
    "cache df",
    "version",
];

/// What replaces the URL of a log in verification.
pub(super) const VERIFICATION_LOG: &str = "log entries are checked without asking the log; for a private log give its \
                                           keys: `--trusted-root FILE`";

/// What replaces the exceptions of a gate.
#[cfg(feature = "rego")]
const EXCEPTIONS: &str = "omit it: `dhi verify` has exceptions, with the policies of `--policy`";
const LOGIN: &str = "log in with `docker login {host}`: its credentials are read";
const CREDENTIALS_FILE: &str = "set `REGISTRY_AUTH_FILE={value}`: its credentials are read";
const KEYLESS: &str = "keyless signing is not supported: sign with `--key KEY`";
const ROOT_FILE: &str = "give a trusted root with these certificates: `--trusted-root FILE`";

const fn row(
    flags: &'static [&'static str],
    commands: &'static [&'static str],
    answer: &'static str,
) -> Foreign {
    Foreign { flags, commands, answer, if_false: None }
}

const FOREIGN: &[Foreign] = &[
    // Transparency logs and certificates: cosign, gh.
    Foreign {
        flags: &["--insecure-ignore-tlog", "--private-infrastructure"],
        commands: VERIFY,
        answer: "omit it: a signature by a key needs no log entry unless `--require-tlog` is given; `--skip-tlog` \
                 also ignores entries that exist",
        if_false: Some("to require a log entry: `--require-tlog`"),
    },
    Foreign {
        flags: &["--insecure-ignore-sct"],
        commands: VERIFY,
        answer: "for certificates of a private instance without a certificate transparency log: `--skip-sct`",
        if_false: Some(
            "omit it: the proof of the certificate transparency log is required unless `--skip-sct` is given",
        ),
    },
    row(&["--rekor-url"], &["admit check", "base", "attest list", "attest get"], VERIFICATION_LOG),
    row(
        &[
            "--certificate-chain",
            "--ca-roots",
            "--ca-intermediates",
            "--cert-chain",
            "--timestamp-certificate-chain",
        ],
        VERIFY,
        ROOT_FILE,
    ),
    row(
        &["--rekor-public-key", "--custom-trusted-root"],
        VERIFY,
        "give a trusted root: `--trusted-root FILE`",
    ),
    row(&["--use-signed-timestamps"], VERIFY, "omit it: timestamps are checked if there are any"),
    row(&["--cert-identity"], VERIFY, "write `--certificate-identity {value}`"),
    row(&["--cert-identity-regex"], VERIFY, "write `--certificate-identity-regexp {value}`"),
    row(&["--cert-oidc-issuer"], VERIFY, "write `--certificate-oidc-issuer {value}`"),
    row(
        &["--repo", "-R"],
        ONE,
        "write `--certificate-github-workflow-repository {value}`, with `--certificate-identity`",
    ),
    row(
        &["--certificate", "--cert", "--sct", "--signature", "--payload", "--bundle"],
        VERIFY,
        "omit it: signatures and certificates are read from the repository of the image, or from `--attestations REPO`",
    ),
    row(&["--sk", "--slot"], VERIFY, "give the public key of the device: `--key FILE`"),
    // Claims and forms: cosign.
    row(
        &[
            "--check-claims",
            "--experimental-oci11",
            "--new-bundle-format",
            "--max-workers",
            "--registry-referrers-mode",
        ],
        VERIFY,
        "omit it: claims are always checked, and all forms of signatures and referrers are read",
    ),
    row(&["-a"], JUDGE, "write `--policy signed --require-annotation {value}`"),
    row(&["--type", "--artifact-type"], SELECT, "write `--predicate-type {value}`"),
    row(&["--artifact-type"], &["attest add"], "write `--predicate-type {value}`"),
    row(&["--local-image"], ONE, "write the directory as `oci:DIR`"),
    row(&["--attachment"], SELECT, "SBOMs are attestations: `--predicate-type spdx`"),
    // Policy bundles: docker scout.
    #[cfg(feature = "rego")]
    row(
        &["--policy-dir", "--policy-file"],
        &["policy push"],
        "give the directory before the reference: `dhi policy push DIR REF`",
    ),
    #[cfg(feature = "rego")]
    row(&["--key"], &["policy push"], "write `--sign-key {value}`"),
    #[cfg(feature = "rego")]
    row(&["--key"], &["policy pull"], "write `--bundle-key {value}`"),
    // Access: cosign, notation, oras, crane, skopeo, helm.
    row(
        &["--allow-http-registry"],
        IMAGE,
        "write `--plain-http {host}`, which is accepted for registries on this machine only",
    ),
    Foreign {
        flags: &[
            "--allow-insecure-registry",
            "--insecure-registry",
            "--insecure-skip-tls-verify",
            "--insecure-skip-tls",
            "--skip-tls-verify",
        ],
        commands: IMAGE,
        answer: "give its certificate authority: `--ca FILE`; `--insecure {host}` checks no certificate of that host",
        if_false: Some("omit it: certificates are checked"),
    },
    Foreign {
        flags: &["--tls-verify"],
        commands: IMAGE,
        answer: "omit it: certificates are checked",
        if_false: Some(
            "give its certificate authority: `--ca FILE`; `--insecure {host}` checks no certificate of that host",
        ),
    },
    row(&["--registry-cacert", "--ca-file", "--cacert"], IMAGE, "write `--ca {value}`"),
    row(&["--registry-client-cert", "--cert-file"], IMAGE, "write `--client-cert {value}`"),
    row(&["--registry-client-key", "--key-file"], IMAGE, "write `--client-key {value}`"),
    row(
        &[
            "--registry-username",
            "--registry-password",
            "--registry-token",
            "--username",
            "--password",
            "--password-stdin",
            "--creds",
            "--token",
            "-u",
        ],
        IMAGE,
        LOGIN,
    ),
    row(&["--authfile", "--registry-config"], IMAGE, CREDENTIALS_FILE),
    row(
        &["--k8s-keychain"],
        IMAGE,
        "configure a credential helper: `credHelpers` in `~/.docker/config.json`",
    ),
    row(&["--registry-server-name"], IMAGE, "write the registry with a name that its certificate has"),
    row(&["--oci-layout", "--oci-layout-path"], ONE, "write the directory as `oci:DIR:TAG`"),
    row(&["--input"], ONE, "write the archive as `archive:{value}`"),
    row(&["--ref"], ONE, "write it behind the path: `archive:FILE:{value}` or `oci:DIR:{value}`"),
    row(
        &["--allow-referrers-api", "--distribution-spec"],
        IMAGE,
        "omit it: referrers are found in every way",
    ),
    row(&["--offline-scan", "--skip-update", "--skip-db-update"], VERIFY, "write `--offline`"),
    row(&["--all-platforms"], VERIFY, "omit it: all platforms are the default; `--platform` selects one"),
    row(&["--timeout", "-t"], IMAGE, "omit it: runs end by themselves; `docs/limits.md` lists the times"),
    row(&["--debug", "-d", "--loglevel", "--log-level"], IMAGE, "write `-v`, or `-vv` for more"),
    row(&["--no-progress"], IMAGE, "omit it: progress is shown on a terminal only"),
    // Results: trivy, docker scout, gh.
    row(&["--json"], JSON, "write `--format json`"),
    row(&["-f"], &["verify", "base", "attest list"], "write `--format {value}`"),
    row(
        &["--exit-code", "-e", "--exit-on-eol"],
        VERIFY,
        "omit it: the exit code is 0 only if everything passed (`dhi help exit-codes`)",
    ),
    row(
        &["--exit-code"],
        &["scan", "vex apply"],
        "set a gate: with `--fail-on SEVERITY` the exit code is 1 if a finding counts (`dhi help exit-codes`)",
    ),
    row(&["--ignorefile", "--ignore-policy"], JUDGE, "excuse single findings with `--exceptions FILE`"),
    row(&["--verify"], &["verify", "attest list", "base"], "omit it: signatures are always verified"),
    row(
        &["--severity", "--ignore-unfixed", "--scanners", "--only-severity", "--only-fixed"],
        SELECT,
        "findings are judged by `dhi scan`; `--predicate-type vuln` selects attested scans",
    ),
    row(&["--vex-location", "--vex"], SELECT, "VEX documents are attestations: `--predicate-type openvex`"),
    // Policies: docker scout, conftest, opa, ec.
    #[cfg(feature = "rego")]
    row(&["--policies", "-p", "--data", "-d"], EVALUATE, "write `--policy-file FILE` or `--policy-dir DIR`"),
    #[cfg(feature = "rego")]
    row(&["--input", "-i"], EVALUATE, "write the file without an option: `dhi policy eval {value}`"),
    #[cfg(feature = "rego")]
    row(
        &["--fail", "--fail-defined", "--strict"],
        EVALUATE,
        "omit it: a policy that does not hold is exit 1",
    ),
    #[cfg(feature = "rego")]
    row(&["--no-fail"], EVALUATE, "write `--report-only`"),
    #[cfg(feature = "rego")]
    row(&["--json"], EVALUATE, "write `--format json`"),
    #[cfg(feature = "rego")]
    row(&["--trace", "--debug"], EVALUATE, "write `-v`: it shows what policies print"),
    #[cfg(feature = "rego")]
    row(&["--exceptions", "--enforce-from"], EVALUATE, EXCEPTIONS),
    #[cfg(feature = "rego")]
    row(
        &["--to-env", "--to-latest"],
        EVALUATE,
        "omit it: results are not compared with those of other images",
    ),
    #[cfg(feature = "rego")]
    row(&["--env"], EVALUATE, "name the image: environments of Docker Scout are not read"),
    #[cfg(feature = "rego")]
    row(&["--ref"], EVALUATE, "write it behind the path: `archive:FILE:{value}` or `oci:DIR:{value}`"),
    #[cfg(feature = "rego")]
    row(&["--predicate-type"], EVALUATE, "omit it: policies read all attestations"),
    // Sources of policies that only `dhi policy` reads.
    #[cfg(feature = "rego")]
    row(
        &["--policy-bundle"],
        JUDGE,
        "`dhi policy eval IMAGE --policy-bundle {value}` evaluates its policies; here give each file with `--policy FILE`",
    ),
    #[cfg(feature = "rego")]
    row(
        &["--policy-dir"],
        JUDGE,
        "`dhi policy eval IMAGE --policy-dir {value}` evaluates its policies; here give each file with `--policy FILE`",
    ),
    #[cfg(feature = "rego")]
    row(&["--policy-file"], JUDGE, "write `--policy {value}`"),
    // Manifests: kubectl, helm, docker compose.
    row(
        &["-f", "--filename", "--file"],
        MANIFESTS,
        "write the file without an option: `dhi admit check {value}`",
    ),
    row(
        &["-k", "--kustomize"],
        MANIFESTS,
        "render it first: `kubectl kustomize {value} | dhi admit check -`",
    ),
    row(&["-R", "--recursive"], MANIFESTS, "omit it: a directory is read with everything below it"),
    row(&["--dry-run", "--server-side", "--validate"], MANIFESTS, "omit it: nothing is applied"),
    row(&["-n"], MANIFESTS, "omit it: the images of all Kubernetes namespaces are checked"),
    // Signing: cosign, notation.
    row(
        &[
            "--identity-token",
            "--fulcio-url",
            "--oidc-issuer",
            "--oidc-client-id",
            "--oidc-provider",
            "--sk",
            "--slot",
        ],
        STORE,
        KEYLESS,
    ),
    // Linters.
    #[cfg(feature = "builder")]
    row(
        &["--strict", "--fail-on-warning", "--fail-on-warnings", "--warnings-as-errors", "-W"],
        LINT,
        "write `--deny-warnings`: a warning makes it fail",
    ),
    row(&["--yes", "-y"], STORE, "omit it: nothing has to be confirmed"),
    row(
        &["--tlog-upload", "--upload", "--no-upload"],
        STORE,
        "omit it: the signature is stored, and published in a log only with `--rekor-url URL`",
    ),
    row(&["-a", "--annotations"], STORE, "omit it: `dhi` signs no annotations"),
    row(&["--replace"], STORE, "omit it: nothing that is stored is replaced"),
    row(&["--new-bundle-format"], STORE, "write `--bundle-format`"),
    row(
        &["--timestamp-server-url", "--signing-config"],
        STORE,
        "log entries prove the time: `--rekor-url URL`",
    ),
];

/// What to write instead of an option of another program. `None` if the option is not known for this command.
pub(super) fn advice(option: &str, invocation: &Invocation<'_>) -> Option<String> {
    let fits =
        |row: &&Foreign| row.flags.contains(&option) && row.commands.contains(&invocation.path.as_str());
    let row = FOREIGN.iter().find(fits)?;
    let value = invocation.value_of(option);
    let answer = row.if_false.filter(|_| value == Some("false")).unwrap_or(row.answer);
    let value = value.map_or_else(|| "VALUE".to_owned(), quoted);
    let host = invocation.host().unwrap_or_else(|| "HOST".to_owned());
    Some(answer.replace("{value}", &value).replace("{host}", &host))
}

/// What to write instead of a value that an option of the same name has in another program.
pub(super) fn advice_for_value(option: &str, value: &str, invocation: &Invocation<'_>) -> Option<String> {
    let host = || invocation.host().map_or(Cow::Borrowed("HOST"), Cow::Owned);
    match (option, value) {
        // `crane --insecure`, `oras --plain-http`.
        ("--insecure", "") => Some(format!(
            "give its certificate authority: `--ca FILE`; `--insecure {}` checks no certificate of that host",
            host()
        )),
        ("--plain-http", "") => Some(format!("give the host: `--plain-http {}`", host())),
        // The option took the image as its value.
        ("--insecure" | "--plain-http", image) if image.contains('/') && !image.contains("://") => {
            let (host, image) = (image.split('/').next().unwrap_or_default(), quoted(image));
            Some(format!("write the host and the image: `{option} {host} {image}`"))
        }
        ("--kind", kind) if invocation.path == "definition init" => {
            let own = match kind {
                "helm" | "helm-chart" => "chart",
                "apk" | "deb" | "pkg" => "package",
                "container" | "docker" | "oci" => "image",
                _ => return None,
            };
            Some(format!("write `--kind {own}`"))
        }
        // `regctl --format '{{json .}}'`.
        ("--format", template) if template.contains("{{") => {
            Some("templates are not supported: write `--format json`, and select with `jq`".to_owned())
        }
        ("--predicate-type", "sbom" | "SBOM") => {
            Some("SBOMs have two types: `--predicate-type spdx` and `--predicate-type cyclonedx`".to_owned())
        }
        ("--policy", file) if file.ends_with(".rego") || file.ends_with(".cue") => {
            Some("policies are built in; `dhi help policies` describes them".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Command;
    use clap::error::ErrorKind;

    use super::super::usage_errors::WEAKER;
    use super::*;
    use crate::cli::command_line;

    /// The options that a text names for `dhi`.
    fn named(text: &str) -> Vec<&str> {
        text.split(|c: char| c.is_whitespace() || c == '`').filter(|word| word.starts_with('-')).collect()
    }

    /// The text without commands of `dhi`, and these commands.
    fn commands_of(text: &str) -> (String, Vec<&str>) {
        let mut rest = String::new();
        let mut commands = Vec::new();
        for (place, part) in text.split('`').enumerate() {
            match part.strip_prefix("dhi ").filter(|_| place % 2 == 1) {
                Some(command) => commands.push(command),
                None => {
                    rest.push(' ');
                    rest.push_str(part);
                }
            }
        }
        (rest, commands)
    }

    /// The command that the first words name.
    fn of_words<'a>(root: &'a Command, words: &str) -> &'a Command {
        let mut found = root;
        for word in words.split(' ') {
            let Some(below) = found.find_subcommand(word) else { break };
            found = below;
        }
        found
    }

    fn command<'a>(root: &'a Command, path: &str) -> &'a Command {
        path.split(' ').fold(root, |found, word| found.find_subcommand(word).unwrap())
    }

    fn has(command: &Command, option: &str) -> bool {
        command.get_arguments().any(|arg| {
            arg.get_long_and_visible_aliases()
                .is_some_and(|all| all.iter().any(|long| format!("--{long}") == option))
                || arg
                    .get_short()
                    .is_some_and(|short| option.trim_start_matches('-').chars().all(|c| c == short))
        })
    }

    #[test]
    fn answers_name_options_that_the_command_has() {
        let mut root = command_line();
        root.build();
        for row in FOREIGN {
            for path in row.commands {
                let command = command(&root, path);
                for answer in [Some(row.answer), row.if_false].into_iter().flatten() {
                    // What is behind a pipe, or written for another program, is not for this command.
                    let (rest, commands) = commands_of(answer);
                    for option in named(&rest).into_iter().filter(|option| *option != "-") {
                        assert!(has(command, option), "dhi {path}: {option} in: {answer}");
                    }
                    for words in commands {
                        for option in named(words).into_iter().filter(|option| *option != "-") {
                            assert!(has(of_words(&root, words), option), "{option} in: {answer}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn foreign_options_are_never_accepted() {
        let mut root = command_line();
        root.build();
        for row in FOREIGN {
            for (path, flag) in
                row.commands.iter().flat_map(|path| row.flags.iter().map(move |flag| (path, flag)))
            {
                let words = format!("dhi {path} {flag} x dhi.io/python");
                let error = command_line().try_get_matches_from(words.split(' ')).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{words}");
                let words = words.split(' ').skip(1).map(str::to_owned);
                let advice = advice(flag, &Invocation::new(&root, words)).unwrap();
                assert!(!advice.contains(['{', '}']), "{advice}");
            }
        }
    }

    #[test]
    fn each_option_of_a_command_has_one_answer() {
        let mut seen = BTreeSet::new();
        for row in FOREIGN {
            for pair in row.commands.iter().flat_map(|path| row.flags.iter().map(move |flag| (path, flag))) {
                assert!(seen.insert(pair), "{pair:?}");
            }
        }
    }

    /// An option that makes a check weaker is named only for options that do the same, behind the stricter way.
    #[test]
    fn weaker_options_are_named_behind_stricter_ones() {
        for row in FOREIGN {
            for answer in [Some(row.answer), row.if_false].into_iter().flatten() {
                let options = named(answer);
                let is_weaker = |option: &&str| WEAKER.contains(&option.trim_start_matches('-'));
                if options.first().is_some_and(is_weaker) {
                    let same = ["--insecure-ignore-sct", "--allow-http-registry"];
                    assert!(row.flags.iter().all(|flag| same.contains(flag)), "{answer}");
                }
            }
        }
    }

    #[test]
    fn answers_have_the_values_of_the_command_line() {
        let mut root = command_line();
        root.build();
        for (line, option, answer) in [
            ("verify --type spdxjson x", "--type", "write `--predicate-type spdxjson`"),
            ("verify -a env=prod x", "-a", "write `--policy signed --require-annotation env=prod`"),
            (
                "verify --allow-http-registry localhost:5000/a:1",
                "--allow-http-registry",
                "write `--plain-http localhost:5000`, which is accepted for registries on this machine only",
            ),
            (
                "sign --registry-password=secret r.example.com/a",
                "--registry-password",
                "log in with `docker login \
                 r.example.com`: its credentials are read",
            ),
            (
                "verify --insecure-ignore-tlog=false x",
                "--insecure-ignore-tlog",
                "to require a log entry: \
                 `--require-tlog`",
            ),
            (
                "admit check -f deploy.yaml",
                "-f",
                "write the file without an option: `dhi admit check deploy.yaml`",
            ),
        ] {
            let invocation = Invocation::new(&root, line.split(' ').map(str::to_owned));
            assert_eq!(advice(option, &invocation).as_deref(), Some(answer), "{line}");
        }
    }
}
