//! certs/: the development authority makes a pair that the program takes and a client trusts.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Case, offline};
use crate::setup::Cluster;
use crate::setup::rendered::{objects, text};
use crate::support::place;
use crate::support::{Ended, Server, command, connect, run};
use crate::tier::cases;

const NAME: &str = "bulkhead.bulkhead-system.svc";

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline: of_development;
        Case::new: issuers;
    }
}

fn make(out: &Path, more: &[&str]) -> Ended {
    let mut go = Command::new("go");
    go.current_dir(place("certs/dev")).env("GOFLAGS", "-mod=readonly").env("GOWORK", "off");
    go.args(["run", ".", "--out"]).arg(out).args(more);
    run(go)
}

fn of_development() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("pair");
    let made = make(&out, &["--name", NAME, "--name", "localhost"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    for key in ["ca.key", "tls.key"] {
        let bits = out.join(key).metadata().unwrap().permissions().mode();
        assert_eq!(bits & 0o777, 0o600, "{key}");
    }
    let path = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let (chain, key, ca) = (path("tls.crt"), path("tls.key"), path("ca.crt"));
    let flags = ["--tls-cert", &chain, "--tls-key", &key, "--tls-name", NAME];
    let server = Server::spawn(TempDir::new().unwrap(), command(&flags));
    for name in [NAME, "localhost"] {
        connect(server.webhook, Path::new(&ca), name).unwrap();
    }
    connect(server.webhook, Path::new(&ca), "other.bulkhead-system.svc").unwrap_err();
    // The chart takes them as they are.
    let file = format!("tls.files.caBundle={ca}");
    let set = "tls.source=files,webhooks.static=true,tls.files.secretName=bulkhead-dev";
    assert!(text(&["--set", set, "--set-file", &file]).contains("caBundle: LS0tLS1CRUdJTi"));
    // A key that somebody may already trust is not replaced by accident.
    let again = make(&out, &["--name", NAME]);
    assert_ne!(again.code, Some(0));
    assert!(again.stderr.contains("ca.crt") && again.stderr.contains("exists"), "{}", again.stderr);
    let nothing = make(&dir.path().join("other"), &[]);
    assert!(nothing.stderr.contains("--name"), "{}", nothing.stderr);
}

/// The issuers of certs/cert-manager are what the chart's values name.
fn issuers(cluster: &Cluster) {
    let file = std::fs::read_to_string(place("certs/cert-manager/issuer.yaml")).unwrap();
    let args = ["apply", "--server-side", "--dry-run=server", "-f", "-"];
    let said = cluster.kubectl(&args, &file.replace("bulkhead-system", &cluster.namespace()));
    assert!(said.succeeded, "{}", said.stderr);
    let rendered = text(&[
        "--set",
        "tls.source=cert-manager,webhooks.static=true,tls.certManager.issuerName=bulkhead-ca",
    ]);
    let rendered = objects(&rendered);
    let leaf = rendered.iter().find(|object| object["kind"] == "Certificate").unwrap();
    let named = &leaf["spec"]["issuerRef"];
    let issuers = objects(&file);
    assert!(
        issuers.iter().any(|one| {
            one["kind"] == named["kind"] && one["metadata"]["name"] == named["name"]
        })
    );
}
