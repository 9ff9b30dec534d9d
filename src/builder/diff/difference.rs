//! Two definitions and what changed between them.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::change::Change;
use super::evaluation::is_evaluation_of;
use super::matching::changes;
use super::side::Side;
use crate::builder::definition::TargetPlatform;
use crate::builder::facts::{Aspect, Fact};

/// Two definitions and what changed from the first to the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The first definition.
    pub from: Side,
    /// The second definition.
    pub to: Side,
    /// The changes: those with a concern first.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Whether both mean the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The number of platforms that both have.
    pub(super) fn common_platforms(&self) -> usize {
        let others = &self.to.platforms;
        let is_common = |platform: &TargetPlatform| others.iter().any(|(other, _)| other == platform);
        self.from.platforms.iter().filter(|(platform, _)| is_common(platform)).count()
    }

    /// The number of changes with a concern.
    pub fn concerns(&self) -> usize {
        self.changes.iter().filter(|change| !change.concerns.is_empty()).count()
    }
}

/// The aspect, stage and name of what a change is about. Steps have numbers in their names, which differ where a
/// platform leaves out steps, so for them it is all of a stage.
type Object<'c> = (Aspect, Option<&'c str>, &'c str);

/// With how many changes of one object a change is compared, so that the time stays linear.
const COMPARED: usize = 64;

/// Compares two definitions.
pub fn diff(from: Side, to: Side) -> Difference {
    let mut all = platform_changes(&from, &to);
    // What is only used under a condition may be used for no platform, so its text is compared.
    let mut written = changes(&from.conditional, &to.conditional);
    let mut known: HashMap<Object<'_>, Vec<&Change>> = HashMap::new();
    for change in &all {
        known.entry(object(change)).or_default().push(change);
    }
    written.retain(|change| {
        let mut told = known.get(&object(change)).into_iter().flatten().take(COMPARED);
        !told.any(|told| is_evaluation_of(told, change))
    });
    all.extend(written);
    all.extend(changes(&from.written, &to.written));
    all.sort_by_key(|change| (change.concerns.is_empty(), change.section(), change.aspect.section()));
    Difference { from, to, changes: all }
}

fn object(change: &Change) -> Object<'_> {
    let name = if change.aspect == Aspect::Step { "" } else { change.name.as_str() };
    (change.aspect, change.stage.as_deref(), name)
}

/// Platforms for which both definitions have the same facts.
struct Pair<'s> {
    platforms: Vec<TargetPlatform>,
    from: &'s Arc<Vec<Fact>>,
    to: &'s Arc<Vec<Fact>>,
}

/// The changes of what the definitions mean for the platforms that both have. Equal ones count once.
fn platform_changes(from: &Side, to: &Side) -> Vec<Change> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for (platform, facts) in &from.platforms {
        let Some((_, others)) = to.platforms.iter().find(|(other, _)| other == platform) else { continue };
        let is_equal = |pair: &&mut Pair<'_>| Arc::ptr_eq(pair.from, facts) && Arc::ptr_eq(pair.to, others);
        match pairs.iter_mut().find(is_equal) {
            Some(pair) => pair.platforms.push(*platform),
            None => pairs.push(Pair { platforms: vec![*platform], from: facts, to: others }),
        }
    }
    if pairs.is_empty() {
        // No common platform: what is common to all platforms is compared even so.
        let first = from.platforms.first().zip(to.platforms.first());
        return first.map(|((_, facts), (_, others))| changes(facts, others)).unwrap_or_default();
    }
    let mut found: Vec<Change> = Vec::new();
    // By their hashes, so that no change is kept twice.
    let mut places: HashMap<u64, usize> = HashMap::new();
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    for Pair { platforms, from, to } in &pairs {
        for change in changes(from, to) {
            let hash = hasher.hash_one(&change);
            let place = places.get(&hash).copied();
            let known = place.and_then(|place| found.get_mut(place)).filter(|known| known.says_same(&change));
            match known {
                Some(known) if known.platforms.ends_with(platforms) => {}
                Some(known) => known.platforms.extend(platforms),
                None => {
                    places.insert(hash, found.len());
                    found.push(Change { platforms: platforms.clone(), ..change });
                }
            }
        }
    }
    let common: usize = pairs.iter().map(|pair| pair.platforms.len()).sum();
    for change in &mut found {
        if change.platforms.len() == common {
            change.platforms = Vec::new();
        }
    }
    found
}
