//! `sprintf`, which formats as Go's `fmt.Sprintf` does.
//!
//! OPA passes integers, large integers and fractions as numbers, a text as itself, and any other value as the text of
//! the document. The format is read as `fmt` reads it, with its texts for arguments that are missing, superfluous or of
//! another type.

use regorus::Value;

use super::number::{BigInteger, Number};
use super::quote::{document, is_printed, quoted};

/// The greatest width and precision of `fmt`.
const WIDEST: i64 = 1_000_000;

/// `sprintf(format, arguments)`.
pub(super) fn sprintf(arguments: &[Value]) -> Option<Value> {
    let [Value::String(format), Value::Array(values)] = arguments else { return None };
    let arguments = values.iter().map(Argument::of).collect::<Option<Vec<_>>>()?;
    let mut printer = Printer { text: String::new(), flags: Flags::default() };
    Formatter { format, at: 0, arguments: &arguments, next: 0, reordered: false, good: true }
        .run(&mut printer)?;
    Some(Value::from(printer.text))
}

/// An argument, as OPA gives it to Go.
enum Argument {
    Int(i64),
    Big(BigInteger),
    Float(f64),
    Text(String),
}

impl Argument {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Number(_) => match Number::of(value)? {
                Number::Int(int) => Self::Int(int),
                Number::Big(big) => Self::Big(big),
                Number::Float(float) => Self::Float(float),
            },
            Value::String(text) => Self::Text(text.to_string()),
            other => Self::Text(document(other)),
        })
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "int64",
            Self::Big(_) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }
}

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%#v`.
    sharp_v: bool,
    /// `%+v`.
    plus_v: bool,
}

/// The position in a format.
struct Formatter<'a> {
    format: &'a str,
    at: usize,
    arguments: &'a [Argument],
    next: usize,
    /// Whether an argument was named by its index.
    reordered: bool,
    /// Whether all indexes of the current verb name an argument.
    good: bool,
}

