//! Values of which a definition knows a fixed set.

use std::fmt;

/// A value out of a fixed set of words.
pub trait Keyword: Copy + fmt::Debug + PartialEq + Eq + 'static {
    /// All values, in the order in which they are listed for users.
    const ALL: &'static [Self];

    /// The word in the definition.
    fn as_str(self) -> &'static str;

    /// The value of a word.
    fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == word)
    }
}

/// Declares an enum of words.
macro_rules! keywords {
    ($(#[$about:meta])* $name:ident { $($(#[$more:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$more])* $variant,)*
        }

        impl $crate::builder::definition::Keyword for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::builder::definition::Keyword::as_str(*self))
            }
        }
    };
}

pub(crate) use keywords;
