# METADATA
# title: User of the image
# description: Written for tests, with the constructs of Docker's policies.
# custom:
#   name: contract-user
#   result_type: boolean
#   details_order:
#     - user
#     - explicit
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

config := input.source.image.config.config

is_development if endswith(config.Labels["com.docker.dhi.version"], "-dev")

is_development if contains(config.Labels["com.docker.dhi.version"], "-sdk-")

is_package if startswith(input.source.image.name, "dhi/pkg-")

applies if {
	not is_development
	not is_package
}

violation contains {
	"message": "the image has no user",
	"detail": {"user": "root", "explicit": false},
	"remediation": "set one",
} if {
	applies
	not config.User
}

violation contains {
	"message": sprintf("the image has the user %q", [config.User]),
	"detail": {"user": config.User, "explicit": true},
	"remediation": "set another one",
} if {
	applies
	config.User == "root"
}
