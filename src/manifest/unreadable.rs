use super::span::Span;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub struct Unreadable {
    /// Where it goes wrong.
    pub span: Span,
    /// What is wrong, in words of the format.
    pub message: String,
}

impl Unreadable {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }

    /// With its span counted from another start.
    pub(super) fn counted_from(self, start: Span) -> Self {
        Self { span: self.span.counted_from(start), message: self.message }
    }
}
