//! What only maintainers and tools use: variables, trackers and tests.

use super::aspect::Aspect;
use super::fact::{Fact, texts};
use super::tree;
use crate::builder::definition::{Definition, Test, Tracker};

pub(super) fn facts(definition: &Definition) -> Vec<Fact> {
    let variables = definition.vars.iter().map(|entry| {
        Fact::new(Aspect::Variable, None, entry.name.value.as_str()).with_variable(&entry.value)
    });
    let trackers = definition.track.iter().map(tracker);
    variables.chain(trackers).chain(definition.tests.iter().map(test)).collect()
}

fn tracker(tracker: &Tracker) -> Fact {
    let object = [&tracker.package, &tracker.name, &tracker.url].into_iter().flatten().next();
    let repository = tracker.owner.iter().chain(&tracker.repo).map(|part| part.value.as_str());
    let name = object.map_or_else(|| repository.collect::<Vec<_>>().join("/"), |text| text.value.clone());
    let mut fact = Fact::new(Aspect::Tracker, None, name)
        .with("type", Some(tracker.kind.value.to_string()))
        .with_text("owner", tracker.owner.as_ref())
        .with_text("repo", tracker.repo.as_ref())
        .with_text("branch", tracker.branch.as_ref())
        .with_text("use", tracker.use_of.as_ref())
        .with_text("pattern", tracker.pattern.as_ref())
        .with_text("package", tracker.package.as_ref())
        .with_text("name", tracker.name.as_ref())
        .with_text("url", tracker.url.as_ref())
        .with_list("increment", texts(&tracker.increment))
        .with_list("reset", texts(&tracker.reset));
    if let Some(set) = &tracker.set {
        fact = tree::attributes(fact, "set", set);
    }
    fact
}

fn test(test: &Test) -> Fact {
    let name = test.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default();
    Fact::new(Aspect::Test, None, name)
        .with_text("directory", test.directory.as_ref())
        .with_list("commands", texts(&test.commands))
        .with("exit-code", Some(test.exit_code.value.to_string()))
        .with("timeout", test.timeout.as_ref().map(|timeout| timeout.value.to_string()))
        .with_text("output", test.output.as_ref())
}
