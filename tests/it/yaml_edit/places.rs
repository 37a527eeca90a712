//! Where in a document, in which document, and what cannot be edited.

use bulkhead::edit::edited;
use bulkhead::manifest::documents;
use bulkhead::path::FieldPath;

use super::{edit, operations};

#[test]
fn objects_of_a_list_are_edited_in_one_go() {
    let text = "# before\na: 1\n---\n# é\nkind: List\nitems:\n- spec:\n    a: 1 # é\n- spec: {a: 1}\n- spec:\n    b: 1\n---\nc: 1\n";
    let all: Vec<_> = documents(text).map(Result::unwrap).collect();
    let path = |at| FieldPath::of(&["items"]).index(at).field("spec");
    let changes = [(path(1), operations("add /b false")), (path(0), operations("add /b false"))];
    let found = edited(&all[1], &changes).unwrap();
    assert_eq!(
        found,
        "# é\nkind: List\nitems:\n- spec:\n    a: 1 # é\n    b: false\n- spec: {a: 1, b: false}\n- spec:\n    b: 1\n"
    );
    assert_eq!(edited(&all[1], &[]).as_deref(), Some(all[1].text));
    assert_eq!(edited(&all[1], &[(path(3), operations("add /b false"))]), None);
}

#[test]
fn what_cannot_be_edited_is_reported() {
    for (text, lines) in [
        // Another place names the same value.
        ("a: &x {b: 1}\nc: *x\n", "add /a/d 2"),
        ("a: &x {b: 1}\nc: *x\n", "add /c/d 2"),
        ("a: &x {b: 1}\nc: *x\n", "add /c/b 2"),
        ("a: &x [A, B]\nc: *x\n", "remove /c/0"),
        ("a: &x 1\nc: *x\n", "add /a 2"),
        ("a: [&x A, B]\nc: *x\n", "remove /a/0"),
        ("a: &x\nc: *x\n", "add /a {\"b\": 1}"),
        // A merge brings it, or brings it again.
        ("x: &x {c: {a: 1}}\ny:\n  <<: *x\n", "add /y/c/b 2"),
        ("x: &x {c: 1}\ny:\n  c: 2\n  <<: *x\n", "add /y/c 3"),
        ("x: &x {c: 1}\ny:\n  <<: *x\nz:\n  <<: *x\n", "add /x/c 3"),
        ("x: &x {c: [A, B]}\ny:\n  <<: *x\n", "remove /y/c/0"),
        // Not one of the changes that are made to text.
        ("a: 1\nb: 2\n", "remove /a"),
        ("a: {b: 1}\n", "add /a 1"),
        ("a: 1\n", "add /a {\"b\": 1}"),
        ("a: |\n  text\n", "add /a \"b\""),
        ("a: 1\n", "add  {\"b\": 1}"),
        ("- A\n", "remove /0"),
        ("a:\n- - A\n  - B\n", "remove /a/0/0"),
        ("a: !!null\n", "add /a {\"b\": 1}"),
        ("a: [\n  A # a\n  , B\n]\n", "remove /a/0"),
        // It does not apply.
        ("a: 1\n", "add /b/c 1"),
        ("a: [A]\n", "remove /a/1"),
        ("a: |+\n  text\n\n# end", "add /b/c 1"),
    ] {
        assert_eq!(edit(text, &operations(lines)), None, "{text}{lines}");
    }
}

#[test]
fn what_is_nested_deeply_is_edited_too() {
    // As deep as is read; without optimisation the reader needs more than a test's stack for it.
    let edit_deep = || {
        let depth = 60;
        let text = format!("{}1{}\n", "{a: ".repeat(depth), "}".repeat(depth));
        let path = FieldPath::of(&vec!["a"; depth - 1]);
        let document = documents(&text).next().unwrap().unwrap();
        let found = edited(&document, &[(path, operations("add /a 2"))]);
        assert_eq!(found, Some(text.replace('1', "2")));
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    thread.spawn(edit_deep).unwrap().join().unwrap();
}
