//! Evaluates `accounts`: entries that are equal count once, and others with one name are an error.

use std::collections::HashMap;

use super::evaluator::Evaluator;
use crate::builder::definition::{Accounts, Group, HIGHEST_ID, Rule, Text, User};

impl Evaluator<'_> {
    pub(super) fn accounts(&mut self, accounts: &Accounts) -> Accounts {
        let Accounts { range, root, run_as, users, groups } = accounts;
        let users: Vec<User> = users.iter().map(|user| self.user(user)).collect();
        let groups: Vec<Group> = groups.iter().map(|group| self.group(group)).collect();
        Accounts {
            range: range.clone(),
            root: root.clone(),
            run_as: self.run_as(run_as.as_ref()),
            users: self.distinct("user", users, |user| &user.name, User::equals),
            groups: self.distinct("group", groups, |group| &group.name, Group::equals),
        }
    }

    /// The user that runs an image or a step. Its numbers fit into those of the system.
    pub(super) fn run_as(&mut self, written: Option<&Text>) -> Option<Text> {
        let text = self.optional(written)?;
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        let is_id = |part: &str| part.parse::<u32>().is_ok_and(|id| id <= HIGHEST_ID);
        let wrong = text.value.split(':').filter(is_number).find(|part| !is_id(part));
        if let Some(number) = wrong {
            let shown: String = number.chars().take(32).collect();
            let message =
                format!("`run-as`: `{shown}` is no number of a user, expected at most {HIGHEST_ID}");
            self.report(Rule::INVALID_VALUE, &text.range, message);
        }
        Some(text)
    }

    fn user(&mut self, user: &User) -> User {
        User {
            range: user.range.clone(),
            name: self.text(&user.name),
            uid: user.uid.clone(),
            gid: user.gid.clone(),
            mode: self.typed_optional(user.mode.as_ref()),
        }
    }

    fn group(&mut self, group: &Group) -> Group {
        Group {
            range: group.range.clone(),
            name: self.text(&group.name),
            gid: group.gid.clone(),
            members: self.texts(&group.members),
        }
    }

    /// The first entry of each name.
    fn distinct<T>(
        &mut self,
        what: &str,
        entries: Vec<T>,
        name: fn(&T) -> &Text,
        equals: fn(&T, &T) -> bool,
    ) -> Vec<T> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut distinct: Vec<T> = Vec::new();
        for entry in entries {
            let text = name(&entry);
            match places.get(&text.value).and_then(|place| distinct.get(*place)) {
                None => {
                    places.insert(text.value.clone(), distinct.len());
                    distinct.push(entry);
                }
                Some(first) if equals(first, &entry) => {}
                Some(_) => {
                    let message = format!(
                        "the {what} `{}` occurs twice, with different values",
                        text.value.escape_debug()
                    );
                    self.report(Rule::CONFLICT, &text.range, message);
                }
            }
        }
        distinct
    }
}
