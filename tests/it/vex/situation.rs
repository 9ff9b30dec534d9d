//! A situation: a folder of reports and documents, copied into the home directory of a test, with what is right.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::env::{Run, TestEnv, project, run};

/// The folder with the situations, relative to the project.
const FOLDER: &str = "../shared/data/bugs-vex";

/// A copy of one folder.
pub(super) struct Situation {
    env: TestEnv,
    /// The content of `expected.json`.
    pub(super) expected: Value,
}

impl Situation {
    /// Copies the folder whose name starts with `number`. `None`, and a printed notice, if the folder is not there.
    pub(super) fn copy(number: &str) -> Option<Self> {
        let env = TestEnv::new();
        let Ok(folders) = std::fs::read_dir(project().join(FOLDER)) else {
            // Not by `eprintln!`, which the test runner keeps to itself when the test passes.
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            let _ = writeln!(std::io::stderr(), "skipped: there is no {FOLDER}, so not run: {test}");
            return None;
        };
        let mut names = folders.map(|entry| entry.unwrap().path());
        let is_asked =
            |path: &Path| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{number}-"));
        let folder = names.find(|path| is_asked(path)).unwrap();
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            env.write(file.file_name().unwrap().to_str().unwrap(), std::fs::read(&file).unwrap());
        }
        let expected = serde_json::from_slice(&std::fs::read(env.path("expected.json")).unwrap()).unwrap();
        Some(Self { env, expected })
    }

    /// Runs `dhi` in the folder.
    pub(super) fn dhi(&self, arguments: &[&str]) -> Run {
        run(self.env.command(arguments).current_dir(self.env.home()))
    }

    /// The JSON document of the same run.
    pub(super) fn decisions(&self, arguments: &[&str]) -> Value {
        self.dhi(&[arguments, &["--format", "json"]].concat()).json()
    }

    /// The bytes of a file.
    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.env.path(name)).unwrap()
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        self.env.write(name, content);
    }
}

/// A list of texts in JSON.
pub(super) fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

/// The ids of the findings with this decision, in the order of the report.
pub(super) fn ids<'a>(document: &'a Value, decision: &str) -> Vec<&'a str> {
    let records = document["findings"].as_array().unwrap().iter();
    let decided = records.filter(|record| record["decision"] == decision);
    decided.map(|record| record["finding"]["id"].as_str().unwrap()).collect()
}

/// Asserts the counts before and after.
pub(super) fn assert_counts(document: &Value, expected: &Value) {
    let counts = &document["counts"];
    assert_eq!(counts["findings"], expected["before"], "{counts}");
    assert_eq!(counts["suppressed"], expected["suppressed"], "{counts}");
    assert_eq!(counts["remaining"], expected["remain"], "{counts}");
}
