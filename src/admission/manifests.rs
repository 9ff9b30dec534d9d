//! Which images the manifests use.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{Error, Input, Unread, compose, kubernetes};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::{
    CLAIMED_TEXT, Exceeded, IMAGE_TEXT, IMAGE_USES, NOT_JUDGED, SEARCHED, YAML_DEPTH, YAML_NODES,
};
use crate::oci::reference::without_login;
use crate::oci::{Platform, Reference, Repository};
use crate::report::{NotJudged, Place, Role, Use};
use crate::yaml::{self, Value};

/// What stands in the manifests.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Uses of images, in the order of the manifests.
    pub uses: Vec<ImageUse>,
    /// Uses whose text is not taken for an image.
    pub refused: Vec<(Use, Diagnostic)>,
    /// What was seen and cannot be judged.
    pub not_judged: Vec<NotJudged>,
    /// Kubernetes objects, and Compose services and jobs.
    pub objects: usize,
    /// How many Compose files and documents have a service of this name.
    pub(super) services: HashMap<String, usize>,
    /// Names of Compose services that others extend.
    pub(super) extended: HashSet<String>,
    /// Bytes of text that were searched for images.
    searched: usize,
    /// The bound that was reached, after which nothing more is taken.
    exceeded: Option<Exceeded>,
}

/// A use of a well-formed image.
#[derive(Clone, Debug)]
pub struct ImageUse {
    /// Where.
    pub used: Use,
    /// What.
    pub reference: Reference,
    /// The only platform that is run, where one is written beside the image.
    pub platform: Option<Platform>,
    /// Which of the inputs it is in.
    pub input: usize,
    /// Its text in that input, quotes included.
    pub range: Range<usize>,
}

/// Finds all images. `unread` is what was met beside the inputs.
pub fn find(inputs: &[Input], unread: &[Unread]) -> Result<Found, Error> {
    let mut found = Found::default();
    for Unread { path, reason } in unread {
        let place = Place {
            file: path.clone(),
            line: 1,
            document: 1,
            kind: String::new(),
            namespace: None,
            name: String::new(),
        };
        found.leave(place, *reason);
    }
    for (number, input) in inputs.iter().enumerate() {
        separators(input)?;
        for document in yaml::documents(&input.text, &input.file) {
            let document = document.map_err(|error| explained(error, &input.text))?;
            let Some(root) = document.root().filter(|root| !root.is_null()) else { continue };
            let mut reader = Reader {
                found: &mut found,
                input: number,
                file: &input.file,
                document: document.number,
                visits: 0,
            };
            reader.document(root)?;
            reader.within()?;
        }
    }
    found.widen();
    if found.objects == 0 && found.refused.is_empty() {
        let what = match inputs {
            [] => "the directory".to_owned(),
            [one] if one.file == "-" => "standard input".to_owned(),
            [one] => format!("`{}`", one.file),
            several => format!("these {} files", several.len()),
        };
        let unknown = found.not_judged.iter().find(|left| left.reason.starts_with("neither"));
        let why = unknown.map(|left| format!(" ({} is {})", left.place, left.reason)).unwrap_or_default();
        return Err(Error::Nothing(format!("{what}{why}")));
    }
    Ok(found)
}

/// The error with what most likely brought it about.
fn explained(error: yaml::Error, text: &str) -> Error {
    let begins_object = |line: usize| {
        let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        line.starts_with('{') || line.starts_with("apiVersion:") || line.starts_with("kind:")
    };
    match &error {
        _ if text.contains("{{") => Error::Template(error),
        yaml::Error::Unreadable { line, .. } if *line > 1 && begins_object(*line) => Error::Unparted(error),
        _ => error.into(),
    }
}

/// Kubernetes tools split a stream at each line that begins with `---`, whatever stands behind it; YAML does so only before
/// white space. Where the two differ, what is one value for the one is an object for the other.
fn separators(input: &Input) -> Result<(), Error> {
    for (number, line) in input.text.split('\n').enumerate() {
        let Some(rest) = line.strip_prefix("---") else { continue };
        let content = rest.trim_start();
        if !rest.is_empty()
            && (content.len() == rest.len() || !(content.is_empty() || content.starts_with('#')))
        {
            return Err(Error::Manifest {
                file: input.file.clone(),
                line: number + 1,
                cause:
                    "nothing but a comment may stand on the line of `---`: Kubernetes tools do not read it"
                        .to_owned(),
            });
        }
    }
    Ok(())
}

