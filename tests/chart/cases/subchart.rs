//! The chart as a part of another one.

use std::fs::{create_dir_all, write};
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::{Case, offline};
use crate::setup::rendered::{NAMESPACE, objects, only};
use crate::support::{place, run};
use crate::tier::cases;
use crate::tier::helm::{HELMS, helm_of};

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline: a_parent_switches_it_on_and_off;
    }
}

/// Values of a user, because Helm 4 lets null take nothing away where a parent's own file has it, and whether Bulkhead comes with them.
const VALUES: &[(&str, bool)] = &[
    ("bulkhead: {enabled: true}", true),
    ("bulkhead: {enabled: false}", false),
    ("{}", true),
    ("tags: {security: true}", true),
    ("tags: {security: false}", false),
    ("tags: {security: false}\nbulkhead: {enabled: true}", true),
    ("global: {registry: registry.example, imagePullSecrets: []}\nbulkhead: {enabled: true}", true),
];

fn a_parent_switches_it_on_and_off() {
    let parent = TempDir::new().unwrap();
    let file = |name: &str| parent.path().join(name);
    let version = env!("CARGO_PKG_VERSION");
    let chart = format!(
        "apiVersion: v2\nname: platform\nversion: 1.0.0\ndependencies:\n- {{name: bulkhead, version: {version}, \
         condition: bulkhead.enabled, tags: [security]}}\n"
    );
    write(file("Chart.yaml"), chart).unwrap();
    create_dir_all(file("charts")).unwrap();
    symlink(place("charts/bulkhead"), file("charts/bulkhead")).unwrap();
    let template = |program: &str, values: &str| {
        write(file("given.yaml"), values).unwrap();
        let (parent, given) = (parent.path().to_str().unwrap(), file("given.yaml"));
        let args = ["template", "shop", parent, "--namespace", NAMESPACE, "--values"];
        let mut command = helm_of(program, &args);
        command.arg(given);
        run(command)
    };
    for program in HELMS {
        for (values, comes) in VALUES {
            let ended = template(program, values);
            assert_eq!(ended.code, Some(0), "{program}: {values}: {}", ended.stderr);
            let all = objects(&ended.stdout);
            assert_eq!(!all.is_empty(), *comes, "{program}: {values}");
        }
        let without =
            template(program, "bulkhead: {podSecurityContext: {runAsUser: null, fsGroup: null}}");
        let all = objects(&without.stdout);
        let context = &only(&all, "Deployment")["spec"]["template"]["spec"]["securityContext"];
        assert!(
            ["runAsUser", "fsGroup"].iter().all(|field| context.get(field).is_none()),
            "{program}"
        );
        assert_eq!(context["runAsGroup"], 65532, "{program}");
        // What all parts share.
        let shared = "global: {imageRegistry: mirror.example, imagePullSecrets: [shared]}";
        let all = objects(&template(program, shared).stdout);
        let spec = &only(&all, "Deployment")["spec"]["template"]["spec"];
        let image = format!("mirror.example/bulkhead:{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(spec["containers"][0]["image"], image, "{program}");
        assert_eq!(spec["imagePullSecrets"][0]["name"], "shared", "{program}");
        let unknown = template(program, "bulkhead: {enable: true}").stderr;
        assert!(unknown.contains("additional properties 'enable' not allowed"), "{unknown}");
    }
}
