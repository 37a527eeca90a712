//! What it costs to know who reaches whom: the matrix alone, the control with all its texts, and how
//! both grow.
#![expect(clippy::unwrap_used, reason = "a measurement of something that fails is to stop")]

use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use bulkhead::controls::process_reach::{PairCertainty, ProcessReach};
use bulkhead::controls::{Control, Scene};
use bulkhead::objects;
use bulkhead::pod::PodView;
use bulkhead::reach::{Answer, Aspect, Aspects, Model, Target};
use criterion::{BenchmarkId, Criterion};

fn main() {
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .without_plots();
    let mut criterion = criterion.configure_from_args();
    matrix(&mut criterion);
    control(&mut criterion);
    for (shape, shared) in [("containers apart", false), ("containers in one view", true)] {
        ratios(shape, |count| json(count, shared));
    }
    criterion.final_summary();
}

fn matrix(criterion: &mut Criterion) {
    let text = json(20, true);
    let pod = read(&text);
    criterion.bench_function("matrix of 20 containers", |bencher| {
        bencher.iter(|| {
            let matrix = Model::default().matrix(black_box(&pod));
            let mut reached = 0_usize;
            for from in 0..20 {
                for to in matrix.neighbours(from) {
                    let answers = matrix.direct(from, Target::Container(to));
                    reached += usize::from(!answers.at_least(Answer::Possible).is_empty());
                }
            }
            reached
        });
    });
}

fn control(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("findings");
    group.sample_size(10);
    for count in [2, 20, 100, 127] {
        let text = json(count, true);
        let pod = read(&text);
        group.bench_with_input(BenchmarkId::from_parameter(count), &pod, |bencher, pod| {
            bencher.iter(|| CONTROL.inspect(&Scene::of(black_box(pod))));
        });
    }
    group.finish();
}

const CONTROL: ProcessReach = ProcessReach {
    aspects: Aspects::one(Aspect::Environ),
    certainty: PairCertainty::Possible,
    transitive: false,
};

/// Time per container, against that in a pod of a thousand: about 1 where the cost is linear.
fn ratios(shape: &str, body: impl Fn(usize) -> String) {
    let each = |size: usize| {
        let text = body(size);
        let pod = read(&text);
        let runs = 20_000 / size;
        let times = (0..7).map(|_| {
            let begin = Instant::now();
            (0..runs).for_each(|_| drop(black_box(CONTROL.inspect(&Scene::of(black_box(&pod))))));
            begin.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min) / f64::from(u32::try_from(runs * size).unwrap())
    };
    let thousand = each(1_000);
    let sizes = [300, 1_000, 2_000, 5_000];
    let shown = sizes.iter().map(|size| format!("{size}: {:.2}", each(*size) / thousand));
    let shown = shown.collect::<Vec<_>>().join(", ");
    writeln!(stdout().lock(), "time for one of N {shape}, against one of 1000: {shown}").unwrap();
}

fn read(text: &str) -> PodView<'_> {
    let kind = objects::by_kind("v1", "Pod").unwrap();
    objects::read(text, kind).unwrap().unwrap()
}

/// A pod with containers of every sort, all different.
fn json(count: usize, shared: bool) -> String {
    let security = |place: usize| match place % 5 {
        0 => String::new(),
        1 => format!(
            "\"runAsUser\":{place},\"runAsGroup\":{place},\"allowPrivilegeEscalation\":false"
        ),
        2 => "\"runAsUser\":0,\"capabilities\":{\"add\":[\"SYS_PTRACE\"]}".to_owned(),
        3 => "\"runAsNonRoot\":true,\"capabilities\":{\"drop\":[\"ALL\"]}".to_owned(),
        _ => format!("\"runAsUser\":{place}"),
    };
    let container = |place| {
        let security = security(place);
        format!(
            "{{\"name\":\"c{place}\",\"image\":\"i{place}\",\"securityContext\":{{{security}}}}}"
        )
    };
    let containers = (0..count).map(container).collect::<Vec<_>>().join(",");
    // Apart, one of them is joined, or nothing would be looked at.
    let joined = "{\"name\":\"debug\",\"image\":\"i\",\"targetContainerName\":\"c0\"}";
    format!(
        "{{\"metadata\":{{\"name\":\"p\"}},\"spec\":{{\"shareProcessNamespace\":{shared},\"containers\":[{containers}],\"ephemeralContainers\":[{joined}]}}}}"
    )
}
