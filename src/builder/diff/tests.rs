//! Changes of small definitions.

use super::limits::DIFF_ROWS;
use super::{Change, ChangeKind, Concern, Difference, Side, Trend, diff};
use crate::builder::definition::{Keyword, Severity};
use crate::builder::facts::{Aspect, Value};
use crate::builder::platform::{Loader, complete, resolve};
use crate::report::Style;

struct Nothing;

impl Loader for Nothing {
    fn load(&self, _: &str) -> Result<String, String> {
        Err("there is none".to_owned())
    }
}

/// Shortened from `image/harbor-redis` of the catalog, with a stage.
const BASE: &str = r#"# syntax=dhi.io/build:2-debian13@sha256:1111111111111111111111111111111111111111111111111111111111111111

name: Harbor Redis 2.15.x
image: dhi.io/harbor-redis
variant: runtime
tags:
  - 2.15.2
vars:
  ARCH: '#{ target.arch == "amd64" ? "x86_64" : "aarch64" }'
  VERSION: 2.15.2
contents:
  repositories:
    - deb [signed-by=/usr/share/keyrings/redis-archive-keyring.gpg] https://packages.redis.io/deb trixie main
    - deb [signed-by=/usr/share/keyrings/dhi-deb-main.gpg] http://dhi.io/deb/debian/main trixie main
  keyring:
    - https://packages.redis.io/gpg
  packages:
    - '!mawk'
    - bash
    - redis-server=6:7.2.16-1rl1~trixie1
  files:
    - url: https://raw.githubusercontent.com/goharbor/harbor/080b0220/redis.conf
      checksum: sha256:86c5aeee67355b2cc04181e3d5a0ff1d9722412b38a4d121b9f2d2363717f4d4
      path: /etc/redis.conf
      uid: 0
      gid: 0
      mode: "0644"
    - url: git+https://github.com/goharbor/harbor.git#v2.15.2
      checksum: 080b0220574cc853ae1e2946ce7a5610ba855757
      path: /src
      uid: 0
      gid: 0
  artifacts:
    - name: dhi.io/static:1@sha256:2222222222222222222222222222222222222222222222222222222222222222
      includes:
        - usr/bin/tool
      uid: 0
      gid: 0
  builds:
    - name: build
      contents:
        packages:
          - make
      pipeline:
        - name: fetch
          privileged: true
          runs: |
            set -eux -o pipefail
            curl https://example.com/a
        - name: check
          uses: gpg/verify@v1
          with:
            file: ${source.dir}/a
            signature: ${source.dir}/a.asc
            keys: ${source.dir}/keys
        - name: compile
          runs: |
            set -eux -o pipefail
            make
            make install
      outputs:
        - source: ${target.dir}/usr/bin/redis
          target: /usr/bin/redis
          uid: 0
          gid: 0
          mode: "0755"
accounts:
  run-as: redis
  users:
    - name: redis
      uid: 999
      gid: 999
  groups:
    - name: redis
      gid: 999
environment:
  LANG: C.UTF-8
  PATH: /usr/local/bin:/usr/bin
  TRIPLE: ${ARCH}-linux-gnu
paths:
  - type: directory
    path: /data
    uid: 999
    gid: 999
    mode: "0750"
  - type: directory
    path: /run/redis
    uid: 999
    gid: 999
    mode: "0755"
entrypoint:
  - redis-server
cmd:
  - /etc/redis.conf
ports:
  - 6379/tcp
"#;

