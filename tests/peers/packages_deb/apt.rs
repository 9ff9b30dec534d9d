//! The installed apt, with nothing of the machine's configuration and an empty list of installed packages.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dhi::builder::packages::deb::Rank;

use super::generated::Repository;
use crate::support::peers::PeerEnv;

pub(crate) struct Apt<'a> {
    env: &'a PeerEnv,
    configuration: PathBuf,
}

impl<'a> Apt<'a> {
    /// Writes the repositories and the installed packages below a new folder and has apt read them.
    pub(crate) fn new(env: &'a PeerEnv, name: &str, repositories: &[Repository], installed: &str) -> Self {
        let root = env.path(name);
        let shown = root.display();
        let folders = [
            "etc/apt.conf.d",
            "etc/preferences.d",
            "etc/sources.list.d",
            "etc/trusted.gpg.d",
            "lists/partial",
            "cache/archives/partial",
            "dpkg",
        ];
        for folder in folders {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        env.write(&format!("{name}/dpkg/status"), installed);
        let mut sources = String::new();
        for (at, repository) in repositories.iter().enumerate() {
            let folder = format!("{name}/repository-{at}/dists/stable");
            fs::create_dir_all(env.path(&format!("{folder}/main/binary-amd64"))).unwrap();
            let packages = env.write(&format!("{folder}/main/binary-amd64/Packages"), &repository.packages);
            let output = env.peer("sha256sum").arg(&packages).output().unwrap();
            let digest = String::from_utf8(output.stdout).unwrap();
            let digest = digest.split_whitespace().next().unwrap();
            let rank = match repository.rank {
                Rank::Automatic => "",
                Rank::AutomaticUpgrades => "NotAutomatic: yes\nButAutomaticUpgrades: yes\n",
                Rank::NotAutomatic => "NotAutomatic: yes\n",
            };
            let release = format!(
                "Suite: stable\nCodename: stable\nComponents: main\nArchitectures: amd64\n{rank}\
                 Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n {digest} {} main/binary-amd64/Packages\n",
                repository.packages.len()
            );
            env.write(&format!("{folder}/Release"), &release);
            sources += &format!("deb [trusted=yes] file:{shown}/repository-{at} stable main\n");
        }
        env.write(&format!("{name}/etc/sources.list"), &sources);
        let configuration = env.write(
            &format!("{name}/apt.conf"),
            &format!(
                "Dir \"{shown}\"; Dir::Etc \"{shown}/etc\"; Dir::State \"{shown}\"; Dir::State::lists \
                 \"{shown}/lists\"; Dir::State::status \"{shown}/dpkg/status\"; Dir::Cache \"{shown}/cache\"; \
                 Dir::Log \"{shown}\"; APT::Architecture \"amd64\"; APT::Architectures {{ \"amd64\"; }}; \
                 APT::Install-Recommends \"false\"; Acquire::Languages \"none\"; APT::Sandbox::User \"\"; \
                 Debug::NoLocking \"true\"; APT::Solver \"internal\";\n"
            ),
        );
        let apt = Self { env, configuration };
        let output = apt.command(&["update", "-q"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        apt
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.env.peer("apt-get");
        command.args(arguments).env("APT_CONFIG", &self.configuration).env("LC_ALL", "C");
        command
    }

    /// What apt would do.
    ///
    /// It chooses before it finds an order for dpkg, which circles of `Pre-Depends` may not have. Here nothing is
    /// configured, so the lists of the choice are read.
    pub(crate) fn install(&self, entries: &[String]) -> Answer {
        let mut command = self.command(&["install", "-s", "-q", "-V", "--no-install-recommends", "--"]);
        // apt writes `NAME-` for what is excluded.
        command.args(
            entries
                .iter()
                .map(|one| one.strip_prefix('!').map_or_else(|| one.clone(), |name| format!("{name}-"))),
        );
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let list = |title: &str| {
            let title = format!("The following {title}:");
            let lines = text.lines().skip_while(|line| *line != title);
            lines.skip(1).map_while(listed).collect::<Vec<_>>()
        };
        let removes = text.contains("\nThe following packages will be REMOVED:");
        let mut packages = BTreeSet::new();
        for title in
            ["NEW packages will be installed", "packages will be upgraded", "packages will be DOWNGRADED"]
        {
            packages.extend(list(title));
        }
        if removes {
            Answer::Removes
        } else if output.status.success() || !packages.is_empty() {
            Answer::Installs(packages)
        } else {
            Answer::Refuses
        }
    }
}

/// What apt would do.
pub(crate) enum Answer {
    /// Only install, each as `NAME=VERSION`.
    Installs(BTreeSet<String>),
    /// Remove an installed package.
    Removes,
    Refuses,
}

/// `   NAME (VERSION)`, or `   NAME (OLD => VERSION)`.
fn listed(line: &str) -> Option<String> {
    let (name, version) = line.strip_prefix("   ")?.split_once(" (")?;
    let version = version.strip_suffix(')')?;
    Some(format!("{name}={}", version.split_once(" => ").map_or(version, |(_, version)| version)))
}
