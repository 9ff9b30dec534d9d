//! Writes a definition for one platform as YAML, in the order and form of the catalog.

use std::borrow::Cow;

use super::resolve::Resolved;
use crate::builder::definition::{
    Accounts, Artifact, Cache, Contents, Dates, Definition, Entry, FileSource, Group, Keyword, OsRelease,
    Output, PathEntry, Secret, Spanned, Spdx, SpdxPackage, Stage, StageAttestation, Step, Test, Text,
    TextMap, Tree, TreeNode, Typed, User,
};
use crate::yaml::{Data, write};

/// Writes a definition for one platform. The same definition gives the same bytes. Read and resolved again for that
/// platform, they are the same definition.
pub fn render(resolved: &Resolved) -> String {
    let definition = &resolved.definition;
    let mut text = String::new();
    if let Some(directive) = &definition.directive {
        text.push_str(&directive.value.to_string());
        text.push_str("\n\n");
    }
    text.push_str(&write(&self::definition(definition)));
    text
}

/// The members of a mapping. What is absent or empty is not written.
#[derive(Default)]
struct Members<'d>(Vec<(&'d str, Data<'d>)>);

impl<'d> Members<'d> {
    fn with(mut self, name: &'static str, value: Option<Data<'d>>) -> Self {
        self.0.extend(value.map(|value| (name, value)));
        self
    }

    fn text(self, name: &'static str, value: Option<&'d Text>) -> Self {
        self.with(name, value.map(text))
    }

    fn typed<T>(self, name: &'static str, value: Option<&'d Typed<T>>) -> Self {
        self.with(name, value.map(|typed| text(&typed.text)))
    }

    fn keyword<T: Keyword>(self, name: &'static str, value: Option<&'d Spanned<T>>) -> Self {
        self.with(name, value.map(|value| Data::Text(value.value.as_str().into())))
    }

    fn flag(self, name: &'static str, value: Option<&'d Spanned<bool>>) -> Self {
        self.with(name, value.map(|value| Data::Bool(value.value)))
    }

    fn number(self, name: &'static str, value: Option<&'d Spanned<impl ToString>>) -> Self {
        self.with(name, value.map(|value| number(&value.value)))
    }

    fn texts(self, name: &'static str, values: &'d [Text]) -> Self {
        self.list(name, values, text)
    }

    fn typed_texts<T>(self, name: &'static str, values: &'d [Typed<T>]) -> Self {
        self.list(name, values, |typed| text(&typed.text))
    }

    fn keywords<T: Keyword>(self, name: &'static str, values: &'d [Spanned<T>]) -> Self {
        self.list(name, values, |value| Data::Text(value.value.as_str().into()))
    }

    fn list<T>(self, name: &'static str, values: &'d [T], value: impl Fn(&'d T) -> Data<'d>) -> Self {
        let items = (!values.is_empty()).then(|| Data::List(values.iter().map(value).collect()));
        self.with(name, items)
    }

    fn map(self, name: &'static str, values: &'d TextMap) -> Self {
        let member = |entry: &'d Entry| (entry.name.value.as_str(), text(&entry.value));
        let members = (!values.is_empty()).then(|| Data::Map(values.iter().map(member).collect()));
        self.with(name, members)
    }

    fn done(self) -> Data<'d> {
        Data::Map(self.0)
    }
}

fn text(text: &Text) -> Data<'_> {
    Data::Text(text.value.as_str().into())
}

fn number(value: &impl ToString) -> Data<'static> {
    Data::Number(Cow::Owned(value.to_string()))
}

