//! `--location`: the file and line that name the image, for reports that point to sources.

use std::path::Path;

use super::output_argument::{OutputError, file_name};
use crate::report::Location;

/// Parses `FILE[:LINE]`. Text after the last colon that is not a number is part of the file name. A file below the
/// working directory is named relative to it, as code scanning expects.
pub(super) fn location(text: &str) -> Result<Location, OutputError> {
    let directory = std::env::current_dir().ok();
    located(text, directory.as_deref())
}

fn located(text: &str, directory: Option<&Path>) -> Result<Location, OutputError> {
    let (file, line) = match text.rsplit_once(':') {
        Some((file, line)) => match line.parse() {
            Ok(line) if line > 0 => (file, line),
            _ => (text, 1),
        },
        None => (text, 1),
    };
    let file = file_name(file)?;
    let relative = directory.and_then(|directory| Path::new(&file).strip_prefix(directory).ok());
    let file = relative.and_then(Path::to_str).map_or(file.clone(), str::to_owned);
    Ok(Location { file, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_optional() {
        let located = |text: &str| located(text, Some(Path::new("/project")));
        for (text, file, line) in [
            ("Dockerfile", "Dockerfile", 1),
            ("deploy/app.yaml:31", "deploy/app.yaml", 31),
            ("a:b:7", "a:b", 7),
            ("a:b", "a:b", 1),
            ("a:0", "a:0", 1),
            ("a:-1", "a:-1", 1),
            ("/project/deploy/a.yaml:2", "deploy/a.yaml", 2),
            ("/srv/a.yaml", "/srv/a.yaml", 1),
        ] {
            assert_eq!(located(text), Ok(Location { file: file.to_owned(), line }), "{text}");
        }
        for text in ["", ":7"] {
            assert_eq!(located(text), Err(OutputError::Empty), "{text}");
        }
        assert_eq!(located("-"), Err(OutputError::Stdout));
    }
}
