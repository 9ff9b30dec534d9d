//! Computes the simple-signing payloads that signers usually write for a known object, so that they need not be fetched.
//!
//! Invariant: only the descriptor of the layer decides. Computed bytes are returned only if they have its digest and
//! size, so they are the stored bytes, and they are verified as fetched ones are. A payload in another spelling is not
//! found here and must be fetched.
//!
//! Source: payloads of cosign 2 and of Docker's signatures (cosign with `-a`).

use serde_json::Value;

use super::simple_signing::TYPE;
use crate::oci::media_type::STATEMENT_TYPES;
use crate::oci::reference::{DOCKER_HUB, RemoteName, SCOUT};
use crate::oci::{Descriptor, Digest};

/// The host of Docker Hub in names that cosign writes.
const COSIGN_HUB: &str = "index.docker.io";
/// Copies of hardened images on Docker Hub are called `ORG/dhi-NAME`.
const COPY_PREFIX: &str = "dhi-";

/// What a payload is expected to name. All of it is a guess: a wrong one costs a request, and nothing else.
#[derive(Clone, Debug)]
pub struct ExpectedPayload {
    /// Repositories, each as host and path.
    names: Vec<(String, String)>,
    attestation: Option<AttestationClaims>,
}

/// What Docker's signature of an attestation names besides the attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationClaims {
    /// The predicate type of the attestation.
    pub predicate_type: String,
    /// The image that it is about.
    pub image: Digest,
}

impl ExpectedPayload {
    /// The payloads of signatures in a repository that is called `repository`, and those that are signed as
    /// `signed_name`. `attestation` is given if an attestation is signed.
    pub fn new(
        repository: &RemoteName,
        signed_name: Option<&str>,
        attestation: Option<AttestationClaims>,
    ) -> Self {
        let path = repository.path();
        let last = path.rsplit('/').next().unwrap_or(path);
        let hardened = format!("dhi/{}", last.strip_prefix(COPY_PREFIX).unwrap_or(last));
        let paths = [Some(hardened.as_str()), signed_name, Some(path)];
        let docker = paths.into_iter().flatten().flat_map(|path| [(SCOUT, path), (COSIGN_HUB, path)]);
        let own = (repository.host() != DOCKER_HUB).then_some((repository.host(), path));
        let names = docker.chain(own).map(|(host, path)| (host.to_owned(), path.to_owned())).collect();
        Self { names, attestation }
    }

