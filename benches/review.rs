//! What a review costs without a socket: decoding alone, the way from bytes to bytes, and the
//! question that is asked most often on it, what a runtime grants.
#![expect(clippy::unwrap_used, reason = "a measurement of something that fails is to stop")]

mod bodies;

use std::borrow::Cow;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use bulkhead::admission::{AcceptedKinds, decode, encode};
use bulkhead::api::Namespaces;
use bulkhead::decision::{Phase, decide};
use bulkhead::pod::{Capabilities, Runtime};
use bulkhead::policy::{Context, Snapshot};
use bulkhead::policy_file::PolicyText;
use criterion::{BenchmarkId, Criterion, Throughput};
use jiff::Timestamp;

fn main() {
    // Short: all measurements are to end within a minute or two. The medians still repeat within some
    // percent on a quiet machine.
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    let mut criterion = criterion.configure_from_args();
    reviews(&mut criterion);
    capabilities(&mut criterion);
    linear(&mut criterion);
    criterion.final_summary();
}

/// Bytes per second is of the body that came in.
fn reviews(criterion: &mut Criterion) {
    let snapshot = PolicyText::embedded_default().load(Namespaces::ByName).unwrap();
    let bodies = bodies::all();
    let mut group = criterion.benchmark_group("decode");
    for body in &bodies {
        let json = body.json.as_bytes();
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(body.name), json, |bencher, json| {
            bencher.iter(|| decode(black_box(json), AcceptedKinds::Pods).unwrap());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("review");
    for body in &bodies {
        let json = body.json.as_bytes();
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(body.name), json, |bencher, json| {
            bencher.iter(|| answer(black_box(json), &snapshot));
        });
    }
    group.finish();
}

/// What `/validate` does with a body, but for metrics and log.
fn answer(json: &[u8], snapshot: &Snapshot) -> Vec<u8> {
    answer_in(Phase::Validate, json, snapshot)
}

fn answer_in(phase: Phase, json: &[u8], snapshot: &Snapshot) -> Vec<u8> {
    let request = decode(json, AcceptedKinds::Pods).unwrap();
    let namespace = request.target.namespace.as_ref();
    let requester = Some(&request.requester);
    let context =
        Context { namespace, labels: None, requester, nodes: None, now: Timestamp::now() };
    let change = request.change.as_ref().unwrap();
    let decision = decide(phase, change, snapshot, &context);
    encode(&request, &decision).unwrap()
}

fn capabilities(criterion: &mut Criterion) {
    let own = |names: &[&'static str]| names.iter().map(|name| Cow::Borrowed(*name)).collect();
    let mut group = criterion.benchmark_group("granted");
    for (name, add, drop) in [
        ("default", &[] as &[_], &[] as &[_]),
        ("added", &["SYS_PTRACE"], &[]),
        ("dropped", &["NET_BIND_SERVICE", "CAP_SYS_PTRACE"], &["ALL"]),
    ] {
        let capabilities = Capabilities::new(own(add), own(drop));
        group.bench_with_input(name, &capabilities, |bencher, capabilities| {
            bencher.iter(|| Runtime::ALL.map(|one| black_box(capabilities).granted(one)));
        });
    }
    group.finish();
}

/// Reviews that grow: elements per second stays the same where the cost is linear.
fn linear(criterion: &mut Criterion) {
    // Pairs are no matter of one container: benches/reach.rs has them.
    let warned = PolicyText::new("fields", FIELDS).load(Namespaces::ByName).unwrap();
    let repaired = PolicyText::new("repair", REPAIR).load(Namespaces::ByName).unwrap();
    for (shape, body, snapshot, phase) in [
        ("containers", containers as fn(usize) -> String, &warned, Phase::Validate),
        ("debug containers", debug_containers, &warned, Phase::Validate),
        ("capabilities", capability_names, &warned, Phase::Validate),
        ("capabilities to repair", capability_names, &repaired, Phase::Mutate),
    ] {
        let sizes: &[usize] = if shape.contains("containers") {
            &[1, 10, 100, 1000, 5000]
        } else {
            &[1, 10, 100, 1000, 10_000]
        };
        let mut group = criterion.benchmark_group(format!("linear in {shape}"));
        group.sample_size(10).measurement_time(Duration::from_millis(500));
        group.warm_up_time(Duration::from_millis(100));
        for size in sizes {
            let json = body(*size);
            group.throughput(Throughput::Elements(*size as u64));
            group.bench_with_input(BenchmarkId::from_parameter(size), &json, |bencher, json| {
                bencher.iter(|| answer_in(phase, black_box(json.as_bytes()), snapshot));
            });
        }
        group.finish();
        ratios(shape, sizes, |json| drop(answer_in(phase, json, snapshot)), body);
    }
}

/// Time per element, against that of a hundred of them.
fn ratios(shape: &str, sizes: &[usize], answer: impl Fn(&[u8]), body: fn(usize) -> String) {
    let each = |size: usize| {
        let json = body(size);
        let runs = (20_000 / size).clamp(3, 2_000);
        let times = (0..5).map(|_| {
            let begin = Instant::now();
            (0..runs).for_each(|_| answer(json.as_bytes()));
            begin.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min) / f64::from(u32::try_from(runs * size).unwrap())
    };
    let hundred = each(100);
    let shown = sizes.iter().map(|size| format!("{size}: {:.2}", each(*size) / hundred));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let mut out = stdout().lock();
    writeln!(out, "time for one of N {shape}, against one of 100: {shown}").unwrap();
}

const FIELDS: &str = "{apiVersion: bulkhead.dev/v1alpha1, kind: IsolationPolicy, metadata: {name: fields}, \
    spec: {controls: {shareProcessNamespace: {mode: Warn}, ptraceCapability: {mode: Warn}, \
    hostProcessNamespace: {mode: Warn}, ephemeralTarget: {mode: Warn}, supplementalGroupsPolicy: {mode: Audit}}}}";

const REPAIR: &str = "{apiVersion: bulkhead.dev/v1alpha1, kind: IsolationPolicy, metadata: {name: repair}, \
    spec: {controls: {ptraceCapability: {mode: Deny, repair: OnCreate}}}}";

fn review_of(spec: &str, old: Option<&str>) -> String {
    let pod = |spec: &str| {
        format!("{{\"kind\":\"Pod\",\"metadata\":{{\"name\":\"p\"}},\"spec\":{spec}}}")
    };
    let old = old.map_or_else(|| "null".to_owned(), pod);
    let (operation, sub) =
        if old == "null" { ("CREATE", "") } else { ("UPDATE", "ephemeralcontainers") };
    format!(
        "{{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{{\"uid\":\"u\",\
        \"kind\":{{\"kind\":\"Pod\"}},\"resource\":{{\"group\":\"\",\"resource\":\"pods\"}},\"subResource\":\"{sub}\",\
        \"namespace\":\"shop\",\"operation\":\"{operation}\",\"object\":{},\"oldObject\":{old}}}}}",
        pod(spec)
    )
}

fn listed(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn traced(name: usize) -> String {
    format!("{{\"name\":\"c{name}\",\"image\":\"i\",\"securityContext\":{{\"privileged\":true}}}}")
}

fn containers(count: usize) -> String {
    let spec =
        format!("{{\"shareProcessNamespace\":true,\"containers\":[{}]}}", listed(count, traced));
    review_of(&spec, None)
}

fn debug_containers(count: usize) -> String {
    let app = "\"containers\":[{\"name\":\"app\",\"image\":\"i\"}]";
    let joins = |name| {
        let one = traced(name);
        format!("{},\"targetContainerName\":\"app\"}}", one.strip_suffix('}').unwrap())
    };
    let spec = format!("{{{app},\"ephemeralContainers\":[{}]}}", listed(count, joins));
    review_of(&spec, Some(&format!("{{{app}}}")))
}

fn capability_names(count: usize) -> String {
    let names =
        listed(count, |name| if name % 2 == 0 { "\"SYS_PTRACE\"" } else { "\"KILL\"" }.to_owned());
    let spec = format!(
        "{{\"containers\":[{{\"name\":\"a\",\"image\":\"i\",\"securityContext\":{{\"capabilities\":{{\"add\":[{names}]}}}}}}]}}"
    );
    review_of(&spec, None)
}
