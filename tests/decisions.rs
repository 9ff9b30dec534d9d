//! Decisions are made on types: no module that decides or renders inspects display text, and no module that decides
//! compares error codes.
//!
//! The sources are parsed, not compiled.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Modules that decide over evidence, or render what was decided.
const MODULES: [&str; 5] = ["evidence", "policy", "report", "verify", "gate"];

/// Fields and methods that hold or make text for people.
const TEXT: [&str; 13] = [
    "message",
    "what",
    "scope",
    "label",
    "title",
    "hint",
    "remedies",
    "reason",
    "shown",
    "claim",
    "to_string",
    "to_diagnostic",
    "facts",
];

/// Ways to look into a text.
const LOOKS: [&str; 14] = [
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "split_once",
    "rsplit_once",
    "find",
    "matches",
    "is_match",
    "eq",
    "ne",
    "eq_ignore_ascii_case",
    "parse",
];

/// What looks like such a decision and is none: file, finding, and why.
const ALLOWED: [(&str, &str, &str); 18] = [
    ("policy/exceptions.rs", "read: `==` on `Code`", "a file of exceptions names findings by their code"),
    (
        "policy/facts/recorded/verify_document.rs",
        "root_facts: match on `as_str`",
        "the words of outcomes in a document that is read",
    ),
    (
        "policy/facts/recorded/verify_document.rs",
        "standing: match on `as_str`",
        "the words of answers in a document that is read",
    ),
    (
        "policy/rego/cases/outcome.rs",
        "is_expected: `==` on `message`",
        "a case expects the message of a violation",
    ),
    ("policy/rego/checks.rs", "diagnostic: `contains` on `remedies`", "equal remedies are told once"),
    ("policy/rego/host/cosign.rs", "asked: match on `as_str`", "the names of options of a call"),
    ("policy/rego/host/cosign.rs", "has_id: `==` on `to_string`", "facts have IDs of keys as text"),
    ("report/folding.rs", "equals: `==` on `code`", "findings that look the same are shown once"),
    ("report/folding.rs", "equals: `==` on `message`", "findings that look the same are shown once"),
    ("report/folding.rs", "equals: `==` on `remedies`", "findings that look the same are shown once"),
    ("report/item.rs", "findings: `==` on `code`", "findings that look the same are shown once"),
    ("report/item.rs", "findings: `==` on `message`", "findings that look the same are shown once"),
    ("report/item.rs", "findings: `==` on `remedies`", "findings that look the same are shown once"),
    ("report/item.rs", "folded_skips: `==` on `message`", "skipped checks that look the same are shown once"),
    (
        "report/json/text.rs",
        "around: `split_once` on `format!`",
        "finds its own frame in the document that it made",
    ),
    (
        "report/policy/table.rs",
        "has_equal_findings: `==` on `shown`",
        "findings that look the same are shown once",
    ),
    ("report/sarif.rs", "of: match on `Code`", "each policy has a rule of its own"),
    ("report/sarif.rs", "new: `==` on `code`", "the place of a rule in the list of all codes"),
];

/// What one file decides on text or codes.
struct Decisions {
    /// The function that is being read.
    function: String,
    found: BTreeSet<String>,
}

impl Decisions {
    fn of(source: &str) -> BTreeSet<String> {
        let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{error}: {source}"));
        let mut decisions = Self { function: String::new(), found: BTreeSet::new() };
        decisions.visit_file(&file);
        decisions.found
    }

    fn add(&mut self, how: &str, on: &str) {
        self.found.insert(format!("{}: {how} on `{on}`", self.function));
    }

    /// Both sides of a comparison.
    fn compared(&mut self, how: &str, one: &syn::Expr, other: &syn::Expr) {
        for (side, opposite) in [(one, other), (other, one)] {
            if let Some(on) = text(side).or_else(|| code(side)) {
                if !is_variant(opposite) {
                    self.add(how, &on);
                }
            } else if is_literal(opposite)
                && let Some(on) = name_as_text(side)
            {
                self.add(how, &on);
            }
        }
    }

    /// A value against patterns.
    fn matched<'a>(&mut self, value: &syn::Expr, patterns: impl Iterator<Item = &'a syn::Pat>) {
        let mut kinds = Patterns::default();
        patterns.for_each(|pattern| kinds.visit_pat(pattern));
        if kinds.code {
            self.add("match", "Code");
        }
        if kinds.literal {
            let mut inside = Texts::default();
            inside.visit_expr(value);
            if let Some(on) = inside.0.into_iter().next() {
                self.add("match", &on);
            }
        }
    }
}

/// The value behind references, parentheses and calls that only pass it on.
fn bare(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Reference(inner) => bare(&inner.expr),
        syn::Expr::Paren(inner) => bare(&inner.expr),
        syn::Expr::Group(inner) => bare(&inner.expr),
        syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => bare(&inner.expr),
        syn::Expr::MethodCall(call)
            if matches!(
                call.method.to_string().as_str(),
                "as_ref"
                    | "as_deref"
                    | "clone"
                    | "as_str"
                    | "to_owned"
                    | "trim"
                    | "to_lowercase"
                    | "unwrap_or_default"
            ) && text(&call.receiver).is_some() =>
        {
            bare(&call.receiver)
        }
        other => other,
    }
}

