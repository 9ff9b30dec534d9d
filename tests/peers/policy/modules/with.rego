package docker.scout

import rego.v1

default pass := false

pass if {
	base > 0 with data.config.n as 5
}

violation contains {"message": sprintf("%v", [v])} if {
	some n in [1, 20]
	v := level with data.config.n as n
}

base := data.config.n + 1

level := "high" if data.config.n > 10

else := "low"

f(x) := x + data.config.n

replaced := v if {
	v := base with data.config.n as 100
}

whole := v if {
	v := f(1) with data.config as {"n": 5}
}

named := v if {
	v := input.source.image.name with input.source.image.name as "other"
}

of_input := v if {
	v := input.extra with input as {"extra": [1, data.config.n]}
}

gone if {
	not input.source with input as {}
}

each := [v | some n in [1, 2, 30]; v := level with data.config.n as n]

twice := v if {
	v := [base, input.x] with data.config.n as 7 with input.x as "x"
}

inside := v if {
	v := {x | some x in data.config.numbers; x > 1} with data.config.numbers as [1, 2, 3]
}

after := [v, base] if {
	v := base with data.config.n as 1
}

negated if {
	not positive with data.config.n as -1
}

positive if data.config.n > 0

chained := v if {
	v := doubled with data.config.n as 4
}

doubled := base * 2

added := v if {
	v := data.config with data.config.other as "added"
}

new_path := v if {
	v := input.a.b.c with input.a.b.c as 1
}

partial := v if {
	v := words with data.config.words as ["only"]
}

words contains word if some word in data.config.words

holds_every if {
	every x in [1, 2] {
		larger(x) with data.config.n as 0
	}
}

larger(x) if x > data.config.n

by_rule := v if {
	n := doubled
	v := base with data.config.n as n
}
