//! `contents` of a definition or of a stage.

use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{
    Artifact, Contents, FileSource, Finding, Rule, Severity, Spdx, SpdxPackage, Stage,
};

impl<'a> Reader<'a> {
    /// `contents`. Stages exist only where there is a list for them.
    pub(super) fn contents(
        &mut self,
        slot: Option<Slot<'a>>,
        stages: Option<&mut Vec<Stage>>,
    ) -> Option<Contents> {
        let mut fields = self.fields(&slot?, "`contents`")?;
        let contents = Contents {
            range: fields.range(),
            repositories: self.list(fields.take("repositories"), Self::typed_of),
            keyring: self.list(fields.take("keyring"), Self::typed_of),
            packages: self.list(fields.take("packages"), Self::typed_of),
            mappings: self.text_map(fields.take("mappings")),
            files: self.list(fields.take("files"), Self::file_source),
            artifacts: self.list(fields.take("artifacts"), Self::artifact),
        };
        if let Some(stages) = stages {
            *stages = self.list(fields.take("builds"), Self::stage);
        }
        self.finish_fields(fields);
        Some(contents)
    }

    fn file_source(&mut self, slot: Slot<'a>) -> Option<FileSource> {
        let mut fields = self.fields(&slot, "a file")?;
        let mut file = FileSource {
            range: fields.range(),
            url: self.typed(fields.take("url")),
            condition: self.text(fields.take("if")),
            checksum: self.typed(fields.take("checksum")),
            path: self.text(fields.take("path")),
            includes: self.texts(fields.take("includes")),
            excludes: self.texts(fields.take("excludes")),
            platforms: self.list(fields.take("platforms"), Self::keyword_of),
            spdx: self.spdx(fields.take("spdx")),
            uid: self.id(fields.take("uid")),
            gid: self.id(fields.take("gid")),
            mode: self.typed(fields.take("mode")),
            secret_id: self.text(fields.take("secret-id")),
        };
        if let Some(old) = fields.take_old("secret-ref") {
            self.report_old(&old, "secret-id");
            let secret = self.text_of(old);
            file.secret_id = file.secret_id.or(secret);
        }
        fields.require("url");
        fields.require("path");
        self.finish_fields(fields);
        Some(file)
    }

    /// Reports a key that has another name today.
    pub(super) fn report_old(&mut self, slot: &Slot<'a>, new: &str) {
        let Some(key) = slot.key.clone() else { return };
        let message = format!("`{}` is the past name of `{new}`", slot.name);
        let finding = Finding::new(Rule::OLD_KEY, Severity::Warning, key.clone(), message);
        self.report(finding.label(format!("write `{new}`")).suggest(key, new));
    }

    fn spdx(&mut self, slot: Option<Slot<'a>>) -> Option<Spdx> {
        let mut fields = self.fields(&slot?, "`spdx`")?;
        let spdx = Spdx {
            range: fields.range(),
            name: self.text(fields.take("name")),
            version: self.text(fields.take("version")),
            packages: self.list(fields.take("packages"), Self::spdx_package),
        };
        self.finish_fields(fields);
        Some(spdx)
    }

    fn spdx_package(&mut self, slot: Slot<'a>) -> Option<SpdxPackage> {
        let mut fields = self.fields(&slot, "a package of `spdx`")?;
        let package = SpdxPackage {
            range: fields.range(),
            name: self.text(fields.take("name")),
            purl: self.text(fields.take("purl")),
            license: self.text(fields.take("license")),
            path: self.text(fields.take("path")),
        };
        self.finish_fields(fields);
        Some(package)
    }

    fn artifact(&mut self, slot: Slot<'a>) -> Option<Artifact> {
        let mut fields = self.fields(&slot, "an artifact")?;
        let artifact = Artifact {
            range: fields.range(),
            name: self.typed(fields.take("name")),
            condition: self.text(fields.take("if")),
            includes: self.texts(fields.take("includes")),
            excludes: self.texts(fields.take("excludes")),
            uid: self.id(fields.take("uid")),
            gid: self.id(fields.take("gid")),
        };
        fields.require("name");
        self.finish_fields(fields);
        Some(artifact)
    }
}
