//! cosign's attestations under a tag: each layer of the `.att` manifest is a DSSE envelope, bound to the image by
//! its statement alone. The statement is read only after a signature of it verified. Of several signatures those that
//! are good count, each for its signer.

use sigstore_verify::types::MediaType;

use super::certificate::Certificate;
use super::dsse::{Envelope, Opened};
use super::limits::ENVELOPE_SIGNATURES;
use super::log::{self, LogEntries};
use super::signature::{Candidate, Content};
use super::{Artifact, Error, Form, SignedStatement, Trust, Verified, time};
use crate::limits::{Exceeded, Limits};
use crate::oci::json;

/// One attestation as fetched: a layer with its annotations. Nothing of it is trusted.
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
    fn read(&self, limits: &Limits) -> Result<Opened, Error> {
        let envelope: Envelope<'_> = json::parse(self.envelope, "DSSE envelope")
            .map_err(|error| Error::Unreadable { cause: error.to_string() })?;
        envelope.open(limits)
    }
}

impl Trust {
    /// Checks that given keys or identities signed the envelope, and that its statement is about `artifact`.
    ///
    /// Gives one value for each good signature, until enough authorities have signed. Where none is good, the error is
    /// the one that tells most.
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
                    if self.count(&facts).is_some() {
                        return Ok(good);
                    }
                }
                Err(error) if tried == 0 || error.rank() < failed.rank() => failed = error,
                Err(_) => {}
            }
        }
        if good.is_empty() { Err(failed) } else { Ok(good) }
    }

    /// One signature of an envelope, with what came with the layer.
    fn verify_in_envelope(
        &self,
        opened: &Opened,
        signature: Vec<u8>,
        layer: &EnvelopeLayer<'_>,
        certificate: Option<&Certificate>,
        artifact: Artifact<'_>,
        limits: &Limits,
    ) -> Result<Verified<SignedStatement>, Error> {
        let mut candidate = Candidate {
            form: Form::Envelope,
            content: Content::Envelope { signature, payload: opened.payload.clone() },
            artifact,
            certificate: None,
            entries: LogEntries::Absent,
            timestamps: Vec::new(),
            stamped: Some(layer.envelope),
            version: MediaType::Bundle0_1,
        };
        let author = match self.key_of(&candidate) {
            Some(author) => author,
            None => {
                candidate.certificate = certificate.cloned();
                self.author(&candidate)?
            }
        };
        let statement = SignedStatement::of_payload(&opened.payload, &artifact)?;
        candidate.entries = log::annotation(layer.log_entry, self.log, limits)?;
        candidate.version = candidate.entries.version();
        candidate.timestamps = layer.timestamp.map(time::from_annotation).transpose()?.into_iter().collect();
        let facts = self.prove(&candidate, &author, None)?;
        Ok(Verified::new(statement, facts))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oci::Digest;
    use crate::trust::tests::signing::Author;
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
        trust.verify_envelope(layer, Artifact::named(subject), &Limits::default()).map(|good| good.len())
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
            (Author::docker("dhi/x"), Author { name: None, is_dhi: false, role: Role::Image });
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
        // What is tried is bounded, and what comes behind is not said to be absent.
        let mut many = vec![other; ENVELOPE_SIGNATURES];
        assert!(matches!(verify(&trust, &many), Err(Error::WrongKey { .. })));
        many.insert(0, own.clone());
        assert_eq!(verify(&trust, &many), Ok(1));
        many.rotate_left(1);
        assert!(matches!(verify(&trust, &many), Err(Error::Limit(_))));
    }

    #[test]
    fn one_signer_is_counted_once_however_often_it_signed() {
        let (docker, team) =
            (Author::docker("dhi/x"), Author { name: None, is_dhi: false, role: Role::Image });
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
            let good = trust.verify_envelope(layer, Artifact::named(subject), &Limits::default()).unwrap();
            let facts: Vec<_> = good.iter().map(Verified::facts).collect();
            trust.count(&facts).is_some()
        };
        assert!(!quorum(&trust, &[own.clone(), again, own.clone()]));
        trust.keys = crate::trust::Keyring::of(vec![team.trusted_key(), docker.trusted_key()]);
        assert!(quorum(&trust, &[own, other]));
    }
}
