//! One row for each way to write a place that changes.

use super::{edit, operations};

/// What it is, the text, the operations, the text that is expected.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Operations that rows name.
const SHORT: &[(&str, &str)] = &[
    ("share", "add /spec/shareProcessNamespace false"),
    ("groups", "add /spec/securityContext/supplementalGroupsPolicy \"Strict\""),
    ("context", "add /spec/securityContext {\"supplementalGroupsPolicy\": \"Strict\"}"),
    ("drop", "add /c/drop [\"SYS_PTRACE\"]"),
];

fn check(rows: &[Row]) {
    let mut wrong = Vec::new();
    for (name, text, lines, expected) in rows {
        let long = |line| SHORT.iter().find(|(short, _)| *short == line).map_or(line, |it| it.1);
        let lines: Vec<_> = lines.lines().map(long).collect();
        let found = edit(text, &operations(&lines.join("\n")));
        if found.as_deref() != Some(*expected) {
            let found = found.unwrap_or_else(|| "nothing".to_owned());
            wrong.push(format!("== {name}\n{found:?}\ninstead of\n{expected:?}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_are_replaced_where_they_stand() {
    check(VALUES_ARE_REPLACED_WHERE_THEY_STAND);
}

#[test]
fn members_are_put_among_scalars() {
    check(MEMBERS_ARE_PUT_AMONG_SCALARS);
}

#[test]
fn json_stays_json() {
    check(JSON_STAYS_JSON);
}

#[test]
fn lists_with_dashes() {
    check(LISTS_WITH_DASHES);
}

#[test]
fn lists_in_brackets() {
    check(LISTS_IN_BRACKETS);
}

const VALUES_ARE_REPLACED_WHERE_THEY_STAND: &[Row] = &[
    (
        "plain",
        "spec:\n  shareProcessNamespace: true # why\n  a: 1\n",
        "share",
        "spec:\n  shareProcessNamespace: false # why\n  a: 1\n",
    ),
    (
        "nothing to do",
        "spec: {shareProcessNamespace:   false}",
        "share",
        "spec: {shareProcessNamespace:   false}",
    ),
    (
        "quotes",
        "spec:\n  securityContext:\n    supplementalGroupsPolicy: \"Merge\"\n",
        "groups",
        "spec:\n  securityContext:\n    supplementalGroupsPolicy: \"Strict\"\n",
    ),
    (
        "single quotes",
        "spec: {securityContext: {supplementalGroupsPolicy: 'Merge', a: 1}}\n",
        "groups",
        "spec: {securityContext: {supplementalGroupsPolicy: 'Strict', a: 1}}\n",
    ),
    (
        "a number becomes text as its neighbours",
        "spec:\n  securityContext:\n    a: \"x\"\n    supplementalGroupsPolicy: 1\n",
        "groups",
        "spec:\n  securityContext:\n    a: \"x\"\n    supplementalGroupsPolicy: \"Strict\"\n",
    ),
    (
        "null, written",
        "spec:\n  shareProcessNamespace: ~ # c\n",
        "share",
        "spec:\n  shareProcessNamespace: false # c\n",
    ),
    (
        "null, left out",
        "spec:\n  shareProcessNamespace: # c\n  a: 1\n",
        "share",
        "spec:\n  shareProcessNamespace: false # c\n  a: 1\n",
    ),
    (
        "null in braces",
        "spec: {shareProcessNamespace: , a: 1}\n",
        "share",
        "spec: {shareProcessNamespace: false , a: 1}\n",
    ),
    (
        "a key alone",
        "spec: {shareProcessNamespace, a: 1}\n",
        "share",
        "spec: {shareProcessNamespace: false, a: 1}\n",
    ),
    (
        "a tag goes",
        "spec:\n  shareProcessNamespace: !!str true\n",
        "share",
        "spec:\n  shareProcessNamespace: false\n",
    ),
    (
        "an alias is replaced, not what it names",
        "a: &x true\nspec:\n  shareProcessNamespace: *x\n",
        "share",
        "a: &x true\nspec:\n  shareProcessNamespace: false\n",
    ),
    (
        "the last of two counts",
        "spec:\n  shareProcessNamespace: true\n  shareProcessNamespace: true\n",
        "share",
        "spec:\n  shareProcessNamespace: true\n  shareProcessNamespace: false\n",
    ),
    (
        "a merged scalar is overridden",
        "x: &x\n  shareProcessNamespace: true\nspec:\n  <<: *x\n  containers:\n  - name: a\n",
        "share",
        "x: &x\n  shareProcessNamespace: true\nspec:\n  <<: *x\n  shareProcessNamespace: false\n  containers:\n  - name: a\n",
    ),
    (
        "an unused anchor stays",
        "spec:\n  shareProcessNamespace: &x true\n",
        "share",
        "spec:\n  shareProcessNamespace: &x false\n",
    ),
    (
        "an explicit key",
        "? spec\n: shareProcessNamespace: true\n",
        "share",
        "? spec\n: shareProcessNamespace: false\n",
    ),
    (
        "CRLF, no end of line, other letters",
        "a: é😀\r\nspec:\r\n  shareProcessNamespace: true",
        "share",
        "a: é😀\r\nspec:\r\n  shareProcessNamespace: false",
    ),
    (
        "a mark of byte order",
        "\u{feff}spec: {shareProcessNamespace: true}\n",
        "share",
        "\u{feff}spec: {shareProcessNamespace: false}\n",
    ),
];

const MEMBERS_ARE_PUT_AMONG_SCALARS: &[Row] = &[
    (
        "behind the last scalar",
        "spec:\n  restartPolicy: Always # c\n  # the containers\n  containers:\n  - name: a\n",
        "share",
        "spec:\n  restartPolicy: Always # c\n  shareProcessNamespace: false\n  # the containers\n  containers:\n  - name: a\n",
    ),
    (
        "at the end, if that is scalar",
        "spec:\n  containers:\n  - name: a\n  hostname: x",
        "share",
        "spec:\n  containers:\n  - name: a\n  hostname: x\n  shareProcessNamespace: false",
    ),
    (
        "first, where there is none",
        "spec: # c\n    # the containers\n    containers:\n    - name: a\n",
        "share",
        "spec: # c\n    shareProcessNamespace: false\n    # the containers\n    containers:\n    - name: a\n",
    ),
    (
        "two at once",
        "spec:\n    nodeName: a\n    containers:\n      - name: a\n",
        "share\ncontext",
        "spec:\n    nodeName: a\n    securityContext:\n        supplementalGroupsPolicy: Strict\n    shareProcessNamespace: false\n    containers:\n      - name: a\n",
    ),
    (
        "indented as elsewhere",
        "metadata:\n   name: é\nspec:\n   nodeName: b\n",
        "context",
        "metadata:\n   name: é\nspec:\n   nodeName: b\n   securityContext:\n      supplementalGroupsPolicy: Strict\n",
    ),
    (
        "into an object of scalars",
        "spec:\n  securityContext:\n    fsGroup: 1 # c\n    # end\n  a: 1\n",
        "groups",
        "spec:\n  securityContext:\n    fsGroup: 1 # c\n    supplementalGroupsPolicy: Strict\n    # end\n  a: 1\n",
    ),
    (
        "CRLF",
        "spec:\r\n  nodeName: a # c\r\n  containers: []\r\n",
        "context",
        "spec:\r\n  nodeName: a # c\r\n  containers: []\r\n  securityContext:\r\n    supplementalGroupsPolicy: Strict\r\n",
    ),
    (
        "no end of line, CRLF",
        "a: 1\r\nspec:\r\n  nodeName: a",
        "share",
        "a: 1\r\nspec:\r\n  nodeName: a\r\n  shareProcessNamespace: false",
    ),
    (
        "null, left out",
        "spec:\n  securityContext: # c\n  a: 1\n",
        "context",
        "spec:\n  securityContext: # c\n    supplementalGroupsPolicy: Strict\n  a: 1\n",
    ),
    (
        "null, written",
        "spec:\n  securityContext: ~\n  a: 1",
        "context",
        "spec:\n  securityContext:\n    supplementalGroupsPolicy: Strict\n  a: 1",
    ),
    (
        "null at the end of the text",
        "spec:\n  securityContext:",
        "context",
        "spec:\n  securityContext:\n    supplementalGroupsPolicy: Strict",
    ),
    (
        "null and a new member at the end",
        "spec:\n  securityContext: null",
        "share\ncontext",
        "spec:\n  securityContext:\n    supplementalGroupsPolicy: Strict\n  shareProcessNamespace: false",
    ),
    (
        "empty braces",
        "spec:\n  securityContext: {} # c\n",
        "groups",
        "spec:\n  securityContext: {supplementalGroupsPolicy: Strict} # c\n",
    ),
    (
        "behind text of many lines",
        "spec:\n  a: |\n    x\n\n    y\n  b:\n  - c: 1\n",
        "share",
        "spec:\n  a: |\n    x\n\n    y\n  shareProcessNamespace: false\n  b:\n  - c: 1\n",
    ),
    (
        "in an element, behind its dash",
        "- spec:\n    a: 1\n  z:\n  - b: 1\n",
        "add /0/x 1",
        "- spec:\n    a: 1\n  z:\n  - b: 1\n  x: 1\n",
    ),
    (
        "in an element, below its dash",
        "-\n  spec:\n    a: 1\n",
        "add /0/x 1",
        "-\n  x: 1\n  spec:\n    a: 1\n",
    ),
    (
        "quoted keys and texts",
        "\"spec\":\n  \"a\": \"b\"\n",
        "context",
        "\"spec\":\n  \"a\": \"b\"\n  \"securityContext\":\n    \"supplementalGroupsPolicy\": \"Strict\"\n",
    ),
    (
        "text that needs quotes",
        "spec:\n  a: b\n",
        "add /spec/c \"yes\"\nadd /spec/d \"a: b\"",
        "spec:\n  a: b\n  c: \"yes\"\n  d: \"a: b\"\n",
    ),
    (
        "braces on one line",
        "spec: {nodeName: a, containers: [{name: b}]}\n",
        "share",
        "spec: {nodeName: a, containers: [{name: b}], shareProcessNamespace: false}\n",
    ),
    (
        "braces, the objects behind",
        "spec: {nodeName: a, containers: [\n  {name: b}]}\n",
        "share",
        "spec: {nodeName: a, shareProcessNamespace: false, containers: [\n  {name: b}]}\n",
    ),
    (
        "braces on lines, comments",
        "spec: {\n  a: 1, # c\n  b: 2 # d\n  # e\n}\n",
        "share\ncontext",
        "spec: {\n  a: 1, # c\n  b: 2, # d\n  securityContext: {\n    supplementalGroupsPolicy: Strict\n  },\n  shareProcessNamespace: false\n  # e\n}\n",
    ),
    (
        "a comma at the end",
        "spec: {\n  a: 1, # c\n}\n",
        "share",
        "spec: {\n  a: 1, # c\n  shareProcessNamespace: false,\n}\n",
    ),
    (
        "braces on lines, first",
        "spec: { # c\n  # d\n  containers: [\n    {name: a}\n  ]\n}\n",
        "share",
        "spec: { # c\n  shareProcessNamespace: false,\n  # d\n  containers: [\n    {name: a}\n  ]\n}\n",
    ),
];

const JSON_STAYS_JSON: &[Row] = &[
    (
        "two spaces",
        "{\n  \"spec\": {\n    \"nodeName\": \"a\",\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
        "share\ncontext",
        "{\n  \"spec\": {\n    \"nodeName\": \"a\",\n    \"securityContext\": {\n      \"supplementalGroupsPolicy\": \"Strict\"\n    },\n    \"shareProcessNamespace\": false,\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
    ),
    (
        "tabs",
        "{\n\t\"spec\": {\n\t\t\"a\": 1\n\t}\n}",
        "context",
        "{\n\t\"spec\": {\n\t\t\"a\": 1,\n\t\t\"securityContext\": {\n\t\t\t\"supplementalGroupsPolicy\": \"Strict\"\n\t\t}\n\t}\n}",
    ),
    (
        "compact",
        "{\"spec\":{\"a\":1,\"b\":[1,2]}}",
        "share\ncontext",
        "{\"spec\":{\"a\":1,\"b\":[1,2],\"securityContext\":{\"supplementalGroupsPolicy\":\"Strict\"},\"shareProcessNamespace\":false}}",
    ),
    (
        "empty braces on lines",
        "{\n    \"spec\": {\n        \"securityContext\": {}\n    }\n}\n",
        "groups",
        "{\n    \"spec\": {\n        \"securityContext\": {\n            \"supplementalGroupsPolicy\": \"Strict\"\n        }\n    }\n}\n",
    ),
    (
        "empty braces, compact",
        "{\"spec\":{\"securityContext\":{}}}",
        "groups",
        "{\"spec\":{\"securityContext\":{\"supplementalGroupsPolicy\":\"Strict\"}}}",
    ),
    (
        "null",
        "{\r\n  \"spec\": {\r\n    \"securityContext\": null\r\n  }\r\n}\r\n",
        "context",
        "{\r\n  \"spec\": {\r\n    \"securityContext\": {\r\n      \"supplementalGroupsPolicy\": \"Strict\"\r\n    }\r\n  }\r\n}\r\n",
    ),
    (
        "first",
        "{\n  \"spec\": {\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
        "share",
        "{\n  \"spec\": {\n    \"shareProcessNamespace\": false,\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
    ),
    (
        "lists on lines",
        "{\n  \"c\": {\n    \"add\": [\n      \"A\",\n      \"SYS_PTRACE\"\n    ],\n    \"drop\": [\n      \"B\"\n    ]\n  }\n}\n",
        "remove /c/add/1\nadd /c/drop/1 \"SYS_PTRACE\"",
        "{\n  \"c\": {\n    \"add\": [\n      \"A\"\n    ],\n    \"drop\": [\n      \"B\",\n      \"SYS_PTRACE\"\n    ]\n  }\n}\n",
    ),
    (
        "lists on one line",
        "{\n  \"c\": {\n    \"add\": [\"A\", \"SYS_PTRACE\"]\n  }\n}\n",
        "remove /c/add/0\ndrop",
        "{\n  \"c\": {\n    \"add\": [\"SYS_PTRACE\"],\n    \"drop\": [\"SYS_PTRACE\"]\n  }\n}\n",
    ),
    (
        "a list on lines, emptied",
        "{\n  \"c\": {\n    \"add\": [\n      \"A\"\n    ]\n  }\n}\n",
        "remove /c/add/0\ndrop",
        "{\n  \"c\": {\n    \"add\": [],\n    \"drop\": [\n      \"SYS_PTRACE\"\n    ]\n  }\n}\n",
    ),
    (
        "an empty list",
        "{\n  \"c\": {\n    \"add\": [\"A\"],\n    \"drop\": []\n  }\n}\n",
        "drop",
        "{\n  \"c\": {\n    \"add\": [\"A\"],\n    \"drop\": [\"SYS_PTRACE\"]\n  }\n}\n",
    ),
    (
        "a list, compact",
        "{\"c\":{\"add\":[\"A\",\"B\",\"C\"]}}",
        "remove /c/add/1\ndrop",
        "{\"c\":{\"add\":[\"A\",\"C\"],\"drop\":[\"SYS_PTRACE\"]}}",
    ),
];

const LISTS_WITH_DASHES: &[Row] = &[
    (
        "comments of the line go, others stay",
        "c:\n  # why\n  add: # list\n    # first\n    - A # a\n    # second\n    - B # b\n    # end\n  x: 1\n",
        "remove /c/add/1",
        "c:\n  # why\n  add: # list\n    # first\n    - A # a\n    # second\n    # end\n  x: 1\n",
    ),
    ("the first", "c:\n  add:\n  - A # a\n  - B\n", "remove /c/add/0", "c:\n  add:\n  - B\n"),
    (
        "all",
        "c:\n  add: # list\n  # first\n  - A # a\n  - \"B\"\n  drop:\n  - C\n",
        "remove /c/add/1\nremove /c/add/0",
        "c:\n  add: [] # list\n  # first\n  drop:\n  - C\n",
    ),
    (
        "all, at the end of the text",
        "c:\n  add:\n    - A\n    - B",
        "remove /c/add/1\nremove /c/add/0\ndrop",
        "c:\n  add: []\n  drop:\n    - SYS_PTRACE",
    ),
    ("all, with a tag", "c:\n  add: !!seq\n  - A\n", "remove /c/add/0", "c:\n  add: !!seq []\n"),
    (
        "set anew",
        "c:\n  add:\n  - A\n  - B # b\n  - C\n",
        "add /c/add [\"A\", \"C\"]",
        "c:\n  add:\n  - A\n  - C\n",
    ),
    (
        "the last, at the end of the text",
        "c:\n  add:\n    - A\n    - B",
        "remove /c/add/1",
        "c:\n  add:\n    - A",
    ),
    (
        "an element of many lines",
        "c:\n  add:\n  -\n    A\n  - >-\n    B\n  - C\n",
        "remove /c/add/1\nremove /c/add/0",
        "c:\n  add:\n  - C\n",
    ),
    (
        "appended as the others",
        "c:\n  drop:\n  -   \"A\" # a\n  # end\n  add: []\n",
        "add /c/drop/1 \"SYS_PTRACE\"",
        "c:\n  drop:\n  -   \"A\" # a\n  -   \"SYS_PTRACE\"\n  # end\n  add: []\n",
    ),
    (
        "appended at the end of the text",
        "c:\r\n  drop:\r\n    - A",
        "add /c/drop/1 \"SYS_PTRACE\"",
        "c:\r\n  drop:\r\n    - A\r\n    - SYS_PTRACE",
    ),
    (
        "a new list beside one",
        "c:\n  add:\n    - A\n    - B # b\nd: 1\n",
        "remove /c/add/1\ndrop",
        "c:\n  add:\n    - A\n  drop:\n    - SYS_PTRACE\nd: 1\n",
    ),
    (
        "a new list as elsewhere",
        "l:\n- 1\nc:\n  a: 1\n",
        "drop",
        "l:\n- 1\nc:\n  a: 1\n  drop:\n  - SYS_PTRACE\n",
    ),
    (
        "a new list where there is none",
        "c:\n  a: 1\n",
        "drop",
        "c:\n  a: 1\n  drop:\n    - SYS_PTRACE\n",
    ),
    (
        "null",
        "c:\n  add:\n  - A\n  drop:\n",
        "drop",
        "c:\n  add:\n  - A\n  drop:\n  - SYS_PTRACE\n",
    ),
    ("empty brackets", "c:\n  drop: [ ]\n", "drop", "c:\n  drop: [SYS_PTRACE]\n"),
    (
        "beside brackets",
        "c:\n  add: ['A'] # a\n",
        "drop",
        "c:\n  add: ['A'] # a\n  drop: ['SYS_PTRACE']\n",
    ),
    (
        "null beside brackets",
        "c:\n  add: [A]\n  drop: # d\n",
        "drop",
        "c:\n  add: [A]\n  drop: [SYS_PTRACE] # d\n",
    ),
    (
        "removed and appended",
        "c:\n  add:\n  - A\n  - B\n  drop:\n  - C\n",
        "remove /c/add/0\nadd /c/drop/1 \"SYS_PTRACE\"",
        "c:\n  add:\n  - B\n  drop:\n  - C\n  - SYS_PTRACE\n",
    ),
];

const LISTS_IN_BRACKETS: &[Row] = &[
    ("the first", "a: [A, B, C] # c\n", "remove /a/0", "a: [B, C] # c\n"),
    ("the middle", "a: [ A, B, C ]\n", "remove /a/1", "a: [ A, C ]\n"),
    ("the last", "a: [ A, B, C ]\n", "remove /a/2", "a: [ A, B ]\n"),
    ("the last two", "a: [A, B, C]\n", "remove /a/2\nremove /a/1", "a: [A]\n"),
    ("the first and the last", "a: [A,B,C]\n", "remove /a/2\nremove /a/0", "a: [B]\n"),
    ("all", "a: [ A, 'B' ]\n", "remove /a/1\nremove /a/0", "a: []\n"),
    ("a comma at the end", "a: [A, B,]\n", "remove /a/1", "a: [A,]\n"),
    (
        "on lines",
        "a: [\n  A, # a\n  # own\n  B, # b\n  C # c\n  # end\n]\n",
        "remove /a/2\nremove /a/1",
        "a: [\n  A # a\n  # own\n  # end\n]\n",
    ),
    ("on lines, all", "a: [\n  # own\n  A # a\n]\n", "remove /a/0", "a: [\n  # own\n]\n"),
    ("on two lines", "a: [A, B,\n    C]\n", "remove /a/2", "a: [A, B]\n"),
    (
        "on two lines, the first of the second",
        "a: [A,\n    B, C]\n",
        "remove /a/1",
        "a: [A,\n    C]\n",
    ),
    (
        "on two lines, the last of the first",
        "a: [A, B, # c\n    C]\n",
        "remove /a/1",
        "a: [A, # c\n    C]\n",
    ),
    (
        "on lines, a comment among what goes",
        "a: [A,\n  B, # b\n  C,\n  D]\n",
        "remove /a/3\nremove /a/2\nremove /a/1",
        "a: [A\n]\n",
    ),
    (
        "appended",
        "a: [ A, \"B\" ] # c\n",
        "add /a/2 \"SYS_PTRACE\"",
        "a: [ A, \"B\", SYS_PTRACE ] # c\n",
    ),
    (
        "appended on lines",
        "a: [\n    A, # a\n    B # b\n  ]\n",
        "add /a/2 \"X\"",
        "a: [\n    A, # a\n    B, # b\n    X\n  ]\n",
    ),
    ("appended to two lines", "a: [A,\n    B]\n", "add /a/2 \"X\"", "a: [A,\n    B,\n    X]\n"),
    ("appended behind a comma", "a: [A,]\n", "add /a/1 \"X\"", "a: [A, X,]\n"),
    (
        "an object in brackets",
        "a: [{n: 1}, {n: 2}]\n",
        "add /a/1/s true",
        "a: [{n: 1}, {n: 2, s: true}]\n",
    ),
];
