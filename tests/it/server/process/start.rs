//! What stops the start, and how flags and environment are read.

use std::net::TcpListener;
use std::process::Command;

use tempfile::TempDir;

use super::{DENY, sharing_review};
use crate::support::{Server, command, connect, policy, program, run};

/// Runs a command that cannot start: exit code 2, nothing on standard output, one error that
/// holds all of these.
fn assert_unusable(what: &str, command: Command, parts: &[&str]) {
    let ended = run(command);
    assert_eq!(ended.code, Some(2), "{what}: {ended:?}");
    assert_eq!(ended.stdout, "", "{what}");
    let stderr = &ended.stderr;
    let error = stderr.get(stderr.find("error: ").unwrap()..).unwrap();
    // The log may come before; then it is one error, whose lines all say so, or clap's.
    let reported = error.lines().filter(|line| line.starts_with("error: ")).count();
    assert!(reported == error.lines().count() || reported == 1, "{what}: {stderr}");
    for part in parts {
        assert!(error.contains(part), "{what}: {part:?} is not in {error:?}");
    }
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
}

#[test]
fn flags_that_cannot_be_used_stop_the_start() {
    let table: &[(&[&str], &[&str])] = &[
        (
            &["--policy", "/no/such/policy.yaml"],
            &["cannot read /no/such/policy.yaml: No such file or directory"],
        ),
        (&["--policy-source", "cluster"], &["--policy-source cluster", "not in this version"]),
        (&["--policy-source", "etcd"], &["--policy-source", "etcd", "file, cluster"]),
        (&["--tls-source", "files"], &["--tls-source files needs --tls-cert and --tls-key"]),
        (&["--tls-cert", "/a.crt"], &["--tls-key"]),
        (&["--tls-key", "/a.key"], &["--tls-cert"]),
        (
            &["--tls-source", "memory", "--tls-cert", "/a.crt", "--tls-key", "/a.key"],
            &["--tls-cert and --tls-key need --tls-source files"],
        ),
        (
            &["--tls-cert", "/a.crt", "--tls-key", "/a.key", "--write-ca", "/ca.pem"],
            &["--write-ca works only with a certificate made in memory"],
        ),
        (
            &["--tls-cert", "/no/such.crt", "--tls-key", "/no/such.key"],
            &["cannot read /no/such.crt"],
        ),
        (&["--write-ca", "/no/such/ca.pem"], &["cannot write the authority to /no/such/ca.pem"]),
        (&["--tls-name", "not a name"], &["not a name"]),
        (
            &["--exclude-namespaces", "a,kube-*"],
            &["--exclude-namespaces", "\"kube-*\" is not the exact name of a namespace"],
        ),
        (
            &["--help-url", "wiki/denied"],
            &[
                "--help-url",
                "\"wiki/denied\" is not the address of a page; write https://HOST/PATH",
            ],
        ),
        (&["--help-url", "https://wiki.example/a b"], &["--help-url", "not the address of a page"]),
        (&["--lame-duck", "soon"], &["--lame-duck", "soon"]),
        (&["--lame-duck", "-1"], &["-1"]),
        (&["--log-level", "loud"], &["--log-level", "error, warn, info, debug"]),
        (&["--log-format", "xml"], &["--log-format", "json, text"]),
        (&["--no-such-flag"], &["--no-such-flag"]),
    ];
    for (flags, parts) in table {
        assert_unusable(&flags.join(" "), command(flags), parts);
    }
}

const MANAGED: &[&str] = &["--tls-source", "self-managed", "--tls-secret", "a/b"];

#[test]
fn flags_of_what_is_managed_are_checked_before_anybody_is_asked() {
    let table: &[(&[&str], &[&str])] = &[
        (
            &["--tls-source", "self-managed"],
            &["--tls-source self-managed needs --service or --tls-name"],
        ),
        (
            &["--tls-source", "self-managed", "--service", "a/b"],
            &["--tls-source self-managed needs --tls-secret"],
        ),
        (
            &[MANAGED, &["--service", "a/b"]].concat(),
            &["not running in a pod, and no --kubeconfig given"],
        ),
        (
            &[MANAGED, &["--service", "a/b", "--kubeconfig", "/no/such"]].concat(),
            &["cannot use the kubeconfig /no/such: "],
        ),
        (
            &[MANAGED, &["--service", "a/b", "--context", "c"]].concat(),
            &["--context needs --kubeconfig"],
        ),
        (
            &[MANAGED, &["--tls-name", "a", "--webhooks", "managed"]].concat(),
            &["--service is required"],
        ),
        (
            &[MANAGED, &["--tls-name", "a", "--tls-cert", "/a", "--tls-key", "/b"]].concat(),
            &["--tls-cert and --tls-key need --tls-source files"],
        ),
        (&["--webhooks", "static"], &["--webhooks needs --tls-source self-managed"]),
        (&["--tls-secret", "a/b"], &["--tls-secret needs --tls-source self-managed"]),
        (&["--tls-secret", "b"], &["--tls-secret", "is not NAMESPACE/NAME, in lower case"]),
        (&["--lease", "A/b"], &["--lease", "is not NAMESPACE/NAME, in lower case"]),
        (&["--service", "a/b:0"], &["--service", "a port from 1 to 65535"]),
        (
            &["--webhooks-enforce", "{\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}"],
            &["--webhooks-enforce", "has 2 requirements; only one can be inverted"],
        ),
        (&["--kubeconfig", "/a"], &["--kubeconfig needs --tls-source self-managed"]),
        (&["--context", "a"], &["--context needs --tls-source self-managed: only that uses"]),
    ];
    for (flags, parts) in table {
        assert_unusable(&flags.join(" "), command(flags), parts);
    }
}

