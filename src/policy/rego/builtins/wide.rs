//! Numbers as OPA computes with them: floating-point numbers with 64 bits, read from decimal text.
//!
//! The engine has 53 bits. With these, `sum([0.1, 0.2])` is `0.3` here too.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use regorus::Value;

use super::number::Number;
use crate::policy::rego::limits::REGO_POWER;

/// The bits of a number.
const BITS: u64 = 64;

/// A number: `mantissa` times two to the power of `exponent`.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
    /// The bits that a result is rounded to.
    bits: u64,
}

/// A decimal number without a sign, as a fraction.
struct Ratio {
    numerator: BigUint,
    denominator: BigUint,
}

/// The sign and the fraction of a text such as `-1.5e3`, `3.` or `.5`.
fn ratio(text: &str) -> Option<(bool, Ratio)> {
    let (negative, text) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (text, power) = match text.split_once(['e', 'E']) {
        Some((text, power)) => (text, power.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let power = power.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    if power.unsigned_abs() > REGO_POWER {
        return None;
    }
    let digits = BigUint::parse_bytes(digits.as_bytes(), 10)?;
    let scale = ten(power.unsigned_abs());
    let one = BigUint::from(1_u8);
    let ratio = if power < 0 {
        Ratio { numerator: digits, denominator: scale }
    } else {
        Ratio { numerator: digits * scale, denominator: one }
    };
    Some((negative, ratio))
}

/// Whether `text` is a number that is not read because of its power of ten.
pub(super) fn power_is_over_limit(text: &str) -> bool {
    let Some((digits, power)) = text.split_once(['e', 'E']) else {
        return ratio(text).is_none() && ratio(&text.replacen('.', "", 1)).is_some();
    };
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    ratio(text).is_none()
        && (ratio(digits).is_some() || power_is_over_limit(digits))
        && !power.is_empty()
        && power.bytes().all(|byte| byte.is_ascii_digit())
}

fn ten(power: u64) -> BigUint {
    BigUint::from(10_u8).pow(u32::try_from(power).unwrap_or(u32::MAX))
}

impl Ratio {
    /// The nearest number of this many bits; of two equally near ones the even one.
    fn rounded(&self, negative: bool, bits: u64) -> Wide {
        let size = |number: &BigUint| i64::try_from(number.bits()).unwrap_or(i64::MAX);
        let wanted = i64::try_from(bits).unwrap_or(i64::MAX) + 2;
        let shift = wanted - (size(&self.numerator) - size(&self.denominator));
        let (numerator, denominator) = if shift >= 0 {
            (&self.numerator << shift.unsigned_abs(), self.denominator.clone())
        } else {
            (self.numerator.clone(), &self.denominator << shift.unsigned_abs())
        };
        let quotient = &numerator / &denominator;
        let rest = numerator - &quotient * denominator;
        // One more bit tells that the number is greater than the quotient.
        let sticky = u8::from(rest != BigUint::ZERO);
        Wide { negative, mantissa: (quotient << 1_u8) + sticky, exponent: -shift - 1, bits }.round()
    }
}

impl Wide {
    /// The number of `value`.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Self::read(&Number::of(value)?.text())
    }

    /// The number of a decimal text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (negative, ratio) = ratio(text)?;
        Some(ratio.rounded(negative, BITS))
    }

    /// An integer, with as many bits as it needs.
    pub(super) fn integer(integer: &BigInt) -> Self {
        let mantissa = integer.magnitude().clone();
        let bits = mantissa.bits().max(BITS);
        Self { negative: integer.sign() == Sign::Minus, mantissa, exponent: 0, bits }.round()
    }

    /// The same number, whose products have this many bits.
    pub(super) fn with_bits(self, bits: u64) -> Self {
        Self { bits, ..self }.round()
    }

    fn round(mut self) -> Self {
        let extra = self.mantissa.bits().saturating_sub(self.bits);
        if extra > 0 {
            let mut kept = &self.mantissa >> extra;
            let rest = &self.mantissa - (&kept << extra);
            let half = BigUint::from(1_u8) << (extra - 1);
            let up = match rest.cmp(&half) {
                Ordering::Less => false,
                Ordering::Equal => kept.bit(0),
                Ordering::Greater => true,
            };
            kept += u8::from(up);
            self.mantissa = kept;
            self.exponent += i64::try_from(extra).unwrap_or(i64::MAX);
        }
        if let Some(zeros) = self.mantissa.trailing_zeros() {
            self.mantissa >>= zeros;
            self.exponent += i64::try_from(zeros).unwrap_or(i64::MAX);
        } else {
            self.exponent = 0;
        }
        self
    }

    fn signed(&self) -> BigInt {
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, self.mantissa.clone())
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let aligned = |number: &Self| number.signed() << (number.exponent - exponent).unsigned_abs();
        let sum = aligned(self) + aligned(other);
        let bits = self.bits.max(other.bits);
        Self { negative: sum.sign() == Sign::Minus, mantissa: sum.magnitude().clone(), exponent, bits }
            .round()
    }

    /// The product, with the bits of the first number.
    pub(super) fn multiply(&self, other: &Self) -> Self {
        let mantissa = &self.mantissa * &other.mantissa;
        let negative = self.negative != other.negative;
        let exponent = self.exponent + other.exponent;
        Self { negative, mantissa, exponent, bits: self.bits }.round()
    }

    pub(super) fn absolute(self) -> Self {
        Self { negative: false, ..self }
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Without the fraction.
    pub(super) fn truncated(&self) -> BigInt {
        let shift = self.exponent.unsigned_abs();
        let size = if self.exponent >= 0 { &self.mantissa << shift } else { &self.mantissa >> shift };
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, size)
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.mantissa == other.mantissa && self.exponent == other.exponent
    }

    /// The least decimal text that is read as this number.
    pub(super) fn text(&self) -> String {
        let number = self.clone().round();
        let sign = if number.negative { "-" } else { "" };
        if number.mantissa == BigUint::ZERO {
            return "0".to_owned();
        }
        let shift = number.exponent.unsigned_abs();
        let one = BigUint::from(1_u8);
        let exact = if number.exponent >= 0 {
            Ratio { numerator: &number.mantissa << shift, denominator: one }
        } else {
            Ratio { numerator: number.mantissa.clone(), denominator: one << shift }
        };
        // The power of the first digit.
        let mut power =
            i64::try_from((&exact.numerator / &exact.denominator).to_string().len()).unwrap_or(1) - 1;
        if exact.numerator < exact.denominator {
            while &exact.numerator * ten(power.unsigned_abs()) < exact.denominator {
                power -= 1;
            }
        }
        for count in 1_i64.. {
            let scale = count - 1 - power;
            let (numerator, denominator) = if scale >= 0 {
                (&exact.numerator * ten(scale.unsigned_abs()), exact.denominator.clone())
            } else {
                (exact.numerator.clone(), &exact.denominator * ten(scale.unsigned_abs()))
            };
            let digits = (numerator * 2_u8 + &denominator) / (denominator * 2_u8);
            let text = format!("{digits}e{}", -scale);
            if Self::read_with(&text, number.bits).is_some_and(|read| read.equals(&number)) {
                return format!("{sign}{}", plain(&digits.to_string(), -scale));
            }
        }
        String::new()
    }

    fn read_with(text: &str, bits: u64) -> Option<Self> {
        ratio(text).map(|(negative, ratio)| ratio.rounded(negative, bits))
    }

    /// The value for the engine.
    pub(super) fn value(&self) -> Option<Value> {
        Value::from_numeric_string(&self.text()).ok()
    }
}

/// Digits times a power of ten, without an exponent.
fn plain(digits: &str, power: i64) -> String {
    let places = usize::try_from(power.unsigned_abs()).unwrap_or(usize::MAX);
    if power >= 0 {
        return format!("{digits}{}", "0".repeat(places));
    }
    let digits = format!("{}{digits}", "0".repeat((places + 1).saturating_sub(digits.len())));
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{whole}.{fraction}")
}

/// A number times `multiplier`, exactly: its text with ten decimal places at most.
pub(super) fn multiplied(text: &str, multiplier: u64, divisor: u64) -> Option<String> {
    let (negative, ratio) = ratio(text)?;
    let numerator = ratio.numerator * multiplier * ten(10);
    let denominator = ratio.denominator * divisor;
    let digits = (numerator * 2_u8 + &denominator) / (denominator * 2_u8);
    let text = plain(&digits.to_string(), -10);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Some(format!("{}{text}", if negative { "-" } else { "" }))
}
