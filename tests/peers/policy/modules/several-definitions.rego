package docker.scout

import rego.v1

default pass := false

pass if allowed

pass if data.config.n == 2

violation contains {"message": "flag"} if data.config.flag == false

violation contains {"message": "number", "detail": {"n": data.config.n}} if data.config.n > 8

violation contains v if {
	some item in data.config.items
	not item.ok
	v := {"message": item.name, "detail": item}
}

allowed if data.config.flag == true

allowed if data.config.n in data.config.numbers

allowed if {
	some item in data.config.items
	item.ok
}

kind(x) := "number" if is_number(x)

kind(x) := "text" if is_string(x)

kind(x) := "none" if x == null

kinds := [kind(x) | some x in data.config.mixed]

all_kinds := [object.get({"k": kind(x)}, "k", "-") | some x in data.config.mixed]

same := 1 if data.config.flag

same := 1 if data.config.n > 3

literal("a") := 1

literal("b") := 2

literal(["x", y]) := y

literal([["x"], y]) := [y]

literals := {x: literal(x) | some x in ["a", "b", "c", ["x", data.config.n], [["x"], data.config.flag]]}

larger(x, y) := x if x >= y

larger(x, y) := y if y >= x

pairs := [larger(x, y) | some x in data.config.numbers; some y in data.config.numbers]

without_value(x) if x > 3

values := [without_value(x) | some x in data.config.numbers]