/// The field or method whose text an expression is.
fn text(expr: &syn::Expr) -> Option<String> {
    let name = match bare(expr) {
        syn::Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => return None,
        },
        syn::Expr::MethodCall(call) => call.method.to_string(),
        syn::Expr::Macro(call) if call.mac.path.is_ident("format") => return Some("format!".to_owned()),
        _ => return None,
    };
    TEXT.contains(&name.as_str()).then_some(name)
}

/// A code, or where one is.
fn code(expr: &syn::Expr) -> Option<String> {
    match bare(expr) {
        syn::Expr::Path(path) => is_code(&path.path).then(|| "Code".to_owned()),
        syn::Expr::Field(field) => {
            matches!(&field.member, syn::Member::Named(name) if name == "code").then(|| "code".to_owned())
        }
        syn::Expr::MethodCall(call) => {
            (call.method == "code" && call.args.is_empty()).then(|| "code".to_owned())
        }
        _ => None,
    }
}

/// `Code::NAME`.
fn is_code(path: &syn::Path) -> bool {
    let mut segments = path.segments.iter().rev();
    segments.next().is_some() && segments.next().is_some_and(|segment| segment.ident == "Code")
}

/// `Type::Variant`: a field that is called like a text may hold a type.
fn is_variant(expr: &syn::Expr) -> bool {
    let path = match bare(expr) {
        syn::Expr::Path(path) => &path.path,
        syn::Expr::Struct(literal) => &literal.path,
        _ => return false,
    };
    let is_type = |segment: &syn::PathSegment| {
        let name = segment.ident.to_string();
        name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
    };
    let segments: Vec<&syn::PathSegment> = path.segments.iter().collect();
    matches!(segments.as_slice(), [.., one, other] if is_type(one) && is_type(other))
}

/// The name of a value in reports, made by `as_str`.
fn name_as_text(expr: &syn::Expr) -> Option<String> {
    match bare(expr) {
        syn::Expr::MethodCall(call) if call.method == "as_str" => Some("as_str".to_owned()),
        _ => None,
    }
}

fn is_literal(expr: &syn::Expr) -> bool {
    matches!(bare(expr), syn::Expr::Lit(literal) if is_words(&literal.lit))
}

/// A text. Whether there is one at all may be asked.
fn is_words(literal: &syn::Lit) -> bool {
    matches!(literal, syn::Lit::Str(text) if !text.value().is_empty())
}

/// The texts inside of an expression that is matched, such as a tuple.
#[derive(Default)]
struct Texts(BTreeSet<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        self.0.extend(text(expr).or_else(|| name_as_text(expr)));
        visit::visit_expr(self, expr);
    }
}

/// What patterns name.
#[derive(Default)]
struct Patterns {
    literal: bool,
    code: bool,
}

impl<'ast> Visit<'ast> for Patterns {
    fn visit_lit(&mut self, literal: &'ast syn::Lit) {
        self.literal |= is_words(literal);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.code |= is_code(path);
        visit::visit_path(self, path);
    }
}

