//! Reading and clicking in the app's real windows, through `WebKitWebDriver`.
//!
//! One driver process holds one app. All windows of the app share one data folder, so one session reaches them all;
//! each is known by its label. What the driver does comes from no hardware: what needs a hand goes through
//! [`Driver::place_of`] and [`crate::hands::Hands`].

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::display::{Display, Place};
use crate::person::Person;
use crate::process::Guard;

/// How long a click may take to show its effect. Generous: two cores carry two apps, a relay and three displays.
pub const PATIENCE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(50);

/// Finds what can be clicked by its text or accessible name; the whole name goes before a part of one. Before a `/`
/// may stand the name of the group that it is in.
const CONTROL: &str = "const [wanted, group] = arguments[0].split('/').reverse(); \
    const tidy = (t) => (t ?? '').replace(/\\s+/g, ' ').trim(); \
    const names = (e) => [e.getAttribute('aria-label') ?? e.innerText, e.title].map(tidy); \
    const label = (e) => tidy(e.getAttribute('aria-label') ?? document.getElementById(e.getAttribute('aria-labelledby'))?.innerText); \
    const within = group ? [...document.querySelectorAll('[role=group], [role=radiogroup]')].find((e) => label(e).includes(group)) : document; \
    const all = [...(within ?? { querySelectorAll: () => [] }).querySelectorAll('button, a, summary, label, [role=button], [role=radio], [role=switch]')] \
      .filter((e) => !e.disabled && e.getAttribute('aria-disabled') !== 'true' && e.getClientRects().length > 0); \
    return all.find((e) => names(e).includes(wanted)) ?? all.find((e) => names(e).some((t) => t.includes(wanted))) ?? null;";

/// Finds a field by its label.
const FIELD: &str = "const wanted = arguments[0]; \
    const names = (e) => [e.getAttribute('aria-label'), ...[...(e.labels ?? [])].map((l) => l.innerText)]; \
    return [...document.querySelectorAll('input, textarea')] \
      .find((e) => !e.disabled && names(e).some((t) => (t ?? '').includes(wanted))) ?? null;";

/// Which window of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The main window of either role.
    Main,
    /// The customer's permission panel.
    Panel,
    /// The technician's viewer.
    Viewer,
}

/// How a page gets a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenBy {
    /// It is chosen.
    Choice,
    /// It is dropped.
    Drop,
}

impl Page {
    fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Panel => "panel",
            Self::Viewer => "viewer",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Main => "current_main_view",
            Self::Panel => "current_panel_view",
            Self::Viewer => "current_viewer_view",
        }
    }
}

/// One running app with its windows.
pub struct Driver {
    client: Client,
    _process: Guard,
}

