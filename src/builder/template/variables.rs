//! Evaluates the variables of a definition, which can use each other.

use std::collections::BTreeMap;

use super::budget::Budget;
use super::error::{Cause, Error};
use super::reference::{Kind, Name};
use super::scope::{Scope, Target, Values};
use super::text::{Template, Use};

/// The variables of a definition for one platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// The values of those without errors.
    pub values: Values,
    /// What is wrong with others: the position in the list of variables, and the error in the text of its value.
    /// A variable that uses a wrong one has no value and no error of its own.
    pub errors: Vec<(usize, Error)>,
}

/// How far the search for the order of evaluation has come with a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Evaluated,
    Failed,
}

impl Variables {
    /// Evaluates variables, given as names and texts, each after those that it uses. All errors are found at once.
    pub fn evaluate<'t>(written: &[(&'t str, &'t str)], target: &Target, budget: &mut Budget) -> Self {
        let mut search = Search {
            numbers: written.iter().enumerate().map(|(number, (name, _))| (*name, number)).collect(),
            written,
            templates: Vec::new(),
            states: vec![State::New; written.len()],
            found: Self::default(),
        };
        for (number, (_, text)) in written.iter().enumerate() {
            let template = match Template::parse(text, Kind::Variable) {
                Ok(template) => {
                    let uses = template.uses();
                    Some((template, uses))
                }
                Err(error) => {
                    search.fail(number, Some(error));
                    None
                }
            };
            search.templates.push(template);
        }
        for number in 0..written.len() {
            search.evaluate(number, target, budget);
        }
        search.found.errors.sort_by_key(|(number, _)| *number);
        search.found
    }
}

struct Search<'t, 'w> {
    written: &'w [(&'t str, &'t str)],
    numbers: BTreeMap<&'t str, usize>,
    templates: Vec<Option<(Template<'t>, Vec<Use<'t>>)>>,
    states: Vec<State>,
    found: Variables,
}

impl<'t> Search<'t, '_> {
    /// Evaluates the variable and all that it uses, depth first. The path is a list, as it can be long.
    fn evaluate(&mut self, root: usize, target: &Target, budget: &mut Budget) {
        if self.state(root) != State::New {
            return;
        }
        self.set(root, State::Open);
        let mut path = vec![(root, 0)];
        let mut circle_found = false;
        while let Some((number, next)) = path.last_mut() {
            let number = *number;
            let Some(used) = self.used(number, *next) else {
                path.pop();
                if self.state(number) == State::Open {
                    self.evaluate_one(number, target, budget);
                }
                if self.state(number) == State::Failed
                    && let Some((user, _)) = path.last()
                {
                    let user = *user;
                    self.fail(user, None);
                }
                continue;
            };
            *next += 1;
            let Some(other) = self.number(used.name) else { continue };
            match self.state(other) {
                State::New => {
                    self.set(other, State::Open);
                    path.push((other, 0));
                }
                State::Evaluated => {}
                State::Failed => self.fail(number, None),
                State::Open => {
                    // One circle of each search is reported, so that all messages together stay short.
                    let error = (!circle_found).then(|| {
                        let begin = path.iter().position(|(number, _)| *number == other).unwrap_or_default();
                        let members = path.iter().skip(begin);
                        let names = members.map(|(number, _)| self.name(*number).to_owned()).collect();
                        Error::new(used.range.clone(), Cause::Circle(names))
                    });
                    circle_found = true;
                    self.fail(number, error);
                }
            }
        }
    }

    fn evaluate_one(&mut self, number: usize, target: &Target, budget: &mut Budget) {
        let Some(Some((template, _))) = self.templates.get(number) else { return };
        let scope = Scope { target, variables: &self.found.values, matrix: &Values::new() };
        match template.evaluate(scope, budget) {
            Ok(value) => {
                let (name, value) = (self.name(number).to_owned(), value.into_owned());
                self.found.values.insert(name, value);
                self.set(number, State::Evaluated);
            }
            Err(error) => self.fail(number, Some(error)),
        }
    }

    fn used(&self, number: usize, next: usize) -> Option<Use<'t>> {
        self.templates.get(number)?.as_ref()?.1.get(next).cloned()
    }

    fn number(&self, name: Name<'_>) -> Option<usize> {
        match name {
            Name::Variable(name) => self.numbers.get(name).copied(),
            _ => None,
        }
    }

    fn name(&self, number: usize) -> &'t str {
        self.written.get(number).map_or("", |(name, _)| name)
    }

    fn state(&self, number: usize) -> State {
        self.states.get(number).copied().unwrap_or(State::Failed)
    }

    fn set(&mut self, number: usize, state: State) {
        if let Some(own) = self.states.get_mut(number) {
            *own = state;
        }
    }

    fn fail(&mut self, number: usize, error: Option<Error>) {
        self.set(number, State::Failed);
        self.found.errors.extend(error.map(|error| (number, error)));
    }
}