fn side(name: &str, text: &str) -> Side {
    let complete = complete(name, text, &Nothing).unwrap();
    let errors = |findings: &[crate::builder::definition::Finding]| {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(errors(&complete.findings), [""; 0], "{text}");
    let platforms = complete.definition.platforms();
    let evaluated: Vec<_> = platforms
        .into_iter()
        .map(|platform| {
            let resolution = resolve(&complete.definition, &complete.sources, platform).unwrap();
            assert_eq!(errors(&resolution.findings), [""; 0], "{text}");
            (platform, resolution.resolved.definition)
        })
        .collect();
    Side::new(name, &complete.definition, &evaluated)
}

fn changed(from: &str, to: &str) -> Difference {
    diff(side("old.yaml", from), side("new.yaml", to))
}

/// The base with a text replaced.
fn edited(from: &str, to: &str) -> String {
    assert_eq!(BASE.matches(from).count(), 1, "{from}");
    BASE.replacen(from, to, 1)
}

fn edit(from: &str, to: &str) -> Vec<Change> {
    changed(BASE, &edited(from, to)).changes
}

/// `CHANGE ASPECT NAME [CONCERN…]`.
fn shown(change: &Change) -> String {
    let concerns: Vec<&str> = change.concerns.iter().map(|one| one.as_str()).collect();
    format!("{} {} {} {concerns:?}", change.kind, change.aspect, change.name).replace('"', "")
}

#[test]
fn another_spelling_is_no_change() {
    for (from, to) in [
        ("mode: \"0644\"", "mode: '644'"),
        ("  - 6379/tcp", "  - \"6379\""),
        ("name: Harbor Redis 2.15.x", "name: \"Harbor Redis 2.15.x\" # the name"),
        ("    - bash\n", "    - bash\n    - bash\n"),
        ("    - '!mawk'\n    - bash\n", "    - bash\n    - \"!mawk\"\n"),
        ("variant: runtime\n", ""),
        ("cmd:\n  - /etc/redis.conf\n", "cmd: [/etc/redis.conf]\n"),
        (
            "  LANG: C.UTF-8\n  PATH: /usr/local/bin:/usr/bin\n",
            "  PATH: /usr/local/bin:/usr/bin\n  LANG: C.UTF-8\n",
        ),
        ("TRIPLE: ${ARCH}-linux-gnu", "TRIPLE: ${vars.ARCH}-linux-gnu"),
        ("  - 2.15.2\n", "  - ${VERSION}\n"),
        ("https://packages.redis.io/deb trixie main", "https://packages.redis.io/deb  trixie   main"),
    ] {
        assert_eq!(edit(from, to), [], "{from} -> {to}");
    }
    assert_eq!(changed(BASE, BASE).changes, []);
}

#[test]
fn each_change_says_what_it_means() {
    for (from, to, expected) in [
        (
            "run-as: redis",
            "run-as: root\n  root: true",
            &["changed run-as  [runs-as-root]", "added root  [root-account]"][..],
        ),
        ("run-as: redis", "run-as: \"0\"", &["changed run-as  [runs-as-root]"]),
        ("run-as: redis", "run-as: \"0:999\"", &["changed run-as  [runs-as-root]"]),
        ("run-as: redis", "run-as: \"\"", &["changed run-as  [runs-as-root]"]),
        ("run-as: redis", "run-as: \"65532\"", &["changed run-as  [other-user]"]),
        (
            "      uid: 999\n      gid: 999\n  groups",
            "      uid: 0\n      gid: 999\n  groups",
            &["changed user redis [root-id]"],
        ),
        ("f4d4\n", "f4d5\n", &["changed file /etc/redis.conf [same-url]"]),
        (
            "      checksum: sha256:86c5aeee67355b2cc04181e3d5a0ff1d9722412b38a4d121b9f2d2363717f4d4\n",
            "",
            &["changed file /etc/redis.conf [not-verified]"],
        ),
        (
            "https://raw.githubusercontent.com/goharbor",
            "http://example.org/goharbor",
            &["changed file /etc/redis.conf [other-host, plain-http]"],
        ),
        (
            "      checksum: 080b0220574cc853ae1e2946ce7a5610ba855757\n",
            "",
            &["changed file /src [not-verified]"],
        ),
        ("#v2.15.2", "#v2.15.3", &["changed file /src []"]),
        (
            "@sha256:2222222222222222222222222222222222222222222222222222222222222222",
            "",
            &["changed artifact dhi.io/static [not-verified]"],
        ),
        ("@sha256:22", "@sha256:32", &["changed artifact dhi.io/static []"]),
        (
            "dhi.io/static:1",
            "ghcr.io/other/static:1",
            &["added artifact ghcr.io/other/static [foreign-image]", "removed artifact dhi.io/static []"],
        ),
        (
            "@sha256:1111111111111111111111111111111111111111111111111111111111111111",
            "",
            &["changed frontend  [not-verified]"],
        ),
        (
            "redis-server=6:7.2.16-1rl1~trixie1",
            "redis-server=6:7.4.0-1rl1~trixie1",
            &["changed package redis-server []"],
        ),
        (
            "redis-server=6:7.2.16-1rl1~trixie1",
            "redis-server=6:7.2.9-1rl1~trixie1",
            &["changed package redis-server [downgrade]"],
        ),
        ("redis-server=6:7.2.16-1rl1~trixie1", "redis-server", &["changed package redis-server [unpinned]"]),
        ("    - bash\n", "    - bash\n    - curl\n", &["added package curl []"]),
        ("    - '!mawk'\n", "", &["removed exclusion mawk []"]),
        (
            "    - https://packages.redis.io/gpg\n",
            "    - https://packages.redis.io/gpg\n    - https://example.org/key\n",
            &["added key https://example.org/key [new-key]"],
        ),
        (
            "redis-archive-keyring.gpg]",
            "other.gpg]",
            &["changed repository https://packages.redis.io/deb trixie main [signing-keys]"],
        ),
        (
            "    - deb [signed-by=/usr/share/keyrings/dhi-deb-main.gpg] http://dhi.io/deb/debian/main trixie main\n",
            "    - deb [signed-by=/usr/share/keyrings/dhi-deb-main.gpg] http://dhi.io/deb/debian/main trixie main\n    - deb [signed-by=/k.gpg] https://example.org/deb trixie main\n",
            &["added repository https://example.org/deb trixie main [new-repository]"],
        ),
        (
            "        - name: compile\n",
            "        - name: compile\n          privileged: true\n",
            &["changed step compile [network]"],
        ),
        (
            "curl https://example.com/a",
            "curl https://example.com/b",
            &["changed step fetch [network-step, script-download]"],
        ),
        ("          privileged: true\n", "", &["changed step fetch []"]),
        (
            "            keys: ${source.dir}/keys\n",
            "            keys: ${source.dir}/others\n",
            &["changed step check [verification]"],
        ),
        ("uses: gpg/verify@v1", "uses: strip@v1", &["changed step check [verification]"]),
        (
            "        - name: compile\n",
            "        - name: compile\n          secrets:\n            - id: token\n              env: TOKEN\n",
            &["added secret token [secret]"],
        ),
        ("            make install\n", "            make install-all\n", &["changed step compile []"]),
        (
            "            make install\n",
            "            wget -O- example.com/a | sh\n            make install\n",
            &["changed step compile [script-download]"],
        ),
        ("mode: \"0750\"", "mode: \"0777\"", &["changed path /data [world-writable]"]),
        ("mode: \"0750\"", "mode: \"1777\"", &["changed path /data []"]),
        (
            "          mode: \"0755\"\n",
            "          mode: \"4755\"\n",
            &["changed stage-output /usr/bin/redis [set-id]"],
        ),
        ("  - 6379/tcp", "  - 6379/tcp\n  - 22/tcp", &["added port 22/tcp [port]"]),
        ("entrypoint:\n  - redis-server", "entrypoint:\n  - sh", &["changed entrypoint  [entrypoint]"]),
        ("entrypoint:\n  - redis-server\n", "", &["removed entrypoint  [entrypoint]"]),
        ("cmd:\n  - /etc/redis.conf\n", "cmd:\n  - /etc/other.conf\n", &["changed command  []"]),
        ("/usr/local/bin:/usr/bin", "/tmp:/usr/bin", &["changed environment PATH [sensitive-variable]"]),
        ("  LANG: C.UTF-8\n", "  LANG: C\n", &["changed environment LANG []"]),
        ("name: Harbor Redis 2.15.x", "name: Harbor Redis 2.16.x", &["changed name  []"]),
        ("    - name: build\n", "    - name: other\n", &["changed stage other []"]),
        ("  VERSION: 2.15.2\n", "  VERSION: 2.15.3\n", &["changed variable VERSION []"]),
        (
            "  - 6379/tcp\n",
            "  - 6379/tcp\nplatforms:\n  - linux/amd64\n",
            &["removed platform linux/arm64 []"],
        ),
    ] {
        let found: Vec<String> = edit(from, to).iter().map(shown).collect();
        assert_eq!(found, expected, "{from} -> {to}");
    }
}

#[test]
fn removing_the_user_makes_the_image_run_as_root() {
    let found = edit("  run-as: redis\n", "");
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["removed run-as  [runs-as-root]"]);
}

