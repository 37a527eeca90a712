//! A tab, and what a person does there.

use std::env::var_os;
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Browser, Page};

/// Which colours are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub(crate) const ALL: [Self; 2] = [Self::Light, Self::Dark];

    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A window's width in pixels: of a laptop, and of a phone.
pub(crate) const WIDTHS: [u32; 2] = [1280, 390];

/// A tab with a page.
pub(crate) struct Tab<'b> {
    browser: &'b Browser,
    session: String,
    target: String,
    /// What is in it.
    name: String,
}

impl<'b> Tab<'b> {
    /// A page in a window of this width.
    pub(crate) fn open(browser: &'b Browser, page: Page, width: u32, scheme: Scheme) -> Self {
        let target = browser.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let target = target["targetId"].as_str().unwrap().to_owned();
        let attach = json!({"targetId": target, "flatten": true});
        let session = browser.call(None, "Target.attachToTarget", &attach);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        let name = format!("{page:?}-{width}-{}", scheme.name());
        let tab = Self { browser, session, target, name };
        tab.call("Page.enable", &json!({}));
        tab.call("Emulation.setFocusEmulationEnabled", &json!({"enabled": true}));
        let metrics =
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
        tab.call("Emulation.setDeviceMetricsOverride", &metrics);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme.name()}]);
        tab.call("Emulation.setEmulatedMedia", &json!({"features": features}));
        let file = page.written(browser.folder.path());
        tab.call("Page.navigate", &json!({"url": format!("file://{}", file.display())}));
        browser.wait(&tab.session, "Page.loadEventFired");
        tab.shoot("");
        tab
    }

    #[track_caller]
    fn call(&self, method: &str, params: &Value) -> Value {
        self.browser.call(Some(&self.session), method, params)
    }

    /// What an expression of JavaScript is.
    #[track_caller]
    pub(crate) fn eval(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", &params);
        let exception = &answer["exceptionDetails"];
        assert!(exception.is_null(), "{expression}: {exception:#}");
        answer["result"]["value"].take()
    }

    /// The same of a text.
    #[track_caller]
    pub(crate) fn text(&self, expression: &str) -> String {
        self.eval(expression).as_str().unwrap_or_else(|| panic!("no text: {expression}")).to_owned()
    }

    /// Presses a key.
    pub(crate) fn press(&self, key: &str) {
        self.press_with(0, key);
    }

    /// The same with Ctrl.
    pub(crate) fn press_ctrl(&self, key: &str) {
        self.press_with(2, key);
    }

    fn press_with(&self, modifiers: u8, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => panic!("no such key: {key}"),
        };
        let mut event = json!({"type": "keyDown", "key": key, "code": key,
            "windowsVirtualKeyCode": code, "modifiers": modifiers});
        if key == "Enter" {
            event["text"] = "\r".into();
        }
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", &event);
    }

    /// Types into what has the focus.
    pub(crate) fn enter(&self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Clicks into the middle of the element of a selector.
    pub(crate) fn click(&self, selector: &str) {
        let middle = format!(
            "(() => {{ const it = document.querySelector('{selector}'); \
             it.scrollIntoView({{block: 'center', inline: 'center'}}); const box = it.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        let middle = self.eval(&middle);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// What axe-core finds, each as the rule, what it means and where.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.eval(&self.browser.axe);
        let found = self.eval(
            "axe.run().then((it) => it.violations.flatMap((rule) => rule.nodes.map((node) => \
             `${rule.id}: ${rule.help}: ${node.target} ${node.failureSummary}`)))",
        );
        found.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    }

    /// Lays the page out as it is printed, on paper of this width.
    pub(crate) fn lay_out_for_paper(&self, width: u32) {
        self.call("Emulation.setEmulatedMedia", &json!({"media": "print"}));
        let metrics =
            json!({"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// The page on paper.
    pub(crate) fn pdf(&self) -> PathBuf {
        let printed = self.call("Page.printToPDF", &json!({"printBackground": true}));
        let file = self.browser.folder.path().join(format!("{}.pdf", self.name));
        fs::write(&file, decoded(&printed)).unwrap();
        if let Some(shots) = shots() {
            fs::copy(&file, shots.join(format!("{}.pdf", self.name))).unwrap();
        }
        file
    }

    /// Leaves a picture where one is wanted.
    pub(crate) fn shoot(&self, what: &str) {
        let Some(shots) = shots() else { return };
        let params = json!({"captureBeyondViewport": what.is_empty()});
        let picture = self.call("Page.captureScreenshot", &params);
        let name = format!("{}{what}.png", self.name);
        fs::write(shots.join(name), decoded(&picture)).unwrap();
    }
}

fn decoded(answer: &Value) -> Vec<u8> {
    STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
}

fn shots() -> Option<PathBuf> {
    let folder = PathBuf::from(var_os("BULKHEAD_PAGE_SHOTS")?);
    fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.browser.call(None, "Target.closeTarget", &json!({"targetId": self.target}));
        }
    }
}
