//! Generated documents are current, and the README shows real output.

use std::collections::BTreeSet;
use std::path::Path;

use dhi::cli::CommandHints;
use dhi::report::{ErrorPage, HintTexts as _};

use crate::support::env::{DHI, TestEnv, project, read, run};

#[test]
fn the_pages_of_errors_and_limits_are_current() {
    for (file, current) in
        [("docs/errors.md", dhi::cli::errors_page()), ("docs/limits.md", dhi::cli::limits_page())]
    {
        let path = project().join(file);
        if std::env::var_os("DHI_UPDATE").is_some() {
            std::fs::write(&path, &current).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == current, "{file} is stale: DHI_UPDATE=1 cargo test --test it docs");
    }
}

#[cfg(feature = "builder")]
#[test]
fn the_page_of_rules_for_definitions_is_current() {
    let current = dhi::cli::definition_rules_page();
    let path = project().join("docs/definition-rules.md");
    if std::env::var_os("DHI_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == current, "{} is stale: DHI_UPDATE=1 cargo test --test it docs", path.display());
}

#[cfg(feature = "rego")]
#[test]
fn the_page_of_built_in_functions_is_current() {
    let current = dhi::policy::rego::builtins::page();
    let path = project().join("docs/policies/builtins.md");
    if std::env::var_os("DHI_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == current, "{} is stale: DHI_UPDATE=1 cargo test --test it docs", path.display());
}

#[test]
fn every_example_of_the_catalogue_is_a_command_line() {
    let env = TestEnv::new();
    for &ErrorPage { code: id, example, .. } in CommandHints.pages() {
        let arguments: Vec<&str> = example.split(' ').skip(1).collect();
        // Wrong usage is what some examples show; an unknown flag is what none may.
        let run = env.dhi(&[&["--help"], arguments.as_slice()].concat());
        assert_eq!(run.code, 0, "{example}");
        for flag in arguments.iter().filter(|argument| argument.starts_with("--")) {
            // Words before the first flag name the command; what is behind it, such as a reference, asks for help too.
            let words = arguments.iter().take_while(|word| !word.starts_with('-'));
            let help = env.dhi(&words.copied().chain(["--help"]).collect::<Vec<_>>()).stdout;
            assert!(help.contains(flag), "{example}: {flag}");
        }
        // Examples on fixtures give the error of their page.
        if example.contains("oci:") {
            let run = env.dhi(&arguments);
            let all = format!("{}{}", run.stdout, run.stderr);
            assert_eq!(run.code, i32::from(id.exit().code()), "{example}\n{all}");
            assert!(all.contains(&format!("error[{id}]")), "{example}\n{all}");
        }
    }
}

/// The rows of `docs/dependencies.md` and the tables of `Cargo.toml` name the same crates: shipped ones under
/// "Shipped", optional ones under "Of a feature", those of tests under "Tests only".
#[test]
fn every_dependency_is_listed_with_a_reason() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let document = read("docs/dependencies.md");
    for (table, optional, heading) in [
        ("dependencies", false, "Shipped"),
        ("dependencies", true, "Of a feature"),
        ("dev-dependencies", false, "Tests only"),
    ] {
        let section = document.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
        // Rows stand behind the head and its line. A cell such as "h2, http (parts only)" names two crates.
        let rows = section.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
        let explained: BTreeSet<&str> = rows
            .flat_map(|row| row.split(" | ").next().unwrap().split(" (").next().unwrap().split(", "))
            .collect();
        // Some are for some systems only.
        let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
        let tables = targets.filter_map(|(_, target)| target.get(table)).chain([&manifest[table]]);
        let is_optional = |package: &toml::Value| {
            package.get("optional").and_then(toml::Value::as_bool).unwrap_or_default()
        };
        let declared: BTreeSet<&str> = tables
            .flat_map(|table| table.as_table().unwrap())
            .filter(|(_, package)| is_optional(package) == optional)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(explained, declared, "[{table}] of Cargo.toml and \"{heading}\" of docs/dependencies.md");
    }
}

/// Blocks of a page that begin with `$ dhi` are run in a shell. They must print the text below the command.
fn shown_examples(page: &str) -> usize {
    let text = read(page);
    let mut shown = 0;
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut lines = block.lines();
        let command = lines.next().unwrap().strip_prefix("$ ").unwrap();
        if !command.starts_with("dhi ") {
            continue;
        }
        let expected: Vec<&str> = lines.map(str::trim_end).collect();
        let binary = Path::new(DHI).parent().unwrap().to_owned();
        let searched = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&searched)));
        let env = TestEnv::new();
        let run = run(env.program("sh").args(["-c", command]).env("PATH", path.unwrap()));
        let printed = format!("{}{}", run.stdout, run.stderr);
        let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        assert_eq!(printed, expected, "{page}: $ {command}");
        shown += 1;
    }
    shown
}