fn definition(definition: &Definition) -> Data<'_> {
    Members::default()
        .text("name", definition.name.as_ref())
        .text("image", definition.image.as_ref())
        .keyword("compression", definition.compression.as_ref())
        .keyword("output", definition.output.as_ref())
        .keyword("entitlement", definition.entitlement.as_ref())
        .keyword("variant", definition.variant.as_ref())
        .text("flavor", definition.flavor.as_ref())
        .typed_texts("tags", &definition.tags)
        .keywords("platforms", &definition.platforms)
        .with("dates", definition.dates.as_ref().map(dates))
        .map("vars", &definition.vars)
        .with("contents", contents(definition.contents.as_ref(), &definition.stages))
        .with("accounts", definition.accounts.as_ref().map(accounts))
        .with("os-release", definition.os_release.as_ref().map(os_release))
        .text("work-dir", definition.work_dir.as_ref())
        .typed("stop-signal", definition.stop_signal.as_ref())
        .map("environment", &definition.environment)
        .list("paths", &definition.paths, path)
        .map("annotations", &definition.annotations)
        .map("labels", &definition.labels)
        .texts("entrypoint", &definition.entrypoint)
        .texts("cmd", &definition.cmd)
        .typed_texts("ports", &definition.ports)
        .texts("volumes", &definition.volumes)
        .list("tests", &definition.tests, test)
        .flag("fips-compliant", definition.fips_compliant.as_ref())
        .flag("stig-certified", definition.stig_certified.as_ref())
        .done()
}

fn dates(dates: &Dates) -> Data<'_> {
    Members::default()
        .text("type", dates.kind.as_ref())
        .text("url", dates.url.as_ref())
        .typed("release", dates.release.as_ref())
        .typed("end-of-life", dates.end_of_life.as_ref())
        .typed("end-of-support", dates.end_of_support.as_ref())
        .done()
}

/// The stages of a definition are a part of its contents. Stages have none.
fn contents<'d>(contents: Option<&'d Contents>, stages: &'d [Stage]) -> Option<Data<'d>> {
    let members = Members::default();
    let Some(contents) = contents else {
        return (!stages.is_empty()).then(|| members.list("builds", stages, stage).done());
    };
    let members = members
        .typed_texts("repositories", &contents.repositories)
        .typed_texts("keyring", &contents.keyring)
        .typed_texts("packages", &contents.packages)
        .list("files", &contents.files, file)
        .list("builds", stages, stage)
        .map("mappings", &contents.mappings)
        .list("artifacts", &contents.artifacts, artifact);
    Some(members.done())
}

fn file(file: &FileSource) -> Data<'_> {
    Members::default()
        .typed("url", file.url.as_ref())
        .typed("checksum", file.checksum.as_ref())
        .text("path", file.path.as_ref())
        .texts("includes", &file.includes)
        .texts("excludes", &file.excludes)
        .with("spdx", file.spdx.as_ref().map(spdx))
        .number("uid", file.uid.as_ref())
        .number("gid", file.gid.as_ref())
        .typed("mode", file.mode.as_ref())
        .text("secret-id", file.secret_id.as_ref())
        .done()
}

fn spdx(spdx: &Spdx) -> Data<'_> {
    Members::default()
        .text("name", spdx.name.as_ref())
        .text("version", spdx.version.as_ref())
        .list("packages", &spdx.packages, spdx_package)
        .done()
}

fn spdx_package(package: &SpdxPackage) -> Data<'_> {
    Members::default()
        .text("name", package.name.as_ref())
        .text("purl", package.purl.as_ref())
        .text("license", package.license.as_ref())
        .text("path", package.path.as_ref())
        .done()
}

fn artifact(artifact: &Artifact) -> Data<'_> {
    Members::default()
        .typed("name", artifact.name.as_ref())
        .texts("includes", &artifact.includes)
        .texts("excludes", &artifact.excludes)
        .number("uid", artifact.uid.as_ref())
        .number("gid", artifact.gid.as_ref())
        .done()
}

fn stage(stage: &Stage) -> Data<'_> {
    Members::default()
        .text("name", stage.name.as_ref())
        .text("entitlement", stage.entitlement.as_ref())
        .typed("uses", stage.uses.as_ref())
        .text("work-dir", stage.work_dir.as_ref())
        .text("shell", stage.shell.as_ref())
        .flag("privileged", stage.privileged.as_ref())
        .map("environment", &stage.environment)
        .list("caches", &stage.caches, cache)
        .with("contents", contents(stage.contents.as_ref(), &[]))
        .list("pipeline", &stage.pipeline, step)
        .list("paths", &stage.paths, path)
        .with("accounts", stage.accounts.as_ref().map(accounts))
        .list("outputs", &stage.outputs, output)
        .list("attestations", &stage.attestations, attestation)
        .done()
}

