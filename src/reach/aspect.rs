//! What one container may reach of another, and how sure that is.

use std::fmt;

/// Something of one container's process that another may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The command line: reading `/proc/PID/cmdline`.
    Cmdline,
    /// The environment: reading `/proc/PID/environ`, or the same bytes from memory.
    Environ,
    /// Files: opening a world-readable one below `/proc/PID/root`.
    Filesystem,
    /// Memory: by `/proc/PID/mem`, ptrace or `process_vm_readv`.
    Memory,
    /// Descriptors: opening or duplicating one; listing them does not count.
    Descriptors,
    /// Signals: `kill(PID, 0)`.
    Signal,
}

impl Aspect {
    /// Every aspect, in the order of all output.
    pub const ALL: [Self; 6] = [
        Self::Cmdline,
        Self::Environ,
        Self::Filesystem,
        Self::Memory,
        Self::Descriptors,
        Self::Signal,
    ];

    /// The name in policies and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cmdline => "cmdline",
            Self::Environ => "environ",
            Self::Filesystem => "filesystem",
            Self::Memory => "memory",
            Self::Descriptors => "descriptors",
            Self::Signal => "signal",
        }
    }

    /// The aspect with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aspect| aspect.as_str() == name)
    }
}

/// A set of aspects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aspects(u8);

impl Aspects {
    /// No aspect.
    pub const NONE: Self = Self(0);
    /// Every aspect.
    pub const ALL: Self = Self((1 << Aspect::ALL.len()) - 1);
    /// Every one but the command line, which is open to all who see a process.
    pub const BEYOND_VIEW: Self = Self(Self::ALL.0 & !Self::one(Aspect::Cmdline).0);
    /// What a tracer has, whoever owns the files of `/proc/PID`.
    pub(super) const TRACED: Self = Self(
        1 << Aspect::Filesystem as u8 | 1 << Aspect::Memory as u8 | 1 << Aspect::Descriptors as u8,
    );

    /// The set of one.
    pub const fn one(aspect: Aspect) -> Self {
        Self(1 << aspect as u8)
    }

    /// Whether the aspect is in it.
    pub fn has(self, aspect: Aspect) -> bool {
        self.meets(Self::one(aspect))
    }

    /// Whether some aspect is in both.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether none is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one alone.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// This set, where it holds, else none.
    #[must_use]
    pub(super) fn when(self, holds: bool) -> Self {
        if holds { self } else { Self::NONE }
    }

    /// Its members, in the order of [`Aspect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Aspect> {
        Aspect::ALL.into_iter().filter(move |aspect| self.has(*aspect))
    }
}

impl FromIterator<Aspect> for Aspects {
    fn from_iter<I: IntoIterator<Item = Aspect>>(aspects: I) -> Self {
        aspects.into_iter().fold(Self::NONE, |set, aspect| set.with(Self::one(aspect)))
    }
}

/// Their names, with commas.
impl fmt::Display for Aspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, aspect) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", aspect.as_str())?;
        }
        Ok(())
    }
}

/// Whether one container reaches an aspect of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Never: whatever the image's user, a setuid binary, a change of identity, or the runtime.
    No,
    /// Anything else.
    Possible,
    /// The process as it was started can, whatever the image's user.
    Yes,
}

impl Answer {
    /// The word in JSON and text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Possible => "possible",
            Self::Yes => "yes",
        }
    }
}

/// An answer for each aspect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answers {
    yes: Aspects,
    /// What is not excluded; holds all of `yes`.
    open: Aspects,
}

impl Answers {
    /// No to everything.
    pub const NO: Self = Self { yes: Aspects::NONE, open: Aspects::NONE };

    /// Yes to the first set, possible for the rest of the second.
    pub(super) fn new(yes: Aspects, open: Aspects) -> Self {
        Self { yes, open: open.with(yes) }
    }

    /// The answer for one aspect.
    pub fn of(self, aspect: Aspect) -> Answer {
        match (self.yes.has(aspect), self.open.has(aspect)) {
            (true, _) => Answer::Yes,
            (false, true) => Answer::Possible,
            (false, false) => Answer::No,
        }
    }

    /// The aspects with at least this answer.
    pub fn at_least(self, answer: Answer) -> Aspects {
        match answer {
            Answer::Yes => self.yes,
            Answer::Possible => self.open,
            Answer::No => Aspects::ALL,
        }
    }

    /// The same for these aspects, no for the others.
    #[must_use]
    pub fn only(self, aspects: Aspects) -> Self {
        Self { yes: self.yes.and(aspects), open: self.open.and(aspects) }
    }

    /// Aspect by aspect, the greater answer.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { yes: self.yes.with(other.yes), open: self.open.with(other.open) }
    }

    /// What holds whichever of the two cases is so.
    #[must_use]
    pub(super) fn whichever(self, other: Self) -> Self {
        Self { yes: self.yes.and(other.yes), open: self.open.with(other.open) }
    }

    /// The greatest of its answers.
    pub fn strongest(self) -> Answer {
        match (self.yes.is_empty(), self.open.is_empty()) {
            (false, _) => Answer::Yes,
            (true, false) => Answer::Possible,
            (true, true) => Answer::No,
        }
    }

    /// The aspects whose answer is greater here than there.
    pub fn beyond(self, other: Self) -> Aspects {
        self.yes.without(other.yes).with(self.open.without(other.open))
    }
}