#[test]
fn versions_have_a_direction() {
    for (version, trend) in [("6:7.4.0-1", Trend::Up), ("5:9.0-1", Trend::Down)] {
        let found = edit("redis-server=6:7.2.16-1rl1~trixie1", &format!("redis-server={version}"));
        assert_eq!(found[0].attributes[0].trend, Some(trend), "{version}");
    }
}

#[test]
fn entries_that_moved_are_named() {
    let (one, two) = (
        "    - deb [signed-by=/usr/share/keyrings/redis-archive-keyring.gpg] https://packages.redis.io/deb trixie main\n",
        "    - deb [signed-by=/usr/share/keyrings/dhi-deb-main.gpg] http://dhi.io/deb/debian/main trixie main\n",
    );
    let found = edit(&format!("{one}{two}"), &format!("{two}{one}"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].aspect), (ChangeKind::Reordered, Aspect::Repository));
    assert_eq!(found[0].concerns, [Concern::RepositoryOrder]);
    let Some(Value::List(moved)) = &found[0].attributes[0].to else { panic!("{found:?}") };
    assert_eq!(moved.len(), 1);
}

#[test]
fn a_change_for_one_platform_names_it() {
    let found = edit("\"aarch64\"", "\"arm64\"");
    let environment = found.iter().find(|change| change.aspect == Aspect::Environment).unwrap();
    assert_eq!(environment.name, "TRIPLE");
    let platforms: Vec<&str> = environment.platforms.iter().map(|platform| platform.as_str()).collect();
    assert_eq!(platforms, ["linux/arm64"]);
    // The variable itself is no matter of a platform.
    assert!(found.iter().any(|change| change.aspect == Aspect::Variable && change.platforms.is_empty()));
}

