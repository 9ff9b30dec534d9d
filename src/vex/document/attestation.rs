//! What is around a document: DSSE envelopes, Sigstore bundles and in-toto statements. Nothing is verified here.

use bytes::Bytes;

use crate::limits::Limits;
use crate::oci::media_type::IN_TOTO;
use crate::trust::{self, Bundle, BundleContent, SignedPayload, Statement};
use crate::vex::Error;

/// The digests of the subjects of a statement, and its predicate.
pub(super) fn predicate(statement: &Bytes, name: &str) -> Result<(Vec<String>, Bytes), Error> {
    let statement = Statement::parse(statement).map_err(|error| refused(name, error))?;
    let subjects = statement.subject_digests();
    let predicate = statement.predicate.ok_or_else(|| not_vex(name, "the statement has no predicate"))?;
    Ok((subjects, Bytes::from(String::from(Box::<str>::from(predicate)))))
}

/// The statement in a DSSE envelope.
pub(super) fn of_envelope(envelope: &[u8], name: &str) -> Result<Bytes, Error> {
    let payload = SignedPayload::unverified(envelope, &Limits::default());
    statement(payload.map_err(|error| refused(name, error))?, name)
}

/// The statement in a Sigstore bundle.
pub(super) fn of_bundle(bundle: &Bytes, name: &str) -> Result<Bytes, Error> {
    let bundle = Bundle::parse(bundle, &Limits::default()).map_err(|error| refused(name, error))?;
    match bundle.unverified_content() {
        BundleContent::Statement(payload) => statement(payload.clone(), name),
        BundleContent::Message => {
            Err(not_vex(name, "it is a Sigstore bundle with the signature of a file, and has no statement"))
        }
    }
}

fn statement(payload: SignedPayload, name: &str) -> Result<Bytes, Error> {
    if payload.payload_type == IN_TOTO {
        return Ok(payload.bytes);
    }
    let found = crate::oci::quote_untrusted(&payload.payload_type);
    Err(not_vex(name, format!("its payload has the type {found}, not {IN_TOTO}")))
}

fn not_vex(name: &str, cause: impl Into<String>) -> Error {
    Error::Shape { document: name.to_owned(), cause: cause.into() }
}

fn refused(name: &str, error: trust::Error) -> Error {
    match error {
        trust::Error::Limit(exceeded) => Error::Limit(exceeded),
        error => not_vex(name, error.to_string()),
    }
}
