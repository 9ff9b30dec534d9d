//! The syntax tree of a Rego module, and its parts in the order of a work list.
//!
//! The tree is as deep as the text that it was made of, so nothing here recurses. The types of the tree belong to the
//! engine. Every kind of expression is named, so a new one does not compile.

use std::num::{NonZeroU32, NonZeroUsize};

use regorus::unstable::{
    AssignOp, Expr, Lexer, Literal, Module, Query, Ref, Rule, RuleAssign, RuleHead, Span, TokenKind,
    WithModifier,
};
use regorus::{Engine, PolicyLengthConfig, Rc, Source};

use super::error::Error;
use super::limits::{REGO_NESTING, REGO_OPERATORS, REGO_SIZE, REGO_STEPS};
use crate::limits::Exceeded;

/// A rule that each policy has, so that the engine can prepare the module.
const ENTRY: &str = "data.docker.scout.pass";

/// Parses `source`. The engine has its module.
pub(super) fn parse(origin: &str, source: &str) -> Result<(Engine, Ref<Module>), Error> {
    let exceeded = |exceeded: Exceeded| Error::Exceeded { origin: origin.to_owned(), exceeded };
    if source.len() > REGO_SIZE {
        let measured = format!("Rego file of {} bytes", source.len());
        return Err(exceeded(Exceeded::new(measured, REGO_SIZE, "bytes")));
    }
    let wrong = |text: &str| Error::of_engine(origin, text);
    if let Some(over) = over_limits(origin, source).map_err(|error| wrong(&error.to_string()))? {
        return Err(exceeded(over));
    }
    let mut engine =
        engine(origin, source).map_err(|cause| Error::of_parser(origin, &cause, is_v0(origin, source)))?;
    let module = engine.get_modules().first().cloned();
    module.map(|module| (engine, module)).ok_or_else(|| wrong("the file is empty"))
}

/// Lets the engine prepare its module, which checks the variables. `pass` must exist.
pub(super) fn check_variables(origin: &str, mut engine: Engine) -> Result<(), Error> {
    let entry: Rc<str> = ENTRY.into();
    let compiled = engine.compile_with_entrypoint(&entry);
    compiled.map(|_| ()).map_err(|error| Error::of_engine(origin, &error.to_string()))
}

/// An engine with the module `source`, which `name` names in its messages. Errors of built-in functions make an
/// expression undefined, as in OPA.
pub(super) fn engine(name: &str, source: &str) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_policy_length_config(lengths());
    engine.add_policy(name.to_owned(), source.to_owned()).map_err(|error| error.to_string())?;
    Ok(engine)
}

/// Whether the older version of Rego has this module.
fn is_v0(origin: &str, source: &str) -> bool {
    let mut engine = Engine::new();
    engine.set_rego_v0(true);
    engine.set_policy_length_config(lengths());
    engine.add_policy(origin.to_owned(), source.to_owned()).is_ok()
}

/// The size of the file is the one limit of its text.
fn lengths() -> PolicyLengthConfig {
    let size = NonZeroUsize::new(REGO_SIZE).unwrap_or(NonZeroUsize::MAX);
    let columns = u32::try_from(REGO_SIZE).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX);
    PolicyLengthConfig { max_col: columns, max_file_bytes: size, max_lines: size }
}

