//! Files that cannot be used, and what a start waits for: neither keeps it from ending.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::DENY;
use crate::support::{Server, command, folder, pipe, policy, run, until};

/// Runs a command that cannot start; its error.
fn refused(what: &str, command: Command) -> String {
    let ended = run(command);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{what}: {ended:?}");
    ended.stderr
}

/// A policy, then so much that another one behind it is beyond 16 MiB.
fn cut() -> String {
    let second = policy("{hostProcessNamespace: {mode: Deny}}").replace("test", "second");
    policy(DENY) + &"# as long as it gets\n".repeat(900_000) + &second
}

#[test]
fn what_is_beyond_the_limit_is_not_left_out_in_silence() {
    let text = cut();
    let dir = folder(&[("large.yaml", &text)]);
    let large = dir.path().join("large.yaml");
    let said = format!("large.yaml: larger than 16 MiB ({} bytes)", text.len());
    let mut started = command(&["--policy"]);
    started.arg(&large);
    let error = refused("a policy", started);
    assert!(error.contains("error: cannot read ") && error.contains(&said), "{error}");
    let managed = ["--tls-source", "self-managed", "--tls-secret", "a/b", "--service", "a/b"];
    let mut started = command(&managed);
    started.arg("--kubeconfig").arg(&large);
    let error = refused("a kubeconfig", started);
    assert!(error.contains("cannot use the kubeconfig ") && error.contains(&said), "{error}");
}

/// A kubeconfig of one user, and of one cluster that is not there.
fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: here
contexts:
- {{name: here, context: {{cluster: there, user: me}}}}
- {{name: elsewhere, context: {{cluster: away, user: you}}}}
clusters:
- {{name: there, cluster: {{server: \"https://127.0.0.1:1\"{cluster}}}}}
- {{name: away, cluster: {{server: \"https://127.0.0.1:1\", certificate-authority: pipe}}}}
users:
- {{name: me, user: {{{user}}}}}
- {{name: you, user: {{tokenFile: pipe}}}}
"
    )
}

fn managed(dir: &TempDir) -> Command {
    let managed = ["--tls-source", "self-managed", "--tls-secret", "a/b", "--service", "a/b"];
    let mut command = command(&managed);
    command.arg("--kubeconfig").arg(dir.path().join("config"));
    command
}

#[test]
fn nothing_is_waited_for_that_is_no_regular_file() {
    let dir = folder(&[]);
    let path = |name: &str| dir.path().join(name);
    pipe(&path("pipe"));
    symlink("pipe", path("link")).unwrap();
    let text = path("text");
    fs::write(&text, "text").unwrap();
    for (flag, other) in
        [("--policy", None), ("--tls-cert", Some("--tls-key")), ("--tls-key", Some("--tls-cert"))]
    {
        for (name, kind) in [("pipe", "pipe"), ("link", "pipe"), (".", "folder")] {
            let mut started = command(&[flag]);
            started.arg(path(name));
            started.args(other).args(other.map(|_| &text));
            let error = refused(flag, started);
            let said = format!("{name}: not a regular file, but a {kind}\n");
            assert!(error.contains(&said), "{flag} {name}: {error}");
        }
    }
    pipe(&path("config"));
    let error = refused("--kubeconfig", managed(&dir));
    assert!(error.contains("not a regular file, but a pipe\n"), "{error}");
    fs::remove_file(path("config")).unwrap();
    for (cluster, user) in [
        (", certificate-authority: pipe", ""),
        ("", "client-certificate: text, client-key: pipe"),
        ("", "client-certificate: pipe, client-key: text"),
        ("", "tokenFile: pipe"),
    ] {
        fs::write(path("config"), kubeconfig(cluster, user)).unwrap();
        let error = refused(cluster, managed(&dir));
        let said =
            format!("cannot read {}: not a regular file, but a pipe", path("pipe").display());
        assert!(error.contains(&said), "{cluster}{user}: {error}");
    }
}

/// What a kubeconfig names may be a program, and it may never end.
#[test]
fn a_start_can_be_stopped_whatever_it_waits_for() {
    for signal in ["TERM", "INT"] {
        let dir = folder(&[]);
        let path = |name: &str| dir.path().join(name);
        pipe(&path("pipe"));
        let script = format!("cd {}; echo > begun; timeout 120 cat pipe", dir.path().display());
        let exec = format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: [-c, \"{script}\"]}}"
        );
        fs::write(path("config"), kubeconfig("", &exec)).unwrap();
        let quiet = File::create(path("log")).unwrap();
        let mut started = managed(&dir);
        started.stdout(Stdio::null()).stderr(quiet).stdin(Stdio::null());
        let mut child = started.spawn().unwrap();
        until("the program to be asked", || path("begun").exists());
        let process = child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &process]).status();
        assert!(sent.unwrap().success());
        until("the start to be given up", || child.try_wait().unwrap().is_some());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        // Whoever was asked ends, too.
        fs::write(path("pipe"), "\n").unwrap();
    }
}

fn with_ca(path: &Path) -> Command {
    let mut command = command(&["--write-ca"]);
    command.arg(path);
    command
}

#[test]
fn the_authority_replaces_files_and_nothing_else() {
    let dir = folder(&[("victim", "mine"), ("one", "mine")]);
    let path = |name: &str| dir.path().join(name);
    pipe(&path("pipe"));
    symlink("/dev/null", path("device")).unwrap();
    symlink("nowhere", path("dangling")).unwrap();
    fs::hard_link(path("one"), path("other")).unwrap();
    for (name, said) in [
        ("pipe", "not a regular file, but a pipe"),
        ("device", "not a regular file, but a device"),
        (".", "not a regular file, but a folder"),
        ("dangling", "a symbolic link to nothing"),
        ("one", "it has 2 names (hard links), and a new file would have one"),
    ] {
        let error = refused(name, with_ca(&path(name)));
        let said = format!("error: cannot write the authority to {}: {said}", path(name).display());
        assert!(error.contains(&said), "{name}: {error}");
    }
    assert!(fs::metadata(path("pipe")).unwrap().file_type().is_fifo());
    assert_eq!(fs::read_link(path("device")).unwrap(), Path::new("/dev/null"));
    assert_eq!(fs::read_link(path("dangling")).unwrap(), Path::new("nowhere"));
    assert_eq!(fs::read_to_string(path("other")).unwrap(), "mine");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6, "nothing is left behind");
}

#[test]
fn the_authority_keeps_what_a_file_is() {
    let dir = folder(&[("victim", "mine"), ("old", "old")]);
    let path = |name: &str| dir.path().join(name);
    symlink("victim", path("ca.pem.part")).unwrap();
    symlink("old", path("link")).unwrap();
    fs::set_permissions(path("old"), fs::Permissions::from_mode(0o604)).unwrap();
    for name in ["ca.pem", "link"] {
        let beside = TempDir::new().unwrap();
        let server = Server::spawn(beside, with_ca(&path(name)));
        let text = fs::read_to_string(path(name)).unwrap();
        assert!(text.starts_with("-----BEGIN CERTIFICATE-----"), "{name}");
        drop(server);
    }
    assert_eq!(fs::read_to_string(path("victim")).unwrap(), "mine");
    assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
    let rights = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights("old"), 0o604);
    // A certificate is nobody's secret.
    let mine = path("mine");
    File::create(&mine).unwrap();
    assert_eq!(rights("ca.pem"), rights("mine"));
}
