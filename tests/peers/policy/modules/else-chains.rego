package docker.scout

import rego.v1

default pass := false

pass if level == "none"

violation contains {"message": grade(x), "detail": {"number": x}} if {
	some x in data.config.numbers
	is_string(grade(x))
}

level := "high" if data.config.n > 10

else := "middle" if data.config.n > 5

else := low if {
	data.config.n > 0
	low := sprintf("low %v", [data.config.n])
}

else := "none"

grade(x) := "a" if x > 10

else := "b" if {
	x > 5
	not x == 7
}

else := null if x == 7

else := false if x < 0

grades := {x: grade(x) | some x in data.config.numbers}

listed := [grade(x) | some x in data.config.numbers]

only_true if data.config.flag

else := false if data.config.n == 3

second := "first" if data.config.missing

else := "second" if count(data.config.items) > 1

by_type(x) := "number" if is_number(x)

else := joined if {
	is_array(x)
	joined := concat(",", x)
}

else := keys if keys := object.keys(x)

types := [by_type(x) | some x in data.config.mixed]

used if level in {"high", "none"}

nested := y if {
	y := [z | some x in data.config.numbers; z := grade(x); z != null]
	count(y) > 1
} else := []
