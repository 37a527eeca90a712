//! The page of a folder: the worst first, what is quiet folded, and a filter.

use serde_json::{Value, json};

use crate::setup::{Browser, Page, Scheme, Tab};
use crate::tier::cases;
use crate::tier::trials::Case;

pub(super) fn cases() -> Vec<Case<Browser>> {
    cases! {
        Case::new: the_worst_is_first, quiet_pods_are_folded, the_filter_leaves_what_has_the_word;
    }
}

fn the_worst_is_first(browser: &Browser) {
    let tab = Tab::open(browser, Page::Folder, 1280, Scheme::Light);
    let grades =
        tab.eval("[...document.querySelectorAll('.contents .key')].map((it) => it.classList[1])");
    let order = ["takes", "maytake", "reaches", "mayreach", "sees"];
    let grades: Vec<_> = grades.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let rank = |grade: &&str| order.iter().position(|it| it == grade).unwrap();
    assert!(grades.iter().map(rank).is_sorted(), "{grades:?}");
    assert!(grades.contains(&"takes") && grades.contains(&"maytake"), "{grades:?}");
    let sections = "[...document.querySelectorAll('main > section h2')].map((it) => it.id)";
    let list = "[...document.querySelectorAll('.contents a')].map((it) => it.hash.slice(1))";
    assert_eq!(tab.eval(sections), tab.eval(list));
}

fn quiet_pods_are_folded(browser: &Browser) {
    let tab = Tab::open(browser, Page::Folder, 1280, Scheme::Light);
    let quiet = tab.eval("document.querySelectorAll('details.quiet:not([open]) section').length");
    assert!(quiet.as_u64().unwrap() > 20, "{quiet}");
    let loud = tab.eval("document.querySelectorAll('main > section').length");
    let folded = tab.text("document.querySelector('details.quiet summary').textContent");
    assert_eq!(folded, format!("{quiet} pods in which no container reaches another one"));
    assert_eq!(tab.eval("document.querySelectorAll('.contents li').length"), loud);
}

fn the_filter_leaves_what_has_the_word(browser: &Browser) {
    let tab = Tab::open(browser, Page::Folder, 390, Scheme::Light);
    let shown = || -> Value {
        tab.eval(
            "[...document.querySelectorAll('main > section')].filter((it) => !it.hidden).length",
        )
    };
    let all = shown();
    // By keyboard: it is the first thing there is to reach.
    tab.press("Tab");
    assert_eq!(tab.text("document.activeElement.id"), "filter");
    tab.enter("SHARING.yaml");
    assert!(shown().as_u64() < all.as_u64() && shown() != json!(0), "{} of {all}", shown());
    let texts = tab.eval("[...document.querySelectorAll('.contents li')].filter((it) => !it.hidden).map((it) => it.innerText)");
    let has = |it: &Value| it.as_str().unwrap().contains("sharing.yaml");
    assert!(texts.as_array().unwrap().iter().all(has), "{texts}");
    let status = tab.text("document.querySelector('[role=status]').textContent");
    assert!(status.ends_with(" pods") && status.contains(" of "), "{status}");
    tab.shoot("-filter");
    tab.enter("no such pod");
    assert_eq!(shown(), json!(0));
}
