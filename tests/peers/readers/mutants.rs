//! Mutations of manifests that show where two YAML readers differ. The number of a mutant is its seed: the same number
//! gives the same text on every machine.

/// Indicators and what may stand around them, breaks, tags, merges, directives and markers of documents.
const PIECES: [&str; 92] = [
    "?",
    "? ",
    "?\t",
    ":",
    ": ",
    ":\t",
    " :",
    "-",
    "- ",
    "-\t",
    "--",
    "{",
    "}",
    "[",
    "]",
    ",",
    "{}",
    "[]",
    "{?",
    "[?",
    ",?",
    "[:",
    "{:",
    ",:",
    "[-",
    "&",
    "&a ",
    "&a",
    "*",
    "*a",
    "*a ",
    "*a :",
    "<<",
    "<<: ",
    "<<: *a\n",
    "<<: [*a]",
    "'<<': ",
    "!",
    "! ",
    "!!",
    "!!str ",
    "!!binary ",
    "!!null ",
    "!!map ",
    "!!merge ",
    "!<tag:yaml.org,2002:str> ",
    "!x ",
    "!reset ",
    "!override ",
    "'",
    "\"",
    "''",
    "\\",
    "\\\n",
    "\\u0041",
    "#",
    " #",
    "# ",
    "\n#",
    "|",
    ">",
    "|-\n",
    ">2\n",
    "%",
    "@",
    "`",
    "\t",
    " ",
    "  ",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{a0}",
    "\0",
    "\u{7}",
    "\u{7f}",
    "\u{fffe}",
    "---",
    "\n---\n",
    "\n...\n",
    "\n--- ",
    "\n%YAML 1.1\n---\n",
    "\n%TAG ! x\n---\n",
    "~",
    "null",
    "=",
    "$",
];

/// Names and values in other spellings.
const SPELLINGS: [(&str, &[&str]); 12] = [
    (
        "image:",
        &[
            "\"image\":",
            "'image':",
            "\"im\\u0061ge\":",
            "? image\n:",
            "Image:",
            "image :",
            "image:\n ",
            "&a image:",
        ],
    ),
    (
        "containers",
        &[
            "\"containers\"",
            "initContainers",
            "ephemeralContainers",
            "?containers",
            "Containers",
            "!!str containers",
        ],
    ),
    ("services:", &["\"services\":", "services :", "? services\n:", "Services:", "!!str services:", "jobs:"]),
    ("kind:", &["\"kind\":", "Kind:", "? kind\n:", "!!str kind:", "kind :"]),
    ("apiVersion:", &["\"apiVersion\":", "APIVersion:", "? apiVersion\n:"]),
    ("volumes:", &["\"volumes\":", "volumes :", "? volumes\n:"]),
    ("build:", &["\"build\":", "build: ~ #", "build: null #", "? build\n:", "build: !reset "]),
    (
        "type: image",
        &["type: \"image\"", "type: !!str image", "type: 'im\n  age'", "type: &t image", "type: ${T:-image}"],
    ),
    (
        "name:",
        &["on:", "yes:", "1:", "0o7:", "12:30:", "2001-01-01:", "=:", "!!binary bmFtZQ==:", "null:", "~:"],
    ),
    (": ", &[":", ":  ", ":\t", " : ", ":\n  ", ": !!str ", ": &b ", ": >-\n    "]),
    ("- ", &["-\t", "-  ", "- - ", "-\n  ", "- ? ", "- &a "]),
    (", ", &[",", ",\n", ",, ", ",?", ",\t", " ,", ", ? "]),
];

/// A sequence of numbers that look random (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// The mutant with this number. `fragments` are pieces of manifests that name an image of their own: a reader that
/// sees one where another sees none is what is looked for.
pub(super) fn mutant(number: u64, seeds: &[String], fragments: &[&str]) -> String {
    let mut numbers = Numbers(number.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ 0x0064_6869);
    let mut text = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(3) {
        change(&mut text, &mut numbers, seeds, fragments);
    }
    text
}