fn cache(cache: &Cache) -> Data<'_> {
    Members::default().text("path", Some(&cache.path)).keyword("sharing", cache.sharing.as_ref()).done()
}

fn step(step: &Step) -> Data<'_> {
    Members::default()
        .text("name", step.name.as_ref())
        .typed("uses", step.uses.as_ref())
        .text("run-as", step.run_as.as_ref())
        .text("work-dir", step.work_dir.as_ref())
        .text("shell", step.shell.as_ref())
        .flag("privileged", step.privileged.as_ref())
        .map("environment", &step.environment)
        .list("caches", &step.caches, cache)
        .list("secrets", &step.secrets, secret)
        .with("with", step.with.as_ref().map(tree))
        .text("runs", step.runs.as_ref())
        .done()
}

fn secret(secret: &Secret) -> Data<'_> {
    Members::default()
        .text("id", Some(&secret.id))
        .text("env", Some(&secret.env))
        .flag("optional", secret.optional.as_ref())
        .done()
}

fn output(output: &Output) -> Data<'_> {
    Members::default()
        .text("source", output.source.as_ref())
        .text("target", output.target.as_ref())
        .number("uid", output.uid.as_ref())
        .number("gid", output.gid.as_ref())
        .typed("mode", output.mode.as_ref())
        .flag("diff", output.diff.as_ref())
        .done()
}

fn attestation(attestation: &StageAttestation) -> Data<'_> {
    Members::default()
        .text("predicate-type", attestation.predicate_type.as_ref())
        .text("source", attestation.source.as_ref())
        .flag("diff", attestation.diff.as_ref())
        .done()
}

fn path(entry: &PathEntry) -> Data<'_> {
    Members::default()
        .keyword("type", Some(&entry.kind))
        .text("path", Some(&entry.path))
        .text("content", entry.content.as_ref())
        .number("uid", entry.uid.as_ref())
        .number("gid", entry.gid.as_ref())
        .typed("mode", entry.mode.as_ref())
        .text("source", entry.source.as_ref())
        .flag("recursive", entry.recursive.as_ref())
        .done()
}

fn accounts(accounts: &Accounts) -> Data<'_> {
    Members::default()
        .flag("root", accounts.root.as_ref())
        .text("run-as", accounts.run_as.as_ref())
        .list("users", &accounts.users, user)
        .list("groups", &accounts.groups, group)
        .done()
}

fn user(user: &User) -> Data<'_> {
    Members::default()
        .text("name", Some(&user.name))
        .number("uid", Some(&user.uid))
        .number("gid", Some(&user.gid))
        .typed("mode", user.mode.as_ref())
        .done()
}

fn group(group: &Group) -> Data<'_> {
    Members::default()
        .text("name", Some(&group.name))
        .number("gid", Some(&group.gid))
        .texts("members", &group.members)
        .done()
}

fn os_release(os_release: &OsRelease) -> Data<'_> {
    Members::default()
        .text("name", os_release.name.as_ref())
        .text("id", os_release.id.as_ref())
        .text("id-like", os_release.id_like.as_ref())
        .text("version-id", os_release.version_id.as_ref())
        .text("version-codename", os_release.version_codename.as_ref())
        .text("pretty-name", os_release.pretty_name.as_ref())
        .text("home-url", os_release.home_url.as_ref())
        .text("bug-report-url", os_release.bug_report_url.as_ref())
        .done()
}

fn test(test: &Test) -> Data<'_> {
    Members::default()
        .text("name", test.name.as_ref())
        .text("directory", test.directory.as_ref())
        .texts("commands", &test.commands)
        .number("exit-code", Some(&test.exit_code))
        .number("timeout", test.timeout.as_ref())
        .text("output", test.output.as_ref())
        .done()
}

fn tree(tree: &Tree) -> Data<'_> {
    match &tree.node {
        TreeNode::Null => Data::Null,
        TreeNode::Bool(value) => Data::Bool(*value),
        TreeNode::Number(written) => Data::Number(written.into()),
        TreeNode::Text(text) => Data::Text(text.into()),
        TreeNode::List(items) => Data::List(items.iter().map(self::tree).collect()),
        TreeNode::Map(members) => {
            Data::Map(members.iter().map(|(name, value)| (name.value.as_str(), self::tree(value))).collect())
        }
    }
}
