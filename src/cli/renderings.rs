//! `--format` and `--output` of commands whose result has several formats.
//!
//! `--format` is the format of standard output. Each `--output` names a file: `FORMAT=FILE`, or `FILE`, which has the
//! format of `--format` and replaces standard output.

use std::fmt::Debug;
use std::path::Path;

use clap::builder::EnumValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueEnum};

use super::output::OutputFiles;
#[cfg(any(feature = "builder", feature = "rego"))]
use super::output::write_data;
use super::output_argument::{format_and_file, named, names};
#[cfg(any(feature = "builder", feature = "rego"))]
use super::output_file::write_result;
#[cfg(any(feature = "builder", feature = "rego"))]
use super::printer::Printer;
use super::printer::{Data, STDOUT};
use crate::diagnostic::Diagnostic;
#[cfg(any(feature = "builder", feature = "rego"))]
use crate::report::Style;

/// The formats of a command. The first one is the default.
pub(super) trait OutputFormat: ValueEnum + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// The syntax of a rendering in this format.
    fn syntax(self) -> Syntax;
}

/// The syntax of a rendering, which decides how secrets are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Text,
    Json,
    Xml,
}

impl Syntax {
    /// A rendering in this syntax.
    pub(super) fn data(self, text: &str) -> Data<'_> {
        match self {
            Self::Text => Data::Text(text),
            Self::Json => Data::Json(text),
            Self::Xml => Data::Xml(text),
        }
    }
}

/// The formats that the user chose, and where each is written.
#[derive(Clone, Debug)]
pub(super) struct Renderings<F> {
    format: F,
    output: Vec<String>,
}

impl<F: OutputFormat> Renderings<F> {
    /// The format of standard output.
    pub(super) fn format(&self) -> F {
        self.format
    }

    /// Whether a result is rendered in this format.
    pub(super) fn has(&self, format: F) -> bool {
        self.format == format || self.files().any(|(named, _)| named == format)
    }

    /// The files with their formats.
    pub(super) fn files(&self) -> impl Iterator<Item = (F, &Path)> {
        let files = self.output.iter().filter(|output| *output != STDOUT);
        files.map(|output| match named(output) {
            Some((format, file)) => (format, Path::new(file)),
            None => (self.format, Path::new(output)),
        })
    }

    /// Whether there is a rendering on standard output: no file replaces it, or `-` names it.
    pub(super) fn has_stdout(&self) -> bool {
        let is_stdout = |output: &String| output == STDOUT;
        self.output.iter().any(is_stdout) || self.output.iter().all(|output| named::<F>(output).is_some())
    }

    /// Refuses results that would replace each other. `others` are files that the run writes too.
    ///
    /// # Errors
    ///
    /// `usage/arguments`.
    pub(super) fn check<'a>(&self, others: impl IntoIterator<Item = &'a Path>) -> Result<(), Diagnostic> {
        let mut all = OutputFiles::default();
        others.into_iter().try_for_each(|file| all.add(file))?;
        self.files().try_for_each(|(_, file)| all.add(file))
    }

    /// Writes all files, and returns the errors. One that cannot be written does not stop the others. `render` makes
    /// the text of a format.
    #[cfg(any(feature = "builder", feature = "rego"))]
    pub(super) fn write_files(
        &self,
        render: impl Fn(F, Style) -> String,
        printer: &Printer,
    ) -> Vec<Diagnostic> {
        let written = self.files().map(|(format, file)| {
            let text = render(format, Style::default());
            let redacted = printer.redacted(format.syntax().data(&text));
            write_result(file, &mut &*redacted)
        });
        written.filter_map(Result::err).collect()
    }

    /// Writes to standard output, unless a file replaces it, and returns the error.
    #[cfg(any(feature = "builder", feature = "rego"))]
    pub(super) fn write_stdout(
        &self,
        render: impl Fn(F, Style) -> String,
        printer: &Printer,
    ) -> Option<Diagnostic> {
        if !self.has_stdout() {
            return None;
        }
        let text = render(self.format, printer.style());
        write_data(self.format.syntax().data(&text), printer).err()
    }

    /// Writes all files and standard output, and returns the errors.
    #[cfg(feature = "builder")]
    pub(super) fn write(&self, render: impl Fn(F, Style) -> String, printer: &Printer) -> Vec<Diagnostic> {
        let mut failures = self.write_files(&render, printer);
        failures.extend(self.write_stdout(&render, printer));
        failures
    }
}

