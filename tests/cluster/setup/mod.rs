//! A cluster to test in: the API server, a client, kubectl, the audit log, and namespaces that
//! Bulkhead guards.

mod audit;
mod between;
pub(crate) mod check;
mod enforcer;
mod hook;
mod injector;
mod installed;
mod noop;
pub(crate) mod readers;
mod recorder;
mod scrub;
mod stage;
mod tunnel;
mod webhook;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use crate::support::policy;
use crate::tier::apiserver::ApiServer;
use crate::tier::kubectl::{Kubectl, Said};

pub(crate) use crate::tier::client::{APPLY, Answer, Client, JSON, MERGE, STRATEGIC};
pub(crate) use audit::AuditLog;
pub(crate) use between::Between;
pub(crate) use enforcer::Enforcer;
pub(crate) use injector::{Injection, Injector};
pub(crate) use installed::{Installed, Waiting, free_port};
pub(crate) use noop::Noop;
pub(crate) use recorder::{Asked, Recorder};
pub(crate) use scrub::scrub;
pub(crate) use stage::{Namespace, Stage};
pub(crate) use tunnel::Tunnel;
pub(crate) use webhook::{Registration, rule};

/// The pod controls whose findings deny; supplemental-groups-policy is left out because it finds
/// something in nearly every pod.
pub(crate) const DENY: &str = "{shareProcessNamespace: {mode: Deny}, \
    ptraceCapability: {mode: Deny}, hostProcessNamespace: {mode: Deny}, \
    ephemeralTarget: {mode: Deny}}";

/// What every control with a repair repairs first, and denies if it is still there.
pub(crate) const REPAIR: &str = "{shareProcessNamespace: {mode: Deny, repair: OnCreate}, \
    ptraceCapability: {mode: Deny, repair: OnCreate}, \
    supplementalGroupsPolicy: {mode: Deny, repair: OnCreate, onUnsupportedNodes: Patch}}";

/// The API server and the ways to it.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    server: ApiServer,
    kubectl: Kubectl,
}

impl Cluster {
    /// Finds or starts one.
    pub(crate) fn open() -> Result<Arc<Self>, String> {
        let server = ApiServer::find()?;
        let client = Client::new(&server.kubeconfig)?;
        let kubectl = Kubectl::new(&server.kubectl, &server.kubeconfig)?;
        Ok(Arc::new(Self { client, server, kubectl }))
    }

    /// Runs kubectl with `input` as its standard input.
    pub(crate) fn kubectl(&self, args: &[&str], input: &str) -> Said {
        self.kubectl.run(args, input)
    }

    /// A program of the test bed: kubectl, or one beside it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.server.kubectl.with_file_name(name)
    }

    /// A client with the rights of another user.
    pub(crate) fn as_user(&self, name: &str) -> Client {
        Client::acting(&self.server.kubeconfig, Some(name)).unwrap()
    }

    /// The audit log, if it can be read here.
    pub(crate) fn audit_log(&self) -> Option<AuditLog> {
        self.server.audit_log.clone().map(AuditLog)
    }

    /// Whether it is bare, see [`ApiServer::is_bare`].
    pub(crate) fn is_bare(&self) -> bool {
        self.server.is_bare()
    }
}

/// All that a test can use.
pub(crate) struct World {
    pub(crate) cluster: Arc<Cluster>,
    /// By the controls of their policy.
    shared: Mutex<BTreeMap<String, Arc<OnceLock<Arc<Stage>>>>>,
}

impl World {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self { cluster, shared: Mutex::default() }
    }

    /// A namespace of its own, without Bulkhead so far.
    pub(crate) fn namespace(&self) -> Namespace {
        Namespace::new(&self.cluster)
    }

    /// The namespace under these controls, for all tests that keep to names of their own there;
    /// made by the first one.
    pub(crate) fn under(&self, controls: &str) -> Arc<Stage> {
        self.share(controls, || self.namespace().guarded(Some(&policy(controls))))
    }

    /// The same under the policy that is embedded in the program.
    pub(crate) fn under_default(&self) -> Arc<Stage> {
        self.share("", || self.namespace().guarded(None))
    }

    fn share(&self, key: &str, make: impl FnOnce() -> Stage) -> Arc<Stage> {
        let cell = Arc::clone(self.shared.lock().unwrap().entry(key.to_owned()).or_default());
        Arc::clone(cell.get_or_init(|| Arc::new(make())))
    }
}
