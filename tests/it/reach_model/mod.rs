//! The model of who reaches whom: against what a real node showed, and against itself.

mod pods;

use bulkhead::pod::ContainerKind::Ephemeral;
use bulkhead::pod::{PodView, Runtime};
use bulkhead::reach::{
    Answer, Answers, Aspect, Aspects, Groups, Hardening, ImageUser, Matrix, Model, Target,
};
use serde_json::{Value, json};

use pods::{place, recorded};

use crate::support::{container, pod, sharing, with_pod};

/// What most pods here are about: what their first container reaches of this one.
const SECOND: Target = Target::Container(1);

/// What the recorded probe calls them.
const MEASURED: [(Aspect, &str); 5] = [
    (Aspect::Environ, "environ"),
    (Aspect::Filesystem, "root"),
    (Aspect::Memory, "ptrace"),
    (Aspect::Memory, "mem"),
    (Aspect::Signal, "signal"),
];

#[test]
fn recorded_pods_contradict_no_answer() {
    let (mut cells, mut definite, mut wrong) = (0, 0, Vec::new());
    for record in recorded() {
        with_pod(&record["pod"], |pod| {
            let matrix = Model::default().matrix(pod);
            for (from, to, seen) in pairs(&record) {
                let answers = matrix.direct(place(pod, from), Target::Container(place(pod, to)));
                let visible = answers.of(Aspect::Cmdline);
                if !pod.host_pid && (visible == Answer::Yes) != seen.is_some() {
                    wrong.push(format!("{} {from} {to}: {visible:?} in view", pod.name));
                }
                for (aspect, key) in MEASURED {
                    let Some(measured) = seen.map(|seen| seen[key] == 1) else { continue };
                    let answer = answers.of(aspect);
                    // The file of the memory is one of several ways to it.
                    let absent = !measured && key != "mem";
                    cells += 1;
                    definite += usize::from(answer != Answer::Possible);
                    if measured && answer == Answer::No || absent && answer == Answer::Yes {
                        wrong.push(format!("{} {from} {to} {key}: {answer:?}", pod.name));
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(cells > 300 && definite > 100, "{cells} cells, {definite} definite");
}

/// Ordered pairs of containers that ran, with what the first saw of the second.
fn pairs(record: &Value) -> Vec<(&str, &str, Option<&Value>)> {
    let states = record["state"].as_object().unwrap();
    let running: Vec<_> =
        states.iter().filter(|(_, it)| *it == "running").map(|(it, _)| it).collect();
    let reports = record["truth"].as_object().unwrap();
    let reports = reports.iter().filter_map(|(from, it)| Some((from, it["sees"].as_object()?)));
    let each = reports.flat_map(|(from, sees)| {
        let others = running.iter().filter(move |to| **to != from);
        others.map(move |to| (from.as_str(), to.as_str(), sees.get(to.as_str())))
    });
    each.collect()
}

fn answers(spec: &Value, from: &str, to: &str) -> Answers {
    with_pod(&pod(spec), |pod| {
        Model::default().matrix(pod).direct(place(pod, from), Target::Container(place(pod, to)))
    })
}

#[test]
fn each_answer_has_its_reason() {
    let hardened = json!({"runAsUser": 1000, "runAsGroup": 1000, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let root = |add: &[&str]| json!({"runAsUser": 0, "runAsGroup": 0, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"], "add": add}});
    let table: &[(Value, &[(&str, &str)])] = &[
        (
            json!({}),
            &[
                ("becomes-other", "environ"),
                ("image-decides", "environ"),
                ("setuid-binary", "memory"),
                ("shared-processes", "cmdline"),
            ],
        ),
        (
            root(&["SYS_PTRACE"]),
            &[("sys-ptrace", "memory"), ("dac-limits", "environ"), ("different-ids", "signal")],
        ),
        (root(&["CAP_SYS_PTRACE"]), &[("sys-ptrace", "memory"), ("runtime-dependent", "memory")]),
        (root(&["KILL"]), &[("kill", "signal"), ("different-ids", "environ")]),
        (
            root(&["PERFMON", "DAC_OVERRIDE"]),
            &[("perfmon", "environ"), ("different-ids", "memory")],
        ),
        (root(&["SETUID", "SETGID"]), &[("becomes-other", "memory"), ("becomes-other", "signal")]),
        (hardened.clone(), &[("same-ids", "memory"), ("same-ids", "signal")]),
    ];
    for (security, expected) in table {
        let spec = sharing(&[container("a", security), container("b", &hardened)]);
        with_pod(&pod(&spec), |pod| {
            let matrix = Model::default().matrix(pod);
            let reasons = matrix.reasons(0, SECOND);
            for (cause, aspect) in *expected {
                let aspect = Aspect::by_name(aspect).unwrap();
                let found =
                    reasons.iter().any(|it| it.cause.id() == *cause && it.aspects.has(aspect));
                assert!(found, "{security} {cause} {aspect:?}: {reasons:#?}");
            }
            every_aspect_has_a_reason(&matrix, 0, SECOND);
        });
    }
}

fn every_aspect_has_a_reason(matrix: &Matrix<'_, '_>, from: usize, to: Target) {
    let reasons = matrix.reasons(from, to);
    let all = reasons.iter().fold(Aspects::NONE, |all, it| all.with(it.aspects));
    assert_eq!(all, Aspects::ALL, "{reasons:#?}");
    assert!(reasons.iter().all(|it| !it.aspects.is_empty() && !it.detail.is_empty()));
}

#[test]
fn remedies_are_the_smallest_and_close_it() {
    let ids =
        |uid: i64| json!({"runAsUser": uid, "runAsGroup": uid, "capabilities": {"drop": ["ALL"]}});
    let table = [
        (ids(1000), vec![Hardening::NoEscalation]),
        (
            json!({"runAsUser": 0, "runAsGroup": 0, "allowPrivilegeEscalation": false}),
            vec![Hardening::DropAll],
        ),
        (
            json!({"runAsUser": 2000, "runAsGroup": 2000, "allowPrivilegeEscalation": false}),
            vec![Hardening::OwnIds],
        ),
        (
            json!({"runAsUser": 0, "privileged": true}),
            vec![Hardening::Unprivileged, Hardening::OwnIds, Hardening::NoEscalation],
        ),
    ];
    let target = json!({"runAsUser": 2000, "runAsGroup": 2000, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    for (security, expected) in table {
        let spec = sharing(&[container("a", &security), container("b", &target)]);
        with_pod(&pod(&spec), |pod| {
            let aspects = [Aspect::Environ, Aspect::Filesystem, Aspect::Memory];
            let remedy =
                Model::default().matrix(pod).remedy(0, SECOND, Aspects::from_iter(aspects));
            let mut found: Vec<_> =
                remedy.hardening.iter().map(|(place, it)| (*place, *it)).collect();
            let mut expected: Vec<_> = expected.iter().map(|it| (0, *it)).collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{security}");
        });
    }
    // Who sees a process reads its command line: nothing but separation helps.
    let spec = sharing(&[container("a", &target), container("b", &target)]);
    with_pod(&pod(&spec), |pod| {
        let remedy = Model::default().matrix(pod).remedy(0, SECOND, Aspects::one(Aspect::Cmdline));
        assert!(remedy.hardening.is_empty() && remedy.sharing.is_some());
    });
}

#[test]
fn what_is_known_of_images_and_the_runtime_sharpens_answers() {
    let spec = sharing(&[
        container("a", &json!({"allowPrivilegeEscalation": false})),
        container("b", &json!({"runAsUser": 1000, "runAsGroup": 1000})),
    ]);
    let memory = |model: Model| {
        with_pod(&pod(&spec), |pod| model.matrix(pod).direct(0, SECOND).of(Aspect::Memory))
    };
    let user = |uid, gid| Model::default().with_image_user("a", ImageUser { uid, gid });
    assert_eq!(memory(Model::default()), Answer::Possible);
    assert_eq!(memory(user(1000, Some(1000))), Answer::Yes);
    assert_eq!(memory(user(1000, None)), Answer::Possible);
    assert_eq!(memory(user(2000, Some(1000))), Answer::No);
    assert_eq!(memory(user(0, Some(0))), Answer::Possible, "it takes on other ids");
    let spelled = json!({"runAsUser": 0, "runAsGroup": 0, "capabilities": {"drop": ["ALL"], "add": ["CAP_SYS_PTRACE"]}, "allowPrivilegeEscalation": false});
    let spec = sharing(&[
        container("a", &spelled),
        container("b", &json!({"runAsUser": 1, "runAsGroup": 1})),
    ]);
    let on = |runtime| {
        with_pod(&pod(&spec), |pod| {
            Model::default().on(runtime).matrix(pod).direct(0, SECOND).of(Aspect::Memory)
        })
    };
    assert_eq!((on(Runtime::Containerd), on(Runtime::CriO)), (Answer::No, Answer::Yes));
}

#[test]
fn chains_lead_through_containers_that_are_taken_over() {
    let ids = |uid: i64| json!({"runAsUser": uid, "runAsGroup": uid, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let tracer = json!({"runAsUser": 1000, "runAsGroup": 1000, "privileged": true});
    let spec =
        sharing(&[container("a", &ids(1000)), container("b", &tracer), container("c", &ids(2000))]);
    assert_eq!(answers(&spec, "a", "c").of(Aspect::Memory), Answer::No);
    with_pod(&pod(&spec), |pod| {
        let matrix = Model::default().matrix(pod);
        let transitive = |from, to| matrix.transitive(from, Target::Container(to));
        assert_eq!(transitive(0, 2).of(Aspect::Memory), Answer::Possible, "through b");
        assert_eq!(transitive(2, 0).of(Aspect::Memory), Answer::No);
        never_less(&matrix, pod);
    });
}

/// A chain of one is a chain.
fn never_less(matrix: &Matrix<'_, '_>, pod: &PodView<'_>) {
    for from in 0..pod.containers.len() {
        for to in matrix.neighbours(from).map(Target::Container) {
            let (direct, all) = (matrix.direct(from, to), matrix.transitive(from, to));
            assert!(direct.beyond(all).is_empty(), "{from} {to:?}: {direct:?} {all:?}");
        }
    }
}

/// Of many unlike containers the answers are kept otherwise than of few.
#[test]
fn an_answer_does_not_depend_on_who_else_is_there() {
    let security = |index: usize| match index % 3 {
        0 => json!({"runAsUser": index, "runAsGroup": index}),
        1 => json!({"runAsUser": index, "runAsGroup": 1, "allowPrivilegeEscalation": false}),
        _ => json!({"runAsUser": 0, "runAsGroup": index, "capabilities": {"add": ["KILL"]}}),
    };
    let one = |index: usize| container(&format!("c{index}"), &security(index));
    let all: Vec<_> = (0..300).map(one).collect();
    with_pod(&pod(&sharing(&all)), |pod| {
        let matrix = Model::default().matrix(pod);
        for (from, to) in [(0, 1), (1, 0), (2, 299), (299, 2), (150, 151), (298, 4), (7, 280)] {
            let alone = sharing(&[one(from), one(to)]);
            let expected = with_pod(&crate::support::pod(&alone), |pod| {
                Model::default().matrix(pod).direct(0, SECOND)
            });
            let target = Target::Container(to);
            let found = [matrix.direct(from, target), matrix.direct(from, target)];
            assert_eq!(found, [expected; 2], "{from} {to}");
        }
        never_less(&matrix, pod);
    });
}

#[test]
fn recorded_pods_have_reasons_and_remedies_that_hold() {
    let mut closed = 0;
    for record in recorded() {
        with_pod(&record["pod"], |pod| {
            let matrix = Model::default().matrix(pod);
            never_less(&matrix, pod);
            for from in 0..pod.containers.len() {
                for to in matrix.neighbours(from) {
                    let target = Target::Container(to);
                    every_aspect_has_a_reason(&matrix, from, target);
                    let wanted = Aspects::one(Aspect::Memory);
                    let reached =
                        matrix.direct(from, target).at_least(Answer::Possible).meets(wanted);
                    let remedy = matrix.remedy(from, target, wanted);
                    // Beside an ephemeral container the others cannot change any more.
                    let debug = [from, to].map(|it| pod.containers[it].kind).contains(&Ephemeral);
                    let hardened = !remedy.hardening.is_empty();
                    assert!(hardened == reached || debug && !hardened, "{} {from} {to}", pod.name);
                    closed += usize::from(reached);
                }
            }
        });
    }
    assert!(closed > 20, "{closed}");
}

#[test]
fn the_node_is_reached_for_certain_only_by_who_reaches_its_best_guarded_process() {
    let of = |security: &Value| {
        let spec = json!({"hostPID": true, "containers": [container("a", security)]});
        with_pod(&pod(&spec), |pod| Model::default().matrix(pod).direct(0, Target::Node))
    };
    let root = of(&json!({"runAsUser": 0}));
    assert_eq!(root.at_least(Answer::Yes), Aspects::from_iter([Aspect::Cmdline, Aspect::Signal]));
    let tracer = of(&json!({"runAsUser": 0, "capabilities": {"add": ["SYS_PTRACE"]}}));
    assert_eq!(tracer.at_least(Answer::Yes), Aspects::ALL);
    let bare = of(&json!({"runAsUser": 0, "runAsGroup": 0, "capabilities": {"drop": ["ALL"]}}));
    assert_eq!(
        bare.at_least(Answer::Yes),
        Aspects::one(Aspect::Cmdline),
        "not every one is root's"
    );
    let user = of(&json!({"runAsUser": 1000, "allowPrivilegeEscalation": false}));
    assert_eq!(user.at_least(Answer::Yes), Aspects::one(Aspect::Cmdline));
    assert_eq!(
        user.at_least(Answer::Possible),
        Aspects::ALL,
        "a process of the node may have its ids"
    );
    let none = json!({"containers": [container("a", &json!({}))]});
    let of_node = |pod: &PodView<'_>| Model::default().matrix(pod).direct(0, Target::Node);
    assert_eq!(with_pod(&pod(&none), of_node), Answers::NO);
}

#[test]
fn groups_open_volumes_that_are_not_the_pods_own() {
    let volumes = json!([
        {"name": "node", "hostPath": {"path": "/var/log"}},
        {"name": "share", "nfs": {"server": "s", "path": "/"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "c"}},
        {"name": "disk", "csi": {"driver": "d"}},
        {"name": "made", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
        {"name": "tmp", "emptyDir": {}},
        {"name": "settings", "configMap": {"name": "m"}},
    ]);
    let table: [(Value, &[i64], bool, &[&str]); 4] = [
        (json!({}), &[], true, &["node", "share"]),
        (json!({"supplementalGroups": [7, 5]}), &[5, 7], true, &["node", "share"]),
        (
            json!({"fsGroup": 9, "supplementalGroupsPolicy": "Merge"}),
            &[9],
            true,
            &["node", "share", "data", "disk", "made"],
        ),
        (
            json!({"fsGroup": 9, "supplementalGroupsPolicy": "Strict"}),
            &[9],
            false,
            &["node", "share", "data", "disk", "made"],
        ),
    ];
    for (security, certain, image_adds, open) in table {
        let spec = json!({"securityContext": security, "volumes": volumes, "containers": [container("a", &json!({}))]});
        let groups = with_pod(&pod(&spec), Groups::of);
        let certain = certain.iter().copied().collect();
        let expected =
            Groups { certain, image_adds, volumes: open.iter().map(ToString::to_string).collect() };
        assert_eq!(groups, expected, "{security}");
    }
}

/// The table of docs/reach.md, row by row.
#[test]
fn the_documented_table_is_what_the_model_says() {
    let ids = |uid: u32, more: Value| {
        let mut security =
            json!({"runAsUser": uid, "runAsGroup": uid, "allowPrivilegeEscalation": false});
        security.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        security
    };
    let adds = json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    let drops = json!({"capabilities": {"drop": ["ALL"]}});
    let (root, bare) = (ids(0, json!({})), ids(0, drops.clone()));
    let open = json!({"runAsUser": 1000, "runAsGroup": 1000});
    let mut open_bare = open.clone();
    open_bare["capabilities"] = drops["capabilities"].clone();
    let columns =
        [&ids(0, adds.clone()), &root, &bare, &ids(1000, json!({})), &ids(2000, json!({}))];
    let rows = [
        ("tracer: uid 0, adds SYS_PTRACE", ids(0, adds.clone())),
        ("root: uid 0, default capabilities", root.clone()),
        ("bare root: uid 0, drops ALL", bare.clone()),
        ("user 1000", ids(1000, json!({}))),
        ("user 1000, adds SYS_PTRACE", ids(1000, adds)),
        ("user 1000, without allowPrivilegeEscalation: false", open),
        ("user 1000, the same with drop ALL", open_bare),
    ];
    let page = include_str!("../../../docs/reach.md");
    for (name, from) in rows {
        let cells = columns.map(|to| {
            let spec = sharing(&[container("a", &from), container("b", to)]);
            letters(answers(&spec, "a", "b"))
        });
        let row = format!("| {name} | {} |\n", cells.join(" | "));
        assert!(page.contains(&row), "{row}");
    }
}

fn letters(answers: Answers) -> String {
    // What a tracer has is all or nothing here.
    assert_eq!(answers.of(Aspect::Memory), answers.of(Aspect::Filesystem));
    assert_eq!(answers.of(Aspect::Memory), answers.of(Aspect::Descriptors));
    let each = [("m", Aspect::Memory), ("e", Aspect::Environ), ("s", Aspect::Signal)];
    let letter = |(letter, aspect): (&str, Aspect)| match answers.of(aspect) {
        Answer::Yes => letter.to_uppercase(),
        Answer::Possible => letter.to_owned(),
        Answer::No => String::new(),
    };
    let all: String = each.map(letter).concat();
    if all.is_empty() { "-".to_owned() } else { all }
}
