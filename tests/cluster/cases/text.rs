//! Text as kubectl and the API server read it: `bulkhead check` reads the same values, gives the
//! same verdict, and says error where they refuse a text or a type.

use super::{Case, case};
use crate::setup::World;
use crate::setup::readers::agree;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case:
            truth_values_are_what_kubectl_takes_them_for,
            numbers_are_what_kubectl_takes_them_for,
            objects_are_what_kubectl_takes_them_for,
            documents_are_what_kubectl_takes_them_for;
    }
}

const TRUTH_VALUES: &str = "yes Yes YES y Y on On ON true True TRUE no No NO n N off Off OFF false \
    False FALSE ~ null Null NULL '' 'yes' \"true\" \"null\" yEs tRue nUll oN 1 0 ?true true#x !!bool \
    !!str !foo 2001-01-01 << [true] {true:true} \u{a0}true";

const LONGER_TRUTH_VALUES: &[&str] = &[
    "",
    "!!bool yes",
    "!!bool true",
    "!!bool \"yes\"",
    "!!bool maybe",
    "!!bool 1",
    "!!bool tRue",
    "!!bool\n    yes",
    "!!str yes",
    "!!int yes",
    "!!null \"\"",
    "!!binary dHJ1ZQ==",
    "!!timestamp 2001-01-01",
    "!foo true",
    "! true",
    "!<tag:yaml.org,2002:str> yes",
    "&a true",
    "&a yes",
    "&a !!bool yes",
    ">-\n    true",
    "|\n    true",
    "\n    true",
    "\n    # x\n    yes",
    "\ttrue\t# x",
    "true # x",
];

const NUMBERS: &str = "0777 0o777 0x1FF 0X1F 0x_1F 0x_1F_F 0b11 0B11 0b111111111 0O17 1_000 1000_ \
    1_ 1__0 1__000 0_7 0o_7 1e3 1E3 1e+3 1.0e+3 5.11e2 511.0 511. 1. 1.0 +5 +511 +0x10 -0 0 00 0x0 \
    0.0 010 01750 08 8 8.0 +8 .5e1 .5 5e-1 1.5 1e30 1e19 190:20:30 '5' \"5\" 2001-01-01 2147483647 \
    9223372036854775808 18446744073709551615 18446744073709551616 .nan .inf -.inf ~ null 0o8 0b2 \
    1_000a 0x o7 1.2.3 << 1e . + - _ _1 yes";

const LONGER_NUMBERS: &[&str] = &[
    "",
    "!!int 5",
    "!!int '5'",
    "!!int \"0x10\"",
    "!!str 5",
    "!!float 5",
    "&a 0x10",
    "5 # x",
    "5\n",
];

/// Numbers that no user can have. The API server reads them and then refuses the pod, by its own
/// validation; `check` has none and judges it.
const NO_USERS: &str = "-5 -05 -0x5 -5.0 -0b11 -0o7 9223372036854775807 2147483648 4e9 1e18";

fn truth_values_are_what_kubectl_takes_them_for(world: &World) {
    let written = TRUTH_VALUES.split(' ').chain(LONGER_TRUTH_VALUES.iter().copied());
    let texts = written.flat_map(|written| {
        ["shareProcessNamespace", "hostPID"].map(|field| pod(0, &format!("  {field}: {written}\n")))
    });
    agree(world, texts.collect(), &[]);
}

fn numbers_are_what_kubectl_takes_them_for(world: &World) {
    let text = |written: &str| {
        let text = pod(0, &format!("  securityContext:\n    runAsUser: {written}\n"));
        // It is root or not, and so its SYS_PTRACE is effective or latent.
        let traces = "image: i, securityContext: {capabilities: {add: [SYS_PTRACE]}}";
        text.replacen("image: i", traces, 1)
    };
    let no_users: Vec<_> = NO_USERS.split(' ').map(text).collect();
    let texts = NUMBERS.split(' ').chain(LONGER_NUMBERS.iter().copied()).map(text);
    agree(world, texts.chain(no_users.clone()).collect(), &no_users);
}

