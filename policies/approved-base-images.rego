# METADATA
# title: Approved base images
# description: The image is an approved hardened image or is built on one, by proof and not by labels.
# custom:
#   name: approved-base-images
#   result_type: generic
#   weight: 10
#   not_compliant_title: The base image is not approved
#   details_order:
#     - base
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	count(names) > 0
	count(violation) == 0
}

# A hardened image is approved by the name that its key signed.
names contains signer.signed_name if {
	input.dhi.standing == "dhi"
	some attestation in input.dhi.attestations
	attestation.status == "verified"
	some signer in attestation.signers
	signer.is_image_signer == true
}

names contains input.dhi.base.name if input.dhi.standing == "dhi-based"

violation contains problem("", "unknown", "it is unknown what the image is built on") if {
	not input.dhi.standing in {"dhi", "dhi-based", "not-dhi"}
}

violation contains problem("", "not proven", "the image is no hardened image, and not proven to be built on one") if {
	input.dhi.standing == "not-dhi"
}

violation contains problem("", "no name", "the hardened image has no signed name") if {
	input.dhi.standing in {"dhi", "dhi-based"}
	count(names) == 0
}

violation contains problem(name, "not approved", sprintf("the base image `%s` is not approved", [name])) if {
	some name in names
	not is_approved(name)
}

is_approved(name) if {
	is_array(allowed_base_images)
	some pattern in allowed_base_images
	matches(pattern, name)
}

problem(base, reason, message) := {
	"message": message,
	"detail": {"base": base, "reason": reason},
	"remediation": "build on an approved base image, or allow its signed name in `allowed_base_images`",
}

# A pattern is a text that may end in `*`.
matches(pattern, text) if pattern == text

matches(pattern, text) if {
	endswith(pattern, "*")
	startswith(text, trim_suffix(pattern, "*"))
}

are_patterns(value) if {
	is_array(value)
	every pattern in value {
		is_string(pattern)
		regex.match(`^[^*]*\*?$`, pattern)
		pattern != ""
	}
}

# Settings

default settings := {}

settings := data.config

violation contains wrong_setting(key, "unknown") if {
	some key in object.keys(settings)
	not key in {"allowed_base_images"}
}

default allowed_base_images := ["dhi/*"]

allowed_base_images := settings.allowed_base_images

violation contains wrong_setting("allowed_base_images", "not a list of signed names that may end in `*`") if {
	not are_patterns(allowed_base_images)
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
