//! Facts in which one fact is another: what a policy may read of an image, changed one at a time.
//!
//! A change is small, and the changed facts are made when they are evaluated: a statement can be large, and has as many
//! changes as leaves.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::described::raw;
use super::leaves::{Change, Leaf, changed, leaves};
use super::reads::Reads;
use crate::evidence::Findings;
use crate::oci::Digest;
use crate::policy::facts::{AttestationFacts, AttestationStatus, ConfigFacts, ImageFacts, Standing};
use crate::policy::rego::limits::CASE_CHANGES;
use crate::policy::rego::{Evaluation, RegoPolicy};

/// One change of the facts of a case.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The fact that is changed, such as `input.source.image.name`. Items of a list have one name.
    pub fact: String,
    /// Whether the policy asks for the fact or reads it.
    pub is_read: bool,
    edit: Edit,
}

/// All changes of one case.
#[derive(Clone, Debug, Default)]
pub struct Mutants {
    /// The changes that are tried.
    pub tried: Vec<Mutant>,
    /// The number of changes over the limit, which are not tried.
    pub left_out: usize,
}

/// What is changed.
#[derive(Clone, Debug)]
enum Edit {
    Name,
    Standing,
    NoBase,
    BaseName,
    User(Option<&'static str>),
    Label(String, Option<&'static str>),
    Configuration(Leaf, Change),
    NoFindings,
    Findings(Leaf, Change),
    /// The attestation at this position.
    Attestation(usize, AttestationEdit),
}

#[derive(Clone, Debug)]
enum AttestationEdit {
    Missing,
    Failed,
    UnknownKey,
    OtherImage,
    Statement(Leaf, Change),
}

impl Mutant {
    /// The changed facts. `None` if the change cannot be made of them.
    pub fn facts(&self, of: &ImageFacts) -> Option<ImageFacts> {
        let mut facts = of.clone();
        match &self.edit {
            Edit::Name => facts.name = format!("other/{}", facts.name),
            Edit::Standing => {
                facts.standing =
                    if facts.standing == Standing::NotDhi { Standing::Dhi } else { Standing::NotDhi };
            }
            Edit::NoBase => facts.base = None,
            Edit::BaseName => {
                let name = facts.base.as_mut()?.name.as_mut()?;
                *name = format!("other/{name}");
            }
            Edit::User(user) => set_user(facts.config.as_mut()?, *user),
            Edit::Label(name, value) => set_label(facts.config.as_mut()?, name, *value),
            Edit::Configuration(leaf, change) => {
                let config = facts.config.as_mut()?;
                config.document = raw(&changed(&document(config)?, leaf, *change)?);
            }
            Edit::NoFindings => facts.findings = None,
            Edit::Findings(leaf, change) => {
                let findings = serde_json::to_value(facts.findings.as_ref()?).ok()?;
                let findings = serde_json::from_value::<Findings>(changed(&findings, leaf, *change)?);
                facts.findings = Some(findings.ok()?);
            }
            Edit::Attestation(at, AttestationEdit::Missing) => {
                facts.attestations.get(*at)?;
                facts.attestations.remove(*at);
            }
            Edit::Attestation(at, edit) => edit_attestation(facts.attestations.get_mut(*at)?, edit)?,
        }
        Some(facts)
    }
}

fn edit_attestation(attestation: &mut AttestationFacts, edit: &AttestationEdit) -> Option<()> {
    match edit {
        AttestationEdit::Missing => return None,
        AttestationEdit::Failed => {
            attestation.status = AttestationStatus::Failed("the signature is not valid".to_owned());
            attestation.signers.clear();
        }
        AttestationEdit::UnknownKey => {
            for signer in &mut attestation.signers {
                signer.name = "unknown".to_owned();
                (signer.is_dhi, signer.is_image_signer) = (false, false);
            }
        }
        AttestationEdit::OtherImage => {
            let mut statement = statement(attestation)?;
            let other = Digest::of(b"another image").to_string();
            let (_, hex) = other.split_once(':')?;
            *statement.pointer_mut(SUBJECT)? = hex.into();
            attestation.statement = raw(&statement);
        }
        AttestationEdit::Statement(leaf, change) => {
            attestation.statement = raw(&changed(&statement(attestation)?, leaf, *change)?);
        }
    }
    Some(())
}

/// The path of the configuration.
const CONFIG: [&str; 4] = ["input", "source", "image", "config"];

/// The digest of the first subject of a statement.
const SUBJECT: &str = "/subject/0/digest/sha256";

fn statement(attestation: &AttestationFacts) -> Option<Value> {
    serde_json::from_str(attestation.statement.as_ref()?.get()).ok()
}

fn document(config: &ConfigFacts) -> Option<Value> {
    serde_json::from_str(config.document.as_ref()?.get()).ok()
}

/// Edits the object `config` of the document of a configuration, which has user and labels once more.
fn edit_document(config: &mut ConfigFacts, edit: impl FnOnce(&mut Map<String, Value>)) {
    let Some(mut document) = document(config) else { return };
    if let Some(inner) = document.get_mut("config").and_then(Value::as_object_mut) {
        edit(inner);
        config.document = raw(&document);
    }
}

fn set_user(config: &mut ConfigFacts, user: Option<&str>) {
    config.user = user.map(str::to_owned);
    edit_document(config, |config| {
        config.shift_remove("User");
        config.extend(user.map(|user| ("User".to_owned(), user.into())));
    });
}

fn set_label(config: &mut ConfigFacts, name: &str, value: Option<&str>) {
    config.labels.remove(name);
    config.labels.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    edit_document(config, |config| {
        if let Some(labels) = config.get_mut("Labels").and_then(Value::as_object_mut) {
            labels.shift_remove(name);
            labels.extend(value.map(|value| (name.to_owned(), value.into())));
        }
    });
}

/// The changes of `facts` for `policy`, whose result for them is `evaluation`.
///
/// The image: name, user, labels, the rest of its configuration, what it is, its base, findings. Each attestation:
/// missing, not verified, about another image, signed by an unknown key. The predicate of each attestation that the
/// policy asked for.
pub fn mutants(policy: &RegoPolicy, facts: &ImageFacts, evaluation: &Evaluation) -> Mutants {
    let mut found = Found { all: Vec::new(), reads: Reads::of(policy, evaluation) };
    found.image(facts);
    if let Some(config) = &facts.config {
        found.configuration(config);
    }
    if let Some(findings) = &facts.findings {
        found.findings(findings);
    }
    for (at, attestation) in facts.attestations.iter().enumerate() {
        found.attestation(at, attestation);
    }
    spread(found.all)
}

/// At most as many as the limit, of each fact as many as of the others.
fn spread(all: Vec<Mutant>) -> Mutants {
    let total = all.len();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, usize, Mutant)> = Vec::new();
    for (at, mutant) in all.into_iter().enumerate() {
        let rank = names.entry(mutant.fact.clone()).or_default();
        ranked.push((*rank, at, mutant));
        *rank += 1;
    }
    ranked.sort_by_key(|(rank, at, _)| (*rank, *at));
    let tried: Vec<Mutant> = ranked.into_iter().take(CASE_CHANGES).map(|(_, _, mutant)| mutant).collect();
    Mutants { left_out: total - tried.len(), tried }
}

struct Found<'a> {
    all: Vec<Mutant>,
    reads: Reads<'a>,
}

