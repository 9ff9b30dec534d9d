//! All texts of a definition that hold templates, without its variables.

use std::ops::Range;

use crate::builder::definition::{
    Contents, Definition, PathEntry, Stage, Step, Text, TextMap, Tree, TreeNode, Typed, has_template,
};
use crate::builder::template::Kind;

/// What a text is used for, which decides what a name without a variable means in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// The script of a step: the name may be that of a variable of the shell.
    Script,
    /// The content of a file or a command of a test: the name may be that of another program.
    Content,
    /// A condition, whose names must exist.
    Condition,
    /// An argument or an environment variable, which another program may read.
    Passed,
    /// Anything else, which only the builder reads.
    Own,
}

/// One text.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    /// The bytes in the definition.
    pub(super) range: Range<usize>,
    pub(super) usage: Usage,
    /// The stage that it is in.
    pub(super) stage: Option<&'a Stage>,
}

impl Place<'_> {
    /// What the text can contain.
    pub(super) fn kind(&self) -> Kind {
        if matches!(self.usage, Usage::Script | Usage::Content) { Kind::Script } else { Kind::Value }
    }

    /// The bytes in the definition of a part of the text.
    pub(super) fn range_of(&self, source: &str, part: Range<usize>) -> Range<usize> {
        Text::new(self.text.to_owned(), self.range.clone()).range_of(source, part)
    }
}

/// The texts that hold templates.
pub(super) fn places(definition: &Definition) -> Vec<Place<'_>> {
    let mut places = Places { all: Vec::new(), stage: None };
    places.definition(definition);
    for stage in &definition.stages {
        places.stage = Some(stage);
        places.stage(stage);
    }
    places.all
}

struct Places<'a> {
    all: Vec<Place<'a>>,
    stage: Option<&'a Stage>,
}

impl<'a> Places<'a> {
    fn push(&mut self, text: &'a str, range: &Range<usize>, usage: Usage) {
        // Most texts hold no template.
        if usage == Usage::Condition || has_template(text) {
            let (range, stage) = (range.clone(), self.stage);
            self.all.push(Place { text, range, usage, stage });
        }
    }

    fn own(&mut self, texts: impl IntoIterator<Item = &'a Text>) {
        texts.into_iter().for_each(|text| self.push(&text.value, &text.range, Usage::Own));
    }

    fn typed<T: 'a>(&mut self, texts: impl IntoIterator<Item = &'a Typed<T>>) {
        self.own(texts.into_iter().map(|typed| &typed.text));
    }

    fn contents_of_files(&mut self, texts: impl IntoIterator<Item = &'a Text>) {
        texts.into_iter().for_each(|text| self.push(&text.value, &text.range, Usage::Content));
    }

    fn condition(&mut self, condition: Option<&'a Text>) {
        condition.into_iter().for_each(|text| self.push(&text.value, &text.range, Usage::Condition));
    }

    fn values(&mut self, map: &'a TextMap, usage: Usage) {
        for entry in map {
            self.push(&entry.value.value, &entry.value.range, usage);
        }
    }

    fn tree(&mut self, tree: &'a Tree) {
        match &tree.node {
            TreeNode::Text(text) => self.push(text, &tree.range, Usage::Passed),
            TreeNode::List(items) => items.iter().for_each(|item| self.tree(item)),
            TreeNode::Map(members) => members.iter().for_each(|(_, value)| self.tree(value)),
            TreeNode::Null | TreeNode::Bool(_) | TreeNode::Number(_) => {}
        }
    }

    fn definition(&mut self, definition: &'a Definition) {
        self.own(&definition.name);
        self.own(&definition.image);
        self.own(&definition.flavor);
        self.own(&definition.suffix);
        self.typed(&definition.tags);
        if let Some(dates) = &definition.dates {
            self.typed([&dates.release, &dates.end_of_life, &dates.end_of_support].into_iter().flatten());
        }
        self.own(definition.accounts.iter().filter_map(|accounts| accounts.run_as.as_ref()));
        if let Some(release) = &definition.os_release {
            let all = [
                &release.name,
                &release.id,
                &release.version_id,
                &release.version_codename,
                &release.pretty_name,
            ];
            self.own(all.into_iter().flatten());
        }
        self.own(&definition.work_dir);
        self.typed(&definition.stop_signal);
        self.values(&definition.environment, Usage::Passed);
        self.values(&definition.annotations, Usage::Own);
        self.values(&definition.labels, Usage::Own);
        self.own(definition.entrypoint.iter().chain(&definition.cmd).chain(&definition.volumes));
        self.typed(&definition.ports);
        for test in &definition.tests {
            self.contents_of_files(&test.commands);
        }
        self.paths(&definition.paths);
        self.contents(definition.contents.as_ref());
    }

    fn contents(&mut self, contents: Option<&'a Contents>) {
        let Some(contents) = contents else { return };
        self.typed(&contents.repositories);
        self.typed(&contents.keyring);
        self.typed(&contents.packages);
        self.values(&contents.mappings, Usage::Own);
        for file in &contents.files {
            self.condition(file.condition.as_ref());
            self.typed(&file.url);
            self.typed(&file.checksum);
            self.typed(&file.mode);
            self.own(file.path.iter().chain(&file.includes).chain(&file.excludes));
            if let Some(spdx) = &file.spdx {
                self.own(spdx.name.iter().chain(&spdx.version));
                for package in &spdx.packages {
                    self.own(package.name.iter().chain(&package.purl).chain(&package.license));
                }
            }
        }
        for artifact in &contents.artifacts {
            self.condition(artifact.condition.as_ref());
            self.typed(&artifact.name);
            self.own(artifact.includes.iter().chain(&artifact.excludes));
        }
    }

    fn paths(&mut self, paths: &'a [PathEntry]) {
        for entry in paths {
            self.own([&entry.path].into_iter().chain(&entry.source));
            self.condition(entry.condition.as_ref());
            self.contents_of_files(&entry.content);
            self.typed(&entry.mode);
        }
    }

    fn stage(&mut self, stage: &'a Stage) {
        self.condition(stage.condition.as_ref());
        self.own(stage.name.iter().chain(&stage.work_dir).chain(&stage.shell));
        self.typed(&stage.uses);
        self.values(&stage.environment, Usage::Passed);
        self.own(stage.caches.iter().map(|cache| &cache.path));
        self.contents(stage.contents.as_ref());
        stage.pipeline.iter().for_each(|step| self.step(step));
        self.paths(&stage.paths);
        for output in &stage.outputs {
            self.condition(output.condition.as_ref());
            self.own(output.source.iter().chain(&output.target));
            self.typed(&output.mode);
        }
        for attestation in &stage.attestations {
            self.condition(attestation.condition.as_ref());
            self.own(attestation.predicate_type.iter().chain(&attestation.source));
        }
    }

    fn step(&mut self, step: &'a Step) {
        self.own(step.name.iter().chain(&step.run_as).chain(&step.work_dir).chain(&step.shell));
        self.typed(&step.uses);
        self.values(&step.environment, Usage::Passed);
        self.own(step.caches.iter().map(|cache| &cache.path));
        self.own(step.secrets.iter().flat_map(|secret| [&secret.id, &secret.env]));
        step.with.iter().for_each(|tree| self.tree(tree));
        self.condition(step.condition.as_ref());
        for secret in &step.secrets {
            self.condition(secret.condition.as_ref());
        }
        if let Some(runs) = &step.runs {
            self.push(&runs.value, &runs.range, Usage::Script);
        }
    }
}
