//! What an installation brings with it, without any replica so far: an empty Secret, empty webhook
//! configurations, a Service, and a user who has the rights of the chart's service account and no
//! other.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread::JoinHandle;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::stage::Namespace;
use super::{Answer, Cluster, World};
use crate::support::{Reply, Server, Tls, connect, program};

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1";
const DISCOVERY: &str = "discovery.k8s.io/v1";
const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// An installation, deleted at its end.
pub(crate) struct Installed {
    pub(crate) cluster: Arc<Cluster>,
    /// Its own, which is never enforced.
    pub(crate) namespace: Namespace,
    dir: TempDir,
    /// Where the Service leads.
    pub(crate) port: u16,
}

/// A replica that has not said yet that it is ready.
pub(crate) struct Waiting {
    admin: SocketAddr,
    starting: JoinHandle<Server>,
}

impl Installed {
    pub(crate) fn new(world: &World) -> Self {
        let namespace = world.namespace();
        let cluster = Arc::clone(&namespace.cluster);
        let port = free_port();
        let installed = Self { cluster, namespace, dir: TempDir::new().unwrap(), port };
        let Self { cluster, namespace, .. } = &installed;
        installed.secret("certificate");
        // Followed by the API server without a network of Services.
        let service = json!({
            "metadata": {"name": "bulkhead"},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        });
        cluster.client.post(&namespace.path("v1", "services"), &service).object();
        // The work of a controller, which knows what the kubelets say.
        let slice = json!({
            "metadata": {"name": "bulkhead", "labels": {"kubernetes.io/service-name": "bulkhead"}},
            "addressType": "IPv4", "endpoints": [{"addresses": ["192.0.2.1"]}],
        });
        cluster.client.post(&namespace.path(DISCOVERY, "endpointslices"), &slice).object();
        for kind in ["Mutating", "Validating"] {
            installed.make_configuration(kind);
        }
        installed.write_kubeconfig();
        installed.grant();
        installed
    }

