//! Stores an image where the flags say, signed or not.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::destination::Destination;
use crate::builder::build::{BuiltImage, Publishing, write_archive};
use crate::cli::definition::load::Loaded;
use crate::cli::printer::Printer;
use crate::cli::registry_options::RegistryArguments;
use crate::cli::signing::signer;
use crate::cli::unfinished::Unfinished;
use crate::diagnostic::{Code, Diagnostic, IoCause, ToDiagnostic as _};
use crate::limits::Limits;
use crate::oci::reference::{RemoteName, Tag};
use crate::oci::{Platform, Reference, Repository, Version};
use crate::registry::{Engine, LayoutRegistry, Push, create_layout};
use crate::sign::{Form, SignedName, Signer, Signing};

/// The largest layer that is stored.
const LAYER: u64 = 16 << 30;

/// Where an image is stored.
pub(super) struct Store<'a> {
    access: &'a RegistryArguments,
    destinations: Vec<Destination>,
    names: Vec<(RemoteName, Tag)>,
    name: SignedName,
    signer: Option<Box<dyn Signer>>,
    limits: Limits,
}

impl<'a> Store<'a> {
    /// Checks what can be checked before anything is built: the key and the places.
    pub(super) async fn open(
        arguments: &'a Arguments,
        destinations: Vec<Destination>,
        names: &[Reference],
        loaded: &Loaded,
        printer: &Printer,
    ) -> Result<Self, Diagnostic> {
        let session = arguments.access.session(printer)?;
        let signer = match &arguments.evidence.key {
            Some(key) => Some(signer(key, &session.limits).await?),
            None => None,
        };
        for destination in &destinations {
            match destination {
                Destination::Archive(file) => check_place(file)?,
                Destination::Registry | Destination::Engine if arguments.access.offline => {
                    let what = "the image goes to a registry or an engine, which `--offline` forbids";
                    return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what));
                }
                _ => {}
            }
        }
        let names: Vec<(RemoteName, Tag)> = names
            .iter()
            .filter_map(|name| match &name.repository {
                Repository::Remote(remote) => {
                    Some((remote.clone(), name.tag.clone().unwrap_or_else(Tag::latest)))
                }
                _ => None,
            })
            .collect();
        let name = match names.first() {
            Some((name, _)) => SignedName::of_repository(&Repository::Remote(name.clone())),
            None => SignedName::parse(&local_name(loaded)).ok(),
        };
        let name = name.ok_or_else(|| {
            Diagnostic::new(Code::USAGE_ARGUMENTS, "the image has no name; `--tag NAME:TAG` gives it one")
        })?;
        let limits = Limits { max_upload: LAYER, total: LAYER, ..session.limits };
        Ok(Self { access: &arguments.access, destinations, names, name, signer, limits })
    }

    /// Whether the image goes nowhere but to engines and archives that they load.
    pub(super) fn is_for_engines(&self) -> bool {
        let is_for_engines = |one: &Destination| matches!(one, Destination::Archive(_) | Destination::Engine);
        !self.destinations.is_empty() && self.destinations.iter().all(is_for_engines)
    }

    /// Whether the evidence is signed.
    pub(super) fn has_key(&self) -> bool {
        self.signer.is_some()
    }

    /// Stores the image everywhere.
    pub(super) async fn store(&self, image: &BuiltImage, printer: &Printer) -> Result<(), Diagnostic> {
        for destination in &self.destinations {
            match destination {
                Destination::Layout(reference) => self.layout(image, reference).await?,
                Destination::Archive(file) => self.archive(image, file).await?,
                Destination::Registry => self.registries(image, printer).await?,
                Destination::Engine => self.engine(image, printer).await?,
            }
        }
        Ok(())
    }

    fn signing(&self) -> Option<Signing<'_>> {
        self.signer.as_ref().map(|signer| Signing {
            signer: &**signer,
            name: Some(self.name.clone()),
            form: Form::SimpleSigning,
            log: None,
            created: jiff::Timestamp::UNIX_EPOCH,
            limits: &self.limits,
        })
    }

    async fn publish(
        &self,
        image: &BuiltImage,
        registry: &dyn Push,
        repository: &Repository,
        versions: &[Version],
    ) -> Result<(), Diagnostic> {
        let publishing = Publishing {
            registry,
            repository,
            versions,
            name: &self.name,
            tag: self.names.first().map(|(_, tag)| tag),
            signing: self.signing(),
            limits: &self.limits,
        };
        publishing.publish(image).await.map_err(|error| error.to_diagnostic())
    }

    async fn layout(&self, image: &BuiltImage, reference: &Reference) -> Result<(), Diagnostic> {
        let registry = LayoutRegistry::new(self.limits.clone());
        let versions = [reference.version()];
        let directory = match &reference.repository {
            Repository::Layout(directory) if is_free(directory) => directory,
            repository => {
                if let Repository::Layout(directory) = repository {
                    create_layout(directory)?;
                }
                return self.publish(image, &registry, repository, &versions).await;
            }
        };
        let failed = |error: std::io::Error| {
            let what = format!("`{}` cannot be written: {}", directory.display(), IoCause(&error));
            Diagnostic::new(Code::OUTPUT_WRITE, what)
        };
        let unfinished = Unfinished::beside(directory).map_err(failed)?;
        let layout = unfinished.path().join("layout");
        create_layout(&layout)?;
        self.publish(image, &registry, &Repository::Layout(layout.clone()), &versions).await?;
        // It takes the place of an empty directory too.
        std::fs::rename(&layout, directory).map_err(failed)
    }

    async fn registries(&self, image: &BuiltImage, printer: &Printer) -> Result<(), Diagnostic> {
        let mut repositories: Vec<(&RemoteName, Vec<Version>)> = Vec::new();
        for (name, tag) in &self.names {
            let version = Version::Tag(tag.clone());
            match repositories.iter_mut().find(|(known, _)| *known == name) {
                Some((_, versions)) => versions.push(version),
                None => repositories.push((name, vec![version])),
            }
        }
        for (name, versions) in repositories {
            let repository = Repository::Remote(name.clone());
            let session = self.access.session(printer)?.with_limits(self.limits.clone());
            let reference = Reference { repository, tag: None, name: None, digest: None };
            let session = session.with_registry_to_write(self.access, &reference)?;
            self.publish(image, &session.registry, &reference.repository, &versions).await?;
        }
        Ok(())
    }

    /// Writes the archive beside its place first, so that an interrupted build leaves none.
    async fn archive(&self, image: &BuiltImage, file: &Path) -> Result<(), Diagnostic> {
        let failed = |cause: String| {
            Diagnostic::new(Code::OUTPUT_WRITE, format!("`{}` cannot be written: {cause}", file.display()))
        };
        let io = |error: std::io::Error| failed(IoCause(&error).to_string());
        let unfinished = Unfinished::beside(file).map_err(io)?;
        let path = unfinished.path().join("archive.tar");
        let mut archive = File::create_new(&path).map_err(io)?;
        self.write(image, &mut archive).await.map_err(|cause| match cause {
            Failure::Write(cause) => failed(cause),
            Failure::Other(diagnostic) => *diagnostic,
        })?;
        std::fs::rename(&path, file).map_err(io)
    }

    async fn engine(&self, image: &BuiltImage, printer: &Printer) -> Result<(), Diagnostic> {
        let io = |error: std::io::Error| {
            Diagnostic::new(Code::OUTPUT_WRITE, format!("the archive cannot be written: {}", IoCause(&error)))
        };
        let mut file = tempfile::tempfile().map_err(io)?;
        self.write(image, &mut file).await.map_err(|cause| match cause {
            Failure::Write(cause) => Diagnostic::new(Code::OUTPUT_WRITE, cause),
            Failure::Other(diagnostic) => *diagnostic,
        })?;
        let mut bytes = Vec::new();
        std::io::Seek::rewind(&mut file).map_err(io)?;
        std::io::Read::read_to_end(&mut file, &mut bytes).map_err(io)?;
        let engine = Engine::new(self.limits.clone(), printer.secrets().clone());
        let socket = engine.load(bytes.into()).await?;
        let names: Vec<String> =
            self.names.iter().map(|(name, tag)| format!("`{}/{}:{tag}`", name.host(), name.path())).collect();
        printer.note(&format!("loaded {} into the engine at {socket}", names.join(", ")));
        Ok(())
    }

    /// Writes the archive of the image with its evidence, by way of a layout.
    async fn write(&self, image: &BuiltImage, file: &mut File) -> Result<(), Failure> {
        let write = |error: std::io::Error| Failure::Write(IoCause(&error).to_string());
        let scratch = Unfinished::temporary().map_err(write)?;
        let directory = scratch.path().join("layout");
        create_layout(&directory).map_err(|error| Failure::Other(Box::new(error.to_diagnostic())))?;
        let registry = LayoutRegistry::new(self.limits.clone());
        let repository = Repository::Layout(directory.clone());
        self.publish(image, &registry, &repository, &[Version::Unnamed])
            .await
            .map_err(|diagnostic| Failure::Other(Box::new(diagnostic)))?;
        let mut to = BufWriter::with_capacity(1 << 20, file);
        let epoch = 0;
        write_archive(image, &directory, &self.names, &machine(), epoch, &mut to)
            .map_err(|error| Failure::Write(error.to_string()))?;
        to.flush().map_err(write)
    }
}

