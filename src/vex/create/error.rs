//! Why a statement is not written. A type beside [`Error`]: it has the rules that `document` and `lint` check, which
//! themselves report an [`Error`].

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::vex::Error;
use crate::vex::document::InvalidStatement;
use crate::vex::lint::FormFault;

/// Why a statement is not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The statement breaks a rule of OpenVEX.
    #[error("the statement is not valid: {0}")]
    Invalid(#[from] InvalidStatement),
    /// There is no product.
    #[error("the statement has no product")]
    NoProduct,
    /// A text is empty.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// The id of a vulnerability has white space, or is empty.
    #[error("`{0}` is not the id of a vulnerability")]
    Vulnerability(String),
    /// Several vulnerabilities, and aliases of which it is not known whose they are.
    #[error("aliases are those of one vulnerability, and there are several")]
    AliasesOfSeveral,
    /// The id of the document is no IRI.
    #[error("`{0}` cannot be the id of a document: it is not an IRI")]
    Id(String),
    /// A product or subcomponent matches nothing.
    #[error("`{text}` would match nothing: {}", cause(.fault))]
    Form {
        /// As written.
        text: String,
        /// Why.
        fault: FormFault,
    },
    /// A product is neither a package URL nor a reference of an image in a registry.
    #[error("`{text}` is not a product: {cause}")]
    Product {
        /// As written.
        text: String,
        /// Why.
        cause: String,
    },
    /// Statements can be added to OpenVEX 0.2.0 alone.
    #[error("statements cannot be added to {document}: {cause}")]
    NotAmendable {
        /// Its name, as messages show it.
        document: String,
        /// Why.
        cause: &'static str,
    },
    /// The new statement would be older than one that is there.
    #[error("the time {time} is before {newest}, which {document} has already")]
    OlderTime {
        /// The name of the document, as messages show it.
        document: String,
        /// The time of the new statement.
        time: Timestamp,
        /// The newest time of the document.
        newest: Timestamp,
    },
    /// The document cannot be read.
    #[error(transparent)]
    Document(#[from] Error),
}

impl ToDiagnostic for CreateError {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Document(error) => error.to_diagnostic(),
            error => Diagnostic::new(Code::USAGE_ARGUMENTS, error.to_string()),
        }
    }
}

fn cause(fault: &FormFault) -> &'static str {
    match fault {
        FormFault::Range => "a range of versions is not part of a package URL",
        FormFault::Cpe => "reports name packages, not CPEs",
        FormFault::NotAPackageUrl => "it is not a valid package URL",
        FormFault::NamespaceInName => "the namespace is inside the name",
        FormFault::NotARepository => "no image can have this name",
        FormFault::Text => "it is no package URL, image or digest",
        FormFault::Empty => "it is empty",
    }
}
