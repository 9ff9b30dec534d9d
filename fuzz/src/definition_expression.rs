//! Templates of definitions.

use dhi::builder::template::{Budget, Condition, Kind, Scope, Target, Template, Values, Variables};

/// The first line of the text is a template and a condition, each other line `NAME=TEMPLATE` is a variable. A template
/// is written as it was read, its result is the same when it is evaluated again, and errors have a range in the text.
pub fn definition_expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let text = lines.next().unwrap_or_default();
    let mut written: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once('=')).collect();
    written.sort_unstable();
    written.dedup_by_key(|(name, _)| *name);
    let target = Target { arch: "amd64".to_owned(), dev: true, fips: false, flavor: "fpm".to_owned() };
    let mut budget = Budget::default();
    let Variables { values, errors } = Variables::evaluate(&written, &target, &mut budget);
    for (number, error) in errors {
        assert!(written[number].1.get(error.range.clone()).is_some(), "{error:?}");
    }
    let again: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(Variables::evaluate(&again, &target, &mut Budget::default()).values, values);

    let matrix = Values::from([("row".to_owned(), "1".to_owned())]);
    let scope = Scope { target: &target, variables: &values, matrix: &matrix };
    for kind in [Kind::Variable, Kind::Value, Kind::Script] {
        let read = Template::parse(text, kind);
        if let Ok(template) = &read {
            assert_eq!(template.to_string(), text);
        }
        match read.and_then(|template| template.evaluate(scope, &mut budget)) {
            Ok(value) => {
                let again = Template::parse(&value, kind).unwrap();
                assert_eq!(again.evaluate(scope, &mut Budget::default()), Ok(value.as_ref().into()));
            }
            Err(error) => assert!(text.get(error.range.clone()).is_some(), "{error:?}"),
        }
    }
    if let Err(error) = Condition::parse(text).and_then(|condition| condition.holds(scope, &mut budget)) {
        assert!(text.get(error.range.clone()).is_some(), "{error:?}");
    }
}
