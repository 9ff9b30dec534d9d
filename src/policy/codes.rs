//! The error codes of the module `policy`. Exceptions name `admit/not-judged`, so it is declared here and not in
//! `admission`.

use crate::diagnostic::codes;

codes! {
    ADMIT_NOT_JUDGED = "admit/not-judged", Fail, "a part of the manifests was not judged";
    POLICY_EXCEPTIONS = "policy/exceptions", Usage, "a file of exceptions is not valid";
}