    /// Makes the empty configuration of a kind, `Mutating` or `Validating`.
    pub(crate) fn make_configuration(&self, kind: &str) {
        let object = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": format!("{kind}WebhookConfiguration"),
            "metadata": {"name": self.namespace.name},
        });
        let path = self.configuration_path(kind);
        let folder = path.rsplit_once('/').unwrap().0;
        self.cluster.client.post(folder, &object).object();
    }

    /// Makes an empty Secret of a name.
    pub(crate) fn secret(&self, name: &str) {
        let object = json!({"metadata": {"name": name}, "type": "Opaque"});
        self.cluster.client.post(&self.namespace.path("v1", "secrets"), &object).object();
    }

    /// Says which endpoints the Service has; one that is ready until a test says otherwise.
    pub(crate) fn endpoints(&self, endpoints: &Value) {
        let path = self.namespace.path(DISCOVERY, "endpointslices/bulkhead");
        let change = json!({"endpoints": endpoints});
        self.cluster.client.patch(&path, super::MERGE, &change).object();
    }

    /// The same rights as the chart gives: each object by its name, where it has one beforehand.
    pub(crate) fn grant(&self) {
        let name = &self.namespace.name;
        let secrets: Vec<_> =
            (0..10).map(|n| format!("s{n}")).chain(["certificate".to_owned()]).collect();
        let one = |group: &str, resource: &str, names: &[String], verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": verbs});
        let lease = ["lease".to_owned()];
        let create = json!({"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]});
        let here = json!([
            one("", "secrets", &secrets, &["get", "watch", "update"]),
            one("coordination.k8s.io", "leases", &lease, &["get", "update"]),
            create,
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list"]},
        ]);
        let group = "admissionregistration.k8s.io";
        let both = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];
        let both = both.map(|resource| {
            one(group, resource, std::slice::from_ref(name), &["get", "watch", "patch", "delete"])
        });
        let subjects =
            json!([{"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}]);
        for (folder, kind, rules) in [
            (self.namespace.path(RBAC, ""), "Role", here),
            (format!("/apis/{RBAC}/"), "ClusterRole", json!(both)),
        ] {
            let role = json!({"kind": kind, "apiVersion": RBAC, "metadata": {"name": name}, "rules": rules});
            let path = format!("{folder}{}s", kind.to_lowercase());
            let made = self.cluster.client.post(&path, &role);
            assert!([201, 409].contains(&made.code), "{made:#?}");
            let binding = json!({
                "kind": format!("{kind}Binding"), "apiVersion": RBAC, "metadata": {"name": name},
                "subjects": subjects,
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            });
            let path = format!("{folder}{}bindings", kind.to_lowercase());
            self.cluster.client.post(&path, &binding).object();
        }
    }

    /// Takes those rights back.
    pub(crate) fn revoke(&self) {
        let name = &self.namespace.name;
        self.cluster.forget(&self.namespace.path(RBAC, &format!("rolebindings/{name}")));
        self.cluster.forget(&format!("/apis/{RBAC}/clusterrolebindings/{name}"));
    }

    fn write_kubeconfig(&self) {
        let text = std::fs::read_to_string(self.cluster.kubeconfig()).unwrap();
        let user = format!("  user:\n    as: {}\n", self.namespace.name);
        let limited = text.replacen("  user:\n", &user, 1);
        assert_ne!(limited, text, "no place for another user");
        std::fs::write(self.kubeconfig(), limited).unwrap();
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    /// `bulkhead serve` as a replica of this installation.
    pub(crate) fn command(&self, port: u16, admin: u16, flags: &[&str]) -> Command {
        let name = &self.namespace.name;
        let mut command = program();
        command.args(["serve", "--tls-source", "self-managed"]);
        if !flags.contains(&"--lame-duck") {
            command.args(["--lame-duck", "0"]);
        }
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--admin-listen", &format!("127.0.0.1:{admin}")]);
        command.args(["--lease", &format!("{name}/lease"), "--webhooks-name", name]);
        command.arg("--kubeconfig").arg(self.kubeconfig()).args(self.service_flags());
        let secret = format!("{name}/certificate");
        // The last one counts for clap, so a test may name another.
        if !flags.contains(&"--tls-secret") {
            command.args(["--tls-secret", &secret]);
        }
        if !flags.contains(&"--policy") {
            // Other tests of this cluster are asked about, too.
            let nothing = self.dir.path().join("nothing.yaml");
            std::fs::write(&nothing, "# no policy\n").unwrap();
            command.arg("--policy").arg(nothing);
        }
        command.args(flags);
        command
    }

    /// What `serve` and `webhooks` have in common.
    pub(crate) fn service_flags(&self) -> [String; 2] {
        let service = format!("{}/bulkhead:{}", self.namespace.name, self.port);
        ["--service".to_owned(), service]
    }

    /// Starts a replica on a port, and does not wait for it.
    pub(crate) fn begin(&self, port: u16, flags: &[&str]) -> Waiting {
        let admin = free_port();
        let command = self.command(port, admin, flags);
        let starting = std::thread::spawn(move || Server::spawn(TempDir::new().unwrap(), command));
        Waiting { admin: SocketAddr::from(([127, 0, 0, 1], admin)), starting }
    }

    /// Starts the replica that the Service leads to.
    pub(crate) fn replica(&self, flags: &[&str]) -> Server {
        self.begin(self.port, flags).ready()
    }

    /// A part of a Secret, as text.
    pub(crate) fn kept(&self, secret: &str, key: &str) -> String {
        let path = self.namespace.path("v1", &format!("secrets/{secret}"));
        let object = self.cluster.client.get(&path).object();
        let bytes = STANDARD.decode(object["data"][key].as_str().unwrap_or_default()).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Merges something into the Secret.
    pub(crate) fn change_secret(&self, change: &Value) {
        let path = self.namespace.path("v1", "secrets/certificate");
        self.cluster.client.patch(&path, super::MERGE, change).object();
    }

    /// A connection as the API server has one, by somebody who trusts this authority.
    pub(crate) fn connect(&self, server: &Server, authority: &str) -> std::io::Result<Tls> {
        let file = server.dir.path().join("authority.pem");
        std::fs::write(&file, authority).unwrap();
        connect(server.webhook, &file, &format!("bulkhead.{}.svc", self.namespace.name))
    }

    /// The path of the configuration of a kind, `Mutating` or `Validating`.
    pub(crate) fn configuration_path(&self, kind: &str) -> String {
        let kind = kind.to_lowercase();
        format!("{CONFIGURATIONS}/{kind}webhookconfigurations/{}", self.namespace.name)
    }

    /// The entries of it.
    pub(crate) fn webhooks(&self, kind: &str) -> Vec<Value> {
        let object = self.cluster.client.get(&self.configuration_path(kind)).object();
        object["webhooks"].as_array().cloned().unwrap_or_default()
    }

    /// Changes it as a user does who has all rights.
    pub(crate) fn change(&self, kind: &str, change: &Value) -> Answer {
        self.cluster.client.patch(&self.configuration_path(kind), super::MERGE, change)
    }
}

impl Waiting {
    /// What `/readyz` says; nothing while it does not listen.
    pub(crate) fn readyz(&self) -> Option<(u16, String)> {
        let reply = get(self.admin, "/readyz")?;
        Some((reply.status, reply.text()))
    }

    /// The text of its metrics.
    pub(crate) fn metrics(&self) -> String {
        get(self.admin, "/metrics").map(|reply| reply.text()).unwrap_or_default()
    }

    /// Waits for the line that says so.
    pub(crate) fn ready(self) -> Server {
        self.starting.join().unwrap()
    }
}

fn get(admin: SocketAddr, path: &str) -> Option<Reply> {
    let mut stream = TcpStream::connect(admin).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    std::io::Write::write_all(&mut stream, request.as_bytes()).ok()?;
    Reply::try_read(&mut stream).ok()
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Drop for Installed {
    fn drop(&mut self) {
        for kind in ["Mutating", "Validating"] {
            self.cluster.forget(&self.configuration_path(kind));
        }
        self.revoke();
        self.cluster.forget(&format!("/apis/{RBAC}/clusterroles/{}", self.namespace.name));
    }
}

impl Cluster {
    /// Of an administrator.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.server.kubeconfig
    }
}
