//! Text that cannot be read at all, in words of the format instead of the library's.

use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) message: String,
}

impl From<Error> for Unreadable {
    fn from(error: Error) -> Self {
        let error = error.without_snippet();
        let place = error.location();
        let (line, column) = place.map_or((1, 1), |place| (place.line(), place.column()));
        Self { line, column, message: message(error) }
    }
}

fn message(error: &Error) -> String {
    if let Error::AliasError { error, .. } = error {
        return message(error);
    }
    if let Error::DuplicateMappingKey { key: Some(key), .. } = error {
        return format!("the key `{key}` stands twice");
    }
    if let Some(own) = own(error) {
        return own.to_owned();
    }
    let text = UserMessageFormatter.format_message(error);
    let own = match text.as_ref() {
        "did not find expected <document start>" => {
            "the document before this ended: separate documents by a line `---`"
        }
        "recursion limit exceeded" => "is nested too deeply",
        other => other,
    };
    own.to_owned()
}

/// A text of our own where the library's names its options or Rust types.
fn own(error: &Error) -> Option<&'static str> {
    let deep = matches!(
        error,
        Error::Budget {
            breach: BudgetBreach::Depth { .. } | BudgetBreach::InclusionDepth { .. },
            ..
        } | Error::AliasReplayStackDepthExceeded { .. }
    );
    let large = matches!(
        error,
        Error::Budget { .. }
            | Error::AliasReplayCounterOverflow { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
    );
    let key = matches!(
        error,
        Error::NullIntoString { .. } | Error::Unexpected { expected: "string scalar", .. }
    );
    let texts = [
        (deep, "is nested too deeply"),
        (large, "is too large: it has too many values, documents, anchors or aliases"),
        (key, "a key must be text"),
        (matches!(error, Error::DuplicateMappingKey { .. }), "a key stands twice"),
        (
            matches!(error, Error::UnknownAnchor { .. }),
            "`*` names an anchor that is not there; text that begins with `*` needs quotes",
        ),
        (
            matches!(error, Error::RecursiveReferencesRequireWeakTypes { .. }),
            "an alias cannot stand inside its own anchor",
        ),
    ];
    texts.into_iter().find_map(|(holds, text)| holds.then_some(text))
}
