//! An explanation as text for people.

use std::collections::HashMap;

use super::{Explanation, Unpinned, UnpinnedKind};
use crate::builder::definition::{Keyword, Kind, Variant};
use crate::builder::diff::{Row, rows};
use crate::builder::facts::{Access, Aspect, Fact, Integrity, Value};
use crate::report::Style;
use crate::report::columns::{Cell, Tone, columns, filled_columns};
use crate::report::style::file_name;

/// How many names a line lists, if it is about the packages of the build.
const LISTED: usize = 12;

/// The lines with name and value of a section.
type Facts = Vec<(&'static str, String)>;

impl Explanation {
    /// What the product is, what it contains, how it runs, what the build fetches and does, and what to know about it.
    pub fn text(&self, style: Style) -> String {
        let mut sections = vec![self.head(style)];
        let mut add = |title: &str, body: String| {
            if !body.is_empty() {
                sections.push(format!("{}\n{body}", style.strong(title)));
            }
        };
        add("contains", self.contains(style));
        if self.kind == Kind::Image {
            add("runs as", lines(&self.runs_as(), style));
        }
        add("fetches", self.fetches(style));
        add("build", self.build(style));
        add("to know", lines(&self.remarks(), style));
        for (platform, changes) in &self.differences {
            let rows = changes
                .iter()
                .flat_map(rows)
                .map(|Row { what, from, to, .. }| vec![Cell::from(what), Cell::from(from), Cell::from(to)]);
            let own = self.platform.map(Keyword::as_str).unwrap_or_default();
            let header = ["WHAT".to_owned(), own.to_uppercase(), platform.as_str().to_uppercase()];
            add(&format!("different for {platform}"), columns(header, rows, style));
        }
        sections.push(style.lines(&style.text(&self.last_line()), 2));
        sections.join("\n")
    }

    fn head(&self, style: Style) -> String {
        let (file, name) = (file_name(&self.file), self.value(Aspect::Name));
        let title = name.map_or_else(|| file.to_owned(), |name| format!("{file}  {name}"));
        let title = style.lines(&style.strong(&style.text(&title)), 2);
        let mut facts = vec![(self.kind.as_str(), self.value(Aspect::Image).unwrap_or("unnamed").to_owned())];
        let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
        if self.kind == Kind::Image {
            add("variant", Some(self.variant.to_string()));
        }
        for aspect in [Aspect::Flavor, Aspect::Suffix, Aspect::Entitlement] {
            add(aspect.words(), self.value(aspect).map(str::to_owned));
        }
        add("platforms", names(self.of(Aspect::Platform)));
        add("tags", names(self.of(Aspect::Tag)));
        add("frontend", self.value(Aspect::Frontend).map(str::to_owned));
        add("includes", names(self.of(Aspect::Include)));
        add("dates", pairs(self.of(Aspect::Date)));
        add("claims", names(self.of(Aspect::Claim)));
        add("system", self.system());
        if self.kind == Kind::Image {
            let form = [Aspect::Output, Aspect::Compression].map(|aspect| self.value(aspect).unwrap_or("-"));
            add("layers", Some(form.join(", ")));
        }
        title + &lines(&facts, style)
    }

    /// The name of `/etc/os-release` for people.
    fn system(&self) -> Option<String> {
        let of = |name: &str| self.of(Aspect::OsRelease).find(|fact| fact.name == name)?.text("value");
        of("pretty-name").or_else(|| of("name")).map(str::to_owned)
    }

    fn contains(&self, style: Style) -> String {
        let mut facts: Facts = Vec::new();
        let packages: Vec<String> = self.of(Aspect::Package).map(package).collect();
        if !packages.is_empty() {
            facts.push(("packages", format!("{}: {}", packages.len(), packages.join(", "))));
        }
        let excluded: Vec<&str> = self.of(Aspect::Exclusion).map(|fact| fact.name.as_str()).collect();
        if !excluded.is_empty() {
            facts.push(("excluded", format!("{}: {}", excluded.len(), excluded.join(", "))));
        }
        facts.extend(pairs(self.of(Aspect::Mapping)).map(|text| ("mappings", text)));
        facts.extend(self.made().map(|text| ("made", text)));
        let mut rows: Vec<[Cell; 4]> = Vec::new();
        for fact in self.of(Aspect::Artifact).chain(self.of(Aspect::File)) {
            let (path, from) = match fact.aspect {
                Aspect::Artifact => ("/", fact.name.as_str()),
                _ => (fact.name.as_str(), fact.text("url").unwrap_or("-")),
            };
            rows.push([fact.aspect.words().into(), path.into(), from.into(), details(fact).into()]);
        }
        for fact in self.of_stages(Aspect::StageOutput) {
            let stage = fact.stage.as_deref().unwrap_or_default();
            let from = format!("stage {stage}: {}", fact.text("source").unwrap_or("-"));
            rows.push([
                fact.aspect.words().into(),
                fact.name.as_str().into(),
                from.into(),
                details(fact).into(),
            ]);
        }
        for fact in self.of(Aspect::Path) {
            let source = fact.text("source").unwrap_or_default();
            let kind = fact.text("type").unwrap_or_default();
            rows.push([kind.into(), fact.name.as_str().into(), source.into(), details(fact).into()]);
        }
        let table: String = match rows.is_empty() {
            true => String::new(),
            false => filled_columns(["WHAT", "PATH", "FROM", "DETAILS"], rows, 2, style),
        };
        let gap = if facts.is_empty() || table.is_empty() { "" } else { "\n" };
        format!("{}{gap}{table}", lines(&facts, style))
    }

    /// What the actions of a package or chart make.
    fn made(&self) -> Option<String> {
        let made = self.of_stages(Aspect::Step).filter_map(|step| {
            let (name, version) = (step.text("with.name"), step.text("with.version"));
            let uses = step.text("uses")?;
            if uses.starts_with("dhi/build-pkg:") || uses.starts_with("abuild/apk@") {
                let formats =
                    step.get("with.formats").map(|formats| format!(" ({formats})")).unwrap_or_default();
                return Some(format!("package {} {}{formats}", name.unwrap_or("-"), version.unwrap_or("-")));
            }
            let chart = step.text("with.chart.name")?;
            Some(format!("chart {chart}"))
        });
        let made: Vec<String> = made.collect();
        (!made.is_empty()).then(|| made.join(", "))
    }

    fn runs_as(&self) -> Facts {
        let mut facts: Facts = Vec::new();
        let user = self.value(Aspect::RunAs).filter(|user| !user.is_empty()).unwrap_or("root");
        // A group can follow.
        let name = user.split(':').next().unwrap_or_default();
        let account = self.of(Aspect::User).find(|fact| fact.name == name);
        let numbers = account.map(|fact| {
            let number = |name| fact.text(name).unwrap_or("-");
            format!(" (uid {}, gid {})", number("uid"), number("gid"))
        });
        facts.push(("user", format!("{user}{}", numbers.unwrap_or_default())));
        let root = self.of(Aspect::Root).next().map_or("does not exist", |_| "exists");
        facts.push(("root user", root.to_owned()));
        let accounts = |aspect, id: &'static str| {
            let entries: Vec<String> = self
                .of(aspect)
                .map(|fact| format!("{} {}", fact.name, fact.text(id).unwrap_or("-")))
                .collect();
            (!entries.is_empty()).then(|| entries.join(", "))
        };
        let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
        add("users", accounts(Aspect::User, "uid"));
        add("groups", accounts(Aspect::Group, "gid"));
        add("entrypoint", self.words(Aspect::Entrypoint));
        add("command", self.words(Aspect::Command));
        add("working directory", self.value(Aspect::WorkDir).map(str::to_owned));
        add("stop signal", self.value(Aspect::StopSignal).map(str::to_owned));
        add("ports", names(self.of(Aspect::Port)));
        add("volumes", names(self.of(Aspect::Volume)));
        for (name, aspect) in [
            ("environment", Aspect::Environment),
            ("labels", Aspect::Label),
            ("annotations", Aspect::Annotation),
        ] {
            facts.extend(
                self.of(aspect)
                    .map(|fact| (name, format!("{}={}", fact.name, fact.text("value").unwrap_or_default()))),
            );
        }
        facts
    }

    /// The words of a command, in quotes where they have spaces.
    fn words(&self, aspect: Aspect) -> Option<String> {
        let Value::List(words) = self.of(aspect).next()?.get("value")? else { return None };
        Some(words.iter().map(|word| crate::report::quoted(word)).collect::<Vec<_>>().join(" "))
    }

    fn fetches(&self, style: Style) -> String {
        let rows = self.inputs.iter().map(|input| {
            let verified = match &input.integrity {
                Integrity::None => Cell::new("nothing", Tone::Warning),
                Integrity::Digest(digest) if input.address.contains(digest.as_str()) => {
                    Cell::from("its digest")
                }
                Integrity::Digest(digest) => Cell::from(digest.as_str()),
                Integrity::Commit(commit) => Cell::from(format!("commit {commit}")),
                Integrity::ChecksumFile(url) => Cell::new(format!("checksum file {url}"), Tone::Warning),
                Integrity::Signed(keys) => Cell::from(format!("signatures by {}", keys.join(", "))),
                Integrity::DistributionKeys => Cell::from("signatures by the keys of the distribution"),
            };
            let access = match input.access {
                Access::Public => Cell::default(),
                access => Cell::new(access.as_str(), Tone::Warning),
            };
            let stage = input.stage.as_deref().unwrap_or_default();
            [input.kind.as_str().into(), input.address.as_str().into(), verified, access, stage.into()]
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return String::new();
        }
        filled_columns(["WHAT", "ADDRESS", "VERIFIED BY", "ACCESS", "STAGE"], rows, 3, style)
    }

    fn build(&self, style: Style) -> String {
        let mut stages: HashMap<&str, Vec<&Fact>> = HashMap::new();
        for fact in &self.facts {
            if let Some(stage) = &fact.stage {
                stages.entry(stage).or_default().push(fact);
            }
        }
        let mut rows: Vec<[Cell; 4]> = Vec::new();
        for stage in self.of_stages(Aspect::Stage) {
            let own = stages.get(stage.name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let of = |aspect| own.iter().copied().filter(move |fact| fact.aspect == aspect);
            let packages: Vec<String> = of(Aspect::Package).map(package).collect();
            let mut what =
                vec![of(Aspect::StageImage).next().map_or_else(
                    || "starts empty".to_owned(),
                    |image| format!("starts with {}", image.name),
                )];
            if !packages.is_empty() {
                let shown = packages.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
                let more = packages.len().saturating_sub(LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                what.push(format!("{}: {shown}{more}", noun(packages.len(), "package", "packages")));
            }
            let network = if stage.get("network").is_some() { "network" } else { "" };
            rows.push([
                Cell::from(stage.name.as_str()),
                Cell::default(),
                Cell::from(what.join("; ")),
                Cell::new(network, Tone::Warning),
            ]);
            for step in of(Aspect::Step) {
                let does = match (step.text("uses"), step.text("runs")) {
                    (Some(uses), Some(script)) => format!("{uses}, {}", script_words(script)),
                    (Some(uses), None) => uses.to_owned(),
                    (None, Some(script)) => script_words(script),
                    (None, None) => "nothing".to_owned(),
                };
                let network = if step.get("network").is_some() { "network" } else { "" };
                rows.push([
                    Cell::default(),
                    Cell::from(step.name.as_str()),
                    Cell::from(does),
                    Cell::new(network, Tone::Warning),
                ]);
            }
            for statement in of(Aspect::Attestation) {
                let does = format!("attests {}", statement.text("source").unwrap_or("-"));
                rows.push([
                    Cell::default(),
                    Cell::from(statement.name.as_str()),
                    does.into(),
                    Cell::default(),
                ]);
            }
        }
        if rows.is_empty() {
            return String::new();
        }
        filled_columns(["STAGE", "STEP", "DOES", "ACCESS"], rows, 3, style)
    }

    fn remarks(&self) -> Facts {
        let mut facts: Facts = Vec::new();
        let mut add = |name, values: Vec<String>| {
            if !values.is_empty() {
                facts.push((name, values.join("; ")));
            }
        };
        add("not fixed", self.not_fixed());
        let gated = self.gated.iter().map(|one| {
            let stage = one.stage.as_ref().map(|stage| format!(" in stage {stage}")).unwrap_or_default();
            format!("{} {}{stage}: {}", one.what, one.name, one.access)
        });
        // Everything has a row above; the frontend is the same for all definitions.
        add("not public", gated.filter(|text| !text.starts_with("frontend ")).collect());
        let network = self.network.iter().map(|one| match &one.step {
            Some(step) => format!("{}: {step}", one.stage),
            None => format!("{}: all steps", one.stage),
        });
        add("network", network.collect());
        let secrets = self.secrets.iter().map(|one| {
            let need = if one.optional { "optional" } else { "required" };
            let stage = one.stage.as_ref().map(|stage| format!("{stage}: ")).unwrap_or_default();
            format!("{} ({need}) for {stage}{}", one.id, one.user)
        });
        add("secrets", secrets.collect());
        let actions = self.actions.iter().map(|action| match action.steps {
            1 => action.name.clone(),
            steps => format!("{} ({steps} times)", action.name),
        });
        add("actions", actions.collect());
        let unresolved =
            self.unresolved.iter().map(|one| format!("{} in {}", one.reference, one.places.join(", ")));
        add("left as written", unresolved.collect());
        for (name, aspect) in
            [("variables", Aspect::Variable), ("followed", Aspect::Tracker), ("tests", Aspect::Test)]
        {
            add(name, names(self.of(aspect)).into_iter().collect());
        }
        facts
    }

    /// `41 of 50 packages without version`, and what else is not fixed.
    fn not_fixed(&self) -> Vec<String> {
        let is_package = |one: &&Unpinned| one.kind == UnpinnedKind::Version;
        let packages = self.facts.iter().filter(|fact| fact.aspect == Aspect::Package).count();
        let open = self.unpinned.iter().filter(is_package).count();
        let mut found = Vec::new();
        if open > 0 {
            found.push(format!("{open} of {} without version", noun(packages, "package", "packages")));
        }
        for (kind, words) in [
            (UnpinnedKind::Digest, "without digest"),
            (UnpinnedKind::Commit, "without commit"),
            (UnpinnedKind::Checksum, "without checksum"),
            (UnpinnedKind::ChecksumFile, "with a checksum that is fetched too"),
        ] {
            let names: Vec<&str> =
                self.unpinned.iter().filter(|one| one.kind == kind).map(|one| one.name.as_str()).collect();
            if !names.is_empty() {
                found.push(format!("{} {words}: {}", names.len(), names.join(", ")));
            }
        }
        found
    }

    /// The counts of what the reader should look at.
    fn last_line(&self) -> String {
        let root = if self.kind == Kind::Image && self.runs_as_root { "runs as root, " } else { "" };
        let dev = if self.variant == Variant::Dev { "development image, " } else { "" };
        let unverified = self.inputs.iter().filter(|one| one.integrity == Integrity::None);
        // Other platforms can have other counts.
        let platform = self.platform.filter(|_| !self.differences.is_empty());
        let platform = platform.map(|platform| format!(" ({})", platform.as_str())).unwrap_or_default();
        format!(
            "explained  {root}{dev}{}, {} not verified, {} with network, {}{platform}",
            noun(self.inputs.len(), "input", "inputs"),
            unverified.count(),
            noun(self.network.len(), "step", "steps"),
            noun(self.secrets.len(), "secret", "secrets"),
        )
    }
}

fn lines(facts: &[(&str, String)], style: Style) -> String {
    // A name that is repeated is shown once.
    let mut last = "";
    let shown = facts.iter().map(|(name, value)| {
        let name = if *name == last { "" } else { *name };
        if !name.is_empty() {
            last = name;
        }
        (name, value.as_str())
    });
    let shown: Vec<(&str, &str)> = shown.collect();
    style.facts(shown)
}

/// `1 step`, `2 steps`.
fn noun(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

fn names<'a>(facts: impl Iterator<Item = &'a Fact>) -> Option<String> {
    let names: Vec<&str> = facts.map(|fact| fact.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// `NAME VALUE, NAME VALUE`.
fn pairs<'a>(facts: impl Iterator<Item = &'a Fact>) -> Option<String> {
    let value = |fact: &Fact| fact.attributes.first().map(|one| one.value.to_string()).unwrap_or_default();
    let pairs: Vec<String> = facts.map(|fact| format!("{} {}", fact.name, value(fact))).collect();
    (!pairs.is_empty()).then(|| pairs.join(", "))
}

/// A package as it is requested.
fn package(fact: &Fact) -> String {
    match fact.text("version") {
        None => fact.name.clone(),
        Some(version) if version.starts_with('~') => format!("{}{version}", fact.name),
        Some(version) => format!("{}={version}", fact.name),
    }
}

fn script_words(script: &str) -> String {
    match script.lines().filter(|line| !line.trim().is_empty()).count() {
        1 => format!("script: {}", script.trim()),
        lines => format!("script of {lines} lines"),
    }
}

/// Owner, permissions and the parts that are used.
fn details(fact: &Fact) -> String {
    let mut parts: Vec<String> = Vec::new();
    let owner = [fact.text("uid"), fact.text("gid")].map(|id| id.unwrap_or("-"));
    if owner != ["-", "-"] {
        parts.push(owner.join(":"));
    }
    parts.extend(fact.text("mode").map(|mode| format!("mode {mode}")));
    for name in ["recursive", "diff"] {
        parts.extend(fact.get(name).map(|_| name.to_owned()));
    }
    parts.extend(fact.text("content").map(|content| format!("{} bytes", content.len())));
    for name in ["includes", "excludes", "platforms", "if"] {
        parts.extend(fact.get(name).map(|value| format!("{name} {value}")));
    }
    parts.join(", ")
}
