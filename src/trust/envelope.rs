//! cosign's attestations under a tag: each layer of the `.att` manifest is a DSSE envelope, bound to the image by
//! its statement alone. The envelope is read only after its signature verified.

use sigstore_verify::types::MediaType;

use super::certificate::Certificate;
use super::dsse::{Envelope, SignedPayload};
use super::log::{self, Entries};
use super::signature::{Candidate, Content};
use super::{Artifact, Error, Form, SignedStatement, Trust, Verified, time};
use crate::limits::Limits;
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
    fn read(&self, limits: &Limits) -> Result<(SignedPayload, Vec<u8>), Error> {
        let envelope: Envelope<'_> = json::parse(self.envelope, "DSSE envelope")
            .map_err(|error| Error::Unreadable { cause: error.to_string() })?;
        envelope.open(limits)
    }
}

impl Trust {
    /// Checks that a given key or identity signed the envelope, and that its statement is about `artifact`.
    pub fn verify_envelope(
        &self,
        layer: EnvelopeLayer<'_>,
        artifact: Artifact<'_>,
        limits: &Limits,
    ) -> Result<Verified<SignedStatement>, Error> {
        let (payload, signature) = layer.read(limits)?;
        let certificate =
            layer.certificate.map(|leaf| Certificate::from_pem(leaf, layer.chain, limits)).transpose()?;
        let mut candidate = Candidate {
            form: Form::Envelope,
            content: Content::Envelope { signature, payload: payload.clone() },
            artifact,
            certificate: None,
            entries: Entries::Absent,
            stamps: Vec::new(),
            stamped: Some(layer.envelope),
            version: MediaType::Bundle0_1,
        };
        let author = match self.key_of(&candidate) {
            Some(author) => author,
            None => {
                candidate.certificate = certificate;
                self.author(&candidate)?
            }
        };
        let statement = SignedStatement::of_payload(&payload, &artifact)?;
        candidate.entries = log::annotation(layer.log_entry, self.log, limits)?;
        candidate.version = candidate.entries.version();
        candidate.stamps = layer.timestamp.map(time::from_annotation).transpose()?.into_iter().collect();
        let facts = self.prove(&candidate, &author, None)?;
        Ok(Verified::new(statement, facts))
    }
}
