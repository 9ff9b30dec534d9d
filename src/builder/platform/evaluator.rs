//! Evaluates single values of a definition, and collects what is wrong.

use std::collections::HashSet;
use std::ops::Range;
use std::str::FromStr;

use super::sources::Sources;
use crate::builder::definition::{
    Finding, InvalidValue, Rule, Severity, Spanned, TargetPlatform, Text, TextMap, Tree, TreeNode, Typed,
    has_template,
};
use crate::builder::template::{
    self, Budget, Cause, Condition, Kind, Scope, Target, Template, Values, Variables,
};
use crate::limits::Exceeded;

/// The state of the evaluation of one definition for one platform.
pub(super) struct Evaluator<'d> {
    pub(super) sources: &'d Sources,
    pub(super) platform: TargetPlatform,
    target: Target,
    variables: Values,
    /// The names of variables that have errors of their own, so that their uses give none.
    broken: HashSet<&'d str>,
    /// The values of the row of a matrix. Empty outside of stages with one.
    pub(super) matrix: Values,
    budget: Budget,
    pub(super) findings: Vec<Finding>,
    /// Findings of each row of a matrix are equal.
    known: HashSet<(Range<usize>, String)>,
    pub(super) exceeded: Option<Exceeded>,
}

impl<'d> Evaluator<'d> {
    /// Evaluates the variables first.
    pub(super) fn new(
        sources: &'d Sources,
        platform: TargetPlatform,
        target: Target,
        variables: &'d TextMap,
    ) -> Self {
        let mut budget = Budget::default();
        let written: Vec<(&str, &str)> =
            variables.iter().map(|entry| (entry.name.value.as_str(), entry.value.value.as_str())).collect();
        let Variables { values, errors } = Variables::evaluate(&written, &target, &mut budget);
        let is_broken = |name: &&str| !values.contains_key(*name);
        let broken = written.iter().map(|(name, _)| *name).filter(is_broken).collect();
        let mut evaluator = Self {
            sources,
            platform,
            target,
            variables: values,
            broken,
            matrix: Values::new(),
            budget,
            findings: Vec::new(),
            known: HashSet::new(),
            exceeded: None,
        };
        for (number, error) in errors {
            if let Some(entry) = variables.iter().nth(number) {
                evaluator.report_template(&entry.value, &error);
            }
        }
        evaluator
    }

    /// The variables with their values. Those with errors stay as they are written.
    pub(super) fn variables(&self, written: &TextMap) -> TextMap {
        let value = |name: &str, text: &Text| match self.variables.get(name) {
            Some(value) => Text::new(value.clone(), text.range.clone()),
            None => text.clone(),
        };
        written.iter().map(|entry| (entry.name.clone(), value(&entry.name.value, &entry.value))).collect()
    }

    /// Counts text that is copied without a template, as the stages of a matrix are.
    pub(super) fn copy(&mut self, bytes: usize) -> bool {
        if self.exceeded.is_none() {
            self.exceeded = self.budget.output(bytes).err();
        }
        self.exceeded.is_none()
    }

    /// A value that can hold references and expressions.
    pub(super) fn text(&mut self, text: &Text) -> Text {
        self.evaluate(text, Kind::Value)
    }

    /// A script, or the content of a file.
    pub(super) fn script(&mut self, text: &Text) -> Text {
        self.evaluate(text, Kind::Script)
    }

    pub(super) fn optional(&mut self, text: Option<&Text>) -> Option<Text> {
        text.map(|text| self.text(text))
    }

    pub(super) fn texts(&mut self, texts: &[Text]) -> Vec<Text> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    pub(super) fn map(&mut self, map: &TextMap) -> TextMap {
        map.iter().map(|entry| (entry.name.clone(), self.text(&entry.value))).collect()
    }

    /// A text with a precise type, which is parsed again if its template was replaced.
    pub(super) fn typed<T>(&mut self, typed: &Typed<T>) -> Typed<T>
    where
        T: FromStr<Err = InvalidValue> + Clone,
    {
        let text = self.text(&typed.text);
        if text.value == typed.text.value {
            return typed.clone();
        }
        let (typed, cause) = Typed::parse(text);
        if let Some(cause) = cause {
            self.report(Rule::INVALID_VALUE, &typed.text.range, cause.to_string());
        }
        typed
    }

