//! Entries that occur twice, and entries that contradict each other.

use std::collections::HashMap;
use std::ops::Range;

use super::state::Reader;
use crate::builder::definition::{Accounts, Definition, Rule};

impl Reader<'_> {
    /// Reports tags, platforms and ports that occur twice.
    pub(super) fn check_repetitions(&mut self, definition: &Definition) {
        self.report_repeated("tag", definition.tags.iter().map(|tag| (tag.as_str(), &tag.text.range)));
        let platforms = definition.platforms.iter();
        let platforms: Vec<(String, &Range<usize>)> =
            platforms.map(|platform| (platform.value.to_string(), &platform.range)).collect();
        self.report_repeated("platform", platforms.iter().map(|(name, range)| (name.as_str(), *range)));
        let ports = definition.ports.iter();
        let ports: Vec<(String, &Range<usize>)> = ports
            .map(|port| {
                let name = port.value.as_ref().map_or_else(|| port.as_str().to_owned(), ToString::to_string);
                (name, &port.text.range)
            })
            .collect();
        self.report_repeated("port", ports.iter().map(|(name, range)| (name.as_str(), *range)));
    }

    /// Warns about every occurrence of a name after its first.
    fn report_repeated<'n>(&mut self, what: &str, names: impl Iterator<Item = (&'n str, &'n Range<usize>)>) {
        let mut first = HashMap::new();
        for (name, range) in names {
            if first.insert(name, range).is_some() {
                let range = self.first_line(range.clone());
                self.warn(
                    Rule::DUPLICATE,
                    range,
                    format!("the {what} `{}` occurs twice", name.escape_debug()),
                );
            }
        }
    }

    /// Reports users and groups with one name and different values. Equal entries count once.
    pub(super) fn check_accounts(&mut self, accounts: &Accounts) {
        let mut users = HashMap::new();
        for user in &accounts.users {
            let first = *users.entry(user.name.value.as_str()).or_insert(user);
            if !std::ptr::eq(first, user) {
                self.report_second("user", &user.name.value, &user.name.range, first.equals(user));
            }
        }
        let mut groups = HashMap::new();
        for group in &accounts.groups {
            let first = *groups.entry(group.name.value.as_str()).or_insert(group);
            if !std::ptr::eq(first, group) {
                self.report_second("group", &group.name.value, &group.name.range, first.equals(group));
            }
        }
    }

    fn report_second(&mut self, what: &str, name: &str, range: &Range<usize>, is_equal: bool) {
        let range = self.first_line(range.clone());
        let name = name.escape_debug();
        match is_equal {
            true => self.warn(Rule::DUPLICATE, range, format!("the {what} `{name}` occurs twice")),
            false => {
                let message = format!("the {what} `{name}` occurs twice, with different values");
                self.error(Rule::CONFLICT, range, message);
            }
        }
    }
}
