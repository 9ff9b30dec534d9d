# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dhi_global_optspecs
    string join \n v/verbose h/help V/version
end

function __fish_dhi_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_dhi_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_dhi_using_subcommand
    set -l cmd (__fish_dhi_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c dhi -n "__fish_dhi_needs_command" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_needs_command" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_needs_command" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "verify" -d 'Verify the signatures and attestations of images and charts'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "base" -d 'Tell whether an image is a hardened image or built on one, with the proof'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "attest" -d 'List, print and add attestations'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "attestation" -d 'List, print and add attestations'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "sign" -d 'Sign images and charts'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "admit" -d 'Check manifests before they are deployed'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "keys" -d 'List the trusted keys, update them, and generate a key to sign with'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "cache" -d 'Show and prune the cache'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "man" -d 'Print the manual page'
complete -c dhi -n "__fish_dhi_needs_command" -f -a "help" -d 'Explain a command or an error'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l from -d 'Also verify the references in FILE, one a line, or on standard input (`-`); blank lines and `#` comments are skipped' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l predicate-type -d 'Only attestations of this predicate type: a URI, or a short name such as `spdx` for all versions (repeatable; default: all)' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l attestations -d 'Read attestations and signatures only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l policy -d 'The policy to decide by [default: dhi-or-dhi-based; attested with `--predicate-type`]' -r -f -a "attested\t'Only signatures and attestations: every one must verify, and each platform or its index must have one'
signed\t'Only the signature of the referenced object, as `cosign verify` checks it; no attestation is judged'
dhi-or-dhi-based\t'Each platform is a hardened image, or built on one (see `dhi base`)'"
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l require-annotation -l annotations -d 'Require the signed annotation KEY=VALUE, as `cosign sign -a` writes it (repeatable; with `--policy signed`)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l exceptions -d 'File of excused findings of the policy: a YAML list of `{image, check, reason, expires}`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l enforce-from -d 'Findings of the policy are only warnings before this day' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l base -d 'Image that may be the base, in addition to those that the image names (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l alias -d 'Repository with copies of the images of another repository (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l base-registry -d 'Registry that may be queried for bases, in addition to the image\'s own and Docker\'s (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l accept-vsa -d 'Accept a summary by this key instead of verifying again: same image, same inputs, not older than `--max-age` (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l max-age -d 'Maximum age of an accepted summary, such as `24h` or `7d`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l verifier-id -d 'URI of the verifier, in summaries that are written and accepted (default: derived from the key)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l format -d 'Format of the result' -r -f -a "table\t'For people'
json\t'For programs; its shape is in docs/schemas'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for Jenkins and GitLab'
github\t'Annotations of a GitHub Actions run'
markdown\t'For the summary of a GitHub Actions step, or a comment'
digest\t'Each image that passed as `REF@DIGEST`, a line each; findings go to standard error'"
complete -c dhi -n "__fish_dhi_using_subcommand verify" -s o -l output -d 'Write to FILE instead of standard output, or, with `FORMAT=`, also write that format to FILE' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l location -d 'The file that names the image: SARIF results and GitHub annotations point to it (default: the list of `--from`)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l emit-vsa -d 'Write a signed verification summary (SLSA VSA) of each image to FILE, or `attach` it to the image (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l vsa-key -d 'Private key that signs summaries: FILE or `env://VAR` (password in `COSIGN_PASSWORD`), or `exec:PROGRAM [ARGUMENT...]`' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l rekor-url -d 'Publish the signatures of summaries in the transparency log at URL (default: no log entry)' -r
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l require-index-signature -d 'Require a signature of the index itself'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l accept-declared-layers -d 'Accept the layer digests that the image declares if its layers are compressed differently than in the base'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l verify-layers -d 'Download and hash layers that are compressed differently than in the base'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l explain -d 'In the table, show for each check the deciding facts and their sources'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -s q -l quiet -d 'Print nothing but errors: what did not pass, on standard error'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -l print-cosign -d 'Print the equivalent cosign commands instead of the result'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand verify" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l attestations -d 'Read attestations and signatures of the image only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l base -d 'Image that may be the base, in addition to those that the image names (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l alias -d 'Repository with copies of the images of another repository (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l base-registry -d 'Registry that may be queried for bases, in addition to the image\'s own and Docker\'s (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand base" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand base" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand base" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand base" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand base" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand base" -l format -d 'Format of the answer' -r -f -a "table\t'For people'
json\t'For programs: docs/schemas/base-2.json'"
complete -c dhi -n "__fish_dhi_using_subcommand base" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand base" -l accept-declared-layers -d 'Accept the layer digests that the image declares if its layers are compressed differently than in the base'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l verify-layers -d 'Download and hash layers that are compressed differently than in the base'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand base" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand base" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand base" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand base" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and not __fish_seen_subcommand_from list get add" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and not __fish_seen_subcommand_from list get add" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and not __fish_seen_subcommand_from list get add" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and not __fish_seen_subcommand_from list get add" -f -a "list" -d 'List the attestations of an image or chart, with their content in a line and their signers'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and not __fish_seen_subcommand_from list get add" -f -a "get" -d 'Verify and print an attestation, or print an unsigned one of a build with a warning'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and not __fish_seen_subcommand_from list get add" -f -a "add" -d 'Sign a predicate and attach it to an image'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l predicate-type -d 'Only attestations of this predicate type: a URI, or a short name such as `spdx` for all versions (repeatable; default: all)' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l attestations -d 'Read attestations and signatures only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l format -d 'Format of the list' -r -f -a "table\t'For people'
json\t'For programs: docs/schemas/attest-list-2.json'"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -l all -d 'Show all referrers as a tree: signatures, attestations, summaries, and their own referrers'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l predicate-type -d 'Only attestations of this predicate type: a URI, or a short name such as `spdx` for all versions (repeatable; default: all)' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l attestations -d 'Read attestations and signatures only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l format -d 'What to print' -r -f -a "raw\t'The bytes as they were signed'
table\t'A page for people'"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l predicate -d 'Print only the predicate, not the whole statement'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l verify -d 'Report on standard error what was verified, with the equivalent cosign command'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l file -l predicate -d 'The predicate, a JSON document, which is stored unchanged; `-` for standard input' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l predicate-type -l type -d 'Type of the predicate: a URI, or a short name such as `spdx` or `slsaprovenance1`' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l platform -d 'Platform that the statement is about (repeatable), or `all`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l key -d 'Private key: FILE or `env://VAR` (password in `COSIGN_PASSWORD`), or `exec:PROGRAM [ARGUMENT...]`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l bundle-format -d 'Write a Sigstore bundle, which cosign 3 reads, or with `=false` the form of hardened images' -r -f -a "true\t''
false\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l sign-container-identity -d 'Sign this name instead of the repository\'s' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l rekor-url -d 'Publish the signature in the transparency log at URL (default: no log entry)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l format -d 'Format of the list of stored objects' -r -f -a "text\t'One line for each: `REPOSITORY@DIGEST`'
json\t'For programs: docs/schemas/signed-1.json'"
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand attest; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and not __fish_seen_subcommand_from list get add" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and not __fish_seen_subcommand_from list get add" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and not __fish_seen_subcommand_from list get add" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and not __fish_seen_subcommand_from list get add" -f -a "list" -d 'List the attestations of an image or chart, with their content in a line and their signers'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and not __fish_seen_subcommand_from list get add" -f -a "get" -d 'Verify and print an attestation, or print an unsigned one of a build with a warning'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and not __fish_seen_subcommand_from list get add" -f -a "add" -d 'Sign a predicate and attach it to an image'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l predicate-type -d 'Only attestations of this predicate type: a URI, or a short name such as `spdx` for all versions (repeatable; default: all)' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l attestations -d 'Read attestations and signatures only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l format -d 'Format of the list' -r -f -a "table\t'For people'
json\t'For programs: docs/schemas/attest-list-2.json'"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -l all -d 'Show all referrers as a tree: signatures, attestations, summaries, and their own referrers'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l predicate-type -d 'Only attestations of this predicate type: a URI, or a short name such as `spdx` for all versions (repeatable; default: all)' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l attestations -d 'Read attestations and signatures only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l format -d 'What to print' -r -f -a "raw\t'The bytes as they were signed'
table\t'A page for people'"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -s o -l output -d 'Write to FILE instead of standard output' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l predicate -d 'Print only the predicate, not the whole statement'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l verify -d 'Report on standard error what was verified, with the equivalent cosign command'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l file -l predicate -d 'The predicate, a JSON document, which is stored unchanged; `-` for standard input' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l predicate-type -l type -d 'Type of the predicate: a URI, or a short name such as `spdx` or `slsaprovenance1`' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l platform -d 'Platform that the statement is about (repeatable), or `all`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l key -d 'Private key: FILE or `env://VAR` (password in `COSIGN_PASSWORD`), or `exec:PROGRAM [ARGUMENT...]`' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l bundle-format -d 'Write a Sigstore bundle, which cosign 3 reads, or with `=false` the form of hardened images' -r -f -a "true\t''
false\t''"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l sign-container-identity -d 'Sign this name instead of the repository\'s' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l rekor-url -d 'Publish the signature in the transparency log at URL (default: no log entry)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l format -d 'Format of the list of stored objects' -r -f -a "text\t'One line for each: `REPOSITORY@DIGEST`'
json\t'For programs: docs/schemas/signed-1.json'"
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand attestation; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l key -d 'Private key: FILE or `env://VAR` (password in `COSIGN_PASSWORD`), or `exec:PROGRAM [ARGUMENT...]`' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l bundle-format -d 'Write a Sigstore bundle, which cosign 3 reads, or with `=false` the form of hardened images' -r -f -a "true\t''
false\t''"
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l sign-container-identity -d 'Sign this name instead of the repository\'s' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l rekor-url -d 'Publish the signature in the transparency log at URL (default: no log entry)' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l format -d 'Format of the list of stored objects' -r -f -a "text\t'One line for each: `REPOSITORY@DIGEST`'
json\t'For programs: docs/schemas/signed-1.json'"
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand sign" -s r -l recursive -d 'Sign every manifest in the index too'
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand sign" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand sign" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand sign" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and not __fish_seen_subcommand_from check" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and not __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and not __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and not __fish_seen_subcommand_from check" -f -a "check" -d 'Verify every image of Kubernetes manifests and Compose files; nothing is applied'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l platform -d 'Only this platform (repeatable; default: all)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l predicate-type -d 'Only attestations of this predicate type: a URI, or a short name such as `spdx` for all versions (repeatable; default: all)' -r -f -a "spdx\t''
cyclonedx\t''
provenance\t''
openvex\t''
vuln\t''
vsa\t''
changelog\t''
fips\t''
stig\t''
source\t''
secrets\t''
virus\t''
tests\t''
health\t''
scout-sbom\t''
scout-provenance\t''
scout-vulnerabilities\t''
mcp\t''
slsaprovenance\t''
slsaprovenance02\t''
slsaprovenance1\t''
spdxjson\t''
link\t''
custom\t''"
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l namespace -l org -d 'Accept customizations of this organisation as hardened images' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l signed-name -d 'Require this name in the signed payloads, such as `dhi/python`' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l attestations -d 'Read attestations and signatures only from this repository' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l policy -d 'The policy to decide by [default: dhi-or-dhi-based; attested with `--predicate-type`]' -r -f -a "attested\t'Only signatures and attestations: every one must verify, and each platform or its index must have one'
signed\t'Only the signature of the referenced object, as `cosign verify` checks it; no attestation is judged'
dhi-or-dhi-based\t'Each platform is a hardened image, or built on one (see `dhi base`)'"
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l require-annotation -l annotations -d 'Require the signed annotation KEY=VALUE, as `cosign sign -a` writes it (repeatable; with `--policy signed`)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l exceptions -d 'File of excused findings of the policy: a YAML list of `{image, check, reason, expires}`' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l enforce-from -d 'Findings of the policy are only warnings before this day' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l base -d 'Image that may be the base, in addition to those that the image names (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l alias -d 'Repository with copies of the images of another repository (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l base-registry -d 'Registry that may be queried for bases, in addition to the image\'s own and Docker\'s (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l accept-vsa -d 'Accept a summary by this key instead of verifying again: same image, same inputs, not older than `--max-age` (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l max-age -d 'Maximum age of an accepted summary, such as `24h` or `7d`' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l verifier-id -d 'URI of the verifier, in summaries that are written and accepted (default: derived from the key)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l config -d 'Configuration file instead of `~/.config/dhi/config.toml`' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l mirror -d 'Try HOST2 before the registry HOST (repeatable, in this order)' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l client-cert -d 'Client certificate for registries that require one (PEM, with its chain)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l client-key -d 'Private key of the client certificate (PEM)' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l insecure -d 'Do not check the TLS certificate of this host' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l plain-http -d 'Use plain HTTP for this registry on this machine' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l auth-realm -d 'Send logins for REGISTRY to the token server HOST too' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l format -d 'Format of the result' -r -f -a "table\t'For people'
json\t'For programs; its shape is in docs/schemas'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for Jenkins and GitLab'
github\t'Annotations of a GitHub Actions run'
markdown\t'For the summary of a GitHub Actions step, or a comment'
digest\t'Each image that passed as `REF@DIGEST`, a line each; findings go to standard error'"
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -s o -l output -d 'Write to FILE instead of standard output, or, with `FORMAT=`, also write that format to FILE' -r
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l resolve -d 'If everything passed, print the manifests with the verified digests appended to their images'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l strict -d 'Fail if something was not judged'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l require-index-signature -d 'Require a signature of the index itself'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l accept-declared-layers -d 'Accept the layer digests that the image declares if its layers are compressed differently than in the base'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l verify-layers -d 'Download and hash layers that are compressed differently than in the base'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l offline -d 'Open no socket; use only the cache, layout directories and archives'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l no-cache -d 'Neither read nor write the cache'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -l explain -d 'In the table, show for each check the deciding facts and their sources'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print nothing but errors: what did not pass, on standard error'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand admit; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and not __fish_seen_subcommand_from list update generate" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and not __fish_seen_subcommand_from list update generate" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and not __fish_seen_subcommand_from list update generate" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and not __fish_seen_subcommand_from list update generate" -f -a "list" -d 'List the trusted keys: name, fingerprint, state, dates, origin'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and not __fish_seen_subcommand_from list update generate" -f -a "update" -d 'Add a DHI key that a trusted DHI key signed, or update Sigstore\'s trusted root'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and not __fish_seen_subcommand_from list update generate" -f -a "generate" -d 'Generate a key pair to sign with'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l key -d 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l keyring -d 'Keyring file instead of the DHI key: JSON with ids, states and dates' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l attestor-key -d 'Key of a third party that attaches attestations; never proves that an image is a DHI' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l threshold -d 'Number of different keys or identities that must have signed each object' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l trusted-root -d 'Sigstore trusted root with the logs and authorities to trust (default: that of `dhi keys update --sigstore`, else the embedded one)' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l effective-time -d 'Time at which keys and certificates must be valid if no log or timestamp proves the signing time (RFC 3339; default: now)' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-identity -d 'Identity in the certificate, an email address or URI, instead of the DHI key (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-identity-regexp -d 'Identity as a regular expression that matches the whole identity (repeatable)' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-oidc-issuer -d 'URL of the OIDC issuer of the identity: one for all identities, or one for each, in order' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-oidc-issuer-regexp -d 'The issuer as a regular expression that matches the whole issuer' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-github-workflow-trigger -d 'Event that started the GitHub workflow, such as `push`' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-github-workflow-sha -d 'Commit that the GitHub workflow ran for' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-github-workflow-name -d 'Name of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-github-workflow-repository -d 'Repository of the GitHub workflow' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l certificate-github-workflow-ref -d 'Branch or tag of the GitHub workflow, such as `refs/heads/main`' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l ca -d 'Trust the certificate authorities in FILE (PEM) in addition to the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l format -d 'Format of the list' -r -f -a "table\t'For people'
json\t'For programs: docs/schemas/keys-2.json'"
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l skip-tlog -d 'Do not check transparency log proofs, nor certificate transparency'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l require-tlog -d 'Require a valid transparency log proof for every signature'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l skip-sct -d 'Do not require that a certificate transparency log has the certificates (for private instances without one)'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -l offline -d 'Fetch nothing'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l from -d 'The new key: FILE or an https URL [default: Docker\'s latest]' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l signature -d 'Signature over the new key: FILE or an https URL [default: the location of the key with `.sig` appended]' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l pin -d 'Fingerprint of the new key, obtained by another way than the key: `sha256:` and 64 hex digits' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l tuf-url -d 'TUF repository of a private Sigstore instance' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l tuf-root -d 'A `root.json` of that repository, its root of trust' -r
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l ca -d 'Trust the certificate authorities in FILE (PEM) besides the platform\'s' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l sigstore -d 'Update Sigstore\'s trusted root by TUF instead of the DHI keys'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -l offline -d 'Fetch nothing'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from update" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from generate" -s o -l output-key-prefix -d 'Write PREFIX.key and PREFIX.pub' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from generate" -l force -d 'Replace existing files; the old key is lost'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from generate" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand keys; and __fish_seen_subcommand_from generate" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and not __fish_seen_subcommand_from df prune" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and not __fish_seen_subcommand_from df prune" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and not __fish_seen_subcommand_from df prune" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and not __fish_seen_subcommand_from df prune" -f -a "df" -d 'Show the content of the cache'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and not __fish_seen_subcommand_from df prune" -f -a "prune" -d 'Remove everything from the cache, or what the flags select'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from df" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from df" -l format -d 'Format' -r -f -a "table\t'For people'
json\t'For programs: `directory`, `objects`, `objectBytes`, `answers`, `answerBytes`'"
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from df" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from df" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from df" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from prune" -l cache-dir -d 'Directory of the cache' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from prune" -l older-than -d 'Remove only entries that were not used for this time, such as `12h` or `7d`' -r
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from prune" -l keep -d 'Remove only the least recently used entries, until at most this size is left, such as `500M` or `1G`' -r
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand cache; and __fish_seen_subcommand_from prune" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand completion" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand completion" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand completion" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand man" -l dir -d 'Write one page for each command into DIR instead of the main page to standard output' -r -F
complete -c dhi -n "__fish_dhi_using_subcommand man" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand man" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand man" -s V -l version -d 'Print version'
complete -c dhi -n "__fish_dhi_using_subcommand help" -s v -l verbose -d 'Show every detail of results, and each HTTP request on standard error; `-vv` or `DHI_LOG` shows more'
complete -c dhi -n "__fish_dhi_using_subcommand help" -s h -l help -d 'Print help'
complete -c dhi -n "__fish_dhi_using_subcommand help" -s V -l version -d 'Print version'
