//! Signatures in files: that of a file beside it, as `cosign sign-blob` writes it, and attestations in bundles.
//!
//! A signature counts only for the bytes of the file that are at hand. A bundle that names a trusted key which did not
//! sign is a bad proof: nothing but the bundle tells whose signature it should be.

use bytes::Bytes;
use sigstore_verify::types::MediaType;

use super::log::LogEntries;
use super::signature::{Candidate, Content};
use super::{
    Artifact, Bundle, Error, ImageSignature, SignatureFormat, SignedStatement, Trust, Verified, detached,
};
use crate::limits::Limits;

impl Trust {
    /// Verifies the file `signature` as a signature of a file with this content: a Sigstore bundle, or the signature
    /// alone, in base64 or as bytes. Pass the result to [`Trust::quorum`] with the digest of the content.
    ///
    /// A signature alone names no key and has no log entry, so it never counts where a log entry is required, and a
    /// changed file cannot be told from the signature of another key.
    ///
    /// # Errors
    ///
    /// For a bundle, those of [`Bundle::parse`] and [`Trust::verify_file`]. For a signature alone, [`Error::Unreadable`]
    /// if the file has text that is not base64, or nothing, [`Error::WrongKey`] if no trusted key signed these bytes,
    /// [`Error::LogMissing`] if a log entry is required, and [`Error::KeyOutsideWindow`].
    pub fn verify_signature_file(
        &self,
        signature: &Bytes,
        content: &[u8],
        limits: &Limits,
    ) -> Result<Verified<ImageSignature>, Error> {
        // JSON begins with a brace, base64 has none. DER begins with 0x30, so raw bytes of ECDSA are never taken for JSON.
        if signature.trim_ascii_start().starts_with(b"{") {
            return self.verify_file(&Bundle::parse(signature, limits)?, content);
        }
        let signature = detached::read(signature);
        // 64 random bytes and more are never UTF-8 in practice, so text, or an empty file, is no signature.
        if std::str::from_utf8(&signature).is_ok() {
            let cause = "it is neither a Sigstore bundle nor a signature in base64 or DER".to_owned();
            return Err(Error::Unreadable { cause });
        }
        let artifact = Artifact::of_bytes(content);
        let candidate = Candidate {
            format: SignatureFormat::Detached,
            content: Content::Message { signature, digest: None },
            artifact,
            certificate: None,
            entries: LogEntries::Absent,
            timestamps: Vec::new(),
            timestamped: None,
            version: MediaType::Bundle0_1,
        };
        let author = self.match_signer(&candidate)?;
        let facts = self.prove(&candidate, &author, None)?;
        Ok(Verified::new(ImageSignature { digest: artifact.digest(), predicate_type: None }, facts))
    }

    /// Verifies `bundle` as a signature of a file with this content. Pass the result to [`Trust::quorum`] with the
    /// digest of the content.
    ///
    /// 1. Checks that the bundle does not name another file.
    /// 2. Verifies the bundle as [`Trust::verify_bundle`] does, over these bytes.
    ///
    /// # Errors
    ///
    /// [`Error::SubjectMismatch`] for the bundle of another file, [`Error::Altered`] if the bundle names a trusted key
    /// that did not sign these bytes, [`Error::Payload`] for an attestation, and the errors of
    /// [`Trust::verify_bundle`].
    pub fn verify_file(&self, bundle: &Bundle, content: &[u8]) -> Result<Verified<ImageSignature>, Error> {
        let file = Artifact::of_bytes(content);
        bundle.check_message_digest(&file)?;
        match self.verify_signing(bundle, file) {
            Ok(Some(verified)) => Ok(verified),
            Ok(None) => {
                let cause = "it is an attestation, not a signature of the file".to_owned();
                Err(Error::Payload { cause })
            }
            Err(error) => Err(self.altered_if_named(bundle, error)),
        }
    }

    /// Verifies `bundle` as an attestation about `artifact`.
    ///
    /// # Errors
    ///
    /// [`Error::Altered`] if the bundle names a trusted key that did not sign the statement, [`Error::Payload`] for a
    /// bundle without a statement, and the errors of [`Trust::verify_bundle`].
    pub fn verify_attestation_file(
        &self,
        bundle: &Bundle,
        artifact: Artifact<'_>,
    ) -> Result<Verified<SignedStatement>, Error> {
        let verified =
            self.verify_bundle(bundle, artifact).map_err(|error| self.altered_if_named(bundle, error))?;
        let cause = "it is a signature, not an attestation";
        verified.into_statement().ok_or_else(|| Error::Payload { cause: cause.to_owned() })
    }

