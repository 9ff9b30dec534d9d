//! `dhi build`: makes the image of a definition, with its evidence.
//!
//! 1. The definition is read, and its lock found or made.
//! 2. What the lock names is fetched, and the image built.
//! 3. The image is stored where the flags say, and described in a summary.

mod arguments;
mod destination;
mod reproducible;
mod running;
mod store;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub(super) use arguments::Arguments;

use arguments::{CompressionChoice, ProvenanceChoice};
use destination::Destination;
use running::built;
use store::Store;
use summary::{Observed, Summary};

use super::definition::load::{Loaded, Reader, not_for};
use super::definition::lock_file::{
    APT, fits, lock_file, make, missing, read_lock, read_substitutions, unusable, warnings,
};
use super::definition::lock_output;
use super::definition::source::check_context;
use super::output_file::write_file;
use super::printer::{Data, Printer};
use super::selection::reference;
use super::source_date::source_date;
use crate::builder::build::{BuildError, Fetching, Job, Provenance};
use crate::builder::definition::{Definition, TargetPlatform};
use crate::builder::files::Repository;
use crate::builder::layers::Compression;
use crate::builder::lock::{self, Lock};
use crate::builder::locking::{LockRequest, Update};
use crate::builder::provenance::{Material, Parameter};
use crate::builder::repositories::{DebianMirror, HttpFetch, PackageFiles};
use crate::builder::substitution::Substitutions;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic as _};
use crate::oci::{Digest, Reference, Repository as ImageRepository};
use crate::registry::Credentials;

/// The identity of builds on a machine of the user. Nobody vouches for such a machine.
const BUILDER: &str = "urn:dhi:builder:local";
/// The last second of the year 9999, since 1970.
const LAST_SECOND: i64 = 253_402_300_799;
/// The argument that buildx passes on as a variable of the build.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let begun = Instant::now();
    let names = arguments.output.tag.iter().map(|tag| named(tag)).collect::<Result<Vec<_>, _>>()?;
    let destinations = destinations(&arguments, &names)?;
    let (definition, context) = definition(&arguments)?;
    check_context(context.as_deref())?;
    let (variables, epoch) = variables(&arguments.arg)?;
    let epoch = match epoch {
        Some(epoch) => Some(epoch),
        None => source_date()?.map(jiff::Timestamp::as_second),
    };
    if let Some(epoch) = epoch.filter(|epoch| !(0..=LAST_SECOND).contains(epoch)) {
        let text = "set it to seconds since 1970, or unset it".to_owned();
        let what = format!("`{EPOCH}` is `{epoch}`, which is not a time of the years 1970 to 9999");
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    let session = arguments.access.session(printer)?;
    let reader = Reader::new(session, context.as_deref());
    let loaded = reader.load_with(definition, None, &variables).await?;
    let platforms = platforms(&loaded, &arguments.platform)?;
    for (_, definition) in &platforms {
        let refused = |error: BuildError| error.to_diagnostic().about(format!("`{}`", loaded.name));
        Job::check(definition).map_err(refused)?;
    }
    let store = Store::open(&arguments, destinations, &names, &loaded, printer).await?;
    let locking = Instant::now();
    let (lock, lock_digest) = locked(&arguments, definition, &loaded, printer).await?;
    let mut summary = Summary::new(&loaded, &platforms, &lock, locking.elapsed());
    for warning in warnings(&lock) {
        printer.warning(&warning);
    }
    let cache = Arc::new(arguments.access.cache(printer)?);
    let job = Job {
        definition: Material::new(loaded.name.clone(), &loaded.digest),
        repository: Repository::of(&loaded.name, context.as_deref()),
        name: image_name(&loaded),
        path: definition_path(&loaded.name, context.as_deref()),
        package_url: None,
        epoch,
        compression: compression(&arguments, &loaded, store.is_for_engines()),
        sbom: arguments.evidence.sbom,
        provenance: match arguments.evidence.provenance {
            ProvenanceChoice::V1 => Provenance::V1,
            ProvenanceChoice::V02 => Provenance::V02,
            ProvenanceChoice::No => Provenance::No,
        },
        arguments: variables,
        builder_id: BUILDER.to_owned(),
        // Whoever can write the cache could choose what is signed.
        reuse: !arguments.output.check_reproducible && arguments.evidence.key.is_none(),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        cache: Arc::clone(&cache),
        definitions: platforms,
        lock,
        lock_digest,
    };
    let observed = Observed::new(&job.lock, &job.definitions, Arc::clone(printer.progress()));
    let session = arguments.access.session(printer)?;
    let transport = session.transport.clone();
    let limits = session.limits.clone();
    let session = session.with_registry(&arguments.access)?;
    let fetch = HttpFetch::new(transport, Credentials::load()?, &limits);
    let mirror = mirror(&job.lock)?;
    let fetching = Fetching {
        packages: PackageFiles { fetch: &fetch, cache: &cache, mirror: mirror.as_ref(), observer: &observed },
        fetch: &fetch,
        cache: &cache,
        images: &session.registry,
    };
    let fetching_since = Instant::now();
    let inputs = job.inputs(&fetching).await.map_err(|error| error.to_diagnostic())?;
    summary.fetched(&observed, fetching_since.elapsed());
    if arguments.output.check_reproducible {
        let again = job.inputs(&fetching).await.map_err(|error| error.to_diagnostic())?;
        return reproducible::check(job, inputs, again, printer).await;
    }
    let job = Arc::new(job);
    let located = |error: BuildError| {
        let diagnostic = error.to_diagnostic();
        match error.range() {
            Some(range) => diagnostic.about(loaded.place(range)),
            None => diagnostic,
        }
    };
    let (image, times) = built(&job, inputs, printer.progress()).await?.map_err(located)?;
    for remark in image.remarks() {
        printer.warning(&remark);
    }
    summary.built(&image, times);
    let storing = Instant::now();
    store.store(&image, printer).await?;
    summary.stored(&image, store.has_key(), storing.elapsed(), begun.elapsed());
    if let Some(file) = &arguments.output.metadata_file {
        write_file(file, Data::Json(&summary::metadata(&image, &names)), printer)?;
    }
    printer.data_to_stderr(&mut summary.text(printer.stderr_style()).as_bytes());
    let line = format!("{}\n", image.index.digest);
    super::output::write_data(Data::Text(&line), printer)?;
    Ok(Exit::Pass)
}

