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
pub(super) struct BufferedBody {
    pub(super) bytes: BytesMut,
    _part: OwnedSemaphorePermit,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It is larger than one may be.
    TooLarge,
    /// There is no room for it now.
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

/// What bounds the reading of one body.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadLimits<'b> {
    /// Of this one, in bytes.
    pub(super) bytes: usize,
    /// Of all of them.
    pub(super) budget: &'b Budget,
    /// Until it is there.
    pub(super) within: Duration,
}

/// Reads a body within its limits.
///
/// What is refused is still read to its end, unkept, up to twice the limit: a caller that is cut
/// off in the middle of sending does not read the answer that says why.
pub(super) async fn read(
    body: Body,
    declared: Option<usize>,
    limits: ReadLimits<'_>,
) -> Result<BufferedBody, ReadError> {
    let within = limits.within;
    let mut reader = Reader { body, read: 0, limit: limits.bytes };
    let buffered = timeout(within, reader.keep(declared, limits.budget));
    let refused = match buffered.await {
        Err(_) => return Err(ReadError::TooSlow),
        Ok(Ok(buffered)) => return Ok(buffered),
        Ok(Err(ReadError::Broken)) => return Err(ReadError::Broken),
        Ok(Err(refused)) => refused,
    };
    match timeout(within, reader.discard()).await {
        Ok(Ok(())) if reader.read > reader.limit => Err(ReadError::TooLarge),
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
    async fn keep(
        &mut self,
        declared: Option<usize>,
        budget: &Budget,
    ) -> Result<BufferedBody, ReadError> {
        if declared.is_some_and(|length| length > self.limit) {
            return Err(ReadError::TooLarge);
        }
        // Room is taken as bytes arrive: a length that is only declared must not keep others out.
        let most = declared.unwrap_or(self.limit);
        let mut room = most.min(FIRST).next_multiple_of(UNIT);
        let mut part = budget.take(room).ok_or(ReadError::NoRoom)?;
        let mut bytes = BytesMut::with_capacity(room);
        while let Some(chunk) = self.next().await? {
            if self.read > self.limit {
                return Err(ReadError::TooLarge);
            }
            if self.read > room {
                let wanted = (room * 2).min(most).max(self.read).next_multiple_of(UNIT);
                part.merge(budget.take(wanted - room).ok_or(ReadError::NoRoom)?);
                bytes.reserve(wanted - bytes.len());
                room = wanted;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(BufferedBody { bytes, _part: part })
    }

    async fn discard(&mut self) -> Result<(), ReadError> {
        while self.read <= 2 * self.limit && self.next().await?.is_some() {}
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<bytes::Bytes>, ReadError> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| ReadError::Broken)?;
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
    ) -> Result<usize, ReadError> {
        let chunks = vec![7_u8; size];
        let chunks: Vec<_> = chunks
            .chunks(1000)
            .map(|chunk| Ok::<_, std::io::Error>(bytes::Bytes::copy_from_slice(chunk)))
            .collect();
        let body = Body::from_stream(Chunks(chunks.into_iter()));
        read(body, declared, ReadLimits { bytes: LIMIT, budget, within: SOON })
            .await
            .map(|buffered| buffered.bytes.len())
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
            assert_eq!(whole(LIMIT + 1).await, Err(ReadError::TooLarge));
            assert_eq!(whole(LIMIT * 3).await, Err(ReadError::TooLarge));
            assert_eq!(budget.free(), LIMIT, "everything is given back");
        }
    }

    #[tokio::test]
    async fn no_room_differs_from_too_large() {
        let budget = Budget::new(LIMIT / 2);
        for declared in [true, false] {
            let whole = |size| read_whole(size, declared.then_some(size), &budget);
            assert_eq!(whole(LIMIT).await, Err(ReadError::NoRoom));
            assert_eq!(whole(LIMIT + 1).await, Err(ReadError::TooLarge));
            assert_eq!(budget.free(), LIMIT / 2);
        }
    }
}