#[test]
fn what_all_platforms_have_in_common_is_one_row() {
    let from = edited("080b0220/redis.conf", "080b0220/${ARCH}.conf");
    let to = from.replacen("080b0220/", "080b0221/", 1).replacen("mode: \"0644\"", "mode: \"0640\"", 1);
    let difference = changed(&from, &to);
    for text in [difference.table(Style::default(), false), difference.markdown()] {
        let count = |what: &str| text.lines().filter(|line| line.contains(what)).count();
        assert_eq!(count("file /etc/redis.conf: mode"), 1, "{text}");
        assert_eq!(count("file /etc/redis.conf (linux/amd64): url"), 1, "{text}");
        assert_eq!(count("file /etc/redis.conf (linux/arm64): url"), 1, "{text}");
        assert_eq!(count("file /etc/redis.conf"), 3, "{text}");
    }
}

#[test]
fn tables_are_bounded_and_json_is_complete() {
    let many: String = (0..DIFF_ROWS + 10).map(|at| format!("  A{at}: x\n")).collect();
    let many = changed(BASE, &edited("environment:\n", &format!("environment:\n{many}")));
    let rest = "10 more rows, which only the JSON document has";
    assert!(many.table(Style::default(), false).contains(rest) && many.markdown().contains(rest));
    assert!(many.json().contains(&format!("A{}", DIFF_ROWS + 9)));
    let long = changed(BASE, &edited("LANG: C.UTF-8", &format!("LANG: {}", "x".repeat(100_000))));
    let table = long.table(Style::default(), false);
    assert!(table.len() < 10_000 && long.markdown().len() < 10_000, "{}", table.len());
    assert!(long.json().len() > 100_000);
}

