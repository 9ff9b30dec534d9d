//! What scripts fetch.

use std::collections::HashSet;

/// Programs that fetch something from the network or send something to it.
const PROGRAMS: [&str; 10] = ["aria2c", "curl", "ftp", "nc", "ncat", "rsync", "scp", "sftp", "ssh", "wget"];

/// Whether a script has a line with a URL or a network program that the other one does not have.
pub(super) fn has_new_download(from: Option<&str>, to: &str) -> bool {
    let known: HashSet<&str> = from.unwrap_or_default().lines().map(str::trim).collect();
    to.lines().map(str::trim).filter(|line| !known.contains(line)).any(fetches)
}

fn fetches(line: &str) -> bool {
    if line.starts_with('#') {
        return false;
    }
    let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/')));
    // A program can be called by its path.
    line.contains("://") || words.any(|word| PROGRAMS.contains(&word.rsplit('/').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_lines_with_a_download_count() {
        let script = "set -e\ncurl https://a.example/a\n";
        for added in ["wget a", "x=$(/usr/bin/curl a)", "git clone https://a.example/b", "a | nc b 1"] {
            assert!(has_new_download(Some(script), &format!("{script}{added}\n")), "{added}");
            assert!(has_new_download(None, added), "{added}");
        }
        for added in
            ["make", "# https://a.example", "  curl https://a.example/a", "curlew", "./configure --with-curl"]
        {
            assert!(!has_new_download(Some(script), &format!("{script}{added}\n")), "{added}");
        }
        assert!(!has_new_download(Some(script), "set -e\n"));
    }
}
