//! Provenance: SLSA v0.2 and v1, in the shapes of BuildKit and other builders, and Docker Scout's.
//!
//! Empty digests are common and are never shown as a commit. Values of parameters are not shown, since they can be
//! secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::names::{self, commit, commit_of, decode, is_git, purl_kind};
use super::page::{Description, KindCounts, NameList, Page, TableBuilder, plural};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct V02<'a> {
    #[serde(borrow)]
    builder: Member<'a>,
    build_type: Text,
    #[serde(borrow)]
    invocation: Member<'a>,
    #[serde(borrow)]
    metadata: Member<'a>,
    #[serde(borrow)]
    materials: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Invocation<'a> {
    #[serde(borrow)]
    config_source: Member<'a>,
    #[serde(borrow)]
    parameters: Member<'a>,
    #[serde(borrow)]
    environment: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct V02Metadata<'a> {
    #[serde(rename = "buildInvocationID")]
    invocation: Text,
    build_started_on: Text,
    build_finished_on: Text,
    reproducible: Text,
    #[serde(borrow, rename = "https://mobyproject.org/buildkit@v1#metadata")]
    buildkit: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct V1<'a> {
    #[serde(borrow)]
    build_definition: Member<'a>,
    #[serde(borrow)]
    run_details: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Definition<'a> {
    build_type: Text,
    #[serde(borrow)]
    external_parameters: Member<'a>,
    #[serde(borrow)]
    internal_parameters: Member<'a>,
    #[serde(borrow)]
    resolved_dependencies: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct External<'a> {
    #[serde(borrow)]
    config_source: Member<'a>,
    #[serde(borrow)]
    request: Member<'a>,
    /// GitHub Actions.
    #[serde(borrow)]
    workflow: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Workflow {
    repository: Text,
    path: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RunDetails<'a> {
    #[serde(borrow)]
    builder: Member<'a>,
    #[serde(borrow)]
    metadata: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct V1Metadata<'a> {
    invocation_id: Text,
    started_on: Text,
    finished_on: Text,
    #[serde(borrow, rename = "buildkit_metadata")]
    buildkit: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Builder {
    id: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConfigSource<'a> {
    uri: Text,
    #[serde(borrow)]
    digest: Member<'a>,
    path: Text,
    entry_point: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BuildKit<'a> {
    #[serde(borrow)]
    vcs: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Vcs {
    source: Text,
    revision: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request<'a> {
    #[serde(borrow)]
    args: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Frontend {
    source: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PlatformParameters {
    platform: Text,
    builder_platform: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Material<'a> {
    uri: Text,
    name: Text,
    #[serde(borrow)]
    digest: Member<'a>,
}

/// The common content of both SLSA versions.
#[derive(Default)]
struct Build<'a> {
    builder: Text,
    build_type: Text,
    config_source: ConfigSource<'a>,
    vcs: Vcs,
    workflow: Workflow,
    request: Member<'a>,
    parameters: Member<'a>,
    platform: Text,
    invocation: Text,
    started: Text,
    finished: Text,
    reproducible: Text,
    materials: Member<'a>,
}

pub(super) fn slsa_v02(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: V02<'_> = predicate.object().ok_or(ShapeError("provenance is an object"))?;
    if document.build_type.get().is_none() && !document.builder.is_object() {
        return Err(ShapeError("provenance v0.2 has `builder` and `buildType`"));
    }
    let invocation: Invocation<'_> = document.invocation.object_or_empty();
    let metadata: V02Metadata<'_> = document.metadata.object_or_empty();
    let place: PlatformParameters = invocation.environment.object_or_empty();
    summary(&Build {
        builder: document.builder.object_or_empty::<Builder>().id,
        build_type: document.build_type,
        config_source: invocation.config_source.object_or_empty(),
        vcs: metadata.buildkit.object_or_empty::<BuildKit<'_>>().vcs.object_or_empty(),
        workflow: Workflow::default(),
        request: invocation.parameters,
        parameters: invocation.parameters,
        platform: place.platform,
        invocation: metadata.invocation,
        started: metadata.build_started_on,
        finished: metadata.build_finished_on,
        reproducible: metadata.reproducible,
        materials: document.materials,
    })
}

pub(super) fn slsa_v1(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: V1<'_> = predicate.object().ok_or(ShapeError("provenance is an object"))?;
    if !document.build_definition.is_object() && !document.run_details.is_object() {
        return Err(ShapeError("provenance v1 has `buildDefinition` and `runDetails`"));
    }
    let definition: Definition<'_> = document.build_definition.object_or_empty();
    let external: External<'_> = definition.external_parameters.object_or_empty();
    let run: RunDetails<'_> = document.run_details.object_or_empty();
    let metadata: V1Metadata<'_> = run.metadata.object_or_empty();
    let place: PlatformParameters = definition.internal_parameters.object_or_empty();
    summary(&Build {
        builder: run.builder.object_or_empty::<Builder>().id,
        build_type: definition.build_type,
        config_source: external.config_source.object_or_empty(),
        vcs: metadata.buildkit.object_or_empty::<BuildKit<'_>>().vcs.object_or_empty(),
        workflow: external.workflow.object_or_empty(),
        request: external.request,
        parameters: definition.external_parameters,
        platform: place.builder_platform,
        invocation: metadata.invocation_id,
        started: metadata.started_on,
        finished: metadata.finished_on,
        reproducible: Text::default(),
        materials: definition.resolved_dependencies,
    })
}

fn summary(build: &Build<'_>) -> Result<Description, ShapeError> {
    let source = [&build.config_source.uri, &build.workflow.repository, &build.vcs.source];
    let source = source.into_iter().find_map(Text::get).map(ToOwned::to_owned);
    let mut walk = Materials::new(source.as_deref());
    if walk.read(build.materials).is_none() && build.materials.is_given() {
        return Err(ShapeError("the materials are not a list"));
    }
    let source = source.clone().or(walk.first_git);
    let commit = commit_of(build.config_source.digest)
        .or_else(|| build.vcs.revision.get().and_then(commit))
        .or(walk.commit);

    let mut line = tool(build);
    if let Some(source) = &source {
        line.push_str(", ");
        line.push_str(&names::repository(source));
        if let Some(commit) = &commit {
            line.push('@');
            line.push_str(commit);
        }
    }

    let mut page = Page::default();
    page.add_text("builder", &names::uri_text(&build.builder));
    page.add_text("build type", &build.build_type);
    page.add_fact("source", source.map(|source| names::uri(&source)).unwrap_or_default());
    page.add_fact("commit", commit.unwrap_or_default());
    let path = [&build.config_source.path, &build.config_source.entry_point, &build.workflow.path];
    page.add_fact("definition", path.into_iter().find_map(Text::get).unwrap_or_default());
    let request: Request<'_> = build.request.object_or_empty();
    let frontend: Frontend = request.args.object_or_empty();
    page.add_text("frontend", &frontend.source);
    page.add_text("platform", &build.platform);
    let mut parameters = NameList::default();
    build.parameters.members(|name, _| parameters.add(name));
    if parameters.count() > 0 {
        page.add_fact("parameters", format!("{} ({})", parameters.count(), parameters.join()));
    }
    page.add_text("invocation", &build.invocation);
    page.add_text("started", &build.started);
    page.add_text("finished", &build.finished);
    page.add_text("reproducible", &build.reproducible);
    page.add_fact("materials", walk.kinds.join());
    page.add_table(walk.list);
    Ok(Description { line, page })
}

/// The common name of the builder.
fn tool(build: &Build<'_>) -> String {
    let build_type = build.build_type.get().unwrap_or_default();
    let known = [
        ("mobyproject.org/buildkit", "BuildKit"),
        ("github.com/moby/buildkit", "BuildKit"),
        ("actions.github.io/buildtypes", "GitHub Actions"),
        ("slsa-framework.github.io/github-actions-buildtypes", "GitHub Actions"),
        ("github.com/slsa-framework/slsa-github-generator", "GitHub Actions"),
        ("cloudbuild.googleapis.com", "Google Cloud Build"),
        ("tekton.dev", "Tekton"),
    ];
    if let Some((_, name)) = known.iter().find(|(part, _)| build_type.contains(part)) {
        return (*name).to_owned();
    }
    let id = [build.builder.get(), build.build_type.get()]
        .into_iter()
        .flatten()
        .next()
        .unwrap_or("unknown builder");
    let id = names::uri(id);
    id.split_once("://").map_or(id.as_str(), |(_, rest)| rest).to_owned()
}

struct Materials<'s> {
    source: Option<&'s str>,
    first_git: Option<String>,
    /// The commit of the source, or of the first repository if no source is named.
    commit: Option<String>,
    kinds: KindCounts,
    list: TableBuilder,
}

impl<'s> Materials<'s> {
    fn new(source: Option<&'s str>) -> Self {
        let list = TableBuilder::new("materials", &["KIND", "NAME", "DIGEST"]);
        Self { source, first_git: None, commit: None, kinds: KindCounts::default(), list }
    }

    fn read(&mut self, materials: Member<'_>) -> Option<usize> {
        materials.each_object(|material: Material<'_>| {
            let uri = material.uri.clone().or(material.name.clone()).cell();
            let (kind, name) = kind_and_name(&uri);
            if kind == "git" {
                let same = match self.source {
                    Some(source) => names::repository(source) == names::repository(&uri),
                    None => self.first_git.is_none(),
                };
                if same && self.commit.is_none() {
                    self.commit = commit_of(material.digest);
                }
                self.first_git.get_or_insert_with(|| uri.clone());
            }
            self.kinds.add(kind);
            let digest = names::digest(material.digest).unwrap_or_else(|| "-".to_owned());
            // Images and repositories first, then packages.
            let rank = u8::from(!matches!(kind, "image" | "git"));
            self.list.add_ranked_row(rank, [kind.to_owned(), name, digest]);
        })
    }
}

fn kind_and_name(uri: &str) -> (&str, String) {
    if let Some(kind) = purl_kind(uri) {
        let kind = if matches!(kind, "docker" | "oci") { "image" } else { kind };
        return (kind, names::purl(uri));
    }
    if is_git(uri) {
        let reference = uri.split_once('#').map(|(_, reference)| format!("#{reference}")).unwrap_or_default();
        return ("git", format!("{}{reference}", names::repository(uri)));
    }
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let file = decode(path.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
    let kind = match file.rsplit_once('.') {
        Some((_, extension @ ("deb" | "apk" | "rpm"))) => match extension {
            "deb" => "deb",
            "apk" => "apk",
            _ => "rpm",
        },
        _ if uri.contains("://") => "file",
        _ => "other",
    };
    (kind, if file.is_empty() { names::uri(uri) } else { file.into_owned() })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scout<'a> {
    #[serde(borrow)]
    source_map: Member<'a>,
    #[serde(borrow)]
    base_image: Member<'a>,
    #[serde(borrow)]
    vcs: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SourceMap<'a> {
    #[serde(borrow)]
    dockerfile: Member<'a>,
    path: Text,
}

/// Describes Docker Scout's provenance. Only its members `source_map.dockerfile` and `base_image` are documented.
pub(super) fn scout(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Scout<'_> = predicate.object().ok_or(ShapeError("Scout provenance is an object"))?;
    let map: SourceMap<'_> = document.source_map.object_or_empty();
    if !document.source_map.is_object() && !document.base_image.is_object() {
        return Err(ShapeError("Scout provenance has `source_map` or `base_image`"));
    }
    let vcs: Vcs = document.vcs.object_or_empty();
    let definition = map.dockerfile.whole_text().and_then(|text| STANDARD.decode(text).ok());
    let definition = definition.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let name = map.path.get().unwrap_or("definition");
    let line = match &definition {
        Some(text) => format!("{name}, {}", plural(text.lines().count(), "line")),
        None => format!("{name}, no text"),
    };
    let mut page = Page::default();
    page.add_fact("source", vcs.source.get().map(names::uri).unwrap_or_default());
    page.add_text("revision", &vcs.revision);
    page.add_text("definition", &map.path);
    if let Some(text) = &definition {
        page.add_fact("lines", text.lines().count().to_string());
        let syntax = text.lines().next().unwrap_or_default().trim_start_matches('#').trim_start();
        page.add_text("syntax", &Text::from(syntax.strip_prefix("syntax=").unwrap_or_default().trim()));
    }
    let mut base = TableBuilder::new("base image", &["MEMBER", "VALUE"]);
    document.base_image.members(|name, value| base.add_row([name.to_owned(), value.text().cell()]));
    page.add_table(base);
    Ok(Description { line, page })
}
