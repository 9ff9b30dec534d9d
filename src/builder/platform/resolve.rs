//! Evaluates a whole definition for one platform.

use std::collections::{BTreeSet, HashSet};

use super::error::Error;
use super::evaluator::Evaluator;
use super::limits::EXPOSED_PORTS;
use super::sources::Sources;
use crate::builder::definition::{
    Dates, Definition, Finding, Keyword, OsRelease, PortRange, Rule, Spanned, Tag, TargetPlatform, Test,
    Text, Typed, Variant, has_template,
};
use crate::builder::template::Target;
use crate::limits::Exceeded;

/// A definition for one platform. The definition in it has no templates but those that stay as they are written, no
/// conditions, matrices and files that it includes, and this platform only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The platform.
    pub platform: TargetPlatform,
    /// The definition. Its ranges are those of the text that each value was evaluated from.
    pub definition: Definition,
}

/// A definition for one platform, and what is wrong with it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The definition. With an error among the findings, some values in it are as they are written.
    pub resolved: Resolved,
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
}

/// Evaluates a definition for a platform.
///
/// 1. Variables, each after those that it uses.
/// 2. For each entry: its `platforms`, then its condition (`if`). Entries that are not used are not evaluated.
/// 3. The values of the entries that are used, stages once for each row of their matrix.
/// 4. Equal accounts and ports count once, ranges of ports are expanded, the suffix is appended to the tags.
///
/// # Errors
///
/// A limit was reached.
pub fn resolve(
    definition: &Definition,
    sources: &Sources,
    platform: TargetPlatform,
) -> Result<Resolution, Error> {
    let target = Target {
        arch: platform.architecture().to_owned(),
        dev: definition.variant() == Variant::Dev,
        fips: definition.fips_compliant.as_ref().is_some_and(|fips| fips.value),
        flavor: definition.flavor.as_ref().map(|flavor| flavor.value.clone()).unwrap_or_default(),
    };
    let mut evaluator = Evaluator::new(sources, platform, target, &definition.vars);
    if !definition.platforms().contains(&platform) {
        let range = definition.platforms.first().map(|first| first.range.clone()).unwrap_or_default();
        let message = format!("the definition is not for `{}`", platform.as_str());
        evaluator.report(Rule::PLATFORM, &range, message);
    }
    if let Some(flavor) = definition.flavor.as_ref().filter(|flavor| has_template(flavor)) {
        let message = "a flavor has no templates: variables can depend on it".to_owned();
        evaluator.report(Rule::TEMPLATE, &flavor.range, message);
    }
    let definition = evaluator.definition(definition);
    evaluator.check_program(&definition);
    if let Some(exceeded) = evaluator.exceeded {
        let file = sources.files().first().map(|file| file.name.clone()).unwrap_or_default();
        return Err(Error::Exceeded { file, exceeded });
    }
    let mut findings = evaluator.findings;
    findings.sort_by_key(|finding| finding.range.start);
    Ok(Resolution { resolved: Resolved { platform, definition }, findings })
}

