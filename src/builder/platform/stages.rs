//! Evaluates stages: each once for every row of its matrix.

use super::evaluator::Evaluator;
use super::limits::MATRIX_STAGES;
use crate::builder::definition::{Cache, MatrixRow, Output, Secret, Stage, StageAttestation, Step, Text};
use crate::builder::template::{Kind, Name, Template, Values};
use crate::limits::Exceeded;

impl Evaluator<'_> {
    pub(super) fn stages(&mut self, stages: &[Stage]) -> Vec<Stage> {
        let (mut evaluated, mut expanded) = (Vec::new(), 0);
        for stage in stages {
            if stage.matrix.is_empty() {
                evaluated.extend(self.stage(stage, None));
            }
            for row in &stage.matrix {
                expanded += 1;
                if expanded > MATRIX_STAGES {
                    let measured = format!("matrices with more than {MATRIX_STAGES} rows");
                    self.exceeded = Some(Exceeded::new(measured, MATRIX_STAGES, "rows"));
                }
                if !self.copy(stage.range.len()) {
                    return evaluated;
                }
                self.matrix = self.row(row);
                evaluated.extend(self.stage(stage, Some(row)));
                self.matrix = Values::new();
            }
        }
        evaluated
    }

    /// The values of a row. They can use variables, and not each other.
    fn row(&mut self, row: &MatrixRow) -> Values {
        row.items.iter().map(|entry| (entry.name.value.clone(), self.text(&entry.value).value)).collect()
    }

    fn stage(&mut self, stage: &Stage, row: Option<&MatrixRow>) -> Option<Stage> {
        if !self.is_used(stage.condition.as_ref(), &[]) {
            return None;
        }
        Some(Stage {
            range: stage.range.clone(),
            name: self.name(stage, row),
            condition: None,
            entitlement: self.optional(stage.entitlement.as_ref()),
            uses: self.typed_optional(stage.uses.as_ref()),
            work_dir: self.optional(stage.work_dir.as_ref()),
            shell: self.optional(stage.shell.as_ref()),
            privileged: stage.privileged.clone(),
            environment: self.map(&stage.environment),
            caches: self.caches(&stage.caches),
            matrix: Vec::new(),
            contents: stage.contents.as_ref().map(|contents| self.contents(contents)),
            pipeline: stage.pipeline.iter().filter_map(|step| self.step(step)).collect(),
            paths: self.paths(&stage.paths),
            accounts: stage.accounts.as_ref().map(|accounts| self.accounts(accounts)),
            outputs: stage.outputs.iter().filter_map(|output| self.output(output)).collect(),
            attestations: stage.attestations.iter().filter_map(|one| self.attestation(one)).collect(),
        })
    }

    /// The name of a stage. That of the row is appended, unless the name has a value of the row already: `abuild` and
    /// `3.10` are `abuild 3.10`.
    fn name(&mut self, stage: &Stage, row: Option<&MatrixRow>) -> Option<Text> {
        let name = self.optional(stage.name.as_ref());
        let Some(row) = row else { return name };
        if stage.name.as_ref().is_some_and(names_row) {
            return name;
        }
        let (Some(name), Some(row)) = (&name, self.optional(row.name.as_ref())) else { return name };
        Some(Text::new(format!("{} {}", name.value, row.value), name.range.clone()))
    }

    fn caches(&mut self, caches: &[Cache]) -> Vec<Cache> {
        let cache = |cache: &Cache| Cache {
            range: cache.range.clone(),
            path: self.text(&cache.path),
            sharing: cache.sharing.clone(),
        };
        caches.iter().map(cache).collect()
    }

    fn step(&mut self, step: &Step) -> Option<Step> {
        if !self.is_used(step.condition.as_ref(), &[]) {
            return None;
        }
        Some(Step {
            range: step.range.clone(),
            name: self.optional(step.name.as_ref()),
            condition: None,
            uses: self.typed_optional(step.uses.as_ref()),
            run_as: self.run_as(step.run_as.as_ref()),
            work_dir: self.optional(step.work_dir.as_ref()),
            shell: self.optional(step.shell.as_ref()),
            privileged: step.privileged.clone(),
            environment: self.map(&step.environment),
            caches: self.caches(&step.caches),
            secrets: step.secrets.iter().filter_map(|secret| self.secret(secret)).collect(),
            with: step.with.as_ref().map(|with| self.tree(with)),
            runs: step.runs.as_ref().map(|runs| self.script(runs)),
        })
    }

    fn secret(&mut self, secret: &Secret) -> Option<Secret> {
        if !self.is_used(secret.condition.as_ref(), &[]) {
            return None;
        }
        Some(Secret {
            range: secret.range.clone(),
            id: self.text(&secret.id),
            env: self.text(&secret.env),
            condition: None,
            optional: secret.optional.clone(),
        })
    }

    fn output(&mut self, output: &Output) -> Option<Output> {
        if !self.is_used(output.condition.as_ref(), &[]) {
            return None;
        }
        Some(Output {
            range: output.range.clone(),
            source: self.optional(output.source.as_ref()),
            target: self.optional(output.target.as_ref()),
            condition: None,
            uid: output.uid.clone(),
            gid: output.gid.clone(),
            mode: self.typed_optional(output.mode.as_ref()),
            diff: output.diff.clone(),
        })
    }

    fn attestation(&mut self, attestation: &StageAttestation) -> Option<StageAttestation> {
        if !self.is_used(attestation.condition.as_ref(), &[]) {
            return None;
        }
        Some(StageAttestation {
            range: attestation.range.clone(),
            condition: None,
            predicate_type: self.optional(attestation.predicate_type.as_ref()),
            source: self.optional(attestation.source.as_ref()),
            diff: attestation.diff.clone(),
        })
    }
}

/// Whether a name has a value of the matrix in it.
fn names_row(name: &Text) -> bool {
    Template::parse(&name.value, Kind::Value)
        .is_ok_and(|read| read.uses().iter().any(|used| matches!(used.name, Name::Matrix(_))))
}
