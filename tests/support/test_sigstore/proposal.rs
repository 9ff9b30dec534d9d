//! Uploads to Rekor v1. The log checks the signature before it records an upload, as the real one does.

use serde_json::Value;
use sigstore_verify::crypto::{KeyAlgorithm, SigningScheme, verify_signature, verify_signature_prehashed};
use sigstore_verify::types::{DerPublicKey, HashAlgorithm, SignatureBytes};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use super::body::Body;
use super::key::from_base64;
use super::signed::encoded;

/// The body that the log records of an upload, or why it refuses it.
pub(crate) fn body(upload: &[u8]) -> Result<Body, String> {
    let upload: Value = serde_json::from_slice(upload).map_err(|error| error.to_string())?;
    let spec = &upload["spec"];
    match (upload["kind"].as_str(), upload["apiVersion"].as_str()) {
        (Some("hashedrekord"), Some("0.0.1")) => hashedrekord(spec),
        (Some("dsse"), Some("0.0.1")) => dsse(spec),
        (Some("intoto"), Some("0.0.1")) => intoto_old(spec),
        (Some("intoto"), Some("0.0.2")) => intoto(spec),
        (kind, version) => Err(format!("unsupported kind {kind:?} {version:?}")),
    }
}

fn hashedrekord(spec: &Value) -> Result<Body, String> {
    let hash = &spec["data"]["hash"];
    if text(&hash["algorithm"])? != "sha256" {
        return Err("only sha256 here".to_owned());
    }
    let digest = text(&hash["value"])?;
    let signature = bytes(&spec["signature"]["content"])?;
    let pem = pem(&spec["signature"]["publicKey"]["content"])?;
    let (key, _) = public_key(&pem)?;
    let algorithm = KeyAlgorithm::from_spki(&key).map_err(|error| error.to_string())?;
    let scheme =
        algorithm.resolve_signing_scheme(HashAlgorithm::Sha2256).map_err(|error| error.to_string())?;
    verify_signature_prehashed(&key, &unhex(digest)?, &SignatureBytes::from_bytes(&signature), scheme)
        .map_err(|error| format!("verifying signature: {error}"))?;
    Ok(Body::hashedrekord_v1(digest, &signature, &pem))
}

fn dsse(spec: &Value) -> Result<Body, String> {
    let proposed = &spec["proposedContent"];
    let envelope = text(&proposed["envelope"])?;
    let pem = pem(&proposed["verifiers"][0])?;
    let (signature, payload) = verified(envelope, &pem)?;
    Ok(Body::dsse(envelope.as_bytes(), &payload, &signature, &pem))
}

fn intoto_old(spec: &Value) -> Result<Body, String> {
    let envelope = text(&spec["content"]["envelope"])?;
    let pem = pem(&spec["publicKey"])?;
    let (_, payload) = verified(envelope, &pem)?;
    Ok(Body::intoto_old(envelope.as_bytes(), &payload, &pem))
}

/// Payload and signature of the envelope, which are base64 already, are in base64 once more.
fn intoto(spec: &Value) -> Result<Body, String> {
    let envelope = &spec["content"]["envelope"];
    let payload_type = text(&envelope["payloadType"])?;
    let payload = twice(&envelope["payload"])?;
    let signature = twice(&envelope["signatures"][0]["sig"])?;
    let pem = pem(&envelope["signatures"][0]["publicKey"])?;
    verify_envelope(&pem, payload_type, &payload, &signature)?;
    Ok(Body::intoto(envelope.to_string().as_bytes(), payload_type, &payload, &signature, &pem))
}

/// The signature and payload of an envelope, which verify.
fn verified(envelope: &str, pem: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
    let envelope: Value = serde_json::from_str(envelope).map_err(|error| error.to_string())?;
    let payload = bytes(&envelope["payload"])?;
    let signature = bytes(&envelope["signatures"][0]["sig"])?;
    verify_envelope(pem, text(&envelope["payloadType"])?, &payload, &signature)?;
    Ok((signature, payload))
}

fn verify_envelope(pem: &str, payload_type: &str, payload: &[u8], signature: &[u8]) -> Result<(), String> {
    let (key, scheme) = public_key(pem)?;
    let signature = SignatureBytes::from_bytes(signature);
    verify_signature(&key, &encoded(payload_type, payload), &signature, scheme)
        .map_err(|error| format!("verifying signature: {error}"))
}

fn public_key(pem: &str) -> Result<(DerPublicKey, SigningScheme), String> {
    let key = if pem.contains("BEGIN CERTIFICATE") {
        let certificate = Certificate::from_pem(pem).map_err(|error| error.to_string())?;
        DerPublicKey::new(certificate.tbs_certificate.subject_public_key_info.to_der().unwrap())
    } else {
        DerPublicKey::from_pem(pem).map_err(|error| error.to_string())?
    };
    let algorithm = KeyAlgorithm::from_spki(&key).map_err(|error| error.to_string())?;
    Ok((key, algorithm.default_signing_scheme()))
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "a text is missing".to_owned())
}

fn bytes(value: &Value) -> Result<Vec<u8>, String> {
    from_base64(text(value)?).ok_or_else(|| "not base64".to_owned())
}

fn twice(value: &Value) -> Result<Vec<u8>, String> {
    let once = String::from_utf8(bytes(value)?).map_err(|error| error.to_string())?;
    from_base64(&once).ok_or_else(|| "not base64 twice".to_owned())
}

fn pem(value: &Value) -> Result<String, String> {
    String::from_utf8(bytes(value)?).map_err(|error| error.to_string())
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(|error| error.to_string())?;
            u8::from_str_radix(pair, 16).map_err(|error| error.to_string())
        })
        .collect()
}
