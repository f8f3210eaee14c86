//! Hands on an X display: XTest.
//!
//! Everything goes through the [`Ledger`] and everything waits for the display: when a call returns, the
//! display has done it. Not here: which key makes which character (`x11_plan.rs`), what lies under the
//! pointer (`x11_windows.rs`).

use super::x11_device::{CORE_KEYBOARD, Display};
use super::x11_keymap::Keymap;
use super::x11_plan::{Keyboard, Plan, State};
use super::x11_windows::Own;
use super::{Aim, Injector, InputError, Ledger, Outcome, OwnWindows, keysyms, typed};
use beistand_protocol::input::{Button, Dropped, Hold, Input, Key, NamedKey, Text};
use beistand_protocol::permission::{Consent, Control};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{ConnectionExt as _, EventType, MapPart, SelectEventsAux};
use x11rb::protocol::xproto::ConnectionExt as _;

/// How many keycodes without a meaning get one for rare characters at a time.
const MAX_REMAPPED: usize = 8;
/// How long programs get to notice that a keycode has changed its meaning.
const REMAP_PAUSE: Duration = Duration::from_millis(30);
/// The part of the keyboard's repeat delay for which a key stays down without word from the technician.
const UNSURE_AFTER: f32 = 0.7;

/// The one [`Injector`] for X displays.
pub struct Hands {
    display: Display,
    /// The keyboard that XTest types on; its map is the one that counts.
    keyboard: u16,
    keymap: Keymap,
    ledger: Arc<Ledger>,
    aim: Aim,
    own: OwnWindows,
    keys: Vec<DownKey>,
    buttons: Vec<(Button, u8)>,
    remapped: Vec<Remapped>,
    /// Where the technician's pointer is.
    target: Option<(i16, i16)>,
    unsure_after: Duration,
}

#[derive(Clone, Copy)]
struct DownKey {
    key: Key,
    keycode: u8,
    since: Instant,
}

#[derive(Clone, Copy)]
struct Remapped {
    keycode: u8,
    character: char,
    used: Instant,
}

impl Hands {
    /// Connects to the display called `name`, or to that of the environment.
    ///
    /// # Errors
    /// [`InputError`] if it can't be reached or can't inject.
    pub fn connect(name: Option<&str>, ledger: Arc<Ledger>, aim: Aim, own: OwnWindows) -> Result<Self, InputError> {
        let display = Display::connect(name)?;
        let keyboard = display.own_devices()?.keyboards.first().copied();
        let keyboard = keyboard.ok_or(InputError::Unsupported("an XTEST keyboard"))?;
        let events = EventType::NEW_KEYBOARD_NOTIFY | EventType::MAP_NOTIFY;
        let (nothing, parts) = (EventType::default(), MapPart::from(0xff_u8));
        let wanted = SelectEventsAux::new();
        for device in [keyboard, CORE_KEYBOARD] {
            display.connection.xkb_select_events(device, nothing, events, parts, parts, &wanted)?.check()?;
        }
        let keymap = Keymap::read(&display, keyboard)?;
        let delay = display.connection.xkb_get_controls(CORE_KEYBOARD)?.reply()?.repeat_delay;
        let unsure_after = Duration::from_millis(u64::from(delay.max(100))).mul_f32(UNSURE_AFTER);
        Ok(Self {
            display,
            keyboard,
            keymap,
            ledger,
            aim,
            own,
            keys: Vec::new(),
            buttons: Vec::new(),
            remapped: Vec::new(),
            target: None,
            unsure_after,
        })
    }

    fn point(&mut self, x: u16, y: u16) -> Result<Outcome, InputError> {
        let Some(area) = self.aim.get() else { return Ok(Outcome::Dropped(Dropped::Paused)) };
        let (x, y) = area.place(x, y);
        let (Ok(x), Ok(y)) = (i16::try_from(x), i16::try_from(y)) else {
            return Ok(Outcome::Dropped(Dropped::Invalid));
        };
        let mut to = (x, y);
        if !self.buttons.is_empty() {
            let windows = self.own.get();
            let own = Own::look_up(&self.display, &windows)?;
            if own.at(to)? {
                to = match self.target {
                    Some(from) if !own.at(from)? => own.last_outside(from, to)?,
                    // Our window came up under the drag: it stays where it is.
                    Some(_) | None => return Ok(Outcome::Dropped(Dropped::OwnWindow)),
                };
            }
        }
        self.target = Some(to);
        self.display.motion(to)?;
        Ok(Outcome::Done)
    }

