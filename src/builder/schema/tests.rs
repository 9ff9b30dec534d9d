//! The tables have what the reader knows, in both directions.

use serde_json::{Value, json};

use super::*;
use crate::builder::definition::{Finding, Read, Rule, Severity, read};

/// A value of this form, with every key.
fn example(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!("text"),
        Shape::Form(form) => json!(form.examples[0]),
        Shape::Word(words) | Shape::Suggested(words) => json!(words()[0]),
        Shape::Bool => json!(true),
        Shape::Id | Shape::Integer => json!(7),
        Shape::List(items) => json!([example(items)]),
        Shape::Texts | Shape::Arguments => json!({ "KEY": "text" }),
        Shape::Any => json!("NAME"),
        Shape::Object(object) => complete(object),
    }
}

fn complete(object: &Object) -> Value {
    object
        .fields
        .iter()
        .map(|field| (field.key.to_owned(), example(&field.shape)))
        .collect::<Map<_, _>>()
        .into()
}

/// JSON is YAML.
fn read_json(value: &Value) -> Read {
    let digest = format!("sha256:{}", "0".repeat(64));
    read(&format!("# syntax=dhi.io/build:2-debian13-dev@{digest}\n{value:#}\n"), "test.yaml").unwrap()
}

fn errors(read: &Read) -> Vec<&Finding> {
    // A path with every key has `content` and `source`, which contradict each other.
    let is_wrong = |finding: &&Finding| finding.severity == Severity::Error && finding.rule != Rule::CONFLICT;
    read.findings.iter().filter(is_wrong).collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// A change of an object at one of its keys.
type Change<'c> = &'c dyn Fn(&mut Map<String, Value>, &Field, &Object);

/// Calls `visit` with a copy of the complete definition for each of its places: changed at that place by `change`,
/// which gets the object and the key.
fn at_every_key(change: Change<'_>, visit: &mut dyn FnMut(Value, &str)) {
    fn walk(
        object: &Object,
        whole: &mut Value,
        pointer: &str,
        change: Change<'_>,
        visit: &mut dyn FnMut(Value, &str),
    ) {
        for field in object.fields {
            let mut copy = whole.clone();
            let members = copy.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            change(members, field, object);
            let place = format!("{pointer}/{}", field.key);
            visit(copy, &place);
            let (mut shape, mut below) = (&field.shape, place);
            if let Shape::List(items) = shape {
                (shape, below) = (*items, below + "/0");
            }
            if let Shape::Object(object) = shape {
                walk(object, whole, &below, change, visit);
            }
        }
    }
    let mut whole = complete(&DEFINITION);
    walk(&DEFINITION, &mut whole, "", change, visit);
}

#[test]
fn every_key_is_read_and_every_member_has_a_key() {
    let value = complete(&DEFINITION);
    assert!(validator().is_valid(&value));
    let read = read_json(&value);
    assert_eq!(errors(&read), Vec::<&Finding>::new());
    // What no key sets is absent or empty in the model.
    let shown = format!("{:#?}", read.definition);
    // References to registries have no name of an image in a layout.
    let unset = |line: &&str| {
        // Only empty lists are there.
        !matches!(*line, "name: None," | "emptied: {},")
            && [": None,", ": [],", ": {},"].iter().any(|end| line.ends_with(end))
    };
    let lines: Vec<&str> = shown.lines().map(str::trim).filter(unset).collect();
    assert_eq!(lines, [""; 0], "{shown}");
}

#[test]
fn unknown_keys_are_refused_at_every_place() {
    let (validator, mut places) = (validator(), 0);
    let change = |members: &mut Map<String, Value>, field: &Field, _: &Object| {
        let value = members.remove(field.key).unwrap();
        members.insert(format!("{}-x", field.key), value);
    };
    at_every_key(&change, &mut |value, place| {
        assert!(!validator.is_valid(&value), "{place}");
        let read = read_json(&value);
        assert!(read.findings.iter().any(|finding| finding.rule == Rule::UNKNOWN_KEY), "{place}");
        places += 1;
    });
    assert!(places > 120, "{places}");
}

#[test]
fn values_of_another_type_are_refused_at_every_place() {
    let validator = validator();
    for wrong in [json!([[]]), json!({ "x": [] }), json!(true), json!(1), json!("x\u{0}")] {
        let change = |members: &mut Map<String, Value>, field: &Field, _: &Object| {
            members.insert(field.key.to_owned(), wrong.clone());
        };
        at_every_key(&change, &mut |value, place| {
            let (valid, read) = (validator.is_valid(&value), read_json(&value));
            let errors = errors(&read);
            // The reader knows more about texts than a schema.
            match &wrong {
                Value::String(_) if valid => {}
                _ => assert_eq!(valid, errors.is_empty(), "{place}: {wrong}: {errors:?}"),
            }
        });
    }
}

#[test]
fn the_same_keys_are_required() {
    let validator = validator();
    let change = |members: &mut Map<String, Value>, field: &Field, _: &Object| {
        // Other files have what is missing in one with `includes`.
        members.remove("includes");
        members.remove(field.key);
    };
    let mut required = 0;
    at_every_key(&change, &mut |value, place| {
        // All words of a tracker and of a path need other keys.
        for (list, words) in [("/track/0/type", tracker_words()), ("/paths/0/type", vec!["file", "symlink"])]
        {
            for word in words {
                let mut value = value.clone();
                value.as_object_mut().unwrap().remove("includes");
                let Some(kind) = value.pointer_mut(list) else { continue };
                *kind = json!(word);
                let read = read_json(&value);
                let errors = errors(&read);
                assert_eq!(validator.is_valid(&value), errors.is_empty(), "{place} ({word}): {errors:?}");
                required += usize::from(!errors.is_empty());
            }
        }
    });
    assert!(required > 30, "{required}");
}

fn tracker_words() -> Vec<&'static str> {
    shape::words::<crate::builder::definition::TrackerKind>()
}

