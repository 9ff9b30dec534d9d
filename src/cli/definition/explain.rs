//! `dhi definition explain`: what a definition means.

use clap::{Args, ValueEnum};

use super::super::printer::Printer;
use super::super::renderings::{OutputFormat, Renderings, Syntax};
use super::load::DefinitionArguments;
use crate::builder::explain::Explanation;
use crate::diagnostic::{Diagnostic, Exit};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Everything is told for one platform: the first of the definition, or that of `--platform`. What is different for others \
follows. A definition with errors is not explained: `dhi definition lint` shows them. \
docs/schemas/definition-explain-1.json is the schema of `--format json`.")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    definition: DefinitionArguments,

    #[command(flatten)]
    output: Renderings<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/definition-explain-1.json
    Json,
}

impl OutputFormat for Format {
    fn syntax(self) -> Syntax {
        match self {
            Self::Table => Syntax::Text,
            Self::Json => Syntax::Json,
        }
    }
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { definition, output } = &arguments;
    output.check([])?;
    let loaded = definition.load(output.files().map(|(_, file)| file), printer).await?;
    let explanation = Explanation::new(&loaded.name, &loaded.written, &loaded.evaluated);
    let render = |format: Format, style| match format {
        Format::Table => explanation.text(style),
        Format::Json => explanation.json(),
    };
    Ok(printer.report_failures(Exit::Pass, output.write(render, printer)))
}
