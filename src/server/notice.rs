//! What an operator should know while it lasts: once a minute in the log, and on `/readyz`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So long it is said that something happens after it did, and so long the log is silent about it.
const PERIOD: Duration = Duration::from_mins(1);

/// What happens, in words that name no peer: a peer could make as many as it likes.
#[derive(Debug, Default)]
pub(super) struct Notices(Mutex<BTreeMap<&'static str, Times>>);

#[derive(Clone, Copy, Debug)]
struct Times {
    logged: Instant,
    last: Instant,
}

impl Notices {
    /// It happens; whether it is time to log it.
    pub(super) fn note(&self, what: &'static str, now: Instant) -> bool {
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = notices.get_mut(what) else {
            notices.insert(what, Times { logged: now, last: now });
            return true;
        };
        times.last = now;
        let due = now.duration_since(times.logged) >= PERIOD;
        if due {
            times.logged = now;
        }
        due
    }

    /// What happened of late.
    pub(super) fn current(&self, now: Instant) -> Vec<&'static str> {
        let notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |times: &Times| now.duration_since(times.last) < PERIOD;
        notices.iter().filter(|(_, times)| late(times)).map(|(what, _)| *what).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_is_logged_once_a_minute_and_current_for_a_minute() {
        let (notices, begin) = (Notices::default(), Instant::now());
        // What is noted after so many seconds, whether it is logged, and what is current then.
        let rows: &[(u64, &'static str, bool, &[&str])] = &[
            (0, "a", true, &["a"]),
            (1, "a", false, &["a"]),
            (30, "b", true, &["a", "b"]),
            (59, "a", false, &["a", "b"]),
            (60, "a", true, &["a", "b"]),
            (89, "a", false, &["a", "b"]),
            (90, "a", false, &["a"]),
            (120, "a", true, &["a"]),
        ];
        for (seconds, what, logged, current) in rows {
            let now = begin + Duration::from_secs(*seconds);
            assert_eq!(notices.note(what, now), *logged, "{what} at {seconds}");
            assert_eq!(notices.current(now), *current, "at {seconds}");
        }
        assert_eq!(notices.current(begin + 2 * PERIOD + PERIOD), [""; 0]);
    }
}
