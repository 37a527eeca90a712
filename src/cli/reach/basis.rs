//! What a page rests on: when and by what it was made, and what was assumed.

use std::env::var;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::ReachArgs;
use super::assume::Assumption;
use crate::pod::Runtime;

/// By which others make a page that is the same each time (reproducible-builds.org).
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// What answers do not count with, whatever is assumed.
const LIMITS: &str = "The answers are about processes as the runtime starts them. SELinux, AppArmor, Yama, seccomp \
     profiles, sandboxed runtimes, volumes and sockets are not looked at.";

/// Everything that belongs on a page.
pub(super) fn lines(args: &ReachArgs) -> anyhow::Result<Vec<String>> {
    let date = date()?.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let made = format!("Made by bulkhead {} on {date}.", env!("CARGO_PKG_VERSION"));
    let any =
        || "Container runtime: containerd or CRI-O; what is certain holds for both.".to_owned();
    let nothing = || {
        "Users of images: nothing is assumed, so without runAsUser they are not known.".to_owned()
    };
    let assumed = [runtime(args).unwrap_or_else(any), users(args).unwrap_or_else(nothing)];
    Ok([made].into_iter().chain(assumed).chain([LIMITS.to_owned()]).collect())
}

/// What was assumed by a flag, if anything.
pub(super) fn assumptions(args: &ReachArgs) -> Option<String> {
    let all: Vec<_> = runtime(args).into_iter().chain(users(args)).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

fn runtime(args: &ReachArgs) -> Option<String> {
    let name = match args.runtime.all() {
        [Runtime::Containerd] => "containerd",
        [Runtime::CriO] => "CRI-O",
        _ => return None,
    };
    Some(format!("Container runtime: {name}."))
}

fn users(args: &ReachArgs) -> Option<String> {
    let each: Vec<_> = args.assume.iter().map(Assumption::value).collect();
    (!each.is_empty())
        .then(|| format!("Users of images, as assumed (CONTAINER:UID:GID): {}.", each.join(", ")))
}

fn date() -> anyhow::Result<Timestamp> {
    let Ok(seconds) = var(EPOCH) else { return Ok(Timestamp::now()) };
    let read = seconds.parse().ok().filter(|seconds| *seconds >= 0);
    let Some(read) = read else {
        bail!("{EPOCH} must be a number of seconds since 1970, not {seconds:?}");
    };
    Timestamp::from_second(read).with_context(|| format!("{EPOCH} is {seconds}, no date"))
}
