package docker.scout

import rego.v1

default pass := false

pass if every item in data.config.items {
	item.ok
}

violation contains {"message": "some", "detail": {"pair": [k, v]}} if {
	some k, v in data.config.map
	v != null
}

with_index := [[i, x] | some i, x in data.config.numbers]

with_key := {k: v | some k, v in data.config.map}

of_set := {x | some x in {3, 1, 2, data.config.n}}

split_up := [c | some [a, b] in [[1, 2], [3, data.config.n], [1]]; c := a + b]

with_pattern := [x | some [x, "b"] in [[data.config.n, "b"], [1, "c"], [data.config.flag, "b"]]]

positions := [[i, k] | some i, item in data.config.items; some k, _ in item]

is_in if data.config.n in data.config.numbers

is_in_map if "x", 1 in data.config.map

in_texts := {word: n | some word in ["a", "b"]; n := count([1 | some other in data.config.words; other == word])}

all_positive if every x in data.config.numbers {
	x > 0
}

all_named if every key, value in data.config.map {
	is_string(key)
	value != null
}

vacuous if every x in [] {
	x > 0
	false
}

of_rows if every row in data.config.matrix {
	every x in row {
		x < 50
	}
}

none_of_missing if every x in data.config.missing {
	x
}

not_all if not all_positive

outer_bound if {
	some limit in data.config.numbers
	every x in data.config.numbers {
		x <= limit
	}
}

limits contains limit if {
	some limit in data.config.numbers
	every x in data.config.numbers {
		x <= limit
	}
}

of_text if every x in "text" {
	x == 1
}

undefined_body if every item in data.config.items {
	item.nothing
}

set_of_sets if every s in {{1}, {1, 2}} {
	1 in s
}

nothing_in := [x | some x in object.get(data.config, "missing", [])]

some_vars := [x | some i, x; data.config.numbers[i] = x; i > 0]

last_words := [word | some i; word := data.config.words[i]; i == count(data.config.words) - 1]
