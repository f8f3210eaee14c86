//! The technician's end: a web view under a keyboard layout, with the viewer's own code in it.

use crate::bench::{Away, Technician, set_layout};
use anyhow::{Context, Result, ensure};
use beistand_protocol::input::{Input, Key, KeyPlace};
use beistand_tests::display::Display;
use beistand_tests::driver::{Driver, eventually};
use beistand_tests::person::Person;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// The browser that comes with the web view.
pub(crate) fn browser() -> Result<PathBuf> {
    let machines = std::fs::read_dir("/usr/lib")?.flatten().map(|entry| entry.path());
    let mut browsers = machines.map(|machine| machine.join("webkit2gtk-4.1/MiniBrowser"));
    browsers.find(|path| path.is_file()).context("libwebkit2gtk-4.1 brings no MiniBrowser")
}

/// The page: a field that has the keyboard, as the viewer's has it.
const PAGE: &str = r"
document.body.innerHTML = '<textarea id=field style=width:90%;height:80vh></textarea><div id=places tabindex=0></div>';
const field = document.getElementById('field');
const keyboard = new Keyboard();
window.sent = [];
window.seen = [];
const note = (kind, e) => seen.push([kind, e.key, e.code, e.keyCode, e.isComposing, e.getModifierState('AltGraph'), e.ctrlKey, e.altKey]);
const places = document.getElementById('places');
const composed = () => { const text = field.value; field.value = ''; if (keyboard.mode === 'text' && text !== '') sent.push(...textInputs(text)); };
for (const target of [field, places]) {
  target.addEventListener('keydown', (e) => {
    note('down', e);
    const inputs = keyboard.press(e);
    if (inputs === undefined) return;
    e.preventDefault();
    sent.push(...inputs);
  });
  target.addEventListener('keyup', (e) => { note('up', e); sent.push(...keyboard.release(e)); });
}
field.addEventListener('input', (e) => { if (!e.isComposing) composed(); });
field.addEventListener('compositionend', composed);
window.use = (mode) => { sent.push(keyboard.use(mode)); (mode === 'place' ? places : field).focus(); };
window.take = () => sent.splice(0);
field.focus();
";

/// A technician's computer with a web view on it.
pub(crate) struct Web {
    pub(crate) driver: Driver,
    pub(crate) office: Display,
    _person: Person,
}

impl Web {
    /// Opens it; the keyboard is on the field.
    pub(crate) async fn open() -> Result<Self> {
        let mut office = Display::xvfb(800, 600)?;
        let person = Person::settle(office.name())?;
        office.start_window_manager(person.home())?;
        let driver = Driver::start(&person, &browser()?, &["--automation"]).await?;
        driver.run(&format!("{}\n{PAGE}\nwindow.Keyboard = Keyboard;", viewers_code()?)).await?;
        let web = Self { driver, office, _person: person };
        // As a technician does: into the picture.
        click_into_field(&web.driver, &web.hands()?).await?;
        Ok(web)
    }

    /// Chooses the layout of the technician's keyboard.
    pub(crate) async fn layout(&self, layout: &[&str]) -> Result<()> {
        set_layout(&self.office, layout)?;
        // The web view reads the new map when it hears of it.
        tokio::time::sleep(Duration::from_millis(400)).await;
        Ok(())
    }

    fn hands(&self) -> Result<Technician> {
        Technician::at(&self.office, Arc::new(Away))
    }

    /// Presses keys where they are, each with what is held meanwhile; answers what the viewer sends for it.
    pub(crate) async fn press(&self, strokes: &[Stroke]) -> Result<Vec<Input>> {
        let hands = self.hands()?;
        for stroke in strokes {
            for place in stroke.held {
                hands.key(Key::Place(*place), true)?;
            }
            hands.key(Key::Place(stroke.place), true)?;
            std::thread::sleep(Duration::from_millis(5));
            hands.key(Key::Place(stroke.place), false)?;
            for place in stroke.held.iter().rev() {
                hands.key(Key::Place(*place), false)?;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.sent().await
    }

    /// What the viewer has sent since this was last asked, once nothing more comes.
    async fn sent(&self) -> Result<Vec<Input>> {
        let mut count = u64::MAX;
        loop {
            tokio::time::sleep(Duration::from_millis(120)).await;
            let now = self.driver.run("return sent.length").await?.as_u64().context("a length")?;
            if now == count {
                break;
            }
            count = now;
        }
        Ok(serde_json::from_value(self.driver.run("return take()").await?)?)
    }

    /// What the web view said of the keys; for whoever looks why a test fails.
    pub(crate) async fn seen(&self) -> Result<String> {
        Ok(self.driver.run("return JSON.stringify(seen.splice(0))").await?.to_string())
    }
}

/// Clicks into the field of a page and waits until it has the keyboard.
pub(crate) async fn click_into_field(driver: &Driver, hands: &Technician) -> Result<()> {
    hands.click(400, 300)?;
    eventually("the keyboard", Duration::from_secs(20), async || {
        let has = driver.run("return document.hasFocus() && document.activeElement.id === 'field'").await?;
        Ok((has == true).then_some(()))
    })
    .await
}

/// A key at its place, and what is held while it is pressed.
#[derive(Clone, Copy)]
pub(crate) struct Stroke {
    pub(crate) held: &'static [KeyPlace],
    pub(crate) place: KeyPlace,
}

/// The viewer's own code, without its types.
fn viewers_code() -> Result<String> {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui");
    let strip = "const ts = require('typescript'); \
        const source = require('fs').readFileSync('src/features/viewer/keys.ts', 'utf8'); \
        const options = { module: 'ESNext', target: 'ES2022' }; \
        const { outputText } = ts.transpileModule(source, { compilerOptions: options }); \
        process.stdout.write(outputText.replace(/^export /gm, ''));";
    let output = Command::new("node").args(["-e", strip]).current_dir(&ui).output().context("node")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
