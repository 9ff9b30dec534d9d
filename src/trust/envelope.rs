//! DSSE envelopes as cosign stores them: each layer of the manifest under the tag `sha256-HEX.att` is one envelope.
//!
//! Only the statement in it binds an envelope to the image. It is parsed only after a signature over it verified. Of
//! several signatures each good one counts for its signer.

use sigstore_verify::types::MediaType;

use super::certificate::Certificate;
use super::dsse::{Envelope, OpenedEnvelope};
use super::limits::ENVELOPE_SIGNATURES;
use super::log::{self, LogEntries};
use super::signature::{Candidate, Content};
use super::{Artifact, Error, SignatureFormat, SignedStatement, Trust, Verified, timestamps};
use crate::limits::{Exceeded, Limits};
use crate::oci::json;

/// One attestation as fetched: a layer with its annotations. Not trusted.
#[derive(Clone, Copy, Debug)]
pub struct EnvelopeLayer<'a> {
    /// The layer's bytes: `{"payloadType","payload","signatures":[{"sig"}]}`.
    pub envelope: &'a [u8],
    /// Annotation `dev.sigstore.cosign/bundle`.
    pub log_entry: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/certificate`.
    pub certificate: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/chain`.
    pub chain: Option<&'a str>,
    /// Annotation `dev.sigstore.cosign/rfc3161timestamp`.
    pub timestamp: Option<&'a str>,
}

impl EnvelopeLayer<'_> {
    fn read(&self, limits: &Limits) -> Result<OpenedEnvelope, Error> {
        let envelope: Envelope<'_> = json::parse(self.envelope, "DSSE envelope")
            .map_err(|error| Error::Unreadable { cause: error.to_string() })?;
        envelope.open(limits)
    }
}

impl Trust {
    /// Verifies the signatures of an envelope, and that its statement is about `artifact`.
    ///
    /// Returns one value for each good signature, and stops when enough signers have signed.
    ///
    /// # Errors
    ///
    /// If no signature is good, the error of the signature whose [`Error::rank`] is lowest. [`Error::Limit`] if there
    /// are more signatures than are tried, [`Error::Unreadable`] if it is not an envelope with a signature.
    pub fn verify_envelope(
        &self,
        layer: EnvelopeLayer<'_>,
        artifact: Artifact<'_>,
        limits: &Limits,
    ) -> Result<Vec<Verified<SignedStatement>>, Error> {
        let opened = layer.read(limits)?;
        let certificate =
            layer.certificate.map(|leaf| Certificate::from_pem(leaf, layer.chain, limits)).transpose()?;
        let signatures = opened.signatures();
        let count = signatures.len();
        let mut good: Vec<Verified<SignedStatement>> = Vec::new();
        let mut failed = Error::Unreadable { cause: "the envelope has no signature".to_owned() };
        for (tried, signature) in signatures.enumerate() {
            if tried == ENVELOPE_SIGNATURES {
                let what = format!("envelope with {count} signatures");
                return Err(Error::Limit(Exceeded::new(what, ENVELOPE_SIGNATURES, "signatures")));
            }
            let verified = signature.and_then(|signature| {
                self.verify_in_envelope(&opened, signature, &layer, certificate.as_ref(), artifact, limits)
            });
            match verified {
                Ok(verified) => {
                    good.push(verified);
                    let facts: Vec<_> = good.iter().map(Verified::facts).collect();
                    if self.count_signers(&facts).is_some() {
                        return Ok(good);
                    }
                }
                Err(error) if tried == 0 || error.rank() < failed.rank() => failed = error,
                Err(_) => {}
            }
        }
        if good.is_empty() { Err(failed) } else { Ok(good) }
    }

    /// Verifies one signature of an envelope, with the certificate, log entry and timestamp of the layer.
    fn verify_in_envelope(
        &self,
        opened: &OpenedEnvelope,
        signature: Vec<u8>,
        layer: &EnvelopeLayer<'_>,
        certificate: Option<&Certificate>,
        artifact: Artifact<'_>,
        limits: &Limits,
    ) -> Result<Verified<SignedStatement>, Error> {
        let mut candidate = Candidate {
            format: SignatureFormat::Envelope,
            content: Content::Envelope { signature, payload: opened.payload.clone() },
            artifact,
            certificate: None,
            entries: LogEntries::Absent,
            timestamps: Vec::new(),
            timestamped: Some(layer.envelope),
            version: MediaType::Bundle0_1,
        };
        let author = match self.match_key(&candidate) {
            Some(author) => author,
            None => {
                candidate.certificate = certificate.cloned();
                self.match_signer(&candidate)?
            }
        };
        let statement = SignedStatement::of_payload(&opened.payload, &artifact)?;
        candidate.entries = log::read_annotation(layer.log_entry, self.log, limits)?;
        candidate.version = candidate.entries.version();
        candidate.timestamps =
            layer.timestamp.map(timestamps::from_annotation).transpose()?.into_iter().collect();
        let facts = self.prove(&candidate, &author, None)?;
        Ok(Verified::new(statement, facts))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oci::Digest;
    use crate::trust::tests::signing::TestSigner;
    use crate::trust::{Role, Threshold};

    const STATEMENT: &str = r#"{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://example.com/x",
        "subject":[{"name":"x","digest":{"sha256":"HEX"}}],"predicate":{}}"#;

