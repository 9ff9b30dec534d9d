//! The rules of the evaluation.

use crate::builder::definition::finding::rules;

rules! {
    TEMPLATE = "definition/template", "a template that cannot be evaluated";
    PLATFORM = "definition/platform", "a platform that the definition is not for";
    INCLUDE = "definition/include", "a file that cannot be included";
}
