//! Finds for each fact its counterpart, and the changes between them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use super::change::{AttributeChange, Change, ChangeKind, Trend};
use super::concern::{Concern, Surroundings, concerns};
use super::version;
use crate::builder::facts::{Aspect, Fact, Value};

/// The aspect, stage and name of a fact.
type Key<'f> = (Aspect, Option<&'f str>, &'f str);

/// The changes from some facts to others.
pub(in crate::builder) fn changes(from: &[Fact], to: &[Fact]) -> Vec<Change> {
    let renamed = renamed_stages(from, to);
    let stage = |fact: &Fact| fact.stage.as_ref().map(|stage| renamed.get(stage).unwrap_or(stage).clone());
    let mut from: Vec<Cow<'_, Fact>> = match renamed.is_empty() {
        true => from.iter().map(Cow::Borrowed).collect(),
        false => from.iter().map(|fact| Cow::Owned(Fact { stage: stage(fact), ..fact.clone() })).collect(),
    };
    rename_steps(&mut from, to);
    let from: Vec<&Fact> = from.iter().map(|fact| &**fact).collect();
    let to: Vec<&Fact> = to.iter().collect();
    let surroundings =
        Surroundings { has_entrypoint: to.iter().any(|fact| fact.aspect == Aspect::Entrypoint) };
    let change = |from, to| change(from, to, surroundings);
    let pairs = pairs(&from, &to);
    let mut found = Vec::new();
    let mut is_paired = vec![false; from.len()];
    for (fact, counterpart) in to.iter().zip(&pairs) {
        let other = counterpart.and_then(|at| from.get(at));
        if let Some(at) = counterpart
            && let Some(paired) = is_paired.get_mut(*at)
        {
            *paired = true;
        }
        found.extend(change(other.copied(), Some(fact)));
    }
    let removed = from.iter().zip(&is_paired).filter(|(_, paired)| !**paired);
    found.extend(removed.filter_map(|(fact, _)| change(Some(fact), None)));
    found.extend(reordered(&to, &pairs));
    found
}

/// The stages that have another name, by their name in the first definition: those without a counterpart, in their order,
/// if both definitions have equally many.
fn renamed_stages(from: &[Fact], to: &[Fact]) -> HashMap<String, String> {
    let names = |facts: &[Fact]| -> Vec<String> {
        let stages = facts.iter().filter(|fact| fact.aspect == Aspect::Stage);
        stages.map(|fact| fact.name.clone()).collect()
    };
    let (from, to) = (names(from), names(to));
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        let others: HashSet<&String> = others.iter().collect();
        all.iter().filter(|name| !others.contains(name)).cloned().collect()
    };
    let (gone, new) = (without(&from, &to), without(&to, &from));
    if gone.len() == new.len() { gone.into_iter().zip(new).collect() } else { HashMap::new() }
}

/// Lets the secrets of the first definition name their steps as the second one does, where the numbers of steps with
/// one name differ.
fn rename_steps(from: &mut [Cow<'_, Fact>], to: &[Fact]) {
    let is_step = |fact: &&Fact| fact.aspect == Aspect::Step;
    let others: Vec<&Fact> = to.iter().filter(is_step).collect();
    let renamed: HashMap<(Option<String>, String), String> = {
        let own: Vec<&Fact> = from.iter().map(|fact| &**fact).filter(is_step).collect();
        let pairs = pairs(&own, &others);
        let found = others.iter().zip(pairs).filter_map(|(other, at)| Some((own.get(at?)?, other)));
        let found = found.filter(|(own, other)| own.name != other.name && own.own_name() == other.own_name());
        found.map(|(own, other)| ((own.stage.clone(), own.name.clone()), other.name.clone())).collect()
    };
    if renamed.is_empty() {
        return;
    }
    for fact in from.iter_mut().filter(|fact| fact.aspect == Aspect::Secret) {
        let key = (fact.stage.clone(), fact.text("step").unwrap_or_default().to_owned());
        let Some(name) = renamed.get(&key) else { continue };
        for attribute in fact.to_mut().attributes.iter_mut().filter(|one| one.name == "step") {
            attribute.value = Value::Text(name.clone());
        }
    }
}

/// For each fact of `to`, the place of its counterpart in `from`.
fn pairs(from: &[&Fact], to: &[&Fact]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; to.len()];
    let mut is_free = vec![true; from.len()];
    // 1. Equal facts. 2. Facts of the same name. 3. Similar facts. Each in the order of the definitions.
    pair(from, to, &mut pairs, &mut is_free, |fact| {
        let mut values: Vec<(&str, &Value)> =
            fact.attributes.iter().map(|one| (&*one.name, &one.value)).collect();
        // The order of keys does not count.
        values.sort_unstable_by_key(|(name, _)| *name);
        Some((key(fact), values))
    });
    pair(from, to, &mut pairs, &mut is_free, |fact| Some(key(fact)));
    pair(from, to, &mut pairs, &mut is_free, |fact| {
        Some((fact.aspect, fact.stage.as_deref(), fact.similar.as_deref().filter(|text| !text.is_empty())?))
    });
    pairs
}

fn key(fact: &Fact) -> Key<'_> {
    // A renamed stage is the same stage.
    let name = if fact.aspect == Aspect::Stage { "" } else { fact.own_name() };
    (fact.aspect, fact.stage.as_deref(), name)
}