impl Driver {
    /// Starts the app in a person's surroundings.
    ///
    /// # Errors
    /// When the driver or the app does not come up.
    pub async fn start(person: &Person, app: &Path, arguments: &[&str]) -> Result<Self> {
        ensure!(app.is_file(), "{} is not built", app.display());
        let port = free_port()?;
        let mut command = person.command("WebKitWebDriver");
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        if std::env::var_os("BEISTAND_TEST_LOG").is_none() {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        let process = Guard::start(&mut command)?;
        let options = json!({ "binary": app, "args": arguments });
        let capabilities = serde_json::Map::from_iter([("webkitgtk:browserOptions".to_owned(), options)]);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let address = format!("http://127.0.0.1:{port}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            match builder.connect(&address).await {
                Ok(client) => return Ok(Self { client, _process: process }),
                Err(error) if Instant::now() >= deadline => return Err(error).context("no session with the app"),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Turns to a window, as soon as the app has it.
    ///
    /// # Errors
    /// When the app does not open it.
    pub async fn turn_to(&self, page: Page) -> Result<()> {
        eventually(&format!("the window {page:?}"), PATIENCE, async || Ok(self.find(page).await?.then_some(()))).await
    }

    async fn find(&self, page: Page) -> Result<bool> {
        // The window that the driver looked at may be gone: then it has no name.
        if self.label().await.is_ok_and(|label| label == page.label()) {
            return Ok(true);
        }
        for handle in self.client.windows().await? {
            self.client.switch_to_window(handle).await?;
            if self.label().await.is_ok_and(|label| label == page.label()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The app's own name of the window turned to.
    async fn label(&self) -> Result<String> {
        let label = self.run("return window.__TAURI_INTERNALS__.metadata.currentWindow.label").await?;
        Ok(label.as_str().context("a window has a label")?.to_owned())
    }

    /// What a window shows, as the shell told its page.
    ///
    /// # Errors
    /// When the app does not answer.
    pub async fn view(&self, page: Page) -> Result<Value> {
        self.turn_to(page).await?;
        let script = "const done = arguments[1]; \
            window.__TAURI_INTERNALS__.invoke(arguments[0]).then(done, (e) => done({ failed: String(e) }));";
        let view = self.client.execute_async(script, vec![json!(page.command())]).await?;
        ensure!(view.get("failed").is_none(), "{page:?} has no view: {view}");
        Ok(view)
    }

    /// Waits for a screen of this kind and returns it.
    ///
    /// # Errors
    /// When another one stays.
    pub async fn screen(&self, page: Page, kind: &str) -> Result<Value> {
        self.screen_of(page, &[kind]).await
    }

    /// Waits for a screen of one of these kinds and returns it.
    ///
    /// # Errors
    /// When another one stays.
    pub async fn screen_of(&self, page: Page, kinds: &[&str]) -> Result<Value> {
        let mut last = Value::Null;
        let result = eventually(&format!("the screen {kinds:?}"), PATIENCE, async || {
            last = self.view(page).await?.get("screen").cloned().context("a view has a screen")?;
            let is_it = last.get("kind").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind));
            Ok(is_it.then(|| last.clone()))
        })
        .await;
        result.with_context(|| format!("{page:?} shows {last} instead of {kinds:?}"))
    }

    /// The visible text of the window turned to.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn text(&self) -> Result<String> {
        let text = self.client.execute("return document.body.innerText", vec![]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the window turned to shows a text.
    ///
    /// # Errors
    /// When it does not; names what is there instead.
    pub async fn see(&self, text: &str) -> Result<()> {
        let mut last = String::new();
        let result = eventually(&format!("the text {text:?}"), PATIENCE, async || {
            last = self.text().await?;
            Ok(last.contains(text).then_some(()))
        })
        .await;
        result.with_context(|| format!("the window shows: {last}"))
    }

    /// Waits for what can be clicked under this name: its text or its accessible name.
    ///
    /// # Errors
    /// When there is none that is enabled.
    pub async fn control(&self, name: &str) -> Result<Element> {
        self.found(CONTROL, name).await
    }

    async fn found(&self, script: &str, name: &str) -> Result<Element> {
        let found = eventually(&format!("what is named {name:?}"), PATIENCE, async || {
            let element = self.client.execute(script, vec![json!(name)]).await?;
            Ok((!element.is_null()).then_some(element))
        })
        .await;
        let found = match found {
            Ok(found) => found,
            Err(error) => bail!("{error:#}; the window shows: {}", self.text().await?),
        };
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        let id = id.context("an element has an id")?.to_owned();
        Ok(Element::from_element_id(self.client.clone(), id.into()))
    }

    /// Clicks what bears this name.
    ///
    /// # Errors
    /// See [`Driver::control`].
    pub async fn click(&self, name: &str) -> Result<()> {
        let control = self.control(name).await?;
        control.click().await.with_context(|| format!("{name:?} cannot be clicked"))
    }

    /// Types into the field with this label, in place of what is there.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        let field = self.found(FIELD, label).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// Chooses from the list with this label what has this text.
    ///
    /// # Errors
    /// When there is no such list, or it does not have that.
    pub async fn choose(&self, label: &str, text: &str) -> Result<()> {
        let script = "const [wanted, text] = arguments; \
            const list = [...document.querySelectorAll('select')].find((e) => [...(e.labels ?? [])].some((l) => l.innerText.includes(wanted))); \
            const option = [...(list?.options ?? [])].find((o) => o.text.includes(text)); \
            if (!option) return false; \
            list.value = option.value; list.dispatchEvent(new Event('change', { bubbles: true })); return true;";
        eventually(&format!("{text:?} in the list {label:?}"), PATIENCE, async || {
            let chosen = self.client.execute(script, vec![json!(label), json!(text)]).await?;
            Ok((chosen == Value::Bool(true)).then_some(()))
        })
        .await
    }

    /// Lets a file fall onto what takes files, or has it chosen there, as the page gets it from the web view.
    ///
    /// # Errors
    /// When the page takes no files.
    pub async fn give_file(&self, way: GivenBy, name: &str, bytes: &[u8]) -> Result<()> {
        let script = "const [drops, name, bytes] = arguments; \
            const file = new File([new Uint8Array(bytes)], name); \
            const all = new DataTransfer(); all.items.add(file); \
            const input = document.querySelector('input[type=file]'); \
            if (!input) return false; \
            if (drops) { input.closest('.files').dispatchEvent(new DragEvent('drop', { dataTransfer: all, bubbles: true, cancelable: true })); } \
            else { input.files = all.files; input.dispatchEvent(new Event('change', { bubbles: true })); } \
            return true;";
        let arguments = vec![json!(way == GivenBy::Drop), json!(name), json!(bytes)];
        let given = self.client.execute(script, arguments).await?;
        ensure!(given == Value::Bool(true), "nothing takes files: {}", self.text().await?);
        Ok(())
    }

    /// Looks for what keeps people from using the page that is shown, colours included.
    ///
    /// # Errors
    /// When axe-core finds something; names it.
    pub async fn accessible(&self, page: Page) -> Result<()> {
        self.turn_to(page).await?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
        let source = fs::read_to_string(source).context("npm ci in ui/ brings axe-core")?;
        self.run(&format!("if (!window.axe) {{ {source} }} window.axeSays = null;")).await?;
        let rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";
        let ask = format!(
            "window.axe.run(document, {{ runOnly: {rules} }}).then((all) => {{ window.axeSays = all.violations.map(\
             (one) => one.id + ': ' + one.nodes.map((node) => node.html).join(' ')); }}, \
             (error) => {{ window.axeSays = [String(error)]; }});"
        );
        self.run(&ask).await?;
        let said = eventually("axe-core", PATIENCE, async || {
            let said = self.run("return window.axeSays").await?;
            Ok((!said.is_null()).then_some(said))
        })
        .await?;
        ensure!(said.as_array().is_some_and(Vec::is_empty), "{said}");
        Ok(())
    }

    /// Presses Enter where the keyboard's focus is.
    ///
    /// # Errors
    /// When nothing has the focus.
    pub async fn press_enter(&self) -> Result<()> {
        self.client.active_element().await?.send_keys("\u{e007}").await?;
        Ok(())
    }

    /// The middle of what bears this name, on the screen of the display.
    ///
    /// # Errors
    /// When there is none or the window is not on the screen.
    pub async fn place_of(&self, name: &str, display: &Display) -> Result<(i16, i16)> {
        let mut control = self.client.execute(CONTROL, vec![json!(name)]).await?;
        if control.is_null() {
            control = self.client.execute(FIELD, vec![json!(name)]).await?;
        }
        if control.is_null() {
            control = serde_json::to_value(self.control(name).await?)?;
        }
        let script = "const e = arguments[0]; e.scrollIntoView({ block: 'center' }); const r = e.getBoundingClientRect(); \
            return [r.left + r.width / 2, r.top + r.height / 2];";
        self.on_display(script, control, display).await
    }

    /// The top left corner of the first element that a selector finds, on the screen of the display.
    ///
    /// # Errors
    /// When there is none or the window is not on the screen.
    pub async fn corner_of(&self, selector: &str, display: &Display) -> Result<(i16, i16)> {
        let script = "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.top];";
        self.on_display(script, json!(selector), display).await
    }

    async fn on_display(&self, script: &str, argument: Value, display: &Display) -> Result<(i16, i16)> {
        let found = self.client.execute(script, vec![argument]).await?;
        let ratio = self.run("return window.devicePixelRatio").await?.as_f64().context("a page has a ratio")?;
        let number = |at: usize| found.get(at).and_then(Value::as_f64).context("a place has numbers");
        let window = self.window(display).await?;
        Ok((window.x + whole(number(0)? * ratio)?, window.y + whole(number(1)? * ratio)?))
    }

    /// Where the inside of the window turned to lies on the display.
    ///
    /// # Errors
    /// When no viewable window of ours has the size of the page.
    pub async fn window(&self, display: &Display) -> Result<Place> {
        let page = self.run("return [window.innerWidth, window.innerHeight]").await?;
        let is = |at: usize, size: u16| page.get(at).and_then(Value::as_u64) == Some(u64::from(size));
        let mut windows = display.windows("Beistand")?;
        windows.retain(|place| is(0, place.width) && is(1, place.height));
        windows.pop().with_context(|| format!("no window of {page} is on the display"))
    }

    /// Runs JavaScript in the window turned to, as the body of a function.
    ///
    /// # Errors
    /// When it throws.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, vec![]).await?)
    }
}

fn whole(number: f64) -> Result<i16> {
    ensure!(number.abs() < f64::from(i16::MAX), "{number} is outside every display");
    #[expect(clippy::cast_possible_truncation, reason = "just checked")]
    Ok(number.round() as i16)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Asks until there is an answer; an error while asking counts as none until the time is over.
///
/// # Errors
/// When `limit` is over.
pub async fn eventually<T>(what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        let result = ask().await;
        if let Ok(Some(answer)) = result {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            result.with_context(|| format!("while waiting for {what}"))?;
            bail!("{what}: not within {} s", limit.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