    /// The bytes of `layer`, if it is one of the expected payloads that sign `object`.
    pub fn find(&self, layer: &Descriptor, object: &Digest) -> Option<Vec<u8>> {
        self.names.iter().find_map(|(host, path)| {
            let critical = format!(
                r#"{{"critical":{{"identity":{{"docker-reference":{}}},"image":{{"docker-manifest-digest":"{object}"}},"type":"{TYPE}"}}"#,
                quoted(&format!("{host}/{path}"))
            );
            self.optional_members(path, layer.size).into_iter().find_map(|optional| {
                let payload = format!(r#"{critical},"optional":{optional}}}"#).into_bytes();
                let is_layer = payload.len() as u64 == layer.size && layer.digest.matches(&payload);
                is_layer.then_some(payload)
            })
        })
    }

    /// The spellings of `optional`: none, or the claims about an attestation. cosign sorts them; Docker's documents and
    /// `dhi sign` have the order of the statement. A type that does not fit into `size` bytes is left out: fetched data
    /// names it, and it may be long.
    fn optional_members(&self, path: &str, size: u64) -> Vec<String> {
        let mut spellings = vec!["null".to_owned()];
        if let Some(AttestationClaims { predicate_type, image }) = &self.attestation
            && predicate_type.len() as u64 <= size
        {
            let predicate = format!(r#""predicateType":{}"#, quoted(predicate_type));
            let subject = format!(r#""subject":{}"#, quoted(&format!("{path}@{image}")));
            for statement_type in STATEMENT_TYPES {
                let kind = format!(r#""type":"{statement_type}""#);
                spellings.push(format!("{{{predicate},{subject},{kind}}}"));
                spellings.push(format!("{{{kind},{predicate},{subject}}}"));
            }
        }
        spellings
    }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPDX: &str = "https://spdx.dev/Document";

    fn layer(payload: &str) -> Descriptor {
        let bytes = payload.as_bytes();
        let value = serde_json::json!({
            "mediaType": crate::oci::media_type::SIMPLE_SIGNING, "digest": Digest::of(bytes), "size": bytes.len()
        });
        serde_json::from_value(value).unwrap()
    }

    fn payload(name: &str, object: &Digest, optional: &str) -> String {
        format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"{name}"}},"image":{{"docker-manifest-digest":"{object}"}},"type":"cosign container image signature"}},"optional":{optional}}}"#
        )
    }

    fn expected(repository: &str, signed_name: Option<&str>) -> ExpectedPayload {
        let claims = AttestationClaims { predicate_type: SPDX.to_owned(), image: Digest::of(b"image") };
        ExpectedPayload::new(&RemoteName::parse(repository).unwrap(), signed_name, Some(claims))
    }

    fn claims(path: &str) -> String {
        let image = Digest::of(b"image");
        format!(
            r#"{{"predicateType":"{SPDX}","subject":"{path}@{image}","type":"https://in-toto.io/Statement/v0.1"}}"#
        )
    }

    #[test]
    fn usual_payloads_are_found() {
        let object = Digest::of(b"attestation");
        let image = Digest::of(b"image");
        let ordered = format!(
            r#"{{"type":"https://in-toto.io/Statement/v1","predicateType":"{SPDX}","subject":"dhi/python@{image}"}}"#
        );
        for (repository, signed_name, name, optional) in [
            ("dhi.io/python", None, "registry.scout.docker.com/dhi/python", claims("dhi/python")),
            ("dhi.io/python", None, "registry.scout.docker.com/dhi/python", ordered),
            ("dhi.io/python", None, "registry.scout.docker.com/dhi/python", "null".to_owned()),
            ("dhi.io/python", None, "index.docker.io/dhi/python", claims("dhi/python")),
            ("acme/dhi-python", None, "registry.scout.docker.com/dhi/python", claims("dhi/python")),
            ("m.example/a/b/python", None, "registry.scout.docker.com/dhi/python", claims("dhi/python")),
            ("m.example/x", Some("dhi/python"), "registry.scout.docker.com/dhi/python", claims("dhi/python")),
            ("acme/x", None, "registry.scout.docker.com/acme/x", claims("acme/x")),
            ("acme/x", None, "index.docker.io/acme/x", "null".to_owned()),
            ("m.example:5000/team/api", None, "m.example:5000/team/api", "null".to_owned()),
        ] {
            let payload = payload(name, &object, &optional);
            let found = expected(repository, signed_name).find(&layer(&payload), &object);
            assert_eq!(found.as_deref(), Some(payload.as_bytes()), "{repository} {payload}");
        }
    }

    #[test]
    fn a_payload_that_differs_is_not_found() {
        let (object, python) = (Digest::of(b"attestation"), "registry.scout.docker.com/dhi/python");
        let usual = payload(python, &object, &claims("dhi/python"));
        let expected = expected("dhi.io/python", None);
        assert!(expected.find(&layer(&usual), &object).is_some());
        let other_claims = |from: &str, to: &str| usual.replace(from, to);
        for payload in [
            payload("registry.scout.docker.com/dhi/mython", &object, &claims("dhi/python")),
            payload("registry.scout.docker.com/dhi/node", &object, &claims("dhi/node")),
            payload("registry.scout.docker.com/dhi/python:3.13", &object, &claims("dhi/python")),
            payload(python, &Digest::of(b"another"), &claims("dhi/python")),
            payload(python, &object, &claims("dhi/node")),
            payload(python, &object, "{}"),
            payload(python, &object, r#"{"team":"a"}"#),
            other_claims(SPDX, "https://spdx.dev/document"),
            other_claims(&Digest::of(b"image").to_string(), &Digest::of(b"x").to_string()),
            other_claims("cosign container image signature", "cosign container image attestation"),
            other_claims(",", ", "),
            format!("{usual}\n"),
        ] {
            assert_eq!(expected.find(&layer(&payload), &object), None, "{payload}");
        }
    }

    #[test]
    fn digest_and_size_of_the_layer_must_match() {
        let object = Digest::of(b"attestation");
        let usual = payload("registry.scout.docker.com/dhi/python", &object, "null");
        let expected = ExpectedPayload::new(&RemoteName::parse("dhi.io/python").unwrap(), None, None);
        let right = layer(&usual);
        assert!(expected.find(&right, &object).is_some());
        for size in [0, right.size - 1, right.size + 1, u64::MAX] {
            assert_eq!(expected.find(&Descriptor { size, ..right.clone() }, &object), None);
        }
        let digest = Digest::of(b"others");
        assert_eq!(expected.find(&Descriptor { digest, ..right }, &object), None);
    }

    #[test]
    fn names_and_types_are_escaped() {
        let object = Digest::of(b"attestation");
        let injected = r#"x","subject":"y"#;
        let claims = AttestationClaims { predicate_type: injected.to_owned(), image: object };
        let name = RemoteName::parse("dhi.io/python").unwrap();
        let expected = ExpectedPayload::new(&name, None, Some(claims));
        let spelled = format!(
            r#"{{"predicateType":"{injected}","subject":"dhi/python@{object}","type":"https://in-toto.io/Statement/v0.1"}}"#
        );
        let payload = payload("registry.scout.docker.com/dhi/python", &object, &spelled);
        assert_eq!(expected.find(&layer(&payload), &object), None);
    }
}
