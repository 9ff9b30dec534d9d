//! Expressions as trees.

use std::ops::Range;

use super::reference::{Piece, TargetFact};

/// An expression, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression<'t> {
    /// Bytes of the text of the template.
    pub range: Range<usize>,
    /// What it is.
    pub node: Node<'t>,
}

/// What an expression is. Operators of equal precedence are one node, so that long chains are not deep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'t> {
    /// `"text"`, with references in it.
    Text(Vec<Piece<'t>>),
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number, as it is written.
    Number(&'t str),
    /// A name.
    Path(Path<'t>),
    /// `!a`
    Not(Box<Expression<'t>>),
    /// `a + b + c`
    Join(Vec<Expression<'t>>),
    /// `a == b != c`, from left to right.
    Compare {
        /// The leftmost operand.
        first: Box<Expression<'t>>,
        /// The others, and whether each must be equal.
        others: Vec<(bool, Expression<'t>)>,
    },
    /// `a && b && c`
    All(Vec<Expression<'t>>),
    /// `a || b || c`
    Any(Vec<Expression<'t>>),
    /// `a ? b : c`
    Choose(Box<Choice<'t>>),
}

/// `condition ? yes : no`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'t> {
    /// The condition.
    pub condition: Expression<'t>,
    /// The value if the condition holds.
    pub yes: Expression<'t>,
    /// The value if it does not.
    pub no: Expression<'t>,
}

/// A name in an expression. In contrast to a reference in a text, it must exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path<'t> {
    /// `target.arch` and the like.
    Target(TargetFact),
    /// `definition.vars.NAME`
    Variable(&'t str),
    /// `matrix.NAME`
    Matrix(&'t str),
}