    /// The error for a signature that no trusted key made, if the bundle names a trusted key.
    fn altered_if_named(&self, bundle: &Bundle, error: Error) -> Error {
        let Error::WrongKey { .. } = &error else { return error };
        let named = self.keys_with_roles().find(|(key, _)| bundle.names_key(key.key.id()));
        named.map_or(error, |(key, _)| Error::Altered { named: key.key.id().short() })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::limits::Limits;
    use crate::oci::Digest;
    use crate::trust::{Keyring, LogPolicy, Role, SctPolicy, Threshold, TrustedRoot};

    /// A VEX document of Docker and its signature: `pkg/pypi/urllib3/urllib3.vex.json` of
    /// docker-hardened-images/advisories at 53b60d55249e (Apache-2.0).
    const DOCUMENT: &[u8] = include_bytes!("tests/urllib3.vex.json");
    const SIGNATURE: &str = include_str!("tests/urllib3.vex.json.sig");

    fn trust(log: LogPolicy) -> Trust {
        Trust {
            keys: Keyring::dhi().unwrap(),
            identities: Vec::new(),
            attestors: Keyring::default(),
            root: TrustedRoot::public_good().unwrap(),
            log,
            sct: SctPolicy::Require,
            threshold: Threshold::ONE,
            effective_time: "2026-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn bundle(text: &str) -> Bundle {
        Bundle::parse(&Bytes::copy_from_slice(text.as_bytes()), &Limits::default()).unwrap()
    }

    #[test]
    fn a_document_signed_by_docker_verifies_with_its_log_entry() {
        let trust = trust(LogPolicy::Require);
        let verified = trust.verify_file(&bundle(SIGNATURE), DOCUMENT).unwrap();
        assert!(verified.facts().signer().is_dhi());
        assert_eq!(verified.facts().role(), Role::Image);
        let digest = Digest::of(DOCUMENT);
        assert_eq!(verified.value().digest(), digest);
        assert!(trust.quorum(digest, std::slice::from_ref(&verified)).is_some());
        assert!(trust.quorum(Digest::of(b"other"), &[verified]).is_none());
    }

    #[test]
    fn a_signature_of_other_bytes_is_refused() {
        let trust = trust(LogPolicy::VerifyIfPresent);
        let changed = [DOCUMENT, b"\n"].concat();
        let error = trust.verify_file(&bundle(SIGNATURE), &changed).unwrap_err();
        assert!(matches!(error, Error::SubjectMismatch { .. }), "{error}");
        // The unsigned digest follows, the signature does not.
        let forged = digest_of(&changed);
        let error = trust.verify_file(&bundle(&forged), &changed).unwrap_err();
        assert_eq!(error, Error::Altered { named: "118ba556dd52".to_owned() });
        // Without the hint nothing tells whose signature it was.
        let unnamed = forged.replace("EYulVt1S9K7GcBjv0xbChceDzT5UzA9FJ2BXFcZDiHw=", "");
        let error = trust.verify_file(&bundle(&unnamed), &changed).unwrap_err();
        assert!(matches!(error, Error::WrongKey { .. }), "{error}");
        let none = Trust { keys: Keyring::default(), ..trust };
        let error = none.verify_file(&bundle(SIGNATURE), DOCUMENT).unwrap_err();
        assert!(matches!(error, Error::WrongKey { .. }), "{error}");
    }

    /// The signature in the bundle, alone and in base64.
    fn alone() -> String {
        let bundle: serde_json::Value = serde_json::from_str(SIGNATURE).unwrap();
        bundle["messageSignature"]["signature"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_signature_alone_counts_without_a_log_entry() {
        use base64::Engine;
        let with = |log, file: &[u8], content: &[u8]| {
            trust(log).verify_signature_file(&Bytes::copy_from_slice(file), content, &Limits::default())
        };
        let text = alone();
        let der = base64::engine::general_purpose::STANDARD.decode(&text).unwrap();
        for file in [text.as_bytes(), format!("{text}\n").as_bytes(), &der] {
            let verified = with(LogPolicy::VerifyIfPresent, file, DOCUMENT).unwrap();
            assert!(verified.facts().signer().is_dhi());
            assert!(!verified.facts().log().is_proven());
            assert_eq!(verified.facts().format(), SignatureFormat::Detached);
            assert_eq!(verified.value().digest(), Digest::of(DOCUMENT));
            // Nothing tells whose signature it is, once the file is changed.
            let changed = [DOCUMENT, b"\n"].concat();
            let error = with(LogPolicy::VerifyIfPresent, file, &changed).unwrap_err();
            assert!(matches!(error, Error::WrongKey { .. }), "{error}");
            let error = with(LogPolicy::Require, file, DOCUMENT).unwrap_err();
            assert!(matches!(error, Error::LogMissing { .. }), "{error}");
        }
        assert!(with(LogPolicy::Require, SIGNATURE.as_bytes(), DOCUMENT).is_ok());
        let pgp = "-----BEGIN PGP SIGNATURE-----\niQEz\n-----END PGP SIGNATURE-----\n";
        for unreadable in ["", "\n", "not base64", pgp, "{}", "[]"] {
            let error = with(LogPolicy::VerifyIfPresent, unreadable.as_bytes(), DOCUMENT).unwrap_err();
            assert!(matches!(error, Error::Unreadable { .. }), "{unreadable}: {error}");
        }
    }

    /// The bundle with the digest of `content` in `messageDigest`.
    fn digest_of(content: &[u8]) -> String {
        use base64::Engine;
        let Digest::Sha256(digest) = Digest::of(content) else { panic!() };
        let digest = base64::engine::general_purpose::STANDARD.encode(digest);
        SIGNATURE.replace("ZXphqs+8GKmzxF8LVmCTsiKUfsxgDxtoZFM/hipsl6w=", &digest)
    }

    #[test]
    fn a_log_entry_of_another_signature_is_refused() {
        let trust = trust(LogPolicy::VerifyIfPresent);
        let changed =
            SIGNATURE.replace("\"integratedTime\":\"1764274588\"", "\"integratedTime\":\"1764274589\"");
        assert_ne!(changed, SIGNATURE);
        let error = trust.verify_file(&bundle(&changed), DOCUMENT).unwrap_err();
        assert!(matches!(error, Error::LogBad { .. }), "{error}");
    }
}