/// Reads one document.
pub(super) struct Reader<'a> {
    pub(super) found: &'a mut Found,
    input: usize,
    file: &'a str,
    document: usize,
    visits: usize,
}

impl Reader<'_> {
    fn document(&mut self, root: Value<'_>) -> Result<(), Error> {
        let (kind, version) = (root.get("kind"), root.get("apiVersion").filter(|version| !version.is_null()));
        // `!!binary` is decoded by some readers: what is no object here is a pod there.
        if let Some(kind) = kind
            && kind.text().is_none()
        {
            return Err(self.wrong(kind, "`kind` is not a text"));
        }
        if let (Some(_), Some(version)) = (kind, version)
            && version.text().is_none()
        {
            return Err(self.wrong(version, "`apiVersion` is not a text"));
        }
        // A document can be both: kubectl reads nothing but the one, podman-compose nothing but the other.
        let (is_compose, is_object) = (compose::is_file(root), kubernetes::is_object(root));
        if is_compose {
            compose::file(self, root, is_object)?;
        } else if !is_object {
            if !root.is_mapping() && root.items().is_none() {
                return Err(self.wrong(root, "a document is not an object"));
            }
            let filled =
                |value: Option<Value<'_>>| value.and_then(Value::text).is_some_and(|text| !text.is_empty());
            let reason = match (filled(kind), filled(version)) {
                (false, false) => "neither a Kubernetes object nor a Compose file",
                (true, _) => "neither a Kubernetes object, for it has no `apiVersion`, nor a Compose file",
                (false, true) => "neither a Kubernetes object, for it has no `kind`, nor a Compose file",
            };
            let place = self.place(root);
            self.found.leave(place, reason);
        }
        // Whoever writes one of the two means an object: the API server takes the other from the request.
        if kind.is_some() || version.is_some() { kubernetes::object(self, root) } else { Ok(()) }
    }

    /// A place without object.
    pub(super) fn place(&self, at: Value<'_>) -> Place {
        Place {
            file: self.file.to_owned(),
            line: at.line(),
            document: self.document,
            kind: String::new(),
            namespace: None,
            name: String::new(),
        }
    }

    pub(super) fn wrong(&self, at: Value<'_>, cause: &str) -> Error {
        Error::Manifest { file: self.file.to_owned(), line: at.line(), cause: cause.to_owned() }
    }

    /// Aliases make more ways through a document than it has nodes, and longer ones than it is deep.
    pub(super) fn visit(&mut self, depth: usize) -> Result<(), Error> {
        self.visits += 1;
        self.within()?;
        let exceeded = if self.visits > 2 * YAML_NODES {
            Exceeded::new("a document with its aliases", 2 * YAML_NODES, "values")
        } else if depth > 2 * YAML_DEPTH {
            Exceeded::new("a document with its aliases", 2 * YAML_DEPTH, "levels")
        } else {
            return Ok(());
        };
        Err(Error::Exceeded { file: self.file.to_owned(), exceeded })
    }

    /// Whether a text may be searched too. If not, the run ends in an error at the next value.
    pub(super) fn searches(&mut self, text: &str) -> bool {
        self.found.searched = self.found.searched.saturating_add(text.len());
        let is_over = self.found.searched > SEARCHED;
        if is_over {
            self.found.exceeded =
                Some(Exceeded::new("text of the manifests with its aliases", SEARCHED, "bytes"));
        }
        !is_over
    }

    /// An error if a bound was reached.
    fn within(&self) -> Result<(), Error> {
        match &self.found.exceeded {
            Some(exceeded) => Err(Error::Exceeded { file: self.file.to_owned(), exceeded: exceeded.clone() }),
            None => Ok(()),
        }
    }

    /// Takes `image` as an image that `object` uses.
    pub(super) fn image(
        &mut self,
        object: &Place,
        role: Role,
        container: Option<Value<'_>>,
        image: Value<'_>,
    ) -> Result<(), Error> {
        self.image_for(object, role, container, image, None)
    }

    /// The same, of one platform alone.
    pub(super) fn image_for(
        &mut self,
        object: &Place,
        role: Role,
        container: Option<Value<'_>>,
        image: Value<'_>,
        platform: Option<Platform>,
    ) -> Result<(), Error> {
        let count = self.found.uses.len() + self.found.refused.len();
        if count >= IMAGE_USES {
            let exceeded = Exceeded::new("a run", IMAGE_USES, "uses of images");
            return Err(Error::Exceeded { file: self.file.to_owned(), exceeded });
        }
        let written = image.scalar().unwrap_or_default();
        let is_long = written.len() > IMAGE_TEXT;
        let used = Use {
            place: Place { line: image.line(), ..object.clone() },
            role,
            container: shown(container.and_then(Value::scalar).unwrap_or_default()),
            // A login in it is not looked for, so nothing of it is shown.
            written: if is_long { format!("{} bytes", written.len()) } else { written.to_owned() },
        };
        let read = match (image.text(), image.tag()) {
            (Some(_), _) if is_long => Err(Diagnostic::new(
                Code::ADMIT_IMAGE,
                format!("the image is a text of more than {IMAGE_TEXT} bytes"),
            )),
            (Some(text), _) => reference(text),
            (None, Some(tag)) => Err(Diagnostic::new(
                Code::ADMIT_IMAGE,
                format!("the image has the YAML tag `{}`", shown(tag)),
            )),
            (None, None) => {
                Err(Diagnostic::new(Code::ADMIT_IMAGE, "the image is not a text").remedy(Remedy::QuoteImage))
            }
        };
        match read {
            Ok(reference) => {
                let (input, range) = (self.input, image.range());
                self.found.uses.push(ImageUse { used, reference, platform, input, range });
            }
            Err(problem) => {
                let written = shown(&without_login(&used.written));
                self.found.refused.push((Use { written, ..used }, problem));
            }
        }
        Ok(())
    }
}

