package docker.scout

import rego.v1

default pass := false

pass if data.config.n <= 5

violation contains {"message": sprintf("%v < %v", [x, y])} if {
	some x in data.config.mixed
	some y in data.config.mixed
	x < y
}

sum_of := data.config.n + 2

product_of := data.config.n * -3

halves := [y | some x in [2, 4, 10, data.config.n]; y := x / 2]

remainders := [y | some x in [7, -7, data.config.n]; y := x % 3]

by_zero := 1 / (data.config.n - data.config.n)

between_types := [[x < y, x == y, x >= y] | some x in data.config.mixed; some y in data.config.mixed]

sorted := sort(data.config.mixed)

unified := x if {
	[x, 2] = [data.config.n, 2]
}

of_arrays := {"x": x, "y": y} if {
	[[x], ["a", y]] = [[data.config.n], ["a", data.config.words]]
}

both_ways := x if {
	[1, x] = [y, 2]
	y == 1
}

differing if {
	[1, 2] = [1, data.config.n]
}

chained := d if {
	a := data.config.n
	b := a + 1
	c = b * 2
	d := c - a
}

sets := {1, 2} | {data.config.n}

common := {1, 2, 3} & {data.config.n, 3}

rest := {1, 2, 3} - {data.config.n}

merged := object.union(data.config.map, {"x": {"new": data.config.n}})

equal_sets if {1, 2} == {2, 1, 1}

precedence := 2 + 3 * 4 - 10 / 5

in_parentheses := (2 + 3) * (4 - data.config.n)

compared := [1 == 1.0, "1" == 1, [1] == [1], {"a": 1} == {"a": 1}, null == false]

text_order := [z | some x in data.config.words; some y in data.config.words; z := x < y]

array_order := [[1, 2] < [1, 3], [1] < [1, 0], [] < [null]]

object_order := [{"a": 1} < {"a": 2}, {"a": 1} < {"b": 0}]

escapes := ["tab\tend", `raw\t`, "\u00e9", "quote\""]

large := 9007199254740993 + 1

negative := 0 - data.config.n

is_zero if data.config.n == 0
