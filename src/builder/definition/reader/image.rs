//! The definition as a whole.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{Dates, Definition, Keyword as _, ListKey, OsRelease, Rule, Test, Text};
use crate::yaml::Value;

/// The lists that are written and empty.
fn emptied(root: Value<'_>) -> BTreeSet<ListKey> {
    let is_emptied = |key: &ListKey| {
        let list = key.as_str().split('.').try_fold(root, Value::get);
        list.and_then(Value::items).is_some_and(|mut items| items.next().is_none())
    };
    ListKey::ALL.iter().copied().filter(is_emptied).collect()
}

impl<'a> Reader<'a> {
    /// The whole definition.
    pub(super) fn definition(&mut self, root: Value<'a>) -> Definition {
        let slot = Slot { value: root, name: "definition", key: None, is_item: false };
        let Some(mut fields) = self.fields(&slot, "a definition") else { return Definition::default() };
        let mut stages = Vec::new();
        let definition = Definition {
            directive: None,
            range: fields.range(),
            includes: self.texts(fields.take("includes")),
            emptied: emptied(root),
            track: self.list(fields.take("track"), Self::tracker),
            name: self.text(fields.take("name")),
            image: self.text(fields.take("image")),
            compression: self.keyword(fields.take("compression")),
            output: self.keyword(fields.take("output")),
            entitlement: self.keyword(fields.take("entitlement")),
            variant: self.keyword(fields.take("variant")),
            flavor: self.text(fields.take("flavor")),
            tags: self.list(fields.take("tags"), Self::typed_of),
            suffix: self.text(fields.take("suffix")),
            platforms: self.list(fields.take("platforms"), Self::keyword_of),
            dates: self.dates(fields.take("dates")),
            vars: self.text_map(fields.take("vars")),
            contents: self.contents(fields.take("contents"), Some(&mut stages)),
            accounts: self.accounts(fields.take("accounts")),
            os_release: self.os_release(fields.take("os-release")),
            work_dir: self.text(fields.take("work-dir")),
            stop_signal: self.typed(fields.take("stop-signal")),
            environment: self.environment(fields.take("environment")),
            paths: self.list(fields.take("paths"), Self::path_entry),
            annotations: self.text_map(fields.take("annotations")),
            labels: self.text_map(fields.take("labels")),
            entrypoint: self.texts(fields.take("entrypoint")),
            cmd: self.texts(fields.take("cmd")),
            ports: self.list(fields.take("ports"), Self::typed_of),
            volumes: self.texts(fields.take("volumes")),
            tests: self.list(fields.take("tests"), Self::test),
            fips_compliant: self.boolean(fields.take("fips-compliant")),
            stig_certified: self.boolean(fields.take("stig-certified")),
            stages,
        };
        // What is included may have them.
        if self.is_whole && definition.includes.is_empty() {
            fields.require("image");
            fields.require("tags");
        }
        self.finish_fields(fields);
        self.check_repetitions(&definition);
        definition
    }

    fn dates(&mut self, slot: Option<Slot<'a>>) -> Option<Dates> {
        let mut fields = self.fields(&slot?, "`dates`")?;
        let dates = Dates {
            range: fields.range(),
            kind: self.text(fields.take("type")),
            url: self.text(fields.take("url")),
            release: self.typed(fields.take("release")),
            end_of_life: self.typed(fields.take("end-of-life")),
            end_of_support: self.typed(fields.take("end-of-support")),
        };
        self.finish_fields(fields);
        Some(dates)
    }

    fn os_release(&mut self, slot: Option<Slot<'a>>) -> Option<OsRelease> {
        let mut fields = self.fields(&slot?, "`os-release`")?;
        let os_release = OsRelease {
            range: fields.range(),
            name: self.line(&mut fields, "name"),
            id: self.line(&mut fields, "id"),
            id_like: self.line(&mut fields, "id-like"),
            version_id: self.line(&mut fields, "version-id"),
            version_codename: self.line(&mut fields, "version-codename"),
            pretty_name: self.line(&mut fields, "pretty-name"),
            home_url: self.line(&mut fields, "home-url"),
            bug_report_url: self.line(&mut fields, "bug-report-url"),
        };
        self.finish_fields(fields);
        if let Some(id_like) = &os_release.id_like {
            let is_id = |id: &str| {
                !id.is_empty()
                    && id.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
                    })
            };
            if !id_like.split(' ').all(is_id) {
                let message = "`id-like`: expected lower-case IDs, separated by one space";
                self.error(Rule::INVALID_VALUE, self.first_line(id_like.range.clone()), message);
            }
        }
        Some(os_release)
    }

    /// A text of one line: each is a line of a file.
    fn line(&mut self, fields: &mut Fields<'a>, name: &'static str) -> Option<Text> {
        let text = self.text(fields.take(name))?;
        if text.contains(['\n', '\r']) {
            let message = format!("`{name}`: expected one line");
            self.error(Rule::INVALID_VALUE, self.first_line(text.range.clone()), message);
        }
        Some(text)
    }

    fn test(&mut self, slot: Slot<'a>) -> Option<Test> {
        let mut fields = self.fields(&slot, "a test")?;
        let (range, name) = (fields.range(), self.text(fields.take("name")));
        let directory = self.text(fields.take("directory"));
        let commands = self.texts(fields.take("commands"));
        let exit_code = self.integer_in(fields.take("exit-code"), 0..=255);
        let timeout = self.integer_in(fields.take("timeout"), 1..=i64::from(u32::MAX));
        let output = self.text(fields.take("output"));
        fields.require("exit-code");
        self.finish_fields(fields);
        Some(Test { range, name, directory, commands, exit_code: exit_code?, timeout, output })
    }
}