/// A pod by its place in a text, and the end of its spec.
fn pod(place: usize, end: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: TEXT-{place}\nspec:\n  containers:\n  \
        - {{name: a, image: i}}\n  - {{name: b, image: i}}\n{end}"
    )
}

const SHARES: &str = "  shareProcessNamespace: true\n";

fn json_pod(place: usize, shares: &str) -> String {
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"TEXT-{place}\"}},\
        \"spec\":{{\"shareProcessNamespace\":{shares},\
        \"containers\":[{{\"name\":\"a\",\"image\":\"i\"}},{{\"name\":\"b\",\"image\":\"i\"}}]}}}}"
    )
}

/// The ends of specs: keys that stand twice, merge keys, aliases, forms of a key.
const ENDS: &[&str] = &[
    "  shareProcessNamespace: true\n  shareProcessNamespace: false\n",
    "  shareProcessNamespace: false\n  shareProcessNamespace: true\n",
    "  shareProcessNamespace: true\n  \"shareProcessNamespace\": false\n",
    "  shareProcessNamespace: true\n  \"share\\x50rocessNamespace\": false\n",
    "  shareProcessNamespace: true\n  shareProcessNamespace:\n",
    "  hostPID: true\n  hostPID: off\n",
    "  hostPID: no\n  hostPID: on\n",
    "  <<: {shareProcessNamespace: true, hostIPC: true}\n  shareProcessNamespace: false\n",
    "  shareProcessNamespace: false\n  <<: {shareProcessNamespace: true}\n",
    "  shareProcessNamespace: true\n  <<: {shareProcessNamespace: null}\n",
    "  <<: [{shareProcessNamespace: true}, {shareProcessNamespace: false, hostIPC: true}]\n",
    "  hostPID: false\n  <<: [{hostPID: true}, {hostPID: false}]\n",
    "  <<:\n  - hostPID: false\n  - hostPID: true\n",
    "  <<: {shareProcessNamespace: true}\n  <<: {shareProcessNamespace: false}\n",
    "  <<: {shareProcessNamespace: false}\n  <<: {shareProcessNamespace: true}\n",
    "  <<: {<<: {shareProcessNamespace: true}, hostIPC: true}\n",
    "  !!merge <<: {shareProcessNamespace: true}\n",
    "  <<: true\n",
    "  <<: null\n",
    "  hostIPC: &t true\n  shareProcessNamespace: *t\n",
    "  hostIPC: &t yes\n  shareProcessNamespace: *t\n",
    "  hostname: &t 'yes'\n  shareProcessNamespace: *t\n",
    "  hostIPC: &t false\n  hostNetwork: &t true\n  shareProcessNamespace: *t\n",
    "  shareProcessNamespace: *unknown\n",
    "  schedulerName: &k shareProcessNamespace\n  *k : true\n",
    "  \"shareProcessNamespace\": true\n",
    "  \"share\\u0050rocessNamespace\": true\n",
    "  \"share\\x50rocess\\\n    Namespace\": true\n",
    "  ? shareProcessNamespace\n  : true\n",
    "  !!str shareProcessNamespace: true\n",
    "  !x shareProcessNamespace: true\n",
    "  &k shareProcessNamespace: true\n",
    "  shareProcessNamespace : true\n",
    "  ~: true\n",
    "\tshareProcessNamespace: true\n",
    "  hostname: \"a\u{7}\"\n",
    "  containers: {}\n",
    "spec: {containers: [{name: a, image: i}], shareProcessNamespace: true}\n",
    "spec: text\n",
    "kind: Pod\n",
];

