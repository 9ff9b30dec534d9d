//! The exit codes and their meanings, for help and for `docs/errors.md`.

use std::fmt::Write as _;

use crate::diagnostic::Exit;

/// Each exit code once, with its meaning.
const MEANINGS: [(Exit, &str); 8] = [
    (Exit::Pass, "everything that was requested holds"),
    (Exit::Fail, "a policy or gate failed"),
    (Exit::Usage, "wrong usage or unreadable input"),
    (Exit::Missing, "something does not exist: image, platform, attestation or signature"),
    (
        Exit::BadProof,
        "a proof is bad: wrong key, tampered bytes, bad log entry, subject mismatch, key outside its window",
    ),
    (Exit::Denied, "not allowed: login missing or refused"),
    (Exit::Unavailable, "not available: network, timeout, rate limit, registry error"),
    (Exit::Bug, "a bug: please report it"),
];

/// Which code a run has when several apply.
const ORDER: &str = "When several apply, the most severe wins in this order: 70, 4, 5, 6, 3, 2, 1.";

/// The codes for a terminal, one on each line.
pub(super) fn text() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for (exit, meaning) in MEANINGS {
        let _ = writeln!(text, "  {:2}  {meaning}", exit.code());
    }
    text + ORDER
}

/// The codes as a table of Markdown.
pub(super) fn markdown() -> String {
    let mut text = "| code | meaning |\n|---|---|\n".to_owned();
    for (exit, meaning) in MEANINGS {
        let _ = writeln!(text, "| {} | {meaning} |", exit.code());
    }
    text + "\n" + ORDER + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exit_code_is_listed_in_order_of_severity() {
        let mut listed: Vec<Exit> = MEANINGS.iter().map(|(exit, _)| *exit).collect();
        listed.sort_by_key(|exit| std::cmp::Reverse(*exit));
        let codes: Vec<String> = listed.iter().map(|exit| exit.code().to_string()).collect();
        assert_eq!(codes, ["70", "4", "5", "6", "3", "2", "1", "0"]);
        assert!(ORDER.ends_with(&format!(": {}.", codes[..7].join(", "))), "{ORDER}");
    }
}
