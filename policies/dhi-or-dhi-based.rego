# METADATA
# title: Docker Hardened Image or built on one
# description: The image is proven to be a hardened image by its own attestations, or to be built on one.
# custom:
#   name: dhi-or-dhi-based
#   result_type: boolean
#   weight: 20
#   not_compliant_title: Not a hardened image and not built on one
#   details_order:
#     - standing
#     - reason
#     - attestation
package docker.scout

import rego.v1

default pass := false

pass if {
	input.dhi.standing in {"dhi", "dhi-based"}
	count(violation) == 0
}

violation contains problem("unknown", "", "it is unknown whether the image is a hardened image or built on one") if {
	not input.dhi.standing in {"dhi", "dhi-based", "not-dhi"}
}

violation contains problem("not proven", "", "the image is no hardened image, and not proven to be built on one") if {
	input.dhi.standing == "not-dhi"
}

# Whatever proves the image, no attestation of it may be bad.
violation contains problem("failed", attestation.digest, message) if {
	some attestation in input.dhi.attestations
	attestation.status == "failed"
	message := sprintf("an attestation did not verify: %v", [object.get(attestation, "cause", "no cause")])
}

# A base answers only for an image without attestations of its own. What a list hides may be one.
violation contains problem("unread", "", sprintf("not all attestations of the image are known: %s", [cause])) if {
	input.dhi.standing == "dhi-based"
	some cause in input.dhi.unread
}

# A hardened image: one signer that answers for images signed its provenance and an SBOM.
violation contains problem("signer", "", "no trusted signer signed both provenance and an SBOM of the image") if {
	input.dhi.standing == "dhi"
	not has_complete_signer(input.dhi.attestations)
}

# An image built on one: the same holds for the base, and layers are proven to be those of the base.
violation contains problem("signer", "", "no trusted signer signed both provenance and an SBOM of the base") if {
	input.dhi.standing == "dhi-based"
	not has_complete_signer(object.get(input.dhi, ["base", "attestations"], []))
}

violation contains problem("base", "", "the base is not proven by layers") if {
	input.dhi.standing == "dhi-based"
	not is_base_proven
}

is_base_proven if {
	base := input.dhi.base
	base.layers > 0
	base.proof in {"blobs", "declared", "hashed"}
}

signer_id(signer) := [signer.name, object.get(signer, "key_id", "")]

# What a signer signed: pairs of the predicate type and the signature.
signed(attestations, id) := {[attestation.predicate_type, signer] |
	some attestation in attestations
	attestation.status == "verified"
	some signer in attestation.signers
	signer.is_image_signer == true
	signer_id(signer) == id
}

has_complete_signer(attestations) if {
	some attestation in attestations
	some signer in attestation.signers
	is_complete(signed(attestations, signer_id(signer)))
}

is_complete(signatures) if {
	some [provenance, _] in signatures
	is_provenance(provenance)
	has_sbom(signatures)
}

is_provenance(type) if type in {"https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"}

has_sbom(signatures) if {
	some [type, _] in signatures
	is_sbom(type)
}

is_sbom(type) if type == "https://spdx.dev/Document"

is_sbom(type) if startswith(type, "https://cyclonedx.org/bom/v")

# Single packages of Docker Hardened Images have no SBOM. Their signed name tells them.
has_sbom(signatures) if {
	every signature in signatures {
		signature[1].is_dhi == true
		startswith(signature[1].signed_name, "dhi/pkg-")
	}
}

# Docker's key signs all attestations of an image under one name.
violation contains problem("names", "", sprintf("attestations of the image are signed under several names: %s", [concat(", ", names)])) if {
	names := {signer.signed_name |
		some attestation in input.dhi.attestations
		attestation.status == "verified"
		some signer in attestation.signers
		signer.is_dhi == true
	}
	count(names) > 1
}

# A verification summary that is not a pass denies the image. Of several, the newest of each verifier decides: that is
# part of the standing.
summaries := {attestation.digest |
	some attestation in input.dhi.attestations
	attestation.predicate_type == "https://slsa.dev/verification_summary/v1"
	attestation.status == "verified"
	some signer in attestation.signers
	signer.is_image_signer == true
}

violation contains problem("summary", digest, "the verification summary is not `PASSED`") if {
	input.dhi.standing == "dhi"
	count(summaries) == 1
	some digest in summaries
	answer := oci.referrer("https://slsa.dev/verification_summary/v1")
	not answer.error
	not is_passed(answer)
}

is_passed(answer) if answer.statement.predicate.verificationResult == "PASSED"

problem(reason, attestation, message) := {
	"message": message,
	"detail": {
		"standing": object.get(input.dhi, "standing", "unknown"),
		"reason": reason,
		"attestation": attestation,
	},
	"remediation": "use a hardened image from `dhi.io`, or build on one",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in set()
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
