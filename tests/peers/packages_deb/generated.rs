//! Repositories and requests made from a seed.

use std::collections::BTreeMap;

use dhi::builder::packages::deb::Rank;

/// A repository of one component.
pub(crate) struct Repository {
    pub(crate) rank: Rank,
    /// The text of its index.
    pub(crate) packages: String,
    names: Vec<(String, Vec<String>)>,
    virtuals: Vec<String>,
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// True in `percent` of 100 cases.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const PRIORITIES: [&str; 6] = ["", "required", "important", "standard", "optional", "extra"];
const VERSIONS: [&str; 6] = ["1.0-1", "1.0-2", "1.0-2~rc1", "1:0.5-1", "2.0+b1", "2.0~beta-1"];

/// One to three repositories over the same names.
pub(crate) fn repositories(seed: u64) -> Vec<Repository> {
    let mut random = Random(seed.wrapping_mul(0x1000_0001));
    let count = 6 + random.below(30);
    let mut names: Vec<_> =
        (0..count).map(|at| format!("{}{at}", random.pick(&["a", "k", "lib-", "z"]))).collect();
    let virtuals: Vec<_> = (0..1 + random.below(5)).map(|at| format!("virtual{at}")).collect();
    // Names are mentioned in falling order, so that of equal providers apt takes the first by name.
    names.sort();
    let order: Vec<_> = names.iter().rev().cloned().collect();
    let ranks = match random.below(4) {
        0 => vec![Rank::Automatic, Rank::Automatic],
        1 => vec![Rank::Automatic, Rank::AutomaticUpgrades, Rank::NotAutomatic],
        _ => vec![Rank::Automatic],
    };
    // How tangled it is.
    let conflicts = *random.pick(&[0, 0, 3, 10, 30]);
    let mut repositories = Vec::new();
    for (at, rank) in ranks.into_iter().enumerate() {
        let mut packages = String::new();
        let mut here: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if at == 0 {
            let all = order.join(", ");
            packages += &stanza("mention-all", "1", &[("Suggests", all)], at);
        }
        for name in &names {
            let share = if at == 0 { 92 } else { 35 };
            if !random.chance(share) {
                continue;
            }
            for _ in 0..1 + usize::from(random.chance(10)) {
                let version = (*random.pick(&VERSIONS)).to_owned();
                let versions = here.entry(name.clone()).or_default();
                if versions.contains(&version) {
                    continue;
                }
                let fields = fields(&mut random, name, &names, &virtuals, conflicts);
                packages += &stanza(name, &version, &fields, at);
                versions.push(version);
            }
        }
        repositories.push(Repository {
            rank,
            packages,
            names: here.into_iter().collect(),
            virtuals: virtuals.clone(),
        });
    }
    repositories
}

fn stanza(name: &str, version: &str, fields: &[(&str, String)], repository: usize) -> String {
    let mut text = format!("Package: {name}\nVersion: {version}\nArchitecture: amd64\n");
    for (field, value) in fields {
        if !value.is_empty() {
            text += &format!("{field}: {value}\n");
        }
    }
    let file = version.replace(':', "%3a");
    text += &format!("Filename: pool/{name}_{file}_amd64.deb\nSize: 1000\nSHA256: {repository:064x}\n");
    // apt tells stored versions of one name apart by their size on disk.
    text + &format!("Installed-Size: {}\nDescription: test\n\n", 10 + repository)
}

fn fields(
    random: &mut Random,
    name: &str,
    names: &[String],
    virtuals: &[String],
    conflicts: usize,
) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    let priority = *random.pick(&PRIORITIES);
    fields.push(("Priority", priority.to_owned()));
    if random.chance(2) {
        fields.push(("Essential", "yes".to_owned()));
    }
    if random.chance(25) {
        fields.push(("Multi-Arch", (*random.pick(&["same", "foreign", "allowed", "allowed"])).to_owned()));
    }
    let groups = [0, 0, 1, 1, 1, 2, 3];
    let depends: Vec<_> =
        (0..*random.pick(&groups)).map(|_| group(random, name, names, virtuals, 3)).collect();
    fields.push(("Depends", depends.join(", ")));
    if random.chance(15) {
        fields.push(("Pre-Depends", group(random, name, names, virtuals, 2)));
    }
    if random.chance(35) {
        let mut provides = vec![provided(random, virtuals)];
        if random.chance(20) {
            provides.push(provided(random, names));
        }
        fields.push(("Provides", provides.join(", ")));
    }
    for field in ["Conflicts", "Breaks"] {
        if random.chance(conflicts) {
            let pool = if random.chance(30) { virtuals } else { names };
            let one = relation(random, pool, 40);
            fields.push((field, one));
        }
    }
    fields
}

