//! The test seat: the customer's computer with hardware of its own, and the technician's computer.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::display::Display;
use crate::hands::Hands;
use crate::person::Person;
use crate::process::Guard;
use crate::screenshot::Screenshot;

/// Width and height of a customer's desktop.
pub const USUAL_DESKTOP: (u16, u16) = (1280, 800);

/// Two computers: the customer's is a Xephyr on an Xvfb of the same size, the technician's an Xvfb.
pub struct Seat {
    // In the order in which they must go: programs before displays, the inner display before the outer.
    programs: Vec<Guard>,
    /// Who asks for help.
    pub customer: Person,
    /// Who helps.
    pub technician: Person,
    /// The customer's hands, at the hardware.
    pub hands: Hands,
    /// The technician's hands, at the technician's display.
    pub technician_hands: Hands,
    /// The customer's desktop.
    pub desktop: Display,
    /// The technician's desktop.
    pub office: Display,
    _outer: Display,
    _turn: Turn,
}

impl Seat {
    /// Sets up both computers with a window manager each. One seat at a time on a machine: others wait.
    ///
    /// # Errors
    /// When a program of it is missing or does not come up.
    pub fn new() -> Result<Self> {
        Self::sized(USUAL_DESKTOP)
    }

    /// The same, with a customer's desktop of this size.
    ///
    /// # Errors
    /// When a program of it is missing or does not come up.
    pub fn sized((width, height): (u16, u16)) -> Result<Self> {
        let turn = Turn::take()?;
        let outer = Display::xvfb(width, height)?;
        let mut desktop = Display::xephyr(outer.name(), width, height)?;
        let mut office = Display::xvfb(1500, 1000)?;
        let customer = Person::settle(desktop.name())?;
        let technician = Person::settle(office.name())?;
        desktop.start_window_manager(customer.home())?;
        office.start_window_manager(technician.home())?;
        // What is typed here has to arrive on a keyboard with another layout.
        let mut layout = technician.command("setxkbmap");
        let status = layout.arg("de").status().context("setxkbmap cannot be started")?;
        ensure!(status.success(), "the technician's display takes no German layout");
        let hands = Hands::new(outer.name(), (0, 0))?;
        let technician_hands = Hands::new(office.name(), (0, 0))?;
        Ok(Self {
            programs: Vec::new(),
            customer,
            technician,
            hands,
            technician_hands,
            desktop,
            office,
            _outer: outer,
            _turn: turn,
        })
    }

    /// Starts a program on the customer's desktop.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&mut self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.customer.command(program);
        // A locale that every system has, so that the terminal speaks UTF-8.
        command.args(arguments).env("LC_ALL", "C.UTF-8").stdout(Stdio::null()).stderr(Stdio::null());
        self.programs.push(Guard::start(&mut command)?);
        Ok(())
    }

    /// Both desktops in one picture.
    ///
    /// # Errors
    /// When a display is gone.
    pub fn screenshot(&self) -> Result<Screenshot> {
        self.desktop.screenshot()?.beside(&self.office.screenshot()?)
    }
}

/// The lock that makes seats wait for each other, whichever runner starts the tests.
#[derive(Debug)]
struct Turn {
    _file: File,
}

impl Turn {
    fn take() -> Result<Self> {
        let user = std::fs::metadata("/proc/self")?.uid();
        let path = std::env::temp_dir().join(format!("beistand-test-seat-{user}.lock"));
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
        file.lock().context("no turn at the seat")?;
        Ok(Self { _file: file })
    }
}
