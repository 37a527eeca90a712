//! Answers on their way out: kept in memory until they are read, within bounds, and not for ever.
//!
//! hyper asks for a body only as fast as its peer reads, and not at all while an HTTP/2 window is
//! closed, so nothing in a body can end that. An answer that is to go is dropped from outside: over
//! HTTP/2 with its stream, which resets it, over HTTP/1 with its connection.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::connections::{InFlight, unchanged};
use super::ledger::{Ledger, Number, Reader, Rules};
use super::readiness::Readiness;
use crate::metrics::{Dropped, Metrics, Shed};

/// The most that is given out at once: what was given out is kept by others until it is written.
const PIECE: usize = 16 * 1024;

/// The unread answers of one listener.
#[derive(Debug)]
pub(super) struct Answers {
    unread: Mutex<Accounts>,
    freed: Notify,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
}

#[derive(Debug)]
struct Accounts {
    ledger: Ledger,
    lanes: BTreeMap<Number, Arc<Lane>>,
}

/// What answers go out on, one after the other: a connection of HTTP/1, a stream of HTTP/2.
#[derive(Debug, Default)]
pub(super) struct Lane {
    revoked: CancellationToken,
    /// How many answers are unread, and when the last piece was written: one that was only taken
    /// may wait in a buffer.
    progress: Mutex<(usize, Option<Instant>)>,
}

/// An answer in the ledger until the last byte of it is written.
#[derive(Debug)]
struct Share {
    answers: Arc<Answers>,
    number: Number,
    lane: Arc<Lane>,
    /// Pieces that are not written yet, and who waits for that.
    out: Mutex<(usize, Option<Waker>)>,
    _in_flight: InFlight,
}

/// The body of an answer.
#[derive(Debug)]
pub(super) struct AnswerBody {
    rest: Bytes,
    share: Arc<Share>,
    /// Over HTTP/2 the end is sent only when all before it is written: a stream that has sent its
    /// end cannot be reset any more.
    waits: bool,
}

/// A part of an answer that is being written.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    share: Arc<Share>,
}

impl Answers {
    pub(super) fn new(rules: Rules, metrics: Arc<Metrics>, readiness: Arc<Readiness>) -> Self {
        let unread = Accounts { ledger: Ledger::new(rules), lanes: BTreeMap::new() };
        Self { unread: Mutex::new(unread), freed: Notify::new(), metrics, readiness }
    }

    /// Waits until a request of this caller may be read; false if that takes too long.
    pub(super) async fn room(self: &Arc<Self>, reader: Reader, within: Duration) -> bool {
        if self.unread().ledger.has_room(reader) {
            return true;
        }
        if !self.unread().ledger.wait(reader.peer) {
            return false;
        }
        let _waiting = WaitGuard(Arc::clone(self), reader);
        let has_room = async {
            loop {
                let mut freed = std::pin::pin!(self.freed.notified());
                freed.as_mut().enable();
                if self.unread().ledger.has_room(reader) {
                    return;
                }
                freed.await;
            }
        };
        timeout(within, has_room).await.is_ok()
    }

    /// What is sent to a caller that does not read its answers.
    pub(super) fn put_off(&self) -> Response<Bytes> {
        self.metrics.shed(Shed::Answers);
        let mut answer = Response::new(Bytes::from_static(b"too many answers were not read\n"));
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, text);
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        answer
    }

    /// Keeps an answer until it is written. Where there is no room for it by now its caller is put
    /// off; where all answers are too many, others go.
    pub(super) fn keep(
        self: &Arc<Self>,
        answer: Response<Bytes>,
        reader: Reader,
        (lane, in_flight): (Arc<Lane>, InFlight),
        waits: bool,
    ) -> Response<AnswerBody> {
        let mut unread = self.unread();
        let fits = unread.ledger.fits(reader, answer.body().len());
        let answer = if fits { answer } else { self.put_off() };
        let bytes = answer.body().len();
        let number = unread.ledger.add(reader, bytes);
        unread.lanes.insert(number, Arc::clone(&lane));
        self.metrics.traffic.unread.add(gauge(bytes));
        while let Some(surplus) = unread.ledger.surplus() {
            if let Some(lane) = self.remove(&mut unread, surplus) {
                lane.revoked.cancel();
            }
        }
        drop(unread);
        lane.moves(|unread| unread + 1);
        let (answers, out) = (Arc::clone(self), Mutex::default());
        let share = Arc::new(Share { answers, number, lane, out, _in_flight: in_flight });
        answer.map(|rest| AnswerBody { rest, share, waits })
    }

    fn remove(&self, unread: &mut Accounts, number: Number) -> Option<Arc<Lane>> {
        let bytes = unread.ledger.remove(number);
        self.metrics.traffic.unread.sub(gauge(bytes));
        unread.lanes.remove(&number)
    }

    /// Waits until what goes out there has to be dropped: its caller does not read on within this
    /// time, or others need the room.
    pub(super) async fn forfeited(&self, lane: &Lane, limit: Duration) {
        let reason = tokio::select! {
            () = lane.revoked.cancelled() => Dropped::Room,
            () = unchanged(limit, || lane.waits_since()) => Dropped::Stalled,
        };
        self.metrics.traffic.dropped(reason);
        let what = match reason {
            Dropped::Stalled => "answers are dropped that their callers do not read",
            Dropped::Room => "answers of those who read least are dropped to make room",
        };
        if self.readiness.notices.note(what, Instant::now()) {
            tracing::warn!("{what}");
        }
    }

    fn unread(&self) -> MutexGuard<'_, Accounts> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gauge(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// A request that waits for room.
struct WaitGuard(Arc<Answers>, Reader);

impl Drop for WaitGuard {
    fn drop(&mut self) {
        self.0.unread().ledger.wait_no_more(self.1.peer);
    }
}

impl Lane {
    /// Something begins, was written, or is at its end.
    fn moves(&self, unread: impl FnOnce(usize) -> usize) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        *progress = (unread(progress.0), Some(Instant::now()));
    }

    /// Since when nothing moved, if there is anything to move.
    fn waits_since(&self) -> Option<Instant> {
        let (unread, since) = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        since.filter(|_| unread > 0)
    }
}

impl Share {
    fn out(&self) -> MutexGuard<'_, (usize, Option<Waker>)> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.lane.moves(|unread| unread.saturating_sub(1));
        drop(self.answers.remove(&mut self.answers.unread(), self.number));
        self.answers.freed.notify_waiters();
    }
}

impl Body for AnswerBody {
    type Data = Piece;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, Infallible>>> {
        if self.rest.is_empty() {
            let mut out = self.share.out();
            if self.waits && out.0 > 0 {
                out.1 = Some(cx.waker().clone());
                return Poll::Pending;
            }
            return Poll::Ready(None);
        }
        let bytes = if self.rest.len() <= PIECE {
            std::mem::take(&mut self.rest)
        } else {
            // A copy, so that what is being written does not keep all of a dropped answer.
            let piece = self.rest.slice(..PIECE);
            self.rest.advance(PIECE);
            Bytes::copy_from_slice(&piece)
        };
        self.share.out().0 += 1;
        Poll::Ready(Some(Ok(Frame::data(Piece { bytes, share: Arc::clone(&self.share) }))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && (!self.waits || self.share.out().0 == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.share.lane.moves(|unread| unread);
        let mut out = self.share.out();
        out.0 = out.0.saturating_sub(1);
        let waker = if out.0 == 0 { out.1.take() } else { None };
        drop(out);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
