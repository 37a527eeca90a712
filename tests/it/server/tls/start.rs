//! Certificates that cannot be served stop the program before it listens.

use std::fs;

use super::{Issuer, Mount, NAME, command_for, faults};
use crate::support::{Server, program, run};

#[test]
fn a_bad_certificate_stops_the_start_and_says_why() {
    let issuer = Issuer::new();
    for fault in faults(&issuer) {
        let mount = Mount::new("", "");
        mount.flip(fault.chain.as_deref(), fault.key.as_deref());
        let ended = run(command_for(&mount, &["--tls-name", NAME]));
        let what = fault.what;
        assert_eq!(ended.code, Some(2), "{what}: {ended:?}");
        assert_eq!(ended.stdout, "", "{what}");
        let errors: Vec<_> =
            ended.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        let [error] = errors.as_slice() else { panic!("{what}: {}", ended.stderr) };
        assert!(error.contains(fault.reason), "{what}: {error}");
        assert!(error.contains("tls.crt") || error.contains("tls.key"), "{what}: {error}");
        assert!(ended.stderr.ends_with(&format!("{error}\n")), "{what}: {}", ended.stderr);
    }
}

#[test]
fn every_name_that_is_asked_for_must_be_in_the_certificate() {
    let issuer = Issuer::new();
    let pair = issuer.issue(&super::leaf(&[NAME, "second.example"]));
    let mount = Mount::new(&pair.chain, &pair.key);
    drop(super::serving(&mount, &["--tls-name", "second.example", "--tls-name", NAME]));
    let ended = run(command_for(&mount, &["--tls-name", NAME, "--tls-name", "third.example"]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("is not for third.example"), "{}", ended.stderr);
}

/// Started twice by mistake, the second one must not take the authority of the first.
#[test]
fn a_start_that_fails_leaves_the_authority_of_the_server_that_runs() {
    let server = Server::start(&[]);
    let before = fs::read(server.ca()).unwrap();
    let address = server.webhook.to_string();
    let mut second = program();
    second.args(["serve", "--listen", &address, "--admin-listen", "127.0.0.1:0", "--write-ca"]);
    second.arg(server.ca());
    let ended = run(second);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("cannot listen on"), "{}", ended.stderr);
    assert_eq!(fs::read(server.ca()).unwrap(), before);
    let left = fs::read_dir(server.dir.path()).unwrap().count();
    assert_eq!(left, 1, "nothing else is left beside it");
}
