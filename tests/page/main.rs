//! The page of `bulkhead reach --output html` in a real Chromium, as people use it: on a wide and a narrow
//! window, in light and dark, with a keyboard only, on paper, and checked by axe-core.
//!
//! Needs `chromium` and `pdftotext`; axe-core is looked for in the folder `BULKHEAD_TEST_PAGE` (default
//! `target/page`) and fetched there when it is missing. With `BULKHEAD_PAGE_SHOTS` each page that is
//! opened leaves a picture in that folder.

#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all tiers; this one uses a part")]
mod tier;

mod cases;
mod setup;

use std::process::ExitCode;

use setup::Browser;
use tier::trials;

fn main() -> ExitCode {
    trials::run(1, cases::all(), Browser::open)
}
