//! The composition root of `serve`: what is loaded, started and stopped in which order.
//!
//! Policy and certificate come first, then the sockets: whoever can connect is judged by a
//! complete policy. Nothing here runs in the way of a request.

mod descriptors;
mod managed;
mod reload;
mod sources;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::managed::BackgroundTasks;
use self::sources::Source;
use crate::cluster::ClusterError;
use crate::config::Config;
use crate::controller::{CertificateWatch, Current, Publisher, WebhookReconciler};
use crate::files::FileError;
use crate::metrics::{Metrics, MetricsError};
use crate::policy_file::Problems;
use crate::server::{self, Judge, Lifecycle, Limits, Readiness, Serving};
use crate::tls::{Certificate, ServerConfigSlot, TlsError};

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file that is needed cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: FileError,
    },
    /// The policy file breaks rules of its format.
    #[error(transparent)]
    Policy(#[from] Problems),
    /// The certificate cannot be served.
    #[error("cannot serve TLS with {what}")]
    Tls {
        /// Where it comes from.
        what: String,
        /// What is wrong with it.
        #[source]
        source: TlsError,
    },
    /// There is no cluster to keep the certificate in.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The authority cannot be written.
    #[error("cannot write the authority to {path}")]
    WriteCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: FileError,
    },
    /// An address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No thread for health and metrics.
    #[error("cannot start serving health and metrics")]
    Thread(#[source] io::Error),
    /// A bug.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

/// A server that runs.
#[derive(Debug)]
pub struct Instance {
    /// Where the webhook answers.
    pub webhook: SocketAddr,
    /// Where health and metrics answer.
    pub admin: SocketAddr,
    lame_duck: Duration,
    lifecycle: watch::Sender<Lifecycle>,
    tasks: TaskTracker,
    background: CancellationToken,
}

/// Loads everything, binds, and serves. A certificate that is kept in a cluster is waited for;
/// health answers meanwhile.
pub async fn start(config: Config, limits: Limits) -> Result<Instance, StartError> {
    let limits = limits.within(descriptors::raise());
    let metrics = Arc::new(Metrics::new()?);
    let (snapshot, policy_files) = sources::policy(config.policy.as_deref(), &metrics)?;
    let judge = Arc::new(Judge {
        snapshot: ArcSwap::from_pointee(snapshot),
        // The policy comes from a file: of namespaces it asks for names only.
        surroundings: ArcSwap::default(),
        excluded: config.excluded,
        help_url: config.help_url,
        metrics: Arc::clone(&metrics),
    });
    let source = sources::certificate(config.certificate, &config.names)?;
    let (webhook, webhook_address) = bind(config.listen).await?;
    let (admin, admin_address) = bind(config.admin_listen).await?;
    let (lifecycle, lives) = watch::channel(Lifecycle::Serving);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    // Also when the start is given up while it waits.
    let guard = stop.clone().drop_guard();
    let readiness = Arc::new(Readiness::default());
    let health = Serving {
        router: server::admin_router(Arc::clone(&metrics), lives.clone(), Arc::clone(&readiness)),
        tls: None,
        limits: Limits::of_admin(),
        metrics: Arc::clone(&metrics),
        readiness: Arc::clone(&readiness),
        lifecycle: lives,
    };
    serve_apart(&tasks, admin, health.clone())?;
    let background = BackgroundTasks { tasks: &tasks, stop: &stop, metrics: &metrics };
    // Who connects before there is a certificate waits in the listener's queue, and is served then:
    // a replica that starts again costs its callers the moment until it listens, and no more.
    let tls = certify(source, config.names, &readiness, &background).await?;
    let router = server::router(Arc::clone(&judge), limits);
    tasks.spawn(server::serve(webhook, Serving { router, tls: Some(tls), limits, ..health }));
    if let Some((files, now)) = policy_files {
        let watching = files
            .watch(now, move |files, contents| sources::reload_policy(&judge, files, contents));
        background.spawn(watching);
    }
    tasks.close();
    Ok(Instance {
        webhook: webhook_address,
        admin: admin_address,
        lame_duck: config.lame_duck,
        lifecycle,
        tasks,
        background: guard.disarm(),
    })
}

/// What is served from now on, replaced whenever its source has another one.
async fn certify(
    source: Source,
    names: Vec<String>,
    readiness: &Arc<Readiness>,
    background: &BackgroundTasks<'_>,
) -> Result<ServerConfigSlot, StartError> {
    let publisher = |certificate: &Certificate| {
        Publisher::new(certificate, Arc::clone(readiness), Arc::clone(background.metrics))
    };
    match source {
        Source::Memory { certificate, authority } => {
            // Not before the address is ours: the file may be the authority of a server that runs
            // there.
            authority.map_or(Ok(()), |authority| authority.write())?;
            Ok(publisher(&certificate).served())
        }
        Source::Files { certificate, watched: (files, now) } => {
            let publisher = publisher(&certificate);
            let (served, metrics) = (publisher.served(), Arc::clone(background.metrics));
            background.spawn(files.watch(now, move |files, contents| {
                sources::reload_tls(&publisher, (&metrics, &names), files, contents);
            }));
            Ok(served)
        }
        Source::Managed(managed) => {
            let mut started = managed::start(*managed, names, background)?;
            let current = first(&mut started.certified, readiness).await;
            // What the webhooks trust has not been looked at yet.
            readiness.set_blocked(Some("the webhook configurations were not read yet".to_owned()));
            let publisher = publisher(&current.certificate);
            let served = publisher.served();
            let managed::ManagedParts { certified, followed, gate, leading } = started;
            let reconciler = WebhookReconciler::new(
                (certified, leading),
                (followed, gate),
                publisher,
                Arc::clone(readiness),
                Arc::clone(background.metrics),
            );
            background.spawn(reconciler.run());
            Ok(served)
        }
    }
}

/// Waits for the first certificate, and says why there is none so far.
async fn first(certified: &mut CertificateWatch, readiness: &Readiness) -> Arc<Current> {
    loop {
        match &*certified.borrow_and_update() {
            Ok(current) => return Arc::clone(current),
            Err(reason) => {
                readiness.set_blocked(Some(format!("there is no certificate yet: {reason}")));
            }
        }
        if certified.changed().await.is_err() {
            // Only at the end of everything.
            std::future::pending::<()>().await;
        }
    }
}

impl Instance {
    /// Stops in order: first all that is not answering, so that another replica leads at once and
    /// nothing is written for a release that is gone; not ready but serving for the lame-duck time;
    /// then what is in flight.
    pub async fn stop(self, lame_duck: bool) {
        self.background.cancel();
        if lame_duck {
            self.lifecycle.send_replace(Lifecycle::LameDuck);
            sleep(self.lame_duck).await;
        }
        self.lifecycle.send_replace(Lifecycle::Draining);
        self.tasks.wait().await;
    }
}

/// Serves on a thread of its own: health is answered however busy the webhook is.
fn serve_apart(
    tasks: &TaskTracker,
    listener: TcpListener,
    serving: Serving,
) -> Result<(), StartError> {
    let listener = listener.into_std().map_err(StartError::Thread)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(StartError::Thread)?;
    tasks.spawn_blocking(move || {
        runtime.block_on(async {
            match TcpListener::from_std(listener) {
                Ok(listener) => server::serve(listener, serving).await,
                Err(error) => tracing::error!(%error, "health and metrics cannot be served"),
            }
        });
    });
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