#[test]
fn a_bad_policy_file_is_reported_by_line_and_column() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("policy.yaml");
    let name = file.to_str().unwrap();
    for (text, place, part) in [
        (policy("{shareProcessNamespace: {mode: Enforce}}"), ":6:38: ", "expected one of Disabled"),
        (policy("{noSuchControl: {mode: Deny}}"), ":6:14: ", "unknown field"),
        ("a: [".to_owned(), ":", ""),
        ("kind: Pod\n".to_owned(), ":1:1: ", "must be bulkhead.dev/v1alpha1"),
    ] {
        std::fs::write(&file, &text).unwrap();
        assert_unusable(&text, command(&["--policy", name]), &[&format!("{name}{place}"), part]);
    }
    // Every problem is reported at once.
    let both = "{shareProcessNamespace: {}}\n---\nkind: Pod\n";
    std::fs::write(&file, policy(both)).unwrap();
    let places = [format!("{name}:6:14: "), format!("{name}:8:1: ")];
    assert_unusable("two problems", command(&["--policy", name]), &[&places[0], &places[1]]);
    std::fs::write(&file, b"spec: \xff\n").unwrap();
    assert_unusable("bytes", command(&["--policy", name]), &[name, "is not UTF-8 text (byte 6)"]);
    let folder = dir.path().to_str().unwrap();
    assert_unusable("a folder", command(&["--policy", folder]), &["cannot read", folder]);
}

#[test]
fn a_taken_port_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (one, other) in [("--listen", "--admin-listen"), ("--admin-listen", "--listen")] {
        let mut command = program();
        command.args(["serve", one, &address, other, "127.0.0.1:0"]);
        assert_unusable(one, command, &[&format!("cannot listen on {address}"), "in use"]);
    }
    let mut foreign = program();
    // An address that is reserved for documentation is nobody's.
    foreign.args(["serve", "--listen", "192.0.2.1:0", "--admin-listen", "127.0.0.1:0"]);
    assert_unusable("foreign", foreign, &["cannot listen on 192.0.2.1:0"]);
}

#[test]
fn the_environment_says_what_flags_say() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (file, ca) = (path("policy.yaml"), path("ca.pem"));
    std::fs::write(&file, policy(DENY)).unwrap();
    let mut command = program();
    command.arg("serve").env("BULKHEAD_POLICY", &file).env("BULKHEAD_WRITE_CA", &ca).envs([
        ("BULKHEAD_LISTEN", "127.0.0.1:0"),
        ("BULKHEAD_ADMIN_LISTEN", "127.0.0.1:0"),
        ("BULKHEAD_POLICY_SOURCE", "file"),
        ("BULKHEAD_TLS_SOURCE", "memory"),
        ("BULKHEAD_TLS_NAME", "one.example,two.example"),
        ("BULKHEAD_EXCLUDE_NAMESPACES", "a, shop,,"),
        ("BULKHEAD_LAME_DUCK", "0"),
        ("BULKHEAD_LOG_LEVEL", "info"),
        ("BULKHEAD_LOG_FORMAT", "json"),
    ]);
    let mut server = Server::spawn(dir, command);
    for name in ["one.example", "two.example"] {
        connect(server.webhook, &server.ca(), name).unwrap();
    }
    let mut review = sharing_review();
    let mut allowed = |namespace: &str| {
        review["request"]["namespace"] = namespace.into();
        let reply = server.post("/validate", review.to_string().as_bytes());
        reply.json()["response"]["allowed"].as_bool().unwrap()
    };
    assert!(allowed("shop") && allowed("a"), "excluded");
    assert!(!allowed("b"), "denied by the policy");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = server.whole_log();
    assert!(log.contains("stopped"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_flag_wins_over_the_environment_and_a_bad_variable_is_reported() {
    let mut both = command(&["--policy", "/no/such/flag.yaml"]);
    both.env("BULKHEAD_POLICY", "/no/such/variable.yaml");
    assert_unusable("both", both, &["/no/such/flag.yaml"]);
    let mut bad = command(&[]);
    bad.env("BULKHEAD_LOG_LEVEL", "loud");
    assert_unusable("a bad variable", bad, &["loud", "--log-level"]);
    let mut file = command(&[]);
    file.env("BULKHEAD_POLICY", "/no/such/variable.yaml");
    assert_unusable("a variable", file, &["cannot read /no/such/variable.yaml"]);
}

#[test]
fn every_flag_has_its_variable() {
    let mut help = program();
    help.args(["serve", "--help"]);
    let help = run(help).stdout;
    let mut flags = 0;
    for flag in help.lines().filter_map(|line| line.trim().strip_prefix("--")) {
        let name = flag.split(' ').next().unwrap();
        let variable = format!("[env: BULKHEAD_{}=", name.to_uppercase().replace('-', "_"));
        assert!(help.contains(&variable), "{variable} is not in\n{help}");
        flags += 1;
    }
    assert!(flags >= 13, "{flags} flags in\n{help}");
}
