//! A headless Chromium, spoken to over two pipes: enough of its protocol to look at a page as a phone shows it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Where Chromium may be.
const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser with one tab, which runs no script of a page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: String,
    sent: u64,
    _profile: TempDir,
}

impl Browser {
    /// Starts one; nothing where none is installed.
    pub(crate) fn start() -> Option<Self> {
        let program = PROGRAMS.iter().find(|program| installed(program))?;
        let profile = tempfile::tempdir().unwrap();
        // The protocol speaks on descriptors 3 and 4: a shell puts them where the standard ones are.
        let line = format!(
            "exec {program} --headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking \
             --remote-debugging-pipe --user-data-dir='{}' about:blank 3<&0 4>&1 >/dev/null 2>&1",
            profile.path().display()
        );
        let mut child =
            Command::new("sh").args(["-c", &line]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Self { child, to, from, session: String::new(), sent: 0, _profile: profile };
        let tab = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": tab["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        browser.ask("Page.enable", json!({}));
        browser.ask("Emulation.setScriptExecutionDisabled", json!({"value": true}));
        Some(browser)
    }

    /// Becomes a phone, or a desktop, of this width.
    pub(crate) fn become_wide(&mut self, width: u32, is_dark: bool) {
        let screen = json!({"width": width, "height": 780, "deviceScaleFactor": 2, "mobile": width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", screen);
        let scheme = if is_dark { "dark" } else { "light" };
        self.ask(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
    }

    /// Opens an address and waits until it is there.
    pub(crate) fn open(&mut self, address: &str) {
        self.ask("Page.navigate", json!({"url": address}));
        self.wait("Page.loadEventFired");
    }

    /// Asks the page; the words are the test's, not the page's.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let answer = self.ask("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        answer["result"]["value"].clone()
    }

    /// Taps the middle of an element, as a finger does, and waits for the page that follows.
    pub(crate) fn tap(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let tap = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", tap);
        }
    }

    /// Types into an element.
    pub(crate) fn write(&mut self, selector: &str, text: &str) {
        self.value(&format!("document.querySelector({selector:?}).focus()"));
        self.ask("Input.insertText", json!({"text": text}));
    }

    /// Waits for the next page to be there.
    pub(crate) fn loaded(&mut self) {
        self.wait("Page.loadEventFired");
    }

    /// Writes pictures of the whole page, from top to bottom, each as high as a person looks at.
    pub(crate) fn pictures(&mut self, folder: &Path, name: &str) {
        let size = self.value("[innerWidth, document.documentElement.scrollHeight]");
        let height = size[1].as_u64().unwrap();
        for (nth, top) in (0..height).step_by(1_000).enumerate() {
            let clip = json!({"x": 0, "y": top, "width": size[0], "height": 1_000.min(height - top), "scale": 1});
            let answer = self.ask("Page.captureScreenshot", json!({"captureBeyondViewport": true, "clip": clip}));
            let path = folder.join(format!("{name}-{nth}.png"));
            std::fs::write(path, STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()).unwrap();
        }
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(&[0]).unwrap();
        let id = self.sent;
        let answer = self.read(|message| message["id"] == id);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn wait(&mut self, event: &str) {
        self.read(|message| message["method"] == event);
    }

    fn read(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            assert!(!bytes.is_empty(), "the browser is gone");
            let message: Value = serde_json::from_slice(&bytes[..bytes.len() - 1]).unwrap();
            if is_it(&message) {
                return message;
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
