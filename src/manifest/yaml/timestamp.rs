//! What `!!timestamp` takes (goyaml.v2, `parseTimestamp`).

/// Whether a text is a date, or a date and a time.
pub(super) fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    is_date(date)
        && match time.split_at_checked(1) {
            None => true,
            Some((" ", time)) => is_time(time),
            Some((_, time)) => zoned(time).is_some_and(is_time),
        }
}

fn is_date(date: &str) -> bool {
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some(year) = number(year, 4..=4) else { return false };
    let days = match number(month, 1..=2) {
        Some(1 | 3 | 5 | 7 | 8 | 10 | 12) => 31,
        Some(4 | 6 | 9 | 11) => 30,
        Some(2) if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        Some(2) => 28,
        _ => return false,
    };
    number(day, 1..=2).is_some_and(|day| (1..=days).contains(&day))
}

/// A time without its zone: `Z`, or hours and minutes.
fn zoned(time: &str) -> Option<&str> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some(time);
    }
    let (time, zone) = time.split_at_checked(time.rfind(['+', '-'])?)?;
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let fits = number(hours, 2..=2)? <= 24 && number(minutes, 2..=2)? < 60;
    fits.then_some(time)
}

fn is_time(time: &str) -> bool {
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = time.split(':');
    let mut below =
        |most| parts.next().and_then(|part| number(part, 1..=2)).is_some_and(|it| it < most);
    below(24)
        && below(60)
        && below(60)
        && parts.next().is_none()
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number of so many digits.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let right = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}