    /// Takes the pointer where the technician last had it, and says whether it may press there.
    fn may_press(&self) -> Result<Option<Dropped>, InputError> {
        let (Some(target), Some(_)) = (self.target, self.aim.get()) else { return Ok(Some(Dropped::Paused)) };
        let windows = self.own.get();
        let own = Own::look_up(&self.display, &windows)?;
        if own.at(target)? {
            return Ok(Some(Dropped::OwnWindow));
        }
        let pointer = self.display.connection.query_pointer(self.display.root)?.reply()?;
        if !pointer.same_screen || (pointer.root_x, pointer.root_y) != target {
            self.display.motion(target)?;
        }
        Ok(None)
    }

    /// The button to press so that programs see `button`: the customer may have swapped them.
    fn physical(&self, button: u8) -> Result<u8, InputError> {
        let mapping = self.display.connection.get_pointer_mapping()?.reply()?.map;
        Ok((1..).zip(&mapping).find(|(_, seen)| **seen == button).map_or(button, |(physical, _)| physical))
    }

    fn button(&mut self, button: Button, pressed: bool) -> Result<Outcome, InputError> {
        let down = self.buttons.iter().position(|(down, _)| *down == button);
        match (pressed, down) {
            (true, Some(_)) | (false, None) => Ok(Outcome::Done),
            (false, Some(index)) => {
                let (_, physical) = self.buttons.swap_remove(index);
                self.button_up(physical)?;
                Ok(Outcome::Done)
            }
            (true, None) => {
                if let Some(why) = self.may_press()? {
                    return Ok(Outcome::Dropped(why));
                }
                let physical = self.physical(number(button))?;
                self.buttons.push((button, physical));
                self.ledger.begin(Hold::Button(physical), || self.display.button(physical, true))?;
                Ok(Outcome::Done)
            }
        }
    }

    fn button_up(&self, physical: u8) -> Result<(), InputError> {
        self.ledger.end(Hold::Button(physical), || self.display.button(physical, false))
    }

    fn wheel(&mut self, vertical: i8, horizontal: i8) -> Result<Outcome, InputError> {
        if let Some(why) = self.may_press()? {
            return Ok(Outcome::Dropped(why));
        }
        let vertical_button = if vertical < 0 { 4 } else { 5 };
        let horizontal_button = if horizontal < 0 { 6 } else { 7 };
        for (button, notches) in [(vertical_button, vertical), (horizontal_button, horizontal)] {
            let physical = self.physical(button)?;
            for _ in 0..notches.unsigned_abs() {
                self.ledger.begin(Hold::Button(physical), || self.display.button(physical, true))?;
                self.button_up(physical)?;
            }
        }
        Ok(Outcome::Done)
    }

    fn key_down(&mut self, key: Key) -> Result<Outcome, InputError> {
        let windows = self.own.get();
        if Own::look_up(&self.display, &windows)?.have_focus()? {
            return Ok(Outcome::Dropped(Dropped::OwnWindow));
        }
        let is_modifier = matches!(key, Key::Named(named) if named.is_modifier());
        if is_modifier && self.keys.iter().any(|down| down.key == key) {
            return Ok(Outcome::Done);
        }
        // A key that is down already repeats: it goes up first.
        self.key_up(key)?;
        let state = self.state()?;
        let shortcut = self.keys.iter().any(|down| makes_shortcuts(down.key));
        let ours: Vec<u8> = self.keys.iter().map(|down| down.keycode).collect();
        let keyboard = Keyboard { keymap: &self.keymap, state, ours: &ours };
        let plan = match key {
            Key::Named(named) => keyboard.named(named),
            Key::Character(character) => match keyboard.character(character, shortcut) {
                Err(Dropped::NotMapped) if !shortcut => self.remap(character, state)?,
                plan => plan,
            },
        };
        match plan {
            Ok(plan) => self.press(key, &plan, state).map(|()| Outcome::Done),
            Err(why) => Ok(Outcome::Dropped(why)),
        }
    }

