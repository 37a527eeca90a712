//! `--output`: one flag for every verb; which forms there are is the verb's.

use clap::{Args, ValueEnum};

/// The flag, over the forms that a verb has; the default is `text` unless the verb says otherwise.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct OutputArgs<F: ValueEnum + Send + Sync + 'static> {
    /// Form of the result
    #[arg(
        id = "output",
        long = "output",
        short = 'o',
        value_enum,
        value_name = "FORM",
        default_value = "text"
    )]
    pub(super) form: F,
}

/// The forms of a verb that has no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// For scripts: one JSON document
    Json,
}
