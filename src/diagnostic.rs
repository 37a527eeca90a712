//! What there is to say about a file, and where: one type for everything that reads files.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot be used.
    Error,
    /// It can be used, and is not what its author meant.
    Warning,
    /// Somebody may want to know.
    Note,
}

/// A line and a column of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// Something to say about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: String,
    /// `None` where the whole file is meant.
    pub position: Option<Position>,
    /// Dotted, from the root of the object; empty for the object as a whole, or where the message
    /// names it.
    pub field: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Severity {
    /// The word before a message, and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Diagnostic {
    /// What keeps a whole file from being used.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            position: None,
            field: String::new(),
            severity: Severity::Error,
            message: message.into(),
        }
    }

    /// What keeps something in a file from being used.
    pub fn at(
        file: impl Into<String>,
        position: impl Into<Position>,
        message: impl Into<String>,
    ) -> Self {
        Self { position: Some(position.into()), ..Self::of_file(file, message) }
    }
}

/// Where, and what; without the severity.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_says_where_as_far_as_that_is_known() {
        let whole = Diagnostic::of_file("a.yaml", "is empty");
        let position = Position { line: 3, column: 7 };
        let placed = Diagnostic::at("a.yaml", position, "must be text");
        let field = Diagnostic { field: "spec.name".to_owned(), ..placed.clone() };
        for (diagnostic, expected) in [
            (whole, "a.yaml: is empty"),
            (placed, "a.yaml:3:7: must be text"),
            (field, "a.yaml:3:7: spec.name: must be text"),
        ] {
            assert_eq!(diagnostic.to_string(), expected);
        }
    }
}