/// Pairs facts with equal keys, each at most once.
fn pair<'f, K: std::hash::Hash + Eq>(
    from: &[&'f Fact],
    to: &[&'f Fact],
    pairs: &mut [Option<usize>],
    is_free: &mut [bool],
    key: impl Fn(&'f Fact) -> Option<K>,
) {
    let mut waiting: HashMap<K, VecDeque<usize>> = HashMap::new();
    for (at, (fact, _)) in from.iter().zip(&*is_free).enumerate().filter(|(_, (_, free))| **free) {
        if let Some(key) = key(fact) {
            waiting.entry(key).or_default().push_back(at);
        }
    }
    for (fact, pair) in to.iter().zip(pairs).filter(|(_, pair)| pair.is_none()) {
        let found = key(fact).and_then(|key| waiting.get_mut(&key)?.pop_front());
        if let Some(at) = found
            && let Some(free) = is_free.get_mut(at)
        {
            *free = false;
            *pair = Some(at);
        }
    }
}

/// The change from one fact to its counterpart. `None` if they say the same.
fn change(from: Option<&Fact>, to: Option<&Fact>, surroundings: Surroundings) -> Option<Change> {
    let fact = to.or(from)?;
    let kind = match (from, to) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    let mut attributes = attribute_changes(fact.aspect, from, to);
    if let Some((from, to)) = from.zip(to).filter(|(from, to)| from.own_name() != to.own_name()) {
        let [before, after] = [from, to].map(|fact| Value::Text(fact.own_name().to_owned()));
        // Often the name is an attribute too.
        if attributes.iter().all(|one| one.to.as_ref() != Some(&after)) {
            let name =
                AttributeChange { name: "name".into(), from: Some(before), to: Some(after), trend: None };
            attributes.insert(0, name);
        }
    }
    if kind == ChangeKind::Changed && attributes.is_empty() {
        return None;
    }
    Some(Change {
        aspect: fact.aspect,
        stage: fact.stage.clone(),
        name: fact.name.clone(),
        kind,
        attributes,
        concerns: concerns(from, to, surroundings),
        platforms: Vec::new(),
    })
}

fn attribute_changes(aspect: Aspect, from: Option<&Fact>, to: Option<&Fact>) -> Vec<AttributeChange> {
    let (before, after) = (values(from), values(to));
    let mut found = Vec::new();
    let names = [to, from].into_iter().flatten().flat_map(|fact| &fact.attributes).map(|one| &one.name);
    let mut seen = HashSet::new();
    for name in names.filter(|name| seen.insert(&***name)) {
        let (from, to) = (before.get(&**name).copied(), after.get(&**name).copied());
        if from == to {
            continue;
        }
        let trend = match (aspect, &**name, from, to) {
            (Aspect::Package, "version", Some(Value::Text(from)), Some(Value::Text(to))) => {
                match version::compare(from, to) {
                    std::cmp::Ordering::Less => Some(Trend::Up),
                    std::cmp::Ordering::Greater => Some(Trend::Down),
                    std::cmp::Ordering::Equal => None,
                }
            }
            _ => None,
        };
        found.push(AttributeChange { name: name.clone(), from: from.cloned(), to: to.cloned(), trend });
    }
    // Most have one, and there can be a hundred thousand changes.
    found.shrink_to_fit();
    found
}

/// The values of a fact by their names.
fn values(fact: Option<&Fact>) -> HashMap<&str, &Value> {
    let attributes = fact.into_iter().flat_map(|fact| &fact.attributes);
    attributes.map(|one| (&*one.name, &one.value)).collect()
}

/// What is one ordered list: the entries of an aspect, in a stage or outside of stages.
type ListKey<'f> = (Aspect, Option<&'f str>);

/// A change for each ordered list whose common entries are in another order. It names the entries that moved.
fn reordered(to: &[&Fact], pairs: &[Option<usize>]) -> Vec<Change> {
    let mut lists: Vec<ListKey<'_>> = Vec::new();
    let mut members: HashMap<ListKey<'_>, Vec<(usize, &Fact)>> = HashMap::new();
    for (fact, at) in to.iter().zip(pairs).filter(|(fact, _)| fact.aspect.is_ordered()) {
        let Some(at) = at else { continue };
        // Stages are one list.
        let list = (fact.aspect, fact.stage.as_deref().filter(|_| fact.aspect != Aspect::Stage));
        members.entry(list).or_insert_with(|| {
            lists.push(list);
            Vec::new()
        });
        members.entry(list).or_default().push((*at, fact));
    }
    let mut found = Vec::new();
    for list in lists {
        let entries = members.remove(&list).unwrap_or_default();
        let places: Vec<usize> = entries.iter().map(|(at, _)| *at).collect();
        let stays = longest_rising(&places);
        let moved = entries.iter().zip(&stays).filter(|(_, stays)| !**stays);
        let moved: Vec<String> = moved.map(|((_, fact), _)| fact.name.clone()).collect();
        if moved.is_empty() {
            continue;
        }
        let concerns = if list.0 == Aspect::Repository { vec![Concern::RepositoryOrder] } else { Vec::new() };
        found.push(Change {
            aspect: list.0,
            stage: list.1.map(str::to_owned),
            name: String::new(),
            kind: ChangeKind::Reordered,
            attributes: vec![AttributeChange {
                name: "moved".into(),
                from: None,
                to: Some(Value::List(moved)),
                trend: None,
            }],
            concerns,
            platforms: Vec::new(),
        });
    }
    found
}

/// Marks a longest rising subsequence: the entries that keep their order.
fn longest_rising(numbers: &[usize]) -> Vec<bool> {
    // For each length, the place of the smallest last number of a subsequence.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    let number = |place: &usize| numbers.get(*place).copied().unwrap_or_default();
    for (place, own) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| number(end) < *own);
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut marked = vec![false; numbers.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        if let Some(mark) = marked.get_mut(place) {
            *mark = true;
        }
        at = before.get(place).copied().flatten();
    }
    marked
}
