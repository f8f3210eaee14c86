//! Mouse and keyboard on the customer's machine: carries out what the technician sends, and takes it back.
//!
//! Nothing here decides whether it may: [`Injector::inject`] takes the proof that *control* is on at this
//! moment. Start reading at [`InputThread`], which owns an injector; `x11.rs` and its neighbours are the one
//! that exists. What is down is written to the guardian *before* it goes down, see [`Ledger`].

mod aim;
#[cfg(unix)]
pub mod emergency;
mod keysyms;
mod ledger;
mod thread;
pub mod x11;
mod x11_device;
pub mod x11_hardware;
mod x11_keymap;
mod x11_keys;
mod x11_places;
mod x11_plan;
mod x11_pointer;
pub mod x11_release;
mod x11_windows;

pub use aim::{Aim, Area, OwnWindows, Target};
pub use ledger::Ledger;
pub use thread::{InputThread, Report};
pub use x11_hardware::HardwareWatch;
pub use x11_release::release_held;

use beistand_protocol::input::{Dropped, HeldKeys, Input, Key, NamedKey};
use beistand_protocol::permission::{Consent, Control};
use std::io;
use std::time::Duration;

/// For how long remote input waits after the customer moved the mouse or typed.
pub const CUSTOMER_FIRST: Duration = Duration::from_secs(1);

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out, or there was nothing to do.
    Done,
    /// It was not.
    Dropped(Dropped),
}

/// How far an injector came with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is through with it.
    Finished(Outcome),
    /// Programs need this long to notice something; then the same input again, with a new consent.
    NotYet(Duration),
}

/// Why input can't go on at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The display can't be reached or was lost.
    #[error("the display can't be reached")]
    Display(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The display has no way to inject input, or none that tells ours from the customer's.
    #[error("the display lacks {0}")]
    Unsupported(&'static str),
    /// The guardian could not be told, so nothing was pressed.
    #[error("the guardian can't be told what is down")]
    Guardian(#[source] io::Error),
    /// The session is over; nothing is pressed any more.
    #[error("the hands were taken off")]
    Closed,
}

/// Hands on the customer's mouse and keyboard.
pub trait Injector: Send {
    /// Carries out one input, without sleeping; when it is finished, the display has taken it in. Texts and
    /// chords are not for here: [`InputThread`] makes keys of them.
    ///
    /// # Errors
    /// [`InputError`] if nothing can be injected any more.
    fn inject(&mut self, consent: &Consent<'_, Control>, input: &Input) -> Result<Progress, InputError>;

    /// Lets go of everything.
    ///
    /// # Errors
    /// [`InputError::Display`] if the display was lost.
    fn release_all(&mut self) -> Result<(), InputError>;

    /// Lets go of keys that would begin to repeat by themselves; called every [`TICK`].
    ///
    /// # Errors
    /// [`InputError::Display`] if the display was lost.
    fn tick(&mut self) -> Result<(), InputError>;

    /// Whether anything is down.
    fn holds_anything(&self) -> bool;
}

/// How often [`Injector::tick`] is called while anything is down.
pub const TICK: Duration = Duration::from_millis(10);

/// Knows whether the customer is at the mouse or the keyboard.
pub trait Customer: Send + Sync {
    /// Whether remote input has to wait. When it can't be known, it has to.
    fn acts(&self) -> bool;
}

/// Undoes what is down or changed; has its own way to the display, so that it works when all else hangs.
pub trait Releaser: Send {
    /// Undoes `held` and looks again; answers what is still left.
    ///
    /// # Errors
    /// [`InputError::Display`] if the display was lost.
    fn release(&mut self, held: &HeldKeys) -> Result<HeldKeys, InputError>;
}

/// The key that types a character of a text.
const fn typed(character: char) -> Key {
    match character {
        '\n' => Key::Named(NamedKey::Enter),
        '\t' => Key::Named(NamedKey::Tab),
        character => Key::Character(character),
    }
}