impl<'ast> Visit<'ast> for Decisions {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !item.attrs.iter().any(is_cfg_test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if item.attrs.iter().any(is_cfg_test) {
            return;
        }
        let outer = std::mem::replace(&mut self.function, item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
        self.function = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if item.attrs.iter().any(is_cfg_test) {
            return;
        }
        let outer = std::mem::replace(&mut self.function, item.sig.ident.to_string());
        visit::visit_impl_item_fn(self, item);
        self.function = outer;
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let how = match binary.op {
            syn::BinOp::Eq(_) => "`==`",
            syn::BinOp::Ne(_) => "`!=`",
            _ => "",
        };
        if !how.is_empty() {
            self.compared(how, &binary.left, &binary.right);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let method = call.method.to_string();
        if LOOKS.contains(&method.as_str()) {
            let looked = std::iter::once(call.receiver.as_ref()).chain(&call.args);
            let found: Vec<String> = looked.filter_map(|expr| text(expr).or_else(|| code(expr))).collect();
            for on in found {
                self.add(&format!("`{method}`"), &on);
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_match(&mut self, matching: &'ast syn::ExprMatch) {
        self.matched(&matching.expr, matching.arms.iter().map(|arm| &arm.pat));
        visit::visit_expr_match(self, matching);
    }

    fn visit_expr_let(&mut self, matching: &'ast syn::ExprLet) {
        self.matched(&matching.expr, std::iter::once(matching.pat.as_ref()));
        visit::visit_expr_let(self, matching);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        // Of macros only `matches!` decides; its arguments are an expression and a pattern.
        if mac.path.is_ident("matches") {
            let parsed = mac.parse_body_with(|input: syn::parse::ParseStream<'_>| {
                let value: syn::Expr = input.parse()?;
                input.parse::<syn::Token![,]>()?;
                let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
                let guard = if input.parse::<Option<syn::Token![if]>>()?.is_some() {
                    Some(input.parse::<syn::Expr>()?)
                } else {
                    None
                };
                input.parse::<Option<syn::Token![,]>>()?;
                Ok((value, pattern, guard))
            });
            let (value, pattern, guard) = parsed.unwrap_or_else(|error| panic!("{error}"));
            self.matched(&value, std::iter::once(&pattern));
            for expr in std::iter::once(&value).chain(&guard) {
                self.visit_expr(expr);
            }
            return;
        }
        // Arguments of formatting and assertions.
        let list =
            mac.parse_body_with(syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated);
        for expr in list.iter().flatten() {
            self.visit_expr(expr);
        }
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    }
}

/// All Rust files below a folder, test modules aside.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn no_decision_compares_display_texts_or_codes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut allowed: BTreeSet<(String, String)> =
        ALLOWED.iter().map(|(file, finding, _)| ((*file).to_owned(), (*finding).to_owned())).collect();
    let mut wrong = Vec::new();
    for module in MODULES {
        for file in sources(&root.join(module)) {
            let shown = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            for finding in Decisions::of(&fs::read_to_string(&file).unwrap()) {
                if !allowed.remove(&(shown.clone(), finding.clone())) {
                    wrong.push(format!("{shown}: {finding}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "decided on text or codes:\n{}", wrong.join("\n"));
    assert!(allowed.is_empty(), "allowed, and not there any more: {allowed:?}");
}

#[test]
fn comparisons_with_texts_and_codes_are_found_in_every_form() {
    for (body, finding) in [
        ("check.id.as_str() == \"platform\"", "`==` on `as_str`"),
        ("\"platform\" == check.kind.as_str()", "`==` on `as_str`"),
        ("check.scope == scope", "`==` on `scope`"),
        ("&check.scope != other", "`!=` on `scope`"),
        ("known.label == platform.label()", "`==` on `label`"),
        ("listed.reason == NOT_ASKED_FOR", "`==` on `reason`"),
        ("(*listed).reason.as_str() == other", "`==` on `reason`"),
        ("problem.what.starts_with(\"the \")", "`starts_with` on `what`"),
        ("problem.hint.as_deref().unwrap_or_default().contains(\"--key\")", "`contains` on `hint`"),
        ("failure.to_string().ends_with(\"x\")", "`ends_with` on `to_string`"),
        ("scopes.contains(&check.scope)", "`contains` on `scope`"),
        ("attestation.title().eq(\"SPDX SBOM\")", "`eq` on `title`"),
        ("format!(\"{x}\") == other", "`==` on `format!`"),
        ("match check.message.as_str() { \"x\" => 1, _ => 2 }", "match on `message`"),
        ("match (x, check.kind.as_str()) { (_, \"x\") => 1, _ => 2 }", "match on `as_str`"),
        ("matches!(check.kind.as_str(), \"a\" | \"b\")", "match on `as_str`"),
        ("if let \"x\" = answer.as_str() {}", "match on `as_str`"),
        ("problem.code == Code::ATTEST_NONE", "`==` on `Code`"),
        ("problem.code == other", "`==` on `code`"),
        ("error.code() == crate::diagnostic::Code::TRUST_TAMPERED", "`==` on `code`"),
        ("matches!(id, Code::TRUST_UNSIGNED | Code::TRUST_WRONG_KEY)", "match on `Code`"),
        ("match id { Code::TRUST_UNSIGNED => 1, _ => 2 }", "match on `Code`"),
        ("[Code::A, Code::B].contains(&problem.code)", "`contains` on `code`"),
        ("checks.iter().any(|check| check.scope == scope)", "`==` on `scope`"),
        ("assert!(check.scope == scope)", "`==` on `scope`"),
    ] {
        let found = Decisions::of(&format!("impl X {{ fn f(&self) {{ let _ = {{ {body} }}; }} }}"));
        assert!(found.contains(&format!("f: {finding}")), "{body}: {found:?}");
    }
}

#[test]
fn comparisons_of_types_are_not_reported() {
    for body in [
        "check.kind == CheckKind::Platform",
        "check.outcome() == Outcome::Skip",
        "listed.reason == ListedReason::NotRequested",
        "matches!(failure.standing(), Some(Standing::Absent))",
        "statement.predicate_type == VSA",
        "label.starts_with(\"com.docker.dhi.\")",
        "match manifest.config.media_type.as_str() { media_type::HELM_CONFIG => 1, _ => 2 }",
        "Diagnostic::new(Code::ATTEST_NONE, \"x\").fact(\"image\", digest)",
        "writeln!(out, \"{}\", check.message)",
        "out.push_str(&check.scope)",
        "match self.name.as_str() { \"\" => 1, _ => 2 }",
    ] {
        let found = Decisions::of(&format!("fn f() {{ let _ = {{ {body} }}; }}"));
        assert!(found.is_empty(), "{body}: {found:?}");
    }
    // Tests look at what people see.
    let source = "#[cfg(test)]\nmod tests { fn f() { assert!(check.scope == \"x\"); } }";
    assert!(Decisions::of(source).is_empty());
}
