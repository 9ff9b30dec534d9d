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
    /// Writes the repositories below a new folder and has apt read them.
    pub(crate) fn new(env: &'a PeerEnv, name: &str, repositories: &[Repository]) -> Self {
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
        env.write(&format!("{name}/dpkg/status"), "");
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

    /// What apt would install, as `NAME=VERSION`. `None` if it refuses.
    ///
    /// It chooses before it finds an order for dpkg, which circles of `Pre-Depends` may not have. Here nothing is
    /// configured, so the list of the choice is read.
    pub(crate) fn install(&self, entries: &[String]) -> Option<BTreeSet<String>> {
        let mut command = self.command(&["install", "-s", "-q", "-V", "--no-install-recommends", "--"]);
        // apt writes `NAME-` for what is excluded.
        command.args(
            entries
                .iter()
                .map(|one| one.strip_prefix('!').map_or_else(|| one.clone(), |name| format!("{name}-"))),
        );
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().skip_while(|line| *line != "The following NEW packages will be installed:");
        let packages: BTreeSet<_> = lines.skip(1).map_while(listed).collect();
        (output.status.success() || !packages.is_empty()).then_some(packages)
    }
}

/// `   NAME (VERSION)`
fn listed(line: &str) -> Option<String> {
    let (name, version) = line.strip_prefix("   ")?.split_once(" (")?;
    Some(format!("{name}={}", version.strip_suffix(')')?))
}
