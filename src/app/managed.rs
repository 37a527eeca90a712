//! What is managed in a cluster: each replica follows the Secret and the webhook configurations by
//! name; the one that holds the Lease renews and registers.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::Api;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cluster::{self, ClusterError, Endpoints, Registrar, Seen};
use crate::config::SelfManaged;
use crate::controller::{CertificateReconciler, Certified, EndpointGate, Followed};
use crate::metrics::{Metrics, Stage};
use crate::names::NamespacedName;
use crate::registration::WebhookKind;

/// Where everything that runs beside the requests is started.
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
pub(super) struct Started {
    pub(super) certified: Certified,
    pub(super) followed: Option<[Followed; 2]>,
    /// Only where the entries are ours to write.
    pub(super) gate: Option<EndpointGate>,
    pub(super) leading: watch::Receiver<bool>,
}

/// Starts to follow the Secret and to take part in the Lease.
pub(super) fn start(
    managed: SelfManaged,
    names: Vec<String>,
    background: &BackgroundTasks<'_>,
) -> Result<Started, ClusterError> {
    let client = cluster::connect(&managed.access)?;
    let leading = take_part(&client, managed.lease, background);
    let secrets: Api<Secret> = Api::namespaced(client.clone(), &managed.secret.namespace);
    let seen =
        follow(secrets.clone(), secret_label(&managed.secret), &managed.secret.name, background);
    let whole = managed.webhooks.as_ref().and_then(|webhooks| webhooks.whole.as_ref());
    let gate = whole
        .map(|registration| EndpointGate::new(Endpoints::new(&client, &registration.service.name)));
    let followed = managed.webhooks.map(|webhooks| {
        WebhookKind::ALL.map(|kind| {
            let registrar = Registrar::new(&client, kind, &webhooks.name, webhooks.whole.clone());
            let seen = follow(registrar.api(), registrar.label(), registrar.name(), background);
            Followed { registrar, seen }
        })
    });
    let (certificates, certified) = watch::channel(Err("it was not read yet".to_owned()));
    let reconciler = CertificateReconciler {
        api: secrets,
        label: secret_label(&managed.secret),
        name: managed.secret.name,
        names,
        leaf: managed.leaf,
        metrics: Arc::clone(background.metrics),
        certificates,
        contents: None,
        told: String::new(),
    };
    background.spawn(reconciler.run(seen, leading.clone()));
    Ok(Started { certified, followed, gate, leading })
}

fn secret_label(name: &NamespacedName) -> String {
    format!("Secret {name}")
}

fn follow<K>(
    api: Api<K>,
    label: String,
    name: &str,
    background: &BackgroundTasks<'_>,
) -> watch::Receiver<Seen<K>>
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
    let failed = tell(background.metrics);
    background.spawn(cluster::follow(api, (label, name.to_owned()), sender, failed));
    seen
}

fn take_part(
    client: &Client,
    lease: NamespacedName,
    background: &BackgroundTasks<'_>,
) -> watch::Receiver<bool> {
    let (sender, leading) = watch::channel(false);
    let failed = tell(background.metrics);
    let stop = background.stop.clone();
    // Not ended from outside: at its end it releases the Lease.
    let (client, identity) = (client.clone(), identity());
    background.tasks.spawn(cluster::run_election(client, lease, identity, (sender, stop), failed));
    let (metrics, mut changes) = (Arc::clone(background.metrics), leading.clone());
    background.spawn(async move {
        while changes.changed().await.is_ok() {
            let leads = *changes.borrow_and_update();
            metrics.managed.leads(leads);
            tracing::info!(leads, "the leader changed");
        }
    });
    leading
}

fn tell(metrics: &Arc<Metrics>) -> impl Fn(&ClusterError) + Send + use<> {
    let metrics = Arc::clone(metrics);
    move |error| {
        metrics.error(Stage::Cluster);
        tracing::error!(%error, "the API server was asked in vain; what was known stays in use");
    }
}

/// The pod's name, and which of its lives this is: a container that starts again is another holder.
fn identity() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let now = Timestamp::now().as_nanosecond();
    format!("{}_{}_{now:x}", host.trim(), std::process::id())
}
