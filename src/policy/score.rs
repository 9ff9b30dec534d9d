//! The health score of an image over the policies that were evaluated for it, as Docker Scout counts it.
//!
//! Only a policy that passes counts as held: an unknown one is in the total and not among the held ones.

use std::fmt;

/// The sum of the weights of all policies, and of those that hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    held: u64,
    total: u64,
}

/// The letters of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Letter {
    /// More than 90 %.
    A,
    /// More than 70 %.
    B,
    /// More than 50 %.
    C,
    /// More than 30 %.
    D,
    /// More than 10 %.
    E,
    /// 10 % or less.
    F,
}

impl Score {
    /// Adds a policy. One of weight 0 does not count.
    pub fn add(&mut self, weight: u32, holds: bool) {
        let weight = u64::from(weight);
        self.total += weight;
        self.held += if holds { weight } else { 0 };
    }

    /// The sum of the weights of the policies that hold.
    pub fn held(self) -> u64 {
        self.held
    }

    /// The sum of all weights.
    pub fn total(self) -> u64 {
        self.total
    }

    /// The whole per cent of the weights that hold, rounded down. `None` if no policy counts.
    pub fn percent(self) -> Option<u64> {
        (self.held * 100).checked_div(self.total)
    }

    /// The letter. `None` if no policy counts.
    pub fn letter(self) -> Option<Letter> {
        let is_over = |percent: u64| self.held * 100 > self.total * percent;
        (self.total > 0).then(|| match () {
            () if is_over(90) => Letter::A,
            () if is_over(70) => Letter::B,
            () if is_over(50) => Letter::C,
            () if is_over(30) => Letter::D,
            () if is_over(10) => Letter::E,
            () => Letter::F,
        })
    }
}

/// `B (83%)`, or `N/A` if no policy counts.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.letter().zip(self.percent()) {
            Some((letter, percent)) => write!(f, "{letter:?} ({percent}%)"),
            None => f.write_str("N/A"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(held: u32, failed: u32) -> Score {
        let mut score = Score::default();
        score.add(held, true);
        score.add(failed, false);
        score
    }

    #[test]
    fn a_letter_begins_above_its_threshold() {
        for (held, failed, text) in [
            (10, 0, "A (100%)"),
            (91, 9, "A (91%)"),
            (90, 10, "B (90%)"),
            (901, 99, "A (90%)"),
            (71, 29, "B (71%)"),
            (70, 30, "C (70%)"),
            (50, 50, "D (50%)"),
            (30, 70, "E (30%)"),
            (11, 89, "E (11%)"),
            (10, 90, "F (10%)"),
            (0, 1, "F (0%)"),
            (50, 10, "B (83%)"),
        ] {
            assert_eq!(score(held, failed).to_string(), text, "{held} of {}", held + failed);
        }
    }

    #[test]
    fn a_policy_of_weight_zero_does_not_count() {
        assert_eq!(score(0, 0).to_string(), "N/A");
        assert_eq!((score(0, 0).letter(), score(0, 0).percent()), (None, None));
        let mut score = score(10, 0);
        score.add(0, false);
        assert_eq!((score.held(), score.total()), (10, 10));
    }

    #[test]
    fn the_largest_weights_do_not_overflow() {
        let mut score = score(u32::MAX, u32::MAX);
        score.add(u32::MAX, true);
        assert_eq!(score.to_string(), "C (66%)");
    }
}