/// The compression, if it is another one than that of the definition: engines before Docker 23 do not load all archives
/// with Zstandard.
fn compression(arguments: &Arguments, loaded: &Loaded, is_for_engines: bool) -> Option<Compression> {
    match arguments.output.compression {
        Some(CompressionChoice::Gzip) => Some(Compression::Gzip),
        Some(CompressionChoice::Zstd) => Some(Compression::Zstd),
        None => (is_for_engines && loaded.written.compression.is_none()).then_some(Compression::Gzip),
    }
}

/// The repository of the image without registry. It does not depend on where the image is pushed.
fn image_name(loaded: &Loaded) -> String {
    let image = loaded.written.image.as_ref().map(|image| image.value.as_str()).unwrap_or_default();
    match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path.to_owned(),
        _ => image.to_owned(),
    }
}

/// The path of the definition in its repository without extension, where that has the form `image/…`.
fn definition_path(name: &str, context: Option<&Path>) -> Option<String> {
    let Repository::At(root) = Repository::of(name, context) else { return None };
    let file = Path::new(name).canonicalize().ok()?;
    let path = file.strip_prefix(root.canonicalize().ok()?).ok()?.with_extension("");
    let path = path.to_str()?.to_owned();
    path.starts_with("image/").then_some(path)
}

/// The definition, and the root of its repository.
fn definition(arguments: &Arguments) -> Result<(&str, Option<PathBuf>), Diagnostic> {
    match (&arguments.file, &arguments.definition) {
        (Some(file), None) => Ok((file, arguments.context.clone())),
        (None, Some(definition)) => Ok((definition, arguments.context.clone())),
        (Some(file), Some(root)) => {
            // As in buildx: the definition, and the directory with its files.
            let context = arguments.context.clone().or_else(|| Some(PathBuf::from(root)));
            Ok((file, context))
        }
        (None, None) => {
            let text = "name a definition, such as `image.yaml`".to_owned();
            Err(Diagnostic::new(Code::USAGE_ARGUMENTS, "no definition is named")
                .remedy(Remedy::ChangeCommandLine { text }))
        }
    }
}

/// A name of the image: a repository of a registry, with or without tag.
fn named(text: &str) -> Result<Reference, Diagnostic> {
    let reference = reference(text)?;
    if matches!(reference.repository, ImageRepository::Remote(_)) && reference.digest.is_none() {
        return Ok(reference);
    }
    let text = format!("`--tag {text}` is no name of an image in a registry");
    let hint = "use `NAME:TAG`, and `--output` for files".to_owned();
    Err(Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::ChangeCommandLine { text: hint }))
}

fn destinations(arguments: &Arguments, names: &[Reference]) -> Result<Vec<Destination>, Diagnostic> {
    let output = &arguments.output;
    let mut destinations =
        output.output.iter().map(|text| Destination::parse(text)).collect::<Result<Vec<_>, _>>()?;
    destinations.extend(output.push.then_some(Destination::Registry));
    destinations.extend(output.load.then_some(Destination::Engine));
    let wrong = |what: &str, text: &str| {
        let text = text.to_owned();
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
    };
    if destinations.is_empty() && !output.check_reproducible {
        let text = "add `--output oci:DIR`, `--output archive:FILE`, `--push` or `--load`";
        return wrong("no flag says where the image goes", text);
    }
    if names.is_empty() && destinations.contains(&Destination::Registry) {
        return wrong("the image has no name to push it to", "add `--tag REGISTRY/NAME:TAG`");
    }
    Ok(destinations)
}

