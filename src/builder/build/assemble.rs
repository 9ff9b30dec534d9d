//! Puts the files of an image together, from packages to certificates.
//!
//! Invariant: the order is fixed, and each step sees what the steps before it made: packages, what their scripts would
//! have made, images, files, fragments of packages, accounts, `os-release`, `paths`, certificates, package database.

use super::artifact_layers::artifact_tree;
use super::error::BuildError;
use super::inputs::PlatformInputs;
use super::remark::Remark;
use super::settings;
use super::spool::SpoolFile;
use super::unpack::Decoded;
use super::unpack_error::UnpackError;
use crate::builder::definition::{Definition, PackageRequest, TargetPlatform};
use crate::builder::files::Repository;
use crate::builder::lock::{Key, PlatformLock};
use crate::builder::package_plan::Distribution;
use crate::builder::rootfs::accounts::{own_homes, run_as, write_accounts};
use crate::builder::rootfs::os_release::write_os_release;
use crate::builder::rootfs::package_database::{
    ApkDatabase, Conffiles, Waived, write_apk_database, write_deb_database,
};
use crate::builder::rootfs::packages::Merged;
use crate::builder::rootfs::synthesis::{synthesize_apk, synthesize_deb, write_certificates};
use crate::builder::rootfs::{
    Content, Fetched, Installed, Spool as _, Tree, add_artifact, add_fetched, apply_fragment_paths,
    apply_paths, read_fragments,
};

/// What an image is put together from.
pub(super) struct Assembly<'a> {
    pub(super) definition: &'a Definition,
    pub(super) platform: TargetPlatform,
    pub(super) distribution: &'a Distribution,
    pub(super) locked: &'a PlatformLock,
    pub(super) repository: &'a Repository,
    pub(super) keys: &'a [Key],
    /// The time of what is made, in seconds since 1970.
    pub(super) epoch: i64,
}

/// The files of an image.
pub(super) struct Assembled {
    pub(super) tree: Tree,
    pub(super) packages: Vec<Installed>,
    /// Variables that packages set.
    pub(super) environment: Vec<(String, String)>,
    /// The user of the configuration.
    pub(super) user: Option<String>,
    pub(super) remarks: Vec<Remark>,
}

