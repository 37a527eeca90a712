//! One row for each way to write a place that changes.

use super::{edit, operations};

const SHARE: &str = "add /spec/shareProcessNamespace false";
const GROUPS: &str = "add /spec/securityContext/supplementalGroupsPolicy \"Strict\"";
const CONTEXT: &str = "add /spec/securityContext {\"supplementalGroupsPolicy\": \"Strict\"}";
const DROP: &str = "add /c/drop [\"SYS_PTRACE\"]";

/// What it is, the text, the operations, the text that is expected.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

fn check(rows: &[Row<'_>]) {
    let mut wrong = Vec::new();
    for (name, text, lines, expected) in rows {
        let found = edit(text, &operations(lines));
        if found.as_deref() != Some(*expected) {
            let found = found.unwrap_or_else(|| "nothing".to_owned());
            wrong.push(format!("== {name}\n{found:?}\ninstead of\n{expected:?}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_are_replaced_where_they_stand() {
    check(&[
        (
            "plain",
            "spec:\n  shareProcessNamespace: true # why\n  a: 1\n",
            SHARE,
            "spec:\n  shareProcessNamespace: false # why\n  a: 1\n",
        ),
        (
            "nothing to do",
            "spec: {shareProcessNamespace:   false}",
            SHARE,
            "spec: {shareProcessNamespace:   false}",
        ),
        (
            "quotes",
            "spec:\n  securityContext:\n    supplementalGroupsPolicy: \"Merge\"\n",
            GROUPS,
            "spec:\n  securityContext:\n    supplementalGroupsPolicy: \"Strict\"\n",
        ),
        (
            "single quotes",
            "spec: {securityContext: {supplementalGroupsPolicy: 'Merge', a: 1}}\n",
            GROUPS,
            "spec: {securityContext: {supplementalGroupsPolicy: 'Strict', a: 1}}\n",
        ),
        (
            "a number becomes text as its neighbours",
            "spec:\n  securityContext:\n    a: \"x\"\n    supplementalGroupsPolicy: 1\n",
            GROUPS,
            "spec:\n  securityContext:\n    a: \"x\"\n    supplementalGroupsPolicy: \"Strict\"\n",
        ),
        (
            "null, written",
            "spec:\n  shareProcessNamespace: ~ # c\n",
            SHARE,
            "spec:\n  shareProcessNamespace: false # c\n",
        ),
        (
            "null, left out",
            "spec:\n  shareProcessNamespace: # c\n  a: 1\n",
            SHARE,
            "spec:\n  shareProcessNamespace: false # c\n  a: 1\n",
        ),
        (
            "null in braces",
            "spec: {shareProcessNamespace: , a: 1}\n",
            SHARE,
            "spec: {shareProcessNamespace: false , a: 1}\n",
        ),
        (
            "a key alone",
            "spec: {shareProcessNamespace, a: 1}\n",
            SHARE,
            "spec: {shareProcessNamespace: false, a: 1}\n",
        ),
        (
            "a tag goes",
            "spec:\n  shareProcessNamespace: !!str true\n",
            SHARE,
            "spec:\n  shareProcessNamespace: false\n",
        ),
        (
            "an alias is replaced, not what it names",
            "a: &x true\nspec:\n  shareProcessNamespace: *x\n",
            SHARE,
            "a: &x true\nspec:\n  shareProcessNamespace: false\n",
        ),
        (
            "the last of two counts",
            "spec:\n  shareProcessNamespace: true\n  shareProcessNamespace: true\n",
            SHARE,
            "spec:\n  shareProcessNamespace: true\n  shareProcessNamespace: false\n",
        ),
        (
            "a merged scalar is overridden",
            "x: &x\n  shareProcessNamespace: true\nspec:\n  <<: *x\n  containers:\n  - name: a\n",
            SHARE,
            "x: &x\n  shareProcessNamespace: true\nspec:\n  <<: *x\n  shareProcessNamespace: false\n  containers:\n  - name: a\n",
        ),
        (
            "an unused anchor stays",
            "spec:\n  shareProcessNamespace: &x true\n",
            SHARE,
            "spec:\n  shareProcessNamespace: &x false\n",
        ),
        (
            "an explicit key",
            "? spec\n: shareProcessNamespace: true\n",
            SHARE,
            "? spec\n: shareProcessNamespace: false\n",
        ),
        (
            "CRLF, no end of line, other letters",
            "a: é😀\r\nspec:\r\n  shareProcessNamespace: true",
            SHARE,
            "a: é😀\r\nspec:\r\n  shareProcessNamespace: false",
        ),
        (
            "a mark of byte order",
            "\u{feff}spec: {shareProcessNamespace: true}\n",
            SHARE,
            "\u{feff}spec: {shareProcessNamespace: false}\n",
        ),
    ]);
}

#[test]
fn members_are_put_among_scalars() {
    check(&[
        (
            "behind the last scalar",
            "spec:\n  restartPolicy: Always # c\n  # the containers\n  containers:\n  - name: a\n",
            SHARE,
            "spec:\n  restartPolicy: Always # c\n  shareProcessNamespace: false\n  # the containers\n  containers:\n  - name: a\n",
        ),
        (
            "at the end, if that is scalar",
            "spec:\n  containers:\n  - name: a\n  hostname: x",
            SHARE,
            "spec:\n  containers:\n  - name: a\n  hostname: x\n  shareProcessNamespace: false",
        ),
        (
            "first, where there is none",
            "spec: # c\n    # the containers\n    containers:\n    - name: a\n",
            SHARE,
            "spec: # c\n    shareProcessNamespace: false\n    # the containers\n    containers:\n    - name: a\n",
        ),
        (
            "two at once",
            "spec:\n    nodeName: a\n    containers:\n      - name: a\n",
            &both(),
            "spec:\n    nodeName: a\n    securityContext:\n        supplementalGroupsPolicy: Strict\n    shareProcessNamespace: false\n    containers:\n      - name: a\n",
        ),
        (
            "indented as elsewhere",
            "metadata:\n   name: é\nspec:\n   nodeName: b\n",
            CONTEXT,
            "metadata:\n   name: é\nspec:\n   nodeName: b\n   securityContext:\n      supplementalGroupsPolicy: Strict\n",
        ),
        (
            "into an object of scalars",
            "spec:\n  securityContext:\n    fsGroup: 1 # c\n    # end\n  a: 1\n",
            GROUPS,
            "spec:\n  securityContext:\n    fsGroup: 1 # c\n    supplementalGroupsPolicy: Strict\n    # end\n  a: 1\n",
        ),
        (
            "CRLF",
            "spec:\r\n  nodeName: a # c\r\n  containers: []\r\n",
            CONTEXT,
            "spec:\r\n  nodeName: a # c\r\n  containers: []\r\n  securityContext:\r\n    supplementalGroupsPolicy: Strict\r\n",
        ),
        (
            "no end of line, CRLF",
            "a: 1\r\nspec:\r\n  nodeName: a",
            SHARE,
            "a: 1\r\nspec:\r\n  nodeName: a\r\n  shareProcessNamespace: false",
        ),
        (
            "null, left out",
            "spec:\n  securityContext: # c\n  a: 1\n",
            CONTEXT,
            "spec:\n  securityContext: # c\n    supplementalGroupsPolicy: Strict\n  a: 1\n",
        ),
        (
            "null, written",
            "spec:\n  securityContext: ~\n  a: 1",
            CONTEXT,
            "spec:\n  securityContext:\n    supplementalGroupsPolicy: Strict\n  a: 1",
        ),
        (
            "null at the end of the text",
            "spec:\n  securityContext:",
            CONTEXT,
            "spec:\n  securityContext:\n    supplementalGroupsPolicy: Strict",
        ),
        (
            "null and a new member at the end",
            "spec:\n  securityContext: null",
            &both(),
            "spec:\n  securityContext:\n    supplementalGroupsPolicy: Strict\n  shareProcessNamespace: false",
        ),
        (
            "empty braces",
            "spec:\n  securityContext: {} # c\n",
            GROUPS,
            "spec:\n  securityContext: {supplementalGroupsPolicy: Strict} # c\n",
        ),
        (
            "behind text of many lines",
            "spec:\n  a: |\n    x\n\n    y\n  b:\n  - c: 1\n",
            SHARE,
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
            CONTEXT,
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
            SHARE,
            "spec: {nodeName: a, containers: [{name: b}], shareProcessNamespace: false}\n",
        ),
        (
            "braces, the objects behind",
            "spec: {nodeName: a, containers: [\n  {name: b}]}\n",
            SHARE,
            "spec: {nodeName: a, shareProcessNamespace: false, containers: [\n  {name: b}]}\n",
        ),
        (
            "braces on lines, comments",
            "spec: {\n  a: 1, # c\n  b: 2 # d\n  # e\n}\n",
            &both(),
            "spec: {\n  a: 1, # c\n  b: 2, # d\n  securityContext: {\n    supplementalGroupsPolicy: Strict\n  },\n  shareProcessNamespace: false\n  # e\n}\n",
        ),
        (
            "a comma at the end",
            "spec: {\n  a: 1, # c\n}\n",
            SHARE,
            "spec: {\n  a: 1, # c\n  shareProcessNamespace: false,\n}\n",
        ),
        (
            "braces on lines, first",
            "spec: { # c\n  # d\n  containers: [\n    {name: a}\n  ]\n}\n",
            SHARE,
            "spec: { # c\n  shareProcessNamespace: false,\n  # d\n  containers: [\n    {name: a}\n  ]\n}\n",
        ),
    ]);
}

#[test]
fn json_stays_json() {
    check(&[
        (
            "two spaces",
            "{\n  \"spec\": {\n    \"nodeName\": \"a\",\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
            &both(),
            "{\n  \"spec\": {\n    \"nodeName\": \"a\",\n    \"securityContext\": {\n      \"supplementalGroupsPolicy\": \"Strict\"\n    },\n    \"shareProcessNamespace\": false,\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
        ),
        (
            "tabs",
            "{\n\t\"spec\": {\n\t\t\"a\": 1\n\t}\n}",
            CONTEXT,
            "{\n\t\"spec\": {\n\t\t\"a\": 1,\n\t\t\"securityContext\": {\n\t\t\t\"supplementalGroupsPolicy\": \"Strict\"\n\t\t}\n\t}\n}",
        ),
        (
            "compact",
            "{\"spec\":{\"a\":1,\"b\":[1,2]}}",
            &both(),
            "{\"spec\":{\"a\":1,\"b\":[1,2],\"securityContext\":{\"supplementalGroupsPolicy\":\"Strict\"},\"shareProcessNamespace\":false}}",
        ),
        (
            "empty braces on lines",
            "{\n    \"spec\": {\n        \"securityContext\": {}\n    }\n}\n",
            GROUPS,
            "{\n    \"spec\": {\n        \"securityContext\": {\n            \"supplementalGroupsPolicy\": \"Strict\"\n        }\n    }\n}\n",
        ),
        (
            "empty braces, compact",
            "{\"spec\":{\"securityContext\":{}}}",
            GROUPS,
            "{\"spec\":{\"securityContext\":{\"supplementalGroupsPolicy\":\"Strict\"}}}",
        ),
        (
            "null",
            "{\r\n  \"spec\": {\r\n    \"securityContext\": null\r\n  }\r\n}\r\n",
            CONTEXT,
            "{\r\n  \"spec\": {\r\n    \"securityContext\": {\r\n      \"supplementalGroupsPolicy\": \"Strict\"\r\n    }\r\n  }\r\n}\r\n",
        ),
        (
            "first",
            "{\n  \"spec\": {\n    \"containers\": [\n      {\n        \"name\": \"b\"\n      }\n    ]\n  }\n}\n",
            SHARE,
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
            &dropped(0),
            "{\n  \"c\": {\n    \"add\": [\"SYS_PTRACE\"],\n    \"drop\": [\"SYS_PTRACE\"]\n  }\n}\n",
        ),
        (
            "a list on lines, emptied",
            "{\n  \"c\": {\n    \"add\": [\n      \"A\"\n    ]\n  }\n}\n",
            &dropped(0),
            "{\n  \"c\": {\n    \"add\": [],\n    \"drop\": [\n      \"SYS_PTRACE\"\n    ]\n  }\n}\n",
        ),
        (
            "an empty list",
            "{\n  \"c\": {\n    \"add\": [\"A\"],\n    \"drop\": []\n  }\n}\n",
            DROP,
            "{\n  \"c\": {\n    \"add\": [\"A\"],\n    \"drop\": [\"SYS_PTRACE\"]\n  }\n}\n",
        ),
        (
            "a list, compact",
            "{\"c\":{\"add\":[\"A\",\"B\",\"C\"]}}",
            &dropped(1),
            "{\"c\":{\"add\":[\"A\",\"C\"],\"drop\":[\"SYS_PTRACE\"]}}",
        ),
    ]);
}

#[test]
fn lists_with_dashes() {
    check(&[
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
            &dropped_all(),
            "c:\n  add: []\n  drop:\n    - SYS_PTRACE",
        ),
        (
            "all, with a tag",
            "c:\n  add: !!seq\n  - A\n",
            "remove /c/add/0",
            "c:\n  add: !!seq []\n",
        ),
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
            &dropped(1),
            "c:\n  add:\n    - A\n  drop:\n    - SYS_PTRACE\nd: 1\n",
        ),
        (
            "a new list as elsewhere",
            "l:\n- 1\nc:\n  a: 1\n",
            DROP,
            "l:\n- 1\nc:\n  a: 1\n  drop:\n  - SYS_PTRACE\n",
        ),
        (
            "a new list where there is none",
            "c:\n  a: 1\n",
            DROP,
            "c:\n  a: 1\n  drop:\n    - SYS_PTRACE\n",
        ),
        (
            "null",
            "c:\n  add:\n  - A\n  drop:\n",
            DROP,
            "c:\n  add:\n  - A\n  drop:\n  - SYS_PTRACE\n",
        ),
        ("empty brackets", "c:\n  drop: [ ]\n", DROP, "c:\n  drop: [SYS_PTRACE]\n"),
        (
            "beside brackets",
            "c:\n  add: ['A'] # a\n",
            DROP,
            "c:\n  add: ['A'] # a\n  drop: ['SYS_PTRACE']\n",
        ),
        (
            "null beside brackets",
            "c:\n  add: [A]\n  drop: # d\n",
            DROP,
            "c:\n  add: [A]\n  drop: [SYS_PTRACE] # d\n",
        ),
        (
            "removed and appended",
            "c:\n  add:\n  - A\n  - B\n  drop:\n  - C\n",
            "remove /c/add/0\nadd /c/drop/1 \"SYS_PTRACE\"",
            "c:\n  add:\n  - B\n  drop:\n  - C\n  - SYS_PTRACE\n",
        ),
    ]);
}

#[test]
fn lists_in_brackets() {
    let last_two = "remove /a/2\nremove /a/1";
    check(&[
        ("the first", "a: [A, B, C] # c\n", "remove /a/0", "a: [B, C] # c\n"),
        ("the middle", "a: [ A, B, C ]\n", "remove /a/1", "a: [ A, C ]\n"),
        ("the last", "a: [ A, B, C ]\n", "remove /a/2", "a: [ A, B ]\n"),
        ("the last two", "a: [A, B, C]\n", last_two, "a: [A]\n"),
        ("the first and the last", "a: [A,B,C]\n", "remove /a/2\nremove /a/0", "a: [B]\n"),
        ("all", "a: [ A, 'B' ]\n", "remove /a/1\nremove /a/0", "a: []\n"),
        ("a comma at the end", "a: [A, B,]\n", "remove /a/1", "a: [A,]\n"),
        (
            "on lines",
            "a: [\n  A, # a\n  # own\n  B, # b\n  C # c\n  # end\n]\n",
            last_two,
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
    ]);
}

fn both() -> String {
    format!("{SHARE}\n{CONTEXT}")
}

fn dropped(at: usize) -> String {
    format!("remove /c/add/{at}\n{DROP}")
}

fn dropped_all() -> String {
    format!("remove /c/add/1\nremove /c/add/0\n{DROP}")
}
