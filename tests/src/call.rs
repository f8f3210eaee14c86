//! A support call as both people live it: what they press, what they see, in the app's German.
//!
//! The customer does everything by hand, at the hardware: consent from anywhere else would prove nothing. The
//! technician's buttons are pressed by the driver; keys and mouse in the picture come from the technician's hands.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::driver::{Driver, PATIENCE, Page, eventually};
use crate::hands::RETURN;
use crate::person::Person;
use crate::process::Found;
use crate::relay::{self, Relay};
use crate::screenshot::Screenshot;
use crate::seat::{Seat, USUAL_DESKTOP};
use crate::wait::wait_until;

/// For so long the customer's own input goes before the technician's; a little more, to be sure.
const LOCAL_INPUT_WINS: Duration = Duration::from_millis(1200);

/// The customer's button that stops everything.
pub const STOP: &str = "NOTAUS";
/// The switch that forbids control.
pub const CONTROL_OFF: &str = "Maus und Tastatur/aus";
/// The switch that allows control.
pub const CONTROL_ON: &str = "Maus und Tastatur/an";

/// Where the customer's terminal stands: its left top corner and its size.
const TERMINAL: (i16, i16, u16, u16) = (500, 560, 430, 180);

/// Two people with a relay between them.
pub struct Call {
    /// The customer's app.
    pub customer: Driver,
    /// The technician's app.
    pub technician: Driver,
    /// The relay.
    pub relay: Relay,
    /// Both computers.
    pub seat: Seat,
}

impl Call {
    /// Sets up both computers, a relay with one technician, and starts both apps. Nobody is signed in yet.
    ///
    /// # Errors
    /// When something does not come up.
    pub async fn set_up() -> Result<Self> {
        Self::set_up_at(Relay::start()?).await
    }

    /// The same, with a relay that runs already.
    ///
    /// # Errors
    /// When something does not come up.
    pub async fn set_up_at(relay: Relay) -> Result<Self> {
        Self::set_up_with(relay, USUAL_DESKTOP).await
    }

    /// The same, with a customer's desktop of this size.
    ///
    /// # Errors
    /// When something does not come up.
    pub async fn set_up_with(relay: Relay, desktop: (u16, u16)) -> Result<Self> {
        let mut seat = Seat::sized(desktop)?;
        open_terminal(&mut seat)?;
        let program = install(&seat.customer, &relay)?;
        let customer = Driver::start(&seat.customer, &program, &["--profile", "customer"]).await?;
        let program = install(&seat.technician, &relay)?;
        let technician = Driver::start(&seat.technician, &program, &["--profile", "technician"]).await?;
        Ok(Self { customer, technician, relay, seat })
    }

