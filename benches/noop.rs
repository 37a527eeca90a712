//! A webhook that reads a review and judges nothing: what `benches/run` compares Bulkhead with.
//!
//! Accept loop, TLS, limits and the shape of the router are Bulkhead's own, so the difference is
//! what a review costs: its limits of bytes and time, decoding, judging, encoding, metrics, log.
//! Every request gets the same answer, the one that Bulkhead gives to the medium body, with its own
//! uid in it: that is looked for, not read.

mod bodies;

use std::any::Any;
use std::fs;
use std::io::{Write as _, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bulkhead::api::Namespaces;
use bulkhead::metrics::Metrics;
use bulkhead::policy_file::PolicyText;
use bulkhead::server::{Lifecycle, Limits, Serving, serve};
use bulkhead::{admission, decision, policy, tls};
use bytes::Bytes;
use clap::Parser;
use http::{StatusCode, header};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

/// Serve one fixed answer over the stack of Bulkhead.
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
    let limits = Limits::default();
    let made = tls::in_memory(&[], Timestamp::now()).context("cannot make a certificate")?;
    if let Some(path) = &args.write_ca {
        fs::write(path, &made.ca_pem)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let listener = TcpListener::bind(args.listen).await.context("cannot listen")?;
    let ready = format!("noop is ready: https://{}\n", listener.local_addr()?);
    // Its sender lives as long as the server: a signal ends the process where it stands.
    let (_stay, lifecycle) = watch::channel(Lifecycle::Serving);
    let serving = Serving {
        router: router(answer()?, limits),
        tls: Some(Arc::new(ArcSwap::from(made.certificate.config))),
        limits,
        metrics: Arc::new(Metrics::new()?),
        readiness: Arc::default(),
        lifecycle,
    };
    stdout().write_all(ready.as_bytes())?;
    stdout().flush()?;
    serve(listener, serving).await;
    Ok(())
}

/// The routes and layers of `bulkhead::server::router`, with another handler.
fn router(answer: Answer, limits: Limits) -> Router {
    let mut routes = Router::new();
    for path in ["/mutate", "/validate", "/advise"] {
        let handle = move |State(answer): State<Answer>, request: Request| async move {
            match to_bytes(request.into_body(), limits.body).await {
                Ok(body) => {
                    let kind = [(header::CONTENT_TYPE, "application/json")];
                    (StatusCode::OK, kind, Body::from(answer.to(&body))).into_response()
                }
                Err(_) => line(StatusCode::PAYLOAD_TOO_LARGE),
            }
        };
        routes = routes.route(path, post(handle));
    }
    routes
        .method_not_allowed_fallback(|| async { line(StatusCode::METHOD_NOT_ALLOWED) })
        .fallback(|| async { line(StatusCode::NOT_FOUND) })
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| {
            line(StatusCode::INTERNAL_SERVER_ERROR)
        }))
        .with_state(answer)
}

fn line(status: StatusCode) -> Response {
    (status, format!("{status}\n")).into_response()
}

/// The answer, before and after the uid.
#[derive(Clone)]
struct Answer(Bytes, Bytes);

impl Answer {
    /// The same to another review, whose uid the API server writes near its beginning.
    fn to(&self, review: &[u8]) -> Bytes {
        let head = String::from_utf8_lossy(review.get(..256).unwrap_or(review));
        let uid = head.split_once(r#""uid":""#).and_then(|(_, rest)| rest.split_once('"'));
        let uid = uid.map_or("", |(uid, _)| uid);
        [self.0.as_ref(), uid.as_bytes(), self.1.as_ref()].concat().into()
    }
}

fn answer() -> anyhow::Result<Answer> {
    let bodies = bodies::all();
    let body = bodies.iter().find(|body| body.name == "medium").context("no medium body")?;
    let request = admission::decode(body.json.as_bytes(), admission::AcceptedKinds::Pods)?;
    let snapshot = PolicyText::embedded_default().load(Namespaces::ByName).unwrap_or_default();
    let change = request.change.as_ref().context("the medium body is not judged")?;
    let context = policy::Context {
        namespace: &request.target.namespace,
        labels: None,
        nodes: None,
        requester: Some(&request.requester),
        now: Timestamp::now(),
    };
    let decision = decision::decide(decision::Phase::Validate, change, &snapshot, &context);
    let text = String::from_utf8(admission::encode(&request, &decision)?)?;
    let (before, after) = text.split_once(request.uid.as_ref()).context("no uid in the answer")?;
    Ok(Answer(Bytes::from(before.to_owned()), Bytes::from(after.to_owned())))
}
