//! Stages and their steps.

use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{
    Cache, MatrixRow, Output, Rule, Secret, Stage, StageAttestation, Step, has_template,
};

impl<'a> Reader<'a> {
    /// One stage.
    pub(super) fn stage(&mut self, slot: Slot<'a>) -> Option<Stage> {
        let mut fields = self.fields(&slot, "a stage")?;
        let stage = Stage {
            range: fields.range(),
            name: self.text(fields.take("name")),
            condition: self.text(fields.take("if")),
            entitlement: self.text(fields.take("entitlement")),
            uses: self.typed(fields.take("uses")),
            work_dir: self.text(fields.take("work-dir")),
            shell: self.text(fields.take("shell")),
            privileged: self.boolean(fields.take("privileged")),
            environment: self.environment(fields.take("environment")),
            caches: self.list(fields.take("caches"), Self::cache),
            matrix: self.list(fields.take("matrix"), Self::matrix_row),
            contents: self.contents(fields.take("contents"), None),
            pipeline: self.list(fields.take("pipeline"), Self::step),
            paths: self.list(fields.take("paths"), Self::path_entry),
            accounts: self.accounts(fields.take("accounts")),
            outputs: self.list(fields.take("outputs"), Self::output),
            attestations: self.list(fields.take("attestations"), Self::attestation),
        };
        fields.require("name");
        self.finish_fields(fields);
        Some(stage)
    }

    fn cache(&mut self, slot: Slot<'a>) -> Option<Cache> {
        let mut fields = self.fields(&slot, "a cache")?;
        let (range, path) = (fields.range(), self.text(fields.take("path")));
        let sharing = self.keyword(fields.take("sharing"));
        fields.require("path");
        self.finish_fields(fields);
        Some(Cache { range, path: path?, sharing })
    }

    fn matrix_row(&mut self, slot: Slot<'a>) -> Option<MatrixRow> {
        let mut fields = self.fields(&slot, "a row of `matrix`")?;
        let row = MatrixRow {
            range: fields.range(),
            name: self.text(fields.take("name")),
            items: self.text_map(fields.take("items")),
        };
        fields.require("name");
        self.finish_fields(fields);
        Some(row)
    }

    fn step(&mut self, slot: Slot<'a>) -> Option<Step> {
        let mut fields = self.fields(&slot, "a step")?;
        let mut step = Step {
            range: fields.range(),
            name: self.text(fields.take("name")),
            condition: self.text(fields.take("if")),
            uses: self.typed(fields.take("uses")),
            run_as: self.text(fields.take("run-as")),
            work_dir: self.text(fields.take("work-dir")),
            shell: self.text(fields.take("shell")),
            privileged: self.boolean(fields.take("privileged")),
            environment: self.environment(fields.take("environment")),
            caches: self.list(fields.take("caches"), Self::cache),
            secrets: self.list(fields.take("secrets"), Self::secret),
            with: self.arguments(fields.take("with")),
            runs: self.text(fields.take("runs")),
        };
        if let Some(old) = fields.take_old("env") {
            self.report_old(&old, "environment");
            let key = old.key.clone().unwrap_or_default();
            let environment = self.environment(Some(old));
            if step.environment.is_empty() {
                step.environment = environment;
            } else {
                let message =
                    "a step has `environment` and its past name `env`: move all variables into `environment`";
                self.error(Rule::CONFLICT, key, message);
            }
        }
        fields.require_one("runs", "uses");
        self.finish_fields(fields);
        Some(step)
    }

    fn secret(&mut self, slot: Slot<'a>) -> Option<Secret> {
        let mut fields = self.fields(&slot, "a secret")?;
        let (range, id) = (fields.range(), self.text(fields.take("id")));
        let env = self.text(fields.take("env"));
        let condition = self.text(fields.take("if"));
        let optional = self.boolean(fields.take("optional"));
        fields.require("id");
        fields.require("env");
        self.finish_fields(fields);
        if let Some(env) = env.as_ref().filter(|env| !has_template(env)) {
            self.check_variable_name(env);
        }
        Some(Secret { range, id: id?, env: env?, condition, optional })
    }

    fn output(&mut self, slot: Slot<'a>) -> Option<Output> {
        let mut fields = self.fields(&slot, "an output")?;
        let output = Output {
            range: fields.range(),
            source: self.text(fields.take("source")),
            target: self.text(fields.take("target")),
            condition: self.text(fields.take("if")),
            uid: self.id(fields.take("uid")),
            gid: self.id(fields.take("gid")),
            mode: self.typed(fields.take("mode")),
            diff: self.boolean(fields.take("diff")),
        };
        fields.require("source");
        fields.require("target");
        self.finish_fields(fields);
        Some(output)
    }

    fn attestation(&mut self, slot: Slot<'a>) -> Option<StageAttestation> {
        let mut fields = self.fields(&slot, "an attestation")?;
        let attestation = StageAttestation {
            range: fields.range(),
            condition: self.text(fields.take("if")),
            predicate_type: self.text(fields.take("predicate-type")),
            source: self.text(fields.take("source")),
            diff: self.boolean(fields.take("diff")),
        };
        fields.require("predicate-type");
        fields.require("source");
        self.finish_fields(fields);
        Some(attestation)
    }
}
