//! Pages in a real Chromium: they fit, filter, print, can be used with the keyboard and a screen reader, load nothing,
//! and show hostile text as text.

mod browser;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::env::{KEY, ROOT, project};
use crate::support::pages::{HOSTILE, document, hostile, report};
use crate::support::peers::PeerEnv;
use browser::{Browser, url};

const WIDTHS: [u32; 3] = [400, 900, 1600];

struct Pages {
    env: PeerEnv,
}

impl Pages {
    /// `None` if Chromium is not installed.
    fn new() -> Option<Self> {
        PeerEnv::with(&["chromium"]).map(|env| Self { env })
    }

    /// The page of `dhi vex apply`, and its JSON document.
    fn applied(&self, name: &str, report: &Value, document: &Value) -> (PathBuf, Value) {
        self.env.write("report.json", &report.to_string());
        self.env.write("vex.json", &document.to_string());
        let (page, json) = (format!("html={name}.html"), format!("json={name}.json"));
        let arguments = [
            ["vex", "apply", "report.json", "--vex"].as_slice(),
            &["vex.json", "--trust-unsigned", "vex.json", "--fail-on", "high", "--only-fixed", "-q"],
            &["-o", &page, "-o", &json, "-o", "/dev/null"],
        ];
        let output = self.env.dhi(&arguments.concat()).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        let json = std::fs::read(self.env.path(&format!("{name}.json"))).unwrap();
        (self.env.path(&format!("{name}.html")), serde_json::from_slice(&json).unwrap())
    }

    /// The page of `dhi verify` about an image that passes and one that does not.
    fn verified(&self) -> PathBuf {
        let [key, root] = [KEY, ROOT].map(|name| project().join(name).display().to_string());
        let page = self.env.path("verify.html");
        let output = format!("html={}", page.display());
        let mut command = self.env.dhi(
            &[
                ["verify", "--offline", "--key", &key, "--trusted-root", &root].as_slice(),
                &["oci:fixtures/python:3.13", "oci:fixtures/bad/wrong-key", "-q", "-o", &output],
            ]
            .concat(),
        );
        let status = command.current_dir(project()).output().unwrap().status;
        assert_eq!(status.code(), Some(4));
        page
    }

    /// A usual page, the page of a verdict, and a hostile one.
    fn all(&self) -> [PathBuf; 3] {
        let (usual, _) = self.applied("usual", &report(60), &document(60));
        let (bad, statements) = hostile(HOSTILE);
        let (bad, _) = self.applied("hostile", &bad, &statements);
        [usual, self.verified(), bad]
    }
}

#[test]
fn pages_fit_the_window_in_both_themes() {
    let Some(pages) = Pages::new() else { return };
    let all = pages.all();
    let mut browser = Browser::start(&pages.env);
    let mut backgrounds = BTreeSet::new();
    for page in &all {
        for width in WIDTHS {
            for theme in ["light", "dark"] {
                browser.show(width, theme);
                browser.open(page);
                browser
                    .evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
                let overflow = "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)";
                assert_eq!(browser.number(overflow), 0, "{width} {theme} {}", page.display());
                let color = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor");
                backgrounds.insert((theme, color.as_str().unwrap().to_owned()));
                assert_eq!(browser.messages(), [""; 0]);
            }
        }
    }
    assert_eq!(backgrounds.len(), 2, "{backgrounds:?}");
}