    fn verify(trust: &Trust, signatures: &[String]) -> Result<usize, Error> {
        let (subject, statement) = about();
        let envelope = envelope(&statement, signatures);
        let layer = EnvelopeLayer {
            envelope: envelope.as_bytes(),
            log_entry: None,
            certificate: None,
            chain: None,
            timestamp: None,
        };
        trust.verify_envelope(layer, Artifact::of_digest(subject), &Limits::default()).map(|good| good.len())
    }

    fn about() -> (Digest, String) {
        let subject = Digest::of(b"image");
        (subject, STATEMENT.replace("HEX", &subject.hex()))
    }

    fn envelope(statement: &str, signatures: &[String]) -> String {
        use base64::Engine;
        let payload = base64::engine::general_purpose::STANDARD.encode(statement);
        let signatures: Vec<_> = signatures.iter().map(|sig| json!({ "sig": sig })).collect();
        let kind = crate::oci::media_type::IN_TOTO;
        json!({ "payloadType": kind, "payload": payload, "signatures": signatures }).to_string()
    }

    #[test]
    fn one_good_signature_suffices_else_the_reason_is_reported() {
        let (docker, team) =
            (TestSigner::docker("dhi/x"), TestSigner { name: None, is_dhi: false, role: Role::Image });
        let statement = about().1;
        let (own, other) = (team.envelope_signature(&statement), docker.envelope_signature(&statement));
        let over_another = team.envelope_signature("{}");
        let trust = team.trust();
        for signatures in [
            vec![own.clone()],
            vec![own.clone(), other.clone()],
            vec![other.clone(), own.clone()],
            vec!["not base64!".to_owned(), over_another.clone(), own.clone(), own.clone()],
        ] {
            assert_eq!(verify(&trust, &signatures), Ok(1), "{signatures:?}");
        }
        assert!(matches!(verify(&trust, &[]), Err(Error::Unreadable { .. })));
        for signatures in [vec![other.clone(), over_another.clone()], vec![over_another, other.clone()]] {
            assert!(matches!(verify(&trust, &signatures), Err(Error::WrongKey { .. })));
        }
        // Only so many are tried. Reaching the limit is an error, not "no signature".
        let mut many = vec![other; ENVELOPE_SIGNATURES];
        assert!(matches!(verify(&trust, &many), Err(Error::WrongKey { .. })));
        many.insert(0, own.clone());
        assert_eq!(verify(&trust, &many), Ok(1));
        many.rotate_left(1);
        assert!(matches!(verify(&trust, &many), Err(Error::Limit(_))));
    }

    #[test]
    fn several_signatures_by_one_signer_count_once() {
        let (docker, team) =
            (TestSigner::docker("dhi/x"), TestSigner { name: None, is_dhi: false, role: Role::Image });
        let statement = about().1;
        let (own, other) = (team.envelope_signature(&statement), docker.envelope_signature(&statement));
        let again = team.envelope_signature(&statement);
        let mut trust = team.trust();
        trust.threshold = Threshold::new(2).unwrap();
        let quorum = |trust: &Trust, signatures: &[String]| {
            let (subject, statement) = about();
            let envelope = envelope(&statement, signatures);
            let layer = EnvelopeLayer {
                envelope: envelope.as_bytes(),
                log_entry: None,
                certificate: None,
                chain: None,
                timestamp: None,
            };
            let good =
                trust.verify_envelope(layer, Artifact::of_digest(subject), &Limits::default()).unwrap();
            let facts: Vec<_> = good.iter().map(Verified::facts).collect();
            trust.count_signers(&facts).is_some()
        };
        assert!(!quorum(&trust, &[own.clone(), again, own.clone()]));
        trust.keys = crate::trust::Keyring::of(vec![team.trusted_key(), docker.trusted_key()]);
        assert!(quorum(&trust, &[own, other]));
    }
}
