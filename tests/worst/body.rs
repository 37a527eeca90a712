//! From choices to the text of a review of at most so many bytes.

use std::fmt::Write as _;

use crate::genes::Genome;

/// Every name that a runtime may know, and more than there are.
const NAMES: [&str; 12] = [
    "SYS_PTRACE",
    "KILL",
    "CAP_SYS_PTRACE",
    "SYS_ADMIN",
    "NET_RAW",
    "sys_ptrace",
    "CHOWN",
    "PERFMON",
    "NET_ADMIN",
    "SETUID",
    "ALL",
    "BPF",
];

/// The text of the review; the size is that of the genome or another one.
pub(crate) fn review(genome: &Genome, size: usize) -> String {
    let kind = genome.get("kind");
    let (group, version, resource, object, sub, operation) = match kind {
        "update" => ("", "v1", "pods", "Pod", "", "UPDATE"),
        "debug" => ("", "v1", "pods", "Pod", "ephemeralcontainers", "UPDATE"),
        "resize" => ("", "v1", "pods", "Pod", "resize", "UPDATE"),
        "deployment" => ("apps", "v1", "deployments", "Deployment", "", "CREATE"),
        "rollout" => ("apps", "v1", "deployments", "Deployment", "", "UPDATE"),
        "cronjob" => ("batch", "v1", "cronjobs", "CronJob", "", "CREATE"),
        "podtemplate" => ("", "v1", "podtemplates", "PodTemplate", "", "CREATE"),
        _ => ("", "v1", "pods", "Pod", "", "CREATE"),
    };
    let mut text = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u","kind":{{"group":"{group}","version":"{version}","kind":"{object}"}},"resource":{{"group":"{group}","version":"{version}","resource":"{resource}"}},"subResource":"{sub}","name":"p","namespace":"default","operation":"{operation}","userInfo":"#
    );
    let whole = size.saturating_sub(64);
    user(genome, &mut text, whole / 4);
    let has_old = operation == "UPDATE" && genome.get("old") != "none";
    let each = whole.saturating_sub(text.len()) / if has_old { 2 } else { 1 };
    text.push_str(r#","object":"#);
    let new = Object { genome, end: text.len() + each, is_old: false };
    new.write(&mut text);
    text.push_str(r#","oldObject":"#);
    if has_old {
        Object { genome, end: text.len() + each, is_old: true }.write(&mut text);
    } else {
        text.push_str("null");
    }
    text.push_str("}}");
    text
}

fn user(genome: &Genome, text: &mut String, room: usize) {
    let node = r#"{"username":"system:node:a","groups":["system:nodes"#;
    let user = r#"{"username":"dana","groups":["system:authenticated"#;
    text.push_str(if genome.get("requester") == "node" { node } else { user });
    let end = text.len() + room;
    for number in 0..genome.number("userGroups") {
        if text.len() > end {
            break;
        }
        let _ = write!(text, r#"","group-{number}"#);
    }
    text.push_str(r#""]}"#);
}

/// One of the two objects of a review, up to an end in the text.
struct Object<'g> {
    genome: &'g Genome,
    end: usize,
    is_old: bool,
}

impl Object<'_> {
    fn write(&self, text: &mut String) {
        let (before, after) = match self.genome.get("kind") {
            "deployment" | "rollout" => {
                (r#"{"kind":"Deployment","metadata":{"name":"p"},"spec":{"template":"#, "}}")
            }
            "cronjob" => (
                r#"{"kind":"CronJob","metadata":{"name":"p"},"spec":{"jobTemplate":{"spec":{"template":"#,
                "}}}}",
            ),
            "podtemplate" => (r#"{"kind":"PodTemplate","metadata":{"name":"p"},"template":"#, "}"),
            _ => ("", ""),
        };
        text.push_str(before);
        text.push_str(if before.is_empty() { r#"{"kind":"Pod","# } else { "{" });
        self.metadata(text);
        self.spec(text);
        self.filler(text);
        text.push('}');
        text.push_str(after);
    }

    /// Repeats a part, separated by commas, while there is room.
    fn list(&self, text: &mut String, count: usize, part: impl Fn(usize, &mut String)) {
        for number in 0..count {
            let before = text.len();
            if number > 0 {
                text.push(',');
            }
            part(number, text);
            if text.len() > self.end {
                text.truncate(before);
                break;
            }
        }
    }

    fn metadata(&self, text: &mut String) {
        text.push_str(r#""metadata":{"name":"p","labels":{"#);
        self.list(text, self.genome.number("labels"), |number, text| {
            let _ = write!(text, r#""label-{number}":"v""#);
        });
        text.push('}');
        if self.genome.get("requester") == "node" {
            text.push_str(r#","annotations":{"kubernetes.io/config.mirror":"h"}"#);
        }
        if self.genome.number("owners") > 0 {
            text.push_str(r#","ownerReferences":["#);
            self.list(text, self.genome.number("owners"), |_, text| text.push_str("{}"));
            text.push(']');
        }
        text.push('}');
    }

    fn spec(&self, text: &mut String) {
        text.push_str(r#","spec":{"securityContext":{"supplementalGroups":["#);
        self.list(text, self.genome.number("groups"), |number, text| {
            let _ = write!(text, "{number}");
        });
        text.push_str("]}");
        for (gene, field) in
            [("share", "shareProcessNamespace"), ("hostPID", "hostPID"), ("hostUsers", "hostUsers")]
        {
            let value = self.genome.get(gene);
            if value != "unset" {
                let _ = write!(text, r#","{field}":{value}"#);
            }
        }
        let os = self.genome.get("os");
        if ["linux", "windows"].contains(&os) {
            let _ = write!(text, r#","os":{{"name":"{os}"}}"#);
        }
        text.push_str(r#","nodeSelector":{"#);
        let selector = self.genome.number("selector");
        self.list(text, selector, |number, text| {
            let _ = write!(text, r#""node-{number}":"v""#);
        });
        if os == "selector" {
            let comma = if text.ends_with('{') { "" } else { "," };
            let _ = write!(text, r#"{comma}"kubernetes.io/os":"windows""#);
        }
        text.push('}');
        self.affinity(text);
        text.push_str(r#","volumes":["#);
        self.list(text, self.genome.number("volumes"), |number, text| {
            let _ = write!(text, r#"{{"name":"v{number}","nfs":{{}}}}"#);
        });
        text.push(']');
        self.containers(text);
        if self.genome.get("broken") == "end" {
            text.push_str(r#","initContainers":5"#);
        }
        text.push('}');
    }

    fn affinity(&self, text: &mut String) {
        let one = r#"{"key":"kubernetes.io/os","operator":"In","values":["windows"]}"#;
        text.push_str(
            r#","affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":["#,
        );
        self.list(text, self.genome.number("terms"), |_, text| {
            text.push_str(r#"{"matchExpressions":["#);
            self.list(text, self.genome.number("requirements"), |_, text| text.push_str(one));
            text.push_str("]}");
        });
        text.push_str("]}}}");
    }

    fn containers(&self, text: &mut String) {
        let old = if self.is_old { self.genome.get("old") } else { "" };
        let count = |gene: &str| {
            let count = self.genome.number(gene);
            match (old, gene) {
                ("bare", "ephemeral") => 0,
                ("half", _) if count < usize::MAX => count.div_ceil(2),
                _ => count,
            }
        };
        // The first ones cannot take the room of the last ones: those are the newest.
        text.push_str(r#","ephemeralContainers":["#);
        self.list(text, count("ephemeral"), |number, text| self.container(number, "e", text));
        text.push_str(r#"],"containers":["#);
        self.list(text, count("containers"), |number, text| self.container(number, "c", text));
        text.push_str(r#"],"initContainers":["#);
        let (init, sidecars) = (count("init"), count("sidecars"));
        self.list(text, init.saturating_add(sidecars), |number, text| {
            self.container(number, if number < sidecars { "s" } else { "i" }, text);
        });
        text.push(']');
    }

    fn container(&self, number: usize, list: &str, text: &mut String) {
        let form = self.genome.get("form");
        if form == "empty" {
            text.push_str("{}");
            return;
        }
        let _ = write!(text, r#"{{"name":"{}""#, self.name(number, list));
        if list == "s" {
            text.push_str(r#","restartPolicy":"Always""#);
        }
        if form == "full" {
            self.image(number, text);
            self.target(number, list, text);
            self.environment(text);
            self.security(number, text);
        }
        text.push('}');
    }

    fn name(&self, number: usize, list: &str) -> String {
        let number = if self.is_old && self.genome.get("old") == "others" {
            number + 1_000_000
        } else {
            number
        };
        let length = self.genome.number("length");
        let short = format!("{list}{number}");
        let missing = length.saturating_sub(short.len());
        match self.genome.get("names") {
            "prefixed" => "x".repeat(missing) + &short,
            "same" => list.repeat(length),
            "unicode" => short + &"\u{6f22}".repeat(missing / 3),
            "escaped" => short + &r"\u0041".repeat(missing),
            "control" => short + &r"\u0007".repeat(missing),
            "debugger" => format!("debugger-{}", letters(number)),
            _ => short + &"x".repeat(missing),
        }
    }

    fn image(&self, number: usize, text: &mut String) {
        let old = self.is_old && self.genome.get("old") == "images";
        let host = if old { "old" } else { "new" };
        let rest = match self.genome.get("image") {
            "none" => return,
            "long" => "a".repeat(1000),
            "own" => number.to_string(),
            "escaped" => r"\u0041".repeat(100),
            _ => "app".to_owned(),
        };
        let _ = write!(text, r#","image":"{host}/{rest}""#);
    }

    fn target(&self, number: usize, list: &str, text: &mut String) {
        let gene = self.genome.get("target");
        if list != "e" && gene != "all" {
            return;
        }
        let name = match gene {
            "none" => return,
            "own" => self.name(number, "c"),
            "chain" if number > 0 => self.name(number - 1, "e"),
            "missing" => self.name(number, "m"),
            _ => self.name(0, "c"),
        };
        let _ = write!(text, r#","targetContainerName":"{name}""#);
    }

    fn environment(&self, text: &mut String) {
        let (field, one) = match self.genome.get("env") {
            "none" => return,
            "secret" => ("env", r#"{"valueFrom":{"secretKeyRef":{}}}"#),
            "from" => ("envFrom", r#"{"secretRef":{}}"#),
            "escaped" => ("env", r#"{"name":"\u0041","value":"\u0041\u0041\u0041"}"#),
            _ => ("env", "{}"),
        };
        let _ = write!(text, r#","{field}":["#);
        self.list(text, self.genome.number("envs"), |_, text| text.push_str(one));
        text.push(']');
    }

    fn security(&self, number: usize, text: &mut String) {
        text.push_str(r#","securityContext":{"capabilities":{"add":["#);
        self.capabilities(number, ("add", self.genome.number("adds")), text);
        text.push_str(r#"],"drop":["#);
        self.capabilities(number + 3, ("drop", self.genome.number("drops")), text);
        text.push_str("]}");
        for (gene, field) in [
            ("privileged", "privileged"),
            ("nonRoot", "runAsNonRoot"),
            ("escalation", "allowPrivilegeEscalation"),
            ("user", "runAsUser"),
            ("group", "runAsGroup"),
        ] {
            let is_id = field.ends_with("User") || field.ends_with("Group");
            let value = match (self.genome.get(gene), is_id) {
                ("unset", _) => continue,
                ("half", false) => number.is_multiple_of(2).to_string(),
                ("half", true) => (1000 + number % 2).to_string(),
                ("root", _) => "0".to_owned(),
                ("own", _) => (1000 + number).to_string(),
                ("one", _) => "1000".to_owned(),
                (value, _) => value.to_owned(),
            };
            let _ = write!(text, r#","{field}":{value}"#);
        }
        text.push('}');
    }

    /// The names of one list: of `subset`, another one for each container.
    fn capabilities(&self, container: usize, (gene, count): (&str, usize), text: &mut String) {
        let set = self.genome.get(gene);
        if set == "none" {
            return;
        }
        self.list(text, count, |number, text| {
            let name = match set {
                "ptrace" => "SYS_PTRACE",
                "all" => "ALL",
                "mixed" => NAMES[number % NAMES.len()],
                "subset" => {
                    let shift = number % NAMES.len();
                    if container >> shift & 1 == 1 { NAMES[shift] } else { "AUDIT_READ" }
                }
                "long" => &"SYS_PTRACE_".repeat(90),
                _ => "NO_SUCH_THING",
            };
            let _ = write!(text, r#""{name}""#);
        });
    }

    fn filler(&self, text: &mut String) {
        let (open, one, close) = match self.genome.get("filler") {
            "text" => (r#""status":""#, "x", "\""),
            "escaped" => (r#""status":""#, r"\u0041\n", "\""),
            "lists" => (r#""status":["#, "[],", "[]]"),
            "objects" => (r#""status":["#, r#"{"a":{}},"#, "{}]"),
            "numbers" => (r#""status":["#, "1.7976931348623157e308,", "1]"),
            "keys" => (r#""status":{"#, r#""\u0041":1,"#, r#""b":2}"#),
            // As deep as it may be, again and again.
            "deep" => (r#""status":["#, DEEP, "[]]"),
            _ => return,
        };
        let room = self.end.saturating_sub(text.len() + open.len() + close.len() + 8);
        let _ = write!(text, ",{open}{}{close}", one.repeat(room / one.len()));
    }
}

const DEEP: &str = concat!(
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"
);

/// Five letters as kubectl draws them, another five for each number.
fn letters(mut number: usize) -> String {
    let all = b"bcdfghjklmnpqrstvwxz2456789";
    let mut letter = || {
        let drawn = all[number % all.len()];
        number /= all.len();
        char::from(drawn)
    };
    (0..5).map(|_| letter()).collect()
}
