//! Why a reviewer should look at a change first.

use super::{script, version};
use crate::builder::definition::keyword::keywords;
use crate::builder::definition::{OctalMode, SourceUrl};
use crate::builder::facts::{Aspect, Fact, Integrity, integrity};
use crate::oci::reference::DHI;

keywords! {
    /// Why a reviewer should look at a change first.
    Concern {
        /// The image runs as root.
        RunsAsRoot = "runs-as-root",
        /// Another user runs the image.
        OtherUser = "other-user",
        /// The user `root` exists.
        RootAccount = "root-account",
        /// An account has the number of `root`.
        RootId = "root-id",
        /// Other content behind the same address.
        SameUrl = "same-url",
        /// Nothing fixes the content any more, or nothing does.
        NotVerified = "not-verified",
        /// Content comes from another host.
        OtherHost = "other-host",
        /// Content is fetched without encryption.
        PlainHttp = "plain-http",
        /// A package repository is new.
        NewRepository = "new-repository",
        /// Package repositories have another order, which is their priority.
        RepositoryOrder = "repository-order",
        /// A key is new.
        NewKey = "new-key",
        /// Other keys sign a repository.
        SigningKeys = "signing-keys",
        /// Files or tools come from an image of others.
        ForeignImage = "foreign-image",
        /// A package has an older version.
        Downgrade = "downgrade",
        /// A package has no fixed version any more.
        Unpinned = "unpinned",
        /// A part of the build gets network access.
        Network = "network",
        /// A step with network access does something else.
        NetworkStep = "network-step",
        /// A script fetches something that it did not fetch before.
        ScriptDownload = "script-download",
        /// The build reads a secret.
        Secret = "secret",
        /// A step that verifies content is gone or changed.
        Verification = "verification",
        /// Permissions let a program run as its owner.
        SetId = "set-id",
        /// Everyone can write a path.
        WorldWritable = "world-writable",
        /// A port is exposed.
        Port = "port",
        /// The image runs another program.
        Entrypoint = "entrypoint",
        /// A variable that selects programs, libraries, certificates or proxies.
        SensitiveVariable = "sensitive-variable",
        /// A claim of compliance is new.
        Claim = "claim",
    }
}

/// Variables that select programs, libraries, certificates or proxies. Names are compared in upper case.
const SENSITIVE: [&str; 24] = [
    "ALL_PROXY",
    "BASH_ENV",
    "CLASSPATH",
    "CURL_CA_BUNDLE",
    "DYLD_INSERT_LIBRARIES",
    "ENV",
    "GEM_HOME",
    "GEM_PATH",
    "GODEBUG",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "JAVA_TOOL_OPTIONS",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NO_PROXY",
    "PATH",
    "PERL5LIB",
    "PYTHONPATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// Actions that verify content.
const VERIFYING: [&str; 3] = ["gpg/verify@", "cosign/verify-blob@", "git/checkout@"];

impl Concern {
    /// The reason in a few words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::RunsAsRoot => "runs as root",
            Self::OtherUser => "runs as another user",
            Self::RootAccount => "the user root exists",
            Self::RootId => "an account has the number of root",
            Self::SameUrl => "other content behind the same URL",
            Self::NotVerified => "nothing verifies the content",
            Self::OtherHost => "content from another host",
            Self::PlainHttp => "fetched without encryption",
            Self::NewRepository => "packages from a new repository",
            Self::RepositoryOrder => "the first repository has priority",
            Self::NewKey => "a new key is trusted",
            Self::SigningKeys => "other keys sign the repository",
            Self::ForeignImage => "files from an image outside dhi.io",
            Self::Downgrade => "older version",
            Self::Unpinned => "version no longer fixed",
            Self::Network => "network access during the build",
            Self::NetworkStep => "a step with network access does something else",
            Self::ScriptDownload => "a script with a new URL or network command",
            Self::Secret => "the build reads a secret",
            Self::Verification => "a verification is gone or changed",
            Self::SetId => "runs with the rights of its owner",
            Self::WorldWritable => "everyone can write",
            Self::Port => "another port is exposed",
            Self::Entrypoint => "runs another program",
            Self::SensitiveVariable => "selects programs, libraries, certificates or proxies",
            Self::Claim => "claims compliance",
        }
    }
}

