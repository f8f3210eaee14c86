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
    /// How to make `character`. With `shortcut`, Control or its like is down, and letters and digits are keys:
    /// the one with this letter, and on a keyboard whose digits need Shift the one with this digit.
    pub(super) fn character(&self, character: char, shortcut: bool) -> Result<Plan, Dropped> {
        let levels = match character {
            letter if letter.is_alphabetic() => 1,
            digit if digit.is_ascii_digit() => 2,
            _ => 0,
        };
        if shortcut {
            let small = character.to_lowercase().next();
            let on = |key: &KeyMap, level| keysyms::character(key.keysym(key.group(self.state.group), level)) == small;
            let here = (0..levels).find_map(|level| self.keymap.iter().find(|(_, key)| on(key, level)));
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
        let digit = || keysyms::of_named(named).iter().find_map(|keysym| keysyms::keypad_character(*keysym));
        self.best(all).or_else(|why| digit().map_or(Err(why), |digit| self.character(digit, false)))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::super::x11_keymap::Type;
    use super::*;
    use beistand_protocol::input::KeyPlace;
    use xkeysym::key;

    const SHIFT: u8 = 1;
    const CONTROL: u8 = 1 << 2;
    const LEVEL3: u8 = 1 << 7;
    const SHIFT_KEY: u8 = 12;
    const CONTROL_KEY: u8 = 13;
    const LEVEL3_KEY: u8 = 14;

    /// Q as on a German keyboard, 2, ß, and three modifiers; a second group with Cyrillic on Q.
    fn keymap() -> Keymap {
        let one = Type::default();
        let two = Type { mask: SHIFT, entries: vec![(SHIFT, 1, false)] };
        let letters = Type {
            mask: SHIFT | LOCK | LEVEL3,
            entries: vec![
                (SHIFT, 1, false),
                (LOCK, 1, false),
                (LEVEL3, 2, false),
                (LOCK | LEVEL3, 2, true),
                (SHIFT | LEVEL3, 3, false),
            ],
        };
        let key = |groups: &[(usize, &[u32])], mods| KeyMap {
            groups: groups.iter().map(|(kind, keysyms)| (*kind, keysyms.to_vec())).collect(),
            out_of_range: 0,
            mods,
        };
        let q: &[u32] = &[key::q, key::Q, key::at, key::lstroke];
        Keymap {
            first: 8,
            types: vec![one, two, letters],
            keys: vec![
                key(&[], 0),
                key(&[(2, q), (2, &[key::Cyrillic_shorti, key::Cyrillic_SHORTI])], 0),
                key(&[(1, &[key::_2, key::quotedbl])], 0),
                key(&[(1, &[key::ssharp, key::question])], 0),
                key(&[(0, &[key::Shift_L])], SHIFT),
                key(&[(0, &[key::Control_L])], CONTROL),
                key(&[(0, &[key::ISO_Level3_Shift])], LEVEL3),
                key(&[(0, &[key::Return])], 0),
                key(&[(0, &[key::dead_circumflex])], 0),
                key(&[(1, &[key::ampersand, key::_1])], 0),
            ],
            names: [&b""[..], b"AD01", b"AE02", b"AE11", b"LFSH", b"LCTL", b"LVL3", b"RTRN", b"TLDE", b"AE01"]
                .map(<[u8]>::to_vec)
                .to_vec(),
        }
    }

    fn plan(character: char, state: State, ours: &[u8]) -> Result<Plan, Dropped> {
        Keyboard { keymap: &keymap(), state, ours }.character(character, false)
    }

    fn with(base: u8) -> State {
        State { base, ..State::default() }
    }

    fn locked(locked: u8) -> State {
        State { locked, ..State::default() }
    }

    #[test]
    fn missing_modifiers_are_pressed() {
        let none = State::default();
        assert_eq!(plan('q', none, &[]), Ok(Plan::plain(9)));
        assert_eq!(plan('Q', none, &[]), Ok(Plan { press: vec![SHIFT_KEY], ..Plan::plain(9) }));
        assert_eq!(plan('@', none, &[]), Ok(Plan { press: vec![LEVEL3_KEY], ..Plan::plain(9) }));
        assert_eq!(plan('"', with(SHIFT), &[SHIFT_KEY]), Ok(Plan::plain(10)));
    }

    #[test]
    fn modifiers_in_the_way_are_lifted_if_they_are_ours() {
        let expected = Plan { press: vec![LEVEL3_KEY], lift: vec![SHIFT_KEY], ..Plan::plain(9) };
        assert_eq!(plan('@', with(SHIFT), &[SHIFT_KEY]), Ok(expected));
        assert_eq!(plan('2', with(SHIFT), &[]), Err(Dropped::CustomerActs));
    }

    #[test]
    fn caps_lock_changes_nothing() {
        assert_eq!(plan('Q', locked(LOCK), &[]), Ok(Plan::plain(9)));
        assert_eq!(plan('2', locked(LOCK), &[]), Ok(Plan::plain(10)), "no letter, no matter");
        // Shift with caps lock makes a small letter, without unlocking anything.
        assert_eq!(plan('q', locked(LOCK), &[]), Ok(Plan { press: vec![SHIFT_KEY], ..Plan::plain(9) }));
        // Here caps lock is left to the program, which would make a capital.
        let unlocked = Plan { unlock: LOCK, press: vec![LEVEL3_KEY, SHIFT_KEY], ..Plan::plain(9) };
        let mut made = plan('ł', locked(LOCK), &[]).unwrap();
        made.press.sort_by_key(|key| std::cmp::Reverse(*key));
        assert_eq!(made, unlocked);
        assert_eq!(plan('ß', locked(LOCK), &[]), Ok(Plan { unlock: LOCK, ..Plan::plain(11) }));
    }

    #[test]
    fn another_layout_group_is_switched_to_and_only_if_need_be() {
        let second = State { group: 1, ..State::default() };
        assert_eq!(plan('й', second, &[]), Ok(Plan::plain(9)));
        assert_eq!(plan('q', second, &[]), Ok(Plan { group: Some(0), ..Plan::plain(9) }));
        assert_eq!(plan('й', State::default(), &[]), Ok(Plan { group: Some(1), ..Plan::plain(9) }));
        assert_eq!(plan('2', second, &[]), Ok(Plan::plain(10)));
    }

    #[test]
    fn what_no_key_makes_is_not_mapped() {
        for character in ['^', 'â', '😀', 'x'] {
            assert_eq!(plan(character, State::default(), &[]), Err(Dropped::NotMapped));
        }
    }

    #[test]
    fn a_shortcut_is_a_key_and_keeps_its_shift() {
        let keymap = keymap();
        let ours = [SHIFT_KEY, CONTROL_KEY];
        let keyboard = Keyboard { keymap: &keymap, state: with(SHIFT | CONTROL), ours: &ours };
        assert_eq!(keyboard.character('Q', true), Ok(Plan::plain(9)));
        assert_eq!(keyboard.character('q', true), Ok(Plan::plain(9)));
        // A sign is what is meant, not the key that it is on at the technician's.
        assert_eq!(keyboard.character('"', true), Ok(Plan::plain(10)));
        assert_eq!(keyboard.character('?', true), Ok(Plan::plain(11)));
    }

    #[test]
    fn a_digit_in_a_shortcut_is_a_key_even_where_digits_need_shift() {
        let keymap = keymap();
        let keyboard = Keyboard { keymap: &keymap, state: with(CONTROL), ours: &[CONTROL_KEY] };
        assert_eq!(keyboard.character('1', true), Ok(Plan::plain(17)), "as on a French keyboard");
        assert_eq!(keyboard.character('2', true), Ok(Plan::plain(10)));
        assert_eq!(keyboard.character('&', true), Ok(Plan::plain(17)));
        let typed = keyboard.character('1', false);
        assert_eq!(typed, Ok(Plan { press: vec![SHIFT_KEY], ..Plan::plain(17) }));
    }

    #[test]
    fn a_place_is_found_by_its_name() {
        let keymap = keymap();
        assert_eq!(keymap.at(KeyPlace::KeyQ), Some(9));
        assert_eq!(keymap.at(KeyPlace::AltRight), Some(14), "or by another name of it");
        assert_eq!(keymap.at(KeyPlace::KeyW), None);
    }

    #[test]
    fn named_keys_leave_modifiers_as_they_are() {
        let keymap = keymap();
        let keyboard = Keyboard { keymap: &keymap, state: with(SHIFT), ours: &[SHIFT_KEY] };
        assert_eq!(keyboard.named(NamedKey::Enter), Ok(Plan::plain(15)));
        assert_eq!(keyboard.named(NamedKey::AltGraph), Ok(Plan::plain(LEVEL3_KEY)));
        assert_eq!(keyboard.named(NamedKey::F1), Err(Dropped::NotMapped));
        // No keypad: the digit itself, without the shift that is down.
        assert_eq!(keyboard.named(NamedKey::Numpad2), Ok(Plan { lift: vec![SHIFT_KEY], ..Plan::plain(10) }));
    }
}
