package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

violation contains {"message": sprintf("%s has %d", [name, count(words)]), "detail": {"words": words}} if {
	some name, words in tags
	count(words) > 1
}

names contains item.name if some item in data.config.items

names contains "fixed"

scored contains [item.name, item.score] if {
	some item in data.config.items
	item.score > 2
}

ordered contains [x, y] if {
	some x in data.config.numbers
	some y in data.config.numbers
	x < y
}

tags[name] := words if {
	some name in {item.name | some item in data.config.items}
	words := {tag | some item in data.config.items; item.name == name; some tag in item.tags}
}

places[name] := position if {
	some name in names
	position := [i | some i, item in data.config.items; item.name == name]
}

by_two[[x, y]] := x * y if {
	some x in data.config.numbers
	some y in data.config.numbers
	y > x
}

rules.of.dots := data.config.n

rules.of[word] := upper(word) if some word in ["a", "b"]

without := names - {"fixed"}

with_more := names | {"zzz", data.config.n}

both := names & {"fixed", "alpha"}

has_fixed if names.fixed

has_alpha if names["alpha"]

missing contains name if {
	some name in ["alpha", "omega", "fixed"]
	not names[name]
}

size := count(names)

empty contains x if {
	some x in data.config.numbers
	x > 1000000
}

through contains upper(name) if some name in names

objects contains item if some item in data.config.items

is_member if {"a": 1} in {{"a": 1}, {"b": 2}}
