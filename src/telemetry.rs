//! Log format and level, and what is logged of a failure. Logs go to standard error; the ready line
//! alone goes to standard output.

use std::error::Error;
use std::io::{Write as _, stderr};
use std::sync::OnceLock;

use jiff::Timestamp;
use serde::Serialize;
use tracing_subscriber::filter::LevelFilter;

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// The least important level that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogLevel {
    /// What needs somebody.
    Error,
    /// What may need somebody.
    Warn,
    /// One line per decision, too.
    Info,
    /// One line per failed connection, too.
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

/// How lines are written, once that is known.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Sends log lines to standard error. A second call changes nothing.
pub fn start(level: LogLevel, format: LogFormat) {
    let lines =
        tracing_subscriber::fmt().with_max_level(level).with_writer(stderr).with_target(false);
    let started = match format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(false).try_init(),
    };
    // Only a second call fails, and then the first one's choice stands.
    if started.is_ok() {
        FORMAT.get_or_init(|| format);
    }
}

/// Whether lines are JSON: then what has lists of its own is written by [`json`].
pub fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

#[derive(Serialize)]
struct JsonLine<'a, T> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    #[serde(flatten)]
    rest: &'a T,
}

/// Logs a line of JSON at level info, with members that the fields of an event cannot hold. Whether
/// that level is written is for the caller to ask.
pub fn json(message: &'static str, rest: &impl Serialize) {
    let timestamp = format!("{:.6}", Timestamp::now());
    let line = serde_json::to_vec(&JsonLine { timestamp, level: "INFO", message, rest });
    // At once, so that no other line comes between; there is nobody to tell of a log that is closed.
    drop(line.map(|line| stderr().lock().write_all(&[line.as_slice(), b"\n"].concat())));
}

/// Logs a panic by its location alone: its text may hold values of a pod.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panic");
    }));
}

/// An error and its causes in one line, as the command line prints them.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Which failures are worth a line: of those that repeat, each new reason once.
#[derive(Debug, Default)]
pub struct OncePerReason(Option<String>);

impl OncePerReason {
    /// Whether the last failure had another reason, or there was none.
    pub fn is_news(&mut self, reason: &str) -> bool {
        let is_news = self.0.as_deref() != Some(reason);
        if is_news {
            self.0 = Some(reason.to_owned());
        }
        is_news
    }

    /// It succeeded: the same reason is news again.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot enter")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_reason_is_news_until_it_repeats() {
        let mut failures = OncePerReason::default();
        for (reason, is_news) in [
            (Some("a"), true),
            (Some("a"), false),
            (Some("b"), true),
            (Some("a"), true),
            (None, false),
            (Some("a"), true),
        ] {
            match reason {
                Some(reason) => assert_eq!(failures.is_news(reason), is_news, "{reason}"),
                None => failures.clear(),
            }
        }
    }

    #[test]
    fn causes_follow_what_failed() {
        let cause = std::io::Error::other("no such room");
        assert_eq!(chain(&cause), "no such room");
        assert_eq!(chain(&Outer(cause)), "cannot enter: no such room");
    }
}