impl Evaluator<'_> {
    fn definition(&mut self, written: &Definition) -> Definition {
        let platforms =
            Spanned::new(self.platform, written.platforms.first().map_or(0..0, |one| one.range.clone()));
        Definition {
            directive: written.directive.clone(),
            range: written.range.clone(),
            includes: Vec::new(),
            emptied: BTreeSet::new(),
            // It says how the file is kept up to date, and nothing about what is built.
            track: Vec::new(),
            name: self.optional(written.name.as_ref()),
            image: self.optional(written.image.as_ref()),
            compression: written.compression.clone(),
            output: written.output.clone(),
            entitlement: written.entitlement.clone(),
            variant: written.variant.clone(),
            flavor: written.flavor.clone(),
            tags: self.tags(&written.tags, written.suffix.as_ref()),
            suffix: None,
            platforms: vec![platforms],
            dates: written.dates.as_ref().map(|dates| self.dates(dates)),
            vars: self.variables(&written.vars),
            contents: written.contents.as_ref().map(|contents| self.contents(contents)),
            stages: self.stages(&written.stages),
            accounts: written.accounts.as_ref().map(|accounts| self.accounts(accounts)),
            os_release: written.os_release.as_ref().map(|os_release| self.os_release(os_release)),
            work_dir: self.optional(written.work_dir.as_ref()),
            stop_signal: self.typed_optional(written.stop_signal.as_ref()),
            environment: self.map(&written.environment),
            paths: self.paths(&written.paths),
            annotations: self.map(&written.annotations),
            labels: self.map(&written.labels),
            entrypoint: self.texts(&written.entrypoint),
            cmd: self.texts(&written.cmd),
            ports: self.ports(&written.ports),
            volumes: self.texts(&written.volumes),
            tests: written.tests.iter().map(|test| self.test(test)).collect(),
            fips_compliant: written.fips_compliant.clone(),
            stig_certified: written.stig_certified.clone(),
        }
    }

    /// The tags, each with the suffix behind it.
    fn tags(&mut self, tags: &[Typed<Tag>], suffix: Option<&Text>) -> Vec<Typed<Tag>> {
        let Some(suffix) = self.optional(suffix) else { return self.typed_list(tags) };
        let mut suffixed = Vec::new();
        for tag in tags {
            let tag = self.text(&tag.text);
            let (tag, cause) = Typed::parse(Text::new(format!("{}{}", tag.value, suffix.value), tag.range));
            if let Some(cause) = cause {
                self.report(Rule::INVALID_VALUE, &tag.text.range, cause.to_string());
            }
            suffixed.push(tag);
        }
        suffixed
    }

    /// Reports a program without a name, which no container can start. A file that only completes others may lack the
    /// entrypoint that comes before its arguments.
    fn check_program(&mut self, definition: &Definition) {
        let Definition { entrypoint, cmd, .. } = definition;
        let (key, first) = match (entrypoint.first(), cmd.first()) {
            (Some(first), _) => ("entrypoint", first),
            (None, Some(first)) if definition.directive.is_some() => ("cmd", first),
            _ => return,
        };
        if first.value.is_empty() {
            let message = format!("`{key}`: the first text is empty, expected the name of a program");
            self.report(Rule::INVALID_VALUE, &first.range, message);
        }
    }

    fn dates(&mut self, dates: &Dates) -> Dates {
        Dates {
            range: dates.range.clone(),
            kind: self.optional(dates.kind.as_ref()),
            url: self.optional(dates.url.as_ref()),
            release: self.typed_optional(dates.release.as_ref()),
            end_of_life: self.typed_optional(dates.end_of_life.as_ref()),
            end_of_support: self.typed_optional(dates.end_of_support.as_ref()),
        }
    }

    fn os_release(&mut self, written: &OsRelease) -> OsRelease {
        OsRelease {
            range: written.range.clone(),
            name: self.optional(written.name.as_ref()),
            id: self.optional(written.id.as_ref()),
            id_like: self.optional(written.id_like.as_ref()),
            version_id: self.optional(written.version_id.as_ref()),
            version_codename: self.optional(written.version_codename.as_ref()),
            pretty_name: self.optional(written.pretty_name.as_ref()),
            home_url: self.optional(written.home_url.as_ref()),
            bug_report_url: self.optional(written.bug_report_url.as_ref()),
        }
    }

    /// One entry for each port, in the order of the file. Engines do not read ranges.
    fn ports(&mut self, ports: &[Typed<PortRange>]) -> Vec<Typed<PortRange>> {
        let (mut expanded, mut known, mut count) = (Vec::new(), HashSet::new(), 0_usize);
        for written in ports {
            let port = self.typed(written);
            let Some(range) = &port.value else {
                expanded.push(port);
                continue;
            };
            count += range.numbers.len();
            if count > EXPOSED_PORTS {
                let measured = format!("a definition with more than {EXPOSED_PORTS} ports");
                self.exceeded = Some(Exceeded::new(measured, EXPOSED_PORTS, "ports"));
                return expanded;
            }
            for one in range.ports().filter(|one| known.insert(*one)) {
                let value = PortRange { numbers: one.number..=one.number, protocol: one.protocol };
                let text = Text::new(one.to_string(), port.text.range.clone());
                expanded.push(Typed { text, value: Some(value) });
            }
        }
        expanded
    }

    fn test(&mut self, test: &Test) -> Test {
        Test {
            range: test.range.clone(),
            name: self.optional(test.name.as_ref()),
            directory: self.optional(test.directory.as_ref()),
            commands: test.commands.iter().map(|command| self.script(command)).collect(),
            exit_code: test.exit_code.clone(),
            timeout: test.timeout.clone(),
            output: self.optional(test.output.as_ref()),
        }
    }
}