/// The first part that would use too much stack or time of the parser: it makes a tree as deep as operators are beside
/// each other and brackets in each other.
fn over_limits(
    origin: &str,
    source: &str,
) -> Result<Option<Exceeded>, Box<dyn std::error::Error + Send + Sync>> {
    let config = lengths();
    let lexed = Source::from_contents_with_limits(
        origin.to_owned(),
        source.to_owned(),
        config.max_file_bytes,
        config.max_lines,
    )?;
    let mut lexer = Lexer::new(&lexed);
    lexer.set_max_col(config.max_col);
    let mut counts = vec![0_usize];
    let (mut last_line, mut was_operator) = (0, true);
    let (mut doubled, mut steps) = (0_u32, 0_u64);
    let mut brackets = Vec::new();
    loop {
        let token = lexer.next_token()?;
        let (kind, span) = (&token.0, &token.1);
        if *kind == TokenKind::Eof {
            return Ok(None);
        }
        let symbol = if *kind == TokenKind::Symbol { span.text() } else { "" };
        let is_operator =
            matches!(symbol, "+" | "-" | "*" | "/" | "%" | "&" | "|" | "." | "=" | ":=" | "==" | "!=")
                || matches!(symbol, "<" | "<=" | ">" | ">=");
        let is_keyword = *kind == TokenKind::Ident && matches!(span.text(), "in" | "not" | "with" | "as");
        // A statement ends with its line.
        let is_statement = span.line > last_line && !is_operator && !is_keyword && !was_operator;
        let count = match (symbol, counts.last_mut()) {
            ("}" | "]" | ")", _) => {
                counts.pop();
                doubled -= u32::from(brackets.pop() == Some(true));
                (last_line, was_operator) = (span.line, false);
                continue;
            }
            (_, Some(count)) => count,
            // More brackets are closed than opened, which the parser refuses.
            (_, None) => return Ok(None),
        };
        if matches!(symbol, "," | ";") || is_statement {
            *count = 0;
        }
        let opens = matches!(symbol, "{" | "[" | "(");
        if is_operator || is_keyword || opens {
            *count += 1;
        }
        if *count > REGO_OPERATORS {
            let measured = format!("an expression at line {}", span.line);
            return Ok(Some(Exceeded::new(measured, REGO_OPERATORS, "operators")));
        }
        if opens {
            counts.push(0);
            brackets.push(symbol != "(");
            doubled += u32::from(symbol != "(");
        }
        if counts.len() > REGO_NESTING {
            let measured = format!("an expression at line {}", span.line);
            return Ok(Some(Exceeded::new(measured, REGO_NESTING, "brackets inside brackets")));
        }
        steps = steps.saturating_add(1 << doubled);
        if steps > REGO_STEPS {
            let measured = format!("brackets inside brackets up to line {}", span.line);
            return Ok(Some(Exceeded::new(measured, REGO_STEPS, "steps of the parser")));
        }
        (last_line, was_operator) = (span.line, is_operator || is_keyword || opens);
    }
}

/// A part of a rule that can refer to something.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// A reference: a variable, and what is selected of it.
    Reference(Reference<'a>),
    /// A call of a function.
    Call {
        /// The name of the function. `None` if it is computed.
        function: Option<Reference<'a>>,
        /// The line, from 1.
        line: u32,
    },
    /// The replacement of a document during one statement.
    With {
        /// What is replaced. `None` if it is computed.
        target: Option<Reference<'a>>,
        /// The variables and functions of the value that replaces it.
        value: Vec<Reference<'a>>,
        /// The line, from 1.
        line: u32,
    },
    /// An object in a pattern: variables take the values of its members.
    ObjectPattern {
        /// The line, from 1.
        line: u32,
    },
    /// The declaration of a local variable.
    Local(&'a str),
}

/// A variable, and the members that are selected of it up to the first that is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// The variable.
    pub(super) root: &'a str,
    /// The names of the members.
    pub(super) members: Vec<String>,
    /// Whether further members are selected, of which the first is computed.
    pub(super) is_open: bool,
    /// The line, from 1.
    pub(super) line: u32,
}

impl Reference<'_> {
    /// As it is written: `data.docker.scout`.
    pub(super) fn name(&self) -> String {
        let members = self.members.iter().map(String::as_str);
        std::iter::once(self.root).chain(members).collect::<Vec<_>>().join(".")
    }
}

/// The reference of an expression. `None` if it is selected of something other than a variable.
pub(super) fn reference(expr: &Expr) -> Option<Reference<'_>> {
    let (reference, _) = chain(expr);
    reference
}

