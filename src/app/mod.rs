//! The composition root of `serve`: what is loaded, started and stopped in which order.
//!
//! Policy and certificate come first, then the sockets: whoever can connect is judged by a
//! complete policy. Nothing here runs in the way of a request.

mod reload;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{self, EMBEDDED_DEFAULT, Problem};
use crate::config::{CertificateSource, Config};
use crate::metrics::{Metrics, MetricsError, Stage};
use crate::policy::Snapshot;
use crate::server::{self, Judge, Limits, Phase, Serving};
use crate::tls::{self, Certificate, Published, TlsError};
use reload::{Contents, Files};

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file that is needed cannot be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The policy file breaks rules of its format.
    #[error("{}", listed(.0))]
    Policy(Vec<Problem>),
    /// The certificate cannot be served.
    #[error("cannot serve TLS with {what}")]
    Tls {
        /// Which.
        what: String,
        /// Why.
        #[source]
        source: TlsError,
    },
    /// The authority cannot be written.
    #[error("cannot write the authority to {path}")]
    WriteCa {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A bug.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    /// Where the webhook answers.
    pub webhook: SocketAddr,
    /// Where health and metrics answer.
    pub admin: SocketAddr,
    lame_duck: Duration,
    phase: watch::Sender<Phase>,
    tasks: TaskTracker,
    background: CancellationToken,
}

/// Loads everything, binds, and serves.
pub async fn start(config: Config, limits: Limits) -> Result<Running, StartError> {
    let metrics = Arc::new(Metrics::new()?);
    let (snapshot, policy_files) = policy(config.policy.as_deref(), &metrics)?;
    let judge = Arc::new(Judge {
        snapshot: ArcSwap::from_pointee(snapshot),
        excluded: config.excluded,
        metrics: Arc::clone(&metrics),
    });
    let (certificate, tls_files) = certificate(&config.certificate, &config.names)?;
    metrics.certificate_loaded(certificate.not_after);
    let tls: Published = Arc::new(ArcSwap::from(certificate.config));

    let (webhook, webhook_address) = bind(config.listen).await?;
    let (admin, admin_address) = bind(config.admin_listen).await?;
    let (phase, lives) = watch::channel(Phase::Serving);
    let (tasks, background) = (TaskTracker::new(), CancellationToken::new());
    let serving = Serving {
        router: server::router(Arc::clone(&judge), limits),
        tls: Some(Arc::clone(&tls)),
        limits,
        metrics: Arc::clone(&metrics),
        phase: lives.clone(),
    };
    let health = Serving {
        router: server::admin_router(Arc::clone(&metrics), lives),
        tls: None,
        ..serving.clone()
    };
    tasks.spawn(server::serve(webhook, serving));
    tasks.spawn(server::serve(admin, health));
    if let Some((files, now)) = policy_files {
        let watching = files.watch(now, move |contents| reload_policy(&judge, contents));
        tasks.spawn(background.clone().run_until_cancelled_owned(watching));
    }
    if let Some((files, now)) = tls_files {
        let names = config.names;
        let watching = files.watch(now, move |contents| {
            reload_tls(&tls, &metrics, &names, contents);
        });
        tasks.spawn(background.clone().run_until_cancelled_owned(watching));
    }
    tasks.close();
    Ok(Running {
        webhook: webhook_address,
        admin: admin_address,
        lame_duck: config.lame_duck,
        phase,
        tasks,
        background,
    })
}

impl Running {
    /// Stops in order: not ready but serving for the lame-duck time, then what is in flight.
    pub async fn stop(self, lame_duck: bool) {
        if lame_duck {
            self.phase.send_replace(Phase::LameDuck);
            sleep(self.lame_duck).await;
        }
        self.phase.send_replace(Phase::Draining);
        self.background.cancel();
        self.tasks.wait().await;
    }
}

type Watched = Option<(Files, Contents)>;

/// The policy to begin with, and the file to watch.
fn policy(file: Option<&Path>, metrics: &Metrics) -> Result<(Snapshot, Watched), StartError> {
    let (name, contents, watched) = match file {
        None => ("embedded default".to_owned(), EMBEDDED_DEFAULT.as_bytes().to_vec(), None),
        Some(path) => {
            let files = Files(vec![path.to_owned()]);
            let contents = files.read();
            let text = only(&contents).map_err(|reason| unreadable(path, reason))?;
            (path.display().to_string(), text.to_vec(), Some((files, contents)))
        }
    };
    let snapshot = compile(&name, &contents).map_err(StartError::Policy)?;
    metrics.policy_loaded(Timestamp::now());
    announce(&name, &snapshot);
    Ok((snapshot, watched))
}

