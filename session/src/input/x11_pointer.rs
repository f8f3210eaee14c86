//! The pointer of the hands on an X display: motion, buttons, wheel.
//!
//! INVARIANT: a button goes down only inside what is shared and never on a window of ours; if one window is shared, only
//! where that window is the uppermost.

use super::x11::Hands;
use super::x11_windows::{Own, area};
use super::{InputError, Outcome};
use beistand_protocol::input::{Button, Dropped, Hold};
use x11rb::protocol::xproto::ConnectionExt as _;

impl Hands {
    pub(super) fn point(&mut self, x: u16, y: u16) -> Result<Outcome, InputError> {
        let Some(aim) = self.aim.get() else { return Ok(Outcome::Dropped(Dropped::Paused)) };
        let Some(area) = area(&self.display, aim)? else { return Ok(Outcome::Dropped(Dropped::OtherWindow)) };
        let (x, y) = area.place(x, y);
        let (Ok(x), Ok(y)) = (i16::try_from(x), i16::try_from(y)) else {
            return Ok(Outcome::Dropped(Dropped::Invalid));
        };
        let mut to = (x, y);
        if !self.buttons.is_empty() {
            let windows = self.own.get();
            let own = Own::look_up(&self.display, &windows, aim)?;
            if let Some(why) = own.at(to)? {
                to = match self.target {
                    Some(from) if own.at(from)?.is_none() => own.last_outside(from, to)?,
                    // Another window came up under the drag: it stays where it is.
                    Some(_) | None => return Ok(Outcome::Dropped(why)),
                };
            }
        }
        self.target = Some(to);
        self.display.motion(to)?;
        Ok(Outcome::Done)
    }

    /// Takes the pointer where the technician last had it, and says whether it may press there.
    fn may_press(&self) -> Result<Option<Dropped>, InputError> {
        let (Some(target), Some(aim)) = (self.target, self.aim.get()) else { return Ok(Some(Dropped::Paused)) };
        let windows = self.own.get();
        let own = Own::look_up(&self.display, &windows, aim)?;
        if let Some(why) = own.at(target)? {
            return Ok(Some(why));
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

    pub(super) fn button(&mut self, button: Button, pressed: bool) -> Result<Outcome, InputError> {
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

    pub(super) fn button_up(&self, physical: u8) -> Result<(), InputError> {
        self.ledger.end(Hold::Button(physical), || self.display.button(physical, false))
    }

    pub(super) fn wheel(&mut self, vertical: i8, horizontal: i8) -> Result<Outcome, InputError> {
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
