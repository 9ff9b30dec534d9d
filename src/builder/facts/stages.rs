//! How the product is built.

use std::collections::HashMap;

use super::aspect::Aspect;
use super::contents::{self, image, path, without_digits};
use super::fact::{Fact, with_number, written};
use super::runtime::{accounts, map};
use super::tree;
use crate::builder::definition::{Cache, MatrixRow, Output, Secret, Stage, StageAttestation, Step, Tree};

pub(super) fn facts(stages: &[Stage]) -> Vec<Fact> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut facts = Vec::new();
    for stage in stages {
        let name = stage.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default();
        let count = counts.entry(name).or_default();
        *count += 1;
        facts.extend(stage_facts(stage, &with_number(name, *count)));
    }
    facts
}

fn stage_facts(stage: &Stage, name: &str) -> Vec<Fact> {
    let own = Some(name);
    let mut facts = vec![
        Fact::new(Aspect::Stage, own, name)
            .with("name", Some(name))
            .with_text("if", stage.condition.as_ref())
            .with_text("entitlement", stage.entitlement.as_ref())
            .with_flag("network", stage.privileged.as_ref())
            .with_text("work-dir", stage.work_dir.as_ref())
            .with_text("shell", stage.shell.as_ref())
            .with_list("matrix", stage.matrix.iter().map(row).collect()),
    ];
    facts.extend(stage.uses.as_ref().map(|uses| image(Aspect::StageImage, own, uses)));
    facts.extend(map(Aspect::Environment, own, &stage.environment));
    facts.extend(stage.contents.iter().flat_map(|contents| contents::facts(contents, own)));
    facts.extend(stage.accounts.iter().flat_map(|list| accounts(list, own)));
    facts.extend(stage.paths.iter().map(|entry| path(entry, own)));
    facts.extend(stage.caches.iter().map(|cache| cached(cache, own)));
    let mut counts: HashMap<String, usize> = HashMap::new();
    for step in &stage.pipeline {
        let count = counts.entry(step_name(step)).or_default();
        *count += 1;
        let fact = step_fact(step, own).numbered(*count);
        let secrets = step.secrets.iter().map(|secret| secret_fact(secret, &fact.name, own));
        let secrets: Vec<Fact> = secrets.collect();
        facts.push(fact);
        facts.extend(secrets);
    }
    facts.extend(stage.outputs.iter().map(|output| output_fact(output, own)));
    facts.extend(stage.attestations.iter().map(|statement| attestation(statement, own)));
    facts
}

fn row(row: &MatrixRow) -> String {
    let name = row.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default();
    let item = |name: &str, value: &str| format!("{}: {}", tree::quoted(name), tree::quoted(value));
    let mut items: Vec<String> =
        row.items.iter().map(|entry| item(entry.name.value.as_str(), entry.value.value.as_str())).collect();
    items.sort_unstable();
    format!("{name} ({})", items.join(", "))
}

fn cached(cache: &Cache, stage: Option<&str>) -> Fact {
    let sharing = cache.sharing.as_ref().map(|sharing| sharing.value.to_string());
    Fact::new(Aspect::Cache, stage, cache.path.value.as_str()).with("sharing", sharing)
}

/// How a step is told from others: by its name, or by what it uses.
fn step_name(step: &Step) -> String {
    match (&step.name, &step.uses) {
        (Some(name), _) => name.value.clone(),
        (None, Some(uses)) => written(uses),
        (None, None) => "script".to_owned(),
    }
}

fn step_fact(step: &Step, stage: Option<&str>) -> Fact {
    let caches = step.caches.iter().map(|cache| match &cache.sharing {
        Some(sharing) => format!("{} ({})", cache.path.value, sharing.value),
        None => cache.path.value.clone(),
    });
    let mut fact = Fact::new(Aspect::Step, stage, step_name(step))
        .with_text("name", step.name.as_ref())
        .with_typed("uses", step.uses.as_ref())
        .with_text("if", step.condition.as_ref())
        .with_flag("network", step.privileged.as_ref())
        .with_text("run-as", step.run_as.as_ref())
        .with_text("work-dir", step.work_dir.as_ref())
        .with_text("shell", step.shell.as_ref())
        .with_list("caches", caches.collect());
    let environment = step.environment.iter();
    fact = environment.fold(fact, |fact, entry| {
        fact.with(format!("environment.{}", entry.name.value), Some(&*entry.value.value))
    });
    if let Some(with) = &step.with {
        fact = tree::attributes(fact, "with", with);
        fact.references = chart_references(with);
    }
    let similar = step.uses.as_ref().map_or_else(|| "script".to_owned(), written);
    fact.with_script("runs", step.runs.as_ref()).similar_to(without_digits(&similar))
}

/// The references in `chart.images` and `chart.dependencies` of the arguments of an action.
fn chart_references(with: &Tree) -> Vec<String> {
    let lists = ["images", "dependencies"].map(|name| with.get("chart")?.get(name)?.items());
    let entries = lists.into_iter().flatten().flatten();
    entries.filter_map(|entry| Some(entry.get("ref")?.as_str()?.to_owned())).collect()
}

fn secret_fact(secret: &Secret, step: &str, stage: Option<&str>) -> Fact {
    Fact::new(Aspect::Secret, stage, secret.id.value.as_str())
        .with_text("env", Some(&secret.env))
        .with("step", Some(step))
        .with_text("if", secret.condition.as_ref())
        .with_flag("optional", secret.optional.as_ref())
}

fn output_fact(output: &Output, stage: Option<&str>) -> Fact {
    let target = output.target.as_ref().map(|target| target.value.as_str()).unwrap_or_default();
    let source = output.source.as_ref().map(|source| source.value.as_str()).unwrap_or_default();
    Fact::new(Aspect::StageOutput, stage, target)
        .with_text("source", output.source.as_ref())
        .with_text("target", output.target.as_ref())
        .with_text("if", output.condition.as_ref())
        .with_number("uid", output.uid.as_ref())
        .with_number("gid", output.gid.as_ref())
        .with_typed("mode", output.mode.as_ref())
        .with_flag("diff", output.diff.as_ref())
        .similar_to(without_digits(source))
}

fn attestation(statement: &StageAttestation, stage: Option<&str>) -> Fact {
    let kind = statement.predicate_type.as_ref().map(|kind| kind.value.as_str()).unwrap_or_default();
    Fact::new(Aspect::Attestation, stage, kind)
        .with_text("source", statement.source.as_ref())
        .with_text("if", statement.condition.as_ref())
        .with_flag("diff", statement.diff.as_ref())
}