impl Formatter<'_> {
    fn byte(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    fn run(mut self, printer: &mut Printer) -> Option<()> {
        while let Some(rest) = self.format.get(self.at..).filter(|rest| !rest.is_empty()) {
            let Some(percent) = rest.find('%') else {
                printer.text.push_str(rest);
                break;
            };
            printer.text.push_str(rest.get(..percent)?);
            self.at += percent + 1;
            self.good = true;
            self.verb(printer)?;
        }
        let extra = self.arguments.get(self.next..).unwrap_or_default();
        if !self.reordered && !extra.is_empty() {
            printer.flags = Flags::default();
            printer.text.push_str("%!(EXTRA ");
            for (index, argument) in extra.iter().enumerate() {
                if index > 0 {
                    printer.text.push_str(", ");
                }
                printer.text.push_str(argument.type_name());
                printer.text.push('=');
                printer.argument(argument, 'v')?;
            }
            printer.text.push(')');
        }
        Some(())
    }

    fn verb(&mut self, printer: &mut Printer) -> Option<()> {
        printer.flags = Flags::default();
        loop {
            match self.byte() {
                Some(b'#') => printer.flags.sharp = true,
                Some(b'0') => printer.flags.zero = true,
                Some(b'+') => printer.flags.plus = true,
                Some(b'-') => printer.flags.minus = true,
                Some(b' ') => printer.flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut after_index = self.index();
        if self.byte() == Some(b'*') {
            self.at += 1;
            match self.integer() {
                Some(width) => {
                    printer.flags.minus |= width < 0;
                    printer.flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => printer.text.push_str("%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            printer.flags.width = self.number();
            if after_index && printer.flags.width.is_some() {
                self.good = false;
            }
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            if after_index {
                self.good = false;
            }
            after_index = self.index();
            if self.byte() == Some(b'*') {
                self.at += 1;
                printer.flags.precision = self.integer().and_then(|value| usize::try_from(value).ok());
                if printer.flags.precision.is_none() {
                    printer.text.push_str("%!(BADPREC)");
                }
                after_index = false;
            } else {
                printer.flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }
        let Some(verb) = self.format.get(self.at..).and_then(|rest| rest.chars().next()) else {
            printer.text.push_str("%!(NOVERB)");
            self.at = self.format.len();
            return Some(());
        };
        self.at += verb.len_utf8();
        let argument = self.arguments.get(self.next);
        match (verb, argument) {
            ('%', _) => printer.text.push('%'),
            _ if !self.good => printer.text.push_str(&format!("%!{verb}(BADINDEX)")),
            (_, None) => printer.text.push_str(&format!("%!{verb}(MISSING)")),
            (_, Some(argument)) => {
                let flags = &mut printer.flags;
                if verb == 'v' {
                    flags.sharp_v = std::mem::take(&mut flags.sharp);
                    flags.plus_v = std::mem::take(&mut flags.plus);
                }
                printer.argument(argument, verb)?;
                self.next += 1;
            }
        }
        Some(())
    }

    /// Reads `[n]`. Whether an argument was named.
    fn index(&mut self) -> bool {
        if self.byte() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let closed = if rest.len() < 3 { None } else { rest.find(']') };
        let Some(end) = closed else {
            self.good = false;
            self.at += 1;
            return false;
        };
        let digits = rest.get(1..end).unwrap_or_default();
        self.at += end + 1;
        let index = bounded(digits).filter(|_| !digits.is_empty());
        match index {
            Some(index) if (1..=self.arguments.len()).contains(&index) => {
                self.next = index - 1;
                true
            }
            _ => {
                self.good = false;
                index.is_some()
            }
        }
    }

    /// Reads the digits of a width or precision. A number that is too large ends the format, as in Go.
    fn number(&mut self) -> Option<usize> {
        let rest = self.format.get(self.at..).unwrap_or_default();
        let digits = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit()).len();
        let digits = rest.get(..digits).unwrap_or_default();
        if digits.is_empty() {
            return None;
        }
        let number = bounded(digits);
        self.at = if number.is_some() { self.at + digits.len() } else { self.format.len() };
        number
    }

    /// The next argument as a width or precision.
    fn integer(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        match argument {
            Argument::Int(int) if (-WIDEST..=WIDEST).contains(int) => Some(*int),
            _ => None,
        }
    }
}

/// The number of `digits`, by Go's rule: no digit may follow a number beyond the greatest width.
fn bounded(digits: &str) -> Option<usize> {
    let mut number: i64 = 0;
    for digit in digits.bytes() {
        if number > WIDEST || !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
    }
    usize::try_from(number).ok()
}

/// The text so far, and the flags of the current verb.
struct Printer {
    text: String,
    flags: Flags,
}

impl Printer {
    /// Prints an argument. `None` where Go prints an address or the memory of a number.
    fn argument(&mut self, argument: &Argument, verb: char) -> Option<()> {
        match (verb, argument) {
            ('T', _) => self.string(argument.type_name()),
            ('p' | 'w', Argument::Big(_)) => return None,
            (_, Argument::Int(int)) => return self.int(*int, verb, argument),
            (_, Argument::Big(big)) => self.big(big, verb),
            (_, Argument::Float(float)) => return self.float(*float, verb, argument),
            ('v', Argument::Text(text)) if self.flags.sharp_v => self.quote(text),
            ('v' | 's', Argument::Text(text)) => self.string(text),
            ('x', Argument::Text(text)) => self.hex(text, false),
            ('X', Argument::Text(text)) => self.hex(text, true),
            ('q', Argument::Text(text)) => self.quote(text),
            _ => return self.wrong_verb(verb, argument),
        }
        Some(())
    }

    fn wrong_verb(&mut self, verb: char, argument: &Argument) -> Option<()> {
        self.text.push_str(&format!("%!{verb}({}=", argument.type_name()));
        self.argument(argument, 'v')?;
        self.text.push(')');
        Some(())
    }

    fn padding(&mut self, count: usize) {
        let fill = if self.flags.zero && !self.flags.minus { '0' } else { ' ' };
        self.text.extend(std::iter::repeat_n(fill, count));
    }

    fn pad(&mut self, text: &str) {
        let missing = self.flags.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.flags.minus {
            self.text.push_str(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.text.push_str(text);
        }
    }

    fn pad_with_spaces(&mut self, text: &str) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    fn truncated<'t>(&self, text: &'t str) -> &'t str {
        let end = self.flags.precision.and_then(|precision| text.char_indices().nth(precision));
        end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
    }

    fn string(&mut self, text: &str) {
        self.pad(self.truncated(text));
    }

    fn quote(&mut self, text: &str) {
        let text = self.truncated(text);
        let raw = |character: char| match character {
            '`' | '\u{7f}' | '\u{feff}' => false,
            '\t' => true,
            _ => character >= ' ',
        };
        if self.flags.sharp && text.chars().all(raw) {
            self.pad(&format!("`{text}`"));
        } else {
            self.pad(&quoted(text, '"', self.flags.plus));
        }
    }

    fn hex(&mut self, text: &str, upper: bool) {
        let bytes = text.as_bytes();
        let length = self.flags.precision.unwrap_or(bytes.len()).min(bytes.len());
        let prefix = if upper { "0X" } else { "0x" };
        let mut hex = String::new();
        for (index, byte) in bytes.iter().take(length).enumerate() {
            if index > 0 && self.flags.space {
                hex.push(' ');
            }
            if self.flags.sharp && (index == 0 || self.flags.space) {
                hex.push_str(prefix);
            }
            hex.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(&hex);
    }

    fn int(&mut self, int: i64, verb: char, argument: &Argument) -> Option<()> {
        let size = int.unsigned_abs();
        let digits = match verb {
            'v' | 'd' => size.to_string(),
            'b' => format!("{size:b}"),
            'o' | 'O' => format!("{size:o}"),
            'x' => format!("{size:x}"),
            'X' => format!("{size:X}"),
            'c' => {
                self.pad(&rune(int).to_string());
                return Some(());
            }
            'q' => {
                self.pad(&quoted(&rune(int).to_string(), '\'', self.flags.plus));
                return Some(());
            }
            'U' => {
                self.unicode(int);
                return Some(());
            }
            _ => return self.wrong_verb(verb, argument),
        };
        let flags = self.flags;
        let negative = int < 0;
        let precision = match flags.precision {
            Some(0) if int == 0 => {
                self.pad_with_spaces("");
                return Some(());
            }
            Some(precision) => precision,
            None if flags.zero && !flags.minus => {
                let sign = usize::from(negative || flags.plus || flags.space);
                flags.width.unwrap_or(0).saturating_sub(sign)
            }
            None => 0,
        };
        let digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
        let prefix = match verb {
            'O' => "0o",
            'b' if flags.sharp => "0b",
            'o' if flags.sharp && !digits.starts_with('0') => "0",
            'x' if flags.sharp => "0x",
            'X' if flags.sharp => "0X",
            _ => "",
        };
        let prefix = if verb == 'O' && flags.sharp && !digits.starts_with('0') { "0o0" } else { prefix };
        self.pad_with_spaces(&format!("{}{prefix}{digits}", self.sign(negative)));
        Some(())
    }

    fn sign(&self, negative: bool) -> &'static str {
        match self.flags {
            _ if negative => "-",
            Flags { plus: true, .. } => "+",
            Flags { space: true, .. } => " ",
            _ => "",
        }
    }

    /// As `Format` of Go's `big.Int`.
    fn big(&mut self, big: &BigInteger, verb: char) {
        let (digits, prefix) = match verb {
            'b' => (big.binary.clone(), "0b"),
            'o' => (big.octal.clone(), "0"),
            'O' => (big.octal.clone(), ""),
            'd' | 's' | 'v' => (big.decimal.clone(), ""),
            'x' => (big.hex.clone(), "0x"),
            'X' => (big.hex.to_uppercase(), "0X"),
            _ => {
                self.text.push_str(&format!("%!{verb}(big.Int={})", big.text()));
                return;
            }
        };
        let flags = self.flags;
        let sharp = flags.sharp || flags.sharp_v;
        let prefix = if verb == 'O' {
            "0o"
        } else if sharp {
            prefix
        } else {
            ""
        };
        let plus = flags.plus || flags.plus_v;
        let sign = match big.negative {
            true => "-",
            false if plus => "+",
            false if flags.space => " ",
            false => "",
        };
        let mut zeros = flags.precision.unwrap_or(0).saturating_sub(digits.len());
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = flags.width.unwrap_or(0).saturating_sub(length);
        let (mut left, mut right) = (0, 0);
        if flags.minus {
            right = missing;
        } else if flags.zero && flags.precision.is_none() {
            zeros = missing;
        } else {
            left = missing;
        }
        let (left, zeros, right) = (" ".repeat(left), "0".repeat(zeros), " ".repeat(right));
        self.text.push_str(&format!("{left}{sign}{prefix}{zeros}{digits}{right}"));
    }

    fn unicode(&mut self, int: i64) {
        let precision = self.flags.precision.unwrap_or(4).max(4);
        let digits = format!("{int:X}");
        let mut text = format!("U+{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
        let character = u32::try_from(int).ok().and_then(char::from_u32);
        if let Some(character) = character.filter(|character| self.flags.sharp && is_printed(*character)) {
            text.push_str(&format!(" '{character}'"));
        }
        self.pad_with_spaces(&text);
    }

    fn float(&mut self, float: f64, verb: char, argument: &Argument) -> Option<()> {
        let flags = self.flags;
        let (form, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return self.wrong_verb(verb, argument),
        };
        let precision = flags.precision.or(default);
        let mut digits = go_float(float.abs(), form, precision);
        if flags.sharp && form != 'b' {
            digits = with_decimal_point(&digits, form, precision);
        }
        let sign = self.sign(float.is_sign_negative());
        let length = sign.len() + digits.len();
        match flags.width {
            Some(width) if flags.zero && !flags.minus && width > length && !sign.is_empty() => {
                self.text.push_str(sign);
                self.padding(width - length);
                self.text.push_str(&digits);
            }
            _ => self.pad(&format!("{sign}{digits}")),
        }
        Some(())
    }
}

/// The character of a number, as Go converts it.
fn rune(int: i64) -> char {
    u32::try_from(int).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The digits after which the exact value of every floating-point number has ended.
const ALL_DIGITS: usize = 1100;

/// `float` with this many decimal places. The standard formatter takes 65535 at most.
fn fixed(float: f64, places: usize) -> String {
    let exact = places.min(ALL_DIGITS);
    let text = format!("{float:.exact$}");
    text + &"0".repeat(places - exact)
}

/// `strconv.FormatFloat` of a number that is not negative. Without a precision: the least digits that name the number.
fn go_float(float: f64, form: char, precision: Option<usize>) -> String {
    match form {
        'f' => match precision {
            Some(precision) => fixed(float, precision),
            None => float.to_string(),
        },
        'e' | 'E' => exponent(float, form, precision),
        'g' | 'G' => {
            // Zero digits mean one, as in Go.
            let precision = precision.map(|precision| precision.max(1));
            let scientific = match precision {
                Some(precision) => format!("{float:.*e}", (precision - 1).min(ALL_DIGITS)),
                None => format!("{float:e}"),
            };
            let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
            let power: i64 = power.parse().unwrap_or(0);
            let mantissa = if mantissa.contains('.') {
                mantissa.trim_end_matches('0').trim_end_matches('.')
            } else {
                mantissa
            };
            let count = mantissa.bytes().filter(u8::is_ascii_digit).count();
            let limit = match precision {
                None => 6,
                Some(precision) => {
                    let count = i64::try_from(count).unwrap_or(i64::MAX);
                    let precision = i64::try_from(precision).unwrap_or(i64::MAX);
                    if precision > count && count > power { count } else { precision }
                }
            };
            if float != 0.0 && (power < -4 || power >= limit) {
                exponent(float, if form == 'G' { 'E' } else { 'e' }, Some(count - 1))
            } else {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                let places = usize::try_from(count - 1 - power).unwrap_or(0);
                // Rounded to the wanted digits first: `1234.5` with 2 digits is `1200`.
                let rounded: f64 = scientific.parse().unwrap_or(float);
                fixed(rounded, places)
            }
        }
        'b' => {
            let bits = float.to_bits();
            let power = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
            let fraction = bits & ((1 << 52) - 1);
            let (mantissa, power) = if power == 0 { (fraction, 1) } else { (fraction | 1 << 52, power) };
            format!("{mantissa}p{:+}", power - 1075)
        }
        _ => hexadecimal(float, form == 'X', precision),
    }
}

/// With an exponent of at least two digits.
fn exponent(float: f64, form: char, precision: Option<usize>) -> String {
    let text = match precision {
        Some(precision) => format!("{float:.*e}", precision.min(ALL_DIGITS)),
        None => format!("{float:e}"),
    };
    let zeros = "0".repeat(precision.unwrap_or(0).saturating_sub(ALL_DIGITS));
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}{zeros}{form}{sign}{:02}", power.abs())
}

/// `%x` of a floating-point number: `0x1.8p+00`.
fn hexadecimal(float: f64, upper: bool, precision: Option<usize>) -> String {
    let bits = float.to_bits();
    let mut power = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    let mut mantissa = bits & ((1 << 52) - 1);
    if power == 0 {
        power += 1;
    } else {
        mantissa |= 1 << 52;
    }
    if mantissa == 0 {
        power = 0;
    } else {
        power -= 1023;
        // One bit before the point, 60 after it.
        mantissa <<= 60 - 52;
        while mantissa & (1 << 60) == 0 {
            mantissa <<= 1;
            power -= 1;
        }
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision * 4;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            power += 1;
        }
    }
    let first = mantissa >> 60 & 1;
    let places = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let places = match precision {
        None => places.trim_end_matches('0').to_owned(),
        Some(precision) => places.chars().chain(std::iter::repeat('0')).take(precision).collect(),
    };
    let point = if places.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    let text = format!("0x{first}{point}{places}p{sign}{:02}", power.abs());
    if upper { text.to_uppercase() } else { text }
}

/// The flag `#`: a decimal point, and for `%g` the zeros up to the precision.
fn with_decimal_point(number: &str, form: char, precision: Option<usize>) -> String {
    let mut missing = match form {
        'g' | 'G' | 'x' => precision.map_or(6, |precision| i64::try_from(precision).unwrap_or(i64::MAX)),
        _ => 0,
    };
    let is_hex = matches!(form, 'x' | 'X');
    let tail = number.find(|character: char| match character {
        'p' | 'P' => true,
        'e' | 'E' => !is_hex,
        _ => false,
    });
    let (digits, tail) = number.split_at(tail.unwrap_or(number.len()));
    let mut text = digits.to_owned();
    let mut counting = false;
    for character in digits.chars().filter(|character| *character != '.') {
        counting |= character != '0';
        missing -= i64::from(counting);
    }
    if !digits.contains('.') {
        if digits == "0" {
            missing -= 1;
        }
        text.push('.');
    }
    text.extend(std::iter::repeat_n('0', usize::try_from(missing).unwrap_or(0)));
    text.push_str(tail);
    text
}