fn objects_are_what_kubectl_takes_them_for(world: &World) {
    let shares = &pod(0, SHARES);
    let json = json_pod(0, "true");
    let mut texts: Vec<_> = ENDS.iter().map(|end| pod(0, end)).collect();
    texts.extend([
        shares.replace('\n', "\r\n"),
        shares.replace('\n', "\r"),
        format!("\u{feff}{shares}"),
        format!("{shares}\0"),
        shares.replace("apiVersion: v1\n", ""),
        shares.replace("  name:", "  labels: {yes: a, 1: b, 0x2: c, \"true\": d}\n  name:"),
        "{apiVersion: v1, kind: Pod, metadata: {name: TEXT-0}, spec: \
            {shareProcessNamespace: yes, containers: [{name: a, image: i}]}}\n"
            .to_owned(),
        json.clone(),
        format!("\u{feff}{json}"),
        format!("\n \t\n{json}"),
        format!("# YAML\n{json}"),
        json.replace(':', ":\t").replace(',', ",\n\t"),
        json.replace("shareProcess", "\\u0073hareProcess").replace("\"i\"", "\"\\u0069\\/i\""),
        json.replace("\"spec\"", "\"spec\":{},\"spec\""),
        json.replace("\"containers\"", "\"shareProcessNamespace\":false,\"containers\""),
        json.replace("\"containers\"", "\"securityContext\":{\"runAsUser\":1e3},\"containers\""),
        json.replace("\"containers\"", "/* JSON has none */\"containers\""),
        json.replace('"', "'"),
        format!("{},}}", json.strip_suffix('}').unwrap()),
    ]);
    texts.extend(["yes", "True", "null", "\"true\"", "1"].map(|shares| json_pod(0, shares)));
    let both = format!("{json},{}", json_pod(1, "false"));
    let list = |kind: &str, items: &str| {
        format!("{{\"apiVersion\":\"v1\",\"kind\":\"{kind}\",\"items\":[{items}]}}")
    };
    let without_kind = both.replace("\"apiVersion\":\"v1\",\"kind\":\"Pod\",", "");
    texts.extend([list("List", &both), list("PodList", &both), list("PodList", &without_kind)]);
    agree(world, texts, &[]);
}

fn documents_are_what_kubectl_takes_them_for(world: &World) {
    let (first, second) = (&pod(0, SHARES), &pod(1, "  hostPID: false\n"));
    let (json, more) = (&json_pod(0, "true"), &json_pod(1, "false"));
    let separators = [
        "---\n",
        "--- # x\n",
        "---\r\n",
        "---   \n",
        "---\t\n",
        "---x\n",
        "--- x\n",
        "----\n",
        "--- {a: b}\n",
        "--- !!map\n",
        "---\r",
        " ---\n",
        "---\n---\n# nothing\n---\n\n---\n",
        "...\n---\n",
        "... # x\n---\n",
        "...\n...\n---\n",
        "...\n---x\n",
        "---\n\u{feff}",
    ];
    let mut texts: Vec<_> =
        separators.iter().map(|between| format!("{first}{between}{second}")).collect();
    texts.extend(
        ["---\n", "--- # x\n", "\u{feff}---\n", "%YAML 1.1\n---\n", "--- "]
            .map(|before| format!("{before}{first}")),
    );
    texts.extend(
        ["---", "---\n", "...\n", "...\n# x\n", "...\n...\n"]
            .map(|after| format!("{first}{after}")),
    );
    texts.extend([
        String::new(),
        "# nothing\n".to_owned(),
        format!("{first}---\n{second}").replace('\n', "\r\n"),
        first.replace("  name:", "  annotations:\n    a: |\n      x\n      ---\n      y\n  name:"),
        format!("{first}  hostname: \"a\n---\nb\"\n"),
        format!("{json}{more}\n{}", json_pod(2, "true")),
        format!("{json}\n---\n{more}"),
        format!("{json}\n---\n{second}"),
        format!("{json}\n{second}"),
        format!("{first}---\n{more}"),
        format!("{first}---\n{more}\n---\n{}", json_pod(2, "true")),
        format!("{json}\n}}"),
        format!("--- {json}\n"),
    ]);
    agree(world, texts, &[]);
}
