//! Vulnerability ids in ids of rules.

/// The vulnerability id at the beginning of a rule id. Grype appends the name of the package, and older templates put
/// the severity in front: `CVE-2005-2541-tar`, `[HIGH] CVE-2005-2541`. Ids of unknown schemes are returned whole.
pub fn vulnerability_of_rule(rule: &str) -> &str {
    let rule = rule.trim();
    let rule = match rule.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((_, rest)) => rest,
        None => rule,
    };
    let length = id_length(rule).unwrap_or(rule.len());
    rule.get(..length).unwrap_or(rule)
}

/// The length of the id at the beginning of `text`, if its scheme is known.
fn id_length(text: &str) -> Option<usize> {
    let mut segments = text.split('-');
    let scheme = segments.next()?;
    let rest: Vec<&str> = segments.take(4).collect();
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = |segment: &&str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let is_ghsa_part =
        |segment: &&str| segment.len() == 4 && segment.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let counted = match rest.as_slice() {
        [first, ..] if is_scheme && first.contains(':') && first.split(':').all(|part| is_number(&part)) => 1,
        [one, two, three, ..] if scheme == "GHSA" && [one, two, three].into_iter().all(is_ghsa_part) => 3,
        // `ALASKERNEL-5.15-2022-001`
        [version, year, number, ..]
            if scheme.starts_with("ALAS")
                && version.contains('.')
                && is_number(year)
                && is_number(number) =>
        {
            3
        }
        [year, number, ..] if is_scheme && scheme != "SNYK" && is_number(year) && is_number(number) => 2,
        _ => return None,
    };
    Some(scheme.len() + rest.iter().take(counted).map(|segment| segment.len() + 1).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_packages_are_cut_off() {
        for (rule, id) in [
            ("CVE-2005-2541-tar", "CVE-2005-2541"),
            ("CVE-2005-2541-389-ds-base", "CVE-2005-2541"),
            ("GHSA-jfh8-c2jp-5v3q-log4j-core", "GHSA-jfh8-c2jp-5v3q"),
            ("CVE-2019-1549", "CVE-2019-1549"),
            ("[HIGH] CVE-2019-1549", "CVE-2019-1549"),
            ("SNYK-DEBIAN12-SHADOW-1559391", "SNYK-DEBIAN12-SHADOW-1559391"),
            ("ALAS-2023-1-curl", "ALAS-2023-1"),
            ("ALAS2KERNEL-5.15-2022-001-kernel", "ALAS2KERNEL-5.15-2022-001"),
            ("GMS-2022-9109", "GMS-2022-9109"),
            ("RHSA-2024:0001-openssl", "RHSA-2024:0001"),
            ("DSA-5532-1", "DSA-5532-1"),
            ("TEMP-0841856-B18BAF", "TEMP-0841856-B18BAF"),
            ("js/sql-injection", "js/sql-injection"),
            ("", ""),
        ] {
            assert_eq!(vulnerability_of_rule(rule), id);
        }
    }
}
