use std::fmt;

use crate::manifest::{Located, Place};
use crate::path::{Fault, FieldPath};

/// What is wrong with a policy file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as it was named.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: u64,
    /// From 1.
    pub column: u64,
    /// Dotted, from the root of the object; empty for the object as a whole.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Problem {
    /// What is wrong with a file as a whole.
    pub fn of_file(file: &str, message: String) -> Self {
        Self { file: file.to_owned(), line: 0, column: 0, field: String::new(), message }
    }

    /// What is wrong at a position of a text that is no field.
    pub(super) fn at(file: &str, position: Place, message: String) -> Self {
        Self::new(file, position, Fault::new(FieldPath::ROOT, message))
    }

    /// A fault of an object, with its position in the document.
    pub(super) fn located(file: &str, document: &Located, fault: Fault) -> Self {
        Self::new(file, document.locate(&fault.path), fault)
    }

    fn new(file: &str, position: Place, Fault { path, message }: Fault) -> Self {
        let (line, column) = (position.line.into(), position.column.into());
        Self { file: file.to_owned(), line, column, field: path.to_string(), message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// All that is wrong with a policy file, in the order of its documents; shown one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
