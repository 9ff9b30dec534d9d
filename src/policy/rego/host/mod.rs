//! Host functions: questions that policies ask about the image, answered from its facts alone.
//!
//! A question that the facts do not answer returns an object with the member `error`, and the policy is then unknown.
//! `null` is returned only for data that was searched and does not exist. No function ends the evaluation with an error.

mod attested;
mod cosign;
mod facts_value;
mod image_values;
mod input;
mod input_reads;
mod oci;
mod questions;
mod referrer;
mod reply;
mod scout;
#[cfg(test)]
mod tests;
mod vex;
mod vulnerabilities;

use regorus::{Engine, Value};

use super::builtins::Offered;
use super::evaluation::{Answer, Question};
use crate::policy::facts::UnknownMember;
pub(super) use attested::{OPEN_VEX, SBOM, VULNERABILITIES};
pub use image_values::ImageValues;
pub use input::input;
pub(super) use input_reads::InputReads;
pub(super) use questions::Questions;
use reply::{Reply, ask};

/// The findings that were given.
const FINDINGS: &str = "input.dhi.findings";

/// A host function and its implementation.
struct HostFunction {
    offered: Offered,
    answer: fn(&ImageValues, &[Value]) -> Reply,
}

const fn function(
    name: &'static str,
    arity: u8,
    about: &'static str,
    answer: fn(&ImageValues, &[Value]) -> Reply,
) -> HostFunction {
    HostFunction { offered: Offered { name, arity: Some(arity), about }, answer }
}

const FUNCTIONS: [HostFunction; 15] = [
    function(
        "cosign.verify_dsse",
        2,
        "whether a key signed the statement in an envelope",
        cosign::verify_dsse,
    ),
    function("cosign.verify_image", 2, "whether a key signed an object", cosign::verify_image),
    function(
        "cosign.verify_images",
        2,
        "whether a key signed each of several objects",
        cosign::verify_images,
    ),
    function("gpg.verify_commit", 3, "never answered: there are no commits in the facts", never),
    function("oci.canonical_name", 1, "the registry and repository of a reference", oci::canonical_name),
    function(
        "oci.image_digest",
        1,
        "the digest that the reference of the image resolved to",
        oci::image_digest,
    ),
    function("oci.index", 2, "the index that the reference of the image names", oci::index),
    function("oci.referrer", 1, "the verified attestation of a predicate type", referrer::referrer),
    function("oci.referrer_by_digest", 2, "the verified attestation with a digest", referrer::by_digest),
    function("oci.referrer_index", 2, "the list of all verified attestations", referrer::index),
    function("scout.base_image", 0, "the image that it is built on", scout::base_image),
    function(
        "scout.package_provenance",
        1,
        "the provenance of a package in the Scout SBOM",
        scout::package_provenance,
    ),
    function("scout.package_recommendation", 1, "never answered: it needs a service of Docker", never),
    function("scout.parse_purl", 1, "the parts of a package URL", scout::parse_purl),
    function("scout.vulnerabilities", 1, "the vulnerabilities of packages", scout::vulnerabilities),
];

/// The host functions, by name.
pub fn host_functions() -> impl Iterator<Item = Offered> {
    FUNCTIONS.iter().map(|function| function.offered)
}

/// Adds the host functions to `engine`. Each question is recorded in `questions`.
pub(super) fn register(
    engine: &mut Engine,
    image: &ImageValues,
    questions: &Questions,
) -> Result<(), String> {
    for HostFunction { offered, answer } in &FUNCTIONS {
        let (image, questions) = (image.clone(), questions.clone());
        let extension = move |arguments: Vec<Value>| {
            let call = reply::call(offered.name, &arguments);
            Ok(ask(&questions, call, answer(&image, &arguments)))
        };
        let arity = offered.arity.unwrap_or_default();
        engine
            .add_extension(offered.name.to_owned(), arity, Box::new(extension))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Records a call of a built-in function as a question without an answer.
pub(super) fn unanswered(questions: &Questions, name: &str, arguments: &[Value], cause: &str) {
    ask(questions, reply::call(name, arguments), Reply::unanswered(cause));
}

/// Records the members of `input` that the policy reads and that are missing.
pub(super) fn ask_for_members(image: &ImageValues, reads: &InputReads, questions: &Questions) {
    for UnknownMember { member, known, cause } in &image.facts.unknown {
        if reads.reads(member, known) {
            ask(questions, member.clone(), Reply::unanswered(cause.clone()));
        }
    }
    // All other members are those of a Scout SBOM.
    let of_image = [&["*"][..], &input::OF_FACTS].concat();
    let others = [
        reads.other("input", &["source", "dhi"]).map(|name| format!("input.{name}")),
        reads.other("input.source", &["*", "type", "image"]).map(|name| format!("input.source.{name}")),
        reads.other("input.source.image", &of_image).map(|name| format!("input.source.image.{name}")),
    ];
    let by_name = input::OF_SBOM.into_iter().filter(|member| reads.reads_named(member)).map(str::to_owned);
    for member in others.into_iter().flatten().chain(by_name) {
        if let Err(missing) = referrer::of_type(image, SBOM).data() {
            ask(questions, member, missing);
        }
    }
    if image.facts.findings.is_none() && reads.reads_named(FINDINGS) {
        ask(questions, FINDINGS.to_owned(), Reply::not_given());
    }
}

/// A policy that got the attested vulnerabilities does not need findings.
pub(super) fn without_needless(questions: Vec<Question>) -> Vec<Question> {
    let scan = reply::call("oci.referrer", &[Value::from(VULNERABILITIES)]);
    let is_scanned =
        questions.iter().any(|question| question.call == scan && question.answer == Answer::Given);
    let is_needless = |question: &Question| is_scanned && question.answer == Answer::NotGiven;
    questions.into_iter().filter(|question| !is_needless(question)).collect()
}

/// The reply of functions about data that is never in the facts.
fn never(_: &ImageValues, _: &[Value]) -> Reply {
    Reply::unanswered("it cannot be answered from what was verified about an image")
}
