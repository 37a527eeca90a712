//! Each form of output, once as a whole; the snapshots are in `snapshots`.

use insta::assert_snapshot;

use super::{SHARED, shown};

const QUIET: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: quiet}
spec: {template: {spec: {containers: [{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]}}}
";

/// A pod in a picture for each way in which one sees another.
fn both() -> String {
    let debugged = "\
apiVersion: v1
kind: Pod
metadata: {name: debugged}
spec:
  hostUsers: false
  containers: [{name: app, image: 'a:1'}, {name: db, image: 'b:1'}]
  ephemeralContainers: [{name: debug, image: 'd:1', targetContainerName: app}]
";
    let host = SHARED.replace("shareProcessNamespace", "hostPID");
    [SHARED, debugged, &host, QUIET].join("---\n")
}

#[test]
fn text() {
    assert_snapshot!(shown(&[], &both()));
}

#[test]
fn json() {
    assert_snapshot!(shown(&["--output", "json"], SHARED));
}

#[test]
fn dot() {
    assert_snapshot!(shown(&["--output", "dot"], &both()));
}

#[test]
fn svg() {
    assert_snapshot!(shown(&["--output", "svg"], SHARED));
}

#[test]
fn html() {
    assert_snapshot!(shown(&["--output", "html"], SHARED));
}

#[test]
fn pictures_need_nothing_else() {
    for form in ["svg", "html"] {
        let text = shown(&["--output", form], &both());
        for word in [" src=", "@import", "url(", "//cdn", "fetch("] {
            assert!(!text.contains(word), "{form}: {word}");
        }
        // The name of a namespace of XML is no address that anybody asks.
        let text = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http"), "{form}");
        assert!(text.contains("prefers-color-scheme: dark"), "{form}");
    }
    assert!(!shown(&["--output", "svg"], &both()).contains("<script"));
}

#[test]
fn every_pod_has_its_place_in_a_picture() {
    let (svg, html, dot) = (
        shown(&["--output", "svg"], &both()),
        shown(&["--output", "html"], &both()),
        shown(&["--output", "dot"], &both()),
    );
    assert_eq!(svg.matches("<g role=\"group\"").count(), 4);
    assert_eq!(html.matches("<section ").count(), 4);
    assert_eq!(html.matches("<table>").count(), 3);
    assert_eq!(dot.matches("label=\"-: ").count(), 4);
    for text in [&svg, &html] {
        assert!(text.contains("db reaches no other container, and no other reaches it"), "{text}");
        assert!(text.contains("no container reaches another one"), "{text}");
    }
}

/// Every link of a cell leads to a pair, and each pair stands once.
#[test]
fn cells_lead_to_their_pairs() {
    let html = shown(&["--output", "html"], &both());
    let links: Vec<_> = html.split("<a href=\"#").skip(1).collect();
    assert!(!links.is_empty());
    for link in links {
        let (id, _) = link.split_once('"').unwrap();
        assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn more_than_a_picture_can_show_is_said() {
    let containers: Vec<_> = (0..65).map(|n| format!("{{name: c{n}, image: 'x:1'}}")).collect();
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: crowd}}\nspec: {{shareProcessNamespace: true, containers: [{}]}}\n",
        containers.join(", ")
    );
    for form in ["svg", "html"] {
        let shown = shown(&["--output", form], &text);
        assert!(shown.contains("65 containers that reach each other are more than the 64"));
        assert!(shown.contains("to end it: set shareProcessNamespace to false") || form == "html");
    }
}

/// What was said of one element is closed before the next: a page must not fall apart.
#[test]
fn markup_is_well_formed() {
    for form in ["svg", "html"] {
        let text = shown(&["--output", form], &both());
        let body = text.split_once("</style>").unwrap().1;
        let body = body.split("<script>").next().unwrap();
        let mut open: Vec<&str> = Vec::new();
        for tag in body.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap();
            let name = tag.split([' ', '/']).find(|name| !name.is_empty()).unwrap();
            if tag.starts_with('/') {
                // What stands before the style was opened there.
                let expected = open.pop().unwrap_or(name);
                assert_eq!(expected, name, "{form}");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        // The end of the page stands behind the script.
        let left: &[&str] = if form == "html" { &["body"] } else { &[] };
        assert_eq!(open, left, "{form}");
    }
}
