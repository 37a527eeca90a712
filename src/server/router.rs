//! The routes of the webhook, and what bounds each request: its body, its time, its turn.

use std::any::Any;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, Uri, header};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};
use tower_http::catch_panic::CatchPanicLayer;

use super::Limits;
use super::body::{self, Budget, BufferedBody, ReadError, ReadLimits};
use super::fair::{Flow, Seat, Seats};
use super::review::{Answer, Judge, Soon, flow_of};
use crate::metrics::{Metrics, Shed, Stage};
use crate::registration::{ENDPOINTS, Endpoint, paths};

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    judge: Arc<Judge>,
    limits: Limits,
    budget: Budget,
    /// One large review for each core; the others wait for their turn within their time.
    seats: Seats,
    /// Threads that find out whose a large review is: that takes a tenth of what judging does.
    readers: Arc<Semaphore>,
}

/// The webhook's routes with everything that is limited per request.
pub fn router(judge: Arc<Judge>, limits: Limits) -> Router {
    let panicked = Arc::clone(&judge.metrics);
    let cores = available_parallelism().map_or(1, usize::from);
    let (budget, seats) = (Budget::new(limits.bodies), Seats::new(cores));
    let readers = Arc::new(Semaphore::new(cores));
    let shared = Shared { judge, limits, budget, seats, readers };
    let mut routes = Router::new();
    for &endpoint in ENDPOINTS {
        let handle = move |State(shared): State<Shared>, request: Request| async move {
            review(&shared, endpoint, request).await
        };
        routes = routes.route(&format!("/{}", endpoint.path), post(handle));
    }
    routes
        .method_not_allowed_fallback(|State(shared): State<Shared>, request: Request| async move {
            let reason = "send an AdmissionReview by POST";
            shared.refuse(request.into_body(), StatusCode::METHOD_NOT_ALLOWED, reason).await
        })
        .fallback(|State(shared): State<Shared>, request: Request| async move {
            let reason = format!("only {} are here", paths());
            shared.refuse(request.into_body(), StatusCode::NOT_FOUND, &reason).await
        })
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| panic_answer(&panicked)))
        .with_state(shared)
}

/// The panic's own text may hold values of a pod, so it is not sent.
fn panic_answer(metrics: &Metrics) -> Response {
    metrics.error(Stage::Panic);
    line(StatusCode::INTERNAL_SERVER_ERROR, "internal error: the review was not judged")
}

async fn review(shared: &Shared, endpoint: Endpoint, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let within = match time_left(&parts.uri, shared.limits.request) {
        Ok(within) => within,
        Err(reason) => return shared.refuse(body, StatusCode::BAD_REQUEST, reason).await,
    };
    if !is_json(&parts.headers) {
        let reason = "the content type is not application/json";
        return shared.refuse(body, StatusCode::UNSUPPORTED_MEDIA_TYPE, reason).await;
    }
    let end = Instant::now() + within;
    let limits = ReadLimits { bytes: shared.limits.body, budget: &shared.budget, within };
    match body::read(body, declared(&parts.headers), limits).await {
        Ok(buffered) => match shared.judge.answer_soon(endpoint, &buffered.bytes, &shared.seats) {
            Soon::Answered(answer) => respond(answer),
            Soon::Large(flow) => {
                let judged = timeout_at(end, shared.seat(Arc::new(buffered), flow));
                match judged.await {
                    Ok(Some((buffered, seat))) => {
                        shared.judge_apart(endpoint, buffered, seat).await
                    }
                    Ok(None) => panic_answer(&shared.judge.metrics),
                    Err(_) => shared.busy(Shed::Turn, "too many large reviews at once"),
                }
            }
        },
        Err(error) => shared.not_read(error),
    }
}

impl Shared {
    /// A seat for a large review when it is its turn; `None` after a panic. Whose it is does not
    /// matter while nobody waits.
    async fn seat(
        &self,
        buffered: Arc<BufferedBody>,
        flow: Option<Flow>,
    ) -> Option<(Arc<BufferedBody>, Seat)> {
        let bytes = buffered.bytes.len();
        if let Some(seat) = self.seats.take(bytes) {
            return Some((buffered, seat));
        }
        let flow = match flow {
            Some(flow) => flow,
            None => self.flow(&buffered).await?,
        };
        let seat = self.seats.wait(flow, bytes).await;
        Some((buffered, seat))
    }

    async fn flow(&self, buffered: &Arc<BufferedBody>) -> Option<Flow> {
        let reader = Arc::clone(&self.readers).acquire_owned().await.ok()?;
        let (buffered, seats) = (Arc::clone(buffered), self.seats.clone());
        let flow = spawn_blocking(move || {
            let _reader = reader;
            flow_of(&buffered.bytes, &seats)
        });
        flow.await.ok()
    }

    /// Judges a large review.
    async fn judge_apart(
        &self,
        endpoint: Endpoint,
        buffered: Arc<BufferedBody>,
        seat: Seat,
    ) -> Response {
        let (judge, seats) = (Arc::clone(&self.judge), self.seats.clone());
        let judged = spawn_blocking(move || {
            let begin = processor_time();
            let (answer, flow) = judge.answer(endpoint, &buffered.bytes, &seats);
            seat.give_back(flow, processor_time().saturating_sub(begin));
            answer
        });
        judged.await.map_or_else(|_| panic_answer(&self.judge.metrics), respond)
    }

    fn not_read(&self, error: ReadError) -> Response {
        let (status, reason) = match error {
            ReadError::TooLarge => {
                let reason = format!("the body is larger than {} bytes", self.limits.body);
                (StatusCode::PAYLOAD_TOO_LARGE, reason)
            }
            ReadError::NoRoom => return self.busy(Shed::Bodies, "too many bytes at once"),
            ReadError::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time".to_owned())
            }
            ReadError::Broken => (StatusCode::BAD_REQUEST, "the body ended early".to_owned()),
        };
        self.judge.metrics.error(Stage::Read);
        line(status, &reason)
    }

    /// Answers with a reason, after the body has come: over HTTP/2 an earlier answer resets the
    /// stream, and some callers do not read what came before that.
    async fn refuse(&self, body: Body, status: StatusCode, reason: &str) -> Response {
        body::discard(body, self.limits.body, self.limits.request).await;
        self.judge.metrics.error(Stage::Read);
        line(status, reason)
    }

    /// The API server repeats a call that is answered so, after a second, within its timeout.
    fn busy(&self, cause: Shed, reason: &str) -> Response {
        self.judge.metrics.shed(cause);
        let mut response = line(StatusCode::TOO_MANY_REQUESTS, reason);
        let after = header::HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, after);
        response
    }
}

/// What this thread has used of a processor.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// How long the caller waits (`?timeout=`, a Go duration), but never longer than our own limit.
pub(super) fn time_left(uri: &Uri, limit: Duration) -> Result<Duration, &'static str> {
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
