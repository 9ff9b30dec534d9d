//! Inputs of `dhi admit check`, and those that are refused before any request.

use super::{AdmitFixture, pod, show};

#[test]
fn inputs_are_files_directories_and_standard_input() {
    let setup = AdmitFixture::new();
    let good = setup.good();
    let yaml = setup.write("dir/b/a.yaml", &pod("yaml", &[&good]));
    setup.write("dir/a.yml", &pod("yml", &[&good]));
    let json = format!(
        "{{\n\t\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {{\"name\": \"json\"}},\n\t\"spec\": {{\"containers\": [{{\"image\": \"{good}\"}}]}}\n}}\n"
    );
    setup.write("dir/c.json", &json);
    setup.write("dir/.hidden/d.YAML", &pod("hidden", &[&good]));
    setup.write("dir/notes.txt", "no: [yaml");
    let directory = setup.env.path("dir");
    let run = setup.piped(&["--format", "json", show(&directory), "-", show(&yaml)], &pod("piped", &[&good]));
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let document = run.json();
    let uses = document["images"][0]["uses"].as_array().unwrap();
    let names: Vec<&str> = uses.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["hidden", "yml", "yaml", "json", "piped", "yaml"]);
    assert_eq!(uses[3]["file"], "HOME/dir/c.json");
    assert_eq!((&uses[3]["line"], &uses[4]["file"]), (&3.into(), &"-".into()));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_a_directory() {
    use std::os::unix::fs::symlink;
    let setup = AdmitFixture::new();
    let outside = setup.write("outside/x.yaml", &pod("outside", &[&setup.bad()]));
    setup.write("dir/a.yaml", &pod("inside", &[&setup.good()]));
    setup.write("dir/data", &pod("linked", &[&setup.good()]));
    let directory = setup.env.path("dir");
    symlink(&outside, directory.join("out.yaml")).unwrap();
    symlink(outside.parent().unwrap(), directory.join("folder")).unwrap();
    symlink("data", directory.join("in.yaml")).unwrap();
    symlink(&directory, directory.join("again")).unwrap();
    let run = setup.check(&["--format", "json", show(&directory)]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let document = run.json();
    assert_eq!(document["images"][0]["uses"].as_array().unwrap().len(), 2, "{document}");
    assert_eq!(document["notJudged"].as_array().unwrap().len(), 2, "{document}");
    setup.check(&["--strict", show(&directory)]).assert(1, "error[admit/not-judged]");
    symlink("nowhere", directory.join("dangling.yaml")).unwrap();
    setup.check(&[show(&directory)]).assert(2, "error[admit/input]");
}

#[cfg(unix)]
#[test]
fn pipes_in_a_directory_are_not_opened() {
    use std::os::unix::fs::symlink;
    let setup = AdmitFixture::new();
    setup.write("dir/a.yaml", &pod("inside", &[&setup.good()]));
    let directory = setup.env.path("dir");
    for pipe in ["pipe", "pipe.yaml"] {
        let status = std::process::Command::new("mkfifo").arg(directory.join(pipe)).status().unwrap();
        assert!(status.success());
    }
    symlink("pipe", directory.join("link.yaml")).unwrap();
    // What an editor leaves is no manifest.
    symlink("user@host.1", directory.join(".#x")).unwrap();
    let run = setup.check(&["--format", "json", show(&directory)]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let document = run.json();
    let left = document["notJudged"].as_array().unwrap();
    let mut files: Vec<&str> = left.iter().map(|one| one["file"].as_str().unwrap()).collect();
    files.sort_unstable();
    assert_eq!(files, ["HOME/dir/link.yaml", "HOME/dir/pipe.yaml"], "{document}");
    setup.check(&["--strict", show(&directory)]).assert(1, "error[admit/not-judged]");
}

#[test]
fn a_run_without_images_never_passes() {
    let setup = AdmitFixture::new();
    std::fs::create_dir(setup.env.path("empty")).unwrap();
    let empty = setup.env.path("empty");
    setup
        .piped(&["-"], "")
        .assert(2, "error[admit/input]: no Kubernetes object and no Compose service in standard input");
    setup.check(&[show(&empty)]).assert(2, "error[admit/input]");
    setup.check(&["no/such/file.yaml"]).assert(2, "error[admit/input]: `no/such/file.yaml` cannot be read");
    setup.check(&["-", "-"]).assert(2, "read already");
    let bytes = setup.env.path("bytes.yaml");
    std::fs::write(&bytes, b"a: \xff\n").unwrap();
    setup.check(&[show(&bytes)]).assert(2, "it is not UTF-8");
    // Objects without images pass, and it is said.
    setup
        .piped(&["-"], "apiVersion: v1\nkind: ConfigMap\n")
        .assert(0, "pass  no images in 1 object; 0 not judged\n");
    assert_eq!(setup.registry.lines(), [""; 0]);
}

#[test]
fn bad_yaml_is_an_error_with_file_and_line() {
    let setup = AdmitFixture::new();
    let good = setup.good();
    for (text, says) in [
        ("kind: Pod\n  a: b\n", "HOME/x.yaml` cannot be read at line 2:"),
        ("kind: Pod\nspec: 1\nspec: 2\n", "line 3: `spec` occurs twice in one mapping"),
        ("kind: Pod\n---{}\n", "line 2: only a comment"),
        ("kind: Pod\nname: {{ .Values.x }}-y\n", "helm template"),
        (
            "kind: Pod\nspec: 1\nkind: Pod\n",
            "line 3: `kind` occurs twice in one mapping\n  hint: write a line `---`",
        ),
        ("{\n\"kind\": \"Pod\"\n}\n{\"kind\": \"Pod\"}\n", "hint: write a line `---` between two objects"),
    ] {
        setup.check_file(text, &[]).assert(2, "error[usage/yaml]");
        setup.check_file(text, &[]).assert(2, says);
    }
    assert_eq!(setup.registry.lines(), [""; 0]);
    // One image that is none spoils the result, not the others.
    let run = setup.check_file(
        &pod("a", &[&good, "1.5", "oci:fixtures/python:3.13", "Up/Case:1"]),
        &["--format", "json"],
    );
    let document = run.json();
    super::conforms(&document);
    assert_eq!(run.code, 2, "{document}");
    assert_eq!(document["images"][0]["image"]["verdict"], "pass");
    let lines: Vec<i64> = document["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["use"]["line"].as_i64().unwrap())
        .collect();
    assert_eq!(lines, [10, 12, 14]);
}

#[test]
fn the_most_severe_image_sets_the_exit_code() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    let missing = format!("{}/good/app:none", setup.registry.host());
    setup
        .check_file(&pod("a", &[&good]), &[])
        .assert(0, "pass  1 of 1 image passes dhi-or-dhi-based; 0 not judged\n");
    setup.check_file(&pod("a", &[&good, &bad]), &[]).assert(3, "error[trust/unsigned]");
    setup
        .check_file(&pod("a", &[&good, &missing, "1.5"]), &[])
        .assert(3, "fail  1 of 3 images pass dhi-or-dhi-based; 2 failed, 0 not judged\n");
    let wrong = ["admit", "check", "--plain-http", &setup.registry.host()];
    let file = setup.write("x.yaml", &pod("a", &[&good]));
    setup.env.dhi(&[&wrong[..], &[show(&file)]].concat()).assert(4, "error[trust/wrong-key]");
}

#[test]
fn ephemeral_containers_and_image_volumes_are_judged() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    for hidden in [
        format!("  ephemeralContainers: [{{name: x, image: '{bad}'}}]"),
        format!("  initContainers: [{{name: x, image: '{bad}'}}]"),
        format!("  volumes: [{{name: x, image: {{reference: '{bad}'}}}}]"),
        format!("  volumes: [{{name: x, image: &i {{reference: '{bad}'}}}}, {{name: y, image: *i}}]"),
        format!("  x: &x {{image: '{bad}'}}\n  initContainers: [{{<<: *x, name: x}}]"),
    ] {
        setup
            .check_file(&format!("{}{hidden}\n", pod("a", &[&good])), &[])
            .assert(3, "error[trust/unsigned]");
    }
}
