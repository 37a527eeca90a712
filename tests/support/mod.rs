//! What tests share: the program and its server, a client, builders of what is judged.

pub(crate) mod builders;
mod client;
pub(crate) mod generated;
pub(crate) mod process;
mod program;
mod scrape;
mod server;
mod view;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) use builders::{
    UID, capable, container, debugger, deployment, exception, named_policy, pod, pod_review,
    policy, review, sharing, sharing_spec,
};
pub(crate) use client::{Reply, Tls, connect, connect_with, request, trust};
pub(crate) use program::{Ended, folder, pipe, program, run};
pub(crate) use scrape::{exposed, get};
pub(crate) use server::{Server, command};
pub(crate) use view::with_pod;

/// A path below the root of the project.
pub(crate) fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until something holds, looking again and again, with a limit.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
