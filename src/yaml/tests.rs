use super::limits::{YAML_DOCUMENTS, YAML_NODES};
use super::{Document, Error, documents};

fn read(text: &str) -> Result<Vec<Document>, Error> {
    documents(text, "x.yaml").collect()
}

fn one(text: &str) -> Document {
    read(text).unwrap().into_iter().next().unwrap()
}

fn error(text: &str) -> String {
    read(text).map(|_| String::new()).unwrap_err().to_string()
}

#[test]
fn scalars_have_their_line_and_byte_range() {
    let text = "a: ä # ü\nb:\n  - 'it''s'\n  - \"q\"\n---\nc: >-\n  folded\n";
    let documents = read(text).unwrap();
    assert_eq!(documents.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
    let root = documents[0].root().unwrap();
    let slice = |value: super::Value<'_>| text[value.range()].to_owned();
    assert_eq!((root.get("a").unwrap().line(), slice(root.get("a").unwrap()).as_str()), (1, "ä"));
    let items: Vec<_> = root.get("b").unwrap().items().unwrap().collect();
    assert_eq!((items[0].line(), items[0].text().unwrap(), slice(items[0]).as_str()), (3, "it's", "'it''s'"));
    assert_eq!((items[1].line(), slice(items[1]).as_str()), (4, "\"q\""));
    let folded = documents[1].root().unwrap().get("c").unwrap();
    assert_eq!((folded.text(), slice(folded).contains("folded")), (Some("folded"), true));
}

#[test]
fn text_is_only_what_every_reader_takes_for_a_string() {
    for text in
        ["python:3.13", "a", "'1'", "\"true\"", "!!str 1", "v1", "1.2.3-a", "host:5000/x", "deadbeef", "0xyz"]
    {
        let document = one(&format!("x: {text}"));
        assert!(document.root().unwrap().get("x").unwrap().text().is_some(), "{text}");
    }
    for text in [
        "1",
        "-1.5",
        "1e3",
        "0x1f",
        "0o17",
        "010",
        "true",
        "Yes",
        "off",
        "n",
        "null",
        "~",
        "",
        ".inf",
        "-.NaN",
        "12:30:45",
        "2020-01-01",
        "1_000",
        "!!binary cHk=",
        "!x a",
        "! a",
        "[a]",
        "{a: b}",
    ] {
        let document = one(&format!("x: {text}"));
        assert_eq!(document.root().unwrap().get("x").unwrap().text(), None, "{text}");
    }
    let document = one("x: !!binary cHk=");
    assert_eq!(document.root().unwrap().get("x").unwrap().tag(), Some("!!binary"));
}

#[test]
fn json_is_yaml_too() {
    let document = one("{\n\t\"a\\u0062\": [1, \"x\\/y\", null, {}],\n\t\"\u{e4}\": \"\\ud83d\\ude00\"\n}\n");
    let root = document.root().unwrap();
    let items: Vec<_> = root.get("ab").unwrap().items().unwrap().collect();
    assert_eq!(items[1].text(), Some("x/y"));
    assert!(items[2].is_null() && items[3].is_mapping());
}

#[test]
fn aliases_refer_to_one_node() {
    let document = one("a: &x {i: python}\nb: *x\nc: [*x, *x]\n");
    let root = document.root().unwrap();
    let b = root.get("b").unwrap().get("i").unwrap();
    assert_eq!((b.line(), b.range()), (1, root.get("a").unwrap().get("i").unwrap().range()));
    assert!(error("a: &x [*x]").contains("line 1: an alias is inside the node that it names"));
    assert!(!error("a: *x").is_empty());
    // An anchor is not defined in the next document.
    assert!(!error("a: &x 1\n---\nb: *x\n").is_empty());
}

#[test]
fn merges_that_readers_resolve_differently_are_refused() {
    let image = |text: &str| {
        let document = one(text);
        document.root().unwrap().get("y").unwrap().get("i").unwrap().text().unwrap().to_owned()
    };
    assert_eq!(image("x: &x {i: a}\ny: {<<: *x, j: b}"), "a");
    assert_eq!(image("x: &x {i: a}\ny: {<<: *x, i: b}"), "b");
    assert_eq!(image("x: &x {i: a}\nz: &z {i: b, k: c}\ny: {<<: [*x, *z]}"), "a");
    assert_eq!(image("w: &w {i: a}\nx: &x {<<: *w}\ny: {<<: *x}"), "a");
    assert!(error("x: &x {i: a}\ny: {i: b, <<: *x}").contains("`<<` follows `i`"));
    assert!(error("y: {<<: a}").contains("not a mapping"));
    for name in ["\"<<\"", "'<<'", "!!str <<", "\"\\u003c<\""] {
        assert!(error(&format!("y: {{{name}: {{i: a}}}}")).contains("without quotes and tag"), "{name}");
    }
    assert!(error("y: {<<: [{a: b}, c]}").contains("not a mapping"));
    assert!(error("x: &x {i: a}\ny: {<<: *x, <<: *x}").contains("occurs twice"));
}

#[test]
fn ambiguous_text_is_refused_with_its_line() {
    for (text, line, message) in [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` occurs twice"),
        ("a: 1\n\"a\": 3\n", 2, "`a` occurs twice"),
        ("{\"a\": 1,\n \"\\u0061\": 2}", 2, "`a` occurs twice"),
        ("a: b\n!!binary aW1hZ2U=: x\n", 2, "has the tag `!!binary`"),
        ("? [a]\n: b\n", 1, "a key is not a string"),
        ("a: b # c\u{2028}i: evil\n", 1, "U+2028"),
        ("a: b\n# c\u{85}i: evil\n", 2, "U+0085"),
        ("a: b\n\u{feff}c: d\n", 2, "U+FEFF"),
        ("a: b\n  c: d\n", 2, "column"),
        ("a: [b\n", 1, "unclosed bracket"),
        ("a: 'b\n", 0, ""),
        ("%YAML 1.1\n---\na: b\n", 1, ""),
        ("%TAG ! tag:x:\n---\na: b\n", 1, ""),
        ("a:\n\t- b\n", 2, ""),
        ("a: b\0\nc: d\n", 0, ""),
        ("a: b\n---\nc: d # \0\n", 0, ""),
        ("a: b\n\0---\nc: d\n", 0, ""),
        ("a: b\u{7}\n", 0, ""),
    ] {
        let error = error(text);
        assert!(error.contains(message) && !error.is_empty(), "{text:?}: {error}");
        if line > 0 {
            assert!(error.contains(&format!("line {line}:")), "{text:?}: {error}");
        }
    }
    assert!(read("\u{feff}a: b\n").is_ok());
}

#[test]
fn ambiguous_marks_in_flow_collections_are_refused() {
    for text in [
        "{?a: b}",
        "{a: b, ?c: d}",
        "[?a]",
        "[a, ?b: c]",
        "[a: ?b]",
        "{a: [?b]}",
        "{<<: {a: b}, ?a: c}",
        "{a: b, :c: d}",
        "[:a]",
        "x:\n  - {y: z,\n     ?a: b}",
    ] {
        let error = error(text);
        assert!(error.contains("for an indicator") && error.contains("in quotes"), "{text}: {error}");
    }
    // In quotes, after a space, inside a text and outside brackets all readers agree.
    for text in [
        "{'?a': b}",
        "{\"?a\": b, ':c': d}",
        "{? a : b}",
        "{a: b?c}",
        "{a?: b}",
        "?a: b",
        "a: ?b",
        "- ?a",
        "a: {\"b\":c}",
    ] {
        assert!(read(text).is_ok(), "{text}: {}", error(text));
    }
}

#[test]
fn size_and_depth_are_limited() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(90)).is_ok());
    assert!(!error(&deep(200_000)).is_empty());
    assert!(!error(&"- ".repeat(200_000)).is_empty());
    assert!(!error(&"{a: ".repeat(200_000)).is_empty());

    let stream = "---\na: b\n".repeat(YAML_DOCUMENTS + 1);
    assert!(error(&stream).contains("a stream of documents is over the limit of 16384 documents"));
    assert!(
        read(&"---\n".repeat(1000)).unwrap().iter().all(|one| one.root().is_none_or(super::Value::is_null))
    );
    assert!(error(&format!("[{}]", "0,".repeat(YAML_NODES))).contains("over the limit"));

    // A billion laughs: each level refers to the previous one ten times.
    let mut bomb = "a0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert_eq!(read(&bomb).unwrap().len(), 1);
    // The same with merges of a mapping with many members.
    let members: Vec<String> = (0..1000).map(|number| format!("k{number}: 0")).collect();
    let merges = vec!["*m"; 1000].join(", ");
    let mut bomb = format!("m: &m {{{}}}\n", members.join(", "));
    for level in 0..10 {
        bomb.push_str(&format!("n{level}: {{<<: [{merges}]}}\n"));
    }
    assert!(error(&bomb).contains("over the limit"));
}
