//! The model of who reaches whom, against what a real node showed.

use std::collections::BTreeMap;

use bulkhead::objects;
use bulkhead::pod::PodView;
use bulkhead::reach::{Answer, Aspect, Model};
use serde_json::Value;

fn with_pod<T>(object: &Value, look: impl FnOnce(&PodView<'_>) -> T) -> T {
    let text = object.to_string();
    let kind = objects::by_kind("", "Pod").unwrap();
    let pod = objects::read(&text, kind).unwrap().unwrap();
    look(&pod)
}

/// What the recorded probe calls them.
const MEASURED: [(Aspect, &str); 5] = [
    (Aspect::Environ, "environ"),
    (Aspect::Filesystem, "root"),
    (Aspect::Memory, "ptrace"),
    (Aspect::Signal, "signal"),
    (Aspect::Memory, "mem"),
];

#[test]
fn recorded_pods_contradict_no_answer() {
    let (mut cells, mut definite) = (0, 0);
    let mut wrong = Vec::new();
    for line in include_str!("fixtures/reach/sample.jsonl").lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let name = record["pod"]["metadata"]["name"].as_str().unwrap();
        with_pod(&record["pod"], |pod| {
            let reach = Model::default().reach(pod);
            let places: BTreeMap<_, _> = pod
                .containers
                .iter()
                .enumerate()
                .map(|(at, it)| (it.name.to_string(), at))
                .collect();
            for (from, report) in record["truth"].as_object().unwrap() {
                let Some(sees) = report["sees"].as_object() else { continue };
                for (to, at) in &places {
                    if to == from || report["sees"].is_null() {
                        continue;
                    }
                    let answers = reach.answers(places[from], *at);
                    let seen = sees.get(to);
                    let running = record["state"][to] == "running";
                    if !running {
                        continue;
                    }
                    if seen.is_none() && pod.host_pid {
                        continue;
                    }
                    let cmd = answers.of(Aspect::Cmdline);
                    if (seen.is_some() && cmd == Answer::No)
                        || (seen.is_none() && cmd == Answer::Yes)
                    {
                        wrong.push(format!("{name} {from}->{to} cmdline {cmd:?}"));
                    }
                    let Some(seen) = seen else { continue };
                    for (aspect, key) in MEASURED {
                        let got = seen[key].as_i64().unwrap();
                        let answer = answers.of(aspect);
                        cells += 1;
                        definite += usize::from(answer != Answer::Possible);
                        if (got == 1 && answer == Answer::No)
                            || (got != 1 && answer == Answer::Yes && key != "mem")
                        {
                            wrong.push(format!("{name} {from}->{to} {key}={got} {answer:?}"));
                        }
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cells > 300 && definite > 0, "{cells} {definite}");
    println!("{cells} cells, {definite} definite");
}
