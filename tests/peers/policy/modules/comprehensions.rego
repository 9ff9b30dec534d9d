package docker.scout

import rego.v1

default pass := false

pass if count(flat) > 3

violation contains {"message": "rows", "detail": {"rows": rows}} if {
	rows := [count(row) | some row in data.config.matrix]
	count(rows) > 1
}

totals := {item.name: sum(item.scores) | some item in data.config.items}

flat := [x | some row in data.config.matrix; some x in row]

distinct := {x | some row in data.config.matrix; some x in row}

keys := {key | some key, _ in data.config.map}

inverse := {value: {key | some key; data.config.map[key] == value} | some value in data.config.map}

skipped := [x | some i; x := data.config.numbers[i]; x.y]

deep := [[z | some y in data.config.numbers; y != x; z := x * y] | some x in data.config.numbers]

filtered := [item.name | some item in data.config.items; not item.ok; count(item.tags) > 0]

indexed := [[i, j, x] | x := data.config.matrix[i][j]]

paths := {concat("/", [format_int(i, 10), tag]) | some i, item in data.config.items; some tag in item.tags}

outer := [x | x := data.config.n; x > 1]

shadowed := [item | item := data.config.n]

grouped := {tag: [item.name | some item in data.config.items; tag in item.tags] |
	some other in data.config.items
	some tag in other.tags
}

walked := {path | walk(data.config.map, [path, value]); is_number(value)}

in_set := {[x | some x in data.config.numbers], [x | some x in data.config.numbers; x > 2]}

nested_objects := {item.name: {"tags": {tag | some tag in item.tags}, "best": max(item.scores)} |
	some item in data.config.items
	count(item.scores) > 0
}

largest := max({item.score | some item in data.config.items})

undefined_inside := [data.config.missing | true]
