//! A kubeconfig, read here and not by the client library: that would wait for a pipe, and knows
//! proxies otherwise than kubectl.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::Config;
use kube::config::{AuthInfo, Cluster, Kubeconfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::complete::Complete;
use super::proxy::{self, Environment, ProxyError};
use crate::files::{self, FileError};

/// What is wrong with a kubeconfig.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The client library cannot use it.
    #[error(transparent)]
    Library(#[from] Complete<kube::config::KubeconfigError>),
    /// Nobody says which cluster is meant.
    #[error("it has no current-context, and none was asked for")]
    NoCurrentContext,
    /// This one was asked for.
    #[error("it has no context {0}")]
    NoContext(String),
    /// The context names this one.
    #[error("it has no cluster {0}")]
    NoCluster(String),
    /// A cluster without an address.
    #[error("its cluster {0} names no server")]
    NoServer(String),
    /// No address.
    #[error("the server {server}")]
    Server {
        /// As it was given.
        server: String,
        /// What is wrong with it.
        #[source]
        source: http::uri::InvalidUri,
    },
    /// The proxy that it names, or the environment.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A file that it names.
    #[error("cannot read {path}")]
    Named {
        /// As it was given.
        path: String,
        /// What is wrong with it.
        #[source]
        source: FileError,
    },
    /// No Base64.
    #[error("certificate-authority-data")]
    Base64(#[source] base64::DecodeError),
    /// No PEM.
    #[error("the certificate authority")]
    Authority(#[source] rustls::pki_types::pem::Error),
    /// A part of it that is not as it should be.
    #[error(transparent)]
    Part(#[from] serde_json::Error),
}

/// What a context of it says.
pub(super) fn config(
    path: &Path,
    context: Option<&str>,
    environment: &Environment,
) -> Result<Config, KubeconfigError> {
    whole(path)?;
    // Again, for it knows encodings, and what paths beside the file mean.
    let read = Kubeconfig::read_from(path).map_err(Complete)?;
    let name = context.or(read.current_context.as_deref());
    let name = name.ok_or(KubeconfigError::NoCurrentContext)?;
    let context = read.contexts.into_iter().find(|it| it.name == name).and_then(|it| it.context);
    let context = context.ok_or_else(|| KubeconfigError::NoContext(name.to_owned()))?;
    let cluster = read.clusters.into_iter().find(|it| it.name == context.cluster);
    let cluster = cluster.and_then(|it| it.cluster);
    let cluster = cluster.ok_or_else(|| KubeconfigError::NoCluster(context.cluster.clone()))?;
    // What a path that is empty is made of, beside the file.
    let folder = path.parent().map(|folder| folder.join(""));
    let folder = folder.as_deref().and_then(Path::to_str).unwrap_or_default();
    let cluster = said(&cluster, folder)?;
    let user = context.user.as_ref();
    let user = read.auth_infos.into_iter().find(|it| Some(&it.name) == user);
    // Nobody in particular, as for kubectl.
    let user = said(&user.and_then(|it| it.auth_info).unwrap_or_default(), folder)?;
    let server = cluster.server.as_deref();
    let server = server.ok_or(KubeconfigError::NoServer(context.cluster))?;
    let server: Uri = server
        .parse()
        .map_err(|source| KubeconfigError::Server { server: server.to_owned(), source })?;
    let mut config = Config::new(server);
    config.proxy_url = match cluster.proxy_url.as_deref() {
        Some(url) => Some(proxy::usable("proxy-url", url)?),
        None => environment.proxy(&config.cluster_url)?,
    };
    config.root_cert = authorities(&cluster)?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or_default();
    config.disable_compression = cluster.disable_compression.unwrap_or_default();
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.auth_info = with_files(user, &cluster)?;
    if let Some(namespace) = context.namespace {
        config.default_namespace = namespace;
    }
    Ok(config)
}

/// What is said in a part, as kubectl takes it: empty is as absent, and line breaks inside Base64
/// do not count.
fn said<T: Serialize + DeserializeOwned>(part: &T, folder: &str) -> Result<T, serde_json::Error> {
    let mut members: Map<String, Value> =
        serde_json::to_value(part).and_then(serde_json::from_value)?;
    members.retain(|name, value| {
        let Value::String(text) = value else { return true };
        if name.ends_with("-data") {
            text.retain(|letter| !matches!(letter, '\r' | '\n'));
        }
        !text.is_empty() && text != folder
    });
    serde_json::from_value(Value::Object(members))
}

fn whole(path: &Path) -> Result<Vec<u8>, FileError> {
    files::read(path, files::MOST)
}

fn named(path: &str) -> Result<Vec<u8>, KubeconfigError> {
    let read = whole(Path::new(path));
    read.map_err(|source| KubeconfigError::Named { path: path.to_owned(), source })
}

fn inline(path: Option<&str>) -> Result<Option<String>, KubeconfigError> {
    path.map(|path| named(path).map(|bytes| STANDARD.encode(bytes))).transpose()
}

/// Who may have signed the server's certificate; those of the machine where none are named.
fn authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, KubeconfigError> {
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) => STANDARD.decode(data).map_err(KubeconfigError::Base64)?,
        (None, Some(path)) => named(path)?,
        (None, None) => return Ok(None),
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let read = read.map_err(KubeconfigError::Authority)?;
    Ok(Some(read.into_iter().map(|one| one.to_vec()).collect()))
}

/// The user, with what its files hold, which the client would read itself.
fn with_files(mut user: AuthInfo, cluster: &Cluster) -> Result<AuthInfo, KubeconfigError> {
    if user.client_certificate_data.is_none() {
        user.client_certificate_data = inline(user.client_certificate.as_deref())?;
    }
    if user.client_key_data.is_none() {
        user.client_key_data = inline(user.client_key.as_deref())?.map(Into::into);
    }
    // Read again as long as the client lives.
    if let (None, Some(token)) = (&user.token, &user.token_file) {
        named(token)?;
    }
    if let Some(exec) = user.exec.as_mut().filter(|exec| exec.provide_cluster_info) {
        exec.cluster = Some(cluster.try_into().map_err(Complete)?);
    }
    Ok(user)
}
