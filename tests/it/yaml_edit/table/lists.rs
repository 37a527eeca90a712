//! Lists, with dashes and in brackets.

use super::Row;

pub(super) const LISTS_WITH_DASHES: &[Row] = &[
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

pub(super) const LISTS_IN_BRACKETS: &[Row] = &[
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
