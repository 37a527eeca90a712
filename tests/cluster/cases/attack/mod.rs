//! An attack from one namespace while others create pods: nobody fails for it, and nothing is
//! stored that was not judged.
//!
//! The short form lasts seconds. The long one (`make soak`: `BULKHEAD_SOAK_SECONDS`) compares, too,
//! how long others wait with how long they wait before a webhook that judges nothing.

mod bodies;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

use bodies::Sent;
use serde_json::json;

use super::{Case, on_own, pod};
use crate::setup::{Client, JSON, Namespace, Noop, World};
use crate::support::until;
use crate::tier::cases;
use crate::tier::settings::given;

const ATTACKERS: usize = 8;
const VICTIMS: usize = 2;

/// What the chart gives a replica.
const MEMORY: u64 = 512 << 20;

/// With the presets, the dearest to judge by: `examples/policies/lockdown.yaml`.
const POLICY: &str = include_str!("../../../../examples/policies/lockdown.yaml");

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        on_own:
            others_are_judged_all_the_while_under_fail,
            others_are_judged_all_the_while_under_ignore;
    };
    if seconds().is_some() {
        cases.extend(cases! { on_own: others_wait_hardly_longer_than_before_a_noop; });
    }
    cases
}

fn others_are_judged_all_the_while_under_fail(world: &World) {
    against_bulkhead(world, "Fail").check();
}

fn others_are_judged_all_the_while_under_ignore(world: &World) {
    against_bulkhead(world, "Ignore").check();
}

/// How long the long form takes; `None` for the short one.
pub(super) fn seconds() -> Option<u64> {
    given("BULKHEAD_SOAK_SECONDS")
}

/// What came of it.
#[derive(Debug, Default)]
struct Outcome {
    /// What else victims were answered than they should have been.
    failed: Vec<String>,
    /// Pods that a policy denies and that are stored.
    unjudged: usize,
    /// Of the validating webhook, as the API server counts them.
    failed_open: u64,
    /// Of victims' pods, ascending.
    waited: Vec<Duration>,
    /// Requests of attackers that were answered.
    attacks: usize,
    /// The most memory that the program had, in bytes.
    peak: u64,
}

impl Outcome {
    fn check(&self) {
        say(&self.to_string());
        assert_eq!(self.failed, Vec::<String>::new());
        assert_eq!((self.unjudged, self.failed_open), (0, 0));
        assert!(self.attacks >= ATTACKERS, "{self}");
        assert!(self.peak < MEMORY, "{self}");
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.waited[(self.waited.len() * percent / 100).min(self.waited.len() - 1)]
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} attacks, {} victims: p50 {:.1?}, p99 {:.1?}, {} failed, {} stored unjudged, \
             {} failed open, peak {} MiB",
            self.attacks,
            self.waited.len(),
            self.percentile(50),
            self.percentile(99),
            self.failed.len(),
            self.unjudged,
            self.failed_open,
            self.peak >> 20,
        )
    }
}

fn say(line: &str) {
    drop(std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("  {line}\n")));
}

/// The attacker's namespace and that of a victim, each with its user.
struct Ground {
    under_attack: Namespace,
    victims: Namespace,
    attacker: Client,
    victim: Client,
}

impl Ground {
    fn new(world: &World) -> Self {
        let user = |namespace: &Namespace, verbs: &[&str]| {
            let name = format!("user-of-{}", namespace.name);
            let resources = ["pods", "pods/ephemeralcontainers"];
            let rule = json!([{"apiGroups": [""], "resources": resources, "verbs": verbs}]);
            namespace.grant(&json!({"kind": "User", "name": name}), &rule);
            world.cluster.as_user(&name)
        };
        let (under_attack, victims) = (world.namespace(), world.namespace());
        let attacker = user(&under_attack, &["create", "get", "patch"]);
        let victim = user(&victims, &["create"]);
        under_attack.create(&bodies::debugged()).object();
        Self { under_attack, victims, attacker, victim }
    }

