//! What is managed in a cluster: each replica follows the Secret and the webhook configurations by
//! name; the one that holds the Lease renews and registers.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cluster::{self, ClusterError, Endpoints, Leases, Registrar, Sighting};
use crate::config::SelfManagedConfig;
use crate::controller::{
    CertificateReconciler, CertificateWatch, ConfigurationHandle, EndpointGate, LeafRequest,
    run_election,
};
use crate::metrics::{Metrics, Stage};
use crate::registration::WebhookKind;
use crate::telemetry::chain;

/// Starts everything that runs besides the requests.
pub(super) struct BackgroundTasks<'a> {
    pub(super) tasks: &'a TaskTracker,
    pub(super) stop: &'a CancellationToken,
    pub(super) metrics: &'a Arc<Metrics>,
}

impl BackgroundTasks<'_> {
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(task));
    }
}

/// What [`start`] started.
pub(super) struct ManagedParts {
    pub(super) certified: CertificateWatch,
    pub(super) followed: Option<[ConfigurationHandle; 2]>,
    /// Only where the entries are ours to write.
    pub(super) gate: Option<EndpointGate>,
    pub(super) leading: watch::Receiver<bool>,
}

/// Starts to follow the Secret and to take part in the Lease.
pub(super) fn start(
    managed: SelfManagedConfig,
    names: Vec<String>,
    background: &BackgroundTasks<'_>,
) -> Result<ManagedParts, ClusterError> {
    let client = cluster::connect(&managed.access)?;
    let leading = take_part(Leases::new(&client, &managed.lease), background);
    let secrets: Api<Secret> = Api::namespaced(client.clone(), &managed.secret.namespace);
    let label = CertificateReconciler::label(&managed.secret);
    let seen = follow(secrets.clone(), label, &managed.secret.name, background);
    let whole = managed.webhooks.as_ref().and_then(|webhooks| webhooks.whole.as_ref());
    let gate = whole
        .map(|registration| EndpointGate::new(Endpoints::new(&client, &registration.service.name)));
    let followed = managed.webhooks.map(|webhooks| {
        WebhookKind::ALL.map(|kind| {
            let registrar = Registrar::new(&client, kind, &webhooks.name);
            let seen = follow(registrar.api(), registrar.label(), registrar.name(), background);
            ConfigurationHandle { kind, whole: webhooks.whole.clone(), registrar, seen }
        })
    });
    let leaf = LeafRequest { names, lifetime: managed.leaf };
    let metrics = Arc::clone(background.metrics);
    let (reconciler, certified) =
        CertificateReconciler::new(secrets, &managed.secret, leaf, metrics);
    background.spawn(reconciler.run(seen, leading.clone()));
    Ok(ManagedParts { certified, followed, gate, leading })
}

fn follow<K>(
    api: Api<K>,
    label: String,
    name: &str,
    background: &BackgroundTasks<'_>,
) -> watch::Receiver<Sighting<K>>
where
    K: Clone
        + serde::de::DeserializeOwned
        + std::fmt::Debug
        + kube::Resource
        + Send
        + Sync
        + 'static,
{
    let (sender, seen) = cluster::unseen();
    let failed = log_failures(background.metrics);
    background.spawn(cluster::follow(api, (label, name.to_owned()), sender, failed));
    seen
}

fn take_part(leases: Leases, background: &BackgroundTasks<'_>) -> watch::Receiver<bool> {
    let (sender, leading) = watch::channel(false);
    let failed = log_failures(background.metrics);
    let stop = background.stop.clone();
    // Not ended from outside: at its end it releases the Lease.
    background.tasks.spawn(run_election(leases, identity(), (sender, stop), failed));
    let (metrics, mut changes) = (Arc::clone(background.metrics), leading.clone());
    background.spawn(async move {
        while changes.changed().await.is_ok() {
            let leads = *changes.borrow_and_update();
            metrics.managed.leads(leads);
            tracing::info!(leads, "{}", if leads { "became leader" } else { "lost leadership" });
        }
    });
    leading
}

fn log_failures(metrics: &Arc<Metrics>) -> impl Fn(&ClusterError) + Send + use<> {
    let metrics = Arc::clone(metrics);
    move |error| {
        metrics.error(Stage::Cluster);
        let error = chain(error);
        tracing::error!(%error, "request to the API server failed; keeping the last known state");
    }
}

/// The pod's name, and which of its lives this is: a container that starts again is another holder.
fn identity() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let now = Timestamp::now().as_nanosecond();
    format!("{}_{}_{now:x}", host.trim(), std::process::id())
}
