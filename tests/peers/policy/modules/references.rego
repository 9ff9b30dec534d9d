package docker.scout

import rego.v1

default pass := false

pass if labels["com.example.user"] == "65532"

violation contains {"message": "of the image", "detail": {"digest": input.source.image.digest}} if {
	input.dhi.standing != "dhi"
}

labels := input.source.image.config.config.Labels

config := input.source.image.config

standing := input.dhi.standing

kinds contains attestation.predicate_type if some attestation in input.dhi.attestations

by_signer[signer.name] := digests if {
	some attestation in input.dhi.attestations
	some signer in attestation.signers
	digests := {other.digest | some other in input.dhi.attestations; other.signers[_].name == signer.name}
}

is_missing if not input.source.image.nothing

is_deep_missing if not input.a.b.c.d

first := data.config.numbers[0]

negative_index := data.config.numbers[-1]

with_slash := data.config["a/b"]

of_text := data.config.words[0].x

by_variable := {name: data.config[name] | some name in ["n", "flag", "missing"]}

with_label := [value | value := labels[name]; startswith(name, "com.example.")]

findings := [[finding.id, finding.severity] | some finding in input.dhi.findings.all; not finding.fixed_by]

severities := {severity: ids |
	some severity in {"HIGH", "LOW"}
	ids := {finding.id | some finding in input.dhi.findings.all; finding.severity == severity}
}

platform := sprintf("%s/%s", [input.source.image.platform.os, input.source.image.platform.architecture])

of_null := data.config.nothing.x

truth_of_null if data.config.nothing

is_false if data.config.flag == false

not_flag if not data.config.flag

twice_not if not not_flag

from_rule := table.b[1]

table := {"a": 1, "b": [1, {"c": data.config.n}]}

dynamic := table[key] if some key in ["b"]
