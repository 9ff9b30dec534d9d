//! Generated calls of built-in functions, as one Rego module that both engines evaluate.
//!
//! Arguments are written as Rego literals, so that sets and the text of numbers are kept. Each result is formatted in
//! the module itself, so that the engines are compared by what a policy sees.

use fastrand::Rng;

/// Texts: empty, white space, NUL, quotes, characters of one to four bytes, and what the functions read.
const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "b",
    "ab",
    "abc",
    "aXbXc",
    "a.b.c",
    "a/b/c",
    "banana",
    "Hello, World",
    "  both ends\t\n",
    "\u{a0}no-break\u{2003}",
    "na\u{ef}ve",
    "\u{c9}COLE",
    "\u{1f600}x\u{1f600}",
    "e\u{301}",
    "nul\0inside",
    "quote\"back\\slash",
    "<html>&amp;",
    "line\r\nend\n",
    "\u{2028}\u{200b}\u{ad}\u{7f}",
    "%d%s",
    "100%",
    "dhi/python",
    "pkg:deb/debian/openssl@3.0.1?arch=amd64",
    "sha256:abc",
    "42",
    "9.0",
    "-1.5",
    "0x1F",
    "Infinity",
    "true",
    "null",
    "[1, 2.0, \"x\"]",
    "{\"b\": 1, \"a\": {\"c\": null}}",
    "{\"a\":1,\"a\":2}",
    "YWJj",
    "YWJj\n",
    "YQ==",
    "YQ",
    "4pyT",
    "_-8=",
    "+/8=",
    "616263",
    "61626",
    "C3A9",
    "ff",
];

/// Numbers: integers, fractions that are whole, large ones.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "16",
    "-1",
    "-7",
    "42",
    "255",
    "65",
    "233",
    "1000",
    "9.0",
    "0.5",
    "1.5",
    "2.5",
    "-2.5",
    "9.85",
    "97.5",
    "0.1",
    "3.14159",
    "-0.75",
    "123456.789",
    "2147483648",
    "-2147483649",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "12345678901234567890123",
    "-12345678901234567890123",
    "100000000000000000000",
];

/// Small integers, for positions and counts.
const SMALL: &[&str] = &["-2", "-1", "0", "1", "2", "3", "5", "8", "20"];

/// Values that are neither texts nor numbers.
const OTHERS: &[&str] = &[
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "set()",
    "[1]",
    "[\"a\", \"b\"]",
    "[[1, 2], [3]]",
    "[null, true, {\"a\": 1}]",
    "{1, 2, 3}",
    "{\"x\", \"y\"}",
    "{{1}, {2, {3}}}",
    "{\"a\": 1}",
    "{\"a\": {\"b\": {\"c\": 1}}, \"d\": [1, 2]}",
    "{1: \"one\", [1]: \"list\", \"s\": {1}}",
    "[9.0, 9.5, \"9\"]",
    "{\"b\": 9.0, \"a\": \"q\\\"\"}",
    "[{1}, {\"a\": 1}, [1], \"a\", 1, true, null]",
    "{{\"a\": 1}, {1}, [1], \"a\", 1, true, null}",
];

/// A kind of argument.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A small integer.
    Small,
    /// Any value.
    Any,
    /// An array of any values.
    Array,
    /// An array or set of texts.
    Texts,
    /// An array or set of numbers.
    Numbers,
    /// An object.
    Object,
    /// One of these literals.
    One(&'static [&'static str]),
}

/// `text` as a Rego literal.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            '\0'..='\u{1f}' | '\u{7f}' => literal.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

fn pick<'a>(rng: &mut Rng, items: &[&'a str]) -> &'a str {
    items.get(rng.usize(..items.len())).copied().unwrap_or_default()
}

fn text(rng: &mut Rng) -> String {
    match rng.u8(..10) {
        0 => {
            let letters = ['a', 'b', 'X', ' ', '.', '\u{e9}', '\u{1f600}', '\n'];
            let count = rng.usize(..8);
            (0..count).filter_map(|_| letters.get(rng.usize(..letters.len()))).collect()
        }
        1 => format!("{}{}", pick(rng, TEXTS), pick(rng, TEXTS)),
        _ => pick(rng, TEXTS).to_owned(),
    }
}

