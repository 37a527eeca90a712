//! Everything without a pointer.

use serde_json::json;

use crate::setup::{Browser, Page, Scheme, Tab};
use crate::tier::cases;
use crate::tier::trials::Case;

pub(super) fn cases() -> Vec<Case<Browser>> {
    cases! {
        Case::new: tab_enters_a_matrix_once, arrows_move_between_cells, enter_opens_and_escape_closes,
            a_cell_beneath_the_heads_of_rows_is_scrolled_out;
    }
}

/// Row and column of the cell that has the focus, counted from 0 without the heads.
fn cell(tab: &Tab<'_>) -> String {
    tab.text(
        "(() => { const cell = document.activeElement.closest('td'); \
         return cell ? `${cell.parentElement.rowIndex - 1} ${cell.cellIndex - 1}` : document.activeElement.localName; })()",
    )
}

/// The keys `Tab` and no others lead through the page: to a cell, and from there behind the matrix.
fn tab_enters_a_matrix_once(browser: &Browser) {
    let tab = Tab::open(browser, Page::Grades, 1280, Scheme::Light);
    assert_eq!(tab.eval("document.querySelectorAll('table a[tabindex=\"0\"]').length"), json!(1));
    tab.press("Tab");
    assert_eq!(cell(&tab), "0 5", "the first cell with a pair");
    tab.press("Tab");
    assert_eq!(cell(&tab), "summary");
    assert_eq!(tab.text("document.querySelector('table').getAttribute('role')"), "grid");
}

fn arrows_move_between_cells(browser: &Browser) {
    let tab = Tab::open(browser, Page::Grades, 1280, Scheme::Light);
    tab.press("Tab");
    let start = cell(&tab);
    for (key, expected) in [
        ("ArrowLeft", "0 4"),
        ("ArrowDown", "1 4"),
        ("ArrowLeft", "1 3"),
        ("ArrowLeft", "1 2"),
        // The cell of a container and itself is one to pass through.
        ("ArrowLeft", "1 1"),
        ("ArrowUp", "0 1"),
        ("ArrowUp", "0 1"),
        ("Home", "0 0"),
        ("ArrowLeft", "0 0"),
        ("End", "0 5"),
        ("ArrowRight", "0 5"),
    ] {
        tab.press(key);
        assert_eq!(cell(&tab), expected, "{key}, from {start}");
    }
    tab.press_ctrl("End");
    assert_eq!(cell(&tab), "4 5");
    tab.press_ctrl("Home");
    assert_eq!(cell(&tab), "0 0");
    // Where it was left it is entered again.
    tab.press("ArrowDown");
    tab.press("Tab");
    tab.press("Tab");
    tab.eval("document.activeElement.blur()");
    assert_eq!(tab.eval("document.querySelectorAll('table [tabindex=\"0\"]').length"), json!(1));
    let kept = tab.text("(() => { const it = document.querySelector('table [tabindex=\"0\"]').closest('td'); return `${it.parentElement.rowIndex - 1} ${it.cellIndex - 1}`; })()");
    assert_eq!(kept, "1 0");
}

fn enter_opens_and_escape_closes(browser: &Browser) {
    let tab = Tab::open(browser, Page::Grades, 390, Scheme::Dark);
    let is_open = || tab.eval("document.querySelector('dialog').open");
    tab.press("Tab");
    let place = cell(&tab);
    assert_eq!(is_open(), json!(false));
    tab.press("Enter");
    assert_eq!(is_open(), json!(true));
    tab.shoot("-keyboard");
    assert_eq!(tab.text("document.activeElement.textContent"), "Close");
    tab.press("Escape");
    assert_eq!((is_open(), cell(&tab)), (json!(false), place.clone()));
    tab.press("Enter");
    tab.press("Enter");
    assert_eq!((is_open(), cell(&tab)), (json!(false), place), "the button closes it, too");
}

fn a_cell_beneath_the_heads_of_rows_is_scrolled_out(browser: &Browser) {
    let tab = Tab::open(browser, Page::Wide, 390, Scheme::Light);
    tab.press("Tab");
    for key in ["End", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft"]
    {
        tab.press(key);
        let beneath = tab.eval(
            "(() => { const cell = document.activeElement.closest('td').getBoundingClientRect(); \
             const head = document.activeElement.closest('tr').cells[0].getBoundingClientRect(); \
             return cell.left < head.right - 1 || cell.right > innerWidth; })()",
        );
        assert_eq!(beneath, json!(false), "{key}: {}", cell(&tab));
    }
}
