//! The definition as a whole, and what describes its product.

use std::collections::BTreeSet;
use std::ops::Range;

use super::keyword::keywords;
use super::{
    Accounts, Contents, Date, Directive, Keyword, ListKey, PathEntry, PortRange, Spanned, Stage, StopSignal,
    Tag, TargetPlatform, Text, TextMap, Tracker, Typed,
};

/// A definition file, as written: templates are not evaluated, and files that it includes are not read.
///
/// Absent lists and mappings are empty. What cannot be read is absent, with a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// The line `# syntax=…`. Included files have none.
    pub directive: Option<Spanned<Directive>>,
    /// The bytes of the whole mapping.
    pub range: Range<usize>,
    /// Files that complete this one, relative to the root of the repository.
    pub includes: Vec<Text>,
    /// The lists that are written and empty. They replace those of included files.
    pub emptied: BTreeSet<ListKey>,
    /// How variables follow new versions of what they name.
    pub track: Vec<Tracker>,
    /// The name for people. Packages have none.
    pub name: Option<Text>,
    /// The repository of the product.
    pub image: Option<Text>,
    /// The compression of layers. Absent: `zstd`.
    pub compression: Option<Spanned<Compression>>,
    /// How the image is divided into layers. Absent: `layered`.
    pub output: Option<Spanned<OutputForm>>,
    /// Who may use the product.
    pub entitlement: Option<Spanned<Entitlement>>,
    /// The variant. Absent: `runtime`.
    pub variant: Option<Spanned<Variant>>,
    /// The flavor, a free text.
    pub flavor: Option<Text>,
    /// The tags.
    pub tags: Vec<Typed<Tag>>,
    /// What is appended to the tags.
    pub suffix: Option<Text>,
    /// The platforms. Absent: all.
    pub platforms: Vec<Spanned<TargetPlatform>>,
    /// Dates of the packaged version.
    pub dates: Option<Dates>,
    /// Variables.
    pub vars: TextMap,
    /// Packages and files.
    pub contents: Option<Contents>,
    /// The stages of the build (`contents.builds`).
    pub stages: Vec<Stage>,
    /// Users and groups.
    pub accounts: Option<Accounts>,
    /// The file `/etc/os-release`.
    pub os_release: Option<OsRelease>,
    /// The working directory.
    pub work_dir: Option<Text>,
    /// The signal that stops the container.
    pub stop_signal: Option<Typed<StopSignal>>,
    /// Environment variables.
    pub environment: TextMap,
    /// Paths that are created, changed or deleted.
    pub paths: Vec<PathEntry>,
    /// Annotations of manifests.
    pub annotations: TextMap,
    /// Labels of the configuration.
    pub labels: TextMap,
    /// The entrypoint.
    pub entrypoint: Vec<Text>,
    /// The arguments of the entrypoint.
    pub cmd: Vec<Text>,
    /// Ports that the image exposes.
    pub ports: Vec<Typed<PortRange>>,
    /// Directories that are volumes.
    pub volumes: Vec<Text>,
    /// Tests of the image.
    pub tests: Vec<Test>,
    /// Whether the image claims to be FIPS compliant.
    pub fips_compliant: Option<Spanned<bool>>,
    /// Whether the image claims a STIG certification.
    pub stig_certified: Option<Spanned<bool>>,
}

keywords! {
    /// What a definition makes.
    Kind {
        /// A container image.
        Image = "image",
        /// A package: its image name begins with `pkg-`.
        Package = "package",
        /// A Helm chart: its variant is `helm`.
        Chart = "chart",
    }
}

keywords! {
    /// The variant of an image.
    Variant {
        /// With shell and package manager.
        Dev = "dev",
        /// Only what runs the program.
        Runtime = "runtime",
        /// A Helm chart.
        Helm = "helm",
    }
}

keywords! {
    /// The compression of layers.
    Compression {
        /// Zstandard.
        Zstd = "zstd",
        /// Gzip.
        Gzip = "gzip",
    }
}

keywords! {
    /// How an image is divided into layers.
    OutputForm {
        /// Several layers.
        Layered = "layered",
        /// One layer.
        Squashed = "squashed",
    }
}

keywords! {
    /// Who may use a product.
    Entitlement {
        /// Everyone.
        Public = "public",
        /// Customers with an Enterprise subscription.
        Enterprise = "enterprise",
        /// Customers with extended lifecycle support.
        Els = "els",
    }
}

/// Dates of the packaged version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Where the dates are from.
    pub kind: Option<Text>,
    /// The page that has the dates.
    pub url: Option<Text>,
    /// The day of the release.
    pub release: Option<Typed<Date>>,
    /// The last day with updates.
    pub end_of_life: Option<Typed<Date>>,
    /// The last day with support.
    pub end_of_support: Option<Typed<Date>>,
}

/// The members of `/etc/os-release`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsRelease {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// `NAME`.
    pub name: Option<Text>,
    /// `ID`.
    pub id: Option<Text>,
    /// `ID_LIKE`.
    pub id_like: Option<Text>,
    /// `VERSION_ID`.
    pub version_id: Option<Text>,
    /// `VERSION_CODENAME`.
    pub version_codename: Option<Text>,
    /// `PRETTY_NAME`.
    pub pretty_name: Option<Text>,
    /// `HOME_URL`.
    pub home_url: Option<Text>,
    /// `BUG_REPORT_URL`.
    pub bug_report_url: Option<Text>,
}

/// A test of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Its name.
    pub name: Option<Text>,
    /// The directory in which the commands run.
    pub directory: Option<Text>,
    /// The commands.
    pub commands: Vec<Text>,
    /// The expected exit code.
    pub exit_code: Spanned<i64>,
    /// The longest time, in seconds.
    pub timeout: Option<Spanned<i64>>,
    /// A text that the output must contain.
    pub output: Option<Text>,
}

impl Definition {
    /// What the definition makes.
    pub fn kind(&self) -> Kind {
        let image = self.image.as_ref().map(|image| image.value.as_str()).unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or_default();
        match self.variant() {
            Variant::Helm => Kind::Chart,
            _ if name.starts_with("pkg-") => Kind::Package,
            _ => Kind::Image,
        }
    }

    /// Whether `root` runs the image, also where no accounts are written: see [`Accounts::runs_as_root`].
    pub fn runs_as_root(&self) -> bool {
        self.accounts.as_ref().is_none_or(Accounts::runs_as_root)
    }

    /// The variant, also where none is written.
    pub fn variant(&self) -> Variant {
        self.variant.as_ref().map_or(Variant::Runtime, |variant| variant.value)
    }

    /// The platforms, also where none are written.
    pub fn platforms(&self) -> Vec<TargetPlatform> {
        if self.platforms.is_empty() {
            return TargetPlatform::ALL.to_vec();
        }
        self.platforms.iter().map(|platform| platform.value).collect()
    }
}
