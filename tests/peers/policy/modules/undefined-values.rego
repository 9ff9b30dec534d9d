package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

violation contains {
	"message": sprintf("%s %s", [item.name, first_tag(item)]),
	"detail": {"ok": item.ok, "score": item.score},
} if {
	some item in data.config.items
	item.score > 1
}

violation contains {"message": finding.published} if some finding in data.config.findings

members contains item.ok if some item in data.config.items

listed contains [item.name, item.ok] if {
	some item in data.config.items
}

by_name[item.name] := count(item.tags) if {
	some item in data.config.items
	item.ok
}

by_published[finding.published] := true if some finding in data.config.findings

in_object := {"x": data.config.missing}

in_array := [data.config.missing]

first_tag(item) := item.tags[0]

first_over(limit) := [x | some x in data.config.numbers; x > limit][0] if limit > 0

firsts := {limit: first_over(limit) | some limit in [-1, 1, 5, 100]}

chosen := "number" if is_number(data.config.n)

else := data.config.words[0]


is_false contains x if {
	some item in data.config.items
	x := item.ok
}

without_body := data.config.map.x

of_members contains data.config.items[_].ok

scored(name) := item.score if {
	some item in data.config.items
	item.name == name
	item.ok
}

scores := {name: scored(name) | some name in ["beta", "gamma"]; unique(name)}

unique(name) if count([item | some item in data.config.items; item.name == name]) == 1
