//! Text that is JSON stays so.

use super::Row;

pub(super) const JSON_STAYS_JSON: &[Row] = &[
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
