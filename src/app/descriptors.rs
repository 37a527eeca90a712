use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of open descriptors as far as it may be raised; the limit then. The soft limit
/// of 1,024 is kept low for programs that use `select`, which this one does not.
pub(super) fn raise() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) if current == maximum => maximum,
        Ok(()) => {
            tracing::info!(from = current, to = maximum, "raised the limit of open descriptors");
            maximum
        }
        Err(error) => {
            tracing::warn!(%error, limit = current, "cannot raise the limit of open descriptors");
            current
        }
    };
    current.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}
