//! Effects of scripts that are not made here.

use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{WriteError, follow};

/// An effect of a maintainer script that the image lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsynthesized {
    /// The package. `None`: no package of the image would make it.
    pub package: Option<String>,
    /// What is missing.
    pub effect: MissingEffect,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MissingEffect {
    /// `/etc/pam.d/common-*`: without them, programs with PAM refuse every user.
    PamConfiguration,
    /// The keystore with certificates for Java.
    JavaKeystore,
    /// Capabilities of a program, which a script sets with this command.
    Capabilities(String),
    /// An alternative that depends on what a script finds out when it runs, by its command.
    Alternative(String),
    /// `/bin/sh`, without which a package manager installs nothing in a development image.
    Shell,
}

/// A command in a message is cut off after this many characters.
const COMMAND: usize = 120;

impl Unsynthesized {
    pub(super) fn of(package: &str, effect: MissingEffect) -> Self {
        Self { package: Some(package.to_owned()), effect }
    }
}

/// What scripts of certain packages make, and what scripts with certain commands make.
pub(super) fn of_packages(packages: &[Installed]) -> Vec<Unsynthesized> {
    let mut missing = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        match name {
            "libpam-runtime" => missing.push(Unsynthesized::of(name, MissingEffect::PamConfiguration)),
            "ca-certificates-java" => missing.push(Unsynthesized::of(name, MissingEffect::JavaKeystore)),
            _ => {}
        }
        let commands = after_install(package);
        let commands = String::from_utf8_lossy(commands);
        // Words such as `command -v setcap` are no call.
        let call = commands.lines().map(str::trim).find(|line| {
            let words = || line.split([' ', '\t', ';', '&', '|']);
            !line.starts_with('#')
                && words().zip(words().skip(1)).any(|(word, next)| word == "setcap" && next.contains("cap_"))
        });
        if let Some(call) = call {
            missing.push(Unsynthesized::of(name, MissingEffect::Capabilities(shortened(call))));
        }
    }
    missing
}

/// Whether a development image has a shell.
pub(super) fn shell(tree: &Tree, dev: bool) -> Result<Option<Unsynthesized>, WriteError> {
    let is_missing = dev && follow(tree, &TreePath::parse("/bin/sh")?)?.is_none();
    Ok(is_missing.then_some(Unsynthesized { package: None, effect: MissingEffect::Shell }))
}

/// The script that runs after the files of a package are there. Empty if it has none.
pub(super) fn after_install(package: &Installed) -> &[u8] {
    match &package.description {
        Description::Deb(files) => files.get("postinst").unwrap_or_default(),
        Description::Apk { scripts, .. } => {
            let script = scripts.iter().find(|script| script.name == ".post-install");
            script.map(|script| script.content.as_slice()).unwrap_or_default()
        }
    }
}

pub(super) fn shortened(command: &str) -> String {
    command
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(COMMAND)
        .collect()
}
