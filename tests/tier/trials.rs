//! Tests that share something that is slow to start: an API server, a node.

use std::io::{Write as _, stderr};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};

/// One test on a `T`.
pub(crate) struct Case<T> {
    pub(crate) name: String,
    pub(crate) run: Box<dyn FnOnce(&T) -> Done + Send>,
}

/// The subject of the cases in a module: its path below `cases`.
pub(crate) fn subject(module: &str) -> &str {
    let (binary, below) = module.split_once("::cases").unwrap_or((module, ""));
    below.strip_prefix("::").unwrap_or(binary)
}

/// A case's name: its subject, and these words.
macro_rules! name {
    ($($words:tt)+) => {
        format!("{}::{}", $crate::tier::trials::subject(module_path!()), format_args!($($words)+))
    };
}

/// Cases that have the names of their functions, after how each is run: `case: one, other;`.
macro_rules! cases {
    ($($how:path: $($run:ident),+;)+) => {
        vec![$($($how($crate::tier::name!("{}", stringify!($run)), $run)),+),+]
    };
}

pub(crate) use {cases, name};

/// How a test ended, other than by a panic.
pub(crate) enum Done {
    Yes,
    Skipped(&'static str),
}

impl<T> Case<T> {
    /// One that is never skipped.
    pub(crate) fn new(name: String, run: impl FnOnce(&T) + Send + 'static) -> Self {
        Self::skippable(name, move |on| {
            run(on);
            Done::Yes
        })
    }

    /// One that says itself whether it was skipped.
    pub(crate) fn skippable(name: String, run: impl FnOnce(&T) -> Done + Send + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Opens what the tests are on, before there is any other thread, and runs them as the command line
/// says, by default so many at once.
pub(crate) fn run<T: Send + Sync + 'static>(
    at_once: usize,
    cases: Vec<Case<T>>,
    open: impl FnOnce() -> Result<T, String>,
) -> ExitCode {
    let mut args = Arguments::from_args();
    args.test_threads = args.test_threads.or(Some(at_once));
    if args.list {
        let trials = cases.into_iter().map(|case| Trial::test(case.name, || Ok(())));
        return libtest_mimic::run(&args, trials.collect()).exit_code();
    }
    let on = match open() {
        Ok(on) => Arc::new(on),
        Err(reason) => {
            drop(writeln!(stderr(), "nothing to test on: {reason}"));
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| trial(case, &on));
    let conclusion = libtest_mimic::run(&args, trials.collect());
    // The trials are gone: this ends what was opened, and deletes what they shared.
    drop(on);
    conclusion.exit_code()
}

fn trial<T: Send + Sync + 'static>(case: Case<T>, on: &Arc<T>) -> Trial {
    let on = Arc::clone(on);
    Trial::ignorable_test(case.name, move || {
        Ok(match (case.run)(&on) {
            Done::Yes => Completion::Completed,
            Done::Skipped(reason) => Completion::ignored_with(reason),
        })
    })
}
