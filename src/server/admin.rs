use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Lifecycle, Readiness};
use crate::metrics::Metrics;

/// `/livez`, `/readyz` and `/metrics`. The server is ready while it serves, with a certificate that
/// its callers can trust; it is not bound before a policy is loaded. What a peer can cause is added
/// to that, and never replaces it.
pub fn router(
    metrics: Arc<Metrics>,
    lifecycle: watch::Receiver<Lifecycle>,
    readiness: Arc<Readiness>,
) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state((lifecycle, readiness)))
        .route("/metrics", get(expose).with_state(metrics))
        .fallback(|| async {
            (StatusCode::NOT_FOUND, "only /livez, /readyz and /metrics are here\n")
        })
}

async fn ready(
    State((lifecycle, readiness)): State<(watch::Receiver<Lifecycle>, Arc<Readiness>)>,
) -> Response {
    let now = *lifecycle.borrow();
    match (now, readiness.obstacle(Timestamp::now())) {
        (Lifecycle::Serving, None) => {
            let notices = readiness.notices.current(Instant::now());
            let lines = ["ok"].into_iter().chain(notices);
            lines.flat_map(|line| [line, "\n"]).collect::<String>().into_response()
        }
        (Lifecycle::Serving, Some(obstacle)) => {
            let line = format!("{}\n", obstacle.replace(char::is_control, " "));
            (StatusCode::SERVICE_UNAVAILABLE, line).into_response()
        }
        (Lifecycle::LameDuck | Lifecycle::Draining, _) => {
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
