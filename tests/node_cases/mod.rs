//! The tests, one file per subject.

mod lifetime;
mod proof;
mod statements;

use crate::node_support::Node;

/// One test.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) run: Box<dyn FnOnce(&Node) -> Done + Send>,
}

/// How a test ended, other than by a panic.
#[expect(dead_code, reason = "no test is skipped so far")]
pub(crate) enum Done {
    Yes,
    Skipped(&'static str),
}

pub(crate) fn all() -> Vec<Case> {
    let subjects = [statements::cases(), lifetime::cases(), proof::cases()];
    subjects.into_iter().flatten().collect()
}

/// The test of a name, with its subject in front.
fn case(name: impl Into<String>, run: impl FnOnce(&Node) + Send + 'static) -> Case {
    let run = move |node: &Node| {
        run(node);
        Done::Yes
    };
    Case { name: name.into(), run: Box::new(run) }
}
