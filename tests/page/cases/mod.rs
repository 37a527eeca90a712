//! The cases, by what a person does with the page.

mod contents;
mod keyboard;
mod layout;
mod paper;
mod people;

use crate::setup::Browser;
use crate::tier::trials::Case;

pub(crate) fn all() -> Vec<Case<Browser>> {
    let cases =
        [layout::cases(), keyboard::cases(), contents::cases(), paper::cases(), people::cases()];
    cases.into_iter().flatten().collect()
}
