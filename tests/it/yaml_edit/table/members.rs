//! Members of mappings: replaced, and put among others.

use super::Row;

pub(super) const VALUES_ARE_REPLACED_WHERE_THEY_STAND: &[Row] = &[
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

pub(super) const MEMBERS_ARE_PUT_AMONG_SCALARS: &[Row] = &[
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