    /// The state of the customer's keyboard; reads its map again if it has changed.
    fn state(&mut self) -> Result<State, InputError> {
        let state = self.display.connection.xkb_get_state(CORE_KEYBOARD)?.reply()?;
        let mut changed = false;
        while let Some(event) = self.display.connection.poll_for_event()? {
            changed |=
                matches!(event, Event::XkbMapNotify(_) | Event::XkbNewKeyboardNotify(_) | Event::MappingNotify(_));
        }
        if changed {
            self.keymap = Keymap::read(&self.display, self.keyboard)?;
            // Whoever chose a new layout has taken our rare characters away with the old one.
            let keymap = &self.keymap;
            let (kept, gone): (Vec<_>, Vec<_>) =
                self.remapped.drain(..).partition(|spare| keymap.makes(spare.keycode, spare.character));
            self.remapped = kept;
            for spare in gone {
                self.ledger.end(Hold::Remapped(spare.keycode.into()), || Ok(()))?;
            }
        }
        let locked = u8::try_from(u16::from(state.locked_mods) & 0xff).unwrap_or(0);
        let mods = u8::try_from(u16::from(state.mods) & 0xff).unwrap_or(0);
        Ok(State { base: mods & !locked, locked, group: u8::from(state.group) })
    }

    fn press(&mut self, key: Key, plan: &Plan, state: State) -> Result<(), InputError> {
        if let Some(index) = self.keys.iter().position(|down| down.keycode == plan.keycode) {
            let down = self.keys.swap_remove(index);
            self.keycode_up(down.keycode)?;
        }
        let (display, ledger) = (&self.display, &self.ledger);
        for keycode in &plan.lift {
            display.key(*keycode, false)?;
        }
        if plan.unlock != 0 {
            ledger.begin(Hold::Unlocked(plan.unlock), || display.lock(plan.unlock, false))?;
        }
        if let Some(group) = plan.group {
            ledger.begin(Hold::Regrouped(state.group), || display.group(group))?;
        }
        for keycode in &plan.press {
            ledger.begin(Hold::Key((*keycode).into()), || display.key(*keycode, true))?;
        }
        self.keys.push(DownKey { key, keycode: plan.keycode, since: Instant::now() });
        ledger.begin(Hold::Key(plan.keycode.into()), || display.key(plan.keycode, true))?;
        for keycode in plan.press.iter().rev() {
            ledger.end(Hold::Key((*keycode).into()), || display.key(*keycode, false))?;
        }
        if plan.group.is_some() {
            ledger.end(Hold::Regrouped(state.group), || display.group(state.group))?;
        }
        if plan.unlock != 0 {
            ledger.end(Hold::Unlocked(plan.unlock), || display.lock(plan.unlock, true))?;
        }
        for keycode in &plan.lift {
            // Still in the ledger: it was only lifted.
            ledger.begin(Hold::Key((*keycode).into()), || display.key(*keycode, true))?;
        }
        if let Some(spare) = self.remapped.iter_mut().find(|spare| spare.keycode == plan.keycode) {
            spare.used = Instant::now();
        }
        Ok(())
    }

    fn key_up(&mut self, key: Key) -> Result<(), InputError> {
        while let Some(index) = self.keys.iter().position(|down| down.key == key) {
            let down = self.keys.swap_remove(index);
            self.keycode_up(down.keycode)?;
        }
        Ok(())
    }

    fn keycode_up(&self, keycode: u8) -> Result<(), InputError> {
        self.ledger.end(Hold::Key(keycode.into()), || self.display.key(keycode, false))
    }