impl Found {
    pub(super) fn leave(&mut self, place: Place, reason: impl Into<String>) {
        if self.not_judged.len() < NOT_JUDGED {
            self.not_judged.push(NotJudged { place, reason: reason.into() });
        } else {
            self.exceeded = Some(Exceeded::new("a run", NOT_JUDGED, "places that are not judged"));
        }
    }

    /// Another document or file can give a service another platform, and whoever extends it too: only one that stands
    /// alone is narrowed to its own.
    fn widen(&mut self) {
        for one in self.uses.iter_mut().filter(|one| one.platform.is_some()) {
            let name = &one.used.place.name;
            if self.services.get(name).is_some_and(|count| *count > 1) || self.extended.contains(name) {
                one.platform = None;
            }
        }
    }
}

/// A text that is only shown. One that is repeated by aliases, or with each use of an object's images, would take memory
/// without bound: it is cut, and two points say so.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(CLAIMED_TEXT).and_then(|(end, _)| text.get(..end)) {
        Some(kept) => format!("{kept}.."),
        None => text.to_owned(),
    }
}

/// The image as an engine reads it: what is a layout or an archive on a command line is none here.
fn reference(text: &str) -> Result<Reference, Diagnostic> {
    if ["$", "{{"].iter().any(|sign| text.contains(sign)) {
        return Err(Diagnostic::new(
            Code::ADMIT_IMAGE,
            format!("the variables of `{text}` are not filled in"),
        )
        .remedy(Remedy::CheckDeployed));
    }
    let reference: Reference = text.parse().map_err(|error: crate::oci::Error| error.to_diagnostic())?;
    match reference.repository {
        Repository::Remote(_) if !text.contains("://") => Ok(reference),
        _ => Err(Diagnostic::new(Code::ADMIT_IMAGE, format!("`{text}` is not an image of a registry"))),
    }
}