/// What is concerning about a change of a fact. Without `from` the fact is new, without `to` it is gone. The
/// surroundings are those of the second definition.
pub(super) fn concerns(from: Option<&Fact>, to: Option<&Fact>, surroundings: Surroundings) -> Vec<Concern> {
    let mut found = match to {
        Some(fact) => of_new(from, fact),
        None => from.map(of_gone).unwrap_or_default(),
    };
    // Without an entrypoint, the command begins with the program.
    let is_command = to.or(from).is_some_and(|fact| fact.aspect == Aspect::Command);
    if is_command && !surroundings.has_entrypoint {
        found.push(Concern::Entrypoint);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What a definition says besides a fact, where that matters.
#[derive(Clone, Copy)]
pub(super) struct Surroundings {
    /// Whether the image has an entrypoint.
    pub(super) has_entrypoint: bool,
}

fn of_gone(fact: &Fact) -> Vec<Concern> {
    match fact.aspect {
        Aspect::Step if verifies(fact) => vec![Concern::Verification],
        // The image then runs as root.
        Aspect::RunAs if fact.stage.is_none() => vec![Concern::RunsAsRoot],
        // The image then runs its command.
        Aspect::Entrypoint => vec![Concern::Entrypoint],
        _ => Vec::new(),
    }
}

fn of_new(from: Option<&Fact>, fact: &Fact) -> Vec<Concern> {
    let mut found = Vec::new();
    let mut add = |concern, holds: bool| found.extend(holds.then_some(concern));
    let was = |holds: fn(&Fact) -> bool| from.is_some_and(holds);
    let is_image = fact.stage.is_none();
    match fact.aspect {
        Aspect::RunAs if is_image => {
            add(Concern::RunsAsRoot, fact.is_root);
            add(Concern::OtherUser, !fact.is_root && from.is_some());
        }
        Aspect::Root => add(Concern::RootAccount, is_image),
        Aspect::User if is_image => add(Concern::RootId, has_root_id(fact) && !was(has_root_id)),
        Aspect::Group if is_image => {
            add(Concern::RootId, fact.text("gid") == Some("0") && fact.name != "root");
        }
        Aspect::File => file(from, fact, &mut add),
        Aspect::Artifact | Aspect::StageImage => {
            let moved = from.is_none_or(|from| from.name != fact.name);
            let is_fixed = |fact: &Fact| integrity(fact).is_fixed();
            add(Concern::NotVerified, !is_fixed(fact) && (moved || was(is_fixed)));
            add(Concern::ForeignImage, moved && !is_dhi(&fact.name));
        }
        Aspect::Frontend => {
            let is_fixed = |fact: &Fact| integrity(fact).is_fixed();
            add(Concern::NotVerified, !is_fixed(fact) && was(is_fixed));
        }
        Aspect::Repository => {
            let moved = from.is_none_or(|from| from.name != fact.name);
            add(Concern::NewRepository, moved);
            let keys = |fact: &Fact| fact.get("signed-by").cloned();
            add(Concern::SigningKeys, from.is_some_and(|from| keys(from) != keys(fact)));
            let signed = !matches!(integrity(fact), Integrity::None);
            add(Concern::PlainHttp, moved && !signed && fact.name.starts_with("http:"));
        }
        Aspect::Key => {
            add(Concern::NewKey, true);
            add(Concern::PlainHttp, fact.name.starts_with("http:"));
        }
        Aspect::Package => {
            let versions = from.map(|from| (from.text("version"), fact.text("version")));
            match versions {
                Some((Some(before), Some(after))) => {
                    add(Concern::Downgrade, version::compare(before, after).is_gt());
                }
                Some((Some(_), None)) => add(Concern::Unpinned, true),
                _ => {}
            }
        }
        Aspect::Stage => add(Concern::Network, has_network(fact) && !was(has_network)),
        Aspect::Step => {
            add(Concern::Network, has_network(fact) && !was(has_network));
            add(Concern::NetworkStep, has_network(fact) && was(has_network));
            let before = from.and_then(|from| from.text("runs"));
            let fetches = fact.text("runs").is_some_and(|after| script::has_new_download(before, after));
            add(Concern::ScriptDownload, fetches);
            add(Concern::Verification, was(verifies));
        }
        Aspect::Secret => add(Concern::Secret, true),
        Aspect::Path | Aspect::StageOutput => mode(from, fact, &mut add),
        Aspect::Port => add(Concern::Port, true),
        Aspect::Entrypoint => add(Concern::Entrypoint, true),
        Aspect::Environment => {
            let name = fact.name.to_ascii_uppercase();
            add(Concern::SensitiveVariable, is_image && SENSITIVE.contains(&name.as_str()));
        }
        Aspect::Claim => add(Concern::Claim, true),
        _ => {}
    }
    found
}

fn file(from: Option<&Fact>, fact: &Fact, add: &mut impl FnMut(Concern, bool)) {
    let url = |fact: &Fact| fact.text("url").map(str::to_owned);
    let host = |fact: &Fact| {
        let source = fact.text("url")?.parse::<SourceUrl>().ok()?;
        Some(source.web().host().to_owned())
    };
    let is_plain = |fact: &Fact| fact.text("url").is_some_and(|url| url.starts_with("http:"));
    let (before, after) = (from.map(integrity), integrity(fact));
    let is_fixed = after.is_fixed();
    match from {
        Some(from) => {
            let is_same = url(from) == url(fact);
            add(Concern::SameUrl, is_same && is_fixed && before.is_some_and(|before| before != after));
            add(Concern::NotVerified, !is_fixed && (!is_same || integrity(from).is_fixed()));
            add(Concern::OtherHost, host(from) != host(fact));
            add(Concern::PlainHttp, is_plain(fact) && !is_plain(from));
            add(
                Concern::Secret,
                from.text("secret-id") != fact.text("secret-id") && fact.get("secret-id").is_some(),
            );
        }
        None => {
            add(Concern::NotVerified, !is_fixed);
            add(Concern::PlainHttp, is_plain(fact));
            add(Concern::Secret, fact.get("secret-id").is_some());
        }
    }
    mode(from, fact, add);
}

fn mode(from: Option<&Fact>, fact: &Fact, add: &mut impl FnMut(Concern, bool)) {
    // The permissions of a link are those of its target.
    if fact.text("type") == Some("symlink") {
        return;
    }
    let bits = |fact: &Fact| fact.text("mode")?.parse::<OctalMode>().ok().map(OctalMode::bits);
    let (before, after) = (from.and_then(bits).unwrap_or_default(), bits(fact).unwrap_or_default());
    let is_set_id = |bits: u32| bits & 0o6000 != 0;
    // With the sticky bit, only the owner of a file can replace it.
    let is_writable = |bits: u32| bits & 0o1002 == 0o002;
    add(Concern::SetId, is_set_id(after) && after & 0o6000 != before & 0o6000);
    add(Concern::WorldWritable, is_writable(after) && !is_writable(before));
}

fn has_root_id(fact: &Fact) -> bool {
    fact.text("uid") == Some("0") && fact.name != "root"
}

fn has_network(fact: &Fact) -> bool {
    fact.get("network").is_some()
}

fn verifies(fact: &Fact) -> bool {
    fact.text("uses").is_some_and(|uses| VERIFYING.iter().any(|action| uses.starts_with(action)))
}

fn is_dhi(repository: &str) -> bool {
    repository.strip_prefix(DHI).is_some_and(|rest| rest.starts_with('/'))
        || repository.starts_with("docker.io/dhi/")
}