#[test]
fn filters_and_search_show_exactly_what_matches() {
    let Some(pages) = Pages::new() else { return };
    let (page, json) = pages.applied("filters", &report(60), &document(60));
    let findings = json["findings"].as_array().unwrap();
    let count = |is_wanted: &dyn Fn(&Value) -> bool| {
        u64::try_from(findings.iter().filter(|record| is_wanted(record)).count()).unwrap()
    };
    let mut browser = Browser::start(&pages.env);
    browser.show(1600, "light");
    browser.open(&page);
    let mut shown = |choices: &[(&str, &str)], words: &str| {
        let choices = json!(choices);
        let script = format!(
            "(() => {{
              const form = document.querySelector('form.filters');
              form.reset();
              for (const [title, value] of {choices}) {{
                const labels = [...form.querySelectorAll('label')];
                const select = labels.find((one) => one.firstChild.data === title).querySelector('select');
                select.value = value;
                if (select.value !== value) throw new Error(title + ' has no ' + value);
              }}
              form.querySelector('input').value = {words};
              form.dispatchEvent(new Event('input'));
              const visible = [...document.querySelectorAll('.item')].filter((one) => one.checkVisibility());
              const empty = [...document.querySelectorAll('.package')].filter((one) => one.checkVisibility())
                .filter((one) => ![...one.querySelectorAll('.item')].some((item) => item.checkVisibility()));
              if (empty.length) throw new Error('an empty package is shown');
              const told = form.querySelector('output').textContent;
              const empties = visible.length === 0 ? 'Nothing matches: ' : '';
              if (told !== empties + visible.length + ' of 60 shown') throw new Error(told);
              return visible.length;
            }})()",
            words = json!(words)
        );
        browser.number(&script)
    };
    assert_eq!(shown(&[], ""), 60);
    let suppressed = |record: &Value| record["decision"] == "suppressed";
    assert_eq!(shown(&[("Shown", "suppressed")], ""), count(&suppressed));
    assert_eq!(shown(&[("Shown", "remains")], ""), count(&|record| !suppressed(record)));
    let gated = |record: &Value| record.get("gate").is_some();
    assert!(count(&gated) > 0);
    assert_eq!(shown(&[("Gate", "counts")], ""), count(&gated));
    let severe = |record: &Value| matches!(record["finding"]["severity"].as_str(), Some("critical" | "high"));
    assert_eq!(shown(&[("Severity", "high")], ""), count(&severe));
    let affected = |record: &Value| record["status"] == "affected";
    assert_eq!(shown(&[("Status", "affected")], ""), count(&affected));
    assert_eq!(
        shown(&[("Status", "affected"), ("Severity", "high")], ""),
        count(&|record| affected(record) && severe(record))
    );
    let fixed = |record: &Value| record["finding"]["fix"]["state"] == "fixed";
    assert_eq!(shown(&[("Fix", "fixed")], ""), count(&fixed));
    // Words are found in the heading of a package and in the row, in any order and case.
    let package = |record: &Value| record["finding"]["package"] == "package-7";
    assert_eq!(shown(&[], "PACKAGE-7"), count(&package));
    assert_eq!(shown(&[], "update package-7"), count(&|record| package(record) && affected(record)));
    assert_eq!(shown(&[], "no such word"), 0);
    // Words that the page itself writes into rows are not searched.
    assert_eq!(shown(&[], "gate"), 0);
}

#[test]
fn a_page_loads_nothing_and_lets_nothing_be_loaded() {
    let Some(pages) = Pages::new() else { return };
    let all = pages.all();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let mut browser = Browser::start(&pages.env);
    for page in &all {
        browser.open(page);
        assert_eq!(browser.requests(), [url(page)]);
        // Whatever a script would try, the policy of the page refuses.
        let attempts = format!(
            "(async () => {{
              const blocked = [];
              document.addEventListener('securitypolicyviolation', (event) => {{
                blocked.push(event.effectiveDirective);
              }});
              const image = new Image(); image.src = '{address}image';
              const frame = document.createElement('iframe'); frame.src = '{address}frame';
              document.body.append(image, frame);
              await fetch('{address}fetch').catch(() => {{}});
              const form = document.createElement('form'); form.action = '{address}form';
              document.body.append(form); form.submit();
              try {{ document.body.innerHTML = '<b>x</b>'; blocked.push('written'); }} catch {{ }}
              for (let turn = 0; turn !== 100; turn++) await new Promise((done) => setTimeout(done));
              return [...new Set(blocked)].sort();
            }})()"
        );
        let blocked = browser.evaluate(&attempts);
        for directive in ["connect-src", "frame-src", "img-src", "require-trusted-types-for"] {
            assert!(blocked.as_array().unwrap().iter().any(|one| one == directive), "{directive}: {blocked}");
        }
        assert!(!blocked.as_array().unwrap().iter().any(|one| one == "written"), "{blocked}");
    }
    // Chromium may connect in advance for a frame. What counts is what is sent; its end closes each connection.
    drop(browser);
    while let Ok((mut connection, _)) = listener.accept() {
        connection.set_nonblocking(false).unwrap();
        let mut sent = String::new();
        connection.read_to_string(&mut sent).unwrap();
        assert_eq!(sent, "", "a request left the page");
    }
}

