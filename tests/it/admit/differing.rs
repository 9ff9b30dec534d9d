//! Files in which a real reader once saw an image that was not judged, each named after its cause.
//! `tests/peers/readers` runs the real readers on the same files.

use std::path::Path;

use super::AdmitFixture;

#[test]
fn files_that_readers_read_differently_are_refused_or_judged() {
    let setup = AdmitFixture::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/admit/differing");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap().replace("good", &setup.good());
        let run = setup.piped(&["-"], &text.replace("evil", &setup.bad()));
        if run.stdout.contains("/bad/app") {
            run.assert(3, "error[trust/unsigned]");
            seen.push(name);
        } else {
            run.assert(2, "error[usage/yaml]");
        }
    }
    seen.sort();
    assert_eq!(seen, ["job-without-image", "kind-above-a-compose-file"]);
}
