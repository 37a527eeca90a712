//! The program in the image's root file system, with nothing else there: no libraries, no /proc, no /dev.

use std::fs::{create_dir, read_link, read_to_string};
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::setup::archive::Archive;
use crate::support::{Reply, Server, connect, pod_review, request, sharing_spec};

const USER: u32 = 65532;

/// A folder with the root file system in `root`.
fn unpacked(archive: &Archive) -> TempDir {
    let dir = TempDir::new().unwrap();
    create_dir(root(&dir)).unwrap();
    archive.unpack(&root(&dir));
    dir
}

fn root(dir: &TempDir) -> PathBuf {
    dir.path().join("root")
}

/// The command line that a runtime makes of the image, with some words added. Needs root.
fn started(archive: &Archive, dir: &TempDir, more: &[&str]) -> Command {
    let config = &archive.config["config"];
    let words =
        |name: &str| -> Vec<String> { serde_json::from_value(config[name].clone()).unwrap() };
    // In a network of its own the ports are free.
    let mut command = Command::new("env");
    command.args(words("Env"));
    if more.is_empty() {
        command.args(["unshare", "--net"]);
    }
    let user = config["User"].as_str().unwrap();
    command.args(["chroot", "--groups=", &format!("--userspec={user}")]).arg(root(dir));
    command.args(words("Entrypoint")).args(words("Cmd")).args(more);
    command
}

/// What `/proc` has after a name.
fn status(server: &Server, name: &str) -> Vec<u32> {
    let text = read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(&format!("{name}:"))).unwrap();
    line.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

#[test]
fn as_it_stands_it_serves_on_its_ports_and_ends_when_asked() {
    let archive = Archive::open();
    let dir = unpacked(&archive);
    let command = started(&archive, &dir, &[]);
    let mut server = Server::spawn(dir, command);
    assert_eq!(server.webhook, ([0, 0, 0, 0], 8443).into());
    assert_eq!(server.admin, ([0, 0, 0, 0], 8081).into());
    server.signal("INT");
    assert_eq!(server.wait(), Some(0), "{}", server.whole_log());
}

#[test]
fn it_answers_a_review_as_nobody_else() {
    let archive = Archive::open();
    let dir = unpacked(&archive);
    // As a volume would be.
    let volume = root(&dir).join("volume");
    create_dir(&volume).unwrap();
    chown(&volume, Some(USER), Some(USER)).unwrap();
    let flags = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let flags = [flags.as_slice(), &["--write-ca", "/volume/ca.pem"]].concat();
    let command = started(&archive, &dir, &flags);
    let server = Server::spawn(dir, command);
    assert_eq!(read_link(format!("/proc/{}/root", server.pid())).unwrap(), root(&server.dir));
    assert_eq!(status(&server, "Uid"), [USER; 4]);
    assert_eq!(status(&server, "Gid"), [USER; 4]);
    assert_eq!(status(&server, "Groups"), [0; 0]);

    assert_eq!(server.admin("/readyz").status, 200);
    let mut tls = connect(server.webhook, &volume.join("ca.pem"), "localhost").unwrap();
    let review = pod_review(&sharing_spec()).to_string();
    tls.write_all(&request("POST", "/validate", "application/json", review.as_bytes())).unwrap();
    let reply = Reply::read(&mut tls);
    assert_eq!(reply.status, 200);
    let answer: Value = reply.json();
    assert_eq!(answer["response"]["allowed"], true);
    assert_eq!(answer["response"]["warnings"].as_array().unwrap().len(), 2);
}

#[test]
fn it_says_what_it_was_built_from() {
    let archive = Archive::open();
    let dir = unpacked(&archive);
    let mut command = Command::new("chroot");
    let output = command.arg(root(&dir)).args(["/bulkhead", "version", "-o", "json"]).output();
    let said: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let revision = &archive.config["config"]["Labels"]["org.opencontainers.image.revision"];
    assert_eq!(&said["commit"], revision);
    assert!(said["build"].as_str().unwrap().starts_with("release linux/"), "{said}");
}
