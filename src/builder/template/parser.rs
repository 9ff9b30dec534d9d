//! Reads expressions. From the weakest to the strongest: `? :`, `||`, `&&`, `==` and `!=`, `+`, `!`.

use std::ops::Range;

use crate::diagnostic::closest;
use crate::limits::Exceeded;

use super::error::{Cause, Error};
use super::expression::{Choice, Expression, Node, Path};
use super::limits::TEMPLATE_DEPTH;
use super::reference::{Kind, Name, Reference, TargetFact, pieces};
use super::token::{CLOSE, Token, Word, token_at};

const OPERAND: &str = "a value";

/// Reads the expression that begins at `start`, after `#{`, and ends before a `}`. Returns also the position after it.
pub(super) fn embedded(text: &str, start: usize, kind: Kind) -> Result<(Expression<'_>, usize), Error> {
    let mut parser = Parser { text, position: start, levels: TEMPLATE_DEPTH, kind };
    let read = parser.choice()?;
    let next = parser.next()?;
    match next.word {
        Word::Sign(CLOSE) => Ok((read, next.range.end)),
        Word::End => Err(Error::new(start.saturating_sub("#{".len())..text.len(), Cause::UnclosedExpression)),
        _ => Err(unexpected("an operator or `}`", &next)),
    }
}

/// Reads a text that is one expression as a whole.
pub(super) fn whole(text: &str) -> Result<Expression<'_>, Error> {
    let mut parser = Parser { text, position: 0, levels: TEMPLATE_DEPTH, kind: Kind::Value };
    let read = parser.choice()?;
    let next = parser.next()?;
    if next.word == Word::End { Ok(read) } else { Err(unexpected("an operator or the end", &next)) }
}

