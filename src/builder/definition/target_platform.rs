//! The platforms that definitions can be built for.

use super::keyword::keywords;

keywords! {
    /// A platform that a definition can be built for.
    TargetPlatform {
        /// 64-bit x86.
        LinuxAmd64 = "linux/amd64",
        /// 64-bit ARM.
        LinuxArm64 = "linux/arm64",
    }
}

impl TargetPlatform {
    /// The architecture, as `target.arch` gives it.
    pub fn architecture(self) -> &'static str {
        match self {
            Self::LinuxAmd64 => "amd64",
            Self::LinuxArm64 => "arm64",
        }
    }
}
