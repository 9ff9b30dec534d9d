//! The cosign commands that check the same signatures, quoted for a shell. A signature that cosign cannot check becomes
//! a comment line, so that it is never omitted.

use super::style::printable;
use crate::evidence::{AttestationEvidence, AttestationForm, Evidence, RootSignatureStatus};
use crate::oci::acts;
use crate::oci::{Digest, Repository};
use crate::trust::{EMBEDDED, KeyId, LogPolicy, SignatureFacts, SignatureFormat, Trust};

/// The parameters of cosign commands in addition to the evidence.
#[derive(Clone, Debug)]
pub struct Cosign<'a> {
    /// The trusted keys, with their origins.
    pub trust: &'a Trust,
    /// The trusted root file, if it is not the embedded one.
    pub trusted_root: Option<String>,
    /// Registries that are accessed without TLS.
    pub plain_http: &'a [String],
}

impl Cosign<'_> {
    /// One line for each valid signature: first those of the root, then those of all attestations. What cosign cannot
    /// check is a comment line.
    pub fn commands(&self, evidence: &Evidence) -> Vec<String> {
        let mut lines = Vec::new();
        if let RootSignatureStatus::SignedBy(signatures) = evidence.root_signature_status() {
            for facts in signatures.iter() {
                lines.push(self.verify(&evidence.root_signature.found_in, &evidence.root.digest, facts));
            }
        }
        let root = evidence.root.digest;
        let of_index = evidence.about_index.verified(root).map(|(one, attested)| (root, one, attested));
        let of_images = evidence.platforms.iter().flat_map(|platform| {
            platform.verified(root).map(|(one, attested)| (platform.digest, one, attested))
        });
        for (object, attestation, attested) in of_index.chain(of_images) {
            let signatures = attested.signatures().iter();
            lines.extend(signatures.map(|facts| self.attestation(&object, attestation, facts)));
        }
        lines
    }

    /// The command for one attestation of `object`.
    pub fn attestation(
        &self,
        object: &Digest,
        attestation: &AttestationEvidence,
        facts: &SignatureFacts,
    ) -> String {
        match (attestation.form, &attestation.predicate_type) {
            // cosign finds these by the image and their type.
            (AttestationForm::Bundle | AttestationForm::Envelope, Some(predicate_type)) => self.line(
                &format!("verify-attestation --type {}", quoted(predicate_type)),
                &attestation.found_in,
                object,
                facts,
            ),
            _ => self.verify(&attestation.found_in, &attestation.digest, facts),
        }
    }

    fn verify(&self, repository: &Repository, digest: &Digest, facts: &SignatureFacts) -> String {
        self.line("verify", repository, digest, facts)
    }

    fn line(
        &self,
        command: &str,
        repository: &Repository,
        digest: &Digest,
        facts: &SignatureFacts,
    ) -> String {
        let Repository::Remote(name) = repository else {
            return comment(&format!("cosign reads registries only, not {repository}@{digest}"));
        };
        let signer = facts.signer();
        let who = match (signer.key_id(), signer.issuer()) {
            (Some(id), _) => format!("--key {}", quoted(&self.key(signer.name(), id))),
            (None, issuer) => format!(
                "--certificate-identity {} --certificate-oidc-issuer {}",
                quoted(signer.name()),
                quoted(issuer.unwrap_or_default())
            ),
        };
        let mut words = vec![format!("cosign {command} {who}")];
        match facts.format() {
            SignatureFormat::SimpleSigning => words.push("--experimental-oci11".to_owned()),
            // cosign 2 searches for bundles only with this flag, cosign 3 also without it.
            SignatureFormat::Bundle => words.push("--new-bundle-format".to_owned()),
            SignatureFormat::Envelope | SignatureFormat::Detached => {}
        }
        let proven = facts.log().is_proven() && self.trust.log != LogPolicy::Skip;
        if !proven {
            words.push("--insecure-ignore-tlog=true".to_owned());
        }
        // For bundles cosign 2 always needs a trusted root, and fetches one if none is given.
        if let Some(root) =
            self.trusted_root.as_ref().filter(|_| proven || facts.format() == SignatureFormat::Bundle)
        {
            words.push(format!("--trusted-root {}", quoted(root)));
        }
        let host = name.host();
        let without_port = host.rsplit_once(':').map_or(host, |(host, _)| host);
        if self.plain_http.iter().any(|plain| plain == host || plain == without_port) {
            words.push("--allow-http-registry".to_owned());
        }
        words.push(quoted(&format!("{name}@{digest}")));
        words.join(" ")
    }

    /// The value with which cosign is given this key.
    fn key(&self, name: &str, id: KeyId) -> String {
        let origin = self.trust.keys.get(id).or_else(|| self.trust.attestors.get(id));
        match origin.map(|key| key.origin.as_str()) {
            Some(EMBEDDED) if name == "dhi-1" => "https://dhi.io/keyring/1.pub".to_owned(),
            Some(EMBEDDED) => "https://dhi.io/keyring/2.pub".to_owned(),
            // A keyring has several keys; cosign needs a file with one key.
            Some(origin) if origin.starts_with('`') => format!("{name}.pub"),
            Some(origin) => origin.to_owned(),
            None => name.to_owned(),
        }
    }
}

/// A comment line. The text is escaped, so it cannot end the line.
pub fn comment(text: &str) -> String {
    format!("# {}", printable(text))
}

/// Quotes a word for a POSIX shell. Characters that a terminal would interpret are written as octal bytes.
pub fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@=%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else if word.chars().any(acts) {
        let mut text = String::from("$'");
        for c in word.chars() {
            match c {
                '\'' | '\\' => text.extend(['\\', c]),
                c if acts(c) => {
                    text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03o}")));
                }
                c => text.push(c),
            }
        }
        text + "'"
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{comment, quoted};

    #[test]
    fn words_are_safe_in_a_shell() {
        assert_eq!(quoted("https://spdx.dev/Document"), "https://spdx.dev/Document");
        assert_eq!(quoted("my key.pub"), "'my key.pub'");
        assert_eq!(quoted("a'; rm -rf b #"), r"'a'\''; rm -rf b #'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(x)"), "'$(x)'");
    }

    #[test]
    fn comments_and_words_stay_on_their_line() {
        assert_eq!(comment("oci:a\nrm -rf b\u{1b}[2K"), r"# oci:a\u{a}rm -rf b\u{1b}[2K");
        assert_eq!(quoted("a\n'\u{1b}[2K\u{202e}"), r"$'a\012\'\033[2K\342\200\256'");
        assert_eq!(quoted("\u{9b}\\ é\r"), r"$'\302\233\\ é\015'");
    }
}
