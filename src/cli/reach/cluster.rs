//! Pods of a cluster: `pod/NAME` to the text of a manifest. Nothing else knows how it is fetched.
//!
//! By kubectl, and not by the client of room `cluster`: a person asks, whose kubeconfig may log in
//! by an exec plugin that has questions, or by OIDC, which that client cannot do.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::ReachArgs;
use crate::diagnostic::Diagnostic;

/// The name of the pod that an argument means: of the form pod/NAME, where there is no such file.
pub(super) fn pod(argument: &Path) -> Option<&str> {
    let name = argument.to_str()?.strip_prefix("pod/")?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
    // The first letter keeps it from being a flag of kubectl's.
    let named = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    (named && name.chars().all(fits) && !argument.exists()).then_some(name)
}

/// The pod as the API server has it.
pub(super) fn get(name: &str, args: &ReachArgs) -> Result<String, Diagnostic> {
    let unreadable = |message: String| Diagnostic::of_file(format!("pod/{name}"), message);
    let mut kubectl = Command::new("kubectl");
    kubectl.args(["get", "pod", name, "--output=json"]);
    let flags = [
        ("--namespace", args.namespace.as_ref().map(OsString::from)),
        ("--kubeconfig", args.access.kubeconfig.as_ref().map(OsString::from)),
        ("--context", args.access.context.as_ref().map(OsString::from)),
    ];
    for (flag, value) in flags {
        if let Some(value) = value {
            // In one word, so that no value is taken for a flag.
            let mut word = OsString::from(format!("{flag}="));
            word.push(value);
            kubectl.arg(word);
        }
    }
    let output = kubectl.stdin(Stdio::null()).output().map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            unreadable("needs kubectl, which is not in PATH".to_owned())
        } else {
            unreadable(format!("cannot be read: kubectl does not start: {error}"))
        }
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().rev().find(|line| !line.trim().is_empty());
        let said = said.unwrap_or("kubectl failed and did not say why").trim();
        return Err(unreadable(format!("cannot be read: {said}")));
    }
    String::from_utf8(output.stdout).map_err(|_| unreadable("is not UTF-8 text".to_owned()))
}
