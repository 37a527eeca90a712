use std::io::{Write as _, stdout};

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app;
use crate::config::{Config, ServeArgs};
use crate::server::Limits;
use crate::telemetry;

/// Of each thread, in bytes. Text as deep as is read at all must not overflow it in any build: that
/// would end the server.
const STACK: usize = 16 << 20;

/// Serves until a signal ends it.
pub(super) fn run(args: ServeArgs) -> anyhow::Result<()> {
    telemetry::start(args.log_level, args.log_format);
    telemetry::quiet_panics();
    let config = Config::try_from(args)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.context("cannot start the runtime")?;
    let ended = runtime.block_on(serve(config));
    // A start that was given up may be waiting in the kernel, for a file or another program.
    runtime.shutdown_background();
    ended
}

async fn serve(config: Config) -> anyhow::Result<()> {
    // Before the start, so that a signal that comes during it is not lost.
    let mut signals = Signals::new()?;
    // A thread of its own: whatever it waits for, a signal is heard.
    let start = tokio::spawn(app::start(config, Limits::default()));
    let running = tokio::select! {
        running = start => running??,
        // A certificate may be waited for; nobody was promised anything yet.
        _ = signals.next() => return Ok(()),
    };
    let ready = format!(
        "bulkhead is ready: https://{} (health and metrics: http://{})\n",
        running.webhook, running.admin
    );
    // Whoever closed standard output does not want the line; that is no reason to stop.
    drop(stdout().write_all(ready.as_bytes()).and_then(|()| stdout().flush()));
    let patient = signals.next().await;
    tracing::info!(lame_duck = patient, "stopping; a second signal ends at once");
    tokio::select! {
        () = running.stop(patient) => tracing::info!("stopped"),
        _ = signals.next() => tracing::warn!("ended at once"),
    }
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let on = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    /// Waits for one; whether callers need the lame-duck time. At a prompt nobody does.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        }
    }
}