/// The reference that `expr` is, and the expressions in its brackets; the expression that it is selected of, if that is
/// no variable.
fn chain(expr: &Expr) -> (Option<Reference<'_>>, Vec<&Expr>) {
    let mut selected: Vec<Option<String>> = Vec::new();
    let mut inner = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::RefDot { refr, field: (_, name), .. } => {
                selected.push(name.as_string().ok().map(|name| (**name).to_owned()));
                at = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                let literal = match &**index {
                    Expr::String { value, .. } | Expr::RawString { value, .. } => value.as_string().ok(),
                    _ => None,
                };
                if literal.is_none() {
                    inner.push(&**index);
                }
                selected.push(literal.map(|name| (**name).to_owned()));
                at = refr;
            }
            Expr::Var { span, .. } => {
                let names: Vec<Option<String>> = selected.into_iter().rev().collect();
                let total = names.len();
                let members: Vec<String> = names.into_iter().map_while(|name| name).collect();
                let is_open = members.len() < total;
                return (Some(Reference { root: span.text(), members, is_open, line: span.line }), inner);
            }
            _ => {
                inner.push(at);
                return (None, inner);
            }
        }
    }
}

/// The names of the rules of a module: the path of a head up to its first computed part.
pub(super) fn rule_path(rule: &Rule) -> Vec<String> {
    let refr = match rule {
        Rule::Default { refr, .. } => refr,
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. } => refr,
        },
    };
    let Some(reference) = reference(refr) else { return Vec::new() };
    std::iter::once(reference.root.to_owned()).chain(reference.members).collect()
}

/// Whether a rule is a function.
pub(super) fn is_function(rule: &Rule) -> bool {
    match rule {
        Rule::Spec { head, .. } => matches!(head, RuleHead::Func { .. }),
        Rule::Default { args, .. } => !args.is_empty(),
    }
}

/// The parts of a rule, in no order.
pub(super) fn parts(rule: &Rule) -> Vec<Part<'_>> {
    let mut walk = Walk { work: Vec::new(), parts: Vec::new() };
    match rule {
        Rule::Default { args, value, .. } => {
            walk.work.extend(args.iter().map(|arg| Node::Pattern(arg)));
            walk.work.push(Node::Expr(value));
        }
        Rule::Spec { head, bodies, .. } => {
            match head {
                RuleHead::Compr { refr, assign, .. } => {
                    walk.head(refr);
                    walk.assign(assign.as_ref());
                }
                RuleHead::Set { refr, key, .. } => {
                    walk.head(refr);
                    walk.work.extend(key.iter().map(|key| Node::Expr(key)));
                }
                RuleHead::Func { refr, args, assign, .. } => {
                    walk.head(refr);
                    walk.work.extend(args.iter().map(|arg| Node::Pattern(arg)));
                    walk.assign(assign.as_ref());
                }
            }
            for body in bodies {
                walk.assign(body.assign.as_ref());
                walk.work.push(Node::Query(&body.query));
            }
        }
    }
    walk.run()
}

