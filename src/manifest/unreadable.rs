//! Text that cannot be read at all, in words of the format instead of the library's.

use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};

use super::place::Place;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub struct Unreadable {
    /// Where it goes wrong.
    pub place: Place,
    /// What is wrong, in words of the format.
    pub message: String,
}

impl Unreadable {
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }

    /// With its place counted from another start.
    pub(super) fn counted_from(self, start: Place) -> Self {
        Self { place: self.place.counted_from(start), message: self.message }
    }
}

impl From<Error> for Unreadable {
    fn from(error: Error) -> Self {
        let error = error.without_snippet();
        let place = error.location().map_or(Place::START, Place::from);
        Self::new(place, message(error))
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
