//! The error codes of the module `policy`. Exceptions name `admit/not-judged`, so it is declared here and not in
//! `admission`.

use crate::diagnostic::codes;

codes! {
    ADMIT_NOT_JUDGED = "admit/not-judged", Fail, "a part of the manifests was not judged";
    POLICY_EXCEPTIONS = "policy/exceptions", Usage, "a file of exceptions is not valid";
    POLICY_CONFIG = "policy/config", Usage, "a configuration of policies is not valid";
    POLICY_SELECTION = "policy/selection", Usage, "the policies that are named cannot be evaluated together";
    POLICY_REGO = "policy/rego", Usage, "a file is not valid Rego";
    POLICY_CONTRACT = "policy/contract", Usage, "a Rego file is not a policy";
    POLICY_NOT_OFFERED = "policy/not-offered", Usage, "a policy calls a function that is not offered";
    POLICY_CASES = "policy/cases", Usage, "a file of policy cases is not valid";
    POLICY_CASE_FAILED = "policy/case-failed", Fail, "a case of a policy does not hold";
    POLICY_VIOLATION = "policy/violation", Fail, "a policy does not hold";
    POLICY_FACTS = "policy/facts", Usage, "a file does not hold facts about images";
    POLICY_UNKNOWN = "policy/unknown", Fail, "it is unknown whether a policy holds";
}