impl<F: OutputFormat> FromArgMatches for Renderings<F> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let format = matches.get_one::<F>("format").copied();
        let format = format.ok_or_else(|| clap::Error::new(ErrorKind::MissingRequiredArgument))?;
        let output = matches.get_many::<String>("output").into_iter().flatten().cloned().collect();
        Ok(Self { format, output })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<F: OutputFormat> Args for Renderings<F> {
    fn augment_args(command: Command) -> Command {
        let names = names::<F>();
        let format = Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(EnumValueParser::<F>::new())
            .help(names.join(", "))
            .help_heading(HEADING);
        let format = names.into_iter().take(1).fold(format, Arg::default_value);
        let output = Arg::new("output")
            .long("output")
            .short('o')
            .value_name("[FORMAT=]FILE")
            .value_parser(format_and_file::<F>)
            .action(ArgAction::Append)
            .help(OUTPUT)
            .long_help(format!("{OUTPUT}\n\n`FORMAT=FILE` also writes that format to FILE. Repeatable."))
            .help_heading(HEADING);
        command.arg(format).arg(output)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

const HEADING: &str = "Output";

const OUTPUT: &str = "Write to FILE instead of standard output";

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
    enum Format {
        Table,
        Json,
    }

    impl OutputFormat for Format {
        fn syntax(self) -> Syntax {
            if self == Self::Json { Syntax::Json } else { Syntax::Text }
        }
    }

    #[derive(Debug, Parser)]
    struct Parsed {
        #[command(flatten)]
        renderings: Renderings<Format>,
    }

    fn parsed(line: &str) -> Renderings<Format> {
        Parsed::try_parse_from(line.split(' ')).unwrap().renderings
    }

    #[test]
    fn a_file_without_a_format_replaces_standard_output() {
        use Format::{Json, Table};
        for (line, files, on_stdout) in [
            ("x", vec![], Some(Table)),
            ("x --format json", vec![], Some(Json)),
            ("x -o a", vec![(Table, "a")], None),
            ("x --format json -o a", vec![(Json, "a")], None),
            ("x -o json=a", vec![(Json, "a")], Some(Table)),
            ("x -o json=a -o b", vec![(Json, "a"), (Table, "b")], None),
            ("x -o a -o -", vec![(Table, "a")], Some(Table)),
            ("x -o -", vec![], Some(Table)),
            ("x -o ./json=a", vec![(Table, "./json=a")], None),
        ] {
            let found = parsed(line);
            let expected: Vec<(Format, &Path)> =
                files.into_iter().map(|(format, file)| (format, Path::new(file))).collect();
            assert_eq!(found.files().collect::<Vec<_>>(), expected, "{line}");
            assert_eq!(found.has_stdout().then(|| found.format()), on_stdout, "{line}");
        }
        assert!(parsed("x -o json=a").has(Json) && !parsed("x -o a").has(Json));
        for line in ["x -o json", "x -o jsn=a", "x --format text", "x -o json=-"] {
            assert!(Parsed::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn each_file_has_one_result() {
        assert!(parsed("x -o json=a -o ./a").check([]).is_err());
        assert!(parsed("x -o a").check([Path::new("./a")]).is_err());
        assert!(parsed("x -o json=a -o table=b").check([Path::new("c")]).is_ok());
    }
}
