//! A connection that ends itself when its peer stalls.
//!
//! hyper's own `header_read_timeout` is also its idle limit, so it cannot be short; and it has no
//! limit for a peer that does not read its answer. This wrapper has both.

use std::future::Future as _;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Counts the beginnings and ends of requests: even between two, odd within one. Written by the
/// service, read by the wrapper.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<AtomicU64>);

impl Turns {
    /// A request begins or ends.
    pub(super) fn turn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Timer = Option<Pin<Box<Sleep>>>;

/// See the module.
pub(super) struct StallGuard<S> {
    inner: S,
    turns: Turns,
    header: Duration,
    write: Duration,
    /// The turn it was started in, and the clock.
    header_timer: (u64, Timer),
    write_timer: Timer,
}

impl<S> StallGuard<S> {
    pub(super) fn new(inner: S, turns: Turns, header: Duration, write: Duration) -> Self {
        Self { inner, turns, header, write, header_timer: (0, None), write_timer: None }
    }
}

/// Fails when the timer has run out; starts it when it is not running.
fn expired(timer: &mut Timer, limit: Duration, cx: &mut Context<'_>) -> bool {
    let timer = timer.get_or_insert_with(|| Box::pin(sleep(limit)));
    timer.as_mut().poll(cx).is_ready()
}

fn stalled<T>(what: &str) -> Poll<Result<T>> {
    Poll::Ready(Err(Error::new(ErrorKind::TimedOut, what)))
}

impl<S: AsyncRead + Unpin> AsyncRead for StallGuard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        let filled = buf.filled().len();
        let read = Pin::new(&mut this.inner).poll_read(cx, buf);
        let turn = this.turns.0.load(Ordering::Relaxed);
        if this.header_timer.0 != turn {
            this.header_timer = (turn, None);
        }
        let between = turn.is_multiple_of(2);
        // The clock runs from the first byte of a request: silence before it is an idle peer.
        let begun = this.header_timer.1.is_some() || buf.filled().len() > filled;
        if between && begun && expired(&mut this.header_timer.1, this.header, cx) {
            return stalled("the headers did not arrive in time");
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> StallGuard<S> {
    /// Runs one write step; a step that makes no progress for long enough fails.
    fn step<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<Result<T>>,
    ) -> Poll<Result<T>> {
        let this = self.get_mut();
        let done = step(Pin::new(&mut this.inner), cx);
        if done.is_pending() {
            if expired(&mut this.write_timer, this.write, cx) {
                return stalled("the answer was not read in time");
            }
            return Poll::Pending;
        }
        this.write_timer = None;
        Poll::Ready(ready!(done))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallGuard<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        self.step(cx, |inner, cx| inner.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.step(cx, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.step(cx, AsyncWrite::poll_shutdown)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.step(cx, |inner, cx| inner.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
