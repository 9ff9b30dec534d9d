# METADATA
# title: Signed supply chain attestations
# description: The image has an SBOM, provenance and a verification summary of its own, and each is signed by an accepted signer.
# custom:
#   name: signed-attestations
#   result_type: generic
#   weight: 10
#   not_compliant_title: Attestations are missing or not signed
#   details_order:
#     - predicate
#     - attestation
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	every group in groups {
		is_held(group)
	}
	count(violation) == 0
}

spdx := "https://spdx.dev/Document"

v1 := "https://slsa.dev/provenance/v1"

summary := "https://slsa.dev/verification_summary/v1"

# The types of a required group, and the type that is asked for if the image has none of them.
is_of("sbom", type) if type == spdx

is_of("sbom", type) if startswith(type, "https://cyclonedx.org/bom/v")

is_of("provenance", type) if type in {"https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"}

is_of("vsa", type) if type == summary

is_of(group, type) if {
	contains(group, "://")
	type == group
}

example(group) := object.get({"sbom": spdx, "provenance": v1, "vsa": summary}, group, group)

verified contains attestation if {
	some attestation in input.dhi.attestations
	attestation.status == "verified"
}

counts(attestation) if {
	some signer in attestation.signers
	signer_counts(signer)
}

# A signer that answers for images, and not only for what others attached.
signer_counts(signer) if {
	signer.is_image_signer == true
	is_named(signer)
	log_counts(signer)
}

is_named(_) if signers == []

is_named(signer) if {
	is_array(signers)
	some name in [signer.name, object.get(signer, "key_id", "")]
	name in signers
}

log_counts(_) if require_log == false

log_counts(signer) if signer.log == "proven"

has(group) if {
	some attestation in verified
	is_of(group, attestation.predicate_type)
}

is_held(group) if {
	some attestation in verified
	is_of(group, attestation.predicate_type)
	counts(attestation)
}

# The answer for a type that was not found tells whether it is absent or unknown.
violation contains problem(example(group), "", "missing", sprintf("the image has no attestation `%s`", [group])) if {
	some group in groups
	not has(group)
	is_null(oci.referrer(example(group)))
}

violation contains problem(example(group), "", "signer", sprintf("no attestation `%s` is signed as required", [group])) if {
	some group in groups
	has(group)
	not is_held(group)
}

violation contains problem(type, attestation.digest, "failed", message) if {
	some attestation in input.dhi.attestations
	attestation.status == "failed"
	type := object.get(attestation, "predicate_type", "")
	message := sprintf("an attestation did not verify: %v", [object.get(attestation, "cause", "no cause")])
}

# A verification summary that is not a pass is no proof.
violation contains problem(summary, "", "not passed", "the verification summary is not `PASSED`") if {
	"vsa" in groups
	is_held("vsa")
	answer := oci.referrer(summary)
	not answer.error
	not is_passed(answer)
}

is_passed(answer) if answer.statement.predicate.verificationResult == "PASSED"

problem(type, attestation, reason, message) := {
	"message": message,
	"detail": {"predicate": type, "attestation": attestation, "reason": reason},
	"remediation": "use a build of the image with all its attestations; copies of an image need copies of them",
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"require_log", "required", "signers"}
}

default required := ["sbom", "provenance", "vsa"]

required := settings.required

groups := required if are_groups(required)

default require_log := false

require_log := settings.require_log

default signers := []

signers := settings.signers

violation contains wrong_setting("require_log", "not true or false") if not is_boolean(require_log)

violation contains wrong_setting("signers", "not a list of key names or key IDs") if not are_texts(signers)

violation contains wrong_setting("required", "not a list of `sbom`, `provenance`, `vsa` and predicate types") if {
	not are_groups(required)
}

are_groups(value) if {
	are_texts(value)
	count(value) > 0
	every group in value {
		is_group(group)
	}
}

is_group(group) if group in {"sbom", "provenance", "vsa"}

is_group(group) if contains(group, "://")

are_texts(value) if {
	is_array(value)
	every text in value {
		is_string(text)
	}
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