    /// The same, as far as the technician being signed in, the picture shown and nothing else allowed.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn running() -> Result<Self> {
        Self::running_with(USUAL_DESKTOP).await
    }

    /// The same, with a customer's desktop of this size.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn running_with(desktop: (u16, u16)) -> Result<Self> {
        let call = Self::set_up_with(Relay::start()?, desktop).await?;
        call.sign_in().await?;
        let number = call.technician_shows_number().await?;
        call.customer_types(&number).await?;
        call.customer_shows_screen().await?;
        Ok(call)
    }

    /// The same, with control asked for and granted.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn with_control() -> Result<Self> {
        Self::with_control_of(USUAL_DESKTOP).await
    }

    /// The same, with a customer's desktop of this size.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn with_control_of(desktop: (u16, u16)) -> Result<Self> {
        let call = Self::running_with(desktop).await?;
        call.technician_asks("Ich zeige Ihnen die Einstellung.").await?;
        call.customer_presses(Page::Panel, "Erlauben").await?;
        call.control_is(true).await?;
        Ok(call)
    }

    /// Signs the technician in.
    ///
    /// # Errors
    /// When the technician's overview does not come.
    pub async fn sign_in(&self) -> Result<()> {
        let app = &self.technician;
        app.screen(Page::Main, "start").await?;
        app.click("Für Techniker").await?;
        app.screen(Page::Main, "signIn").await?;
        app.fill("Adresse Ihrer Firma", self.relay.domain()).await?;
        app.fill("Anmeldename", relay::LOGIN).await?;
        app.fill("Passwort", relay::PASSWORD).await?;
        app.click("Anmelden").await?;
        app.screen(Page::Main, "technicianHome").await?;
        Ok(())
    }

    /// The technician asks for a number and reads it out.
    ///
    /// # Errors
    /// When none comes.
    pub async fn technician_shows_number(&self) -> Result<String> {
        self.technician.click("Neue Sitzung").await?;
        digits(&self.technician.screen(Page::Main, "technicianNumber").await?)
    }

    /// The customer asks for a number and reads it out.
    ///
    /// # Errors
    /// When none comes.
    pub async fn customer_shows_number(&self) -> Result<String> {
        self.customer_chooses("Nummer anzeigen").await?;
        digits(&self.customer.screen(Page::Main, "showNumber").await?)
    }

    /// The technician types the number that the customer reads out.
    ///
    /// # Errors
    /// When the app does not take it.
    pub async fn technician_types(&self, number: &str) -> Result<()> {
        self.technician.click("Nummer des Kunden eingeben").await?;
        self.technician.screen(Page::Main, "typeNumber").await?;
        self.technician.fill("Sitzungsnummer", number).await?;
        self.technician.press_enter().await
    }

    /// The customer says who called whom, confirms the company the first time, and types the number.
    ///
    /// # Errors
    /// When a screen on the way does not come.
    pub async fn customer_types(&self, number: &str) -> Result<()> {
        self.customer_chooses("Ich habe eine Nummer").await?;
        self.customer.screen(Page::Main, "enterNumber").await?;
        self.customer_presses(Page::Main, "Sitzungsnummer").await?;
        self.seat.hands.type_text(number)?;
        self.seat.hands.press(RETURN)
    }

    async fn customer_chooses(&self, way: &str) -> Result<()> {
        let app = &self.customer;
        app.screen(Page::Main, "start").await?;
        self.customer_presses(Page::Main, "Ich habe angerufen").await?;
        let kind = app.screen_of(Page::Main, &["confirmDomain", "choose"]).await?;
        if kind.get("kind").and_then(Value::as_str) == Some("confirmDomain") {
            self.customer_presses(Page::Main, "Jemand, den ich selbst angerufen habe").await?;
        }
        app.screen(Page::Main, "choose").await?;
        self.customer_presses(Page::Main, way).await
    }

    /// The customer sees who it is and shows the screen; the technician's picture comes.
    ///
    /// # Errors
    /// When a screen on the way does not come.
    pub async fn customer_shows_screen(&self) -> Result<Value> {
        let who = self.customer.screen(Page::Main, "whoIsIt").await?;
        self.customer_presses(Page::Main, "Bildschirm zeigen").await?;
        self.customer.screen(Page::Main, "inSession").await?;
        self.customer.screen(Page::Panel, "running").await?;
        self.technician.screen(Page::Viewer, "running").await?;
        self.technician_lays_the_picture_out().await?;
        Ok(who)
    }

    /// The technician lets the viewer fill the screen, shows the picture at 1:1 and keeps the tools where they are.
    async fn technician_lays_the_picture_out(&self) -> Result<()> {
        let (app, office) = (&self.technician, &self.seat.office);
        app.turn_to(Page::Viewer).await?;
        let viewer = eventually("the viewer's window", PATIENCE, async || Ok(Some(app.window(office).await?))).await?;
        office.maximise(viewer.window)?;
        app.click("1:1").await?;
        app.click("Leiste anheften").await?;
        let (width, height) = self.seat.desktop.size();
        eventually("room for the whole picture", PATIENCE, async || {
            let (x, y) = app.corner_of("canvas", office).await?;
            let (right, bottom) = (x + i16::try_from(width)?, y + i16::try_from(height)?);
            let (wide, high) = office.size();
            // Of a larger one the upper left part is seen.
            let (right, bottom) = (right.min(wide.try_into()?), bottom.min(high.try_into()?));
            let fits = x >= 0 && y >= 0 && right <= i16::try_from(wide)? && bottom <= i16::try_from(high)?;
            Ok(fits.then_some(()))
        })
        .await
    }

    /// The technician asks for control with a reason.
    ///
    /// # Errors
    /// When the customer's panel does not show the question.
    pub async fn technician_asks(&self, reason: &str) -> Result<()> {
        self.technician.turn_to(Page::Viewer).await?;
        self.technician.click("Fragen: Maus und Tastatur").await?;
        self.technician.fill("Grund, den der Kunde liest", reason).await?;
        self.technician.click("Fragen").await?;
        self.customer.turn_to(Page::Panel).await?;
        self.customer.see(reason).await
    }

    /// The customer presses something by hand.
    ///
    /// # Errors
    /// When it is not on the screen.
    pub async fn customer_presses(&self, page: Page, name: &str) -> Result<()> {
        self.customer.turn_to(page).await?;
        let (x, y) = self.customer.place_of(name, &self.seat.desktop).await?;
        self.seat.hands.click(x, y)
    }

    /// Waits until both ends know that control is allowed, or that it is not.
    ///
    /// # Errors
    /// When one end thinks otherwise.
    pub async fn control_is(&self, allowed: bool) -> Result<()> {
        eventually(&format!("control to be allowed: {allowed}"), PATIENCE, async || {
            let panel = self.customer.view(Page::Panel).await?;
            let viewer = self.technician.view(Page::Viewer).await?;
            let on = permission(&panel, "control").and_then(|one| one.get("setting")?.as_str().map(|set| set == "on"));
            let may = permission(&viewer, "control")
                .and_then(|one| one.get("state")?.get("kind")?.as_str().map(|kind| kind == "allowed"));
            Ok((on == Some(allowed) && may == Some(allowed)).then_some(()))
        })
        .await
    }

    /// Where a point of the customer's desktop lies on the technician's, in the viewer at 1:1.
    ///
    /// # Errors
    /// When the viewer shows no picture.
    pub async fn in_viewer(&self, x: i16, y: i16) -> Result<(i16, i16)> {
        self.technician.turn_to(Page::Viewer).await?;
        let (left, top) = self.technician.corner_of("canvas", &self.seat.office).await?;
        Ok((left + x, top + y))
    }

    /// What the technician sees of the customer's desktop, cut out of the technician's real screen.
    ///
    /// # Errors
    /// When the viewer shows no picture.
    pub async fn technicians_picture(&self) -> Result<Screenshot> {
        let (x, y) = self.in_viewer(0, 0).await?;
        let (width, height) = self.seat.desktop.size();
        let office = self.seat.office.screenshot()?;
        office.crop(usize::try_from(x)?, usize::try_from(y)?, usize::from(width), usize::from(height))
    }

    /// The technician clicks a point of the customer's desktop in the picture.
    ///
    /// # Errors
    /// When the viewer shows no picture.
    pub async fn technician_clicks(&self, x: i16, y: i16) -> Result<()> {
        let (x, y) = self.in_viewer(x, y).await?;
        self.seat.technician_hands.click(x, y)
    }

    /// The technician clicks a point of the picture once the customer's hands have rested.
    ///
    /// # Errors
    /// When the viewer shows no picture.
    pub async fn technician_clicks_when_free(&self, (x, y): (i16, i16)) -> Result<()> {
        self.customer_is_still().await?;
        self.technician_clicks(x, y).await
    }

    /// The technician types a line into the customer's terminal.
    ///
    /// # Errors
    /// When the viewer shows no picture.
    pub async fn technician_types_a_line(&self, line: &str) -> Result<()> {
        self.customer_is_still().await?;
        let (left, top, width, height) = TERMINAL;
        let (x, y) = (left + i16::try_from(width / 2)?, top + i16::try_from(height / 2)?);
        self.technician_clicks(x, y).await?;
        self.seat.technician_hands.type_text(line)?;
        self.seat.technician_hands.press(RETURN)
    }

    /// Waits until the customer's own input no longer goes before the technician's.
    async fn customer_is_still(&self) -> Result<()> {
        eventually("the customer's hands to rest", PATIENCE, async || {
            let view = self.technician.view(Page::Viewer).await?;
            let paused = view.get("screen").and_then(|screen| screen.get("paused")).context("no viewer")?;
            Ok((paused.is_null() && self.seat.hands.rested_for(LOCAL_INPUT_WINS)).then_some(()))
        })
        .await
    }

    /// The technician's program sends a line although its viewer would not let it.
    ///
    /// # Errors
    /// When the app does not take it.
    pub async fn technician_sends_anyway(&self, line: &str) -> Result<()> {
        self.technician.turn_to(Page::Viewer).await?;
        let events = serde_json::json!([{ "text": format!("{line}\n") }]);
        self.technician.run(&format!("window.__TAURI_INTERNALS__.invoke('input', {{ events: {events} }})")).await?;
        Ok(())
    }

    /// Waits until the terminal has written these words into this file of the customer's home.
    ///
    /// # Errors
    /// When something else is in it, or nothing.
    pub async fn terminal_wrote(&self, file: &str, text: &str) -> Result<()> {
        let path = self.seat.customer.home().join(file);
        let mut last = None;
        let what = format!("{text:?} in {file}");
        let result = eventually(&what, PATIENCE, async || {
            last = fs::read_to_string(&path).ok();
            Ok((last.as_deref() == Some(text)).then_some(()))
        })
        .await;
        result.with_context(|| format!("{file} holds {last:?}"))
    }

    /// The customer's terminal, on the customer's screen and in the technician's picture of it.
    ///
    /// # Errors
    /// When a display is gone.
    pub async fn terminal_on_both(&self) -> Result<(Screenshot, Screenshot)> {
        let (left, top, width, height) = TERMINAL;
        let cut = |screen: Screenshot| {
            screen.crop(usize::try_from(left)?, usize::try_from(top)?, usize::from(width), usize::from(height))
        };
        Ok((cut(self.seat.desktop.screenshot()?)?, cut(self.technicians_picture().await?)?))
    }

    /// Waits until both ends say that it is over and returns both reasons, the customer's first.
    ///
    /// # Errors
    /// When one of them does not.
    pub async fn ends(&self) -> Result<(String, String)> {
        let customer = self.customer.screen(Page::Main, "ended").await?;
        let technician = self.technician.screen(Page::Main, "technicianEnded").await?;
        let reason = |screen: &Value| {
            screen.get("end").and_then(Value::as_str).map(str::to_owned).context("an end has a reason")
        };
        Ok((reason(&customer)?, reason(&technician)?))
    }

    /// The customer's receipts, as files.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn receipts(&self) -> Result<Vec<PathBuf>> {
        let folder = data(&self.seat.customer, "customer").join("receipts");
        let Ok(files) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
        let mut files: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
        files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
        files.sort();
        Ok(files)
    }

    /// The customer's worker processes that live now.
    #[must_use]
    pub fn workers(&self) -> Vec<Found> {
        let is_worker = |found: &Found| {
            found.command.split(' ').next().is_some_and(|program| program.ends_with("/beistand"))
                && found.command.split(' ').any(|word| word == "worker")
        };
        self.seat.customer.processes().into_iter().filter(is_worker).collect()
    }

    /// Waits until no worker lives.
    ///
    /// # Errors
    /// When one does.
    pub async fn no_worker_is_left(&self) -> Result<()> {
        let limit = Duration::from_secs(5);
        eventually("the end of the worker", limit, async || Ok(self.workers().is_empty().then_some(()))).await
    }
}

