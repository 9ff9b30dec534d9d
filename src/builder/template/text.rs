//! Texts with templates in them, and conditions.

use std::ops::Range;

use super::error::{Cause, Error};
use super::expression::{Expression, Node, Path};
use super::parser::{embedded, whole};
use super::reference::{Kind, Name, Piece, Reference, reference_at};

/// A text with references and expressions in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template<'t> {
    text: &'t str,
    kind: Kind,
    parts: Vec<Part<'t>>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// Text that stays, or a reference.
    Piece(Piece<'t>),
    /// `#{ … }`
    Expression {
        /// With the signs around it.
        written: &'t str,
        /// What is between them.
        expression: Expression<'t>,
    },
}

impl<'t> Template<'t> {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// The first expression that cannot be read. References cannot fail: forms that are unknown are text.
    pub fn parse(text: &'t str, kind: Kind) -> Result<Self, Error> {
        let mut parts = Vec::new();
        let (mut begun, mut position) = (0, 0);
        while let Some(found) = text.get(position..).and_then(|rest| next_sign(rest, kind)) {
            position += found;
            let rest = text.get(position..).unwrap_or_default();
            let (part, end) = if rest.starts_with("#{") {
                let (expression, end) = embedded(text, position + "#{".len(), kind)?;
                let written = text.get(position..end).unwrap_or_default();
                (Part::Expression { written, expression }, end)
            } else if let Some(reference) = reference_at(rest, position, kind) {
                let end = reference.range.end;
                (Part::Piece(Piece::Reference(reference)), end)
            } else {
                position += "${".len();
                continue;
            };
            push_text(&mut parts, text.get(begun..position));
            parts.push(part);
            (begun, position) = (end, end);
        }
        push_text(&mut parts, text.get(begun..));
        Ok(Self { text, kind, parts })
    }

    /// The text as it is written.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// What the text can contain.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The parts in the order of the text.
    pub fn parts(&self) -> &[Part<'t>] {
        &self.parts
    }

    /// The references of the text, without those in expressions.
    pub fn references(&self) -> impl Iterator<Item = &Reference<'t>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Piece(Piece::Reference(reference)) => Some(reference),
            _ => None,
        })
    }

    /// Everything that is named in the text, in its order, each with whether it must exist.
    pub fn uses(&self) -> Vec<Use<'t>> {
        let mut uses = Vec::new();
        for part in &self.parts {
            match part {
                Part::Piece(piece) => uses.extend(use_of(piece)),
                Part::Expression { expression, .. } => collect(expression, &mut uses),
            }
        }
        uses
    }
}

impl std::fmt::Display for Template<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| {
            f.write_str(match part {
                Part::Piece(Piece::Text(text)) => text,
                Part::Piece(Piece::Reference(reference)) => reference.written,
                Part::Expression { written, .. } => written,
            })
        })
    }
}

/// One use of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use<'t> {
    /// Bytes of the text of the template.
    pub range: Range<usize>,
    /// What is named.
    pub name: Name<'t>,
    /// Whether the template cannot be evaluated without it, as in expressions. A reference in a text stays as it is.
    pub required: bool,
}

/// A condition, as in `if`: an expression, with or without `#{…}` around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<'t> {
    pub(super) expression: Expression<'t>,
}

impl<'t> Condition<'t> {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// The text is not an expression.
    pub fn parse(text: &'t str) -> Result<Self, Error> {
        let start = text.len() - text.trim_ascii_start().len();
        let trimmed = text.trim_ascii();
        if !trimmed.starts_with("#{") {
            return whole(text).map(|expression| Self { expression });
        }
        let (expression, end) = embedded(text, start + "#{".len(), Kind::Value)?;
        let after = start + trimmed.len();
        if end < after {
            let found = format!("`{}`", text.get(end..after).unwrap_or_default().trim());
            return Err(Error::new(end..after, Cause::Unexpected { expected: "the end", found }));
        }
        Ok(Self { expression })
    }

    /// What decides.
    pub fn expression(&self) -> &Expression<'t> {
        &self.expression
    }

    /// Everything that the condition names, in its order.
    pub fn uses(&self) -> Vec<Use<'t>> {
        let mut uses = Vec::new();
        collect(&self.expression, &mut uses);
        uses
    }
}

fn next_sign(text: &str, kind: Kind) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find('{')) {
        let brace = from + found;
        match brace.checked_sub(1).and_then(|before| text.as_bytes().get(before)) {
            Some(b'$') => return Some(brace - 1),
            Some(b'#') if kind != Kind::Script => return Some(brace - 1),
            _ => from = brace + 1,
        }
    }
    None
}

fn push_text<'t>(parts: &mut Vec<Part<'t>>, text: Option<&'t str>) {
    parts.extend(text.filter(|text| !text.is_empty()).map(|text| Part::Piece(Piece::Text(text))));
}

fn use_of<'t>(piece: &Piece<'t>) -> Option<Use<'t>> {
    match piece {
        Piece::Text(_) => None,
        Piece::Reference(reference) => {
            Some(Use { range: reference.range.clone(), name: reference.name, required: false })
        }
    }
}

fn collect<'t>(expression: &Expression<'t>, uses: &mut Vec<Use<'t>>) {
    match &expression.node {
        Node::Text(pieces) => uses.extend(pieces.iter().filter_map(use_of)),
        Node::Boolean(_) | Node::Number(_) => {}
        Node::Path(path) => {
            let name = match *path {
                Path::Target(fact) => Name::Target(fact),
                Path::Variable(name) => Name::Variable(name),
                Path::Matrix(name) => Name::Matrix(name),
            };
            uses.push(Use { range: expression.range.clone(), name, required: true });
        }
        Node::Not(operand) => collect(operand, uses),
        Node::Join(operands) | Node::All(operands) | Node::Any(operands) => {
            operands.iter().for_each(|operand| collect(operand, uses));
        }
        Node::Compare { first, others } => {
            collect(first, uses);
            others.iter().for_each(|(_, operand)| collect(operand, uses));
        }
        Node::Choose(choice) => {
            [&choice.condition, &choice.yes, &choice.no].into_iter().for_each(|part| collect(part, uses));
        }
    }
}
