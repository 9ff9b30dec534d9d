//! Names of the annotations in which cosign stores the parts of a signature.

/// Of a layer with a signed payload: the signature, in base64.
pub const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// Of a layer with a signed payload or an envelope: the entry of a transparency log, as JSON.
pub const LOG_ENTRY: &str = "dev.sigstore.cosign/bundle";
/// Of a manifest with a Sigstore bundle: the predicate type of the statement in it.
pub const BUNDLE_PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";
/// The certificate of a keyless signature, as PEM.
pub const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
/// The certificates above it, as PEM.
pub const CHAIN: &str = "dev.sigstore.cosign/chain";
/// A timestamp of the signature (RFC 3161), as JSON.
pub const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";
