//! The way to the API server, and what goes wrong on it.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::InClusterError;
use kube::core::Status;
use kube::{Client, Config, Error};
use tokio::time::timeout;

use super::complete::Complete;
use super::kubeconfig::{self, KubeconfigError};
use super::proxy::{Environment, ProxyError};

/// For one request that is no watch.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// What the API server answers where there is no such object.
pub(super) const NOT_FOUND: u16 = 404;

/// What it answers to a write of an object that is another one by now.
pub(super) const CONFLICT: u16 = 409;

/// What it answers where a right is missing.
const FORBIDDEN: u16 = 403;

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
    /// The file does not exist or is not right.
    #[error("cannot use the kubeconfig {path}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: KubeconfigError,
    },
    /// Not in a pod, or without a service account.
    #[error("not running in a pod, and no --kubeconfig given")]
    Outside(#[source] Complete<InClusterError>),
    /// No client from what was read.
    #[error("cannot connect to the API server")]
    Connect(#[source] Complete<Error>),
    /// Not through what the environment names.
    #[error("cannot connect to the API server")]
    Proxy(#[source] ProxyError),
    /// It refused, or it could not be asked.
    #[error("cannot {verb} {object}")]
    Call {
        /// What was tried.
        verb: &'static str,
        /// With what.
        object: String,
        /// What came of it.
        #[source]
        source: CallError,
    },
}

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The API server's own words alone.
    #[error("{}", .0.message)]
    Refused(Box<Status>),
    /// It was not reached, or not understood.
    #[error(transparent)]
    Failed(Complete<Error>),
    /// It was waited for in vain.
    #[error("no answer within {} s", REQUEST_TIMEOUT.as_secs())]
    Timeout,
}

impl ClusterError {
    /// Whether a right is missing.
    pub fn is_forbidden(&self) -> bool {
        matches!(
            self,
            Self::Call { source: CallError::Refused(status), .. } if status.code == FORBIDDEN
        )
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        if let Error::Api(status) = error {
            Self::Refused(status)
        } else {
            Self::Failed(Complete(error))
        }
    }
}

/// A client for the API server; nothing is asked yet.
pub fn connect(access: &Access) -> Result<Client, ClusterError> {
    let config = match &access.kubeconfig {
        None => {
            let inside = Config::incluster();
            let mut config = inside.map_err(|error| ClusterError::Outside(Complete(error)))?;
            // As client-go, which does not know either where it runs.
            let proxy = Environment::read().proxy(&config.cluster_url);
            config.proxy_url = proxy.map_err(ClusterError::Proxy)?;
            config
        }
        Some(path) => {
            let read = kubeconfig::config(path, access.context.as_deref(), &Environment::read());
            read.map_err(|source| ClusterError::Kubeconfig { path: path.clone(), source })?
        }
    };
    Client::try_from(config).map_err(|error| ClusterError::Connect(Complete(error)))
}

/// Waits for an answer, not for ever.
pub(super) async fn within<T>(
    verb: &'static str,
    object: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, ClusterError> {
    let source = match timeout(REQUEST_TIMEOUT, call).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error.into(),
        Err(_) => CallError::Timeout,
    };
    Err(ClusterError::Call { verb, object: object.to_owned(), source })
}

/// The answer; `None` where it is this code, which is no failure of the caller's.
pub(super) fn unless<T>(code: u16, answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Api(status)) if status.code == code => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::chain;

    fn refused(code: u16) -> Error {
        Error::Api(Box::new(Status { code, message: "no".to_owned(), ..Status::default() }))
    }

    fn call(error: Error) -> ClusterError {
        ClusterError::Call { verb: "list", object: "them".to_owned(), source: error.into() }
    }

    #[test]
    fn a_missing_right_is_a_403_and_nothing_else() {
        for (code, is_one) in [(401, false), (403, true), (404, false), (409, false), (500, false)]
        {
            let error = call(refused(code));
            assert_eq!(error.is_forbidden(), is_one, "{code}");
            assert_eq!(chain(&error), "cannot list them: no");
        }
        let read = std::io::Error::other("403");
        assert!(!call(Error::ReadEvents(read)).is_forbidden());
    }

    #[test]
    fn texts_of_causes_come_once() {
        let error = call(Error::ReadEvents(std::io::Error::other("cut off")));
        assert_eq!(chain(&error), "cannot list them: Error reading events stream: cut off");
        let late =
            ClusterError::Call { verb: "get", object: "it".to_owned(), source: CallError::Timeout };
        assert_eq!(chain(&late), "cannot get it: no answer within 10 s");
    }

    #[test]
    fn one_code_is_an_answer() {
        assert_eq!(unless(CONFLICT, Ok(1)).unwrap(), Some(1));
        assert_eq!(unless::<()>(CONFLICT, Err(refused(409))).unwrap(), None);
        assert!(unless::<()>(CONFLICT, Err(refused(404))).is_err());
    }
}
