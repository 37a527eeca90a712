//! What is where, in wide and narrow windows.

use serde_json::json;

use crate::setup::{Browser, Page, Scheme, Tab, WIDTHS};
use crate::tier::cases;
use crate::tier::trials::Case;

pub(super) fn cases() -> Vec<Case<Browser>> {
    cases! {
        Case::new: no_window_is_too_narrow, letters_stay_in_their_cells, heads_are_turned,
            a_clicked_pair_is_above_everything, colours_are_those_that_are_preferred,
            letters_and_colours_say_the_same, the_verdict_is_on_top;
    }
}

fn no_window_is_too_narrow(browser: &Browser) {
    for page in Page::USUAL {
        for width in WIDTHS {
            let tab = Tab::open(browser, page, width, Scheme::Light);
            let beyond = tab.eval(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(beyond, json!(0), "{page:?} at {width}");
        }
    }
}

fn letters_stay_in_their_cells(browser: &Browser) {
    for width in WIDTHS {
        let tab = Tab::open(browser, Page::Grades, width, Scheme::Light);
        let wide = tab.eval(
            "[...document.querySelectorAll('td .letters')].filter((it) => \
             it.getBoundingClientRect().right > it.closest('td').getBoundingClientRect().right + 0.5).length",
        );
        assert_eq!(wide, json!(0));
        let lines =
            tab.eval("document.querySelectorAll('td a')[0].querySelectorAll('.letters').length");
        assert_eq!(lines, json!(2));
    }
}

fn heads_are_turned(browser: &Browser) {
    let tab = Tab::open(browser, Page::Grades, 1280, Scheme::Light);
    let heads = tab.eval(
        "[...document.querySelectorAll('thead th span')].map((it) => {
           const [a, b] = getComputedStyle(it).transform.match(/[-0-9.]+/g).map(Number);
           return Math.round(Math.atan2(b, a) * 180 / Math.PI); })",
    );
    let heads = heads.as_array().unwrap();
    assert_eq!(heads.len(), 6);
    assert!(heads.iter().all(|angle| *angle == json!(-40)), "{heads:?}");
    // Nothing of a name is above the room of its row.
    let above = tab.eval(
        "[...document.querySelectorAll('thead th span')].filter((it) => \
         it.getBoundingClientRect().top < it.closest('table').getBoundingClientRect().top - 1).length",
    );
    assert_eq!(above, json!(0));
}

fn a_clicked_pair_is_above_everything(browser: &Browser) {
    for width in WIDTHS {
        let tab = Tab::open(browser, Page::Grades, width, Scheme::Light);
        tab.click("td.takes a");
        tab.shoot("-panel");
        // Of a grid of points over the panel, how many show something else.
        let covered = tab.eval(
            "(() => { const panel = document.querySelector('dialog[open]'); const box = panel.getBoundingClientRect();
               let covered = 0;
               for (let x = 1; x < 20; x++) for (let y = 1; y < 20; y++) {
                 const at = document.elementFromPoint(box.x + box.width * x / 20, box.y + box.height * y / 20);
                 if (!panel.contains(at)) covered++;
               }
               return covered; })()",
        );
        assert_eq!(covered, json!(0), "{width}");
        assert!(tab.text("document.querySelector('dialog').textContent").contains("→"));
        tab.click("dialog button");
        assert_eq!(tab.eval("document.querySelector('dialog').open"), json!(false));
    }
}

fn colours_are_those_that_are_preferred(browser: &Browser) {
    let [light, dark] = Scheme::ALL.map(|scheme| {
        let tab = Tab::open(browser, Page::Grades, 1280, scheme);
        tab.text("getComputedStyle(document.body).backgroundColor")
    });
    assert_eq!([light.as_str(), dark.as_str()], ["rgb(251, 251, 250)", "rgb(22, 24, 27)"]);
}

/// Where a container is taken over through another one, the cell must not look as if it were not.
fn letters_and_colours_say_the_same(browser: &Browser) {
    let tab = Tab::open(browser, Page::Grades, 1280, Scheme::Light);
    let wrong = tab.eval(
        "[...document.querySelectorAll('td a')].map((it) => [it.closest('td').className.split(' ')[0],
           [...it.querySelectorAll('.letters')].map((one) => one.textContent).join('').replace(/\\s/g, '')]).filter(([grade, letters]) => grade !== (
             letters.includes('M') ? 'takes' : letters.includes('m') ? 'maytake' :
             /[EFDS]/.test(letters) ? 'reaches' : /[efds]/.test(letters) ? 'mayreach' : 'sees'))",
    );
    assert_eq!(wrong, json!([]));
    let more = tab.eval("[...document.querySelectorAll('td a')].filter((it) => it.textContent.includes('+')).length");
    assert!(more.as_u64().unwrap() > 0, "no way through another container");
}

fn the_verdict_is_on_top(browser: &Browser) {
    for page in [Page::First, Page::Folder] {
        let tab = Tab::open(browser, page, 1280, Scheme::Light);
        let lines = tab.eval("document.querySelector('.verdict').children.length");
        assert_eq!(lines, json!(3), "{page:?}");
        let above = tab.eval(
            "document.querySelector('.verdict').getBoundingClientRect().bottom < 400 && \
             !(document.querySelector('table, ol')?.compareDocumentPosition(document.querySelector('.verdict')) \
             & Node.DOCUMENT_POSITION_FOLLOWING)",
        );
        assert_eq!(above, json!(true), "{page:?}");
    }
    let tab = Tab::open(browser, Page::First, 1280, Scheme::Light);
    let text = tab.text("document.body.innerText");
    assert_eq!(text.matches("set shareProcessNamespace to false").count(), 1, "{text}");
    assert!(text.contains("on 2026-01-01 00:00 UTC"), "{text}");
}
