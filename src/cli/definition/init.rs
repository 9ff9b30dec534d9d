//! `dhi definition init`: writes a new definition.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use super::super::output::write;
use super::super::output_file::{cannot_write, write_new_file};
use super::super::printer::{Data, Printer, file_of};
use super::super::source_date::document_time;
use crate::builder::definition::Keyword;
use crate::builder::scaffold::{Distribution, ImageVariant, Product, ProductName, Scaffold};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};

#[derive(Debug, Args)]
#[command(after_long_help = "\
The definition describes a small C program, so that it can be built as it is. Replace the program by your own, and check \
the result with `dhi definition lint`.")]
pub(in crate::cli) struct Arguments {
    /// What the definition makes
    #[arg(long, value_enum, default_value_t = Kind::Image)]
    kind: Kind,

    /// Distribution of the packages [default: debian13]
    #[arg(long, value_name = "DISTRO", value_parser = keyword::<Distribution>())]
    distro: Option<Distribution>,

    /// Variant of the image [default: runtime]
    #[arg(long, value_name = "VARIANT", value_parser = keyword::<ImageVariant>())]
    variant: Option<ImageVariant>,

    /// Repository of the product, such as `registry.example.com/team/api`, or its last part
    #[arg(long, value_name = "NAME", default_value = "api", value_parser = clap::value_parser!(ProductName))]
    name: ProductName,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long, requires = "output")]
    force: bool,
}

/// What a definition makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A container image
    Image,
    /// A package
    Package,
    /// A Helm chart
    Chart,
}

/// A parser of the words of a keyword type.
pub(in crate::cli) fn keyword<K: Keyword + Send + Sync>() -> impl TypedValueParser<Value = K> {
    PossibleValuesParser::new(K::ALL.iter().map(|value| PossibleValue::new(value.as_str())))
        .try_map(|word| K::find(&word).ok_or("it is not known"))
}

pub(super) fn run(arguments: &Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let released = document_time()?.to_zoned(TimeZone::UTC).date();
    let scaffold = Scaffold { product: arguments.product()?, name: arguments.name.clone(), released };
    if matches!(scaffold.product, Product::Image(..)) && scaffold.name.is_of_package() {
        let text = "write `--kind package`, or choose another name".to_owned();
        let what = "a name that begins with `pkg-` is that of a package".to_owned();
        return Err(Diagnostic::new(Code::USAGE_CONFLICT, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    let text = scaffold.text();
    let data = Data::Raw(text.as_bytes());
    match file_of(arguments.output.as_deref()) {
        Some(path) if !arguments.force => {
            write_new_file(path, text.as_bytes()).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    let text = "choose another name, or replace the file with `--force`".to_owned();
                    let what = format!("`{}` exists already", path.display());
                    Diagnostic::new(Code::OUTPUT_EXISTS, what).remedy(Remedy::ChangeCommandLine { text })
                }
                _ => cannot_write(path, &error),
            })?;
        }
        file => write(file, data, printer)?,
    }
    Ok(Exit::Pass)
}

impl Arguments {
    fn product(&self) -> Result<Product, Diagnostic> {
        let conflict = |flag: &str, kind: &str| {
            let text = format!("leave out `{flag}`");
            let what = format!("`{flag}` has no meaning for a {kind}");
            Err(Diagnostic::new(Code::USAGE_CONFLICT, what).remedy(Remedy::ChangeCommandLine { text }))
        };
        let distribution = self.distro.unwrap_or(Distribution::Debian13);
        match self.kind {
            Kind::Image => Ok(Product::Image(distribution, self.variant.unwrap_or(ImageVariant::Runtime))),
            Kind::Package if self.variant.is_some() => conflict("--variant", "package"),
            Kind::Package => Ok(Product::Package(distribution)),
            Kind::Chart if self.variant.is_some() => conflict("--variant", "chart"),
            Kind::Chart if self.distro.is_some() => conflict("--distro", "chart"),
            Kind::Chart => Ok(Product::Chart),
        }
    }
}
