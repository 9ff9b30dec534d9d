//! What a build did that the author of a definition may not expect.

use crate::builder::rootfs::accounts::AccountRemark;
use crate::builder::rootfs::packages;
use crate::builder::rootfs::synthesis::{MissingEffect, Unsynthesized};
use crate::builder::rootfs::{Change, FragmentRemark, Origin, PathRemark, Replaced, Transferred};

/// What a build did that the author of a definition may not expect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// An effect of a maintainer script that the image lacks.
    Script(Unsynthesized),
    /// A variable that a later fragment sets to another value.
    Fragment(FragmentRemark),
    /// An entry of `paths`.
    Path(PathRemark),
    /// A user or group.
    Account(AccountRemark),
    /// A path that another source had put there.
    Replaced(Replaced),
    /// An entry of `includes` that matches nothing.
    Unmatched {
        /// The image or file.
        from: String,
        /// The entry.
        include: String,
    },
    /// What packages say about each other's files.
    Package(packages::Remark),
}

impl Remark {
    /// Whether the author of the definition should look at it. That a package replaces files of another is its
    /// packager's decision.
    pub fn is_surprising(&self) -> bool {
        !matches!(self, Self::Package(packages::Remark::Replaced { .. }))
    }

    /// What is worth saying about files that were copied. That equal files were replaced is not.
    pub(super) fn of_transfer(from: &str, transferred: Transferred) -> Vec<Self> {
        let Transferred { replaced, unmatched } = transferred;
        let differs = replaced.into_iter().filter(|replaced| replaced.change != Change::None);
        let unmatched =
            unmatched.into_iter().map(|include| Self::Unmatched { from: from.to_owned(), include });
        differs.map(Self::Replaced).chain(unmatched).collect()
    }
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Script(Unsynthesized { package, effect }) => match package {
                Some(package) => write!(f, "the script of `{package}` does not run: {}", Effect(effect)),
                None => Effect(effect).fmt(f),
            },
            Self::Fragment(remark) => remark.fmt(f),
            Self::Path(PathRemark { path, kind, .. }) => write!(f, "`paths`, `{path}`: {kind}"),
            Self::Account(remark) => account(remark, f),
            Self::Replaced(Replaced { path, before, after, change }) => {
                let what = match change {
                    Change::Metadata => "owner or permissions of ",
                    _ => "",
                };
                write!(f, "{what}`{path}` of {} is replaced by that of {}", Source(before), Source(after))
            }
            Self::Unmatched { from, include } => {
                write!(f, "`{from}` has no path that `includes: {include}` matches")
            }
            Self::Package(remark) => remark.fmt(f),
        }
    }
}

fn account(remark: &AccountRemark, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    match remark {
        AccountRemark::NoUser { uid, gid } => {
            write!(f, "the image runs as user {uid}, which has no entry and no name: its group is {gid}")
        }
        AccountRemark::NoGroup { user, gid } => {
            write!(f, "the primary group {gid} of the user `{user}` has no name")
        }
        AccountRemark::UnknownMember { group, member } => {
            write!(f, "the group `{group}` has the member `{member}`, who is no user")
        }
    }
}

struct Effect<'a>(&'a MissingEffect);

impl std::fmt::Display for Effect<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            MissingEffect::PamConfiguration => {
                f.write_str("there is no `/etc/pam.d/common-*`, so programs with PAM refuse every user")
            }
            MissingEffect::JavaKeystore => f.write_str("there is no keystore of certificates for Java"),
            MissingEffect::Capabilities(command) => write!(f, "the capabilities of `{command}` are not set"),
            MissingEffect::Alternative(command) => write!(f, "the alternative of `{command}` is not set"),
            MissingEffect::Shell => f.write_str("there is no `/bin/sh`, which the package manager needs"),
        }
    }
}

struct Source<'a>(&'a Origin);

impl std::fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Origin::Base(layer) => write!(f, "layer {layer} of the base image"),
            Origin::Package { name, version } => write!(f, "the package `{name}` {version}"),
            Origin::Synthesized { by } => write!(f, "`{by}`"),
            Origin::Artifact(reference) => write!(f, "the image `{reference}`"),
            Origin::Fetched(url) => write!(f, "the file `{url}`"),
            Origin::Accounts => f.write_str("`accounts`"),
            Origin::OsRelease => f.write_str("`os-release`"),
            Origin::Path(_) => f.write_str("`paths`"),
            Origin::Stage(name) => write!(f, "the stage `{name}`"),
            Origin::Implied => f.write_str("the builder"),
        }
    }
}
