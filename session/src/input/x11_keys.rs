//! The keyboard of the hands on an X display: carries out a plan, and gives keycodes to rare characters.
//!
//! INVARIANT: no key goes down while a window of ours has the focus, nor, if one window is shared, any other window.

use super::x11::{DownKey, Hands, REMAP_PAUSE, Remapped};
use super::x11_device::CORE_KEYBOARD;
use super::x11_keymap::Keymap;
use super::x11_plan::{Keyboard, Plan, State};
use super::x11_windows::Own;
use super::{InputError, Outcome, Progress, Target, keysyms};
use beistand_protocol::input::{Dropped, Hold, Key, KeyPlace, NamedKey};
use std::thread;
use std::time::Instant;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::ConnectionExt as _;

/// How many keycodes without a meaning get one for rare characters at a time.
const MAX_REMAPPED: usize = 8;

impl Hands {
    pub(super) fn key_down(&mut self, key: Key) -> Result<Progress, InputError> {
        let dropped = |why| Ok(Progress::Finished(Outcome::Dropped(why)));
        let Some(aim) = self.aim.get() else { return dropped(Dropped::Paused) };
        let windows = self.own.get();
        if let Some(why) = Own::look_up(&self.display, &windows, aim)?.keys_go_astray()? {
            return dropped(why);
        }
        let desktops = matches!(key, Key::Named(NamedKey::MetaLeft | NamedKey::MetaRight));
        if desktops && matches!(aim, Target::Window(_)) {
            // This key is for the desktop, whoever has the focus.
            return dropped(Dropped::OtherWindow);
        }
        let is_modifier = matches!(key, Key::Named(named) if named.is_modifier());
        if is_modifier && self.keys.iter().any(|down| down.key == key) {
            return Ok(Progress::Finished(Outcome::Done));
        }
        if let Key::Place(_) = key
            && let Some(down) = self.keys.iter_mut().find(|down| down.key == key)
        {
            // Word that it is still held.
            down.since = Instant::now();
            return Ok(Progress::Finished(Outcome::Done));
        }
        // Any other that is down already repeats: it goes up first.
        self.key_up(key)?;
        let state = self.state()?;
        let shortcut = self.keys.iter().any(|down| makes_shortcuts(down.key));
        let ours: Vec<u8> = self.keys.iter().map(|down| down.keycode).collect();
        let keyboard = Keyboard { keymap: &self.keymap, state, ours: &ours };
        let plan = match key {
            Key::Named(named) => keyboard.named(named),
            Key::Character(character) => match keyboard.character(character, shortcut) {
                Err(Dropped::NotMapped) if !shortcut => return self.remap(character),
                plan => plan,
            },
            Key::Place(place) => self.keymap.at(place).map(Plan::plain).ok_or(Dropped::NotMapped),
        };
        match plan {
            Ok(plan) => self.press(key, &plan, state).map(|()| Progress::Finished(Outcome::Done)),
            Err(why) => dropped(why),
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

    pub(super) fn key_up(&mut self, key: Key) -> Result<(), InputError> {
        while let Some(index) = self.keys.iter().position(|down| down.key == key) {
            let down = self.keys.swap_remove(index);
            self.keycode_up(down.keycode)?;
        }
        Ok(())
    }

    pub(super) fn keycode_up(&self, keycode: u8) -> Result<(), InputError> {
        self.ledger.end(Hold::Key(keycode.into()), || self.display.key(keycode, false))
    }

    /// Gives a keycode without meaning the meaning of `character`; then the character has a key as all others.
    fn remap(&mut self, character: char) -> Result<Progress, InputError> {
        let taken = self.remapped.len() >= MAX_REMAPPED;
        let fresh = if taken { None } else { self.keymap.spare().next() };
        let keycode = match fresh {
            Some(keycode) => keycode,
            None => {
                let down = |spare: &Remapped| self.keys.iter().any(|key| key.keycode == spare.keycode);
                let idle = self.remapped.iter().enumerate().filter(|(_, spare)| !down(spare));
                let Some((index, oldest)) = idle.min_by_key(|(_, spare)| spare.used) else {
                    return Ok(Progress::Finished(Outcome::Dropped(Dropped::NotMapped)));
                };
                let rest = REMAP_PAUSE.saturating_sub(oldest.used.elapsed());
                if !rest.is_zero() {
                    return Ok(Progress::NotYet(rest));
                }
                self.remapped.swap_remove(index).keycode
            }
        };
        let keysym = keysyms::of_character(character);
        self.remapped.push(Remapped { keycode, character, used: Instant::now() });
        self.ledger.begin(Hold::Remapped(keycode.into()), || self.display.map(keycode, Some(keysym)))?;
        Ok(Progress::NotYet(REMAP_PAUSE))
    }

    pub(super) fn restore_mapping(&mut self) -> Result<(), InputError> {
        for spare in self.remapped.drain(..) {
            thread::sleep(REMAP_PAUSE.saturating_sub(spare.used.elapsed()));
            self.ledger.end(Hold::Remapped(spare.keycode.into()), || self.display.map(spare.keycode, None))?;
        }
        Ok(())
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
        ) | Key::Place(
            KeyPlace::ControlLeft
                | KeyPlace::ControlRight
                | KeyPlace::AltLeft
                | KeyPlace::MetaLeft
                | KeyPlace::MetaRight
        )
    )
}
