//! A policy that was read and checked: source, metadata, configuration and identity.

use regorus::Engine;
use regorus::unstable::Module;
use serde_json::{Map, Value};

use super::applies_to::AppliesTo;
use super::error::Error;
use super::head_values::{self, Lines, Moved};
use super::metadata::Metadata;
use super::{calls, dependencies, else_heads, engine_differences, syntax};
use crate::evidence::{AcceptedEvidence, PolicyIdentity, PolicyNeeds};
use crate::oci::Digest;

/// A policy in Rego.
#[derive(Clone, Debug)]
pub struct RegoPolicy {
    origin: String,
    source: String,
    /// With the module as it is evaluated.
    engine: Engine,
    /// The lines of the source that its lines are made of.
    lines: Lines,
    metadata: Metadata,
    config: Map<String, Value>,
    applies_to: AppliesTo,
}

impl RegoPolicy {
    /// Reads the Rego module `source`. `origin` names it in errors.
    ///
    /// The module must be in Rego v1, its package must be `docker.scout`, and it must have the rules `pass` and
    /// `violation`. What it calls and refers to must exist. All of this is checked before anything is evaluated.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not Rego, is no policy of the contract, calls a function that is not offered, or is over a
    /// limit.
    pub fn parse(origin: &str, source: &str) -> Result<Self, Error> {
        let (engine, module) = syntax::parse(origin, source)?;
        let package = check_package(origin, &module)?;
        let metadata = Metadata::of_source(origin, source, package)?;
        calls::check(origin, &module)?;
        dependencies::check(origin, &module)?;
        else_heads::check(origin, &module)?;
        engine_differences::check(origin, &module)?;
        check_rules(origin, &module)?;
        syntax::check_variables(origin, engine.clone())?;
        let (engine, lines) = match head_values::moved(source, &module).map_err(|line| {
            Error::contract(origin, line, "the value of the rule is not understood".to_owned())
        })? {
            None => (engine, Lines::default()),
            Some(Moved { text, lines }) => {
                let engine =
                    syntax::engine(origin, &text).map_err(|cause| Error::of_engine(origin, &cause))?;
                (engine, lines)
            }
        };
        Ok(Self {
            origin: origin.to_owned(),
            source: source.to_owned(),
            engine,
            lines,
            metadata,
            config: Map::new(),
            applies_to: AppliesTo::default(),
        })
    }

    /// Reads the bytes of a file as [`RegoPolicy::parse`] reads a text.
    ///
    /// # Errors
    ///
    /// Those of [`RegoPolicy::parse`], and [`Error::NotUtf8`].
    pub fn parse_bytes(origin: &str, bytes: &[u8]) -> Result<Self, Error> {
        match std::str::from_utf8(bytes) {
            Ok(source) => Self::parse(origin, source),
            Err(_) => Err(Error::NotUtf8 { origin: origin.to_owned() }),
        }
    }

    /// The same policy with this `data.config`.
    #[must_use]
    pub fn with_config(self, config: Map<String, Value>) -> Self {
        Self { config, ..self }
    }

    /// The same policy, evaluated only for what it is about. For others it makes a check that is skipped.
    #[must_use]
    pub fn about(self, applies_to: AppliesTo) -> Self {
        Self { applies_to, ..self }
    }

    /// What it is evaluated for.
    pub fn applies_to(&self) -> AppliesTo {
        self.applies_to
    }

    /// The file that it was read from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The Rego module.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// An engine with the module, which the origin names in its messages.
    pub(super) fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// The line of the source for a line in a message of that engine.
    pub(super) fn line(&self, line: usize) -> usize {
        self.lines.of(line)
    }

    /// Its metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// `data.config`.
    pub fn config(&self) -> &Map<String, Value> {
        &self.config
    }

    /// Digest of the module.
    pub fn source_digest(&self) -> Digest {
        Digest::of(self.source.as_bytes())
    }

