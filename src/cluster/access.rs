use std::path::PathBuf;
use std::time::Duration;

use kube::{Client, Config, Error};
use tokio::time::timeout;

use super::kubeconfig;
use super::proxy::Environment;

/// For one request that is no watch.
const PATIENCE: Duration = Duration::from_secs(10);

/// How to reach the API server.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// A kubeconfig; without one the pod's own service account.
    pub kubeconfig: Option<PathBuf>,
    /// Which cluster of it.
    pub context: Option<String>,
}

/// Why something at the API server did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The file is not there or not right.
    #[error("cannot use the kubeconfig {path}: {reason}")]
    Kubeconfig {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Not in a pod, or without a service account.
    #[error("there is no cluster around this process; --kubeconfig says how to reach one: {0}")]
    Outside(String),
    /// No client from what was read.
    #[error("cannot connect to the API server: {0}")]
    Connect(String),
    /// It refused, or it could not be asked.
    #[error("cannot {verb} {object}: {reason}")]
    Call {
        /// What was tried.
        verb: &'static str,
        /// With what.
        object: String,
        /// Why not.
        reason: String,
    },
}

/// A client for the API server; nothing is asked yet.
pub fn connect(access: &Access) -> Result<Client, ClusterError> {
    let failed = |error: Error| ClusterError::Connect(error.to_string());
    let config = match &access.kubeconfig {
        None => {
            let inside = Config::incluster();
            let mut config = inside.map_err(|error| ClusterError::Outside(error.to_string()))?;
            // As client-go, which does not know either where it runs.
            let proxy = Environment::read().proxy(&config.cluster_url);
            config.proxy_url = proxy.map_err(ClusterError::Connect)?;
            config
        }
        Some(path) => {
            let read = kubeconfig::config(path, access.context.as_deref(), &Environment::read());
            read.map_err(|reason| ClusterError::Kubeconfig { path: path.clone(), reason })?
        }
    };
    Client::try_from(config).map_err(failed)
}

/// Waits for an answer, not for ever.
pub(super) async fn within<T>(
    verb: &'static str,
    object: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, ClusterError> {
    let reason = match timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => reason(&error),
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    Err(ClusterError::Call { verb, object: object.to_owned(), reason })
}

/// One line; of what the API server said its own words alone.
pub(super) fn reason(error: &Error) -> String {
    if let Error::Api(status) = error { status.message.clone() } else { error.to_string() }
}
