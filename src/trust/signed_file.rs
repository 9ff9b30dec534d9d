//! Sigstore bundles in files: the signature of a file beside it, as `cosign sign-blob` writes it, and attestations.
//!
//! A signature counts only for the bytes of the file that are at hand. A bundle that names a trusted key which did not
//! sign is a bad proof: nothing but the bundle tells whose signature it should be.

use super::{Artifact, Bundle, Error, ImageSignature, SignedStatement, Trust, Verified};

impl Trust {
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