impl Assembly<'_> {
    /// Puts the files together. It reads files and uses the processor, so it blocks.
    ///
    /// # Errors
    ///
    /// [`BuildError`]
    pub(super) fn assemble(&self, decoded: Decoded, inputs: PlatformInputs) -> Result<Assembled, BuildError> {
        let is_dev = settings::is_dev(self.definition);
        let Merged { mut tree, installed: mut packages, remarks } =
            decoded.merge(self.epoch).map_err(UnpackError::from)?;
        let mut remarks: Vec<Remark> = remarks.into_iter().map(Remark::Package).collect();
        let conffiles = Conffiles::read(&tree, &packages)?;
        let missing = match self.distribution {
            Distribution::Debian(_) => synthesize_deb(&mut tree, &mut packages, is_dev, self.epoch)?,
            Distribution::Alpine(_) => synthesize_apk(&mut tree, &packages, is_dev, self.epoch)?,
        };
        remarks.extend(missing.into_iter().map(Remark::Script));
        let contents = self.definition.contents.as_ref();
        for input in inputs.artifacts {
            let Some(artifact) = contents.and_then(|contents| contents.artifacts.get(input.position)) else {
                continue;
            };
            let mut spool = SpoolFile::new().map_err(BuildError::storage)?;
            let image = artifact_tree(&input.layers, &mut spool, self.epoch)
                .map_err(|cause| BuildError::ArtifactLayers { reference: input.reference.clone(), cause })?;
            let copied = add_artifact(&mut tree, artifact, &image, &input.reference, self.epoch)?;
            remarks.extend(Remark::of_transfer(&input.reference, copied));
        }
        for input in inputs.files {
            let Some(source) = contents.and_then(|contents| contents.files.get(input.position)) else {
                continue;
            };
            let mut file = input.file;
            let length = file.metadata().map_err(BuildError::storage)?.len();
            let mut spool = SpoolFile::new().map_err(BuildError::storage)?;
            let content: Content = spool.store(length, &mut file).map_err(BuildError::storage)?;
            let added =
                add_fetched(&mut tree, source, &input.url, Fetched::File(content), &mut spool, self.epoch)?;
            remarks.extend(Remark::of_transfer(&input.url, added));
        }
        let fragments = read_fragments(&tree)?;
        let environment = fragments
            .environment
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect();
        remarks.extend(fragments.remarks.iter().cloned().map(Remark::Fragment));
        remarks
            .extend(apply_fragment_paths(&mut tree, &fragments, self.epoch)?.into_iter().map(Remark::Path));
        let plan = settings::accounts(self.definition.accounts.as_ref());
        let (accounts, of_accounts) = write_accounts(&mut tree, &packages, &plan, self.epoch)?;
        remarks.extend(of_accounts.into_iter().map(Remark::Account));
        if let Some(os_release) = &self.definition.os_release {
            write_os_release(&mut tree, &settings::os_release(os_release), self.epoch)?;
        }
        remarks.extend(
            apply_paths(&mut tree, &self.definition.paths, self.repository, self.epoch)?
                .into_iter()
                .map(Remark::Path),
        );
        own_homes(&mut tree, &accounts, &plan)?;
        write_certificates(&mut tree, &packages, is_dev, self.epoch)?;
        self.database(&mut tree, &packages, &conffiles, is_dev)?;
        let asked = self.definition.accounts.as_ref().and_then(|accounts| accounts.run_as.as_ref());
        let user = match asked {
            None => None,
            Some(text) => {
                let run_as = run_as(&accounts, &text.value)?;
                remarks.extend(run_as.remark.map(Remark::Account));
                Some(run_as.user)
            }
        };
        Ok(Assembled { tree, packages, environment, user, remarks })
    }

    fn database(
        &self,
        tree: &mut Tree,
        packages: &[Installed],
        conffiles: &Conffiles,
        is_dev: bool,
    ) -> Result<(), BuildError> {
        if packages.is_empty() {
            return Ok(());
        }
        match self.distribution {
            Distribution::Debian(_) => {
                let excluded = self.locked.waived.iter().flat_map(|waived| &waived.excluded);
                let mut waived: Vec<Waived> = excluded
                    .map(|excluded| Waived {
                        name: excluded.name.clone(),
                        version: (!excluded.version.is_empty()).then(|| excluded.version.clone()),
                    })
                    .collect();
                waived.sort();
                waived.dedup();
                let architecture = self.platform.architecture();
                write_deb_database(tree, packages, conffiles, &waived, architecture, is_dev, self.epoch)?;
            }
            Distribution::Alpine(_) => {
                let requested = self.locked.packages.iter().filter_map(|package| match &package.reason {
                    crate::builder::lock::Reason::Requested(entry) => Some(entry.clone()),
                    _ => None,
                });
                let excluded = self.definition.contents.iter().flat_map(|contents| &contents.packages);
                let excluded = excluded
                    .filter(|package| package.value.as_ref().is_some_and(PackageRequest::is_excluded))
                    .map(|package| package.as_str().to_owned());
                let world: Vec<String> = requested.chain(excluded).collect();
                let keys: Vec<(String, Vec<u8>)> = self
                    .keys
                    .iter()
                    .map(|key| {
                        let name = key.url.rsplit('/').next().unwrap_or_default();
                        (name.to_owned(), key.bytes.clone())
                    })
                    .collect();
                let architecture = match self.platform {
                    TargetPlatform::LinuxAmd64 => "x86_64",
                    TargetPlatform::LinuxArm64 => "aarch64",
                };
                let lines: Vec<String> =
                    self.locked.repositories.iter().map(|repository| repository.line.clone()).collect();
                let database = ApkDatabase {
                    world: &world,
                    architecture,
                    repositories: if is_dev { &lines } else { &[] },
                    keys: if is_dev { &keys } else { &[] },
                };
                write_apk_database(tree, packages, &database, self.epoch)?;
            }
        }
        Ok(())
    }
}
