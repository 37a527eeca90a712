//! Reading a body within limits: of its own size, of all bodies in memory, and of time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf as _, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The unit in which the budget is counted, in bytes.
const UNIT: usize = 4096;

/// What a body gets before its first byte has come.
const FIRST: usize = UNIT;

/// The bytes that all bodies in flight may take together.
#[derive(Clone, Debug)]
pub(super) struct Budget(Arc<Semaphore>);

/// A body in memory, with its part of the budget.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: BytesMut,
    _part: OwnedSemaphorePermit,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is larger than one may be.
    TooLarge,
    /// There is no room for it beside the others now.
    NoRoom,
    /// It did not arrive in time.
    TooSlow,
    /// The connection ended before it did.
    Broken,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / UNIT)))
    }

    /// The bytes that are free.
    #[cfg(test)]
    fn free(&self) -> usize {
        self.0.available_permits() * UNIT
    }

    /// Room for `bytes` more, if there is any now: waiting while holding some would let bodies
    /// wait for each other.
    fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(units).ok()
    }
}

/// Reads a body of at most `limit` bytes, within the budget, in `within`.
///
/// What is refused is still read to its end, unkept, up to twice the limit: a caller that is cut
/// off in the middle of sending does not read the answer that says why.
pub(super) async fn read(
    body: Body,
    declared: Option<usize>,
    (limit, budget): (usize, &Budget),
    within: Duration,
) -> Result<Held, Unread> {
    let mut reader = Reader { body, read: 0, limit };
    let held = timeout(within, reader.keep(declared, budget));
    let refused = match held.await {
        Err(_) => return Err(Unread::TooSlow),
        Ok(Ok(held)) => return Ok(held),
        Ok(Err(Unread::Broken)) => return Err(Unread::Broken),
        Ok(Err(refused)) => refused,
    };
    match timeout(within, reader.discard()).await {
        Ok(Ok(())) if reader.read > limit => Err(Unread::TooLarge),
        _ => Err(refused),
    }
}

/// Reads a body to its end without keeping it, up to twice the limit.
pub(super) async fn discard(body: Body, limit: usize, within: Duration) {
    let mut reader = Reader { body, read: 0, limit };
    // Whatever went wrong in a body that is not wanted, the answer is the same.
    drop(timeout(within, reader.discard()).await);
}

struct Reader {
    body: Body,
    read: usize,
    limit: usize,
}

impl Reader {
    async fn keep(&mut self, declared: Option<usize>, budget: &Budget) -> Result<Held, Unread> {
        if declared.is_some_and(|length| length > self.limit) {
            return Err(Unread::TooLarge);
        }
        // Room is taken as bytes arrive: a length that is only declared must not keep others out.
        let most = declared.unwrap_or(self.limit);
        let mut room = most.min(FIRST).next_multiple_of(UNIT);
        let mut part = budget.take(room).ok_or(Unread::NoRoom)?;
        let mut bytes = BytesMut::with_capacity(room);
        while let Some(chunk) = self.next().await? {
            if self.read > self.limit {
                return Err(Unread::TooLarge);
            }
            if self.read > room {
                let wanted = (room * 2).min(most).max(self.read).next_multiple_of(UNIT);
                part.merge(budget.take(wanted - room).ok_or(Unread::NoRoom)?);
                bytes.reserve(wanted - bytes.len());
                room = wanted;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Held { bytes, _part: part })
    }

    async fn discard(&mut self) -> Result<(), Unread> {
        while self.read <= 2 * self.limit && self.next().await?.is_some() {}
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<bytes::Bytes>, Unread> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| Unread::Broken)?;
            if let Ok(data) = frame.into_data() {
                self.read = self.read.saturating_add(data.remaining());
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 64 * UNIT;
    const SOON: Duration = Duration::from_secs(30);

    async fn read_whole(
        size: usize,
        declared: Option<usize>,
        budget: &Budget,
    ) -> Result<usize, Unread> {
        let chunks = vec![7_u8; size];
        let chunks: Vec<_> = chunks
            .chunks(1000)
            .map(|chunk| Ok::<_, std::io::Error>(bytes::Bytes::copy_from_slice(chunk)))
            .collect();
        let body = Body::from_stream(Chunks(chunks.into_iter()));
        read(body, declared, (LIMIT, budget), SOON).await.map(|held| held.bytes.len())
    }

    struct Chunks(std::vec::IntoIter<Result<bytes::Bytes, std::io::Error>>);

    impl futures_core::Stream for Chunks {
        type Item = Result<bytes::Bytes, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(self.0.next())
        }
    }

    #[tokio::test]
    async fn limits_hold_with_and_without_a_declared_length() {
        let budget = Budget::new(LIMIT);
        for declared in [true, false] {
            let whole = |size| read_whole(size, declared.then_some(size), &budget);
            assert_eq!(whole(0).await, Ok(0));
            assert_eq!(whole(LIMIT).await, Ok(LIMIT));
            assert_eq!(whole(LIMIT + 1).await, Err(Unread::TooLarge));
            assert_eq!(whole(LIMIT * 3).await, Err(Unread::TooLarge));
            assert_eq!(budget.free(), LIMIT, "everything is given back");
        }
    }

    #[tokio::test]
    async fn no_room_is_told_apart_from_too_large() {
        let budget = Budget::new(LIMIT / 2);
        for declared in [true, false] {
            let whole = |size| read_whole(size, declared.then_some(size), &budget);
            assert_eq!(whole(LIMIT).await, Err(Unread::NoRoom));
            assert_eq!(whole(LIMIT + 1).await, Err(Unread::TooLarge));
            assert_eq!(budget.free(), LIMIT / 2);
        }
    }
}
