
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'dhi' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'dhi'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'dhi' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify the signatures and attestations of images and charts')
            [CompletionResult]::new('attest', 'attest', [CompletionResultType]::ParameterValue, 'List and print attestations')
            [CompletionResult]::new('attestation', 'attestation', [CompletionResultType]::ParameterValue, 'List and print attestations')
            [CompletionResult]::new('keys', 'keys', [CompletionResultType]::ParameterValue, 'Show the keys that count')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Look after the cache')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Explain a command or an error')
            break
        }
        'dhi;verify' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Only this platform (repeatable; default: all)')
            [CompletionResult]::new('--predicate-type', '--predicate-type', [CompletionResultType]::ParameterName, 'Only attestations of this predicate type (repeatable; default: all)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--signed-name', '--signed-name', [CompletionResultType]::ParameterName, 'Demand this name in the signed payloads, such as `dhi/python`')
            [CompletionResult]::new('--attestations', '--attestations', [CompletionResultType]::ParameterName, 'The only repository that attestations and signatures are taken from')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'The policy to decide by')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`')
            [CompletionResult]::new('--keyring', '--keyring', [CompletionResultType]::ParameterName, 'Keyring file instead of the DHI key: JSON with ids, states and dates')
            [CompletionResult]::new('--attestor-key', '--attestor-key', [CompletionResultType]::ParameterName, 'Key of somebody else who attaches attestations; never proves that an image is a DHI')
            [CompletionResult]::new('--trusted-root', '--trusted-root', [CompletionResultType]::ParameterName, 'Sigstore trusted root whose transparency logs count, instead of the embedded public one')
            [CompletionResult]::new('--effective-time', '--effective-time', [CompletionResultType]::ParameterName, 'Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file instead of `~/.config/dhi/config.toml`')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'Ask HOST2 before the registry HOST (repeatable, in this order)')
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in FILE (PEM) besides the platform''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Client certificate for registries that demand one (PEM, with its chain)')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Its private key (PEM)')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the TLS certificate of this host')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Talk plain HTTP to this registry on this machine')
            [CompletionResult]::new('--auth-realm', '--auth-realm', [CompletionResultType]::ParameterName, 'Let logins for REGISTRY go to the token server HOST')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the result')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output, or, with `FORMAT=`, also write that format to FILE')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output, or, with `FORMAT=`, also write that format to FILE')
            [CompletionResult]::new('--require-index-signature', '--require-index-signature', [CompletionResultType]::ParameterName, 'Demand a signature of the index itself')
            [CompletionResult]::new('--print-cosign', '--print-cosign', [CompletionResultType]::ParameterName, 'Print the equal cosign commands instead of the result')
            [CompletionResult]::new('--skip-tlog', '--skip-tlog', [CompletionResultType]::ParameterName, 'Do not look at transparency log proofs')
            [CompletionResult]::new('--require-tlog', '--require-tlog', [CompletionResultType]::ParameterName, 'Demand a good transparency log proof of every signature')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; answer from the cache, a layout directory or an archive')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;attest' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the attestations of an image or chart, with what each says and who signed it')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print an attestation, once it is verified')
            break
        }
        'dhi;attestation' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the attestations of an image or chart, with what each says and who signed it')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print an attestation, once it is verified')
            break
        }
        'dhi;attest;list' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Only this platform (repeatable; default: all)')
            [CompletionResult]::new('--predicate-type', '--predicate-type', [CompletionResultType]::ParameterName, 'Only attestations of this predicate type (repeatable; default: all)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--signed-name', '--signed-name', [CompletionResultType]::ParameterName, 'Demand this name in the signed payloads, such as `dhi/python`')
            [CompletionResult]::new('--attestations', '--attestations', [CompletionResultType]::ParameterName, 'The only repository that attestations and signatures are taken from')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`')
            [CompletionResult]::new('--keyring', '--keyring', [CompletionResultType]::ParameterName, 'Keyring file instead of the DHI key: JSON with ids, states and dates')
            [CompletionResult]::new('--attestor-key', '--attestor-key', [CompletionResultType]::ParameterName, 'Key of somebody else who attaches attestations; never proves that an image is a DHI')
            [CompletionResult]::new('--trusted-root', '--trusted-root', [CompletionResultType]::ParameterName, 'Sigstore trusted root whose transparency logs count, instead of the embedded public one')
            [CompletionResult]::new('--effective-time', '--effective-time', [CompletionResultType]::ParameterName, 'Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file instead of `~/.config/dhi/config.toml`')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'Ask HOST2 before the registry HOST (repeatable, in this order)')
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in FILE (PEM) besides the platform''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Client certificate for registries that demand one (PEM, with its chain)')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Its private key (PEM)')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the TLS certificate of this host')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Talk plain HTTP to this registry on this machine')
            [CompletionResult]::new('--auth-realm', '--auth-realm', [CompletionResultType]::ParameterName, 'Let logins for REGISTRY go to the token server HOST')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the list')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--skip-tlog', '--skip-tlog', [CompletionResultType]::ParameterName, 'Do not look at transparency log proofs')
            [CompletionResult]::new('--require-tlog', '--require-tlog', [CompletionResultType]::ParameterName, 'Demand a good transparency log proof of every signature')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; answer from the cache, a layout directory or an archive')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;attestation;list' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Only this platform (repeatable; default: all)')
            [CompletionResult]::new('--predicate-type', '--predicate-type', [CompletionResultType]::ParameterName, 'Only attestations of this predicate type (repeatable; default: all)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--signed-name', '--signed-name', [CompletionResultType]::ParameterName, 'Demand this name in the signed payloads, such as `dhi/python`')
            [CompletionResult]::new('--attestations', '--attestations', [CompletionResultType]::ParameterName, 'The only repository that attestations and signatures are taken from')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`')
            [CompletionResult]::new('--keyring', '--keyring', [CompletionResultType]::ParameterName, 'Keyring file instead of the DHI key: JSON with ids, states and dates')
            [CompletionResult]::new('--attestor-key', '--attestor-key', [CompletionResultType]::ParameterName, 'Key of somebody else who attaches attestations; never proves that an image is a DHI')
            [CompletionResult]::new('--trusted-root', '--trusted-root', [CompletionResultType]::ParameterName, 'Sigstore trusted root whose transparency logs count, instead of the embedded public one')
            [CompletionResult]::new('--effective-time', '--effective-time', [CompletionResultType]::ParameterName, 'Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file instead of `~/.config/dhi/config.toml`')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'Ask HOST2 before the registry HOST (repeatable, in this order)')
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in FILE (PEM) besides the platform''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Client certificate for registries that demand one (PEM, with its chain)')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Its private key (PEM)')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the TLS certificate of this host')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Talk plain HTTP to this registry on this machine')
            [CompletionResult]::new('--auth-realm', '--auth-realm', [CompletionResultType]::ParameterName, 'Let logins for REGISTRY go to the token server HOST')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the list')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--skip-tlog', '--skip-tlog', [CompletionResultType]::ParameterName, 'Do not look at transparency log proofs')
            [CompletionResult]::new('--require-tlog', '--require-tlog', [CompletionResultType]::ParameterName, 'Demand a good transparency log proof of every signature')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; answer from the cache, a layout directory or an archive')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;attest;get' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Only this platform (repeatable; default: all)')
            [CompletionResult]::new('--predicate-type', '--predicate-type', [CompletionResultType]::ParameterName, 'Only attestations of this predicate type (repeatable; default: all)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--signed-name', '--signed-name', [CompletionResultType]::ParameterName, 'Demand this name in the signed payloads, such as `dhi/python`')
            [CompletionResult]::new('--attestations', '--attestations', [CompletionResultType]::ParameterName, 'The only repository that attestations and signatures are taken from')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`')
            [CompletionResult]::new('--keyring', '--keyring', [CompletionResultType]::ParameterName, 'Keyring file instead of the DHI key: JSON with ids, states and dates')
            [CompletionResult]::new('--attestor-key', '--attestor-key', [CompletionResultType]::ParameterName, 'Key of somebody else who attaches attestations; never proves that an image is a DHI')
            [CompletionResult]::new('--trusted-root', '--trusted-root', [CompletionResultType]::ParameterName, 'Sigstore trusted root whose transparency logs count, instead of the embedded public one')
            [CompletionResult]::new('--effective-time', '--effective-time', [CompletionResultType]::ParameterName, 'Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file instead of `~/.config/dhi/config.toml`')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'Ask HOST2 before the registry HOST (repeatable, in this order)')
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in FILE (PEM) besides the platform''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Client certificate for registries that demand one (PEM, with its chain)')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Its private key (PEM)')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the TLS certificate of this host')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Talk plain HTTP to this registry on this machine')
            [CompletionResult]::new('--auth-realm', '--auth-realm', [CompletionResultType]::ParameterName, 'Let logins for REGISTRY go to the token server HOST')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--predicate', '--predicate', [CompletionResultType]::ParameterName, 'Print the predicate alone, not the whole statement')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Say what was verified, with the equal cosign command, on standard error')
            [CompletionResult]::new('--skip-tlog', '--skip-tlog', [CompletionResultType]::ParameterName, 'Do not look at transparency log proofs')
            [CompletionResult]::new('--require-tlog', '--require-tlog', [CompletionResultType]::ParameterName, 'Demand a good transparency log proof of every signature')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; answer from the cache, a layout directory or an archive')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;attestation;get' {
            [CompletionResult]::new('--platform', '--platform', [CompletionResultType]::ParameterName, 'Only this platform (repeatable; default: all)')
            [CompletionResult]::new('--predicate-type', '--predicate-type', [CompletionResultType]::ParameterName, 'Only attestations of this predicate type (repeatable; default: all)')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'Accept customisations of this organisation as hardened images')
            [CompletionResult]::new('--signed-name', '--signed-name', [CompletionResultType]::ParameterName, 'Demand this name in the signed payloads, such as `dhi/python`')
            [CompletionResult]::new('--attestations', '--attestations', [CompletionResultType]::ParameterName, 'The only repository that attestations and signatures are taken from')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`')
            [CompletionResult]::new('--keyring', '--keyring', [CompletionResultType]::ParameterName, 'Keyring file instead of the DHI key: JSON with ids, states and dates')
            [CompletionResult]::new('--attestor-key', '--attestor-key', [CompletionResultType]::ParameterName, 'Key of somebody else who attaches attestations; never proves that an image is a DHI')
            [CompletionResult]::new('--trusted-root', '--trusted-root', [CompletionResultType]::ParameterName, 'Sigstore trusted root whose transparency logs count, instead of the embedded public one')
            [CompletionResult]::new('--effective-time', '--effective-time', [CompletionResultType]::ParameterName, 'Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file instead of `~/.config/dhi/config.toml`')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'Ask HOST2 before the registry HOST (repeatable, in this order)')
            [CompletionResult]::new('--ca', '--ca', [CompletionResultType]::ParameterName, 'Trust the certificate authorities in FILE (PEM) besides the platform''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'Client certificate for registries that demand one (PEM, with its chain)')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'Its private key (PEM)')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Do not check the TLS certificate of this host')
            [CompletionResult]::new('--plain-http', '--plain-http', [CompletionResultType]::ParameterName, 'Talk plain HTTP to this registry on this machine')
            [CompletionResult]::new('--auth-realm', '--auth-realm', [CompletionResultType]::ParameterName, 'Let logins for REGISTRY go to the token server HOST')
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to FILE instead of standard output')
            [CompletionResult]::new('--predicate', '--predicate', [CompletionResultType]::ParameterName, 'Print the predicate alone, not the whole statement')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Say what was verified, with the equal cosign command, on standard error')
            [CompletionResult]::new('--skip-tlog', '--skip-tlog', [CompletionResultType]::ParameterName, 'Do not look at transparency log proofs')
            [CompletionResult]::new('--require-tlog', '--require-tlog', [CompletionResultType]::ParameterName, 'Demand a good transparency log proof of every signature')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no socket; answer from the cache, a layout directory or an archive')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the cache')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;keys' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the keys that count: name, fingerprint, state, dates, origin')
            break
        }
        'dhi;keys;list' {
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key to verify with instead of the DHI key: FILE, `env://VAR`, an https URL, `dhi-1` or `dhi-2`')
            [CompletionResult]::new('--keyring', '--keyring', [CompletionResultType]::ParameterName, 'Keyring file instead of the DHI key: JSON with ids, states and dates')
            [CompletionResult]::new('--attestor-key', '--attestor-key', [CompletionResultType]::ParameterName, 'Key of somebody else who attaches attestations; never proves that an image is a DHI')
            [CompletionResult]::new('--trusted-root', '--trusted-root', [CompletionResultType]::ParameterName, 'Sigstore trusted root whose transparency logs count, instead of the embedded public one')
            [CompletionResult]::new('--effective-time', '--effective-time', [CompletionResultType]::ParameterName, 'Time at which keys must be valid where no log proves the time of a signature (RFC 3339; default: now)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the list')
            [CompletionResult]::new('--skip-tlog', '--skip-tlog', [CompletionResultType]::ParameterName, 'Do not look at transparency log proofs')
            [CompletionResult]::new('--require-tlog', '--require-tlog', [CompletionResultType]::ParameterName, 'Demand a good transparency log proof of every signature')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Fetch nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;cache' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('df', 'df', [CompletionResultType]::ParameterValue, 'Show what the cache holds')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove from the cache: everything, or what the flags say')
            break
        }
        'dhi;cache;df' {
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;cache;prune' {
            [CompletionResult]::new('--cache-dir', '--cache-dir', [CompletionResultType]::ParameterName, 'Directory of the cache')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only what was not used for longer than this, such as `12h` or `7d`')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Only the least recently used, until no more than this is left, such as `500M` or `1G`')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;completion' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write one page for each command into DIR instead of the main page to standard output')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'dhi;help' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each HTTP request on standard error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
