# METADATA
# title: Default non-root user
# description: The image configuration names a user that is not root, or is that of a development variant of Docker.
# custom:
#   name: non-root
#   result_type: boolean
#   weight: 10
#   not_compliant_title: The image runs as root
#   details_order:
#     - user
#     - explicit
#     - reason
package docker.scout

import rego.v1

default pass := false

pass if {
	is_image
	configuration
	count(violation) == 0
}

# Charts have no user.
default kind := "image"

kind := input.dhi.kind

is_image if kind == "image"

configuration := input.source.image.config

# An empty user is absent from the input. Both mean root.
default user := ""

user := configuration.config.User

# A group after the colon does not make a user root.
account := trim_space(split(user, ":")[0])

# The kernel and the engines read these as user 0: `0`, `00`, `+0`, `-0`.
is_root if regex.match(`^[+-]?0+$`, account)

is_root if lower(account) in {"root", "containeradministrator", "administrator"}

# User IDs above 2^31-1 wrap to root in some engines (CVE-2024-40635).
is_root if {
	is_number_text
	is_above(trim_left(trim_left(account, "+-"), "0"), "2147483647")
}

is_above(digits, limit) if count(digits) > count(limit)

is_above(digits, limit) if {
	count(digits) == count(limit)
	digits > limit
}

is_number_text if regex.match(`^[+-]?[0-9]+$`, account)

violation contains {
	"message": "only container images have a default user",
	"detail": {"user": "", "explicit": false, "reason": "not an image"},
	"remediation": "apply this policy to container images",
} if {
	not is_image
}

violation contains {
	"message": "the image configuration could not be read",
	"detail": {"user": "", "explicit": false, "reason": "no configuration"},
	"remediation": "verify the image again with access to its configuration",
} if {
	is_image
	not configuration
}

violation contains {
	"message": "the image configuration names no user, so the image runs as root",
	"detail": {"user": "", "explicit": false, "reason": "no user"},
	"remediation": "add `USER 65532` to the last stage of the Dockerfile",
} if {
	configuration
	account == ""
	not exempt
}

violation contains {
	"message": sprintf("the image runs as root: its user is `%s`", [user]),
	"detail": {"user": user, "explicit": true, "reason": "root"},
	"remediation": "set a user ID other than 0, such as `USER 65532`",
} if {
	configuration
	is_root
	not exempt
}

violation contains {
	"message": sprintf("the user `%s` is a name, and only the image tells its user ID", [user]),
	"detail": {"user": user, "explicit": true, "reason": "not a user ID"},
	"remediation": "set a numeric user ID, such as `USER 65532`",
} if {
	configuration
	require_user_id == true
	account != ""
	not is_root
	not is_number_text
	not exempt
}

# Development variants run as root by design. Their version is read from a configuration that Docker signed: every other
# image inherits the labels of its base and can change them.
exempt if {
	allow_dev_variants == true
	is_signed_by_docker
	is_dev(configuration.config.Labels["com.docker.dhi.version"])
}

is_dev(version) if endswith(version, "-dev")

is_dev(version) if contains(version, "-sdk-")

is_signed_by_docker if {
	input.dhi.standing == "dhi"
	some attestation in input.dhi.attestations
	attestation.status == "verified"
	some signer in attestation.signers
	signer.is_dhi == true
	signer.is_image_signer == true
}

# A signed name exempts an image too.
exempt if {
	some attestation in input.dhi.attestations
	attestation.status == "verified"
	some signer in attestation.signers
	signer.is_image_signer == true
	is_array(exempt_images)
	some pattern in exempt_images
	matches(pattern, signer.signed_name)
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
	not key in {"allow_dev_variants", "exempt_images", "require_user_id"}
}

default exempt_images := ["dhi/pkg-*"]

exempt_images := settings.exempt_images

default allow_dev_variants := true

allow_dev_variants := settings.allow_dev_variants

default require_user_id := false

require_user_id := settings.require_user_id

violation contains wrong_setting(key, "not true or false") if {
	some key, value in {"allow_dev_variants": allow_dev_variants, "require_user_id": require_user_id}
	not is_boolean(value)
}

violation contains wrong_setting("exempt_images", "not a list of signed names that may end in `*`") if {
	not are_patterns(exempt_images)
}

wrong_setting(key, reason) := {
	"message": sprintf("the setting `%v` is %s", [key, reason]),
	"detail": {"reason": "configuration"},
	"remediation": "correct the configuration of this policy",
}