/// What is left to look at.
enum Node<'a> {
    Expr(&'a Expr),
    /// The left side of a declaration: its variables are new.
    Pattern(&'a Expr),
    Query(&'a Query),
}

struct Walk<'a> {
    work: Vec<Node<'a>>,
    parts: Vec<Part<'a>>,
}

impl<'a> Walk<'a> {
    fn run(mut self) -> Vec<Part<'a>> {
        while let Some(node) = self.work.pop() {
            match node {
                Node::Expr(expr) => self.expr(expr),
                Node::Pattern(expr) => self.pattern(expr),
                Node::Query(query) => self.query(query),
            }
        }
        self.parts
    }

    /// The name of a rule is no reference. What is in its brackets may be one.
    fn head(&mut self, refr: &'a Expr) {
        let (_, inner) = chain(refr);
        self.work.extend(inner.into_iter().map(Node::Expr));
    }

    fn assign(&mut self, assign: Option<&'a RuleAssign>) {
        self.work.extend(assign.map(|assign| Node::Expr(&assign.value)));
    }

    fn local(&mut self, span: &'a Span) {
        self.parts.push(Part::Local(span.text()));
    }

    fn query(&mut self, query: &'a Query) {
        for statement in &query.stmts {
            for modifier in &statement.with_mods {
                self.with(modifier);
            }
            match &statement.literal {
                Literal::SomeVars { vars, .. } => vars.iter().for_each(|var| self.local(var)),
                Literal::SomeIn { key, value, collection, .. } => {
                    self.work.extend(key.iter().map(|key| Node::Pattern(key)));
                    self.work.extend([Node::Pattern(value), Node::Expr(collection)]);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => {
                    self.work.push(Node::Expr(expr));
                }
                Literal::Every { key, value, domain, query, .. } => {
                    key.iter().for_each(|key| self.local(key));
                    self.local(value);
                    self.work.extend([Node::Expr(domain), Node::Query(query)]);
                }
            }
        }
    }

    fn with(&mut self, modifier: &'a WithModifier) {
        let target = reference(&modifier.refr);
        // As deep as brackets are inside brackets.
        let parts = Walk { work: vec![Node::Expr(&modifier.r#as)], parts: Vec::new() }.run();
        let named = parts.iter().filter_map(|part| match part {
            Part::Reference(reference) | Part::Call { function: Some(reference), .. } => {
                Some(reference.clone())
            }
            _ => None,
        });
        self.parts.push(Part::With { target, value: named.collect(), line: modifier.span.line });
        self.parts.extend(parts);
    }

    fn pattern(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Var { span, .. } => self.local(span),
            Expr::Array { items, .. } => self.work.extend(items.iter().map(|item| Node::Pattern(item))),
            Expr::Object { span, fields, .. } => {
                self.parts.push(Part::ObjectPattern { line: span.line });
                let members =
                    fields.iter().flat_map(|(_, key, value)| [Node::Expr(key), Node::Pattern(value)]);
                self.work.extend(members);
            }
            _ => self.work.push(Node::Expr(expr)),
        }
    }

    /// The objects of these patterns, whose variables may be defined elsewhere.
    fn object_patterns(&mut self, sides: [&'a Expr; 2]) {
        let mut patterns = Vec::from(sides);
        while let Some(pattern) = patterns.pop() {
            match pattern {
                Expr::Array { items, .. } => patterns.extend(items.iter().map(|item| &**item)),
                Expr::Object { span, .. } => self.parts.push(Part::ObjectPattern { line: span.line }),
                _ => {}
            }
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                let (reference, inner) = chain(expr);
                self.parts.extend(reference.map(Part::Reference));
                self.work.extend(inner.into_iter().map(Node::Expr));
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                self.work.extend(items.iter().map(|item| Node::Expr(item)));
            }
            Expr::Object { fields, .. } => {
                let members = fields.iter().flat_map(|(_, key, value)| [Node::Expr(key), Node::Expr(value)]);
                self.work.extend(members);
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.work.extend([Node::Expr(term), Node::Query(query)]);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.work.extend([Node::Expr(key), Node::Expr(value), Node::Query(query)]);
            }
            Expr::Call { span, fcn, params, .. } => {
                let (function, inner) = chain(fcn);
                let function = function.filter(|function| !function.is_open);
                self.parts.push(Part::Call { function, line: span.line });
                self.work.extend(inner.into_iter().map(Node::Expr));
                self.work.extend(params.iter().map(|param| Node::Expr(param)));
            }
            Expr::UnaryExpr { expr, .. } => self.work.push(Node::Expr(expr)),
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                let lhs = match op {
                    AssignOp::ColEq => Node::Pattern(lhs),
                    AssignOp::Eq => {
                        // Either side can be a pattern.
                        self.object_patterns([lhs, rhs]);
                        Node::Expr(lhs)
                    }
                };
                self.work.extend([lhs, Node::Expr(rhs)]);
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. } => self.work.extend([Node::Expr(lhs), Node::Expr(rhs)]),
            Expr::Membership { key, value, collection, .. } => {
                self.work.extend(key.iter().map(|key| Node::Expr(key)));
                self.work.extend([Node::Expr(value), Node::Expr(collection)]);
            }
        }
    }
}
