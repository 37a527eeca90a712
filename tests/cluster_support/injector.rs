//! Somebody else's mutating webhook, called after Bulkhead: it adds to every pod of a namespace,
//! as the injectors of service meshes do.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::stage::Namespace;
use super::webhook::{Registration, listen, rule};
use crate::support::until;

/// Its registration; the server itself ends with this process.
pub(crate) struct Injector {
    _registration: Registration,
}

impl Injector {
    /// Adds by this JSON patch, once the API server asks it.
    pub(crate) fn new(namespace: &Namespace, patch: &Value) -> Self {
        let host = &namespace.cluster.server.webhook_host;
        let made = rcgen::generate_simple_self_signed([host.clone()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind(listen(host)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (config, patch) = (Arc::new(config), STANDARD.encode(patch.to_string()));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A caller that leaves early is no concern of this one.
                drop(answer(stream, Arc::clone(&config), &patch));
            }
        });
        let webhook = json!([{
            "name": "injector.example.com", "rules": [rule("", "v1", &["pods"], &["CREATE"])],
            "clientConfig": {
                "url": format!("https://{host}:{port}/"),
                "caBundle": STANDARD.encode(made.cert.pem()),
            },
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
            "failurePolicy": "Fail", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        }]);
        // A token volume would have a new name each time.
        let plain = json!({
            "metadata": {"name": "probe"},
            "spec": {
                "automountServiceAccountToken": false,
                "containers": [{"name": "a", "image": "i"}],
            },
        });
        let before = namespace.try_create(&plain).object()["spec"].clone();
        // The API server calls them in the order of their configurations' names.
        let name = format!("later-than-{}", namespace.name);
        let mut registration = Registration::none(&namespace.cluster);
        registration.add("MutatingWebhookConfiguration", &name, &webhook);
        until("the API server to ask the injector", || {
            let now = namespace.try_create(&plain);
            now.code != 201 || now.body["spec"] != before
        });
        Self { _registration: registration }
    }
}

/// Answers one review with the patch, and closes.
fn answer(stream: TcpStream, config: Arc<ServerConfig>, patch: &str) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
        if line.trim_end().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let review: Value = serde_json::from_slice(&body)?;
    let uid = &review["request"]["uid"];
    let response = json!({"uid": uid, "allowed": true, "patchType": "JSONPatch", "patch": patch});
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response,
    });
    let body = review.to_string();
    let length = body.len();
    let stream = reader.get_mut();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")?;
    write!(stream, "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
    stream.conn.send_close_notify();
    stream.flush()
}
