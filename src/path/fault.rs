use std::fmt;

use super::FieldPath;

/// What is wrong with an object, and where. Shown as one sentence that begins with the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From the root of the object.
    pub path: FieldPath,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Of a member that must be there.
const MISSING: &str = "is missing";

impl Fault {
    /// What is wrong at a path.
    pub fn new(path: FieldPath, message: impl Into<String>) -> Self {
        Self { path, message: message.into() }
    }

    /// That something must be there and is not.
    pub fn missing(path: FieldPath) -> Self {
        Self::new(path, MISSING)
    }

    /// Whether something must be there and is not.
    pub fn is_missing(&self) -> bool {
        self.message == MISSING
    }

    /// The fault of an object, as one of the object that holds it at `path`.
    #[must_use]
    pub fn below(self, path: FieldPath) -> Self {
        Self { path: path.join(&self.path), message: self.message }
    }

    /// One sentence, with the path as it is to be shown.
    pub fn at(&self, path: &str) -> String {
        let between = match (path.is_empty(), self.message.starts_with("is ")) {
            (true, _) => "",
            (false, true) => " ",
            (false, false) => ": ",
        };
        format!("{path}{between}{}", self.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at(&self.path.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FieldPath};

    #[test]
    fn a_fault_is_a_sentence() {
        let containers = FieldPath::of(&["spec", "containers"]);
        for (fault, expected) in [
            (Fault::missing(FieldPath::of(&["spec"])), "spec is missing"),
            (Fault::new(FieldPath::ROOT, "must be a pod"), "must be a pod"),
            (Fault::new(FieldPath::ROOT.field("a".to_owned()).index(2), "is odd"), "a[2] is odd"),
            (
                Fault::new(FieldPath::of(&["name"]), "expected text").below(containers.index(1)),
                "spec.containers[1].name: expected text",
            ),
        ] {
            assert_eq!(fault.to_string(), expected);
        }
    }
}