/// Leaves a last look at both computers, for whoever has to find out why a test failed.
impl Drop for Call {
    fn drop(&mut self) {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("call").replace("::", "-");
        let here = std::env::current_exe().unwrap_or_default();
        let target = here.ancestors().find(|folder| folder.ends_with("debug")).and_then(Path::parent);
        if let (Some(target), Ok(screen)) = (target, self.seat.screenshot()) {
            let _ = screen.save(&target.join("seen").join(format!("{name}.png"))); // A help, no more.
        }
    }
}

/// Where the customer's terminal stands: its left top corner and its size.
#[must_use]
pub fn terminal() -> (i16, i16, u16, u16) {
    TERMINAL
}

/// Opens a real terminal at its place on the customer's desktop and waits for its prompt.
fn open_terminal(seat: &mut Seat) -> Result<()> {
    let (left, top, width, height) = TERMINAL;
    seat.start("xterm", &["-title", "Terminal", "-geometry", &format!("70x13+{left}+{top}")])?;
    wait_until("the terminal", PATIENCE, || {
        let screen = seat.desktop.screenshot()?;
        let inside = screen.crop(usize::try_from(left)?, usize::try_from(top)?, width.into(), height.into())?;
        Ok(!seat.desktop.windows("Terminal")?.is_empty() && inside.colours() > 3)
    })
}

