//! Stands between a replica and the API server: passes all on, with the replica's rights, and counts
//! what is written to webhook configurations, refused or not.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{Client, Installed};

/// It ends with this.
pub(crate) struct Between {
    patches: Receiver<String>,
    _passing: Runtime,
    _client: Client,
}

impl Between {
    /// Lets the replicas of an installation, which are started from now on, come through here.
    pub(crate) fn new(installed: &Installed) -> Self {
        let client = installed.cluster.as_user(&installed.namespace.name);
        let passing = Runtime::new().unwrap();
        let listener = passing.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (address, kube) = (listener.local_addr().unwrap(), client.kube.clone());
        let (sender, patches) = channel();
        passing.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kube, sender) = (kube.clone(), sender.clone());
                let pass = service_fn(move |request| pass(kube.clone(), sender.clone(), request));
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), pass));
            }
        });
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": format!("http://{address}")}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here"}}],
            "users": [{"name": "here", "user": {}}],
        });
        std::fs::write(installed.kubeconfig(), kubeconfig.to_string()).unwrap();
        Self { patches, _passing: passing, _client: client }
    }

    /// How many writes there are until then, with those that were not counted so far.
    pub(crate) fn count_until(&self, end: Instant) -> usize {
        let left = || end.saturating_duration_since(Instant::now());
        std::iter::from_fn(|| self.patches.recv_timeout(left()).ok()).count()
    }
}

async fn pass(
    kube: kube::Client,
    patches: Sender<String>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().unwrap().as_str().to_owned();
    if head.method == Method::PATCH && path.contains("webhookconfigurations/") {
        // Nobody counts any more at the end.
        drop(patches.send(path.clone()));
    }
    let body: Bytes = body.collect().await.unwrap().to_bytes();
    let mut passed = Request::builder().method(head.method).uri(path);
    for name in ["content-type", "accept"] {
        if let Some(value) = head.headers.get(name) {
            passed = passed.header(name, value);
        }
    }
    let failed = || Response::builder().status(502).body(Body::empty()).unwrap();
    Ok(kube.send(passed.body(Body::from(body)).unwrap()).await.unwrap_or_else(|_| failed()))
}