#[test]
fn hostile_text_stays_text_in_every_field() {
    let Some(pages) = Pages::new() else { return };
    let mut browser = Browser::start(&pages.env);
    let long = "x".repeat(1 << 20);
    for (name, text) in [("hostile", HOSTILE), ("long", long.as_str())] {
        let (bad, statements) = hostile(text);
        let (page, _) = pages.applied(name, &bad, &statements);
        let size = page.metadata().unwrap().len();
        assert!(size < 1 << 20, "{name}: {size} bytes");
        browser.show(900, "light");
        browser.open(&page);
        assert_eq!(browser.messages(), [""; 0], "{name}");
        assert_eq!(browser.requests(), [url(&page)]);
        let foreign = "document.querySelectorAll('img, iframe, object, embed, link, base, video, b, i, [id=injected], \
                       [src], [style], form:not(.filters), a[href]:not([href^=\"#\"]):not([href^=\"https://\"])').length";
        assert_eq!(browser.number(foreign), 0, "{name}");
        assert_eq!(browser.number("document.querySelectorAll('script').length"), 1);
        assert_eq!(browser.evaluate("typeof hacked"), "undefined");
        let handlers = "[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes])\
                        .filter((one) => one.name.startsWith('on') || one.value.length > 1000)\
                        .map((one) => one.name + ' ' + one.value.slice(0, 99))";
        assert_eq!(browser.evaluate(handlers), json!([]), "{name}");
        // No character that acts is left, and the text can be read.
        let acts = r"/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(document.body.textContent)";
        assert_eq!(browser.evaluate(acts), false, "{name}");
        let told = if name == "long" { "1048576 characters in all" } else { "<img src=x onerror=hacked()>" };
        let occurs = format!("document.querySelector('main').textContent.split({}).length - 1", json!(told));
        let times = browser.number(&occurs);
        assert!(times >= 20, "{name}: {times}");
        if name == "hostile" {
            assert_eq!(browser.evaluate(r"document.body.textContent.includes('\\u{202e}')"), true);
        }
    }
}

#[test]
fn two_thousand_findings_open_at_once() {
    let Some(pages) = Pages::new() else { return };
    let mut browser = Browser::start(&pages.env);
    browser.show(1600, "light");
    for (findings, rows) in [(2_000, 2_000), (20_000, 10_000)] {
        let (page, _) = pages.applied("many", &report(findings), &document(findings));
        let start = Instant::now();
        browser.open(&page);
        let took = start.elapsed();
        assert_eq!(browser.number("document.querySelectorAll('.item').length"), rows);
        let nodes = browser.number("document.querySelectorAll('main *').length");
        assert!(nodes < rows * 40, "{nodes} elements");
        let start = Instant::now();
        browser.evaluate(
            "document.querySelector('.filters input').value = 'package-7'; \
             document.querySelector('.filters').dispatchEvent(new Event('input'))",
        );
        println!(
            "{findings} findings: {} bytes, {nodes} elements, open in {took:?}, searched in {:?}",
            page.metadata().unwrap().len(),
            start.elapsed()
        );
        let notices = browser.number("document.querySelectorAll('.notice').length");
        assert_eq!(notices > 0, findings > 10_000);
    }
}

#[test]
fn without_scripts_a_page_has_everything() {
    let Some(pages) = Pages::new() else { return };
    let all = pages.all();
    let mut browser = Browser::start(&pages.env);
    browser.call("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    for page in &all {
        browser.open(page);
        assert_eq!(browser.number("document.querySelectorAll('form, [hidden]').length"), 0);
        let hidden = "[...document.querySelectorAll('.item')].filter((one) => !one.checkVisibility()).length";
        assert_eq!(browser.number(hidden), 0);
        let folded =
            "[...document.querySelectorAll('main details')].filter((one) => !one.textContent).length";
        assert_eq!(browser.number(folded), 0);
    }
}

