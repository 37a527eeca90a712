//! Each form of output, once as a whole; the snapshots are in `snapshots`.

use insta::assert_snapshot;

use super::{SHARED, command, folder, shown};
use crate::support::Ended;

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
fn every_pod_is_in_a_picture() {
    let (svg, html, dot) = (
        shown(&["--output", "svg"], &both()),
        shown(&["--output", "html"], &both()),
        shown(&["--output", "dot"], &both()),
    );
    assert_eq!(svg.matches("<g role=\"group\"").count(), 4);
    assert_eq!(html.matches("<section ").count(), 4);
    assert_eq!(html.matches("<table ").count(), 3);
    assert_eq!(dot.matches("label=\"-: ").count(), 4);
    for text in [&svg, &html] {
        assert!(text.contains("db reaches no other container, and no other reaches it"), "{text}");
        assert!(text.contains("no container reaches another one"), "{text}");
    }
}

/// Who is taken over through another one: the cell must not say that only its command line is seen.
#[test]
fn letters_are_of_all_that_is_reached() {
    for form in ["text", "dot", "svg", "html"] {
        let text = shown(&["--output", form], &super::chain());
        assert!(!text.contains("C·····+"), "{form}: {text}");
    }
    let text = shown(&[], &super::chain());
    assert!(text.contains("CefMds+") || text.contains("Cefmds+"), "{text}");
    assert!(text.contains("CAPITAL = certain, small = possible, · = no"), "{text}");
}

#[test]
fn a_page_says_when_by_what_and_on_what_it_was_made() {
    let known =
        ["--runtime", "cri-o", "--assume", "image-user=logs:1", "--assume", "image-user=*:2:3"];
    let page = shown(&[&["--output", "html"], &known[..]].concat(), QUIET_IMAGES);
    for words in [
        concat!("Made by bulkhead ", env!("CARGO_PKG_VERSION"), " on 2026-01-01 00:00 UTC."),
        "Container runtime: CRI-O.",
        "Users of images, as assumed (CONTAINER:UID:GID): logs:1, *:2:3.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let picture = shown(&[&["--output", "svg"], &known[..]].concat(), QUIET_IMAGES);
    assert!(picture.contains("logs:1, *:2:3.") && !picture.contains("2026"), "{picture}");
    let dir = folder(&[("a.yaml", SHARED)]);
    for wrong in ["", "yesterday", "-1", "1.5", "99999999999999"] {
        let mut command = command(dir.path(), &["--output", "html", "a.yaml"]);
        command.env("SOURCE_DATE_EPOCH", wrong);
        let ended = Ended::of(command, "");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{wrong}");
        assert!(ended.stderr.starts_with("error: --date (SOURCE_DATE_EPOCH) "), "{}", ended.stderr);
    }
}

const QUIET_IMAGES: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: logs, image: 'a:1'}, {name: b, image: 'b:1'}]}
";

/// The worst pod is first, and those of which there is nothing to say are folded at the end.
#[test]
fn a_page_of_pods_begins_with_the_worst() {
    let html = shown(&["--output", "html"], &both());
    let at = |words: &str| html.find(words).unwrap_or_else(|| panic!("no {words}: {html}"));
    // Of two that are taken over in, the one with more such pairs.
    let order =
        ["id=\"pod3\"", "id=\"pod1\"", "id=\"pod2\"", "<details class=\"quiet\"", "id=\"pod4\""];
    let order = order.map(at);
    assert!(order.is_sorted(), "{order:?}");
    assert!(at("<nav") < order[0] && at("in 2 of 4 pods a container takes over") < at("<nav"));
    let one = shown(&["--output", "html"], SHARED);
    assert!(!one.contains("<nav") && one.contains("<dl class=\"verdict\">"));
}

/// Every link of a cell leads to a pair, which is there once.
#[test]
fn cells_lead_to_their_pairs() {
    let html = shown(&["--output", "html"], &both());
    let links: Vec<_> = html.split("\"><a href=\"#").skip(1).collect();
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
        assert!(shown.contains("To end all of it"), "{form}");
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
                // What is before the style was opened there.
                let expected = open.pop().unwrap_or(name);
                assert_eq!(expected, name, "{form}");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        // The end of the page is behind the script.
        let left: &[&str] = if form == "html" { &["body"] } else { &[] };
        assert_eq!(open, left, "{form}");
    }
}
