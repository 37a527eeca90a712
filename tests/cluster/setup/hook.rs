//! Somebody else's webhook: a tiny HTTPS server that answers each review by a function.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::stage::Namespace;
use super::webhook::listen;

/// Where an API server reaches it; it ends with this process.
pub(super) struct Hook {
    address: String,
    authority: String,
}

impl Hook {
    /// Answers a path and a review by what the function adds to an answer that allows.
    pub(super) fn new(
        namespace: &Namespace,
        respond: impl Fn(&str, &Value) -> Value + Send + 'static,
    ) -> Self {
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
        let config = Arc::new(config);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A caller that leaves early is no concern of this one.
                drop(answer(stream, Arc::clone(&config), &respond));
            }
        });
        let authority = STANDARD.encode(made.cert.pem());
        Self { address: format!("https://{host}:{port}"), authority }
    }

    /// An entry of a webhook configuration that has it asked at a path about one namespace.
    pub(super) fn entry(&self, namespace: &Namespace, path: &str, rules: &[Value]) -> Value {
        json!({
            "name": format!("{}.example.com", path.trim_matches('/')), "rules": rules,
            "clientConfig": {
                "url": format!("{}{path}", self.address), "caBundle": self.authority,
            },
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
            "failurePolicy": "Fail", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        })
    }
}

/// Answers one review, and closes.
fn answer(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    respond: &impl Fn(&str, &Value) -> Value,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
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
    let mut response = respond(&path, &review);
    response["uid"] = review["request"]["uid"].clone();
    response["allowed"] = true.into();
    let review = json!({
        "apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response,
    });
    let body = review.to_string();
    let length = body.len();
    let stream = reader.get_mut();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")?;
    write!(stream, "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
    stream.conn.send_close_notify();
    stream.flush()
}
