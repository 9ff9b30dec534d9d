//! A real Chromium without a window, driven by its DevTools protocol over two pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::peers::PeerEnv;

/// Chromium reads commands from descriptor 3 and writes to 4.
const PIPES: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// One page of a browser.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// What the page did: requests, messages of the console, errors.
    pub(crate) events: Vec<Value>,
}

impl Browser {
    /// Starts Chromium. Its files are in the home directory of `env`.
    pub(crate) fn start(env: &PeerEnv) -> Self {
        let program = env.peer("chromium").get_program().to_owned();
        let profile = format!("--user-data-dir={}", env.path("chromium").display());
        let mut command: Command = env.program(Path::new("/bin/sh"));
        command.args(["-c", PIPES, "sh"]).arg(program).args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--remote-debugging-pipe",
            &profile,
            "about:blank",
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let output = BufReader::new(output);
        let mut browser = Self { child, input, output, session: None, last: 0, events: Vec::new() };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", &attached);
        browser.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Log", "Runtime"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Calls a method and returns its result.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.input.flush().unwrap();
        loop {
            let mut answer = self.receive();
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn receive(&mut self) -> Value {
        let mut text = Vec::new();
        self.output.read_until(0, &mut text).unwrap();
        assert_eq!(text.pop(), Some(0), "Chromium ended");
        serde_json::from_slice(&text).unwrap()
    }

    /// Opens a page, and waits until it is loaded.
    pub(crate) fn open(&mut self, page: &Path) {
        self.events.clear();
        let opened = self.call("Page.navigate", &json!({ "url": url(page) }));
        assert!(opened.get("errorText").is_none(), "{opened}");
        while !self.has_event("Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
    }

    /// Whether something happened since the page was opened.
    pub(crate) fn has_event(&self, method: &str) -> bool {
        self.events.iter().any(|event| event["method"] == method)
    }

    /// The addresses that were requested since the page was opened.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        requests.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// Messages of the console and errors of scripts since the page was opened.
    pub(crate) fn messages(&self) -> Vec<String> {
        let kinds = ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"];
        let messages = self.events.iter().filter(|event| kinds.iter().any(|kind| event["method"] == *kind));
        messages.map(ToString::to_string).collect()
    }

    /// The value of an expression in the page.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// The number that an expression gives.
    pub(crate) fn number(&mut self, expression: &str) -> u64 {
        let value = self.evaluate(expression);
        value.as_u64().unwrap_or_else(|| panic!("{expression}: {value}"))
    }

    /// Sets the width of the window, and the theme.
    pub(crate) fn show(&mut self, width: u32, theme: &str) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let theme = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
        self.call("Emulation.setEmulatedMedia", &theme);
    }

    /// Presses and releases a key.
    pub(crate) fn press(&mut self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if key == "Enter" && kind == "keyDown" {
                event["text"] = "\r".into();
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of a file.
pub(crate) fn url(page: &Path) -> String {
    format!("file://{}", page.display())
}