#[test]
fn the_readme_shows_real_output() {
    let shown = shown_examples("README.md");
    assert!(shown >= 3, "the README shows {shown} examples");
}

#[cfg(feature = "builder")]
#[test]
fn the_page_of_definitions_shows_real_output() {
    let shown = shown_examples("docs/definitions.md");
    assert!(shown >= 4, "the page shows {shown} examples");
}

/// Commands in `docs/definitions.md` exist, with their flags.
#[cfg(feature = "builder")]
#[test]
fn examples_of_definitions_use_existing_flags() {
    let (document, env) = (read("docs/definitions.md"), TestEnv::new());
    let mut commands = 0;
    for line in document.lines() {
        for (at, name) in line.match_indices("dhi definition ") {
            let rest = line.get(at + name.len()..).unwrap();
            let command = rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap();
            if command.is_empty() {
                continue;
            }
            let help = env.dhi(&["definition", command, "--help"]);
            assert_eq!(help.code, 0, "{line}");
            for (at, _) in rest.match_indices(" --") {
                let flag = rest.get(at + 1..).unwrap();
                let flag = flag.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap();
                assert!(help.stdout.contains(flag), "{flag}: {line}");
            }
            commands += 1;
        }
    }
    assert!(commands > 12, "{commands}");
}

/// Commands in `docs/ci.md` have flags and formats that there are.
#[test]
fn pipeline_examples_use_existing_flags() {
    let document = read("docs/ci.md");
    let help = TestEnv::new().dhi(&["verify", "--help"]).stdout;
    let mut commands = 0;
    for line in document.lines().filter(|line| line.contains("dhi verify --")) {
        for (at, _) in line.match_indices("--") {
            let rest = line.get(at..).unwrap();
            let flag = rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap();
            assert!(help.contains(flag), "{flag}: {line}");
            let format = rest.strip_prefix("--output ").and_then(|rest| rest.split_once('='));
            if let Some((format, _)) = format {
                assert!(help.contains(&format!("- {format}:")), "{format}: {line}");
            }
        }
        commands += 1;
    }
    assert_eq!(commands, 7);
}

/// The file and the name of the test that a name in `docs/attacks.md` means.
fn test_of(name: &str) -> (String, String) {
    let (module, test) = name.rsplit_once("::").unwrap_or_else(|| panic!("`{name}` is no path"));
    let module = module.strip_suffix("::tests").unwrap_or(module).replace("::", "/");
    let folders = ["tests/it", "src", "tests/peers"];
    let files = folders
        .iter()
        .flat_map(|folder| ["", "/mod", "/tests"].map(|file| format!("{folder}/{module}{file}.rs")));
    let file = files.into_iter().find(|file| {
        std::fs::read_to_string(project().join(file)).is_ok_and(|text| text.contains(&format!("fn {test}(")))
    });
    (file.unwrap_or_else(|| panic!("`{name}` is no test")), test.to_owned())
}

