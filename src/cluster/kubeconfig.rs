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

use super::proxy::{self, Environment};
use crate::files;

/// What a context of it says.
pub(super) fn config(
    path: &Path,
    context: Option<&str>,
    environment: &Environment,
) -> Result<Config, String> {
    whole(path).map_err(|error| error.to_string())?;
    // Again, for it knows encodings, and what paths beside the file mean.
    let read = Kubeconfig::read_from(path).map_err(|error| error.to_string())?;
    let name = context.or(read.current_context.as_deref());
    let name =
        name.ok_or_else(|| "it has no current-context, and none was asked for".to_owned())?;
    let context = read.contexts.into_iter().find(|it| it.name == name).and_then(|it| it.context);
    let context = context.ok_or_else(|| format!("it has no context {name}"))?;
    let cluster = read.clusters.into_iter().find(|it| it.name == context.cluster);
    let cluster = cluster.and_then(|it| it.cluster);
    let cluster = cluster.ok_or_else(|| format!("it has no cluster {}", context.cluster))?;
    // What a path that is empty is made of, beside the file.
    let folder = path.parent().map(|folder| folder.join(""));
    let folder = folder.as_deref().and_then(Path::to_str).unwrap_or_default();
    let cluster = said(&cluster, folder)?;
    let user = context.user.as_ref();
    let user = read.auth_infos.into_iter().find(|it| Some(&it.name) == user);
    // Nobody in particular, as for kubectl.
    let user = said(&user.and_then(|it| it.auth_info).unwrap_or_default(), folder)?;
    let server = cluster.server.as_deref();
    let server =
        server.ok_or_else(|| format!("its cluster {} names no server", context.cluster))?;
    let server: Uri = server.parse().map_err(|error| format!("the server {server}: {error}"))?;
    let mut config = Config::new(server);
    config.proxy_url = match cluster.proxy_url.as_deref() {
        Some(url) => Some(proxy::usable(url).map_err(|reason| format!("proxy-url {reason}"))?),
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
fn said<T: Serialize + DeserializeOwned>(part: &T, folder: &str) -> Result<T, String> {
    let unreadable = |error: serde_json::Error| error.to_string();
    let mut members: Map<String, Value> =
        serde_json::to_value(part).and_then(serde_json::from_value).map_err(unreadable)?;
    members.retain(|name, value| {
        let Value::String(text) = value else { return true };
        if name.ends_with("-data") {
            text.retain(|letter| !matches!(letter, '\r' | '\n'));
        }
        !text.is_empty() && text != folder
    });
    serde_json::from_value(Value::Object(members)).map_err(unreadable)
}

fn whole(path: &Path) -> Result<Vec<u8>, files::FileError> {
    files::read(path, files::MOST)
}

fn told(path: &str) -> Result<Vec<u8>, String> {
    whole(Path::new(path)).map_err(|error| format!("cannot read {path}: {error}"))
}

fn inline(path: Option<&str>) -> Result<Option<String>, String> {
    path.map(|path| told(path).map(|bytes| STANDARD.encode(bytes))).transpose()
}

/// Who may have signed the server's certificate; those of the machine where none are named.
fn authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, String> {
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) => {
            let decoded = STANDARD.decode(data);
            decoded.map_err(|error| format!("certificate-authority-data: {error}"))?
        }
        (None, Some(path)) => told(path)?,
        (None, None) => return Ok(None),
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let read = read.map_err(|error| format!("the certificate authority: {error}"))?;
    Ok(Some(read.into_iter().map(|one| one.to_vec()).collect()))
}

/// The user, with what its files hold, which the client would read itself.
fn with_files(mut user: AuthInfo, cluster: &Cluster) -> Result<AuthInfo, String> {
    if user.client_certificate_data.is_none() {
        user.client_certificate_data = inline(user.client_certificate.as_deref())?;
    }
    if user.client_key_data.is_none() {
        user.client_key_data = inline(user.client_key.as_deref())?.map(Into::into);
    }
    // Read again as long as the client lives.
    if let (None, Some(token)) = (&user.token, &user.token_file) {
        told(token)?;
    }
    if let Some(exec) = user.exec.as_mut().filter(|exec| exec.provide_cluster_info) {
        exec.cluster = Some(cluster.try_into().map_err(|error| format!("{error}"))?);
    }
    Ok(user)
}