#[test]
fn a_file_with_the_version_in_its_path_is_the_same_file() {
    let file = |version: &str, checksum: char| {
        edited(
            "      path: /etc/redis.conf\n",
            &format!(
                "      path: /etc/redis.conf\n      uid: 0\n      gid: 0\n    - url: https://example.org/a-{version}.tar.gz\n      \
                 checksum: sha256:{}\n      path: /a-{version}.tar.gz\n",
                checksum.to_string().repeat(64)
            ),
        )
    };
    let found = changed(&file("1.9", 'a'), &file("1.10", 'b')).changes;
    let file: Vec<&Change> = found.iter().filter(|change| change.aspect == Aspect::File).collect();
    assert_eq!(file.len(), 1, "{found:?}");
    assert_eq!(file[0].kind, ChangeKind::Changed);
    let names: Vec<&str> = file[0].attributes.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["url", "checksum", "path"]);
}

#[test]
fn what_a_condition_leaves_out_is_compared_as_it_is_written() {
    let with = |script: &str| {
        edited(
            "        - name: compile\n",
            &format!(
                "        - name: never\n          if: target.arch == \"riscv64\"\n          runs: {script}\n        - name: compile\n"
            ),
        )
    };
    let found = changed(&with("one"), &with("two")).changes;
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["changed step never []"]);
}

#[test]
fn changes_that_concern_security_come_first() {
    let text = edited("run-as: redis", "run-as: root").replace("Harbor Redis 2.15.x", "Harbor Redis");
    let difference = changed(BASE, &text);
    assert_eq!(difference.concerns(), 1);
    assert_eq!(
        difference.changes.iter().map(shown).collect::<Vec<_>>(),
        ["changed run-as  [runs-as-root]", "changed name  []"]
    );
}

#[test]
fn many_equal_entries_are_compared_in_linear_time() {
    let many = |count: usize| {
        let mut text =
            "# syntax=dhi.io/build:2-debian13\nname: a\nimage: dhi.io/a\ntags:\n  - a\npaths:\n".to_owned();
        for _ in 0..count {
            text.push_str("  - {type: directory, path: /a, uid: 0, gid: 0, mode: '0755'}\n");
        }
        text
    };
    assert_eq!(changed(&many(8000), &many(8001)).changes.len(), 1);
}

#[test]
fn without_an_entrypoint_the_command_is_the_program() {
    let base = edited("entrypoint:\n  - redis-server\n", "");
    let other = base.replace("cmd:\n  - /etc/redis.conf\n", "cmd: [sh]\n");
    let found = changed(&base, &other).changes;
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["changed command  [entrypoint]"]);
}

#[test]
fn a_secret_of_another_step_without_name_is_a_change() {
    let step = |script: &str, has_secret: bool| {
        let secrets = if has_secret { ", secrets: [{id: token, env: TOKEN}]" } else { "" };
        format!("        - {{runs: {script}{secrets}}}\n")
    };
    let with =
        |steps: &str| edited("        - name: compile\n", &format!("{steps}        - name: compile\n"));
    let base = with(&(step("a", true) + &step("b", false)));
    let found = changed(&base, &with(&(step("a", false) + &step("b", true)))).changes;
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["changed secret token [secret]"]);
    let [step_of] = found[0].attributes.as_slice() else { panic!("{found:?}") };
    assert_eq!(step_of.to, Some(Value::Text("script (2)".to_owned())));
    // A step before them changes their numbers only.
    let found = changed(&base, &with(&(step("c", false) + &step("a", true) + &step("b", false)))).changes;
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["added step script []"]);
}

