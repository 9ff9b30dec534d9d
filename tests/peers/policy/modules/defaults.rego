package docker.scout

import rego.v1

default pass := false

pass if switch

violation := found if {
	found := {{"message": word} | some word in data.config.words}
}

default switch := false

switch if data.config.flag

default table := {"x": [1, {"y": null}], "z": {"set"}}

table := data.config.map if count(data.config.map) > 1

default number := -1.5

number := data.config.n if data.config.n > 2

default text := ""

text := concat("-", data.config.words)

default listed := [x | x := 1]

listed := data.config.numbers if data.config.flag

default size(_) := "none"

size(x) := "large" if x > 10

size(x) := "small" if x < 3

sizes := [size(x) | some x in data.config.numbers]

of_undefined := size(data.config.missing)

default nothing := null

with_default := object.get(data.config, "missing", "default")

deep_default := object.get(data.config, ["map", "x"], "default")

uses_default := [switch, table, number]

not_switch if not switch

constant := 3

truth := true

plain if true
