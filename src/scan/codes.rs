//! The error codes of the module `scan`.

use crate::diagnostic::codes;

codes! {
    SCAN_NO_SCANNER = "scan/no-scanner", Usage, "no scanner is installed that can be run";
    SCAN_FILES = "scan/files", Limit, "the files of an image cannot be read, so facts about them are unknown";
    SCAN_FAILED = "scan/failed", Unavailable, "a scanner failed, so the findings are not known";
    SCAN_DISTRIBUTION = "scan/distribution", Unavailable, "a scanner does not know the distribution of an image";
    SCAN_OLD = "scan/old", Unavailable, "the attested scan of an image is too old, or may not be the newest";
}
