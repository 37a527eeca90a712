//! axe-core: what keeps people out who do not see, or not well, or do not point.

use crate::setup::{Browser, Page, Scheme, Tab, WIDTHS};
use crate::tier::cases;
use crate::tier::trials::Case;

pub(super) fn cases() -> Vec<Case<Browser>> {
    cases! {
        Case::new: nobody_is_kept_out, axe_finds_what_it_is_for;
    }
}

fn nobody_is_kept_out(browser: &Browser) {
    for page in Page::USUAL {
        for (width, scheme) in WIDTHS.into_iter().zip(Scheme::ALL) {
            let tab = Tab::open(browser, page, width, scheme);
            let none = Vec::<String>::new();
            if page == Page::Grades {
                assert_eq!(tab.violations(), none, "{page:?} at {width}, {scheme:?}");
            }
            // All there is to see.
            tab.eval("document.querySelectorAll('details').forEach((it) => { it.open = true; })");
            tab.click("td a");
            assert_eq!(tab.violations(), none, "{page:?} at {width}, {scheme:?}, opened");
        }
    }
}

/// A page that was changed for the worse is noticed.
fn axe_finds_what_it_is_for(browser: &Browser) {
    let tab = Tab::open(browser, Page::First, 1280, Scheme::Light);
    tab.eval("document.querySelector('.soft').style.color = '#ddd'");
    let found = tab.violations();
    assert!(found.iter().any(|it| it.starts_with("color-contrast: ")), "{found:?}");
}