#[test]
fn the_keyboard_reaches_everything_in_order() {
    let Some(pages) = Pages::new() else { return };
    let (page, _) = pages.applied("keys", &report(10), &document(10));
    let mut browser = Browser::start(&pages.env);
    browser.show(900, "light");
    browser.open(&page);
    let tab = |browser: &mut Browser| {
        browser.press("Tab", 9);
        let focus = "(() => { const one = document.activeElement; const ring = getComputedStyle(one);
                      return [one.localName, one.textContent.slice(0, 30), ring.outlineStyle, one.className]; })()";
        browser.evaluate(focus)
    };
    let first = tab(&mut browser);
    assert_eq!((&first[0], &first[1]), (&json!("a"), &json!("Skip to the results")));
    let on_screen = "document.activeElement.getBoundingClientRect().left >= 0";
    assert_eq!(browser.evaluate(on_screen), true);
    // Every part that can be used gets the focus once, in the order of the page, with a visible ring.
    browser.open(&page);
    let wanted = "[...document.querySelectorAll('a, input, select, button, summary, [tabindex=\"0\"]')]\
                  .filter((one) => one.checkVisibility()).length";
    let wanted = browser.number(wanted);
    browser.evaluate("window.seen = []");
    for at in 0..wanted {
        let focus = tab(&mut browser);
        assert_eq!(focus[2], "solid", "{at}: {focus}");
        let forward = browser.evaluate(
            "(() => { const last = seen.at(-1); const one = document.activeElement; seen.push(one); \
             return !last || Boolean(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING); })()",
        );
        assert_eq!(forward, true, "{at}: {focus}");
    }
    // The skip link moves the focus past the contents; a row is unfolded by Enter.
    browser.open(&page);
    tab(&mut browser);
    browser.press("Enter", 13);
    assert_eq!(browser.evaluate("document.activeElement.localName"), "main");
    browser.evaluate("document.querySelector('.item summary').focus()");
    browser.press("Enter", 13);
    assert_eq!(browser.number("document.querySelectorAll('.item details[open]').length"), 1);
}

#[test]
fn screen_readers_find_landmarks_names_and_headers() {
    let Some(pages) = Pages::new() else { return };
    let all = pages.all();
    let mut browser = Browser::start(&pages.env);
    browser.show(1600, "light");
    browser.call("Accessibility.enable", &json!({}));
    for page in &all {
        browser.open(page);
        let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
        let nodes: Vec<&Value> =
            tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false).collect();
        let with = |role: &str| -> Vec<&Value> {
            nodes.iter().copied().filter(|node| node["role"]["value"] == role).collect()
        };
        for landmark in ["banner", "main", "contentinfo", "search"] {
            assert_eq!(with(landmark).len(), 1, "{landmark} {}", page.display());
        }
        for role in ["image", "img", "link", "button", "combobox", "searchbox", "region", "heading", "table"]
        {
            for node in with(role) {
                assert_ne!(node["name"]["value"].as_str().unwrap_or_default(), "", "{role}: {node}");
            }
        }
        assert!(
            !with("table").is_empty() && !with("columnheader").is_empty() && !with("rowheader").is_empty()
        );
        let levels =
            "[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.localName[1]))";
        let levels: Vec<u64> = browser
            .evaluate(levels)
            .as_array()
            .unwrap()
            .iter()
            .map(|level| level.as_u64().unwrap())
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    }
}

#[test]
fn a_printed_page_has_the_details_and_no_filters() {
    let Some(pages) = Pages::new() else { return };
    let (page, _) = pages.applied("print", &report(10), &document(10));
    let mut browser = Browser::start(&pages.env);
    browser.show(900, "dark");
    browser.open(&page);
    let print =
        json!({ "media": "print", "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.call("Emulation.setEmulatedMedia", &print);
    assert_eq!(browser.evaluate("document.querySelector('.filters').checkVisibility()"), false);
    let color = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    assert_eq!(color, "rgb(255, 255, 255)");
    let details = "document.querySelector('.item details .facts').getBoundingClientRect().height > 0";
    assert_eq!(browser.evaluate(details), true);
    let width = "document.querySelector('.why > div').getBoundingClientRect().width > 300";
    assert_eq!(browser.evaluate(width), true);
    let pdf = browser.call("Page.printToPDF", &json!({ "printBackground": false }));
    assert!(pdf["data"].as_str().unwrap().starts_with("JVBERi"), "no PDF");
}