    /// Its name, and the digest of its source, its configuration and what it is evaluated for.
    pub fn identity(&self) -> PolicyIdentity {
        let config = Value::Object(self.config.clone()).to_string();
        let mut text = format!("{}\n{config}", self.source_digest());
        if self.applies_to != AppliesTo::default() {
            text = format!("{text}\n{}", self.applies_to.as_str());
        }
        let digest = Digest::of(text.as_bytes());
        PolicyIdentity { name: self.metadata.name.clone(), digest }
    }

    /// What it needs besides the evidence.
    pub fn needs(&self) -> PolicyNeeds {
        PolicyNeeds { base: true, accepts: AcceptedEvidence::Images, documents: true, findings: true }
    }
}

/// The line of `package`, which must name the package of the contract.
fn check_package(origin: &str, module: &Module) -> Result<usize, Error> {
    let line = module.package.span.line;
    let package = syntax::reference(&module.package.refr).map(|package| package.name()).unwrap_or_default();
    let expected = calls::PACKAGE.join(".");
    if package != expected {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        return Err(Error::OtherPackage { origin: origin.to_owned(), line, package, expected });
    }
    Ok(usize::try_from(line).unwrap_or(usize::MAX))
}

/// Both results must have a rule. Without one, the policy would be unknown for every image.
fn check_rules(origin: &str, module: &Module) -> Result<(), Error> {
    for name in ["pass", "violation"] {
        let mut rules = module.policy.iter().filter(|rule| syntax::rule_path(rule) == [name]);
        let Some(first) = rules.next() else {
            return Err(Error::contract(
                origin,
                module.package.span.line,
                format!("it has no rule `{name}`"),
            ));
        };
        if std::iter::once(first).chain(rules).any(|rule| syntax::is_function(rule)) {
            return Err(Error::contract(origin, first.span().line, format!("`{name}` is a function")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Remedy, ToDiagnostic as _};
    use crate::policy::rego::ResultType;

    const RULES: &str = "default pass := false\nviolation contains {\"message\": \"x\"} if false\n";

    fn parsed(rest: &str) -> Result<RegoPolicy, Error> {
        RegoPolicy::parse("p.rego", &format!("package docker.scout\nimport rego.v1\n{RULES}{rest}"))
    }

    fn refused(rest: &str) -> String {
        parsed(rest).unwrap_err().to_string()
    }

    #[test]
    fn a_policy_needs_its_package_and_both_rules() {
        let read = |text: &str| RegoPolicy::parse("p.rego", text).unwrap_err();
        let error = read(&format!("package docker.other\n{RULES}"));
        assert_eq!(
            error.to_string(),
            "p.rego:1: not a policy: the package is `docker.other`, not `docker.scout`"
        );
        assert_eq!(error.code(), Code::POLICY_CONTRACT);
        let remedy = Remedy::Write { text: "package docker.scout".to_owned() };
        assert_eq!(error.to_diagnostic().remedies, [remedy]);
        let error = read("package docker.scout\ndefault pass := false\n");
        assert_eq!(error.to_string(), "p.rego:1: not a policy: it has no rule `violation`");
        let error = read("package docker.scout\nviolation contains 1 if false\n");
        assert_eq!(error.to_string(), "p.rego:1: not a policy: it has no rule `pass`");
        let error = read("package docker.scout\npass(x) := x\nviolation contains 1 if false\n");
        assert_eq!(error.to_string(), "p.rego:2: not a policy: `pass` is a function");
        for empty in ["", "\n", "# only a comment\n"] {
            assert_eq!(read(empty).code(), Code::POLICY_REGO, "{empty:?}");
        }
        let error = RegoPolicy::parse_bytes("p.rego", b"package docker.scout\n# \xff\n").unwrap_err();
        assert_eq!(error.to_string(), "p.rego is not UTF-8 text");
    }

    #[test]
    fn only_rego_v1_is_read() {
        let old = "package docker.scout\nimport future.keywords\ndefault pass = false\npass { true }\n";
        let error = RegoPolicy::parse("old.rego", old).unwrap_err();
        assert_eq!((error.line(), error.code()), (4, Code::POLICY_REGO), "{error}");
        // The imports of files that both versions read are accepted.
        let both = format!("package docker.scout\nimport future.keywords\n{RULES}");
        assert!(RegoPolicy::parse("both.rego", &both).is_ok());
    }

    #[test]
    fn calls_of_functions_that_are_not_offered_are_refused() {
        for (rest, name, line) in [
            ("a := http.send({\"url\": \"http://127.0.0.1:1/\"})", "http.send", 5),
            ("a := [x | x := opa.runtime()]", "opa.runtime", 5),
            ("f(x) := rand.intn(x, 2)", "rand.intn", 5),
            ("a := {y |\n\tsome x in [1]\n\ty := nothing(x)\n}", "nothing", 7),
            ("a if {\n\tevery x in [1] {\n\t\tnot nothing(x)\n\t}\n}", "nothing", 7),
            ("a := count([1]) if true\nelse := nothing(1)", "nothing", 6),
            ("a[nothing(1)] := 1", "nothing", 5),
            ("a := true if { x := 1; x > 0 } with input as nothing(1)", "nothing", 5),
            ("a if { true with input as nothing(1) }", "nothing", 5),
            ("a if nothing(1) in [1]", "nothing", 5),
            ("a := data.docker.other.f(1)", "data.docker.other.f", 5),
        ] {
            let Err(error) = parsed(rest) else { panic!("{rest} is accepted") };
            if rest.contains("} with") {
                assert_eq!(error.code(), Code::POLICY_REGO, "{rest}");
                continue;
            }
            let expected = Error::NotOffered { origin: "p.rego".to_owned(), name: name.to_owned(), line };
            assert_eq!(error, expected, "{rest}");
            assert_eq!(error.code(), Code::POLICY_NOT_OFFERED);
        }
    }

    #[test]
    fn own_functions_built_ins_and_host_functions_are_called() {
        for rest in [
            "f(x) := count(x)\na := f([1])\nb := data.docker.scout.f([1])",
            "x.y(z) := upper(z)\na := x.y(\"b\")",
            "a := oci.referrer(\"https://spdx.dev/Document\")",
            "a if regex.match(\"^a\", \"ab\")",
            "a := x if some x, _ in [1]",
            "count(x) := 0\na := count([1])",
        ] {
            assert_eq!(parsed(rest).map(|_| ()), Ok(()), "{rest}");
        }
    }

    #[test]
    fn other_data_imports_and_replacements_are_refused() {
        for (rest, cause) in [
            ("a := data.other.x", "`data.other.x` is not available"),
            ("a := data[x] if some x in [\"config\"]", "`data` is not available"),
            ("a := data", "`data` is not available"),
            ("a if { oci.referrer(\"x\") with oci.referrer as null }", "`with` can replace"),
            ("a if { count([1]) with count as 3 }", "`with` can replace"),
            ("b := 1\na if { b with data.docker.scout.b as 3 }", "`with` can replace"),
        ] {
            assert!(refused(rest).contains(cause), "{rest}: {}", refused(rest));
        }
        for rest in [
            "a := data.config.x",
            "a := data.config[x] if some x in [\"y\"]",
            "a if { input.x with input.x as 1 }",
            "a if { input.x with input as {\"x\": 1} with data.config as {} }",
        ] {
            assert_eq!(parsed(rest).map(|_| ()), Ok(()), "{rest}");
        }
        let imported = |import: &str| {
            RegoPolicy::parse("p.rego", &format!("package docker.scout\nimport {import}\n{RULES}"))
        };
        for import in ["data.other", "data", "data.docker.scout.x", "rego.v2", "other"] {
            assert!(imported(import).is_err(), "{import}");
        }
        for import in ["rego.v1", "input", "input.source.image as i", "data.config", "data.config.x as y"] {
            assert_eq!(imported(import).map(|_| ()), Ok(()), "{import}");
        }
        // A name that an import defines is no function.
        let error = RegoPolicy::parse(
            "p.rego",
            &format!("package docker.scout\nimport input.source as oci\n{RULES}a := oci.referrer(\"x\")\n"),
        );
        assert_eq!(error.unwrap_err().code(), Code::POLICY_NOT_OFFERED);
    }

    #[test]
    fn recursion_is_refused() {
        for (rest, rule, line) in [
            ("f(x) := f(x + 1)", "f", 5),
            ("f(x) := g(x)\ng(x) := f(x)", "f", 5),
            ("a if b\nb if c\nc if data.docker.scout.a", "a", 5),
            ("a := [x | x := b]\nb := {y | some y in a}", "a", 5),
            ("a := data.docker.scout", "a", 5),
            ("p[x] := y if some x, y in q\nq := p", "p", 5),
        ] {
            let Err(Error::Recursive { rule: found, line: at, .. }) = parsed(rest) else { panic!("{rest}") };
            assert_eq!((found.as_str(), at), (rule, line), "{rest}");
        }
        for rest in [
            // A local variable with the name of a rule is not that rule.
            "f(x) := x\nx := f(1)",
            "a := y if { a := 1; y := a }",
            "x.a := 1\nx.b := x.a",
        ] {
            assert!(!matches!(parsed(rest), Err(Error::Recursive { .. })), "{rest}: {:?}", parsed(rest));
        }
    }

    #[test]
    fn variables_without_a_value_are_refused() {
        let error = parsed("a if x == 1").unwrap_err();
        assert_eq!((error.line(), error.code()), (5, Code::POLICY_REGO), "{error}");
    }

    #[test]
    fn what_would_use_the_whole_stack_is_refused() {
        let chain = |n: usize| -> String {
            let calls: String = (0..n).map(|n| format!("f{n}(x) := f{}(x)\n", n + 1)).collect();
            format!("{calls}f{n}(x) := x\n")
        };
        for (name, rest) in [
            ("a sum", format!("a := 1{}", " + 1".repeat(10_000))),
            ("a sum in lines", format!("a := 1{}", "\n+ 1".repeat(10_000))),
            ("text in parentheses", format!("a := {}1{}", "(".repeat(5_000), ")".repeat(5_000))),
            ("lists in lists", format!("a := {}1{}", "[".repeat(25), "]".repeat(25))),
            (
                "many lists in lists",
                format!("a := [{}]", format!("{}1{},", "[".repeat(10), "]".repeat(10)).repeat(500)),
            ),
            ("a list in brackets", format!("a := {}1{}", "[".repeat(5_000), "]".repeat(5_000))),
            ("selections", format!("a := input{}", ".x".repeat(10_000))),
            ("selections in brackets", format!("a := input{}", "[0]".repeat(10_000))),
            ("functions", chain(5_000)),
            ("a long chain", chain(100)),
            ("one long file", format!("# {}\n", "x".repeat(300_000))),
            ("a long line", format!("a := \"{}\"", "x".repeat(300_000))),
            ("many rules", "a := 1\n".repeat(3_000)),
        ] {
            let Err(error) = parsed(&rest) else { panic!("{name} is accepted") };
            assert_eq!(error.code(), Code::LIMITS_EXCEEDED, "{name}: {error}");
        }
        for (name, rest) in [
            ("a long line", format!("a := \"{}\"", "x".repeat(5_000))),
            ("many statements", format!("a if {{\n{}}}\n", "\t1 + 1 == 2\n".repeat(1_000))),
            ("a long list", format!("a := [{}1]", "-1, ".repeat(2_000))),
            ("a chain", chain(40)),
            ("a list in lists", format!("a := {}1{}", "[".repeat(8), "]".repeat(8))),
        ] {
            assert_eq!(parsed(&rest).map(|_| ()), Ok(()), "{name}");
        }
    }

    #[test]
    fn metadata_is_read_whole() {
        let head = "# A comment\n# METADATA\n# title: A title\n# description: |\n#   Two\n#   lines.\n\
                    # organizations:\n#   - Docker\n# authors:\n#   - name: A\n#     email: a@b.example\n# custom:\n\
                    #   name: a-policy\n#   result_type: vulnerability\n#   weight: 20\n\
                    #   not_compliant_title: Not good\n#   details_order: [purl, severity]\n#   free: [1]\n";
        let source = format!("{head}package docker.scout\n\n# METADATA\n# title: of a rule\n{RULES}");
        for source in [source.clone(), source.replace('\n', "\r\n")] {
            let policy = RegoPolicy::parse("p.rego", &source).unwrap();
            let expected = Metadata {
                name: "a-policy".to_owned(),
                title: Some("A title".to_owned()),
                description: Some("Two\nlines.".to_owned()),
                result_type: ResultType::Vulnerability,
                weight: 20,
                not_compliant_title: Some("Not good".to_owned()),
                details_order: vec!["purl".to_owned(), "severity".to_owned()],
            };
            assert_eq!(policy.metadata(), &expected);
        }
        assert_eq!(parsed("").unwrap().metadata(), &Metadata::default());
        assert_eq!((Metadata::default().name.as_str(), Metadata::default().weight), ("docker.scout", 10));
    }

    #[test]
    fn wrong_metadata_names_the_line_of_the_file() {
        for (yaml, line, cause) in [
            ("titel: x", 2, "unknown member `titel`, `title`?"),
            ("title: [x]", 2, "`title` is not a text"),
            ("title: 1.5", 2, "`title` is not a text"),
            ("custom: x", 2, "`custom` is not a mapping"),
            ("custom:\n#   wieght: 3", 3, "unknown member `wieght`, `weight`?"),
            ("custom:\n#   weight: \"3\"", 3, "`custom.weight` is not a whole number"),
            ("custom:\n#   weight: 1.5", 3, "`custom.weight` is not a whole number"),
            ("custom:\n#   weight: 010", 3, "`custom.weight` is not a whole number"),
            ("custom:\n#   weight: 99999999999", 3, "`custom.weight` is not a whole number"),
            ("custom:\n#   name: 3", 3, "`custom.name` is not a text"),
            ("custom:\n#   name: \"\"", 3, "`custom.name` is empty"),
            (
                "custom:\n#   name: \"a\\nb\"",
                3,
                "`custom.name` is empty or has control or invisible characters",
            ),
            (
                "custom:\n#   name: \"a\u{202e}b\"",
                3,
                "`custom.name` is empty or has control or invisible characters",
            ),
            ("custom:\n#   result_type: other", 3, "`custom.result_type` is not one of"),
            ("custom:\n#   details_order: x", 3, "`custom.details_order` is not a list"),
            ("custom:\n#   details_order: [x, x]", 3, "`custom.details_order` has `x` twice"),
            ("organizations: x", 2, "`organizations` is not a list"),
            ("authors: [[x]]", 2, "`authors` is not a list"),
            ("scope: rule", 2, "`scope`"),
            ("title: x\n# title: y", 3, ""),
            ("title: \"x", 2, ""),
            ("- x", 2, "not a mapping"),
            ("title: x\n# METADATA", 3, "a second `# METADATA` block"),
        ] {
            let source = format!("# METADATA\n# {yaml}\npackage docker.scout\n{RULES}");
            let Err(error) = RegoPolicy::parse("p.rego", &source) else { panic!("{yaml} is accepted") };
            assert!(error.to_string().contains(cause), "{yaml}: {error}");
            assert_eq!((error.line(), error.code()), (line, Code::POLICY_CONTRACT), "{yaml}: {error}");
        }
    }
}
