//! The program as a whole: start, reload, stop.

mod support;

use support::{Server, pod_review, sharing_spec};

#[test]
fn it_answers_a_review_after_its_ready_line() {
    let server = Server::start(&[]);
    let reply = server.post(
        "/validate",
        pod_review(sharing_spec()).to_string().as_bytes(),
    );
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["response"]["allowed"], true);
    assert_eq!(
        reply.json()["response"]["warnings"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(server.admin("/readyz").status, 200);
}
