//! Chromium, driven over a pipe by the `DevTools` protocol: messages of JSON, each ended by a zero byte.

use std::fs::read_to_string;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PATIENCE, until};
use crate::tier::programs::{built, scratch};

/// Where axe-core is.
const FOLDER: (&str, &str) = ("BULKHEAD_TEST_PAGE", "page");

/// It reads commands from descriptor 3 and answers on 4, which the shell makes of ours.
const START: &str = "exec 3<&0 4>&1 </dev/null >/dev/null 2>&1 && exec chromium --headless \
     --remote-debugging-pipe --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
     --disable-background-networking --disable-extensions --user-data-dir=\"$1\" about:blank";

/// A running browser.
pub(crate) struct Browser {
    child: Child,
    link: Mutex<Link>,
    /// The script of axe-core.
    pub(crate) axe: String,
    /// Its profile, and the pages.
    pub(crate) folder: TempDir,
}

struct Link {
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    number: u64,
    /// What was said by itself and nobody has waited for so far.
    events: Vec<Value>,
}

impl Browser {
    pub(crate) fn open() -> Result<Self, String> {
        let axe = built(FOLDER.0, FOLDER.1, "axe.min.js")?.join("axe.min.js");
        let axe = read_to_string(&axe).map_err(|error| format!("{}: {error}", axe.display()))?;
        let folder = scratch()?;
        let mut command = Command::new("sh");
        command.args(["-c", START, "chromium"]).arg(folder.path().join("profile"));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| format!("cannot start a shell: {error}"))?;
        let (to, output) = (child.stdin.take(), child.stdout.take());
        let (sender, from) = channel();
        thread::spawn(move || {
            for message in output.into_iter().flat_map(|output| BufReader::new(output).split(0)) {
                let message = message.ok().and_then(|it| serde_json::from_slice::<Value>(&it).ok());
                let Some(message) = message else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let link = Mutex::new(Link { to, from, number: 0, events: Vec::new() });
        let browser = Self { child, link, axe, folder };
        browser.try_call(None, "Browser.getVersion", &json!({}))?;
        Ok(browser)
    }

    /// Calls a method of the browser or, in a session, of a tab.
    #[track_caller]
    pub(crate) fn call(&self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(
        &self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        link.number += 1;
        let id = link.number;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let text = format!("{message}\0");
        let to = link.to.as_mut().ok_or("it is closed")?;
        to.write_all(text.as_bytes()).map_err(|error| format!("chromium is gone: {error}"))?;
        loop {
            let mut message = link.receive()?;
            if message["id"] == id {
                let error = &message["error"];
                return if error.is_null() {
                    Ok(message["result"].take())
                } else {
                    Err(error.to_string())
                };
            }
            link.events.push(message);
        }
    }

    /// Waits until a tab says this.
    pub(crate) fn wait(&self, session: &str, event: &str) {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let is_it = |it: &Value| it["method"] == event && it["sessionId"] == session;
            if let Some(index) = link.events.iter().position(is_it) {
                link.events.remove(index);
                return;
            }
            let message = link.receive().unwrap_or_else(|error| panic!("{event}: {error}"));
            link.events.push(message);
        }
    }
}

impl Link {
    fn receive(&mut self) -> Result<Value, String> {
        self.from
            .recv_timeout(PATIENCE)
            .map_err(|error| format!("chromium does not answer: {error}"))
    }
}

impl Drop for Browser {
    /// Without its pipe it ends.
    fn drop(&mut self) {
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(link.to.take());
        until("chromium to end", || !matches!(self.child.try_wait(), Ok(None)));
    }
}
