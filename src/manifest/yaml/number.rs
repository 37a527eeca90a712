//! How numbers are spelled, and how they are spelled as keys.

use serde_json::Value;

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    /// A whole number above those.
    Large(u64),
    Float(f64),
}

const SPECIAL: &[(&[&str], f64)] = &[
    (&[".nan", ".NaN", ".NAN"], f64::NAN),
    (&[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], f64::INFINITY),
    (&["-.inf", "-.Inf", "-.INF"], f64::NEG_INFINITY),
];

/// The number that a text without quotes is, if it is one; one that is too large is none.
pub(super) fn read(text: &str) -> Option<Number> {
    if let Some((_, special)) = SPECIAL.iter().find(|(words, _)| words.contains(&text)) {
        return Some(Number::Float(*special));
    }
    let first = text.bytes().next()?;
    if first == b'.' {
        return separates_digits(text).then(|| decimal(&text.replace('_', ""))).flatten();
    }
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-')) {
        return None;
    }
    let digits = text.replace('_', "");
    whole(&digits).or_else(|| decimal(&digits)).or_else(|| {
        // A sign behind the prefix, which Go's own reading does not take.
        let bits = digits.strip_prefix("0b")?;
        i64::from_str_radix(bits, 2).ok().map(Number::Whole)
    })
}

/// Whether each `_` stands between digits.
fn separates_digits(text: &str) -> bool {
    let inside = |part: &str, last: bool| {
        let end = if last { part.bytes().next() } else { part.bytes().next_back() };
        end.is_some_and(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('_').collect();
    parts.windows(2).all(|pair| match pair {
        [before, after] => inside(before, false) && inside(after, true),
        _ => false,
    })
}

/// A whole number in the base that its prefix says (Go, `strconv.ParseInt` with base 0).
fn whole(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', _, ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(size).map(Number::Whole);
    }
    match (i64::try_from(size), text.starts_with('+')) {
        (Ok(size), _) => Some(Number::Whole(size)),
        (Err(_), false) => Some(Number::Large(size)),
        (Err(_), true) => None,
    }
}

/// A number with a point or an exponent, or one that is no octal: `08`.
fn decimal(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)))
        }
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let right = is_digits(before)
        && is_digits(after)
        && !(before.is_empty() && after.is_empty())
        && (!before.is_empty() || mantissa.starts_with('.'))
        && exponent.is_none_or(|exponent| !exponent.is_empty() && is_digits(exponent));
    let number = right.then(|| text.parse::<f64>().ok()).flatten()?;
    number.is_finite().then_some(Number::Float(number))
}

impl Number {
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Whole(_) | Self::Large(_))
    }

    /// As `!!float` takes it.
    pub(super) fn as_float(self) -> Option<Self> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "so does Go")]
            Self::Whole(number) => Some(Self::Float(number as f64)),
            Self::Large(_) => None,
            Self::Float(_) => Some(self),
        }
    }

    /// As JSON, where it is finite. Go writes a whole number without a fraction, so that `1e3` fits
    /// where an integer must be.
    pub(super) fn value(self) -> Option<Value> {
        match self {
            Self::Whole(number) => Some(number.into()),
            Self::Large(number) => Some(number.into()),
            Self::Float(number) if !number.is_finite() => None,
            Self::Float(number) => {
                let whole = format!("{number:.0}").parse::<i64>();
                Some(match whole {
                    Ok(whole) if number.fract() == 0.0 => whole.into(),
                    _ => number.into(),
                })
            }
        }
    }

    /// As a key of an object; kubectl has none for those above `i64::MAX`.
    pub(super) fn key(self) -> Option<String> {
        match self {
            Self::Whole(number) => Some(number.to_string()),
            Self::Large(_) => None,
            Self::Float(number) => Some(float_key(number)),
        }
    }
}

/// Go's `%g` of a number of 32 bits.
fn float_key(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "so does sigs.k8s.io/yaml")]
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
