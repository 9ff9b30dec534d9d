//! Stable codes of causes. Each module declares its own in its `codes.rs`, with [`codes!`].

use std::fmt;

use super::Exit;

/// The stable code of one cause: `area/name` in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    id: &'static str,
    exit: Exit,
    title: &'static str,
}

impl Code {
    /// Only [`codes!`] makes one.
    #[doc(hidden)]
    pub(crate) const fn declared(id: &'static str, exit: Exit, title: &'static str) -> Self {
        Self { id, exit, title }
    }

    /// The code as text.
    pub fn as_str(self) -> &'static str {
        self.id
    }

    /// The exit code of a run in which this is the most severe failure.
    pub fn exit(self) -> Exit {
        self.exit
    }

    /// Its meaning in one line, without a full stop.
    pub fn title(self) -> &'static str {
        self.title
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// All codes of a program. Modules that parse codes get a catalogue from their caller, since a module cannot import
/// the codes of higher layers.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue(&'static [&'static [Code]]);

impl Catalogue {
    /// A catalogue of the `CODES` of each module.
    pub const fn new(modules: &'static [&'static [Code]]) -> Self {
        Self(modules)
    }

    /// All codes, module by module.
    pub fn codes(self) -> impl Iterator<Item = Code> {
        self.0.iter().copied().flatten().copied()
    }

    /// The code that `text` names.
    pub fn find(self, text: &str) -> Option<Code> {
        self.codes().find(|code| code.as_str() == text)
    }
}

/// Declares the codes of a module: each becomes a constant of [`Code`], and all of them `CODES`.
macro_rules! codes {
    ($($name:ident = $id:literal, $exit:ident, $title:literal;)*) => {
        impl $crate::diagnostic::Code {
            $(
                #[doc = concat!("`", $id, "`: ", $title, ".")]
                pub const $name: Self = Self::declared($id, $crate::diagnostic::Exit::$exit, $title);
            )*
        }

        /// The codes that this module declares.
        pub const CODES: &[$crate::diagnostic::Code] = &[$($crate::diagnostic::Code::$name,)*];
    };
}

pub(crate) use codes;

codes! {
    USAGE_ARGUMENTS = "usage/arguments", Usage, "the arguments contradict each other or cannot be used";
    TRUST_KEY_FILE = "trust/key-file", Usage, "a key, keyring or trusted root cannot be read";
    BUG_INTERNAL = "bug/internal", Bug, "a bug of this program";
}