fn list(rng: &mut Rng, kind: Kind, set: bool) -> String {
    let count = rng.usize(..5);
    let items: Vec<String> = (0..count).map(|_| one(rng, kind)).collect();
    match (set, items.is_empty()) {
        (true, true) => "set()".to_owned(),
        (true, false) => format!("{{{}}}", items.join(", ")),
        _ => format!("[{}]", items.join(", ")),
    }
}

fn one(rng: &mut Rng, kind: Kind) -> String {
    match kind {
        Kind::Text => literal(&text(rng)),
        Kind::Number => pick(rng, NUMBERS).to_owned(),
        Kind::Small => pick(rng, SMALL).to_owned(),
        Kind::One(literals) => pick(rng, literals).to_owned(),
        Kind::Any => match rng.u8(..4) {
            0 => literal(&text(rng)),
            1 => pick(rng, NUMBERS).to_owned(),
            _ => pick(rng, OTHERS).to_owned(),
        },
        Kind::Array => list(rng, Kind::Any, false),
        Kind::Texts => {
            let set = rng.bool();
            list(rng, Kind::Text, set)
        }
        Kind::Numbers => {
            let set = rng.bool();
            list(rng, Kind::Number, set)
        }
        Kind::Object => {
            const KEYS: &[&str] = &["\"a\"", "\"b\"", "\"c\"", "1", "[1]", "\"\u{e9}\"", "\"a/b\"", "null"];
            let mut keys: Vec<&str> = (0..rng.usize(..5)).map(|_| pick(rng, KEYS)).collect();
            keys.sort_unstable();
            keys.dedup();
            let members: Vec<String> =
                keys.into_iter().map(|key| format!("{key}: {}", one(rng, Kind::Any))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

/// Calls of one function.
pub(super) struct Calls {
    /// The function.
    pub(super) name: &'static str,
    /// The arguments of each call, as Rego literals.
    pub(super) arguments: Vec<Vec<String>>,
}

impl Calls {
    /// `count` calls with arguments of these kinds; about one argument in 30 is of any kind.
    pub(super) fn generate(name: &'static str, kinds: &[Kind], count: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut argument = |kind: Kind| {
            // No large number for a small one: a range up to it would not end.
            match (rng.u8(..30), kind) {
                (0, Kind::Small | Kind::One(_)) => pick(&mut rng, OTHERS).to_owned(),
                (0, _) => one(&mut rng, Kind::Any),
                _ => one(&mut rng, kind),
            }
        };
        let arguments = (0..count).map(|_| kinds.iter().map(|kind| argument(*kind)).collect()).collect();
        Self { name, arguments }
    }
}

/// A module with a rule `r0`, `r1`, … for each of `calls`: from the number of a call to its formatted result. A call
/// without a result has no entry.
pub(super) fn module(calls: &[Calls]) -> String {
    let mut module =
        String::from("package docker.scout\n\nimport rego.v1\n\npass := true\n\nviolation := set()\n\n");
    for (number, calls) in calls.iter().enumerate() {
        let rows: Vec<String> =
            calls.arguments.iter().map(|arguments| format!("  [{}],", arguments.join(", "))).collect();
        let arity = calls.arguments.first().map_or(0, Vec::len);
        let arguments: Vec<String> = (0..arity).map(|index| format!("c[{index}]")).collect();
        // `object.get` hides the types of the arguments from OPA's compiler, which refuses what it knows to be wrong.
        module.push_str(&format!("c{number} := object.get({{0: [\n{}\n]}}, 0, null)\n\n", rows.join("\n")));
        // A computed fraction is not formatted inside a list: OPA may print it with an exponent there, or with zeros.
        let formatted = match calls.name {
            "product" | "sum" | "units.parse" | "units.parse_bytes" => "[value]",
            _ => "[[value]]",
        };
        module.push_str(&format!(
            "r{number}[i] := sprintf(\"%v\", {formatted}) if {{\n  some i, c in c{number}\n  value := {}({})\n}}\n\n",
            calls.name,
            arguments.join(", ")
        ));
    }
    module
}