fn provided(random: &mut Random, pool: &[String]) -> String {
    let name = random.pick(pool).clone();
    if random.chance(50) { format!("{name} (= {})", random.pick(&VERSIONS)) } else { name }
}

fn group(random: &mut Random, name: &str, names: &[String], virtuals: &[String], most: usize) -> String {
    let count = 1 + if random.chance(35) { random.below(most) } else { 0 };
    let mut alternatives = Vec::new();
    for _ in 0..count {
        let one = match random.below(20) {
            0..4 => relation(random, virtuals, 5),
            4 if random.chance(8) => "not-there".to_owned(),
            _ => relation(random, names, 20),
        };
        if !one.starts_with(&format!("{name} ")) && one != *name {
            alternatives.push(one);
        }
    }
    if alternatives.is_empty() { names[0].clone() } else { alternatives.join(" | ") }
}

fn relation(random: &mut Random, pool: &[String], versioned: usize) -> String {
    let name = random.pick(pool);
    let qualifier = if random.chance(2) { ":any" } else { "" };
    if random.chance(versioned) {
        // Mostly one that something meets.
        let (operator, version) = match random.below(10) {
            0 => ("=", random.pick(&VERSIONS)),
            1 => ("<<", random.pick(&VERSIONS)),
            2 => (">>", random.pick(&VERSIONS)),
            3 => (">=", random.pick(&VERSIONS)),
            4 | 5 => ("<<", &"1:1"),
            _ => (">=", &"1.0-1"),
        };
        format!("{name}{qualifier} ({operator} {version})")
    } else {
        format!("{name}{qualifier}")
    }
}

/// The stanzas of packages of the first repository, as an installed set.
pub(crate) fn installed(repository: &Repository, packages: &[(String, String)]) -> String {
    let is_one = |stanza: &&str| {
        packages
            .iter()
            .any(|(name, version)| stanza.starts_with(&format!("Package: {name}\nVersion: {version}\n")))
    };
    let stanzas = repository.packages.split("\n\n").filter(is_one);
    stanzas.map(|stanza| format!("{stanza}\nStatus: install ok installed\nMaintainer: Test\n\n")).collect()
}

/// Entries of a package list.
pub(crate) fn request(seed: u64, at: u64, repositories: &[Repository]) -> Vec<String> {
    let mut random = Random(seed.wrapping_mul(0x1000_0001) ^ (at + 1).wrapping_mul(0x9e37_79b9));
    let mut entries: Vec<String> = Vec::new();
    let count = 1 + random.below(5);
    for _ in 0..count {
        let repository = random.pick(repositories);
        let entry = if random.chance(8) {
            random.pick(&repository.virtuals).clone()
        } else {
            let Some((name, versions)) = repository.names.get(random.below(repository.names.len())) else {
                continue;
            };
            if random.chance(10) { format!("{name}={}", random.pick(versions)) } else { name.clone() }
        };
        let name = entry.split('=').next().unwrap_or_default();
        if !entries.iter().any(|other| other.split('=').next() == Some(name)) {
            entries.push(entry);
        }
    }
    if random.chance(15) {
        let (name, _) = random.pick(&repositories[0].names).clone();
        if !entries.iter().any(|other| other.split('=').next() == Some(name.as_str())) {
            entries.push(format!("!{name}"));
        }
    }
    entries
}