/// The variables of `--arg`, and the epoch among them.
fn variables(arguments: &[String]) -> Result<(Vec<Parameter>, Option<i64>), Diagnostic> {
    let mut variables: Vec<Parameter> = Vec::new();
    let mut epoch = None;
    let wrong = |what: String| {
        let text = "use `--arg NAME=VALUE`".to_owned();
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
    };
    for text in arguments {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return wrong(format!("`--arg {text}` has no name and value"));
        };
        if name == EPOCH {
            match value.parse() {
                Ok(seconds) if (0..=LAST_SECOND).contains(&seconds) => epoch = Some(seconds),
                _ => return wrong(format!("`{EPOCH}` is `{value}`, which is not a time")),
            }
            continue;
        }
        if variables.iter().any(|known| known.name == name) {
            return wrong(format!("`--arg {name}` is there twice"));
        }
        variables.push(Parameter { name: name.to_owned(), value: value.to_owned() });
    }
    Ok((variables, epoch))
}

/// The lock of the definition, made and written if it does not fit, and the digest of its file.
async fn locked(
    arguments: &Arguments,
    definition: &str,
    loaded: &Loaded,
    printer: &Printer,
) -> Result<(Lock, Digest), Diagnostic> {
    let named = arguments.lock.lock.as_deref();
    let file = lock_place(definition, named)?;
    let last = match &file {
        Some(file) => read_lock(file)?,
        None => None,
    };
    let substitutions = match &arguments.lock.substitute {
        None => None,
        Some(file) => Some(read_substitutions(file)?),
    };
    let shown =
        || file.as_deref().map_or_else(|| "the lock".to_owned(), |file| format!("`{}`", file.display()));
    let lock = match last {
        // Substitutions of a lock count as long as no others are named.
        Some(last) if arguments.lock.locked => {
            if !fits(&last, loaded, None) {
                let what = format!("{} does not fit `{}`", shown(), loaded.name);
                let remedy = Remedy::LockAgain { file: definition.to_owned() };
                return Err(Diagnostic::new(Code::LOCK_CHANGED, what).remedy(remedy));
            }
            last
        }
        None if arguments.lock.locked => {
            return Err(match &file {
                Some(file) => missing(file, definition),
                None => Diagnostic::new(Code::LOCK_MISSING, "a definition that is no file has no lock"),
            });
        }
        Some(last) if !arguments.lock.update && fits(&last, loaded, substitutions.as_ref()) => last,
        last => {
            let none = Substitutions::default();
            let update = if arguments.lock.update { Update::All } else { Update::Nothing };
            let request = LockRequest {
                definitions: &loaded.evaluated,
                substitutions: substitutions.as_ref().unwrap_or(&none),
                last: last.as_ref(),
                update,
            };
            let new = make(&arguments.access, request, printer).await?;
            if let Some(file) = &file {
                let bytes = lock::write(&new).map_err(|error| unusable(file, &error.to_string()))?;
                write_file(file, Data::Text(&String::from_utf8_lossy(&bytes)), printer)?;
                printer.note(&format!("wrote `{}`: {}", file.display(), lock_output::summary(&new)));
            }
            new
        }
    };
    let bytes = lock::write(&lock).map_err(|error| Diagnostic::new(Code::LOCK_FILE, error.to_string()))?;
    Ok((lock, Digest::of(&bytes)))
}

/// The lock file. `None` for a definition that is no file, without `--lock`.
fn lock_place(definition: &str, named: Option<&Path>) -> Result<Option<PathBuf>, Diagnostic> {
    if named.is_none() && (definition == super::printer::STDOUT || definition.contains("://")) {
        return Ok(None);
    }
    lock_file(definition, named, "--lock").map(Some)
}

/// The definition for the platforms that are built.
fn platforms(
    loaded: &Loaded,
    asked: &[TargetPlatform],
) -> Result<Vec<(TargetPlatform, Definition)>, Diagnostic> {
    let all: Vec<TargetPlatform> = loaded.evaluated.iter().map(|(platform, _)| *platform).collect();
    if let Some(other) = asked.iter().find(|platform| !all.contains(platform)) {
        return Err(not_for(&loaded.name, *other, &all));
    }
    let is_asked = |platform: &TargetPlatform| asked.is_empty() || asked.contains(platform);
    Ok(loaded.evaluated.iter().filter(|(platform, _)| is_asked(platform)).cloned().collect())
}

/// The mirror of Debian, if the lock has packages of Debian's own repositories.
fn mirror(lock: &Lock) -> Result<Option<DebianMirror>, Diagnostic> {
    let repositories = lock.platforms.iter().flat_map(|platform| &platform.repositories);
    if !repositories.into_iter().any(|repository| repository.line.starts_with("debian ")) {
        return Ok(None);
    }
    let mirror = DebianMirror::of_machine(|name| std::env::var(name).ok(), Path::new(APT));
    mirror.map(Some).map_err(|error| BuildError::Mirror(error).to_diagnostic())
}