    /// Attacks for a while; `judges` says whether what is denied must be.
    fn attack(&self, judges: bool) -> Outcome {
        let world = &self.victims.cluster;
        let sent = bodies::all(&self.under_attack);
        let opened = failed_open(&world.client);
        let (over, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut outcome = Outcome::default();
        scope(|scope| {
            for at in 0..ATTACKERS {
                let (sent, over, attacks) = (&sent, &over, &attacks);
                scope.spawn(move || self.keep_on(at, sent, (over, attacks)));
            }
            until("the attack to begin", || attacks.load(Ordering::SeqCst) > 0);
            let end = Instant::now() + Duration::from_secs(seconds().unwrap_or(4));
            let victims = (0..VICTIMS).map(|at| scope.spawn(move || self.live(at, judges, end)));
            for victim in victims.collect::<Vec<_>>() {
                let one = victim.join().unwrap();
                outcome.failed.extend(one.failed);
                outcome.unjudged += one.unjudged;
                outcome.waited.extend(one.waited);
            }
            until("each attacker to be answered", || attacks.load(Ordering::SeqCst) >= ATTACKERS);
            over.store(true, Ordering::SeqCst);
        });
        outcome.waited.sort();
        outcome.attacks = attacks.load(Ordering::SeqCst);
        outcome.failed_open = failed_open(&world.client) - opened;
        outcome
    }

    /// One attacker, who does not care what comes of it.
    fn keep_on(&self, at: usize, sent: &[Sent], (over, count): (&AtomicBool, &AtomicUsize)) {
        for one in sent.iter().cycle().skip(at) {
            if over.load(Ordering::SeqCst) {
                return;
            }
            one.send(&self.attacker);
            count.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// One victim, who creates a large pod and tries a forbidden one, again and again.
    fn live(&self, at: usize, judges: bool, end: Instant) -> Outcome {
        let mut outcome = Outcome::default();
        let containers: Vec<_> =
            (0..17).map(|number| json!({"name": format!("c{number}"), "image": "i"})).collect();
        let path = self.victims.pods("");
        for number in 0.. {
            if Instant::now() > end && number > 0 {
                break;
            }
            let mut spec = json!({
                "securityContext": {"supplementalGroupsPolicy": "Strict"},
                "containers": containers,
            });
            let begin = Instant::now();
            let answer = self.victim.post(&path, &pod(&format!("large-{at}-{number}"), &spec));
            outcome.waited.push(begin.elapsed());
            if answer.code != 201 {
                outcome.failed.push(format!("{}: {}", answer.code, answer.body["message"]));
            }
            if !judges {
                continue;
            }
            spec["hostPID"] = true.into();
            let answer = self.victim.post(&path, &pod(&format!("forbidden-{at}-{number}"), &spec));
            match answer.code {
                403 => {}
                201 => outcome.unjudged += 1,
                code => outcome.failed.push(format!("{code}: {}", answer.body["message"])),
            }
        }
        outcome
    }
}

/// How often the API server let pass what our validating webhook was to judge.
fn failed_open(client: &Client) -> u64 {
    let text = client.text("/metrics");
    let of = "apiserver_admission_webhook_fail_open_count{name=\"enforce.bulkhead.dev\"";
    let counts = text.lines().filter(|line| line.starts_with(of));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

fn against_bulkhead(world: &World, failure: &str) -> Outcome {
    let ground = Ground::new(world);
    let Ground { under_attack, victims, .. } = &ground;
    let stage = world.namespace().guarded(Some(POLICY));
    let _both = [stage.also_guards(under_attack), stage.also_guards(victims)];
    if failure == "Ignore" {
        let change = json!([
            {"op": "replace", "path": "/webhooks/0/failurePolicy", "value": failure},
        ]);
        for namespace in [under_attack, victims] {
            let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
            let path = format!("{path}/{}", namespace.name);
            world.cluster.client.patch(&path, JSON, &change).object();
        }
    }
    let mut outcome = ground.attack(true);
    outcome.peak = stage.peak();
    outcome
}

fn against_noop(world: &World) -> Outcome {
    let ground = Ground::new(world);
    let noop = Noop::start();
    let _both = [noop.registered(&ground.under_attack), noop.registered(&ground.victims)];
    ground.attack(false)
}

/// Pairs of runs, the median of each.
fn others_wait_hardly_longer_than_before_a_noop(world: &World) {
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let noop = against_noop(world);
        let ours = against_bulkhead(world, "Fail");
        say(&format!("no-op: {noop}"));
        ours.check();
        ratios.push(ours.percentile(99).as_secs_f64() / noop.percentile(99).as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    say(&format!("p99 against that of the no-op: {:.2} (median of {ratios:.2?})", ratios[2]));
    assert!(ratios[2] <= 1.5, "{ratios:?}");
}
