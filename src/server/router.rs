use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::error_handling::HandleErrorLayer;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{BoxError, Router};
use http::{HeaderMap, StatusCode, Uri, header};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;

use super::Limits;
use super::body::{self, Budget, Unread};
use super::review::{Answer, ENDPOINTS, Endpoint, Judge};
use crate::metrics::{Metrics, Stage};

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    judge: Arc<Judge>,
    limits: Limits,
    budget: Budget,
}

/// The webhook's routes with everything that is limited per request.
pub fn router(judge: Arc<Judge>, limits: Limits) -> Router {
    let metrics = Arc::clone(&judge.metrics);
    let panicked = Arc::clone(&metrics);
    let shared = Shared { judge, limits, budget: Budget::new(limits.bodies) };
    let mut routes = Router::new();
    for endpoint in ENDPOINTS {
        let handle = move |State(shared): State<Shared>, request: Request| async move {
            review(&shared, endpoint, request).await
        };
        routes = routes.route(&format!("/{}", endpoint.path), post(handle));
    }
    let shed = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(move |_: BoxError| {
            let metrics = Arc::clone(&metrics);
            async move { busy(&metrics, "too many requests at once") }
        }))
        .load_shed()
        .layer(GlobalConcurrencyLimitLayer::new(limits.requests));
    routes
        .method_not_allowed_fallback(|| async {
            line(StatusCode::METHOD_NOT_ALLOWED, "send an AdmissionReview by POST")
        })
        .fallback(|| async {
            line(StatusCode::NOT_FOUND, "only /mutate, /validate and /advise are here")
        })
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| panic_answer(&panicked)))
        .layer(shed)
        .with_state(shared)
}

/// The panic's own text may hold values of a pod, so it is not sent.
fn panic_answer(metrics: &Metrics) -> Response {
    metrics.error(Stage::Panic);
    line(StatusCode::INTERNAL_SERVER_ERROR, "internal error: the review was not judged")
}

async fn review(shared: &Shared, endpoint: Endpoint, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let metrics = &shared.judge.metrics;
    let refused = |status, reason: &str| {
        metrics.error(Stage::Read);
        line(status, reason)
    };
    let within = match time_left(&parts.uri, shared.limits.request) {
        Ok(within) => within,
        Err(reason) => return refused(StatusCode::BAD_REQUEST, reason),
    };
    if !is_json(&parts.headers) {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type is not application/json",
        );
    }
    let limit = shared.limits.body;
    let held = body::read(body, declared(&parts.headers), (limit, &shared.budget), within).await;
    match held {
        Ok(held) => {
            let answer = shared.judge.answer(endpoint, &held.bytes);
            respond(answer)
        }
        Err(Unread::TooLarge) => refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("the body is larger than {limit} bytes"),
        ),
        Err(Unread::NoRoom) => busy(metrics, "too many bytes at once"),
        Err(Unread::TooSlow) => {
            refused(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
        }
        Err(Unread::Broken) => refused(StatusCode::BAD_REQUEST, "the body ended early"),
    }
}

/// How long the caller waits (`?timeout=`, a Go duration), but never longer than our own limit.
fn time_left(uri: &Uri, limit: Duration) -> Result<Duration, &'static str> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let Some(text) = pairs.filter_map(|pair| pair.strip_prefix("timeout=")).next_back() else {
        return Ok(limit);
    };
    let asked = text.parse::<jiff::SignedDuration>().ok().filter(jiff::SignedDuration::is_positive);
    let asked = asked.and_then(|it| Duration::try_from(it).ok());
    asked.map(|it| it.min(limit)).ok_or("the timeout is not a duration such as 5s")
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The API server repeats a call that is answered so, after a second, within its timeout.
fn busy(metrics: &Metrics, reason: &str) -> Response {
    metrics.error(Stage::Shed);
    let mut response = line(StatusCode::TOO_MANY_REQUESTS, reason);
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    response
}

fn line(status: StatusCode, reason: &str) -> Response {
    respond(Answer::line(status, reason))
}

fn respond(answer: Answer) -> Response {
    let kind = match answer.status {
        StatusCode::OK => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    (answer.status, [(header::CONTENT_TYPE, kind)], Body::from(answer.body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_the_callers_or_ours() {
        let limit = Duration::from_secs(15);
        let left = |query: &str| time_left(&format!("/validate{query}").parse().unwrap(), limit);
        assert_eq!(left(""), Ok(limit));
        assert_eq!(left("?timeout=3s"), Ok(Duration::from_secs(3)));
        assert_eq!(left("?a=b&timeout=500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(left("?timeout=1m30s"), Ok(limit));
        for bad in ["?timeout=", "?timeout=soon", "?timeout=-1s", "?timeout=0s"] {
            assert!(left(bad).is_err(), "{bad}");
        }
    }
}
