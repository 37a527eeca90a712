use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use tokio::sync::watch;

use super::Phase;
use crate::metrics::Metrics;

/// `/livez`, `/readyz` and `/metrics`. The server is ready while it serves; it is not bound before
/// a policy and a certificate are loaded.
pub fn router(metrics: Arc<Metrics>, phase: watch::Receiver<Phase>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(phase))
        .route("/metrics", get(expose).with_state(metrics))
        .fallback(|| async {
            (StatusCode::NOT_FOUND, "only /livez, /readyz and /metrics are here\n")
        })
}

async fn ready(State(phase): State<watch::Receiver<Phase>>) -> Response {
    let now = *phase.borrow();
    match now {
        Phase::Serving => "ok\n".into_response(),
        Phase::LameDuck | Phase::Draining => {
            (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response()
        }
    }
}

async fn expose(State(metrics): State<Arc<Metrics>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    match metrics.render() {
        Ok(text) => (kind, text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}
