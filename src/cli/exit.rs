use std::process::ExitCode;

/// What a verb came to, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// There is nothing to object to.
    Clean = 0,
    /// Something is denied, or (`policy lint`) there are warnings.
    Findings = 1,
    /// Something that was given cannot be used: a flag, a file, an address.
    Unusable = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
