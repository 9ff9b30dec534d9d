//! Signed timestamps (RFC 3161) over signatures.
//!
//! A timestamp counts only if a timestamp authority of the trusted root signed it. Every timestamp that is present must
//! be good.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sigstore_verify::tsa::verify_timestamp_for_authority;
use sigstore_verify::types::{SignatureBytes, TimestampToken};

use super::{Error, ProvenTime, TimeSource, TrustedRoot};
use crate::limits::{Exceeded, Limits};
use crate::oci::json;

/// Verifies every token over `signature` and returns their times.
pub(super) fn check(
    tokens: &[TimestampToken],
    signature: &[u8],
    root: &TrustedRoot,
) -> Result<Vec<ProvenTime>, Error> {
    let signature = SignatureBytes::new(signature.to_vec());
    let authorities = root.timestamp_authorities();
    tokens
        .iter()
        .map(|token| {
            let mut cause = format!("the trusted root ({}) has no timestamp authority", root.origin());
            for authority in &authorities {
                match verify_timestamp_for_authority(token, &signature, authority) {
                    Ok(time) => return Ok(ProvenTime { time, source: TimeSource::TimestampAuthority }),
                    Err(error) => cause = error.to_string(),
                }
            }
            Err(Error::Time { cause })
        })
        .collect()
}

/// Reads cosign's annotation `dev.sigstore.cosign/rfc3161timestamp`.
pub(super) fn from_annotation(text: &str) -> Result<TimestampToken, Error> {
    #[derive(Deserialize)]
    struct Annotation {
        #[serde(rename = "SignedRFC3161Timestamp")]
        token: String,
    }
    let bad = |cause: String| Error::Time { cause };
    let annotation: Annotation =
        json::parse(text.as_bytes(), "timestamp").map_err(|error| bad(error.to_string()))?;
    let token = STANDARD.decode(annotation.token).map_err(|error| bad(format!("base64: {error}")))?;
    Ok(TimestampToken::new(token))
}

/// Refuses more tokens than [`Limits::timestamps`].
pub(super) fn check_count(tokens: usize, limits: &Limits) -> Result<(), Error> {
    if tokens <= limits.timestamps {
        return Ok(());
    }
    let what = format!("signature with {tokens} timestamps");
    Err(Error::Limit(Exceeded::new(what, limits.timestamps, "timestamps")))
}
