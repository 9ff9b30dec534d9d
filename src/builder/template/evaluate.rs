//! Evaluates templates and conditions.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostic::closest;

use super::budget::Budget;
use super::error::{Cause, Error, Type};
use super::expression::{Expression, Node, Path};
use super::limits::TEMPLATE_PATTERN_COMPILED;
use super::reference::{Name, Piece, Reference};
use super::scope::{Meaning, Scope};
use super::text::{Condition, Part, Template, Use};

/// What a regular expression costs, as it is compiled for each use.
const PATTERN_STEPS: usize = 1_000;

impl<'t> Template<'t> {
    /// The text with all references and expressions replaced. References to unknown names, and to directories of
    /// builds, stay as they are. The result is the same if it is evaluated again.
    ///
    /// # Errors
    ///
    /// A name of an expression that does not exist, values of a wrong type, a regular expression without result, or a
    /// limit.
    pub fn evaluate(&self, scope: Scope<'_>, budget: &mut Budget) -> Result<Cow<'t, str>, Error> {
        let is_template = |part: &Part<'_>| !matches!(part, Part::Piece(Piece::Text(_)));
        if !self.parts().iter().any(is_template) {
            return Ok(Cow::Borrowed(self.text()));
        }
        let mut evaluation = Evaluation { scope, budget };
        evaluation.check(&self.uses())?;
        let mut text = String::new();
        for part in self.parts() {
            match part {
                Part::Piece(piece) => evaluation.piece(piece, &mut text)?,
                Part::Expression { expression, .. } => {
                    let value = evaluation.value(expression)?;
                    evaluation.push(&value.text(), &expression.range, &mut text)?;
                }
            }
        }
        if text != self.text() && (text.contains("${") || text.contains("#{")) {
            let whole = || 0..self.text().len();
            evaluation.budget.output(text.len()).map_err(|exceeded| Error::new(whole(), exceeded))?;
            if !is_stable(&text, self, scope) {
                return Err(Error::new(whole(), Cause::ResultIsTemplate(excerpt(&text))));
            }
        }
        Ok(Cow::Owned(text))
    }
}

impl Condition<'_> {
    /// Whether the condition holds.
    ///
    /// # Errors
    ///
    /// As for [`Template::evaluate`], and a value that is neither true nor false.
    pub fn holds(&self, scope: Scope<'_>, budget: &mut Budget) -> Result<bool, Error> {
        let mut evaluation = Evaluation { scope, budget };
        evaluation.check(&self.uses())?;
        evaluation.condition(&self.expression)
    }
}

/// Whether the evaluation of `text` is `text`.
fn is_stable(text: &str, template: &Template<'_>, scope: Scope<'_>) -> bool {
    let Ok(read) = Template::parse(text, template.kind()) else { return false };
    read.parts().iter().all(|part| match part {
        Part::Piece(Piece::Text(_)) => true,
        Part::Piece(Piece::Reference(reference)) => {
            !matches!(scope.meaning(reference.name), Meaning::Value(_))
        }
        Part::Expression { .. } => false,
    })
}

/// The beginning of a text, for a message.
fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 60;
    let mut excerpt: String = text.chars().take(CHARACTERS).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}

/// A value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value<'e> {
    Text(Cow<'e, str>),
    Boolean(bool),
    /// As it is written. There are no leading zeros, so equal numbers are equal texts.
    Number(&'e str),
}

impl<'e> Value<'e> {
    fn kind(&self) -> Type {
        match self {
            Self::Text(_) => Type::Text,
            Self::Boolean(_) => Type::Boolean,
            Self::Number(_) => Type::Number,
        }
    }

    fn text(self) -> Cow<'e, str> {
        match self {
            Self::Text(text) => text,
            Self::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Self::Number(written) => Cow::Borrowed(written),
        }
    }
}

struct Evaluation<'s, 'b> {
    scope: Scope<'s>,
    budget: &'b mut Budget,
}

