use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;

use super::notice::Notices;

/// What keeps the server from being ready, besides its [`Lifecycle`](super::Lifecycle).
#[derive(Debug, Default)]
pub struct Readiness {
    not_after: ArcSwapOption<Timestamp>,
    obstacle: ArcSwapOption<String>,
    /// What does not keep it from that: a peer can cause it.
    pub(super) notices: Notices,
}

impl Readiness {
    /// A certificate is served, until then.
    pub fn set_certificate_expiry(&self, not_after: Timestamp) {
        self.not_after.store(Some(Arc::new(not_after)));
    }

    /// Something else is in the way, or nothing any more.
    pub fn set_blocked(&self, obstacle: Option<String>) {
        self.obstacle.store(obstacle.map(Arc::new));
    }

    /// Why it is not ready at this time; `None` if it is.
    pub fn obstacle(&self, now: Timestamp) -> Option<String> {
        if let Some(obstacle) = self.obstacle.load().as_deref() {
            return Some(obstacle.clone());
        }
        match self.not_after.load().as_deref() {
            None => Some("there is no certificate yet".to_owned()),
            Some(end) if now >= *end => Some(format!("the certificate expired at {end}")),
            Some(_) => None,
        }
    }
}
