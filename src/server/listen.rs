//! Accepting connections and living with them.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::timed::{Timed, Turns};
use super::{Limits, Phase};
use crate::metrics::{Metrics, Stage};
use crate::tls::Published;

/// What one listener serves, and how.
#[derive(Clone)]
pub struct Serving {
    /// The routes.
    pub router: Router,
    /// The certificate; `None` for plain HTTP.
    pub tls: Option<Published>,
    /// The bounds.
    pub limits: Limits,
    /// Where connections and their failures are counted.
    pub metrics: Arc<Metrics>,
    /// The stage of life; the listener closes when draining begins.
    pub phase: watch::Receiver<Phase>,
}

/// Serves until draining ends: in-flight requests are finished, within [`Limits::drain`].
pub async fn serve(listener: TcpListener, serving: Serving) {
    let slots = Arc::new(Semaphore::new(serving.limits.connections));
    let connections = TaskTracker::new();
    let mut phase = serving.phase.clone();
    let drain = serving.limits.drain;
    loop {
        let next = async {
            // Waiting for a slot leaves the next peers in the kernel's queue.
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, stream) = tokio::select! {
            biased;
            () = reached(&mut phase, Phase::Draining) => break,
            (slot, accepted) = next => match accepted {
                Ok((stream, _)) => (slot, stream),
                Err(error) => {
                    pause(&serving.metrics, &error).await;
                    continue;
                }
            },
        };
        let serving = serving.clone();
        connections.spawn(async move {
            // Health and metrics do not count: what asks for the number would change it.
            let open = serving.tls.is_some().then(|| Open::new(&serving.metrics));
            if let Err(error) = serving.connection(stream).await {
                tracing::debug!(%error, "connection ended");
            }
            drop((open, slot));
        });
    }
    drop(listener);
    connections.close();
    // What is still running then is a peer that does not read or a body that does not come.
    drop(timeout(drain, connections.wait()).await);
}

/// Counts a connection as open while it lives, however it ends.
struct Open(Arc<Metrics>);

impl Open {
    fn new(metrics: &Arc<Metrics>) -> Self {
        metrics.connections.inc();
        Self(Arc::clone(metrics))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.dec();
    }
}

/// Too many open files, most likely: without a pause the loop would spin.
async fn pause(metrics: &Metrics, error: &io::Error) {
    metrics.error(Stage::Accept);
    tracing::warn!(%error, "cannot accept a connection");
    sleep(Duration::from_millis(100)).await;
}

/// Returns once this stage of life is reached, or its sender is gone.
async fn reached(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    drop(phase.wait_for(|now| *now >= wanted).await);
}

impl Serving {
    async fn connection(
        self,
        stream: TcpStream,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return self.http1(stream).await;
        };
        let acceptor = TlsAcceptor::from(tls.load_full());
        let stream = match timeout(self.limits.handshake, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                self.metrics.error(Stage::Handshake);
                return Err(error.into());
            }
            Err(late) => {
                self.metrics.error(Stage::Handshake);
                return Err(late.into());
            }
        };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream).await
        } else {
            self.http1(stream).await
        }
    }

    async fn http1<S>(self, stream: S) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let turns = Turns::default();
        let io = Timed::new(stream, turns.clone(), self.limits.header, self.limits.write);
        let service = service_fn(|request| {
            turns.turn();
            let (answer, turns) = (self.answer(request), turns.clone());
            async move {
                let answer = answer.await;
                turns.turn();
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.idle)
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(io), service);
        tokio::pin!(connection);
        let mut phase = self.phase.clone();
        tokio::select! {
            biased;
            ended = connection.as_mut() => return Ok(ended?),
            () = reached(&mut phase, Phase::Draining) => connection.as_mut().graceful_shutdown(),
        }
        Ok(connection.await?)
    }

    async fn http2<S>(self, stream: S) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // Frames of many requests interleave, so no clock for headers: pings find dead peers.
        let busy = Turns::default();
        busy.turn();
        let io = Timed::new(stream, busy, self.limits.header, self.limits.write);
        let first = Notify::new();
        let service = service_fn(|request| {
            first.notify_one();
            self.answer(request)
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .max_concurrent_streams(16)
            .max_pending_accept_reset_streams(20)
            .max_header_list_size(32 * 1024)
            .serve_connection(TokioIo::new(io), service);
        tokio::pin!(connection);
        let (mut lame, mut draining) = (self.phase.clone(), self.phase.clone());
        // GOAWAY in the lame-duck time: the caller opens its next connection elsewhere. One that is
        // new by then gets its first request answered.
        let told = async {
            reached(&mut lame, Phase::LameDuck).await;
            first.notified().await;
        };
        tokio::select! {
            biased;
            ended = connection.as_mut() => return Ok(ended?),
            () = told => {}
            () = reached(&mut draining, Phase::Draining) => {}
        }
        connection.as_mut().graceful_shutdown();
        Ok(connection.await?)
    }

    /// Routes one request; in the lame-duck time every answer on HTTP/1 asks to reconnect.
    fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
        let old = request.version() < Version::HTTP_2;
        let phase = self.phase.clone();
        let answer = self.router.clone().oneshot(request.map(Body::new));
        async move {
            let mut answer = answer.await?;
            if old && *phase.borrow() > Phase::Serving {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(answer)
        }
    }
}