impl<'s> Evaluation<'s, '_> {
    /// Every required name exists, also in a branch that is not taken, so that all platforms give the same errors.
    fn check(&mut self, uses: &[Use<'_>]) -> Result<(), Error> {
        for used in uses {
            self.step(&used.range, 1)?;
            if used.required && self.scope.meaning(used.name) == Meaning::Unknown {
                return Err(self.unknown(used));
            }
        }
        Ok(())
    }

    fn unknown(&mut self, used: &Use<'_>) -> Error {
        let (name, prefix, known) = match used.name {
            Name::Variable(name) => (name, "definition.vars.", self.scope.variables),
            Name::Matrix(name) => (name, "matrix.", self.scope.matrix),
            Name::Target(_) | Name::Directory | Name::Other(_) => ("", "", self.scope.matrix),
        };
        if let Err(error) = self.step(&used.range, known.len()) {
            return error;
        }
        // Names of variables are in upper case, and close names are compared in lower case.
        let lower: Vec<(String, &str)> =
            known.keys().map(|name| (name.to_ascii_lowercase(), name.as_str())).collect();
        let closest = closest(name, lower.iter().map(|(lower, _)| lower.as_str()));
        let closest = closest.and_then(|found| lower.iter().find(|(lower, _)| lower == found));
        let instead = closest.map(|(_, name)| format!("{prefix}{name}"));
        let cause = if prefix == "matrix." {
            Cause::UnknownName { name: format!("{prefix}{name}"), instead }
        } else {
            Cause::UnknownVariable { name: name.to_owned(), instead }
        };
        Error::new(used.range.clone(), cause)
    }

    fn step(&mut self, range: &Range<usize>, count: usize) -> Result<(), Error> {
        self.budget.steps(count).map_err(|exceeded| Error::new(range.clone(), exceeded))
    }

    fn push(&mut self, text: &str, range: &Range<usize>, out: &mut String) -> Result<(), Error> {
        self.budget.output(text.len()).map_err(|exceeded| Error::new(range.clone(), exceeded))?;
        out.push_str(text);
        Ok(())
    }

    fn piece(&mut self, piece: &Piece<'_>, out: &mut String) -> Result<(), Error> {
        match piece {
            Piece::Text(text) => {
                out.push_str(text);
                Ok(())
            }
            Piece::Reference(reference) => {
                self.step(&reference.range, 1)?;
                match self.scope.meaning(reference.name) {
                    Meaning::Value(value) => {
                        let value = self.matched(reference, value)?;
                        self.push(value, &reference.range, out)
                    }
                    Meaning::Later | Meaning::Unknown => {
                        out.push_str(reference.written);
                        Ok(())
                    }
                }
            }
        }
    }

    /// The part of the value that the pattern of the reference selects.
    fn matched(&mut self, reference: &Reference<'_>, value: &'s str) -> Result<&'s str, Error> {
        let Some((pattern, range)) = &reference.pattern else { return Ok(value) };
        let fail = |cause| Err(Error::new(range.clone(), cause));
        self.step(range, PATTERN_STEPS + value.len())?;
        let mut builder = regex::RegexBuilder::new(pattern);
        builder.size_limit(TEMPLATE_PATTERN_COMPILED).dfa_size_limit(TEMPLATE_PATTERN_COMPILED);
        let regex = match builder.build() {
            Ok(regex) => regex,
            Err(error) => {
                // The last line of a syntax error says what is wrong, those before it show the pattern.
                let error = error.to_string();
                let line = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                return fail(Cause::Pattern(line.trim_end_matches('.').to_owned()));
            }
        };
        if regex.captures_len() < 2 {
            return fail(Cause::PatternWithoutGroup);
        }
        match regex.captures(value) {
            Some(captures) => match captures.get(1) {
                Some(group) => Ok(group.as_str()),
                None => fail(Cause::PatternWithoutGroup),
            },
            None => {
                let name = match reference.name {
                    Name::Variable(name) => name,
                    _ => reference.written,
                };
                fail(Cause::PatternWithoutMatch { name: name.to_owned(), value: excerpt(value) })
            }
        }
    }

    fn value<'e>(&mut self, expression: &Expression<'e>) -> Result<Value<'e>, Error>
    where
        's: 'e,
    {
        self.step(&expression.range, 1)?;
        match &expression.node {
            Node::Text(pieces) => match pieces.as_slice() {
                [] => Ok(Value::Text(Cow::Borrowed(""))),
                [Piece::Text(text)] => Ok(Value::Text(Cow::Borrowed(text))),
                pieces => {
                    let mut text = String::new();
                    pieces.iter().try_for_each(|piece| self.piece(piece, &mut text))?;
                    Ok(Value::Text(Cow::Owned(text)))
                }
            },
            Node::Boolean(value) => Ok(Value::Boolean(*value)),
            Node::Number(written) => Ok(Value::Number(written)),
            Node::Path(path) => Ok(self.path(*path)),
            Node::Not(operand) => Ok(Value::Boolean(!self.condition(operand)?)),
            Node::Join(operands) => {
                let mut text = String::new();
                for operand in operands {
                    match self.value(operand)? {
                        Value::Text(part) => self.push(&part, &operand.range, &mut text)?,
                        other => {
                            let found = other.kind();
                            let instead = as_text(operand, &other);
                            return Err(Error::new(operand.range.clone(), Cause::NotText { found, instead }));
                        }
                    }
                }
                Ok(Value::Text(Cow::Owned(text)))
            }
            Node::Compare { first, others } => {
                let mut left = self.value(first)?;
                for (equal, operand) in others {
                    let right = self.value(operand)?;
                    if left.kind() != right.kind() {
                        let (left, right_kind) = (left.kind(), right.kind());
                        let instead = if left == Type::Text { as_text(operand, &right) } else { None };
                        let cause = Cause::Incomparable { left, right: right_kind, instead };
                        return Err(Error::new(operand.range.clone(), cause));
                    }
                    left = Value::Boolean((left == right) == *equal);
                }
                Ok(left)
            }
            Node::All(operands) => {
                for operand in operands {
                    if !self.condition(operand)? {
                        return Ok(Value::Boolean(false));
                    }
                }
                Ok(Value::Boolean(true))
            }
            Node::Any(operands) => {
                for operand in operands {
                    if self.condition(operand)? {
                        return Ok(Value::Boolean(true));
                    }
                }
                Ok(Value::Boolean(false))
            }
            Node::Choose(choice) => {
                let chosen = if self.condition(&choice.condition)? { &choice.yes } else { &choice.no };
                self.value(chosen)
            }
        }
    }

    fn path<'e>(&self, path: Path<'_>) -> Value<'e>
    where
        's: 'e,
    {
        let name = match path {
            Path::Target(fact) => match self.scope.target.condition(fact) {
                Some(value) => return Value::Boolean(value),
                None => Name::Target(fact),
            },
            Path::Variable(name) => Name::Variable(name),
            Path::Matrix(name) => Name::Matrix(name),
        };
        // `check` has found every name.
        match self.scope.meaning(name) {
            Meaning::Value(value) => Value::Text(Cow::Borrowed(value)),
            Meaning::Later | Meaning::Unknown => Value::Text(Cow::Borrowed("")),
        }
    }

    /// A condition is true or false, or text that says so. Empty text is false, as a variable without a value is.
    fn condition(&mut self, expression: &Expression<'_>) -> Result<bool, Error> {
        let value = self.value(expression)?;
        match &value {
            Value::Boolean(value) => return Ok(*value),
            Value::Text(text) => match text.as_ref() {
                "true" => return Ok(true),
                "false" | "" => return Ok(false),
                _ => {}
            },
            Value::Number(_) => {}
        }
        let found = format!("`{}`", excerpt(&value.text()));
        Err(Error::new(expression.range.clone(), Cause::NotCondition { found }))
    }
}

/// A literal as text.
fn as_text(operand: &Expression<'_>, value: &Value<'_>) -> Option<String> {
    match (&operand.node, value) {
        (Node::Number(written), _) => Some(format!("\"{written}\"")),
        (Node::Boolean(_), Value::Boolean(value)) => Some(format!("\"{value}\"")),
        _ => None,
    }
}