/// Every test that `docs/attacks.md` names exists, and every attack is named there.
#[test]
fn the_table_of_attacks_names_all_tests() {
    let document = read("docs/attacks.md");
    let mut named = BTreeSet::new();
    // The tests of a case are the items of the list under it.
    for item in document.lines().filter_map(|line| line.strip_prefix("  - ")) {
        for name in item.split('`').skip(1).step_by(2) {
            if let Some(fixture) = name.strip_prefix("fixture ") {
                assert!(read("fixtures/cases.json").contains(&format!("\"{fixture}\"")), "{name}");
            } else {
                named.insert(test_of(name));
            }
        }
    }
    assert!(named.len() > 90, "{}", named.len());
    for entry in std::fs::read_dir(project().join("tests/it/attacks")).unwrap() {
        let path = entry.unwrap().path();
        let file = format!("tests/it/attacks/{}", path.file_name().unwrap().to_str().unwrap());
        let text = read(&file);
        let tests = text.split("\n#[test]\n").skip(1).chain(text.split("\n#[tokio::test]\n").skip(1));
        for test in tests {
            let start = test.find("fn ").unwrap() + "fn ".len();
            let test = test.get(start..test.find('(').unwrap()).unwrap();
            assert!(
                named.contains(&(file.clone(), test.to_owned())),
                "{file}: `{test}` is not in docs/attacks.md"
            );
        }
    }
}

/// cosign 4 drops these flags. No page, help text or hint recommends them.
#[test]
fn cosign_commands_use_no_flag_that_cosign_4_removes() {
    const DROPPED: [&str; 8] = [
        "cosign copy",
        "cosign triangulate",
        "--tlog-upload",
        "--output-attestation",
        "--output-signature",
        "--output-certificate",
        "--rekor-entry-type",
        "--offline",
    ];
    let told = |text: &str| {
        // A command can go on in the next line.
        let text = text.replace("\\\n", " ");
        let lines = text.lines().filter(|line| line.contains("cosign"));
        let wrong = lines.filter(|line| {
            // The text from `cosign` to the end of its command; `dhi` has flags of its own.
            line.split("cosign").skip(1).any(|rest| {
                let command = rest.split(['`', '|', ';']).next().unwrap_or_default();
                DROPPED.iter().any(|word| match word.strip_prefix("cosign") {
                    Some(name) => command.starts_with(name),
                    None => command.contains(word),
                })
            })
        });
        wrong.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told("cosign sign-blob --key k \\\n  --tlog-upload=false x").len(), 1);
    assert_eq!(told("run `cosign copy A B`").len(), 1);
    assert_eq!(told("`dhi verify --offline`, as cosign does"), [""; 0]);
    let mut pages = vec!["README.md".to_owned()];
    let docs = std::fs::read_dir(project().join("docs")).unwrap();
    pages.extend(docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_str().unwrap())));
    let sources = ["src/report/cosign.rs", "src/cli/hint_texts.rs", "src/cli/sign.rs", "src/cli/signing.rs"];
    pages.extend(sources.map(str::to_owned));
    let pages = pages.iter().filter(|page| page.ends_with(".md") || page.ends_with(".rs"));
    for page in pages {
        assert_eq!(told(&read(page)), [""; 0], "{page}");
    }
}

/// The parts of Markdown text in single backticks, outside code blocks.
fn code_spans(text: &str) -> Vec<&str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn source_files_that_pages_name_exist() {
    fn names(directory: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            found.insert(path.file_name().unwrap().to_string_lossy().into_owned());
            if path.is_dir() {
                names(&path, found);
            }
        }
    }
    let mut known = BTreeSet::new();
    for directory in ["src", "tests", "benches", "examples", "fuzz"] {
        names(&project().join(directory), &mut known);
    }
    let pages = std::fs::read_dir(project().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.chain(["CONTRIBUTING.md", "SECURITY.md", "README.md"].map(|page| project().join(page)));
    let mut missing = Vec::new();
    for page in pages.filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(&page).unwrap();
        for span in code_spans(&text).into_iter().filter(|span| !span.contains([' ', '*', '<'])) {
            let of_project =
                ["src/", "tests/", "benches/", "examples/", "fixtures/", "fuzz/src/", "fuzz/corpus/", ".ci/"];
            let exists = match of_project.iter().any(|start| span.starts_with(start)) {
                true => project().join(span).exists(),
                // Pages about one module name its files alone.
                false if span.ends_with(".rs") => span.split('/').all(|part| known.contains(part)),
                false => true,
            };
            if !exists {
                missing.push(format!("{}: `{span}`", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
