//! Living with one connection: its handshake, its requests, its end.

use std::convert::Infallible;
use std::error::Error;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::answers::{AnswerBody, Answers, Lane};
use super::connections::{InFlight, Slot};
use super::ledger::Reader;
use super::timed::{StallGuard, Turns};
use super::{Lifecycle, Serving, body, router};
use crate::metrics::Stage;

/// What TLS and HTTP/2 keep of one answer besides what was given out, in bytes each.
const BUFFER: usize = 16 * 1024;

/// What the kernel keeps of it, in bytes. By itself it keeps up to 4 MiB for each connection, in the
/// memory of this container.
const KERNEL: usize = 128 * 1024;

/// What is no answer may be unread for a little longer: so that it is known which answer was not.
const GRACE: Duration = Duration::from_secs(1);

type ConnectionResult = Result<(), Box<dyn Error + Send + Sync>>;

/// One connection.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) serving: Serving,
    pub(super) slot: Arc<Slot>,
    pub(super) answers: Arc<Answers>,
}

impl Connection {
    /// Serves it to its end, or until others need its slot.
    pub(super) async fn live(self, stream: TcpStream) -> ConnectionResult {
        let closing = self.slot.closing.clone();
        tokio::select! {
            biased;
            () = closing.cancelled() => Err("it made room".into()),
            ended = self.talk(stream) => ended,
        }
    }

    async fn talk(self, stream: TcpStream) -> ConnectionResult {
        stream.set_nodelay(true)?;
        set_socket_send_buffer_size(&stream, KERNEL)?;
        let Some(tls) = &self.serving.tls else {
            return self.http1(stream).await;
        };
        let acceptor = TlsAcceptor::from(tls.load_full());
        let handshake = timeout(self.serving.limits.handshake, acceptor.accept(stream)).await;
        let accepted = handshake.map_err(io::Error::from).flatten();
        let mut stream = accepted.inspect_err(|_| self.serving.metrics.error(Stage::Handshake))?;
        let session = stream.get_mut().1;
        session.set_buffer_limit(Some(BUFFER));
        if session.alpn_protocol() == Some(b"h2") {
            self.http2(stream).await
        } else {
            self.http1(stream).await
        }
    }

    async fn http1<S>(self, stream: S) -> ConnectionResult
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (turns, lane) = (Turns::default(), Arc::new(Lane::default()));
        let limits = self.serving.limits;
        let io = StallGuard::new(stream, turns.clone(), limits.header, limits.write + GRACE);
        let service = service_fn(|request| {
            turns.turn();
            let answer = self.clone().answer(request, self.slot.begin(), Arc::clone(&lane));
            let turns = turns.clone();
            async move {
                let answer = answer.await;
                turns.turn();
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(io), service);
        tokio::pin!(connection);
        let mut lifecycle = self.serving.lifecycle.clone();
        let ended = async {
            tokio::select! {
                biased;
                ended = connection.as_mut() => return ended,
                () = Lifecycle::Draining.reached(&mut lifecycle) => {}
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        };
        tokio::select! {
            biased;
            ended = ended => Ok(ended?),
            () = self.answers.forfeited(&lane, limits.write) => Err("an answer was not read".into()),
        }
    }

    async fn http2<S>(self, stream: S) -> ConnectionResult
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // Frames of many requests interleave, so no clock for headers: pings find dead peers.
        let busy = Turns::default();
        busy.turn();
        let limits = self.serving.limits;
        let io = StallGuard::new(stream, busy, limits.header, limits.write + GRACE);
        let first = Notify::new();
        let streams = Streams::new(&self.answers, limits.write);
        let service = service_fn(|request| {
            first.notify_one();
            let lane = streams.next();
            self.clone().answer(request, self.slot.begin(), lane)
        });
        let connection = http2::Builder::new(streams.clone())
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .max_concurrent_streams(16)
            .max_pending_accept_reset_streams(20)
            .max_header_list_size(32 * 1024)
            .max_send_buf_size(BUFFER)
            .serve_connection(TokioIo::new(io), service);
        tokio::pin!(connection);
        let (mut lame, mut draining) =
            (self.serving.lifecycle.clone(), self.serving.lifecycle.clone());
        // GOAWAY in the lame-duck time: the caller opens its next connection elsewhere. One that is
        // new by then gets its first request answered.
        let warned = async {
            Lifecycle::LameDuck.reached(&mut lame).await;
            first.notified().await;
        };
        tokio::select! {
            biased;
            ended = connection.as_mut() => return Ok(ended?),
            () = warned => {}
            () = Lifecycle::Draining.reached(&mut draining) => {}
            () = self.slot.idle(Instant::now(), limits.idle) => self.slot.expired(),
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            ended = connection => Ok(ended?),
            // It was asked to go, and answers pings but not that.
            () = self.slot.idle(Instant::now(), limits.write) => Err("it did not go".into()),
        }
    }

    /// Routes one request, once its caller has read enough of its earlier answers; in the
    /// lame-duck time every answer on HTTP/1 asks to reconnect.
    async fn answer(
        self,
        request: Request<Incoming>,
        in_flight: Option<InFlight>,
        lane: Arc<Lane>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        // Without one the connection is being closed, and this is dropped with it.
        let Some(in_flight) = in_flight else { return pending().await };
        let Self { serving, slot, answers } = self;
        let reader = Reader { connection: slot.id, peer: slot.peer };
        let old = request.version() < Version::HTTP_2;
        let limits = serving.limits;
        let within = router::time_left(request.uri(), limits.request).unwrap_or(limits.request);
        let answer = if answers.room(reader, within).await {
            let routed = serving.router.oneshot(request.map(Body::new)).await?;
            if serving.tls.is_some() && routed.status() == StatusCode::OK {
                slot.judged();
            }
            whole(routed).await
        } else {
            body::discard(Body::new(request.into_body()), limits.body, limits.write).await;
            answers.put_off()
        };
        let mut answer = answers.keep(answer, reader, (lane, in_flight), !old);
        if old && *serving.lifecycle.borrow() > Lifecycle::Serving {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(answer)
    }
}

/// An answer with nothing in memory that is not of it.
async fn whole(answer: Response<Body>) -> Response<Bytes> {
    let (parts, body) = answer.into_parts();
    let Ok(body) = body.collect().await else {
        let mut failed = Response::new(Bytes::new());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return failed;
    };
    let body = Vec::from(body.to_bytes()).into_boxed_slice();
    Response::from_parts(parts, Bytes::from(body))
}

/// Runs the streams of one connection, and drops those whose answers have to go: h2 resets them.
#[derive(Clone)]
struct Streams {
    answers: Arc<Answers>,
    limit: Duration,
    /// Of the request that hyper has asked the service for, and will run next.
    next: Arc<Mutex<Option<Arc<Lane>>>>,
}

impl Streams {
    fn new(answers: &Arc<Answers>, limit: Duration) -> Self {
        Self { answers: Arc::clone(answers), limit, next: Arc::default() }
    }

    fn next(&self) -> Arc<Lane> {
        let lane = Arc::new(Lane::default());
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&lane));
        lane
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Each was asked for; what was not is no request.
        let Some(lane) = next else { return };
        let Self { answers, limit, .. } = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = stream => {}
                () = answers.forfeited(&lane, limit) => {}
            }
        });
    }
}
