//! New definitions, commented, to begin with. Each one reads and lints without findings.

mod chart;
mod distribution;
mod image;
mod name;
mod package;
mod program;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

pub use distribution::Distribution;
pub use name::{InvalidName, ProductName};

use super::definition::keyword::keywords;

keywords! {
    /// The variant of an image.
    ImageVariant {
        /// With only what runs the program.
        Runtime = "runtime",
        /// With shell and package manager.
        Dev = "dev",
    }
}

/// What a scaffold is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// A container image.
    Image(Distribution, ImageVariant),
    /// A package.
    Package(Distribution),
    /// A Helm chart.
    Chart,
}

/// A new definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// What it is for.
    pub product: Product,
    /// The repository of the product. The names of packages begin with `pkg-`, those of charts end in `-chart`: that is
    /// added where it is missing.
    pub name: ProductName,
    /// The day of the release.
    pub released: Date,
}

impl Scaffold {
    /// The text of the definition.
    pub fn text(&self) -> String {
        match self.product {
            Product::Image(distribution, variant) => self.image(distribution, variant),
            Product::Package(distribution) => self.package(distribution),
            Product::Chart => self.chart(),
        }
    }

    /// `dates`. The end of life is a year after the release, for want of the real date.
    fn dates(&self) -> String {
        let released = self.released;
        let end = released.checked_add(jiff::Span::new().years(1)).unwrap_or(released);
        let dates = format!("dates:\n  release: \"{released}\"\n  end-of-life: \"{end}\"\n");
        format!("# The dates of the packaged version: replace them.\n{dates}")
    }

    /// A name as a text of YAML. Some names look like numbers.
    fn title(name: &str) -> String {
        match name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.contains(' ') {
            true => name.to_owned(),
            false => format!("\"{name}\""),
        }
    }
}