fn unexpected(expected: &'static str, token: &Token<'_>) -> Error {
    Error::new(token.range.clone(), Cause::Unexpected { expected, found: token.word.describe() })
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    /// The levels that are left.
    levels: usize,
    /// Of the text around the expression: it decides about references inside texts.
    kind: Kind,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Result<Token<'t>, Error> {
        token_at(self.text, self.position)
    }

    fn next(&mut self) -> Result<Token<'t>, Error> {
        let token = self.peek()?;
        self.position = token.range.end;
        Ok(token)
    }

    /// Consumes this sign, if it is next.
    fn take(&mut self, sign: &str) -> Result<bool, Error> {
        let token = self.peek()?;
        let found = matches!(token.word, Word::Sign(own) if own == sign);
        if found {
            self.position = token.range.end;
        }
        Ok(found)
    }

    fn expect(&mut self, sign: &str, expected: &'static str) -> Result<(), Error> {
        if self.take(sign)? { Ok(()) } else { Err(unexpected(expected, &self.peek()?)) }
    }

    fn choice(&mut self) -> Result<Expression<'t>, Error> {
        let start = self.position;
        let Some(levels) = self.levels.checked_sub(1) else {
            let measured = format!("expression of more than {TEMPLATE_DEPTH} levels");
            let exceeded = Exceeded::new(measured, TEMPLATE_DEPTH, "levels");
            return Err(Error::new(start..self.text.len(), exceeded));
        };
        self.levels = levels;
        let condition = self.any()?;
        let read = if self.take("?")? {
            let yes = self.choice()?;
            self.expect(":", "`:` and the value for `false`")?;
            let no = self.choice()?;
            let range = condition.range.start..no.range.end;
            Expression { range, node: Node::Choose(Box::new(Choice { condition, yes, no })) }
        } else {
            condition
        };
        self.levels += 1;
        Ok(read)
    }

    fn any(&mut self) -> Result<Expression<'t>, Error> {
        self.chain("||", Self::all, Node::Any)
    }

    fn all(&mut self) -> Result<Expression<'t>, Error> {
        self.chain("&&", Self::comparison, Node::All)
    }

    fn join(&mut self) -> Result<Expression<'t>, Error> {
        self.chain("+", Self::not, Node::Join)
    }

    /// Operands between one operator. A single operand is itself.
    fn chain(
        &mut self,
        sign: &str,
        operand: fn(&mut Self) -> Result<Expression<'t>, Error>,
        node: fn(Vec<Expression<'t>>) -> Node<'t>,
    ) -> Result<Expression<'t>, Error> {
        let first = operand(self)?;
        if !self.take(sign)? {
            return Ok(first);
        }
        let mut range = first.range.clone();
        let mut operands = vec![first];
        loop {
            let next = operand(self)?;
            range.end = next.range.end;
            operands.push(next);
            if !self.take(sign)? {
                return Ok(Expression { range, node: node(operands) });
            }
        }
    }

    fn comparison(&mut self) -> Result<Expression<'t>, Error> {
        let first = self.join()?;
        let mut range = first.range.clone();
        let mut others = Vec::new();
        loop {
            let equal = self.take("==")?;
            if !equal && !self.take("!=")? {
                break;
            }
            let next = self.join()?;
            range.end = next.range.end;
            others.push((equal, next));
        }
        if others.is_empty() {
            return Ok(first);
        }
        Ok(Expression { range, node: Node::Compare { first: Box::new(first), others } })
    }

    fn not(&mut self) -> Result<Expression<'t>, Error> {
        let mut starts = Vec::new();
        let mut token = self.next()?;
        while matches!(token.word, Word::Sign("!")) {
            if starts.len() == TEMPLATE_DEPTH {
                let measured = format!("expression of more than {TEMPLATE_DEPTH} negations");
                let exceeded = Exceeded::new(measured, TEMPLATE_DEPTH, "levels");
                return Err(Error::new(token.range, exceeded));
            }
            starts.push(token.range.start);
            token = self.next()?;
        }
        let mut read = self.operand(token)?;
        for start in starts.into_iter().rev() {
            let range = start..read.range.end;
            read = Expression { range, node: Node::Not(Box::new(read)) };
        }
        Ok(read)
    }

    fn operand(&mut self, token: Token<'t>) -> Result<Expression<'t>, Error> {
        let node = match &token.word {
            Word::Text(content) => Node::Text(pieces(content, token.range.start + 1, self.kind)),
            Word::Number(written) => Node::Number(written),
            Word::Name("true") => Node::Boolean(true),
            Word::Name("false") => Node::Boolean(false),
            Word::Name(name) => Node::Path(path(name, &token.range)?),
            Word::Reference(reference) => Node::Path(path_of_reference(reference)?),
            Word::Sign("(") => {
                let read = self.choice()?;
                self.expect(")", "an operator or `)`")?;
                return Ok(Expression { range: token.range.start..self.position, node: read.node });
            }
            Word::Sign(_) | Word::End => return Err(unexpected(OPERAND, &token)),
        };
        Ok(Expression { range: token.range, node })
    }
}

fn path<'t>(name: &'t str, range: &Range<usize>) -> Result<Path<'t>, Error> {
    if let Some(fact) = TargetFact::named(name) {
        return Ok(Path::Target(fact));
    }
    let plain = |prefix: &str| name.strip_prefix(prefix).filter(|name| is_plain(name));
    if let Some(variable) = plain("definition.vars.") {
        return Ok(Path::Variable(variable));
    }
    if let Some(value) = plain("matrix.") {
        return Ok(Path::Matrix(value));
    }
    let variable = plain("vars.").or_else(|| plain(""));
    let instead = match variable {
        Some(variable) => Some(format!("definition.vars.{variable}")),
        None => closest(name, TargetFact::NAMES.map(|(name, _)| name)).map(str::to_owned),
    };
    Err(Error::new(range.clone(), Cause::UnknownName { name: name.to_owned(), instead }))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains('.')
}

fn path_of_reference<'t>(reference: &Reference<'t>) -> Result<Path<'t>, Error> {
    match reference.name {
        Name::Variable(name) => Ok(Path::Variable(name)),
        Name::Target(fact) => Ok(Path::Target(fact)),
        Name::Matrix(name) => Ok(Path::Matrix(name)),
        Name::Directory | Name::Other(_) => {
            let written = reference.written.trim_start_matches("${").trim_end_matches('}');
            let instead = closest(written, TargetFact::NAMES.map(|(name, _)| name));
            let instead = instead.map(|name| format!("${{{name}}}"));
            Err(Error::new(reference.range.clone(), Cause::UnknownName { name: written.to_owned(), instead }))
        }
    }
}
