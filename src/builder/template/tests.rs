use std::fmt::Write;

use proptest::prelude::*;

use super::limits::{TEMPLATE_DEPTH, TEMPLATE_OUTPUT};
use super::*;

fn target(arch: &str) -> Target {
    Target { arch: arch.to_owned(), dev: false, fips: true, flavor: "fpm".to_owned() }
}

fn values(written: &[(&str, &str)]) -> Values {
    written.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Evaluates a text for `amd64` with a few variables.
fn evaluated(text: &str, kind: Kind) -> Result<String, Error> {
    let variables = values(&[
        ("ARCH", "x86_64"),
        ("VERSION", "v1.22.3"),
        ("MAJOR", "25"),
        ("SHA_A", "aa"),
        ("SHA_B", "bb"),
        ("HAS_MODULES", "true"),
        ("EMPTY", ""),
        ("PATCH_CVE-2025-12084", "fix.patch"),
        ("PART", "{ARCH}"),
        ("checksum", "sha256:cc"),
    ]);
    let matrix = values(&[("python", "3.10")]);
    let target = target("amd64");
    let scope = Scope { target: &target, variables: &variables, matrix: &matrix };
    let template = Template::parse(text, kind)?;
    assert_eq!(template.to_string(), text);
    let result = template.evaluate(scope, &mut Budget::default())?.into_owned();
    let again = Template::parse(&result, kind).unwrap();
    assert_eq!(again.evaluate(scope, &mut Budget::default()).as_deref(), Ok(result.as_str()));
    Ok(result)
}

fn holds(text: &str) -> Result<bool, Error> {
    let variables = values(&[("HAS_MODULES", "true"), ("OFF", "false"), ("EMPTY", ""), ("MAJOR", "25")]);
    let target = target("arm64");
    let scope = Scope { target: &target, variables: &variables, matrix: &Values::new() };
    Condition::parse(text)?.holds(scope, &mut Budget::default())
}

#[test]
fn references_to_known_names_are_replaced() {
    for (text, result) in [
        ("a-${ARCH}.tar.gz", "a-x86_64.tar.gz"),
        ("${ARCH}${ARCH}", "x86_64x86_64"),
        ("${vars.ARCH}", "x86_64"),
        ("${PATCH_CVE-2025-12084}", "fix.patch"),
        ("${checksum}", "sha256:cc"),
        ("[${EMPTY}]", "[]"),
        ("${target.arch} ${target.dev} ${target.fips} ${target.flavor}", "amd64 false true fpm"),
        ("abuild ${matrix.python}", "abuild 3.10"),
        ("é${ARCH}ü", "éx86_64ü"),
    ] {
        for kind in [Kind::Variable, Kind::Value, Kind::Script] {
            assert_eq!(evaluated(text, kind).as_deref(), Ok(result), "{text}");
        }
    }
}

#[test]
fn other_texts_stay_as_they_are_written() {
    for text in [
        "",
        "plain",
        "${LD_LIBRARY_PATH}",
        "/usr/local/lib:${LD_LIBRARY_PATH}",
        "$VERSION",
        "${project.version}",
        "${source.dir}/a ${target.dir}/b",
        "${target.arhc}",
        "${matrix.ruby}",
        "${vars.a.b}",
        "${ARCH:-x}",
        "${ARCH-x}",
        "${ARCH:+x}",
        "${ARCH%%_*}",
        "${ARCH#x}",
        "${#ARCH}",
        "${1#-}",
        "${a[@]}",
        "${!ARCH}",
        "${ARCH//a/b}",
        "${ARCH^^}",
        "${binary:Version}",
        "${repack_dir:?}",
        "${ARCH",
        "${",
        "$",
        "${}",
        "${ ARCH }",
        "${.}",
        "${ARCH.}",
        "${-}",
        "{ARCH}",
        "$ {ARCH}",
        "# {",
    ] {
        for kind in [Kind::Variable, Kind::Value, Kind::Script] {
            assert_eq!(evaluated(text, kind).as_deref(), Ok(text), "{text}");
        }
    }
    assert_eq!(evaluated("${x:-${ARCH}}", Kind::Script).as_deref(), Ok("${x:-x86_64}"));
    for text in ["\"#{name} #{ARCH}\"", "#{", "#{ target.arch }", "${VERSION:^v(.*)$}", "${ARCH:(a)}"] {
        assert_eq!(evaluated(text, Kind::Script).as_deref(), Ok(text), "{text}");
    }
    assert_eq!(evaluated("${VERSION:^v(.*)$}", Kind::Value).as_deref(), Ok("${VERSION:^v(.*)$}"));
}

#[test]
fn references_without_a_brace_are_found() {
    for (text, found) in [
        ("${A", &["${A"][..]),
        ("a ${A/b ${C}", &["${A"]),
        ("${A ${B", &["${A", "${B"]),
        ("$${A é", &["${A"]),
        ("é${vars.A-b c", &["${vars.A-b"]),
        ("{${A}", &[]),
        ("${x:-${y}}", &[]),
        ("${x%\\}}", &[]),
        ("\\${A", &[]),
        ("${", &[]),
        ("${A}}", &[]),
    ] {
        let parts: Vec<&str> = unclosed(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(parts, found, "{text}");
    }
}

#[test]
fn a_pattern_takes_its_first_group() {
    for (text, result) in [
        (r"${VERSION:^v?([0-9]+\.[0-9]+).*$}", "1.22"),
        (r"${VERSION:^v?([0-9]+).*$}.x", "1.x"),
        (r"${VERSION:([0-9]{2})}", "22"),
        (r"${VERSION:^(\{)?v(1)}", "no group"),
        (r"${UNKNOWN:^.+/(.+)$}", r"${UNKNOWN:^.+/(.+)$}"),
        (r"${VERSION:^[0-9]", r"${VERSION:^[0-9]"),
    ] {
        let read = evaluated(text, Kind::Variable);
        if result == "no group" {
            assert_eq!(read.unwrap_err().cause, Cause::PatternWithoutGroup);
        } else {
            assert_eq!(read.as_deref(), Ok(result), "{text}");
        }
    }
    let cause = |text| evaluated(text, Kind::Variable).unwrap_err();
    assert_eq!(cause("${VERSION:^v}"), Error::new(10..12, Cause::PatternWithoutGroup));
    let error = cause("${VERSION:^(x)}");
    assert_eq!(error.range, 10..14);
    assert_eq!(error.cause, Cause::PatternWithoutMatch { name: "VERSION".into(), value: "v1.22.3".into() });
    assert!(matches!(cause("${VERSION:(a}").cause, Cause::Pattern(text) if text.contains("unclosed group")));
    assert!(
        matches!(cause(r"${VERSION:((\pL{100}){100})}").cause, Cause::Pattern(text) if text.contains("size"))
    );
    let long = format!("${{VERSION:({})}}", "a".repeat(600));
    assert_eq!(evaluated(&long, Kind::Variable).as_deref(), Ok(long.as_str()));
}

#[test]
fn the_expressions_of_the_catalog_are_evaluated() {
    for (text, result) in [
        ("#{ target.arch == \"amd64\" ? \"x86_64\" : \"aarch64\" }", "x86_64"),
        ("#{ (target.arch == \"arm64\" ? \"x86-64\" : \"aarch64\") + \"-linux-gnu\" }", "aarch64-linux-gnu"),
        (
            "#{ target.arch == \"amd64\" ? \"sha256:\" + definition.vars.SHA_A : \"sha256:\" + definition.vars.SHA_B }",
            "sha256:aa",
        ),
        (
            "#{ definition.vars.MAJOR == \"25\" || definition.vars.MAJOR == \"26\" ? \"--without-npm\" : \"\" }",
            "--without-npm",
        ),
        ("#{ target.dev ? \"1\" : \"0\" }", "0"),
    ] {
        for kind in [Kind::Variable, Kind::Value] {
            assert_eq!(evaluated(text, kind).as_deref(), Ok(result), "{text}");
        }
    }
}

#[test]
fn operators_have_their_precedence() {
    for (text, result) in [
        ("true || true && false", "true"),
        ("(true || true) && false", "false"),
        ("true && false == false", "true"),
        ("\"a\" + \"b\" == \"ab\"", "true"),
        ("\"a\" == \"a\" == true", "true"),
        ("!true == false", "true"),
        ("!(true == false)", "true"),
        ("!!true", "true"),
        ("true ? \"a\" : false ? \"b\" : \"c\"", "a"),
        ("false ? \"a\" : false ? \"b\" : \"c\"", "c"),
        ("true ? false ? \"a\" : \"b\" : \"c\"", "b"),
        ("false || target.dev ? \"a\" : \"b\"", "b"),
        ("\"a\" != \"b\" != false", "true"),
        ("1 == 1", "true"),
        ("12 != 13", "true"),
        ("7", "7"),
        ("\"\"", ""),
        ("\"}\"", "}"),
        ("\"${ARCH}-${OTHER}\"", "x86_64-${OTHER}"),
        ("\"${ARCH}\" == definition.vars.ARCH", "true"),
        ("${ARCH} == \"x86_64\"", "true"),
        ("matrix.python", "3.10"),
        ("definition.vars.PATCH_CVE-2025-12084", "fix.patch"),
        ("definition.vars.HAS_MODULES && !definition.vars.EMPTY", "true"),
    ] {
        for spaced in [format!("#{{ {text} }}"), format!("#{{{text}}}"), format!("#{{\n{text}\t}}")] {
            assert_eq!(evaluated(&spaced, Kind::Value).as_deref(), Ok(result), "{spaced}");
        }
    }
    assert_eq!(
        evaluated("a#{ target.arch }b#{target.flavor}c${ARCH}", Kind::Value).as_deref(),
        Ok("aamd64bfpmcx86_64")
    );
}

#[test]
fn both_sides_of_an_operator_are_evaluated_only_if_needed() {
    for text in ["false && \"x\"", "true || \"x\"", "true ? true : 1 + 2"] {
        assert!(evaluated(&format!("#{{ {text} }}"), Kind::Value).is_ok(), "{text}");
    }
    // A name that does not exist is an error everywhere, so that no platform hides it.
    assert!(evaluated("#{ true ? \"a\" : definition.vars.NONE }", Kind::Value).is_err());
}

#[test]
fn errors_have_a_range_a_message_and_a_suggestion() {
    for (text, written, message, suggestion) in [
        ("#{ target.arhc }", "target.arhc", "unknown name `target.arhc`", Some("target.arch")),
        ("#{ ARCH }", "ARCH", "unknown name `ARCH`", Some("definition.vars.ARCH")),
        ("#{ vars.ARCH }", "vars.ARCH", "unknown name `vars.ARCH`", Some("definition.vars.ARCH")),
        ("#{ source.dir }", "source.dir", "unknown name `source.dir`", None),
        ("#{ a.b.c }", "a.b.c", "unknown name `a.b.c`", None),
        (
            "é #{ definition.vars.VERSIN }",
            "definition.vars.VERSIN",
            "no variable `VERSIN` in `vars`",
            Some("definition.vars.VERSION"),
        ),
        ("#{ matrix.pyton }", "matrix.pyton", "unknown name `matrix.pyton`", Some("matrix.python")),
        ("#{ target.arch = \"a\" }", "=", "`=` is not part of this language", Some("==")),
        ("#{ true | false }", "|", "`|` is not part of this language", Some("||")),
        ("#{ true & false }", "&", "`&` is not part of this language", Some("&&")),
        ("#{ 1 < 2 }", "<", "`<` is not part of this language", None),
        ("#{ 'a' }", "'a'", "texts of an expression are written in double quotes", Some("\"a\"")),
        ("#{ 'a }", "'", "texts of an expression are written in double quotes", None),
        ("#{ \"a\\n\" }", "\\", "texts of an expression have no escapes, so `\\` is not allowed", None),
        ("#{ \"a }", "\"a }", "this text has no closing `\"`", None),
        ("x#{ true", "#{ true", "`#{` has no closing `}`", None),
        ("#{ }", "}", "expected a value, found `}`", None),
        ("#{ true true }", "true", "expected an operator or `}`, found `true`", None),
        ("#{ (true }", "}", "expected an operator or `)`, found `}`", None),
        ("#{ true ? 1 }", "}", "expected `:` and the value for `false`, found `}`", None),
        ("#{ 007 }", "007", "`007` is not a whole number without leading zeros", None),
        ("#{ 1.5 }", "1.5", "`1.5` is not a whole number without leading zeros", None),
        ("#{ definition.vars.MAJOR == 25 }", "25", "text is never equal to a number", Some("\"25\"")),
        ("#{ target.dev == \"true\" }", "\"true\"", "`true` or `false` is never equal to text", None),
        ("#{ \"a\" + 1 }", "1", "`+` joins texts, and this is a number", Some("\"1\"")),
        ("#{ \"a\" + target.dev }", "target.dev", "`+` joins texts, and this is `true` or `false`", None),
        (
            "#{ target.arch ? \"a\" : \"b\" }",
            "target.arch",
            "a condition is `true` or `false`, and this is `amd64`",
            None,
        ),
        ("#{ 1 ? \"a\" : \"b\" }", "1", "a condition is `true` or `false`, and this is `1`", None),
        (
            "#{ definition.vars.ARCH || \"other\" }",
            "definition.vars.ARCH",
            "a condition is `true` or `false`, and this is `x86_64`",
            None,
        ),
        ("$${PART}", "$${PART}", "the result `${ARCH}` is a template again", None),
        (
            "#{ \"#\" + \"{ true }\" }",
            "#{ \"#\" + \"{ true }\" }",
            "the result `#{ true }` is a template again",
            None,
        ),
    ] {
        let error = evaluated(text, Kind::Value).unwrap_err();
        assert_eq!(text.get(error.range.clone()), Some(written), "{text} {error:?}");
        assert_eq!(error.cause.to_string(), message, "{text}");
        assert_eq!(error.suggestion(), suggestion, "{text}");
    }
}

#[test]
fn conditions_are_true_or_false() {
    for (text, result) in [
        ("true", true),
        ("false", false),
        ("target.fips", true),
        ("!target.dev", true),
        ("target.arch == \"arm64\"", true),
        ("target.arch == \"amd64\"", false),
        ("#{ target.arch == \"arm64\" }", true),
        ("  #{ target.dev }  ", false),
        ("definition.vars.HAS_MODULES == \"true\"", true),
        ("definition.vars.HAS_MODULES", true),
        ("${HAS_MODULES}", true),
        ("${OFF}", false),
        ("${EMPTY}", false),
        ("${target.arch} == \"arm64\"", true),
        ("\"${HAS_MODULES}\"", true),
    ] {
        assert_eq!(holds(text), Ok(result), "{text}");
    }
    for (text, written) in [
        ("", ""),
        ("yes", "yes"),
        ("${MAJOR}", "${MAJOR}"),
        ("${NONE}", "${NONE}"),
        ("${source.dir}", "${source.dir}"),
        ("#{ true } && false", " && false"),
        ("true }", "}"),
        ("1", "1"),
    ] {
        let error = holds(text).unwrap_err();
        assert_eq!(text.get(error.range.clone()), Some(written), "{text} {error:?}");
    }
}

#[test]
fn variables_use_each_other_in_any_order() {
    let written = [
        ("URL", "https://example.com/${FILE}"),
        ("FILE", "app-${ARCH}.tar.gz"),
        ("ARCH", "#{ target.arch == \"amd64\" ? \"x86_64\" : definition.vars.ARM }"),
        ("ARM", "aarch64"),
        ("KEPT", "${JAVA_SRC_BASENAME}"),
        ("MINOR", r"${VERSION:^([0-9]+\.[0-9]+)}"),
        ("VERSION", "3.14.1"),
    ];
    for (arch, url) in [("amd64", "app-x86_64.tar.gz"), ("arm64", "app-aarch64.tar.gz")] {
        let found = Variables::evaluate(&written, &target(arch), &mut Budget::default());
        assert_eq!(found.errors, []);
        assert_eq!(found.values["URL"], format!("https://example.com/{url}"));
        assert_eq!(found.values["KEPT"], "${JAVA_SRC_BASENAME}");
        assert_eq!(found.values["MINOR"], "3.14");
        let again: Vec<(&str, &str)> =
            found.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let again = Variables::evaluate(&again, &target(arch), &mut Budget::default());
        assert_eq!(again.values, found.values);
    }
}

#[test]
fn a_circle_is_an_error_that_names_its_variables() {
    let written = [
        ("USER", "${B}"),
        ("A", "x${B}"),
        ("B", "#{ target.dev ? definition.vars.C : \"c\" }"),
        ("C", "${A}"),
        ("SELF", "${SELF}"),
        ("GOOD", "good"),
        ("BAD", "#{ nothing }"),
        ("USES_BAD", "${BAD}${GOOD}"),
    ];
    let found = Variables::evaluate(&written, &target("amd64"), &mut Budget::default());
    assert_eq!(found.values, values(&[("GOOD", "good")]));
    let messages: Vec<(usize, String)> =
        found.errors.iter().map(|(number, error)| (*number, error.cause.to_string())).collect();
    assert_eq!(
        messages,
        [
            (1, "variables need each other: `B` → `C` → `A` → `B`".to_owned()),
            (4, "variables need each other: `SELF` → `SELF`".to_owned()),
            (6, "unknown name `nothing`".to_owned()),
        ]
    );
}

#[test]
fn doubling_variables_end_at_the_limit() {
    let names: Vec<String> = (0..100).map(|number| format!("V{number}")).collect();
    let texts: Vec<String> =
        (0..100).map(|number| format!("${{V{}}}${{V{}}}", number + 1, number + 1)).collect();
    let mut written: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    written.push(("V100", "0123456789"));
    let found = Variables::evaluate(&written, &target("amd64"), &mut Budget::default());
    assert_eq!(found.errors.len(), 1);
    assert!(matches!(found.errors[0].1.cause, Cause::Exceeded(_)), "{:?}", found.errors);
    let produced: usize = found.values.values().map(String::len).sum();
    assert!(u64::try_from(produced).unwrap() <= TEMPLATE_OUTPUT + 10);
}

#[test]
fn work_and_depth_are_limited() {
    for (open, close) in [("(", ")"), ("!", ""), ("true ? ", " : 1"), ("true ? 1 : ", "")] {
        let nested = |levels: usize| format!("#{{ {}true{} }}", open.repeat(levels), close.repeat(levels));
        assert!(Template::parse(&nested(TEMPLATE_DEPTH - 1), Kind::Value).is_ok(), "{open}");
        let error = Template::parse(&nested(100_000), Kind::Value).unwrap_err();
        assert!(matches!(error.cause, Cause::Exceeded(_)), "{open}");
    }
    // Chains are not nested.
    for sign in ["||", "&&", "==", "+"] {
        let operand = if sign == "+" { "\"\"" } else { "true" };
        let chain = vec![operand; 50_000].join(sign);
        assert!(evaluated(&format!("#{{{chain}}}"), Kind::Value).is_ok(), "{sign}");
    }
    let references = "${ARCH}".repeat(600_000);
    assert!(matches!(evaluated(&references, Kind::Value).unwrap_err().cause, Cause::Exceeded(_)));
    let patterns = "${VERSION:^v(1)}".repeat(2_000);
    assert!(matches!(evaluated(&patterns, Kind::Variable).unwrap_err().cause, Cause::Exceeded(_)));
    // A path through many variables does not use the stack.
    let mut written = vec![("V0".to_owned(), "end".to_owned())];
    (1..20_000).for_each(|number| written.push((format!("V{number}"), format!("${{V{}}}", number - 1))));
    let written: Vec<(&str, &str)> = written.iter().rev().map(|(name, text)| (&**name, &**text)).collect();
    let found = Variables::evaluate(&written, &target("amd64"), &mut Budget::default());
    assert_eq!((found.errors.len(), found.values["V19999"].as_str()), (0, "end"));
}

#[test]
fn uses_are_listed_in_order() {
    let template =
        Template::parse("${A} #{ target.dev ? definition.vars.B : \"${C}\" } ${a.b}", Kind::Value).unwrap();
    let mut listed = String::new();
    for used in template.uses() {
        writeln!(listed, "{:?} {:?} {}", used.range, used.name, used.required).unwrap();
    }
    assert_eq!(
        listed,
        "0..4 Variable(\"A\") false\n8..18 Target(Dev) true\n21..38 Variable(\"B\") true\n\
         42..46 Variable(\"C\") false\n50..56 Other(\"a.b\") false\n"
    );
}

/// Texts in which signs of the language are frequent.
fn texts() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "${",
        "}",
        "#{",
        "#",
        "$",
        "{",
        "ARCH",
        "VERSION",
        "target.arch",
        "definition.vars.ARCH",
        "\"",
        " ",
        "?",
        ":",
        "==",
        "!=",
        "||",
        "&&",
        "+",
        "!",
        "(",
        ")",
        "^",
        "true",
        "7",
        "é",
        "\\",
        "'",
        "${ARCH}",
        "source.dir",
        "vars.",
        "matrix.python",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn texts_without_signs_are_not_changed(text in "[^{]{0,60}") {
        for kind in [Kind::Variable, Kind::Value, Kind::Script] {
            let result = evaluated(&text, kind);
            prop_assert_eq!(result.as_deref(), Ok(text.as_str()));
        }
    }

    #[test]
    fn nothing_panics_and_every_error_has_a_range(text in prop_oneof![texts(), "\\PC{0,40}"]) {
        for kind in [Kind::Variable, Kind::Value, Kind::Script] {
            // `evaluated` asserts that a result is stable.
            if let Err(error) = evaluated(&text, kind) {
                prop_assert!(text.get(error.range.clone()).is_some(), "{error:?}");
                prop_assert!(!error.cause.to_string().is_empty());
            }
        }
        if let Err(error) = holds(&text) {
            prop_assert!(text.get(error.range).is_some());
        }
    }

    #[test]
    fn scripts_never_fail_to_parse(text in texts()) {
        prop_assert!(Template::parse(&text, Kind::Script).is_ok());
    }
}
