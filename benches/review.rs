//! What a review costs without a socket: decoding alone, the way from bytes to bytes, and the
//! question that is asked most often on it, what a runtime grants.
#![expect(clippy::unwrap_used, reason = "a measurement of something that fails is to stop")]

mod bodies;

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Duration;

use bulkhead::admission::{Paths, decode, encode};
use bulkhead::api::{EMBEDDED_DEFAULT, Namespaces, load};
use bulkhead::decision::{Phase, decide};
use bulkhead::pod::{Capabilities, Runtime};
use bulkhead::policy::{Context, Snapshot};
use criterion::{BenchmarkId, Criterion, Throughput};
use jiff::Timestamp;

fn main() {
    // Short: 13 measurements are to end within a minute. The medians still repeat within some
    // percent on a quiet machine.
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    let mut criterion = criterion.configure_from_args();
    reviews(&mut criterion);
    capabilities(&mut criterion);
    criterion.final_summary();
}

/// Bytes per second is of the body that came in.
fn reviews(criterion: &mut Criterion) {
    let snapshot = load("embedded default", EMBEDDED_DEFAULT, Namespaces::ByName).unwrap();
    let bodies = bodies::all();
    let mut group = criterion.benchmark_group("decode");
    for body in &bodies {
        let json = body.json.as_bytes();
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(body.name), json, |bencher, json| {
            bencher.iter(|| decode(black_box(json), Paths::Pods).unwrap());
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
    let request = decode(json, Paths::Pods).unwrap();
    let namespace = request.target.namespace.as_ref();
    let requester = Some(&request.requester);
    let context =
        Context { namespace, labels: None, requester, nodes: None, now: Timestamp::now() };
    let change = request.change.as_ref().unwrap();
    let decision = decide(Phase::Validate, change, snapshot, &context);
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
        let capabilities = Capabilities { add: own(add), drop: own(drop) };
        group.bench_with_input(name, &capabilities, |bencher, capabilities| {
            bencher.iter(|| Runtime::ALL.map(|one| black_box(capabilities).granted(one)));
        });
    }
    group.finish();
}
