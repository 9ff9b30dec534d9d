//! Users and groups.

use super::fields::Fields;
use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{Accounts, Group, Rule, Text, User};

impl<'a> Reader<'a> {
    /// `accounts` of a definition or of a stage.
    pub(super) fn accounts(&mut self, slot: Option<Slot<'a>>) -> Option<Accounts> {
        let mut fields = self.fields(&slot?, "`accounts`")?;
        let accounts = Accounts {
            range: fields.range(),
            root: self.boolean(fields.take("root")),
            run_as: self.text(fields.take("run-as")),
            users: self.list(fields.take("users"), Self::user),
            groups: self.list(fields.take("groups"), Self::group),
        };
        self.finish_fields(fields);
        self.check_accounts(&accounts);
        Some(accounts)
    }

    fn user(&mut self, slot: Slot<'a>) -> Option<User> {
        let mut fields = self.fields(&slot, "a user")?;
        let (range, name) = (fields.range(), self.account_name(&mut fields));
        let uid = self.id(fields.take("uid"));
        let gid = self.id(fields.take("gid"));
        let mode = self.typed(fields.take("mode"));
        for key in ["name", "uid", "gid"] {
            fields.require(key);
        }
        self.finish_fields(fields);
        Some(User { range, name: name?, uid: uid?, gid: gid?, mode })
    }

    fn group(&mut self, slot: Slot<'a>) -> Option<Group> {
        let mut fields = self.fields(&slot, "a group")?;
        let (range, name) = (fields.range(), self.account_name(&mut fields));
        let gid = self.id(fields.take("gid"));
        let members = self.list(fields.take("members"), |reader, slot| {
            let name = reader.text_of(slot)?;
            reader.check_account_name(&name);
            Some(name)
        });
        for key in ["name", "gid"] {
            fields.require(key);
        }
        self.finish_fields(fields);
        Some(Group { range, name: name?, gid: gid?, members })
    }

    fn account_name(&mut self, fields: &mut Fields<'a>) -> Option<Text> {
        let name = self.text(fields.take("name"))?;
        self.check_account_name(&name);
        Some(name)
    }

    /// Reports a name that would be something else in a line of `/etc/passwd` or `/etc/group`.
    fn check_account_name(&mut self, name: &Text) {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-$".contains(&byte);
        let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
            && name.bytes().all(is_part);
        if !is_name {
            let shown: String = name.chars().take(32).collect();
            let message = format!(
                "`{}` is no account name: expected letters, digits and `_.-`, with a letter, digit or `_` first",
                shown.escape_debug()
            );
            self.error(Rule::INVALID_VALUE, self.first_line(name.range.clone()), message);
        }
    }
}
