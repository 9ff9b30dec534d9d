//! The file that `update-alternatives` keeps about one name.
//!
//! Source: its format is that of files that `update-alternatives` 1.21 wrote.

use std::collections::BTreeMap;

use super::model::Alternative;

/// The text for alternatives of one name, the chosen one first.
pub(super) fn text(group: &[&Alternative]) -> String {
    let mut links: BTreeMap<&str, &str> = BTreeMap::new();
    for follower in group.iter().rev().flat_map(|alternative| &alternative.followers) {
        links.insert(&follower.name, &follower.link);
    }
    let mut text = String::from("auto\n");
    push(&mut text, group.first().map(|alternative| alternative.link.as_str()).unwrap_or_default());
    for (name, link) in &links {
        push(&mut text, name);
        push(&mut text, link);
    }
    push(&mut text, "");
    let mut group = group.to_vec();
    group.sort_by(|one, other| one.path.cmp(&other.path));
    for alternative in group {
        push(&mut text, &alternative.path);
        push(&mut text, &alternative.priority.to_string());
        for name in links.keys() {
            let follower = alternative.followers.iter().find(|follower| follower.name == *name);
            push(&mut text, follower.map(|follower| follower.path.as_str()).unwrap_or_default());
        }
    }
    push(&mut text, "");
    text
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::model::Follower;
    use super::*;

    #[test]
    fn the_state_lists_links_and_alternatives() {
        let follower = |name: &str| Follower {
            link: format!("/man/{name}"),
            name: name.to_owned(),
            path: format!("/pages/{name}"),
        };
        let alternative = |path: &str, priority, followers| Alternative {
            link: "/usr/bin/awk".to_owned(),
            name: "awk".to_owned(),
            path: path.to_owned(),
            priority,
            followers,
        };
        let gawk = alternative("/usr/bin/gawk", 10, vec![follower("nawk"), follower("awk.1")]);
        let busy = alternative("/bin/busy", 5, vec![follower("nawk")]);
        assert_eq!(
            text(&[&gawk, &busy]),
            "auto\n/usr/bin/awk\nawk.1\n/man/awk.1\nnawk\n/man/nawk\n\n/bin/busy\n5\n\n/pages/nawk\n\
             /usr/bin/gawk\n10\n/pages/awk.1\n/pages/nawk\n\n"
        );
    }
}
