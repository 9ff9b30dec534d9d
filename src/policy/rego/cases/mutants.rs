//! Facts in which one fact is another: what a policy may read of an image, changed one at a time.

use std::collections::BTreeMap;

use serde_json::Value;

use super::described::raw;
use super::leaves::{Change, Leaf, changed, leaves};
use crate::evidence::Findings;
use crate::oci::Digest;
use crate::policy::facts::{AttestationFacts, AttestationStatus, ImageFacts, Standing};
use crate::policy::rego::limits::CASE_CHANGES;
use crate::policy::rego::{Answer, Evaluation};

/// The facts of a case with one change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The fact that is changed, such as `input.source.image.name`. Items of a list have one name.
    pub fact: String,
    /// The changed facts.
    pub facts: ImageFacts,
}

/// All changes of one case.
#[derive(Clone, Debug, Default)]
pub struct Mutants {
    /// The changes that are tried.
    pub tried: Vec<Mutant>,
    /// The number of changes over the limit, which are not tried.
    pub left_out: usize,
}

/// The changes of `facts` for a policy whose result for them is `evaluation`.
///
/// The image: name, user, labels, the rest of its configuration, what it is, its base, findings. Each attestation:
/// missing, about another image, signed by an unknown key. The predicate of each attestation that the policy asked for.
pub fn mutants(facts: &ImageFacts, evaluation: &Evaluation) -> Mutants {
    let mut found = Found { of: facts, mutants: Vec::new() };
    found.image();
    found.configuration();
    found.findings();
    for at in 0..facts.attestations.len() {
        found.attestation(at, evaluation);
    }
    spread(found.mutants)
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
    of: &'a ImageFacts,
    mutants: Vec<Mutant>,
}

impl Found<'_> {
    fn add(&mut self, fact: impl Into<String>, change: impl FnOnce(&mut ImageFacts)) {
        let mut facts = self.of.clone();
        change(&mut facts);
        self.mutants.push(Mutant { fact: fact.into(), facts });
    }

    fn image(&mut self) {
        self.add("input.source.image.name", |facts| facts.name = format!("other/{}", facts.name));
        let standing = if self.of.standing == Standing::NotDhi { Standing::Dhi } else { Standing::NotDhi };
        self.add("input.dhi.standing", |facts| facts.standing = standing);
        if let Some(base) = &self.of.base {
            self.add("input.dhi.base", |facts| facts.base = None);
            if base.name.is_some() {
                let other = |facts: &mut ImageFacts| {
                    let name = facts.base.as_mut().and_then(|base| base.name.as_mut());
                    name.into_iter().for_each(|name| *name = format!("other/{name}"));
                };
                self.add("input.dhi.base.name", other);
            }
        }
    }

    fn configuration(&mut self) {
        let Some(config) = &self.of.config else { return };
        let user = "input.source.image.config.config.User";
        // The document has the user and the labels once more.
        for other in [None, Some("root"), Some("0"), Some("65532")] {
            if config.user.as_deref() != other {
                self.add(user, |facts| set_user(facts, other));
            }
        }
        for name in config.labels.keys() {
            let fact = format!("input.source.image.config.config.Labels[{name:?}]");
            self.add(fact.clone(), |facts| set_label(facts, name, None));
            self.add(fact.clone(), |facts| set_label(facts, name, Some("")));
            self.add(fact, |facts| set_label(facts, name, Some("changed")));
        }
        let Some(document) =
            config.document.as_ref().and_then(|document| serde_json::from_str(document.get()).ok())
        else {
            return;
        };
        let others = leaves(&document).into_iter().filter(|leaf| {
            let name = leaf.name();
            name != "config.User" && !name.starts_with("config.Labels")
        });
        self.leaves("input.source.image.config", &document, others.collect(), |facts, document| {
            let config = facts.config.as_mut();
            config.into_iter().for_each(|config| config.document = raw(document));
        });
    }

    fn findings(&mut self) {
        let Some(findings) = &self.of.findings else { return };
        self.add("input.dhi.findings", |facts| facts.findings = None);
        let Ok(document) = serde_json::to_value(findings) else { return };
        let others = leaves(&document).into_iter().filter(|leaf| leaf.name() != "image");
        self.leaves("input.dhi.findings", &document, others.collect(), |facts, document| {
            if let Ok(findings) = serde_json::from_value::<Findings>(document.clone()) {
                facts.findings = Some(findings);
            }
        });
    }

    fn attestation(&mut self, at: usize, evaluation: &Evaluation) {
        let Some(attestation) = self.of.attestations.get(at) else { return };
        let name = attestation.predicate_type.clone().unwrap_or_else(|| attestation.digest.to_string());
        let of = |facts: &mut ImageFacts, change: &dyn Fn(&mut AttestationFacts)| {
            facts.attestations.get_mut(at).into_iter().for_each(change);
        };
        self.add(format!("{name}: exists"), |facts| {
            facts.attestations.remove(at);
        });
        let failed = AttestationStatus::Failed("the signature is not valid".to_owned());
        if attestation.status == AttestationStatus::Verified {
            self.add(format!("{name}: verified"), |facts| {
                of(facts, &|attestation| {
                    attestation.status = failed.clone();
                    attestation.signers.clear();
                });
            });
        }
        self.add(format!("{name}: signed by a key of Docker"), |facts| {
            of(facts, &|attestation| {
                for signer in &mut attestation.signers {
                    signer.name = "unknown".to_owned();
                    (signer.is_dhi, signer.is_image_signer) = (false, false);
                }
            });
        });
        let statement: Option<Value> =
            attestation.statement.as_ref().and_then(|text| serde_json::from_str(text.get()).ok());
        let Some(statement) = statement else { return };
        let set = |facts: &mut ImageFacts, document: &Value| {
            of(facts, &|attestation| attestation.statement = raw(document));
        };
        let all = leaves(&statement);
        let other = Digest::of(b"the image of another case").to_string();
        let hex = other.split_once(':').map_or("", |(_, hex)| hex);
        let mut about_other = statement.clone();
        if let Some(subject) = about_other.pointer_mut("/subject/0/digest/sha256") {
            *subject = hex.into();
            self.add(format!("{name}: about this image"), |facts| set(facts, &about_other));
        }
        let was_asked = attestation.predicate_type.as_ref().is_some_and(|predicate_type| {
            let is_about = |call: &str| call.contains(&format!("{predicate_type:?}"));
            evaluation
                .questions
                .iter()
                .any(|question| question.answer == Answer::Given && is_about(&question.call))
        });
        if was_asked {
            let predicate = all.into_iter().filter(|leaf| leaf.name().starts_with("predicate"));
            let predicate = predicate.filter(|leaf| leaf.name() != "predicateType").collect();
            self.leaves(&format!("{name}: "), &statement, predicate, set);
        }
    }

    /// Changes each of `leaves` of `document`, and leaves it out.
    fn leaves(
        &mut self,
        before: &str,
        document: &Value,
        leaves: Vec<Leaf>,
        set: impl Fn(&mut ImageFacts, &Value),
    ) {
        for leaf in leaves {
            let name = leaf.name();
            let separator = if before.ends_with(' ') || name.starts_with('[') { "" } else { "." };
            for change in [Change::Other, Change::Missing] {
                if let Some(changed) = changed(document, &leaf, change) {
                    self.add(format!("{before}{separator}{name}"), |facts| set(facts, &changed));
                }
            }
        }
    }
}