impl Found<'_> {
    fn add(&mut self, fact: impl Into<String>, is_read: bool, edit: Edit) {
        self.all.push(Mutant { fact: fact.into(), is_read, edit });
    }

    /// Adds a change of a member of `input`.
    fn add_member(&mut self, path: &[&str], edit: Edit) {
        self.add(path.join("."), self.reads.member(path), edit);
    }

    fn image(&mut self, facts: &ImageFacts) {
        self.add_member(&["input", "source", "image", "name"], Edit::Name);
        self.add_member(&["input", "dhi", "standing"], Edit::Standing);
        if let Some(base) = &facts.base {
            let is_read = self.reads.base();
            self.add("input.dhi.base", is_read, Edit::NoBase);
            if base.name.is_some() {
                self.add("input.dhi.base.name", is_read, Edit::BaseName);
            }
        }
    }

    fn configuration(&mut self, config: &ConfigFacts) {
        for other in [None, Some("root"), Some("0"), Some("65532")] {
            if config.user.as_deref() != other {
                self.add_member(&[&CONFIG[..], &["config", "User"]].concat(), Edit::User(other));
            }
        }
        for (name, value) in &config.labels {
            let fact = format!("input.source.image.config.config.Labels[{name:?}]");
            let is_read = self.reads.member(&[&CONFIG[..], &["config", "Labels", name]].concat());
            for other in [None, Some(""), Some("changed")] {
                if other != Some(value.as_str()) {
                    self.add(fact.clone(), is_read, Edit::Label(name.clone(), other));
                }
            }
        }
        let Some(document) = document(config) else { return };
        for leaf in leaves(&document) {
            let name = leaf.name();
            if name == "config.User" || name.starts_with("config.Labels") {
                continue;
            }
            let path: Vec<&str> = CONFIG.into_iter().chain(leaf.members()).collect();
            let is_read = self.reads.member(&path);
            for change in Change::ALL {
                let edit = Edit::Configuration(leaf.clone(), change);
                self.add(format!("input.source.image.config.{name}"), is_read, edit);
            }
        }
    }

    fn findings(&mut self, findings: &Findings) {
        let is_read = self.reads.findings();
        self.add("input.dhi.findings", is_read, Edit::NoFindings);
        let Ok(document) = serde_json::to_value(findings) else { return };
        for leaf in leaves(&document) {
            let name = leaf.name();
            if name != "image" {
                for change in Change::ALL {
                    let edit = Edit::Findings(leaf.clone(), change);
                    self.add(format!("input.dhi.findings.{name}"), is_read, edit);
                }
            }
        }
    }

    fn attestation(&mut self, at: usize, attestation: &AttestationFacts) {
        let name = attestation.predicate_type.clone().unwrap_or_else(|| attestation.digest.to_string());
        let edit = |edit: AttestationEdit| Edit::Attestation(at, edit);
        let is_read = self.reads.attestation(attestation);
        self.add(format!("{name}: exists"), is_read, edit(AttestationEdit::Missing));
        if attestation.status != AttestationStatus::Verified {
            return;
        }
        self.add(format!("{name}: verified"), is_read, edit(AttestationEdit::Failed));
        if attestation.signers.iter().any(|signer| signer.is_dhi) {
            let fact = format!("{name}: signed by a key of Docker");
            self.add(fact, is_read, edit(AttestationEdit::UnknownKey));
        }
        let Some(statement) = statement(attestation) else { return };
        if statement.pointer(SUBJECT).is_some() {
            self.add(format!("{name}: about this image"), is_read, edit(AttestationEdit::OtherImage));
        }
        if !self.reads.statement(attestation) {
            return;
        }
        for leaf in leaves(&statement) {
            let member = leaf.name();
            if member != "predicateType" && member.starts_with("predicate") {
                for change in Change::ALL {
                    let edit = edit(AttestationEdit::Statement(leaf.clone(), change));
                    self.add(format!("{name}: {member}"), true, edit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::rego::cases::described::facts;
    use crate::policy::rego::{Answer, Question, Verdict};

    const SPDX: &str = "https://spdx.dev/Document";

    fn asked(answer: Answer) -> Evaluation {
        Evaluation {
            verdict: Verdict::Pass,
            violations: Vec::new(),
            bindings: Value::Null,
            prints: Vec::new(),
            questions: vec![Question { call: format!("oci.referrer({SPDX:?})"), answer }],
        }
    }

    /// A policy that reads the user, and what `more` reads.
    fn policy(more: &str) -> RegoPolicy {
        let source = format!(
            "# METADATA\n# custom:\n#   name: p\npackage docker.scout\n\nimport rego.v1\n\ndefault pass := false\n\n\
             pass if count(violation) == 0\n\nviolation contains {{\"message\": \"m\"}} if \
             input.source.image.config.config.User == \"0\"\n{more}"
        );
        RegoPolicy::parse("p.rego", &source).unwrap()
    }

    fn image(packages: usize) -> ImageFacts {
        let packages: Vec<Value> =
            (0..packages).map(|n| serde_json::json!({"name": format!("p{n}")})).collect();
        let described = serde_json::json!({
            "config": {"user": "1", "labels": {"a b": "x"}, "document": {"config": {"User": "1", "Labels": {"a b": "x"}}, "os": "linux"}},
            "attestations": [{"predicateType": SPDX, "predicate": {"packages": packages}}],
        });
        facts(&described).unwrap()
    }

    #[test]
    fn each_change_is_one_fact() {
        let facts = image(2);
        let own = serde_json::to_value(&facts).unwrap();
        let found = mutants(&policy(""), &facts, &asked(Answer::Given));
        assert_eq!(found.left_out, 0);
        for mutant in &found.tried {
            let changed = mutant.facts(&facts).unwrap();
            assert_ne!(serde_json::to_value(&changed).unwrap(), own, "{}", mutant.fact);
        }
        let names: BTreeSet<&str> = found.tried.iter().map(|mutant| mutant.fact.as_str()).collect();
        let expected = [
            "https://spdx.dev/Document: about this image",
            "https://spdx.dev/Document: exists",
            "https://spdx.dev/Document: predicate.packages[].name",
            "https://spdx.dev/Document: signed by a key of Docker",
            "https://spdx.dev/Document: verified",
            "input.dhi.standing",
            "input.source.image.config.config.Labels[\"a b\"]",
            "input.source.image.config.config.User",
            "input.source.image.config.os",
            "input.source.image.name",
        ];
        assert_eq!(names, BTreeSet::from(expected));
        // The configuration has the user twice, and both are changed.
        let user = found.tried.iter().find(|mutant| mutant.fact.ends_with(".User")).unwrap();
        let changed = user.facts(&facts).unwrap();
        assert!(!serde_json::to_string(&changed.config).unwrap().contains("\"1\""));
    }

    #[test]
    fn only_predicates_that_were_asked_for_are_changed() {
        let found = mutants(&policy(""), &image(2), &asked(Answer::Absent));
        assert!(found.tried.iter().all(|mutant| !mutant.fact.contains("packages")));
        assert!(found.tried.iter().any(|mutant| mutant.fact.ends_with(": exists")));
    }

    #[test]
    fn facts_that_a_policy_does_not_read_are_told_apart() {
        let read = |more: &str, questions: &[Question]| -> BTreeSet<String> {
            let own = Evaluation { questions: questions.to_vec(), ..asked(Answer::Given) };
            let found = mutants(&policy(more), &image(1), &own).tried.into_iter();
            found.filter(|mutant| mutant.is_read).map(|mutant| mutant.fact).collect()
        };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let user = "input.source.image.config.config.User";
        let label = "input.source.image.config.config.Labels[\"a b\"]";
        assert_eq!(read("", &[]), names(&[user]));
        assert_eq!(read("x := input.source.image.config.config.Labels[\"c\"]\n", &[]), names(&[user]));
        assert_eq!(read("x := input.source.image.config.config\n", &[]), names(&[user, label]));
        assert!(read("x := input.source.image\n", &[]).contains("input.source.image.name"));
        let exists = format!("{SPDX}: exists");
        assert!(read("", &asked(Answer::Given).questions).contains(&exists));
        assert!(read("x := input.dhi.attestations\n", &[]).contains(&exists));
        let other = Question { call: "oci.referrer(\"other\")".to_owned(), answer: Answer::Absent };
        assert!(!read("", &[other]).contains(&exists));
    }

    #[test]
    fn changes_over_the_limit_are_counted() {
        let found = mutants(&policy(""), &image(2 * CASE_CHANGES), &asked(Answer::Given));
        assert_eq!(found.tried.len(), CASE_CHANGES);
        assert!(found.left_out > 3 * CASE_CHANGES);
        // Each fact has its share.
        assert!(found.tried.iter().any(|mutant| mutant.fact == "input.source.image.name"));
    }
}
