use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use kube::{Client, Error};
use tokio::time::timeout;

use crate::files;

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
pub async fn connect(access: &Access) -> Result<Client, ClusterError> {
    let config = match &access.kubeconfig {
        None => Config::incluster().map_err(|error| ClusterError::Outside(error.to_string()))?,
        Some(path) => {
            let failed = |reason: String| ClusterError::Kubeconfig { path: path.clone(), reason };
            let read = read(path, access.context.as_deref()).map_err(failed)?;
            let options = KubeConfigOptions {
                context: access.context.clone(),
                ..KubeConfigOptions::default()
            };
            let config = Config::from_custom_kubeconfig(read, &options).await;
            config.map_err(|error| failed(error.to_string()))?
        }
    };
    Client::try_from(config).map_err(|error| ClusterError::Connect(error.to_string()))
}

/// Reads a kubeconfig, and the files that the cluster and the user of a context are in: the client
/// would wait for a pipe.
fn read(path: &Path, context: Option<&str>) -> Result<Kubeconfig, String> {
    let whole = |path: &Path| files::read(path, files::MOST);
    whole(path).map_err(|error| error.to_string())?;
    // Again, for it knows encodings, and what paths beside the file mean.
    let mut read = Kubeconfig::read_from(path).map_err(|error| error.to_string())?;
    let context = context.or(read.current_context.as_deref());
    let named = read.contexts.iter().find(|it| Some(&*it.name) == context);
    // What is not there is told by whoever misses it.
    let Some(chosen) = named.and_then(|it| it.context.clone()) else { return Ok(read) };
    let told = |path: &str| {
        let bytes = whole(Path::new(path));
        bytes.map_err(|error| format!("cannot read {path}: {error}"))
    };
    let inline = |path: &Option<String>| {
        path.as_deref().map(|path| told(path).map(|bytes| STANDARD.encode(bytes))).transpose()
    };
    let mut clusters = read.clusters.iter_mut().filter(|it| it.name == chosen.cluster);
    if let Some(cluster) = clusters.find_map(|it| it.cluster.as_mut())
        && cluster.certificate_authority_data.is_none()
    {
        cluster.certificate_authority_data = inline(&cluster.certificate_authority)?;
    }
    let mut users = read.auth_infos.iter_mut().filter(|it| Some(&it.name) == chosen.user.as_ref());
    if let Some(user) = users.find_map(|it| it.auth_info.as_mut()) {
        if user.client_certificate_data.is_none() {
            user.client_certificate_data = inline(&user.client_certificate)?;
        }
        if user.client_key_data.is_none() {
            user.client_key_data = inline(&user.client_key)?.map(Into::into);
        }
        // Read again as long as the client lives.
        if let (None, Some(token)) = (&user.token, &user.token_file) {
            told(token)?;
        }
    }
    Ok(read)
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
