//! What a fact is about.

use crate::builder::definition::Keyword;
use crate::builder::definition::keyword::keywords;

keywords! {
    /// What a fact is about.
    Aspect {
        /// The line `# syntax=`.
        Frontend = "frontend",
        /// A file that completes the definition.
        Include = "include",
        /// The name for people.
        Name = "name",
        /// The repository of the product.
        Image = "image",
        /// The variant.
        Variant = "variant",
        /// The flavor.
        Flavor = "flavor",
        /// A platform.
        Platform = "platform",
        /// A tag.
        Tag = "tag",
        /// What is appended to tags.
        Suffix = "suffix",
        /// Who may use the product.
        Entitlement = "entitlement",
        /// A claim of compliance.
        Claim = "claim",
        /// A date of the packaged version.
        Date = "date",
        /// The compression of layers.
        Compression = "compression",
        /// How the image is divided into layers.
        Output = "output",
        /// A package repository.
        Repository = "repository",
        /// A key that signs package repositories.
        Key = "key",
        /// A package.
        Package = "package",
        /// A package that is not installed for others.
        Exclusion = "exclusion",
        /// A package URL of a package.
        Mapping = "mapping",
        /// A file from a URL, or a Git checkout.
        File = "file",
        /// Files from an image.
        Artifact = "artifact",
        /// A path that is created, changed or deleted.
        Path = "path",
        /// The user that runs the image, or the steps of a stage.
        RunAs = "run-as",
        /// Whether the user `root` exists.
        Root = "root",
        /// A user.
        User = "user",
        /// A group.
        Group = "group",
        /// The entrypoint.
        Entrypoint = "entrypoint",
        /// The arguments of the entrypoint.
        Command = "command",
        /// The working directory.
        WorkDir = "work-dir",
        /// The signal that stops the container.
        StopSignal = "stop-signal",
        /// An environment variable.
        Environment = "environment",
        /// A port.
        Port = "port",
        /// A volume.
        Volume = "volume",
        /// A label of the configuration.
        Label = "label",
        /// An annotation of manifests.
        Annotation = "annotation",
        /// A member of `/etc/os-release`.
        OsRelease = "os-release",
        /// A stage of the build.
        Stage = "stage",
        /// The image that a stage begins with.
        StageImage = "stage-image",
        /// A step of a stage.
        Step = "step",
        /// A secret of a step.
        Secret = "secret",
        /// A directory that is kept between builds.
        Cache = "cache",
        /// Files of a stage that are copied into the image.
        StageOutput = "stage-output",
        /// A statement that a stage makes about the image.
        Attestation = "attestation",
        /// A variable.
        Variable = "variable",
        /// How variables follow new versions.
        Tracker = "tracker",
        /// A test.
        Test = "test",
    }
}

keywords! {
    /// A group of aspects.
    Section {
        /// What the product is.
        Product = "product",
        /// What the image is filled with.
        Contents = "contents",
        /// The configuration of the image.
        Runtime = "runtime",
        /// How it is built.
        Build = "build",
        /// What only maintainers and tools use.
        Metadata = "metadata",
    }
}

impl Aspect {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::RunAs => "run as",
            Self::Root => "root user",
            Self::WorkDir => "working directory",
            Self::StopSignal => "stop signal",
            Self::Environment => "environment",
            Self::OsRelease => "os-release",
            Self::StageImage => "stage image",
            Self::StageOutput => "stage output",
            other => other.as_str(),
        }
    }

    /// Whether a definition that lists the same in another order means something else.
    pub fn is_ordered(self) -> bool {
        matches!(
            self,
            Self::Include
                | Self::Repository
                | Self::File
                | Self::Artifact
                | Self::Path
                | Self::Stage
                | Self::Step
                | Self::StageOutput
        )
    }

    /// The group of the aspect. A fact of a stage belongs to the build.
    pub fn section(self) -> Section {
        match self {
            Self::Frontend
            | Self::Include
            | Self::Name
            | Self::Image
            | Self::Variant
            | Self::Flavor
            | Self::Platform
            | Self::Tag
            | Self::Suffix
            | Self::Entitlement
            | Self::Claim
            | Self::Date
            | Self::Compression
            | Self::Output => Section::Product,
            Self::Repository
            | Self::Key
            | Self::Package
            | Self::Exclusion
            | Self::Mapping
            | Self::File
            | Self::Artifact
            | Self::Path => Section::Contents,
            Self::RunAs
            | Self::Root
            | Self::User
            | Self::Group
            | Self::Entrypoint
            | Self::Command
            | Self::WorkDir
            | Self::StopSignal
            | Self::Environment
            | Self::Port
            | Self::Volume
            | Self::Label
            | Self::Annotation
            | Self::OsRelease => Section::Runtime,
            Self::Stage
            | Self::StageImage
            | Self::Step
            | Self::Secret
            | Self::Cache
            | Self::StageOutput
            | Self::Attestation => Section::Build,
            Self::Variable | Self::Tracker | Self::Test => Section::Metadata,
        }
    }
}
