//! What a judge makes of each object of a text: a verdict, a reason to skip it, or an error.

use std::ops::Range;

use json_patch::PatchOperation;

use crate::controls::Words;
use crate::diagnostic::{Diagnostic, Position};
use crate::path::FieldPath;
use crate::policy::{Mode, Ruling};

/// What became of something in a text.
#[derive(Debug)]
pub enum Entry {
    /// An object was judged.
    Verdict(Verdict),
    /// Something is not to be judged.
    Skip(Skip),
    /// Something may not mean what its author thinks; it is judged as it is read.
    Warning(Diagnostic),
    /// Something could not be judged.
    Error(Diagnostic),
}

/// Something that is not judged.
#[derive(Debug)]
pub struct Skip {
    /// The line it begins on.
    pub line: u32,
    /// Its kind, if it says one.
    pub kind: Option<String>,
    /// Why it is not judged.
    pub reason: SkipReason,
}

/// Why something is not judged.
#[derive(Debug)]
pub enum SkipReason {
    /// It is no object, or of a kind of Kubernetes' own that holds no pods.
    Other,
    /// It is text, or holds nothing: what a command that failed may leave.
    Nothing,
    /// Its kind is of this group, which is not Kubernetes' own.
    Custom(String),
    /// It has no pod template. Its name, as people know it.
    Partial(Option<String>),
    /// It is a Helm chart, in this folder.
    Chart(String),
}

/// An object and its verdict.
#[derive(Debug)]
pub struct Verdict {
    /// The line it begins on.
    pub line: u32,
    /// As it is written, or as its list says.
    pub api_version: String,
    /// What it is.
    pub kind: &'static str,
    /// As it is written.
    pub namespace: Option<String>,
    /// As it is written.
    pub name: Option<String>,
    /// As people know it.
    pub shown_name: Option<String>,
    /// The namespace it is judged in, where no policy covers that.
    pub uncovered: Option<String>,
    /// Whether its creation, or that of its pods, is denied.
    pub denied: bool,
    /// By control, then by container.
    pub findings: Vec<LocatedFinding>,
    /// Its path in its document.
    pub path: FieldPath,
    /// What repairs all that can be repaired and is not exempt.
    pub patch: Vec<PatchOperation>,
}

/// A finding, or several that share a line, and where their field is.
#[derive(Debug)]
pub struct LocatedFinding {
    /// The first of them.
    pub ruling: Ruling,
    /// How many pairs they are about.
    pub pairs: usize,
    /// The container, as written; of a pair the one that reaches.
    pub container: Option<String>,
    /// The other container of a pair, as written.
    pub to: Option<String>,
    /// What is said of them.
    pub words: Words,
    /// Their line; empty where each is listed by itself.
    pub line: String,
    /// Where their field is, or the nearest parent that is there.
    pub position: Position,
    /// The bytes of that field in the text.
    pub extent: Range<usize>,
    /// Whether a policy repairs them when the pods are created.
    pub repaired: bool,
    /// What repairs them alone.
    pub patch: Vec<PatchOperation>,
    /// What repairs each of them alone.
    pub patches: Vec<Vec<PatchOperation>>,
}

/// What a finding comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A policy repairs it.
    Repaired,
    /// An exception subtracts it.
    Exempt,
    /// It denies its object.
    Denied,
    /// Somebody is warned.
    Warning,
    /// It is recorded.
    Audit,
}

impl LocatedFinding {
    /// What it comes to.
    pub fn outcome(&self) -> Outcome {
        match self.ruling.mode {
            _ if self.repaired => Outcome::Repaired,
            _ if self.ruling.is_exempt() => Outcome::Exempt,
            Mode::Deny => Outcome::Denied,
            Mode::Warn => Outcome::Warning,
            Mode::Audit | Mode::Disabled => Outcome::Audit,
        }
    }
}

impl Outcome {
    /// The word before a finding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::Exempt => "exempt",
            Self::Denied => "denied",
            Self::Warning => "warning",
            Self::Audit => "audit",
        }
    }
}
