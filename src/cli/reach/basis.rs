//! What a page rests on: when and by what it was made, and what was assumed.

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::ReachArgs;
use super::assume::Assumption;
use crate::pod::Runtime;

/// What answers do not count with, whatever is assumed.
const LIMITS: &str = "The answers are about processes as the runtime starts them. SELinux, AppArmor, Yama, seccomp \
     profiles, sandboxed runtimes, volumes and sockets are not looked at.";

/// Everything that belongs on a page.
pub(super) fn lines(args: &ReachArgs) -> anyhow::Result<Vec<String>> {
    let date = date(args)?.strftime("%Y-%m-%d %H:%M UTC").to_string();
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

/// Of the page: what was given, so that a page can be the same each time, or now.
fn date(args: &ReachArgs) -> anyhow::Result<Timestamp> {
    let Some(seconds) = &args.date else { return Ok(Timestamp::now()) };
    let read = seconds.parse().ok().filter(|seconds| *seconds >= 0);
    let Some(read) = read else {
        bail!("--date (SOURCE_DATE_EPOCH) must be a number of seconds since 1970, not {seconds:?}");
    };
    Timestamp::from_second(read)
        .with_context(|| format!("--date (SOURCE_DATE_EPOCH) is no date: {seconds}"))
}
