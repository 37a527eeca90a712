//! The limit that `benches/run` compares Bulkhead with: a plain HTTPS server of the same crates
//! (tokio, rustls, hyper, axum) with nothing of ours, which reads the body and allows it. The uid,
//! without which an API server takes no answer, is looked for near the beginning, where it writes it.

mod bodies;

use std::fs;
use std::io::{Write as _, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use axum::Router;
use axum::routing::post;
use bulkhead::tls;
use bytes::Bytes;
use clap::Parser;
use http::header;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const BEFORE: &str =
    r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":""#;
const AFTER: &str = r#"","allowed":true}}"#;

fn answer(review: &[u8]) -> String {
    let head = String::from_utf8_lossy(review.get(..256).unwrap_or(review));
    let uid = head.split_once(r#""uid":""#).and_then(|(_, rest)| rest.split_once('"'));
    format!("{BEFORE}{}{AFTER}", uid.map_or("", |(uid, _)| uid))
}

/// Serve one answer
#[derive(Parser)]
struct Args {
    /// Address of the webhook (HTTPS); port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Write the authority of the certificate here, PEM
    #[arg(long, value_name = "FILE")]
    write_ca: Option<PathBuf>,
    /// Write the bodies to measure with here, one NAME.json each
    #[arg(long, value_name = "DIRECTORY")]
    write_bodies: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(directory) = &args.write_bodies {
        for body in bodies::all() {
            let path = directory.join(body.name).with_extension("json");
            fs::write(&path, body.json)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(run(args))
}

async fn run(args: Args) -> anyhow::Result<()> {
    // The same key and the same ciphers: a handshake and a record cost the same on both sides.
    let made = tls::in_memory(&[], Timestamp::now()).context("cannot make a certificate")?;
    if let Some(path) = &args.write_ca {
        fs::write(path, &made.ca_pem)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let acceptor = TlsAcceptor::from(made.certificate.config);
    let json = [(header::CONTENT_TYPE, "application/json")];
    let handler = move |body: Bytes| async move { (json, answer(&body)) };
    let router =
        Router::new().route("/validate", post(handler.clone())).route("/mutate", post(handler));
    let listener = TcpListener::bind(args.listen).await.context("cannot listen")?;
    writeln!(stdout(), "noop is ready: https://{}", listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await.context("cannot accept")?;
        let (acceptor, service) = (acceptor.clone(), TowerToHyperService::new(router.clone()));
        tokio::spawn(async move {
            stream.set_nodelay(true).ok();
            if let Ok(stream) = acceptor.accept(stream).await {
                let stream = TokioIo::new(stream);
                let _ended =
                    Builder::new(TokioExecutor::new()).serve_connection(stream, service).await;
            }
        });
    }
}