    /// Gives a keycode without meaning the meaning of `character`.
    fn remap(&mut self, character: char, state: State) -> Result<Result<Plan, Dropped>, InputError> {
        let taken = self.remapped.len() >= MAX_REMAPPED;
        let fresh = if taken { None } else { self.keymap.spare().next() };
        let keycode = match fresh {
            Some(keycode) => keycode,
            None => {
                let down = |spare: &Remapped| self.keys.iter().any(|key| key.keycode == spare.keycode);
                let idle = self.remapped.iter().enumerate().filter(|(_, spare)| !down(spare));
                let Some((index, _)) = idle.min_by_key(|(_, spare)| spare.used) else {
                    return Ok(Err(Dropped::NotMapped));
                };
                let oldest = self.remapped.swap_remove(index);
                thread::sleep(REMAP_PAUSE.saturating_sub(oldest.used.elapsed()));
                oldest.keycode
            }
        };
        let keysym = keysyms::of_character(character);
        self.remapped.push(Remapped { keycode, character, used: Instant::now() });
        self.ledger.begin(Hold::Remapped(keycode.into()), || self.display.map(keycode, Some(keysym)))?;
        thread::sleep(REMAP_PAUSE);
        // Programs make capitals of letters while caps lock is on.
        let unlock = state.locked & super::x11_keymap::LOCK;
        Ok(Ok(Plan { unlock, ..Plan::plain(keycode) }))
    }

    fn restore_mapping(&mut self) -> Result<(), InputError> {
        for spare in self.remapped.drain(..) {
            thread::sleep(REMAP_PAUSE.saturating_sub(spare.used.elapsed()));
            self.ledger.end(Hold::Remapped(spare.keycode.into()), || self.display.map(spare.keycode, None))?;
        }
        Ok(())
    }

    fn text(&mut self, text: &Text) -> Result<Outcome, InputError> {
        for character in text.chars() {
            let key = typed(character);
            let outcome = self.key_down(key)?;
            self.key_up(key)?;
            if outcome != Outcome::Done {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Done)
    }
}

impl Injector for Hands {
    fn inject(&mut self, _consent: &Consent<'_, Control>, input: &Input) -> Result<Outcome, InputError> {
        if !input.is_valid() {
            return Ok(Outcome::Dropped(Dropped::Invalid));
        }
        match input {
            Input::PointerTo { x, y } => self.point(*x, *y),
            Input::Button { button, pressed } => self.button(*button, *pressed),
            Input::Wheel { vertical, horizontal } => self.wheel(*vertical, *horizontal),
            Input::Key { key, pressed: true } => self.key_down(*key),
            Input::Key { key, pressed: false } => self.key_up(*key).map(|()| Outcome::Done),
            Input::Text(text) => self.text(text),
            Input::ReleaseAll => self.release_all().map(|()| Outcome::Done),
        }
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        while let Some(down) = self.keys.pop() {
            self.keycode_up(down.keycode)?;
        }
        while let Some((_, physical)) = self.buttons.pop() {
            self.button_up(physical)?;
        }
        self.restore_mapping()
    }

    fn tick(&mut self) -> Result<(), InputError> {
        // The technician's own keyboard repeats and says so. If no word comes, the line may hang, and the
        // customer's keyboard must not go on deleting by itself.
        let unsure = |down: &DownKey| {
            !matches!(down.key, Key::Named(named) if named.is_modifier()) && down.since.elapsed() > self.unsure_after
        };
        while let Some(index) = self.keys.iter().position(unsure) {
            let down = self.keys.swap_remove(index);
            self.ledger.end(Hold::Key(down.keycode.into()), || self.display.key(down.keycode, false))?;
        }
        Ok(())
    }

    fn holds_anything(&self) -> bool {
        !self.keys.is_empty() || !self.buttons.is_empty() || !self.remapped.is_empty()
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        let _ = self.release_all();
    }
}

const fn makes_shortcuts(key: Key) -> bool {
    matches!(
        key,
        Key::Named(
            NamedKey::ControlLeft
                | NamedKey::ControlRight
                | NamedKey::AltLeft
                | NamedKey::AltRight
                | NamedKey::MetaLeft
                | NamedKey::MetaRight
        )
    )
}

const fn number(button: Button) -> u8 {
    match button {
        Button::Left => 1,
        Button::Middle => 2,
        Button::Right => 3,
        Button::Back => 8,
        Button::Forward => 9,
    }
}
