//! Numbers that the environment gives to the long forms of tests.

use std::env::var_os;

/// The number that a variable holds, if it is set.
pub(crate) fn given(name: &str) -> Option<u64> {
    let text = var_os(name)?;
    let number = text.to_str().and_then(|text| text.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{name} is no number: {}", text.display())))
}

/// The same, or what it is where it is not set.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    given(name).unwrap_or(default)
}