fn announce(name: &str, snapshot: &Snapshot) {
    let (policies, exceptions) = (snapshot.policies.len(), snapshot.exceptions.len());
    tracing::info!(source = name, policies, exceptions, "policy in force");
    if policies == 0 {
        tracing::warn!(source = name, "there is no policy: nothing will be found");
    }
    if snapshot.uses("process-reach") {
        tracing::warn!("process-reach is in the policy, and this version finds nothing with it");
    }
}

fn compile(name: &str, contents: &[u8]) -> Result<Snapshot, Vec<Problem>> {
    match std::str::from_utf8(contents) {
        Ok(text) => api::load(name, text),
        Err(error) => Err(vec![Problem {
            file: name.to_owned(),
            line: 0,
            column: 0,
            field: String::new(),
            message: format!("is not UTF-8 text (byte {})", error.valid_up_to()),
        }]),
    }
}

fn reload_policy(judge: &Judge, contents: &Contents) {
    let name = contents.name();
    let loaded = match only(contents) {
        Ok(text) => compile(&name, text).map_err(|problems| listed(&problems)),
        Err(reason) => Err(format!("{name}: cannot read: {reason}")),
    };
    match loaded {
        Ok(snapshot) => {
            judge.metrics.policy_loaded(Timestamp::now());
            announce(&name, &snapshot);
            judge.snapshot.store(Arc::new(snapshot));
        }
        Err(problems) => {
            judge.metrics.policy_refused();
            tracing::error!(
                problems,
                "the changed policy is refused; the one before it stays in force"
            );
        }
    }
}

/// The certificate to begin with, and the files to watch.
fn certificate(
    source: &CertificateSource,
    names: &[String],
) -> Result<(Certificate, Watched), StartError> {
    let now = Timestamp::now();
    match source {
        CertificateSource::Memory { write_ca } => {
            let what = || "a certificate made in memory".to_owned();
            let made = tls::in_memory(names, now)
                .map_err(|source| StartError::Tls { what: what(), source })?;
            if let Some(path) = write_ca {
                std::fs::write(path, &made.ca_pem)
                    .map_err(|source| StartError::WriteCa { path: path.clone(), source })?;
            }
            Ok((made.certificate, None))
        }
        CertificateSource::Files { chain, key } => {
            let files = Files(vec![chain.clone(), key.clone()]);
            let contents = files.read();
            let (chain_pem, key_pem) =
                both(&contents).map_err(|(path, reason)| unreadable(path, reason))?;
            let what = || format!("{} and {}", chain.display(), key.display());
            let loaded = tls::load(chain_pem, key_pem, names, now);
            let certificate = loaded.map_err(|source| StartError::Tls { what: what(), source })?;
            Ok((certificate, Some((files, contents))))
        }
    }
}

fn reload_tls(tls: &Published, metrics: &Metrics, names: &[String], contents: &Contents) {
    let loaded = match both(contents) {
        Ok((chain, key)) => {
            tls::load(chain, key, names, Timestamp::now()).map_err(|error| error.to_string())
        }
        Err((path, reason)) => Err(format!("cannot read {}: {reason}", path.display())),
    };
    match loaded {
        Ok(certificate) => {
            metrics.certificate_loaded(certificate.not_after);
            tls.store(certificate.config);
            tracing::info!(files = contents.name(), not_after = %certificate.not_after, "certificate in use");
        }
        Err(reason) => {
            metrics.error(Stage::Certificate);
            tracing::error!(
                files = contents.name(),
                reason,
                "the changed certificate is refused; the one before it stays in use"
            );
        }
    }
}

fn only(contents: &Contents) -> Result<&[u8], String> {
    match contents.0.as_slice() {
        [(_, Ok(bytes))] => Ok(bytes),
        [(_, Err(reason))] => Err(reason.clone()),
        _ => Err("no such file was asked for".to_owned()),
    }
}

/// A chain and a key, or the file that cannot be read.
type Pair<'c> = Result<(&'c [u8], &'c [u8]), (&'c Path, String)>;

fn both(contents: &Contents) -> Pair<'_> {
    match contents.0.as_slice() {
        [(_, Ok(one)), (_, Ok(other))] => Ok((one, other)),
        [(path, Err(reason)), _] | [_, (path, Err(reason))] => Err((path, reason.clone())),
        _ => Err((Path::new(""), "no such file was asked for".to_owned())),
    }
}

fn unreadable(path: &Path, reason: String) -> StartError {
    StartError::Read { path: path.to_owned(), reason }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
