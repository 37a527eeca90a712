//! `pod/NAME`: without kubectl, without a cluster, and where a file has that name.

use std::fs;

use super::{SHARED, command, folder, reach};
use crate::support::Ended;

#[test]
fn without_kubectl_that_is_said() {
    let dir = folder(&[]);
    let mut command = command(dir.path(), &["pod/web"]);
    command.env("PATH", dir.path());
    let ended = Ended::of(command, "");
    let expected = "error: pod/web: needs kubectl, which is not in PATH\n";
    assert_eq!((ended.stderr.as_str(), ended.code), (expected, Some(2)));
}

#[test]
fn files_and_what_is_no_name_are_not_asked_of_a_cluster() {
    let dir = folder(&[]);
    fs::create_dir(dir.path().join("pod")).unwrap();
    fs::write(dir.path().join("pod/web"), SHARED).unwrap();
    let found = reach(dir.path(), &["pod/web"], "");
    assert_eq!((found.code, found.stderr.as_str()), (Some(0), ""));
    for name in ["pod/--help", "pod/a/b", "pod/", "pods/web"] {
        let mut command = command(dir.path(), &[name]);
        command.env("PATH", dir.path());
        let ended = Ended::of(command, "");
        assert_eq!(ended.code, Some(2), "{name}");
        assert!(!ended.stderr.contains("kubectl"), "{name}: {}", ended.stderr);
    }
}