#[test]
fn arguments_of_another_type_or_depth_are_a_change() {
    let with = |arguments: &str| {
        edited("            file: ${source.dir}/a\n", &format!("            x: {arguments}\n"))
    };
    for (from, to) in [
        ("1", "'1'"),
        ("[1, 2]", "['1, 2']"),
        ("[[a, b]]", "[['a, b']]"),
        ("[{a: b}]", "['{a: b}']"),
        ("[{a: 'b, c: d'}]", "[{a: b, c: d}]"),
        ("{a: {b: c}}", "{a.b: c}"),
        ("[]", "''"),
        ("null", "'null'"),
    ] {
        let found = changed(&with(from), &with(to)).changes;
        assert_eq!(
            found.iter().map(shown).collect::<Vec<_>>(),
            ["changed step check [verification]"],
            "{from} {to}"
        );
    }
    let (one, other) = (with("[{name: a, ref: b}]"), with("[{ref: b, name: a}]"));
    assert_eq!(changed(&one, &other).changes, []);
}

#[test]
fn a_secret_of_a_step_that_is_left_out_is_compared() {
    let with = |variable: &str| {
        edited(
            "        - name: compile\n",
            &format!(
                "        - name: never\n          if: target.arch == \"riscv64\"\n          runs: a\n          secrets: \
                 [{{id: token, env: {variable}}}]\n        - name: compile\n"
            ),
        )
    };
    let found = changed(&with("A"), &with("B")).changes;
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["changed secret token [secret]"]);
}

#[test]
fn an_entry_that_is_used_hides_no_other_of_its_name() {
    let with = |used: &str, left_out: &str| {
        edited(
            "  - type: directory\n    path: /data\n",
            &format!(
                "  - {{type: file, path: /f, content: {used}, uid: 0, gid: 0, mode: '0644'}}\n  \
                 - {{type: file, path: /f, if: 'target.arch == \"riscv64\"', content: {left_out}, uid: 0, gid: 0, mode: '0644'}}\n  \
                 - type: directory\n    path: /data\n"
            ),
        )
    };
    let found = changed(&with("a", "b"), &with("c", "d")).changes;
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["changed path /f []"; 2]);
}

#[test]
fn a_change_of_a_used_entry_with_a_condition_is_told_once() {
    let with = |content: &str| {
        edited(
            "  - type: directory\n    path: /data\n",
            &format!(
                "  - {{type: file, path: /f, if: 'target.arch == \"arm64\"', content: '{content}', uid: 0, gid: 0, \
                 mode: '0644'}}\n  - type: directory\n    path: /data\n"
            ),
        )
    };
    for (from, to) in [("a", "b"), ("${VERSION}-a", "${VERSION}-b")] {
        let found = changed(&with(from), &with(to)).changes;
        assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), ["changed path /f []"], "{from}");
    }
}

#[test]
fn all_changed_lines_of_a_script_can_be_shown() {
    let text = edited("            make\n", "            make all\n            make `check`\n");
    let difference = changed(BASE, &text);
    let lines = "- make\n+ make all\n+ make `check`\n";
    let markdown = difference.markdown();
    assert!(markdown.contains(&format!("```diff\n{lines}```\n\n</details>\n")), "{markdown}");
    let shown: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    let [short, long] = [false, true].map(|all| difference.table(Style::default(), all));
    assert!(long.contains(&format!("\nstage build: step compile: runs\n{shown}")), "{long}");
    assert!(!short.contains("+ make all"), "{short}");
}