fn change(text: &mut String, numbers: &mut Numbers, seeds: &[String], fragments: &[&str]) {
    match numbers.below(16) {
        0..=3 => {
            let at = place(text, numbers);
            text.insert_str(at, numbers.of(&PIECES));
        }
        4..=6 => {
            let at = place(text, numbers);
            let (before, after) = (glue(numbers), glue(numbers));
            let fragment = numbers.of(fragments);
            text.insert_str(at, &format!("{before}{fragment}{after}"));
        }
        7..=9 => {
            let (from, spellings) = SPELLINGS[numbers.below(SPELLINGS.len())];
            let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
            if !places.is_empty() {
                let at = places[numbers.below(places.len())];
                text.replace_range(at..at + from.len(), numbers.of(spellings));
            }
        }
        10 => {
            let at = any(text, numbers);
            if let Some(c) = text[at..].chars().next() {
                text.replace_range(at..at + c.len_utf8(), "");
            }
        }
        11 => lines(text, numbers),
        12 => {
            // Another margin for some lines.
            let by = numbers.of(&["  ", " ", "\t", "-", ""]);
            let (first, count) = (numbers.below(lines_of(text)), 1 + numbers.below(3));
            let changed = text.split('\n').enumerate().map(|(number, line)| {
                let inside = (first..first + count).contains(&number);
                match (inside, by) {
                    (true, "") => line.strip_prefix("  ").unwrap_or(line).to_owned(),
                    (true, by) => format!("{by}{line}"),
                    _ => line.to_owned(),
                }
            });
            *text = changed.collect::<Vec<_>>().join("\n");
        }
        13 => {
            // A part once more, elsewhere.
            let (one, other) = (any(text, numbers), any(text, numbers));
            let part = text[one.min(other)..one.max(other)].to_owned();
            let at = place(text, numbers);
            if part.len() < 300 {
                text.insert_str(at, &part);
            }
        }
        14 => {
            // Another stream before or behind it.
            let other = &seeds[numbers.below(seeds.len())];
            let between = numbers.of(&[
                "",
                "\n",
                "\n---\n",
                "---\n",
                "\n...\n",
                "\n--- \n",
                "\r\n---\r\n",
                "\r---\r",
                "\n---#\n",
                "\n ---\n",
            ]);
            let (first, second) = if numbers.below(2) == 0 {
                (text.as_str(), other.as_str())
            } else {
                (other.as_str(), text.as_str())
            };
            *text = format!("{first}{between}{second}");
        }
        _ => {
            let (from, to) = [
                ("\n", "\r\n"),
                ("\n", "\r"),
                ("'", "\""),
                ("\"", "'"),
                (" ", "\t"),
                ("---", "..."),
                ("*", "&"),
            ][numbers.below(7)];
            *text = if numbers.below(3) == 0 {
                text.replace(from, to)
            } else {
                let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
                let mut changed = text.clone();
                if !places.is_empty() {
                    let at = places[numbers.below(places.len())];
                    changed.replace_range(at..at + from.len(), to);
                }
                changed
            };
        }
    }
}

/// What may stand between a fragment and its surroundings.
fn glue(numbers: &mut Numbers) -> &'static str {
    match numbers.below(4) {
        0 => numbers.of(&PIECES),
        1 => numbers.of(&[", ", "\n", "\n  ", "\n    ", " ", "\n- "]),
        _ => "",
    }
}

/// A place where structure begins or ends, or any other.
fn place(text: &str, numbers: &mut Numbers) -> usize {
    let places: Vec<usize> = match numbers.below(4) {
        0 => return any(text, numbers),
        1 => text.match_indices('\n').map(|(at, _)| at + 1).collect(),
        2 => text.match_indices(['{', '[', ',', ':', '-', '}', ']']).map(|(at, _)| at + 1).collect(),
        _ => text
            .match_indices(|c: char| c.is_ascii_alphanumeric())
            .map(|(at, _)| at)
            .filter(|at| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
            .collect(),
    };
    if places.is_empty() { any(text, numbers) } else { places[numbers.below(places.len())] }
}

fn any(text: &str, numbers: &mut Numbers) -> usize {
    let mut at = numbers.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn lines_of(text: &str) -> usize {
    text.split('\n').count()
}

/// A line is taken away, doubled, moved or joined with the next.
fn lines(text: &mut String, numbers: &mut Numbers) {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let at = numbers.below(lines.len());
    match numbers.below(4) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let line = lines.remove(at);
            lines.insert(numbers.below(lines.len() + 1), line);
        }
        _ if at + 1 < lines.len() => {
            let next = lines.remove(at + 1);
            lines[at].push_str(&next);
        }
        _ => {}
    }
    *text = lines.join("\n");
}