/// Edits the object `config` of the document of a configuration.
fn edit_document(facts: &mut ImageFacts, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let Some(config) = facts.config.as_mut() else { return };
    let document = config.document.as_ref().and_then(|text| serde_json::from_str::<Value>(text.get()).ok());
    let Some(mut document) = document else { return };
    if let Some(inner) = document.get_mut("config").and_then(Value::as_object_mut) {
        edit(inner);
        config.document = raw(&document);
    }
}

fn set_user(facts: &mut ImageFacts, user: Option<&str>) {
    if let Some(config) = facts.config.as_mut() {
        config.user = user.map(str::to_owned);
    }
    edit_document(facts, |config| {
        config.shift_remove("User");
        config.extend(user.map(|user| ("User".to_owned(), user.into())));
    });
}

fn set_label(facts: &mut ImageFacts, name: &str, value: Option<&str>) {
    if let Some(config) = facts.config.as_mut() {
        config.labels.remove(name);
        config.labels.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    edit_document(facts, |config| {
        if let Some(labels) = config.get_mut("Labels").and_then(Value::as_object_mut) {
            labels.shift_remove(name);
            labels.extend(value.map(|value| (name.to_owned(), value.into())));
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::rego::cases::described::facts;
    use crate::policy::rego::{Question, Verdict};

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
        let found = mutants(&facts, &asked(Answer::Given));
        assert_eq!(found.left_out, 0);
        for mutant in &found.tried {
            assert_ne!(serde_json::to_value(&mutant.facts).unwrap(), own, "{}", mutant.fact);
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
        assert!(!serde_json::to_string(&user.facts.config).unwrap().contains("\"1\""));
    }

    #[test]
    fn only_predicates_that_were_asked_for_are_changed() {
        let found = mutants(&image(2), &asked(Answer::Absent));
        assert!(found.tried.iter().all(|mutant| !mutant.fact.contains("packages")));
        assert!(found.tried.iter().any(|mutant| mutant.fact.ends_with(": exists")));
    }

    #[test]
    fn changes_over_the_limit_are_counted() {
        let found = mutants(&image(2 * CASE_CHANGES), &asked(Answer::Given));
        assert_eq!(found.tried.len(), CASE_CHANGES);
        assert!(found.left_out > 3 * CASE_CHANGES);
        // Each fact has its share.
        assert!(found.tried.iter().any(|mutant| mutant.fact == "input.source.image.name"));
    }
}
