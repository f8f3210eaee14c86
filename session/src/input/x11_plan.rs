//! How to make a character or a named key on a given keyboard in a given state. Pure.
//!
//! The technician's modifiers are down on the customer's keyboard as they are on the technician's. Where
//! the character needs others, some are pressed and some lifted for the moment of the press.

use super::keysyms;
use super::x11_keymap::{KeyMap, Keymap, LOCK, Need};
use beistand_protocol::input::{Dropped, NamedKey};

/// The state of the customer's keyboard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    /// Modifiers whose keys are down.
    pub(super) base: u8,
    /// Modifiers that stay on until they are switched off, such as caps lock, or until the next key.
    pub(super) locked: u8,
    /// The layout group.
    pub(super) group: u8,
}

/// What makes a key: `keycode`, after everything else was changed for the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) keycode: u8,
    /// Modifier keys to press before, and to release after.
    pub(super) press: Vec<u8>,
    /// Keys of ours to lift before, and to press again after.
    pub(super) lift: Vec<u8>,
    /// Locked modifiers to unlock before, and to lock again after.
    pub(super) unlock: u8,
    /// The group to switch to before, and back from after.
    pub(super) group: Option<u8>,
}

impl Plan {
    /// Presses `keycode` and changes nothing else.
    pub(super) fn plain(keycode: u8) -> Self {
        Self { keycode, ..Self::default() }
    }

    fn cost(&self) -> usize {
        // The keys beyond the main block are for media and odd keyboards.
        let remote = if self.keycode >= 120 { 50 } else { 0 };
        let group = if self.group.is_some() { 1000 } else { 0 };
        let unlock = if self.unlock != 0 { 200 } else { 0 };
        group + unlock + remote + 10 * (self.press.len() + self.lift.len())
    }
}

/// A keyboard in a state, with the keys of it that are down because of us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyboard<'a> {
    pub(super) keymap: &'a Keymap,
    pub(super) state: State,
    pub(super) ours: &'a [u8],
}

impl Keyboard<'_> {
    /// How to make `character`. With `shortcut`, Control or its like is down and letters are keys.
    pub(super) fn character(&self, character: char, shortcut: bool) -> Result<Plan, Dropped> {
        if shortcut && character.is_alphabetic() {
            let small = character.to_lowercase().next();
            let here = self.keymap.iter().find(|(_, key)| {
                keysyms::character(key.keysym(key.group(self.state.group), 0)).is_some_and(|made| Some(made) == small)
            });
            if let Some((keycode, _)) = here {
                return Ok(Plan::plain(keycode));
            }
        }
        // What a program makes of the key when caps lock is left to it.
        let has_case = character.to_uppercase().ne([character]) || character.to_lowercase().ne([character]);
        let all = self.keymap.iter().flat_map(|(keycode, key)| {
            (0..key.groups.len()).flat_map(move |group| {
                self.ways(keycode, key, group, has_case, move |keysym| keysyms::character(keysym) == Some(character))
            })
        });
        self.best(all)
    }

    /// How to press the key that a named key is.
    pub(super) fn named(&self, named: NamedKey) -> Result<Plan, Dropped> {
        for keysym in keysyms::of_named(named) {
            let plain = self.keymap.iter().find(|(_, key)| key.keysym(key.group(self.state.group), 0) == *keysym);
            if let Some((keycode, _)) = plain {
                return Ok(Plan::plain(keycode));
            }
        }
        // The digits of the keypad, which num lock or shift make.
        let all = keysyms::of_named(named).iter().flat_map(|keysym| {
            self.keymap.iter().flat_map(move |(keycode, key)| {
                self.ways(keycode, key, key.group(self.state.group), false, move |made| made == *keysym)
            })
        });
        // With num lock off, many keypads make no digits: then the digit itself.
        self.best(all).or_else(|why| match keysyms::keypad_character(named) {
            Some(character) => self.character(character, false),
            None => Err(why),
        })
    }

    fn best(&self, plans: impl Iterator<Item = Result<Plan, Dropped>>) -> Result<Plan, Dropped> {
        let mut best = Err(Dropped::NotMapped);
        for plan in plans {
            best = match (plan, best) {
                (Ok(new), Ok(old)) if new.cost() >= Plan::cost(&old) => Ok(old),
                (Ok(new), _) => Ok(new),
                (Err(_), Ok(old)) => Ok(old),
                (Err(why), Err(Dropped::NotMapped)) => Err(why),
                (Err(_), Err(why)) => Err(why),
            };
        }
        best
    }

    fn ways<'k>(
        &'k self,
        keycode: u8,
        key: &'k KeyMap,
        group: usize,
        has_case: bool,
        wanted: impl Fn(u32) -> bool + 'k,
    ) -> impl Iterator<Item = Result<Plan, Dropped>> + 'k {
        let (kind, keysyms) = key
            .groups
            .get(group)
            .map_or((None, &[][..]), |(kind, keysyms)| (self.keymap.types.get(*kind), keysyms.as_slice()));
        let levels = (0_u8..).zip(keysyms).filter(move |(_, keysym)| wanted(**keysym)).map(|(level, _)| level);
        let needs = levels.flat_map(move |level| kind.into_iter().flat_map(move |kind| kind.needs(level)));
        needs.filter_map(move |need| {
            let need = if has_case { without_capitals(need)? } else { need };
            let mut plan = self.plan(keycode, need)?;
            if let Ok(plan) = &mut plan
                && key.group(self.state.group) != group
            {
                plan.group = u8::try_from(group).ok();
            }
            Some(plan)
        })
    }

    /// What has to change for `need`; nothing if this keyboard can't do it.
    fn plan(&self, keycode: u8, need: Need) -> Option<Result<Plan, Dropped>> {
        let state = self.state.base | self.state.locked;
        let mut plan = Plan::plain(keycode);
        for bit in (0..8).map(|bit| 1_u8 << bit).filter(|bit| (state ^ need.value) & need.mask & bit != 0) {
            if need.value & bit != 0 {
                plan.press.push(self.presser(bit)?);
                continue;
            }
            plan.unlock |= self.state.locked & bit;
            if self.state.base & bit != 0 {
                let before = plan.lift.len();
                plan.lift.extend(self.ours.iter().filter(|ours| self.keymap.mods(**ours) & bit != 0));
                if plan.lift.len() == before {
                    // The customer holds it down.
                    return Some(Err(Dropped::CustomerActs));
                }
            }
        }
        Some(Ok(plan))
    }

    /// A key that turns exactly this modifier on while it is down.
    fn presser(&self, modifier: u8) -> Option<u8> {
        let group = self.state.group;
        self.keymap
            .iter()
            .find(|(_, key)| key.mods == modifier && keysyms::shifts_while_down(key.keysym(key.group(group), 0)))
            .map(|(keycode, _)| keycode)
    }
}

/// The same need without caps lock, where programs would make a capital of the letter.
fn without_capitals(need: Need) -> Option<Need> {
    if need.capitals {
        return None;
    }
    if need.mask & LOCK != 0 { Some(need) } else { Some(Need { mask: need.mask | LOCK, ..need }) }
}