    pub(super) fn typed_optional<T>(&mut self, typed: Option<&Typed<T>>) -> Option<Typed<T>>
    where
        T: FromStr<Err = InvalidValue> + Clone,
    {
        typed.map(|typed| self.typed(typed))
    }

    pub(super) fn typed_list<T>(&mut self, list: &[Typed<T>]) -> Vec<Typed<T>>
    where
        T: FromStr<Err = InvalidValue> + Clone,
    {
        list.iter().map(|typed| self.typed(typed)).collect()
    }

    /// The arguments of an action. Many of them are scripts, so an expression is only a text as a whole.
    pub(super) fn tree(&mut self, tree: &Tree) -> Tree {
        let node = match &tree.node {
            TreeNode::Text(text) => {
                let trimmed = text.trim();
                let is_expression = trimmed.starts_with("#{") && trimmed.ends_with('}');
                let kind = if is_expression { Kind::Value } else { Kind::Script };
                let text = Text::new(text.clone(), tree.range.clone());
                TreeNode::Text(self.evaluate(&text, kind).value)
            }
            TreeNode::List(items) => TreeNode::List(items.iter().map(|item| self.tree(item)).collect()),
            TreeNode::Map(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), self.tree(value)));
                TreeNode::Map(members.collect())
            }
            node @ (TreeNode::Null | TreeNode::Bool(_) | TreeNode::Number(_)) => node.clone(),
        };
        Tree { node, range: tree.range.clone() }
    }

    /// Whether an entry is for this platform and its condition holds.
    pub(super) fn is_used(
        &mut self,
        condition: Option<&Text>,
        platforms: &[Spanned<TargetPlatform>],
    ) -> bool {
        let is_here = platforms.is_empty() || platforms.iter().any(|one| one.value == self.platform);
        is_here && condition.is_none_or(|condition| self.holds(condition))
    }

    fn holds(&mut self, condition: &Text) -> bool {
        let scope = Scope { target: &self.target, variables: &self.variables, matrix: &self.matrix };
        let read = Condition::parse(&condition.value);
        match read.and_then(|read| read.holds(scope, &mut self.budget)) {
            Ok(holds) => holds,
            Err(error) => {
                self.report_template(condition, &error);
                true
            }
        }
    }

    fn evaluate(&mut self, text: &Text, kind: Kind) -> Text {
        if !has_template(&text.value) || self.exceeded.is_some() {
            return text.clone();
        }
        let scope = Scope { target: &self.target, variables: &self.variables, matrix: &self.matrix };
        let read = Template::parse(&text.value, kind);
        match read.and_then(|read| read.evaluate(scope, &mut self.budget)) {
            Ok(value) => Text::new(value.into_owned(), text.range.clone()),
            Err(error) => {
                self.report_template(text, &error);
                text.clone()
            }
        }
    }

    fn report_template(&mut self, text: &Text, error: &template::Error) {
        match &error.cause {
            Cause::Exceeded(exceeded) => {
                self.exceeded.get_or_insert_with(|| exceeded.clone());
                return;
            }
            Cause::UnknownVariable { name, .. } if self.broken.contains(name.as_str()) => return,
            _ => {}
        }
        let suggestion = error.suggestion().unwrap_or_default();
        let (range, is_possible) = self.sources.part(text, error.range.clone(), suggestion);
        let message = error.cause.to_string();
        let finding = Finding::new(Rule::TEMPLATE, Severity::Error, range.clone(), message);
        let finding = match error.suggestion() {
            Some(suggestion) if is_possible => finding.suggest(range, suggestion),
            Some(suggestion) => finding.note(format!("write `{suggestion}`")),
            None => finding,
        };
        self.push(finding);
    }

    pub(super) fn report(&mut self, rule: Rule, range: &Range<usize>, message: String) {
        self.push(Finding::new(rule, Severity::Error, range.clone(), message));
    }

    pub(super) fn push(&mut self, finding: Finding) {
        if self.known.insert((finding.range.clone(), finding.message.clone())) {
            self.findings.push(finding);
        }
    }
}
