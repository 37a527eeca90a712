//! Bodies in the API server's own binary format, as its Go clients send them: Bulkhead gets JSON of
//! them all the same.

use serde_json::{Value, json};

use super::{Case, case};
use crate::setup::{Answer, DENY, Namespace, REPAIR, World};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case: a_pod_is_denied_for_the_same, a_pod_is_repaired_before_it_is_stored;
    }
}

/// A member that holds bytes, such as a string or another message.
fn held(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&tag(number, 2), varint(bytes.len()).as_slice(), bytes].concat()
}

/// A member that is true.
fn yes(number: u8) -> Vec<u8> {
    [tag(number, 0), vec![1]].concat()
}

fn tag(number: u8, kind: usize) -> Vec<u8> {
    varint(usize::from(number) << 3 | kind)
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(u8::try_from(number & 127 | 128).unwrap());
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

/// A pod whose only container has SYS_PTRACE, beside the flags of the spec; the numbers are those of
/// `k8s.io/api/core/v1/generated.proto`.
fn pod(name: &str, flags: &[u8]) -> Vec<u8> {
    let capabilities = held(1, b"SYS_PTRACE");
    let security = held(1, &capabilities);
    let container = [held(1, b"app"), held(2, b"registry.example/a:1"), held(15, &security)];
    let nowhere = [held(1, b"bulkhead.dev/nowhere"), held(2, b"true")].concat();
    let flags = flags.iter().flat_map(|number| yes(*number));
    let spec = [held(2, &container.concat()), held(7, &nowhere), flags.collect()].concat();
    let pod = [held(1, &held(1, name.as_bytes())), held(2, &spec)].concat();
    let kind = [held(1, b"v1"), held(2, b"Pod")].concat();
    [b"k8s\0".to_vec(), held(1, &kind), held(2, &pod)].concat()
}

const HOST_PID: u8 = 12;
const SHARE_PROCESS_NAMESPACE: u8 = 27;

fn create(namespace: &Namespace, pod: Vec<u8>) -> Answer {
    let format = "application/vnd.kubernetes.protobuf";
    namespace.cluster.client.call("POST", &namespace.pods(""), format, pod)
}

fn a_pod_is_denied_for_the_same(world: &World) {
    let stage = world.under(DENY);
    let traces = "spec.containers[0].securityContext.capabilities.add[0] PtraceAdded";
    for (flags, causes) in [
        (&[] as &[u8], &[traces] as &[&str]),
        (
            &[SHARE_PROCESS_NAMESPACE],
            &["spec.shareProcessNamespace ProcessNamespaceShared", traces],
        ),
        (&[HOST_PID], &[traces, "spec.hostPID HostProcessNamespace"]),
    ] {
        let answer = create(&stage, pod("binary", flags));
        assert_eq!(answer.denied_for(), causes);
    }
}

fn a_pod_is_repaired_before_it_is_stored(world: &World) {
    let stage = world.under(REPAIR);
    create(&stage, pod("binary", &[SHARE_PROCESS_NAMESPACE])).object();
    let stored = &stage.stored("binary")["spec"];
    assert_ne!(stored["shareProcessNamespace"], true);
    let capabilities = &stored["containers"][0]["securityContext"]["capabilities"];
    assert_eq!(capabilities.get("add"), None::<&Value>);
    assert_eq!(stored["securityContext"], json!({"supplementalGroupsPolicy": "Strict"}));
}
