//! The error codes of the module `vex`.

use crate::diagnostic::codes;

codes! {
    VEX_NO_FINDING = "vex/no-finding", Missing, "no report has the finding";
    VEX_DOCUMENT = "vex/document", Usage, "a VEX document cannot be read";
    VEX_REPORT = "vex/report", Usage, "a scanner report cannot be read or written back";
    VEX_OTHER_IMAGE = "vex/other-image", Usage, "a report is about another image than the one that was named";
    VEX_REPOSITORY = "vex/repository", Usage, "a VEX repository cannot be used";
    VEX_UNSIGNED = "vex/unsigned", BadProof, "a VEX document is not signed by a trusted signer";
}