#[test]
fn words_outside_the_fixed_set_are_refused() {
    let validator = validator();
    let change = |members: &mut Map<String, Value>, field: &Field, _: &Object| {
        let wrong = match &field.shape {
            Shape::Word(_) => json!("neither"),
            Shape::List(Shape::Word(_)) => json!(["neither"]),
            _ => return,
        };
        members.insert(field.key.to_owned(), wrong);
    };
    let whole = complete(&DEFINITION);
    at_every_key(&change, &mut |value, place| {
        let is_changed = value != whole;
        assert_eq!(validator.is_valid(&value), !is_changed, "{place}");
        assert_eq!(errors(&read_json(&value)).is_empty(), !is_changed, "{place}");
    });
}

#[test]
fn every_example_has_its_form_and_templates_have_every_form() {
    for form in FORMS {
        let validator = jsonschema::draft202012::new(&of_form(form)).unwrap();
        for text in form.examples {
            assert!(validator.is_valid(&json!(text)), "{}: {text}", form.name);
        }
        for template in ["${VERSION}", "a-${X}", "#{ target.arch }"] {
            assert!(validator.is_valid(&json!(template)), "{}: {template}", form.name);
        }
        assert!(!validator.is_valid(&json!("")), "{}", form.name);
    }
}

#[test]
fn every_key_and_object_has_a_description() {
    for (name, definition) in schema()["$defs"].as_object().unwrap() {
        let Some(properties) = definition.get("properties") else { continue };
        assert!(definition["description"].as_str().unwrap().ends_with('.'), "{name}");
        for (key, value) in properties.as_object().unwrap() {
            assert!(value["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}: {key}");
        }
    }
}

#[test]
fn texts_of_a_wrong_form_are_refused() {
    let validator = validator();
    for (pointer, texts) in [
        ("/tags/0", &["-a", "a b", "a/b", ""][..]),
        ("/ports/0", &["http", "80/quic", "80/TCP", "-80", "80:90"]),
        ("/dates/release", &["2026-5-1", "01.05.2026", "2026"]),
        ("/contents/packages/0", &["curl>=8", "curl = 8", "a@edge", "!", "curl==8"]),
        ("/contents/repositories/0", &["deb-src http://a.test b c", "a.test", "ftp://a.test"]),
        ("/contents/keyring/0", &["ftp://a.test/key", "/usr/share/keyrings/a.gpg"]),
        ("/contents/files/0/url", &["git+https://a.test/b.git", "git+ssh://a.test/b.git#v1", "a.tgz"]),
        ("/contents/files/0/checksum", &["md5:abc", "sha256:abc", "abc"]),
        ("/contents/files/0/mode", &["0999", "0o755", "77", "rwx", "u+x"]),
        ("/paths/0/mode", &["0999", "107777"]),
        ("/accounts/users/0/mode", &["8"]),
        ("/contents/artifacts/0/name", &["", "a b", "/a"]),
    ] {
        for text in texts {
            let mut value = complete(&DEFINITION);
            *value.pointer_mut(pointer).unwrap() = json!(text);
            assert!(!validator.is_valid(&value), "{pointer}: {text}");
            assert!(!errors(&read_json(&value)).is_empty(), "{pointer}: {text}");
        }
    }
}

/// An editor must not mark what `dhi` takes.
#[test]
fn texts_that_the_reader_takes_have_the_form() {
    let validator = validator();
    for (pointer, texts) in [
        ("/tags/0", &["_", "8.2.1-debian13", "A.b-C_"][..]),
        ("/ports/0", &["1", "65535/sctp", "4510-4559", "4510-4559/udp"]),
        (
            "/contents/packages/0",
            &["cmd:resolvconf", "libstdc++6", "a~3", "redis=6:7.2.16-1rl1~trixie1", "!mawk"],
        ),
        (
            "/contents/repositories/0",
            &["deb http://a.test b c d", "deb [signed-by=/a,/b] https://a.test/x /"],
        ),
        ("/contents/keyring/0", &["https://keys.test/pks/lookup?op=get&search=0x1", "http://a.test/k"]),
        ("/contents/files/0/url", &["http://a.test/b", "git+https://a.test/b#helm-chart/1.11.1"]),
        (
            "/contents/files/0/checksum",
            &["https://a.test/b.sha256", "0123456789abcdef0123456789abcdef01234567"],
        ),
        ("/contents/files/0/mode", &["755", "0755", "02775", "4755"]),
        ("/contents/artifacts/0/name", &["dhi.io/a:1", "nvidia/cuda:1", "localhost:5000/a"]),
    ] {
        for text in texts {
            let mut value = complete(&DEFINITION);
            *value.pointer_mut(pointer).unwrap() = json!(text);
            let read = read_json(&value);
            assert_eq!(errors(&read), Vec::<&Finding>::new(), "{pointer}: {text}");
            assert!(validator.is_valid(&value), "{pointer}: {text}");
        }
    }
}
