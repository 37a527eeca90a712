use tokio::sync::watch;

/// The stages of a server's life, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    /// Ready.
    Serving,
    /// Not ready any more, still answering; every answer asks its caller to reconnect elsewhere.
    LameDuck,
    /// Requests in flight are finished, nothing new is taken.
    Draining,
}

impl Lifecycle {
    /// Returns once this stage is reached, or its sender is gone.
    pub(super) async fn reached(self, lifecycle: &mut watch::Receiver<Self>) {
        drop(lifecycle.wait_for(|now| *now >= self).await);
    }
}
