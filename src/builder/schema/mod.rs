//! The JSON Schema of definitions (draft 2020-12), for editors.
//!
//! One table for each part of a definition has its keys; [`schema`] writes all of them. Tests compare the tables with
//! the reader in both directions: each key is read into the model, and each member of the model has a key.

mod accounts;
mod contents;
mod definition;
mod forms;
mod paths;
mod shape;
mod stage;
#[cfg(test)]
mod tests;
mod tracking;

use serde_json::{Map, Value, json};

use definition::DEFINITION;
use forms::FORMS;
use shape::{Field, Form, KeyRule, Object, Shape};

/// What `$id` is. Its number is raised when a definition that was valid no longer is.
pub const ID: &str = "urn:dhi:schema:definition:1";

/// The pattern of a text that holds a template, whose form is not known before it is evaluated.
const TEMPLATE: &str = r"[$#]\{";

/// The schema.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    add(&DEFINITION, &mut definitions);
    for form in FORMS {
        definitions.insert(form.name.to_owned(), of_form(form));
    }
    definitions.sort_keys();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Definition of a Docker Hardened Image, package or chart",
        "description": "Written by `dhi definition schema`. `dhi definition lint` finds more.",
        "$ref": reference(DEFINITION.name),
        "$defs": definitions,
    })
}

/// Adds an object, and all objects that it refers to.
fn add(object: &Object, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(object.name) {
        return;
    }
    let mut properties = Map::new();
    for Field { key, about, shape } in object.fields {
        add_shape(shape, definitions);
        let mut value = of_shape(shape);
        if let Value::Object(members) = &mut value {
            members.insert("description".to_owned(), json!(about));
        }
        properties.insert((*key).to_owned(), value);
    }
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(object.about));
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("additionalProperties".to_owned(), json!(false));
    if !object.required.is_empty() {
        schema.insert("required".to_owned(), json!(object.required));
    }
    let rules: Vec<Value> = object.rules.iter().map(of_rule).collect();
    if !rules.is_empty() {
        schema.insert("allOf".to_owned(), json!(rules));
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    definitions.insert(object.name.to_owned(), Value::Object(schema));
}

fn add_shape(shape: &Shape, definitions: &mut Map<String, Value>) {
    match shape {
        Shape::Object(object) => add(object, definitions),
        Shape::List(items) => add_shape(items, definitions),
        _ => {}
    }
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Form(form) => json!({ "$ref": reference(form.name) }),
        Shape::Word(words) => json!({ "type": "string", "enum": words() }),
        Shape::Suggested(texts) => json!({ "type": "string", "anyOf": [{ "enum": texts() }, {}] }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Id => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX - 1 }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::List(items) => json!({ "type": "array", "items": of_shape(items) }),
        Shape::Texts => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Shape::Arguments => json!({ "type": "object" }),
        Shape::Any => json!({}),
        Shape::Object(object) => json!({ "$ref": reference(object.name) }),
    }
}

fn of_form(form: &Form) -> Value {
    let pattern = format!("({TEMPLATE})|({})", form.pattern);
    json!({ "type": "string", "pattern": pattern, "examples": form.examples })
}

fn of_rule(rule: &KeyRule) -> Value {
    match rule {
        KeyRule::OneOf(lists) => {
            let lists: Vec<Value> = lists.iter().map(|keys| json!({ "required": keys })).collect();
            json!({ "anyOf": lists })
        }
        KeyRule::With { key, words, required } => json!({
            "if": { "required": [key], "properties": { (*key): { "enum": words } } },
            "then": { "required": required },
        }),
    }
}

fn reference(name: &str) -> String {
    format!("#/$defs/{name}")
}