/// Where the app keeps a profile's data in a person's home.
#[must_use]
pub fn data(person: &Person, profile: &str) -> PathBuf {
    person.home().join(format!(".local/share/org.beistand.app.profile_{profile}"))
}

/// The programs that cargo built, beside the one that runs.
///
/// # Errors
/// When there is none of this name.
pub fn built(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folders = here.ancestors().skip(1).take(2);
    let mut found = folders.map(|folder| folder.join(name)).filter(|program| program.is_file());
    found.next().with_context(|| format!("{name} is not built: cargo build --workspace --bins"))
}

/// Gives a person the program as a company hands it out: one file, and one beside it that names the company.
///
/// # Errors
/// When the app is not built or the home cannot be written.
pub fn install(person: &Person, relay: &Relay) -> Result<PathBuf> {
    let folder = person.home().join("Beistand");
    fs::create_dir_all(&folder)?;
    let program = folder.join("beistand");
    let built = built("beistand")?.canonicalize()?;
    if fs::hard_link(&built, &program).is_err() {
        fs::copy(&built, &program)?;
    }
    fs::copy(relay.company_file(), folder.join("beistand.toml"))?;
    Ok(program)
}

fn digits(screen: &Value) -> Result<String> {
    let number = screen.get("number").context("the screen has a number")?;
    // One end's screen is the number, the other's has it beside the technician.
    let number = number.get("number").unwrap_or(number).to_string();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    ensure!(digits.len() >= 9, "{number} is no session number");
    Ok(digits)
}

fn permission<'a>(view: &'a Value, name: &str) -> Option<&'a Value> {
    let all = view.get("screen")?.get("permissions")?.as_array()?;
    all.iter().find(|one| one.get("permission").and_then(Value::as_str) == Some(name))
}

/// The folder into which a test or the demo writes what it saw.
#[must_use]
pub fn numbered(folder: &Path, number: usize, name: &str) -> PathBuf {
    folder.join(format!("{number:02}-{name}.png"))
}