enum Failure {
    /// The file cannot be written.
    Write(String),
    /// The layout cannot be written.
    Other(Box<Diagnostic>),
}

/// The platform of this machine: engines without support of layouts run its image.
fn machine() -> Platform {
    let platform =
        Platform { os: "linux".to_owned(), architecture: std::env::consts::ARCH.to_owned(), variant: None };
    platform.normalized()
}

/// The name of an image that no flag names: that of the definition, on this machine.
fn local_name(loaded: &Loaded) -> String {
    let image = loaded.written.image.as_ref().map(|image| image.value.as_str()).unwrap_or_default();
    let name = image.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("image");
    format!("localhost/{name}")
}

fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Refuses a place where no file can be written, and one where something else than a file is.
fn check_place(file: &Path) -> Result<(), Diagnostic> {
    if std::fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        let what = format!("`{}` cannot be written: it exists and is not a regular file", file.display());
        return Err(Diagnostic::new(Code::OUTPUT_WRITE, what));
    }
    let directory = directory_of(file);
    if directory.is_dir() {
        return Ok(());
    }
    let what = format!("`{}` cannot be written: `{}` is no directory", file.display(), directory.display());
    Err(Diagnostic::new(Code::OUTPUT_WRITE, what))
}

/// Whether a layout is made there: nothing or an empty directory is there.
fn is_free(directory: &Path) -> bool {
    match std::fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}
