//! `dhi cache`: shows and prunes the cache. Cached data is verified on each use, so any of it can be removed at any
//! time.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;

use super::config::Config;
use super::duration::duration;
use super::output::write_data;
use super::printer::{Data, Printer};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::registry::{Cache, Usage};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the content of the cache
    Df(Df),
    /// Remove everything from the cache, or what the flags select
    Prune(Prune),
}

#[derive(Debug, Args)]
pub(super) struct Df {
    #[command(flatten)]
    cache: CacheDirectory,

    /// Format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Prune {
    #[command(flatten)]
    cache: CacheDirectory,

    /// Remove only entries that were not used for this time, such as `12h` or `7d`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Option<SignedDuration>,

    /// Remove only the least recently used entries, until at most this size is left, such as `500M` or `1G`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    keep: Option<u64>,
}

#[derive(Debug, Args)]
struct CacheDirectory {
    /// Directory of the cache
    #[arg(long, value_name = "DIR", env = "DHI_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: `directory`, `objects`, `objectBytes`, `answers`, `answerBytes`
    Json,
}

fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size such as `500M` or `1G`");
    let (number, factor) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (text.get(..at), 1 << 10),
        Some((at, 'M')) => (text.get(..at), 1 << 20),
        Some((at, 'G')) => (text.get(..at), 1 << 30),
        _ => (Some(text), 1),
    };
    let number: u64 = number.unwrap_or_default().parse().map_err(|_| wrong())?;
    number.checked_mul(factor).ok_or_else(wrong)
}

impl CacheDirectory {
    fn open(&self) -> Result<Cache, Diagnostic> {
        let named = self.cache_dir.clone().filter(|path| !path.as_os_str().is_empty());
        let cache = Cache::open_existing(named.or(Config::of_environment()?.cache_dir));
        match cache.warning() {
            Some(warning) => {
                let text = "choose another directory with `--cache-dir DIR`".to_owned();
                let remedy = Remedy::ChangeCommandLine { text };
                Err(Diagnostic::new(Code::OUTPUT_WRITE, warning).remedy(remedy))
            }
            None => Ok(cache),
        }
    }
}

pub(super) fn run(command: Command, printer: &Printer) -> Result<Exit, Diagnostic> {
    let text = match command {
        Command::Df(arguments) => {
            let cache = arguments.cache.open()?;
            let directory = cache.directory().map(|path| path.display().to_string()).unwrap_or_default();
            match arguments.format {
                Format::Table => format!("{directory}\n\n{}", table(cache.usage())),
                Format::Json => {
                    let usage = cache.usage();
                    let document = serde_json::json!({
                        "schemaVersion": 1,
                        "directory": directory,
                        "objects": usage.objects,
                        "objectBytes": usage.object_bytes,
                        "answers": usage.answers,
                        "answerBytes": usage.answer_bytes,
                    });
                    format!("{document:#}\n")
                }
            }
        }
        Command::Prune(arguments) => {
            let cache = arguments.cache.open()?;
            let age = arguments.older_than.map(SignedDuration::unsigned_abs);
            let removed = match (age, arguments.keep) {
                (None, None) => cache.prune(0, Duration::ZERO),
                (age, keep) => cache.prune(keep.unwrap_or(u64::MAX), age.unwrap_or(Duration::MAX)),
            };
            format!("removed\n{}", table(removed))
        }
    };
    write_data(Data::Raw(text.as_bytes()), printer)?;
    Ok(Exit::Pass)
}

fn table(usage: Usage) -> String {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20);
    format!(
        "  objects  {:>8}  {:>12}\n  answers  {:>8}  {:>12}\n",
        usage.objects,
        mib(usage.object_bytes),
        usage.answers,
        mib(usage.answer_bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_need_a_known_unit() {
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "G", "1T", "-1", "1é", "99999999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
