//! The page, printed: no column is lost, however many there are.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::setup::{Browser, Page, Scheme, Tab, WIDE, WIDEST};
use crate::support::Ended;
use crate::tier::cases;
use crate::tier::trials::Case;

pub(super) fn cases() -> Vec<Case<Browser>> {
    cases! {
        Case::new: every_column_is_on_paper, a_matrix_is_as_wide_as_its_paper;
    }
}

/// The words that are on paper, those beyond its edge left out.
fn words(file: &Path) -> Vec<String> {
    let mut command = Command::new("pdftotext");
    command.arg("-bbox").arg(file).arg("-");
    let ended = Ended::of(command, "");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let number = |line: &str, key: &str| -> f64 {
        let (_, rest) = line.split_once(&format!("{key}=\"")).unwrap();
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let (mut width, mut words) = (0.0, Vec::new());
    for line in ended.stdout.lines().map(str::trim) {
        if line.starts_with("<page ") {
            width = number(line, "width");
        } else if line.starts_with("<word ")
            && number(line, "xMin") >= 0.0
            && number(line, "xMax") <= width
        {
            let (_, rest) = line.split_once('>').unwrap();
            words.push(rest.trim_end_matches("</word>").to_owned());
        }
    }
    words
}

fn every_column_is_on_paper(browser: &Browser) {
    // What is preferred on the screen is not what is printed.
    for (page, count, width, scheme) in
        [(Page::Widest, WIDEST, 1280, Scheme::Light), (Page::Wide, WIDE, 390, Scheme::Dark)]
    {
        let tab = Tab::open(browser, page, width, scheme);
        let words = words(&tab.pdf());
        let found = ["Cef", "mds"].map(|word| words.iter().filter(|it| *it == word).count());
        assert_eq!(found, [count * (count - 1); 2], "{page:?} at {width}");
    }
}

/// Of the smallest paper on which a matrix still has to be told from a stripe, and of usual ones.
fn a_matrix_is_as_wide_as_its_paper(browser: &Browser) {
    for (page, widths) in
        [(Page::Widest, &[718][..]), (Page::Wide, &[480, 1040]), (Page::Grades, &[718])]
    {
        let tab = Tab::open(browser, page, 1280, Scheme::Light);
        for width in widths.iter().copied() {
            tab.lay_out_for_paper(width);
            let shape = tab.eval(
                "(() => { const table = document.querySelector('table');
                   const size = parseFloat(getComputedStyle(table).fontSize);
                   const rights = [...table.querySelectorAll('td, th span')].map((it) => it.getBoundingClientRect().right);
                   const heights = [...table.tBodies[0].rows].map((it) => it.getBoundingClientRect().height);
                   return [Math.max(...rights) <= innerWidth + 1, Math.max(...heights) < 7 * size, size < 12.1]; })()",
            );
            assert_eq!(shape, json!([true, true, true]), "{page:?} on {width}");
        }
    }
}
