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
